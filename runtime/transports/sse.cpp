// MCP over HTTP+SSE, the transport of revision 2024-11-05, client side: one GET whose stream of
// events carries all that the server says, answers too. Its first event names where messages are
// posted. There is nothing to go on with: when the stream is over, so is the session.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/url.hpp>

#include "runtime/guarded.hpp"
#include "runtime/media_type.hpp"
#include "runtime/transports/shared_channel.hpp"
#include "wire/sse.hpp"

namespace runtime {

namespace {

namespace urls = boost::urls;

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

// No limit of its own: whoever calls has one for the whole call.
constexpr auto for_ever = std::chrono::hours(24 * 365);

std::uint16_t port_of(urls::url const& url, bool tls) {
    if (url.has_port() && !url.port().empty()) return url.port_number();
    return tls ? 443 : 80;
}

// The target of what the endpoint event says, which is read as a browser reads a link on the page
// of the stream. Nothing if it leads to another origin: the credentials of this server are sent
// there.
std::optional<std::string> target_of(mcp_endpoint const& from, std::string_view said) {
    auto const scheme = std::string(from.at.tls ? "https" : "http");
    auto const asked = scheme + "://" + to_text(from.at) + from.path;
    auto const base = urls::parse_uri(asked);  // a view
    auto const link = urls::parse_uri_reference(said);
    if (!base || !link) return std::nullopt;
    urls::url meant(*base);
    if (!meant.resolve(*link)) return std::nullopt;
    meant.normalize();
    urls::url ours(*base);
    ours.normalize();
    bool const same = meant.scheme() == ours.scheme() && !meant.has_userinfo() &&
                      meant.encoded_host() == ours.encoded_host() &&
                      port_of(meant, from.at.tls) == port_of(ours, from.at.tls);
    if (!same) return std::nullopt;
    auto target = std::string(meant.encoded_target());
    if (!target.starts_with('/')) target.insert(0, "/");
    return target;
}

class sse_channel final : public shared_channel {
public:
    sse_channel(world w, mcp_endpoint const& e, mcp_channel_limits limits)
        : shared_channel(w, limits), endpoint_(e) {
        tasks_.spawn("mcp sse reader", read_stream());
    }

    awaitable<void> end() override;
    std::string     last_words() const override { return last_words_; }
    unsigned        refused_with() const override { return refused_with_; }

private:
    // A request of ours and the head of its answer.
    struct exchange {
        std::unique_ptr<stream>    connection;
        std::optional<http_reader> reader;
        http_response              head;
    };

    awaitable<void> send(exchange&, std::string method, std::string target, std::string body);
    awaitable<std::string> words_of(exchange&);
    awaitable<void>        read_stream();
    awaitable<void>        read_events(exchange&);
    awaitable<void>        post(std::string text);
    awaitable<void>        write_message(std::string text) override;
    awaitable<void>        write_request(std::string text, wire::rpc_id id) override;
    awaitable<void>        post_request(std::string text, wire::rpc_id id);
    awaitable<void>        until_forgotten(wire::rpc_id id);

