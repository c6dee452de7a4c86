// The mock's streamable HTTP side: one POST a message, sessions, JSON or events as answers.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/mock_mcp.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/sse.hpp"

namespace mock_mcp {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;

constexpr auto for_ever = std::chrono::hours(24 * 365);

runtime::http_limit no_limit() { return {for_ever, asio::error::timed_out}; }

}  // namespace

struct mock_mcp::parked {
    runtime::stream* stream = nullptr;  // the one that the client has come back on
    bool             done = false;
    runtime::bell    changed;
};

class mock_mcp::http_reply final : public reply {
public:
    http_reply(mock_mcp& owner, runtime::stream& to, std::string session)
        : owner_(owner), stream_(&to), session_(std::move(session)) {
        writer_.emplace(to, owner.world_.clock, no_limit());
        if (!session_.empty()) head_.fields.emplace_back("MCP-Session-Id", session_);
    }
    ~http_reply() override {
        if (!come_back_) return;
        come_back_->done = true;
        come_back_->changed.ring();
    }
    http_reply(http_reply const&) = delete;

    runtime::awaitable<void> message(std::string text) override {
        auto event = wire::to_sse(text, "message", next_id());
        co_await send(std::move(event));
    }

    runtime::awaitable<void> answer(std::string text) override {
        if (!streaming_ && owner_.script_.json_answers) {
            co_await whole(200, "application/json", std::move(text));
            co_return;
        }
        auto event = wire::to_sse(text, "message", next_id());
        co_await send(std::move(event));
    }

    runtime::awaitable<void> raw(std::string bytes) override { co_await send(std::move(bytes)); }

    runtime::awaitable<void> status(int code, std::string body) override {
        co_await whole(static_cast<unsigned>(code), "text/plain", std::move(body));
    }

    runtime::awaitable<void> end() override {
        if (ended_) co_return;
        begin();
        ended_ = true;
        co_await writer_->finish();
    }

    runtime::awaitable<void> hang_up(runtime::duration pause) override {
        if (ended_) co_return;
        auto const id = "resume-" + std::to_string(++owner_.parked_count_);
        auto const retry =
            std::to_string(std::chrono::ceil<std::chrono::milliseconds>(pause).count());
        co_await send("id: " + id + "\nretry: " + retry + "\ndata: \n\n");
        co_await writer_->finish();
        if (come_back_) {
            come_back_->done = true;
            come_back_->changed.ring();
        }
        come_back_ = std::make_shared<parked>();
        owner_.parked_[id] = come_back_;
        while (!come_back_->stream) co_await come_back_->changed.wait();
        stream_ = come_back_->stream;
        writer_.emplace(*stream_, owner_.world_.clock, no_limit());
        streaming_ = usable_ = false;
        head_ = {};
        begin();
        co_await writer_->head_alone();
    }

    // What a server says by itself has a head before it has a word.
    runtime::awaitable<void> open() {
        begin();
        co_await writer_->head_alone();
    }

    void close() override {
        ended_ = usable_ = false;
        stream_->close();
    }
    void reset() override {
        ended_ = usable_ = false;
        stream_->reset();
    }

    bool usable() const { return usable_; }

private:
    void begin() {
        if (streaming_) return;
        streaming_ = true;
        head_.fields.emplace_back("Content-Type", "text/event-stream");
        head_.fields.emplace_back("Cache-Control", "no-cache, no-transform");
        head_.fields.emplace_back("Transfer-Encoding", "chunked");
        writer_->head(head_);
    }

    // The first event of a stream carries an id and no data, so that a client could resume
    // (2025-11-25, basic/transports).
    runtime::awaitable<void> send(std::string bytes) {
        if (ended_) co_return;
        if (!streaming_) {
            begin();
            bytes.insert(0, "id: " + next_id() + "\ndata: \n\n");
        }
        co_await writer_->write(bytes);
    }

    runtime::awaitable<void> whole(unsigned code, char const* type, std::string body) {
        ended_ = streaming_ = true;
        head_.status = code;
        head_.fields.emplace_back("Content-Type", type);
        head_.fields.emplace_back("Content-Length", std::to_string(body.size()));
        auto const               text = runtime::to_text(head_);
        asio::const_buffer const parts[] = {asio::buffer(text), asio::buffer(body)};
        co_await stream_->write(parts);
    }

    std::string next_id() { return std::to_string(++event_count_); }

    mock_mcp&                                 owner_;
    runtime::stream*                          stream_;
    std::string                               session_;
    std::optional<runtime::http_chunk_writer> writer_;
    runtime::http_response                    head_;
    std::shared_ptr<parked>                   come_back_;
    int                                       event_count_ = 0;
    bool                                      streaming_ = false;
    bool                                      ended_ = false;
    bool                                      usable_ = true;
};

