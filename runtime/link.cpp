#include "runtime/link.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <deque>
#include <functional>

namespace runtime {

namespace {

void finish(io_handler& op, error_code ec, std::size_t n) {
    if (!op) return;
    if (auto slot = op.get_cancellation_slot(); slot.is_connected()) slot.clear();
    auto executor = op.get_executor();
    asio::post(executor, [done = std::move(op), ec, n]() mutable { done(ec, n); });
}

class wake_up final : public alarm {
public:
    wake_up(runtime::clock& c, std::function<void()> f) : alarm(c), f_(std::move(f)) {}

private:
    void                  ring() override { f_(); }
    std::function<void()> f_;
};

// One direction: what is on its way, in order.
struct lane {
    std::vector<std::unique_ptr<fault>> faults;
    std::deque<parcel>                  queue;
    std::size_t size = 0;  // bytes in the queue, and of the write that goes on

    void send(parcel p) {
        std::vector<parcel> moving;
        moving.push_back(std::move(p));
        for (auto& f : faults) {
            std::vector<parcel> passed;
            for (auto& one : moving)
                for (auto& arriving : f->pass(std::move(one)))
                    passed.push_back(std::move(arriving));
            moving = std::move(passed);
        }
        for (auto& one : moving) {
            size += one.bytes.size();
            queue.push_back(std::move(one));
        }
    }
};

// Lives as long as its stream, or until what was written before a close has gone out.
class link_state final {
public:
    link_state(std::unique_ptr<stream> s, world const& w, link_faults f, std::size_t c)
        : inner(std::move(s)),
          clock(w.clock),
          capacity(c),
          out_due(w.clock, [this] { pump_out(); }),
          in_due(w.clock, [this] { deliver(); }) {
        out.faults = std::move(f.outgoing);
        in.faults = std::move(f.incoming);
    }

    void write(std::span<asio::const_buffer const> from, io_handler done) {
        std::string bytes;
        for (auto const& b : from) bytes.append(static_cast<char const*>(b.data()), b.size());
        write_done = std::move(done);
        write_size = bytes.size();
        hold(write_done, [this] { finish(write_done, asio::error::operation_aborted, 0); });
        if (closing) return finish(write_done, asio::error::operation_aborted, 0);
        out.send({clock.now(), std::move(bytes), parcel::kind::data});
        pump_out();
    }

    void read(asio::mutable_buffer b, io_handler done) {
        into = b;
        read_done = std::move(done);
        hold(read_done, [this] { finish(read_done, asio::error::operation_aborted, 0); });
        if (closing) return finish(read_done, asio::error::operation_aborted, 0);
        deliver();
        pump_in();
    }

    void end() {
        if (closing) return;
        out.send({clock.now(), {}, parcel::kind::end});
        pump_out();
    }

    void close(bool at_once) {
        if (!closing) {
            closing = true;
            in_due.stop();
            in.queue.clear();
            finish(read_done, asio::error::operation_aborted, 0);
            finish(write_done, asio::error::operation_aborted, 0);
        }
        bool const held = !out.queue.empty() && out.queue.back().due == parcel::never;
        if (at_once || out.queue.empty() || held) return leave();
        lingering = itself.lock();
    }

    void reset() {
        inner->reset();
        close(true);
    }

    std::unique_ptr<stream>   inner;
    std::weak_ptr<link_state> itself;
    io_handler                read_done;
    io_handler                write_done;

    void cancel_read() { finish(read_done, asio::error::operation_aborted, 0); }
    void cancel_write() { finish(write_done, asio::error::operation_aborted, 0); }

private:
    template <class F>
    void hold(io_handler& op, F cancel) {
        if (auto slot = op.get_cancellation_slot(); slot.is_connected())
            slot.assign([cancel](asio::cancellation_type) { cancel(); });
    }

    void leave() {
        out_due.stop();
        out.queue.clear();
        inner->close();
        lingering.reset();
    }

