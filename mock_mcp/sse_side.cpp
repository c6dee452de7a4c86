// The mock's HTTP+SSE side: one stream of events that all is said on, and POSTs that are only
// taken.

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/http_reply.hpp"
#include "mock_mcp/listening.hpp"
#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "runtime/guarded.hpp"

namespace mock_mcp {

namespace {

using boost::system::system_error;

constexpr std::string_view messages_path = "/messages?sessionId=";

}  // namespace

// What all messages of one session come on.
struct mock_mcp::event_stream {
    event_stream(runtime::stream& s, runtime::clock& clock, boost::asio::any_io_executor executor)
        : to(s), writer(s, clock, no_limit()), handling(std::move(executor)) {}

    runtime::awaitable<void> write(std::string bytes) {
        while (writing && !broken) co_await changed.wait();
        if (broken) co_return;
        struct turn {
            event_stream& s;
            explicit turn(event_stream& x) : s(x) { s.writing = true; }
            ~turn() {
                s.writing = false;
                s.changed.ring();
            }
        } const mine(*this);
        co_await writer.write(bytes);
    }

    void breaks() {
        broken = true;
        changed.ring();
    }

    runtime::awaitable<void> until_broken() {
        while (!broken) co_await changed.wait();
    }

    runtime::stream&           to;
    runtime::http_chunk_writer writer;
    runtime::task_group        handling;
    runtime::bell              changed;
    bool                       writing = false;
    bool                       broken = false;
    bool                       by_reset = false;
    std::shared_ptr<visitor>   who = std::make_shared<visitor>();
};

struct mock_mcp::posted {
    unsigned      status = 0;  // 0: nothing is said yet
    std::string   body;
    runtime::bell changed;

    void say(unsigned code, std::string text) {
        if (status) return;
        status = code;
        body = std::move(text);
        changed.ring();
    }
};

class mock_mcp::sse_reply final : public reply {
public:
    sse_reply(event_stream& s, posted& p) : stream_(s), posted_(p) { who = s.who; }

    void taken() override { posted_.say(202, "Accepted"); }

    runtime::awaitable<void> message(std::string text) override {
        taken();
        auto event = wire::to_sse(text, "message");
        co_await stream_.write(std::move(event));
    }
    runtime::awaitable<void> answer(std::string text) override {
        co_await message(std::move(text));
    }
    runtime::awaitable<void> raw(std::string bytes) override {
        taken();
        co_await stream_.write(std::move(bytes));
    }
    runtime::awaitable<void> status(int code, std::string body) override {
        posted_.say(static_cast<unsigned>(code), std::move(body));
        co_return;
    }
    // A request has no stream of its own.
    runtime::awaitable<void> end() override {
        taken();
        co_return;
    }
    runtime::awaitable<void> hang_up(runtime::duration) override { co_return; }