runtime::awaitable<void> mock_mcp::accept() {
    for (;;) {
        auto stream = co_await listener_->accept();
        tasks_.spawn(script_.name + ": connection", serve(std::move(stream)));
    }
}

runtime::awaitable<void> mock_mcp::serve(std::unique_ptr<runtime::stream> stream) {
    runtime::http_reader reader(*stream, world_.clock);
    try {
        for (;;) {
            auto const request = co_await reader.request(no_limit());
            if (!request) co_return;
            bool const go_on = co_await serve_one(*stream, reader, *request);
            if (!go_on || !request->keep_alive) co_return;
        }
    } catch (system_error const& e) {
        // A client that breaks off is no cancellation in this revision: whatever it was waiting
        // for was played to its end before the write failed.
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<void> mock_mcp::refuse(runtime::stream& to, unsigned status, std::string body,
                                          std::string allow) {
    runtime::http_response head;
    head.status = status;
    if (!allow.empty()) head.fields.emplace_back("Allow", std::move(allow));
    if (!body.empty()) head.fields.emplace_back("Content-Type", "text/plain");
    head.fields.emplace_back("Content-Length", std::to_string(body.size()));
    auto const               text = runtime::to_text(head);
    asio::const_buffer const parts[] = {asio::buffer(text), asio::buffer(body)};
    co_await to.write(parts);
}

runtime::awaitable<bool> mock_mcp::serve_one(runtime::stream& stream, runtime::http_reader& reader,
                                             runtime::http_request const& request) {
    auto const body = co_await reader.whole_body(no_limit());
    if (script_.recorded) {
        auto playing = replay_one(stream, request, body);
        auto watching = reader.hang_up();
        co_return co_await runtime::guarded(std::move(playing), std::move(watching));
    }
    auto const* header = runtime::find_field(request.fields, "mcp-session-id");
    auto const  session = header ? *header : std::string();

    if (request.method == "DELETE") {
        note_in("end-session");
        sessions_.erase(session);
        session_ended_.ring();
        co_await refuse(stream, 200, "");
        co_return true;
    }
    if (request.method == "GET") {
        auto const* last = runtime::find_field(request.fields, "last-event-id");
        co_return co_await listen(stream, reader, session, last);
    }
    if (request.method != "POST") {
        co_await refuse(stream, 405, "", "POST, DELETE");
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
    auto*      asked = std::get_if<wire::rpc_request>(&message);
    bool const hello = asked && asked->method == "initialize";
    if (script_.sessions && !hello && !sessions_.contains(session)) {
        note_out(0, "status", session.empty() ? "400" : "404");
        co_await refuse(stream, session.empty() ? 400 : 404, "no such session");
        co_return true;
    }
    if (!asked) {
        hear(message);
        co_await refuse(stream, 202, "");
        co_return true;
    }
    std::string fresh;
    if (hello && script_.sessions) {
        fresh = "session-" + world_.entropy.token(24);
        sessions_.insert(fresh);
    }
    http_reply to(*this, stream, fresh);
    co_await handle(std::move(*asked), to);
    if (to.usable()) co_await to.end();
    co_return to.usable();
}

runtime::awaitable<bool> mock_mcp::listen(runtime::stream& stream, runtime::http_reader& reader,
                                          std::string session, std::string const* last_event) {
    bool const known = !script_.sessions || sessions_.contains(session);
    if (auto const at = parked_.find(last_event ? *last_event : ""); known && at != parked_.end()) {
        auto const waiting = at->second;
        parked_.erase(at);
        note_in("resume", *last_event);
        waiting->stream = &stream;
        waiting->changed.ring();
        while (!waiting->done) co_await waiting->changed.wait();
        co_return false;
    }
    auto const* steps = known ? scripted("listen") : nullptr;
    if (!steps) {
        co_await refuse(stream, known ? 405 : 404, "", "POST, DELETE");
        co_return true;
    }
    wire::rpc_request nothing{std::string(), "listen", nullptr};
    http_reply        to(*this, stream, {});
    to.exchange = trace_.new_exchange();
    note_in("listen", {}, nullptr, to.exchange);
    // A stream that is refused was never opened.
    bool const refused = !steps->empty() && steps->front().verb == mcp_verb::status;
    if (!refused) co_await to.open();
    auto const play_and_stay = [&]() -> runtime::awaitable<void> {
        for (auto const& s : *steps) {
            if (s.after > runtime::duration::zero()) co_await world_.clock.sleep_for(s.after);
            bool const go_on = co_await step(s, nothing, to);
            if (!go_on) co_return;
        }
        while (!script_.sessions || sessions_.contains(session)) co_await session_ended_.wait();
        co_await to.end();
    };
    auto playing = play_and_stay();
    auto watching = reader.hang_up();
    co_await runtime::guarded(std::move(playing), std::move(watching));
    co_return to.usable();
}

}  // namespace mock_mcp
