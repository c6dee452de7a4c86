#include "runtime/real_tls_stream.hpp"

#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ssl/error.hpp>
#include <vector>

#include "runtime/real_stream.hpp"

namespace runtime {

namespace {

constexpr std::size_t record_max = 16 * 1024;  // of plain bytes, by the protocol
constexpr std::size_t hear_max = 8 * 1024;

// The engine's records go over the wire on their own account: cancelling a read or a write
// never cuts a record, so the connection stays usable.
struct session {
    session(std::unique_ptr<stream> w, record_layer r)
        : wire(std::move(w)), records(std::move(r)) {}

    std::unique_ptr<stream>    wire;
    record_layer               records;
    std::array<char, hear_max> heard;
    bool                       hearing = false;
    error_code                 hearing_ended;

    std::string sending;
    bool        sends = false;
    bool        closed = false;
    bool        ending = false;  // close_notify is wanted
    bool        ended = false;   // and has been made

    io_handler           reader;
    asio::mutable_buffer into;
    bool                 read_ended = false;

    io_handler                      writer;
    std::vector<asio::const_buffer> left;
    std::size_t                     next = 0;
    std::size_t                     written = 0;
    std::string                     gathered;
    bool                            waits_for_peer = false;  // a write, for the handshake

    // The next record's worth of what the writer has left. Small pieces make one record.
    std::string_view gather() {
        gathered.clear();
        for (auto at = next; at < left.size() && gathered.size() < record_max; ++at) {
            auto const piece = asio::buffer(left[at], record_max - gathered.size());
            gathered.append(static_cast<char const*>(piece.data()), piece.size());
        }
        return gathered;
    }

    void consume(std::size_t n) {
        written += n;
        for (; next < left.size() && n >= left[next].size(); ++next) n -= left[next].size();
        if (next < left.size()) left[next] += n;
    }

    void notify_close() {
        if (std::exchange(ended, true)) return;
        ::ERR_clear_error();
        ::SSL_shutdown(records.engine.get());
        ::ERR_clear_error();
    }
};

using session_pointer = std::shared_ptr<session>;

// On the loop, in the handler of the wire's operation or behind a post.
void finish(io_handler done, error_code ec, std::size_t n) {
    if (auto slot = done.get_cancellation_slot(); slot.is_connected()) slot.clear();
    auto executor = done.get_executor();
    asio::dispatch(executor, [d = std::move(done), ec, n]() mutable { d(ec, n); });
}

void pump_in(session_pointer const& s);
void pump_out(session_pointer const& s);

void hear(session_pointer const& s) {
    if (std::exchange(s->hearing, true)) return;
    auto heard = [s](error_code ec, std::size_t n) {
        s->hearing = false;
        s->records.received(s->heard.data(), n);
        if (ec == asio::error::eof) ec = asio::ssl::error::stream_truncated;
        s->hearing_ended = ec;
        bool const writer_waits = std::exchange(s->waits_for_peer, false);
        if (s->reader)
            pump_in(s);
        else if (writer_waits)
            pump_out(s);
    };
    s->wire->start_read(asio::buffer(s->heard), io_handler(std::move(heard), s->wire->executor()));
}

void pump_in(session_pointer const& s) {
    ::ERR_clear_error();
    std::size_t n = 0;
    auto* const engine = s->records.engine.get();
    int const   result = ::SSL_read_ex(engine, s->into.data(), s->into.size(), &n);
    int const   state = result > 0 ? SSL_ERROR_NONE : ::SSL_get_error(engine, result);
    error_code  why;
    if (state == SSL_ERROR_WANT_READ && !s->hearing_ended) {
        hear(s);
        return pump_out(s);  // an answer to a change of keys
    }
    if (state == SSL_ERROR_WANT_READ)
        why = s->hearing_ended;
    else if (state == SSL_ERROR_ZERO_RETURN)
        why = asio::error::eof;
    else if (state != SSL_ERROR_NONE)
        why = last_ssl_error();
    s->read_ended = why && why != asio::error::operation_aborted;
    auto reader = std::move(s->reader);
    pump_out(s);  // the same, or an alert
    finish(std::move(reader), why, n);
}

void pump_out(session_pointer const& s) {
    if (s->sends || s->closed) return;
    ::ERR_clear_error();
    error_code  why;
    std::size_t n = 0;
    auto const  plain = s->gather();
    if (!plain.empty()) {
        auto* const engine = s->records.engine.get();
        int const   result = ::SSL_write_ex(engine, plain.data(), plain.size(), &n);
        // A server that speaks first has not heard its client's greeting.
        bool const  early = result <= 0 && ::SSL_get_error(engine, result) == SSL_ERROR_WANT_READ;
        s->waits_for_peer = early && !s->hearing_ended;
        if (s->waits_for_peer)
            hear(s);
        else if (early)
            why = s->hearing_ended;
        else if (result <= 0)
            why = last_ssl_error();
        s->consume(n);
    } else if (s->ending) {
        s->notify_close();
    }
    s->sending = s->records.to_send();
    if (!why && s->sending.empty() && s->waits_for_peer) return;
    if (why || s->sending.empty()) {
        s->left.clear();
        if (s->writer) finish(std::move(s->writer), why, s->written);
        return;
    }
    auto sent = [s](error_code ec, std::size_t) {
        s->sends = false;
        if (!ec && (s->next < s->left.size() || s->ending)) return pump_out(s);
        if (ec) s->left.clear();
        if (s->next < s->left.size()) return;
        if (s->writer) finish(std::move(s->writer), ec, s->written);
    };
    s->sends = true;
    asio::const_buffer const one(s->sending.data(), s->sending.size());
    s->wire->start_write({&one, 1}, io_handler(std::move(sent), s->wire->executor()));
}

class tls_stream final : public stream {
public:
    explicit tls_stream(session_pointer s) : session_(std::move(s)) {}
    ~tls_stream() override { close(); }