    mcp_endpoint               endpoint_;
    std::optional<std::string> target_;  // of messages, once the server has said it
    std::string                last_words_;
    unsigned                   refused_with_ = 0;
};

awaitable<void> sse_channel::send(exchange& to, std::string method, std::string target,
                                  std::string body) {
    error_code const late = asio::error::timed_out;
    auto             connecting = world_.network.connect(endpoint_.at);
    to.connection = co_await within(world_.clock, limits_.connect, late, std::move(connecting));
    http_request request;
    request.method = std::move(method);
    request.target = std::move(target);
    bool const posting = request.method == "POST";
    request.fields = {
        {"Host", to_text(endpoint_.at)},
        {"Accept", posting ? "application/json, text/event-stream" : "text/event-stream"},
        {"Accept-Encoding", "identity"},
        {"Connection", "close"}};
    // Older servers do not know it; those of the SDKs speak newer revisions over this transport.
    if (revision() >= "2025-06-18") request.fields.emplace_back("MCP-Protocol-Version", revision());
    for (auto const& field : endpoint_.headers) request.fields.push_back(field);
    if (posting) {
        request.fields.emplace_back("Content-Type", "application/json");
        request.fields.emplace_back("Content-Length", std::to_string(body.size()));
    }
    auto const               head = to_text(request);
    asio::const_buffer const parts[] = {asio::buffer(head), asio::buffer(body)};
    co_await write_within(*to.connection, parts, world_.clock, limits_.write,
                          make_error_code(error::no_answer));
    http_limits reading;
    reading.body_max = limits_.message_max;
    to.reader.emplace(*to.connection, world_.clock, reading);
    http_limit const limit{for_ever, late};
    to.head = co_await to.reader->response(limit);
}

// What a refusal says, for error texts.
awaitable<std::string> sse_channel::words_of(exchange& from) {
    std::string body;
    try {
        http_limit const limit{limits_.farewell, asio::error::timed_out};
        body = co_await from.reader->whole_body(limit);
    } catch (boost::system::system_error const&) {
        // The status alone must do.
    }
    refused_with_ = from.head.status;
    last_words_ = "HTTP " + std::to_string(from.head.status) + ' ' + body.substr(0, 200);
    co_return body;
}

awaitable<void> sse_channel::read_stream() {
    exchange   e;
    error_code why;
    try {
        auto target = endpoint_.path;
        co_await send(e, "GET", std::move(target), {});
        if (e.head.status == 200 && is_of_type(e.head.fields, "text/event-stream")) {
            last_words_ = "it has not said where to post messages";
            co_await read_events(e);
            why = error::no_answer;
        } else {
            co_await words_of(e);
            why = error::not_accepted;
        }
    } catch (boost::system::system_error const& broken) {
        why = broken.code();
    }
    if (why == asio::error::operation_aborted) why = error::server_gone;
    gone(why);
}

// One event is one message; those of types that are not known mean nothing.
awaitable<void> sse_channel::read_events(exchange& from) {
    std::vector<wire::sse_event> said;
    wire::sse_parser             parser([&](wire::sse_event const& e) { said.push_back(e); },
                            limits_.event_line_max());
    http_limit const             limit{for_ever, asio::error::timed_out};
    for (;;) {
        auto const piece = co_await from.reader->body(limit);
        if (piece.empty()) co_return;
        parser.feed(piece);
        for (auto& event : said) {
            if (event.type == "endpoint" && !target_) {
                target_ = target_of(endpoint_, event.data);
                if (!target_) {
                    last_words_ = "its endpoint is not of its own origin: " + event.data;
                    fail(error::not_accepted);
                }
                last_words_.clear();
                changed_.ring();
            }
            if (event.type == "message" && !event.data.empty())
                co_await take(std::move(event.data));
        }
        said.clear();
    }
}

// Throws session_lost if the server knows no such session: the message was not taken then, and may
// be said again in another one.
awaitable<void> sse_channel::post(std::string text) {
    while (!target_ && alive_) co_await changed_.wait();
    if (!alive_) fail(why_gone_);
    exchange e;
    auto     target = *target_;
    co_await send(e, "POST", std::move(target), std::move(text));
    // 202 is the rule; servers that answer 200 or 204 mean the same.
    if (e.head.status / 100 == 2) co_return;
    auto const body = co_await words_of(e);
    bool const says_so = e.head.status == 400 && body.find("ession") != body.npos;
    fail(e.head.status == 404 || says_so ? error::session_lost : error::not_accepted);
}

awaitable<void> sse_channel::write_message(std::string text) {
    auto       posting = post(std::move(text));
    error_code why;
    try {
        co_await std::move(posting);
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    if (why == error::session_lost) gone(error::no_answer);
    if (why) fail(why);
}

// The answer may come before the request's own HTTP exchange is over: some servers end that when
// their work is done.
awaitable<void> sse_channel::write_request(std::string text, wire::rpc_id id) {
    tasks_.spawn("mcp post", post_request(std::move(text), std::move(id)));
    co_return;
}

awaitable<void> sse_channel::until_forgotten(wire::rpc_id id) {
    while (waits_for(id)) co_await changed_.wait();
    co_await world_.clock.sleep_for(limits_.farewell);
    fail(asio::error::timed_out);
}

awaitable<void> sse_channel::post_request(std::string text, wire::rpc_id id) {
    auto       posting = post(std::move(text));
    auto       forgotten = until_forgotten(id);
    error_code why;
    try {
        co_await guarded(std::move(posting), std::move(forgotten));
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    if (why) lost(id, why);
    // What it has taken before will not be answered either, but may have been done.
    if (why == error::session_lost) gone(error::no_answer);
}

awaitable<void> sse_channel::end() {
    co_await farewells_.wait();
    gone(error::server_gone);
    co_await tasks_.stop();
}

std::unique_ptr<mcp_channel> open(world w, mcp_endpoint const& e, mcp_channel_limits limits) {
    return std::make_unique<sse_channel>(w, e, limits);
}

}  // namespace

mcp_transport sse() {
    return {"sse", "one stream of server-sent events and POST, revision 2024-11-05", &open};
}

}  // namespace runtime