    void close() override {
        taken();
        stream_.breaks();
    }
    void reset() override {
        taken();
        stream_.by_reset = true;
        stream_.breaks();
    }
    bool shares_channel() const override { return true; }

private:
    event_stream& stream_;
    posted&       posted_;
};

runtime::awaitable<bool> mock_mcp::serve_sse(runtime::stream& stream, runtime::http_reader& reader,
                                             runtime::http_request const& request,
                                             std::string                  body) {
    if (request.method == "GET") co_return co_await open_events(stream, reader, request);
    if (request.method != "POST" || !request.target.starts_with(messages_path)) {
        note_out(0, "status", "404");
        co_await refuse(stream, 404, "nothing is here");
        co_return true;
    }
    auto const id = request.target.substr(messages_path.size());
    auto const at = event_streams_.find(id);
    if (at == event_streams_.end()) {
        note_out(0, "status", "404");
        co_await refuse(stream, 404, "no such session");
        co_return true;
    }
    wire::rpc_message message;
    std::string       problem;
    try {
        message = wire::parse_rpc(body);
    } catch (system_error const& e) {
        problem = e.what();
    }
    if (!problem.empty()) {
        co_await refuse(stream, 400, std::move(problem));
        co_return true;
    }
    auto const session = at->second;
    auto const mine = std::make_shared<posted>();
    session->handling.spawn(script_.name + ": message",
                            handle_posted(std::move(message), session, mine));
    while (!mine->status) co_await mine->changed.wait();
    co_await refuse(stream, mine->status, mine->body);
    co_return true;
}

runtime::awaitable<void> mock_mcp::handle_posted(wire::rpc_message             message,
                                                 std::shared_ptr<event_stream> session,
                                                 std::shared_ptr<posted>       mine) {
    // Whatever becomes of it, whoever has posted it is not left without an answer.
    struct told {
        posted& p;
        ~told() { p.say(202, "Accepted"); }
    } const last{*mine};
    sse_reply to(*session, *mine);
    try {
        co_await handle_shared(std::move(message), to);
    } catch (system_error const& e) {
        // The client does not read any more: its stream will tell.
        if (e.code() == boost::asio::error::operation_aborted) throw;
    }
}

// Where messages are posted, or what the script says in place of that.
runtime::awaitable<void> mock_mcp::tell_endpoint(event_stream&                session,
                                                 runtime::http_request const& request,
                                                 std::string                  endpoint,
                                                 std::vector<mcp_step> const* steps) {
    if (!steps) {
        auto event = wire::to_sse(endpoint, "endpoint");
        co_return co_await session.write(std::move(event));
    }
    auto const* host = runtime::find_field(request.fields, "host");
    posted      nobodys;
    sse_reply   to(session, nobodys);
    to.known = {{"endpoint", std::move(endpoint)}, {"host", host ? *host : ""}};
    wire::rpc_request const nothing{std::string(), "endpoint", nullptr};
    for (auto const& s : *steps) {
        if (s.after > runtime::duration::zero()) co_await world_.clock.sleep_for(s.after);
        bool const go_on = co_await step(s, nothing, to);
        if (!go_on) co_return;
    }
}

runtime::awaitable<void> mock_mcp::until_left(runtime::duration patience) {
    auto const until = world_.clock.now() + patience;
    while (!event_streams_.empty() && world_.clock.now() < until)
        co_await left_.wait_for(world_.clock, until - world_.clock.now());
}

runtime::awaitable<bool> mock_mcp::open_events(runtime::stream&             stream,
                                               runtime::http_reader&        reader,
                                               runtime::http_request const& request) {
    note_in("start");
    auto const* steps = scripted("endpoint");
    if (steps && !steps->empty() && steps->front().verb == mcp_verb::status) {
        auto const& said = steps->front();
        note_out(0, "status", std::to_string(said.number));
        co_await refuse(stream, static_cast<unsigned>(said.number), said.text);
        co_return true;
    }
    auto const session = std::make_shared<event_stream>(stream, world_.clock, world_.executor);
    auto const id = "session-" + world_.entropy.token(24);
    struct place {
        mock_mcp&          at;
        std::string const& id;
        ~place() {
            at.event_streams_.erase(id);
            at.left_.ring();
        }
    } const mine{*this, id};
    event_streams_[id] = session;
    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream"},
                   {"Cache-Control", "no-cache, no-transform"},
                   {"Transfer-Encoding", "chunked"}};
    session->writer.head(head);
    co_await session->writer.head_alone();
    auto           endpoint = std::string(messages_path) + id;
    posted         nobodys;
    sse_reply      news(*session, nobodys);
    standing const here(*session->who, news);
    runtime::bell  rung;
    listener       me;
    me.who = session->who.get();
    me.bell = &rung;
    listening const told(*this, me);
    if (announces_something(script_))
        session->handling.spawn(script_.name + ": news", tell_news(news, me));
    session->handling.spawn(script_.name + ": endpoint",
                            tell_endpoint(*session, request, std::move(endpoint), steps));
    auto               staying = session->until_broken();
    auto               watching = reader.hang_up();
    std::exception_ptr stopped;
    bool               by_peer = false;
    try {
        co_await runtime::guarded(std::move(staying), std::move(watching));
    } catch (system_error const& e) {
        by_peer = e.code() != boost::asio::error::operation_aborted;
        if (!by_peer) stopped = std::current_exception();
    }
    if (by_peer) note_in("close");
    // Whatever still runs in this session is let go, and nothing begins in it any more.
    event_streams_.erase(id);
    session->breaks();
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    co_await session->handling.stop();
    if (stopped) std::rethrow_exception(stopped);
    session->by_reset ? stream.reset() : stream.close();
    co_return false;
}

}  // namespace mock_mcp