    asio::any_io_executor executor() const override { return session_->wire->executor(); }

    void start_read(asio::mutable_buffer into, io_handler done) override {
        auto& s = *session_;
        if (s.closed) return complete_later(std::move(done), asio::error::operation_aborted);
        if (s.reader) {
            note_trouble("overlapping read on one connection");
            return complete_later(std::move(done), asio::error::already_started);
        }
        if (s.read_ended) {
            note_trouble("read after the end of a stream was reported");
            return complete_later(std::move(done), asio::error::eof);
        }
        if (into.size() == 0) return complete_later(std::move(done), {});
        s.into = into;
        s.reader = std::move(done);
        if (auto slot = s.reader.get_cancellation_slot(); slot.is_connected())
            slot.assign([held = session_](asio::cancellation_type) { abort_read(*held); });
        start([held = session_] {
            if (held->reader) pump_in(held);
        });
    }

    void start_write(std::span<asio::const_buffer const> from, io_handler done) override {
        auto& s = *session_;
        if (s.closed) return complete_later(std::move(done), asio::error::operation_aborted);
        if (s.ending) return complete_later(std::move(done), asio::error::broken_pipe);
        if (s.writer) {
            note_trouble("overlapping write on one connection");
            return complete_later(std::move(done), asio::error::already_started);
        }
        s.left.clear();
        s.next = s.written = 0;
        for (auto const& part : from)
            if (part.size() > 0) s.left.push_back(part);
        if (s.left.empty()) return complete_later(std::move(done), {});
        s.writer = std::move(done);
        if (auto slot = s.writer.get_cancellation_slot(); slot.is_connected())
            slot.assign([held = session_](asio::cancellation_type) { abort_write(*held); });
        start([held = session_] {
            if (held->writer) pump_out(held);
        });
    }

    void cancel_read() override { abort_read(*session_); }
    void cancel_write() override { abort_write(*session_); }

    void end() override {
        if (session_->closed) return;
        session_->ending = true;
        start([held = session_] { pump_out(held); });
    }

    void close() override {
        auto& s = *session_;
        if (s.closed) return;
        s.closed = true;
        // In the middle of a record nothing else can be said.
        if (!s.sends) {
            s.notify_close();
            send_at_once(*s.wire, s.records.to_send());
        }
        leave(s);
        s.wire->close();
    }

    void reset() override {
        auto& s = *session_;
        if (s.closed) return;
        s.closed = true;
        leave(s);
        s.wire->reset();
    }

private:
    // Not inside the call that starts an operation: a result that is there already must not
    // run foreign code before start_...() has returned.
    template <class Work>
    void start(Work work) {
        asio::post(session_->wire->executor(), std::move(work));
    }

    static void abort_read(session& s) {
        if (s.reader) complete_later(std::move(s.reader), asio::error::operation_aborted);
    }
    static void abort_write(session& s) {
        s.left.clear();
        if (s.writer)
            complete_later(std::move(s.writer), asio::error::operation_aborted, s.written);
    }
    static void leave(session& s) {
        abort_read(s);
        abort_write(s);
    }

    session_pointer session_;
};

}  // namespace

error_code last_ssl_error() {
    auto const why = ::ERR_get_error();
    ::ERR_clear_error();
    if (why == 0) return asio::ssl::error::unexpected_result;
    return {static_cast<int>(why), asio::error::get_ssl_category()};
}

// A stream that can take the bytes does so before start_write() returns.
void send_at_once(stream& wire, std::string bytes) {
    if (bytes.empty()) return;
    auto const               held = std::make_shared<std::string const>(std::move(bytes));
    asio::const_buffer const one(held->data(), held->size());
    auto                     sent = [held](error_code, std::size_t) {};
    wire.start_write({&one, 1}, io_handler(std::move(sent), wire.executor()));
}

std::unique_ptr<stream> tls_over(std::unique_ptr<stream> wire, record_layer records) {
    auto const s = std::make_shared<session>(std::move(wire), std::move(records));
    return std::make_unique<tls_stream>(s);
}

}  // namespace runtime