    // Takes what is due to the inner stream, one write at a time.
    void pump_out() {
        if (write_done && out.size <= capacity) finish(write_done, {}, write_size);
        if (writing) return;
        if (out.queue.empty()) {
            if (closing) leave();
            return;
        }
        auto& first = out.queue.front();
        if (first.due > clock.now()) {
            if (first.due != parcel::never) out_due.set(first.due);
            return;
        }
        auto const what = first.what;
        auto const bytes = std::make_shared<std::string>(std::move(first.bytes));
        out.queue.pop_front();
        if (what == parcel::kind::reset) {
            inner->reset();
            if (closing) leave();  // who lingered for what was on its way has nothing to wait for
            return;
        }
        if (what == parcel::kind::end) {
            inner->end();
            return pump_out();
        }
        writing = true;
        asio::const_buffer const                  one(bytes->data(), bytes->size());
        std::span<asio::const_buffer const> const all(&one, 1);
        auto done = [self = itself.lock(), bytes](error_code ec, std::size_t) {
            self->writing = false;
            self->out.size -= bytes->size();
            if (!ec) return self->pump_out();
            self->out.queue.clear();
            self->out.size = 0;
            finish(self->write_done, ec, 0);
            if (self->closing) self->leave();
        };
        inner->start_write(all, io_handler(std::move(done), inner->executor()));
    }

    // Reads ahead from the inner stream, as far as the link holds.
    void pump_in() {
        if (reading || closing || in_ended || in.size >= capacity) return;
        reading = true;
        auto done = [self = itself.lock()](error_code ec, std::size_t n) {
            self->reading = false;
            if (self->closing) return;
            if (ec) {
                self->in_ended = true;
                if (ec != asio::error::eof) self->in_error = ec;
                // Data on its way still arrives; a reset does not wait for it.
                auto const what = ec == asio::error::eof ? parcel::kind::end : parcel::kind::reset;
                self->in.send({self->clock.now(), {}, what});
            } else {
                std::string bytes(self->piece, n);
                self->in.send({self->clock.now(), std::move(bytes), parcel::kind::data});
            }
            self->deliver();
            self->pump_in();
        };
        inner->start_read(asio::buffer(piece), io_handler(std::move(done), inner->executor()));
    }

    // Gives the reader what has arrived.
    void deliver() {
        if (!read_done || in.queue.empty()) return;
        auto& first = in.queue.front();
        if (first.due > clock.now()) {
            if (first.due != parcel::never) in_due.set(first.due);
            return;
        }
        if (first.what == parcel::kind::end) return finish(read_done, asio::error::eof, 0);
        if (first.what == parcel::kind::reset) {
            error_code why = asio::error::connection_reset;
            if (in_error) why = in_error;
            return finish(read_done, why, 0);
        }
        auto const n = std::min(into.size(), first.bytes.size());
        std::memcpy(into.data(), first.bytes.data(), n);
        first.bytes.erase(0, n);
        in.size -= n;
        if (first.bytes.empty()) in.queue.pop_front();
        finish(read_done, {}, n);
        pump_in();
    }

    runtime::clock&             clock;
    std::size_t                 capacity;
    lane                        out;
    lane                        in;
    wake_up                     out_due;
    wake_up                     in_due;
    asio::mutable_buffer        into;
    std::size_t                 write_size = 0;
    error_code                  in_error;
    bool                        writing = false;
    bool                        reading = false;
    bool                        in_ended = false;
    bool                        closing = false;
    std::shared_ptr<link_state> lingering;
    char                        piece[16 * 1024];
};

class linked_stream final : public stream {
public:
    explicit linked_stream(std::shared_ptr<link_state> s) : state_(std::move(s)) {}
    ~linked_stream() override { state_->close(false); }

    asio::any_io_executor executor() const override { return state_->inner->executor(); }
    void                  start_read(asio::mutable_buffer into, io_handler done) override {
        state_->read(into, std::move(done));
    }
    void start_write(std::span<asio::const_buffer const> from, io_handler done) override {
        state_->write(from, std::move(done));
    }
    void cancel_read() override { state_->cancel_read(); }
    void cancel_write() override { state_->cancel_write(); }
    void end() override { state_->end(); }
    void close() override { state_->close(false); }
    void reset() override { state_->reset(); }

private:
    std::shared_ptr<link_state> state_;
};

}  // namespace

std::unique_ptr<stream> linked(std::unique_ptr<stream> inner, world const& w, link_faults f,
                               std::size_t capacity) {
    if (f.empty()) return inner;
    auto state = std::make_shared<link_state>(std::move(inner), w, std::move(f), capacity);
    state->itself = state;
    return std::make_unique<linked_stream>(std::move(state));
}

}  // namespace runtime
