#include "replay/recorder.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/deadline.hpp"
#include "runtime/guarded.hpp"

namespace replay {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

constexpr std::size_t read_size = 16 * 1024;

bool same(std::string_view a, std::string_view b) { return boost::beast::iequals(a, b); }

request request_of(message_watch const& seen) {
    request r;
    r.method = seen.start(0);
    r.target = seen.start(1);
    r.fields = seen.fields();
    r.body = seen.body();
    return r;
}

unsigned status_in(std::string const& text) {
    unsigned status = 0;
    for (char const c : text)
        status = c >= '0' && c <= '9' ? status * 10 + static_cast<unsigned>(c - '0') : status;
    return status;
}

}  // namespace

struct recorder::client {
    runtime::stream& stream;
    std::string      ahead;  // bytes of the next request that came already
};

// One answer on its way.
struct recorder::answering {
    message_watch       seen;
    runtime::time_point began;
    ending              how = ending::left;  // until it is known better
    runtime::duration   ended_at{};
};

recorder::recorder(runtime::world w, options o, sink kept, complaint told)
    : world_(w),
      options_(std::move(o)),
      kept_(std::move(kept)),
      told_(std::move(told)),
      beginning_(w.clock.now()),
      connections_(w.executor) {}

void recorder::start(std::unique_ptr<runtime::listener> at) {
    listener_ = std::move(at);
    beginning_ = world_.clock.now();
    connections_.spawn("recorder: accept", accept());
}

runtime::awaitable<void> recorder::stop() {
    if (listener_) listener_->close();
    co_await connections_.stop();
    for (auto& x : exchanges_)
        if (x) x->over = true;
    hand_over();
}

// A recording counts microseconds.
runtime::duration recorder::since(runtime::time_point then) const {
    return std::chrono::floor<std::chrono::microseconds>(world_.clock.now() - then);
}

runtime::awaitable<void> recorder::accept() {
    for (;;) {
        auto stream = co_await listener_->accept();
        connections_.spawn("recorder: connection", serve(std::move(stream)));
    }
}

