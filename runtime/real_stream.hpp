#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <span>
#include <vector>

#include "runtime/loop_watch.hpp"
#include "runtime/real_census.hpp"
#include "runtime/stream.hpp"

namespace runtime {

// One direction of a connection. Its operation may be ended by the slot of its handler and
// by cancel(), so each has a signal of its own in between.
struct direction {
    asio::cancellation_signal signal;
    bool                      pending = false;
    bool                      cancelled = false;

    void begin() {
        pending = true;
        cancelled = false;
    }

    void cancel() {
        if (!pending) return;
        // Kept besides the signal, which is lost on a write that is just between two parts.
        cancelled = true;
        signal.emit(asio::cancellation_type::terminal);
    }
};

// Ends an operation: the slot is let go first, as the next one may use it.
inline void complete(io_handler done, error_code ec, std::size_t n) {
    if (auto slot = done.get_cancellation_slot(); slot.is_connected()) slot.clear();
    done(ec, n);
}

inline void complete_later(io_handler done, error_code ec, std::size_t n = 0) {
    if (auto slot = done.get_cancellation_slot(); slot.is_connected()) slot.clear();
    auto executor = done.get_executor();
    asio::post(executor, [d = std::move(done), ec, n]() mutable { d(ec, n); });
}

inline void note_trouble(char const* trouble) {
    if (auto* watch = loop_watch::current()) watch->note(trouble);
}

// A stream over something of Asio's with async_read_some and async_write_some.
//
// What is pending holds the channel, so the stream may be destroyed at any time. A channel
// has: executor(), read_some(buffer, handler), write_some(buffers, handler), end(), close(),
// reset(); the last three do not fail.
template <class Channel>
class channel_stream final : public stream {
public:
    explicit channel_stream(Channel channel, counted entry = {})
        : shared_(std::make_shared<shared>(std::move(channel), std::move(entry))) {}
    ~channel_stream() override { close(); }

    asio::any_io_executor executor() const override { return shared_->channel.executor(); }

    void start_read(asio::mutable_buffer into, io_handler done) override {
        auto& s = *shared_;
        if (s.closed) return complete_later(std::move(done), asio::error::operation_aborted);
        if (s.reading.pending) {
            note_trouble("overlapping read on one connection");
            return complete_later(std::move(done), asio::error::already_started);
        }
        if (s.read_ended) {
            // Asio's reactor has seen the last edge and would wait for ever.
            note_trouble("read after the end of a stream was reported");
            return complete_later(std::move(done), asio::error::eof);
        }
        s.reading.begin();
        if (auto slot = done.get_cancellation_slot(); slot.is_connected())
            slot.assign([held = shared_](asio::cancellation_type) { held->reading.cancel(); });
        s.channel.read_some(into, read_step{{shared_, std::move(done)}});
    }

    void start_write(std::span<asio::const_buffer const> from, io_handler done) override {
        auto& s = *shared_;
        if (s.closed) return complete_later(std::move(done), asio::error::operation_aborted);
        if (s.writing.pending) {
            note_trouble("overlapping write on one connection");
            return complete_later(std::move(done), asio::error::already_started);
        }
        s.left.clear();
        s.written = 0;
        for (auto const& part : from)
            if (part.size() > 0) s.left.push_back(part);
        s.next = 0;
        if (s.left.empty()) return complete_later(std::move(done), {});
        // As with reads: Asio's reactor would wait for an edge that has passed.
        if (s.write_ended) return complete_later(std::move(done), asio::error::broken_pipe);
        s.writing.begin();
        if (auto slot = done.get_cancellation_slot(); slot.is_connected())
            slot.assign([held = shared_](asio::cancellation_type) { held->writing.cancel(); });
        s.channel.write_some(s.rest(), write_step{{shared_, std::move(done)}});
    }

    void cancel_read() override { shared_->reading.cancel(); }
    void cancel_write() override { shared_->writing.cancel(); }

    void end() override {
        auto& s = *shared_;
        if (s.closed || s.write_ended) return;
        if (s.writing.pending)
            s.end_after_write = true;
        else
            s.end_writing();
    }

    void close() override {
        auto& s = *shared_;
        if (s.closed) return;
        s.closed = true;
        s.entry.release();
        s.channel.close();
    }

    void reset() override {
        auto& s = *shared_;
        if (s.closed) return;
        s.closed = true;
        s.entry.release();
        s.channel.reset();
    }

private:
    struct shared {
        shared(Channel c, counted e) : channel(std::move(c)), entry(std::move(e)) {}

        Channel                         channel;
        counted                         entry;
        direction                       reading;
        direction                       writing;
        std::vector<asio::const_buffer> left;  // of the write that is pending, from `next` on
        std::size_t                     next = 0;
        std::size_t                     written = 0;
        bool                            closed = false;
        bool                            read_ended = false;
        bool                            write_ended = false;
        bool                            end_after_write = false;

        std::span<asio::const_buffer const> rest() const {
            return std::span<asio::const_buffer const>(left).subspan(next);
        }

        void end_writing() {
            write_ended = true;
            channel.end();
        }

        void consume(std::size_t n) {
            written += n;
            for (; next < left.size() && n >= left[next].size(); ++next) n -= left[next].size();
            if (next < left.size()) left[next] += n;
        }
    };

    // The handlers that Asio sees. They are asked for executor and slot only while they hold
    // both.
    struct step {
        std::shared_ptr<shared> held;
        io_handler              done;

        using executor_type = asio::any_io_executor;
        executor_type get_executor() const noexcept { return done.get_executor(); }
        using cancellation_slot_type = asio::cancellation_slot;
    };

    struct read_step : step {
        using step::done;
        using step::held;

        asio::cancellation_slot get_cancellation_slot() const noexcept {
            return held->reading.signal.slot();
        }
        void operator()(error_code ec, std::size_t n) {
            auto const s = std::move(held);
            s->reading.pending = false;
            s->read_ended = ec && ec != asio::error::operation_aborted;
            complete(std::move(done), ec, n);
        }
    };

    struct write_step : step {
        using step::done;
        using step::held;

        asio::cancellation_slot get_cancellation_slot() const noexcept {
            return held->writing.signal.slot();
        }
        void operator()(error_code ec, std::size_t n) {
            auto const s = held;
            s->consume(n);
            bool const more = s->next < s->left.size();
            if (!ec && more && (s->writing.cancelled || s->closed))
                ec = asio::error::operation_aborted;
            if (!ec && more) return s->channel.write_some(s->rest(), std::move(*this));
            s->writing.pending = false;
            if (ec && ec != asio::error::operation_aborted) s->write_ended = true;
            if (std::exchange(s->end_after_write, false) && !s->closed) s->end_writing();
            held.reset();
            complete(std::move(done), ec, s->written);
        }
    };

    std::shared_ptr<shared> shared_;
};

}  // namespace runtime