runtime::awaitable<void> recorder::serve(std::unique_ptr<runtime::stream> stream) {
    client c{*stream, {}};
    try {
        for (;;) {
            bool const go_on = co_await serve_one(c);
            if (!go_on) break;
        }
    } catch (system_error const& e) {
        // A client that breaks off is part of what is recorded.
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

// The whole request; false if the client ended before one began.
runtime::awaitable<bool> recorder::read_request(client& c, message_watch& seen, std::string& head,
                                                std::string& body) {
    bool waits = true;  // for our word to go on
    for (;;) {
        auto const before = seen.head_done();
        auto const n = seen.feed(c.ahead, {});
        if (!before && seen.head_done()) head = forwarded_head(seen);
        body += c.ahead.substr(0, n);
        c.ahead.erase(0, n);
        if (seen.done() || seen.not_http()) co_return true;
        auto const* expects = runtime::find_field(seen.fields(), "expect");
        if (seen.head_done() && expects && waits) {
            waits = false;
            co_await c.stream.write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        char       piece[read_size];
        auto const got = co_await c.stream.read(asio::buffer(piece));
        if (got == 0) co_return false;
        c.ahead.append(piece, got);
    }
}

std::string recorder::forwarded_head(message_watch const& seen) const {
    runtime::http_request out;
    out.method = seen.start(0);
    out.target = options_.base_path + seen.start(1);
    for (auto const& [name, value] : seen.fields()) {
        if (same(name, "expect")) continue;
        if (same(name, "host"))
            out.fields.emplace_back(name, runtime::to_text(options_.upstream));
        else if (same(name, "accept-encoding"))
            out.fields.emplace_back(name, "identity");
        else
            out.fields.emplace_back(name, value);
    }
    return runtime::to_text(out);
}

namespace {

// Waits until the client goes; what it says meanwhile is kept for its next request.
runtime::awaitable<void> until_gone(runtime::stream& client, std::string& ahead) {
    for (;;) {
        char       piece[read_size];
        auto const n = co_await client.read(asio::buffer(piece));
        if (n == 0) throw system_error(runtime::error::closed_early);
        ahead.append(piece, n);
    }
}

}  // namespace

// Until the answer is over, or the server's end of it: that is told in `a`, and never thrown. What
// is thrown is the client's.
runtime::awaitable<void> recorder::pass_answer(runtime::stream& upstream, client& c, answering& a) {
    for (;;) {
        char        bytes[read_size];
        std::size_t n = 0;
        error_code  why;
        try {
            n = co_await runtime::read_within(upstream, asio::buffer(bytes), world_.clock,
                                              options_.patience, asio::error::timed_out);
        } catch (system_error const& e) {
            why = e.code();
        }
        if (why == asio::error::operation_aborted) throw system_error(why);
        auto const now = since(a.began);
        a.ended_at = now;
        if (why || n == 0) {
            bool const framed = !a.seen.ends_with_connection();
            a.how = why == asio::error::timed_out ? ending::timeout
                    : why                         ? ending::reset
                    : framed                      ? ending::eof
                                                  : ending::complete;
            co_return;
        }
        auto const all = std::string_view(bytes, n);
        auto const used = a.seen.feed(all, now);
        co_await c.stream.write(all.substr(0, used));
        if (!a.seen.done()) continue;
        a.how = ending::complete;
        co_return;
    }
}

runtime::awaitable<bool> recorder::serve_one(client& c) {
    message_watch asked(message_watch::kind::request);
    std::string   head;
    std::string   body;
    bool const    came = co_await read_request(c, asked, head, body);
    if (!came || asked.not_http()) co_return false;
    auto const number = exchanges_.size();
    exchanges_.push_back(std::make_unique<open_exchange>());
    auto& mine = *exchanges_.back();
    mine.x.at = since(beginning_);
    mine.x.asked = request_of(asked);

    std::unique_ptr<runtime::stream> upstream;
    error_code                       why;
    // The head is ours; the body passes as it came, in its own frames.
    auto const                       end_of_head = body.find("\r\n\r\n");
    head += body.substr(end_of_head + 4);
    try {
        upstream = co_await world_.network.connect(options_.upstream);
        co_await upstream->write(head);
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why) {
        mine.kept = false;
        close(number);
        if (why == asio::error::operation_aborted) throw system_error(why);
        told_(runtime::to_text(options_.upstream) + " cannot be reached: " + why.message());
        co_await c.stream.write(
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        co_return false;
    }

    answering a{message_watch(message_watch::kind::answer, asked.start(0) == "HEAD"),
                world_.clock.now()};
    auto      passing = pass_answer(*upstream, c, a);
    auto      watching = until_gone(c.stream, c.ahead);
    try {
        co_await runtime::guarded(std::move(passing), std::move(watching));
    } catch (system_error const& e) {
        why = e.code();
        // Who leaves within the last write leaves an answer that was whole.
        if (a.seen.done()) {
            a.how = ending::complete;
        } else {
            a.how = ending::left;
            a.ended_at = since(a.began);
        }
    }
    auto& out = mine.x.answered;
    if (a.seen.head_done()) {
        out.status = status_in(a.seen.start(1));
        out.reason = a.seen.start(2);
        out.version = a.seen.start(0).substr(std::min<std::size_t>(5, a.seen.start(0).size()));
        out.fields = a.seen.fields();
        out.head_at = a.seen.head_at();
        out.pieces = a.seen.pieces();
        out.trailers = a.seen.trailers();
    }
    out.how = a.how;
    out.ended_at = a.ended_at;
    bool const framed = a.seen.done();
    close(number);
    if (why) throw system_error(why);
    if (a.how == ending::reset) c.stream.reset();
    if (!framed) c.stream.end();
    co_return framed&& asked.keep_alive() && a.seen.keep_alive();
}

void recorder::close(std::size_t number) {
    exchanges_[number]->over = true;
    hand_over();
}

void recorder::hand_over() {
    while (handed_over_ < exchanges_.size() && exchanges_[handed_over_]->over) {
        auto const mine = std::move(exchanges_[handed_over_++]);
        if (!mine->kept) continue;
        options_.secrets.clean(mine->x);
        kept_(std::move(mine->x));
    }
}

}  // namespace replay
