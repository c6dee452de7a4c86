// Streams that a client may come back to, up to 2025-11-25: what is said is kept with its id, and
// said whether somebody reads it or not; a GET that names the last event goes on behind it.

#include <algorithm>
#include <charconv>

#include "mock_mcp/http_reply.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "runtime/guarded.hpp"
#include "wire/sse.hpp"

namespace mock_mcp {

// The id of its event k is "kN-k", N being its own number.
struct mock_mcp::event_log {
    struct whole_answer {
        unsigned    status = 200;
        char const* type = "text/plain";
        std::string body;
    };

    std::size_t                 number = 0;
    std::string                 session;
    std::string                 version;  // of the protocol; empty: nobody has said
    runtime::http_fields        fields;   // of the head
    std::vector<std::string>    events;
    std::optional<whole_answer> whole;         // instead of events
    bool                        open = false;  // its head is to be said before its first event
    std::optional<std::size_t>  pause_behind;  // so many events a client has to come back
    bool                        over = false;
    bool                        closes = false;  // the connection that it is read on
    bool                        resets = false;
    runtime::bell               changed;

    void add(std::string event) {
        events.push_back(std::move(event));
        changed.ring();
    }
    std::string next_id() const {
        return 'k' + std::to_string(number) + '-' + std::to_string(events.size());
    }
};

class mock_mcp::kept_reply final : public reply {
public:
    kept_reply(mock_mcp& owner, log_pointer log) : owner_(owner), log_(std::move(log)) {
        who = owner_.visitor_of(log_->session);
    }

    runtime::awaitable<void> message(std::string text) override {
        co_await prime();
        log_->add(wire::to_sse(text, "message", log_->next_id()));
    }
    runtime::awaitable<void> answer(std::string text) override {
        if (log_->events.empty() && owner_.script_.json_answers) {
            log_->whole = {200, "application/json", std::move(text)};
            log_->changed.ring();
            co_return;
        }
        co_await message(std::move(text));
    }
    runtime::awaitable<void> raw(std::string bytes) override {
        co_await prime();
        log_->add(std::move(bytes));
    }
    runtime::awaitable<void> status(int code, std::string body) override {
        log_->whole = {static_cast<unsigned>(code), "text/plain", std::move(body)};
        log_->changed.ring();
        co_return;
    }
    runtime::awaitable<void> end() override {
        log_->over = true;
        log_->changed.ring();
        co_return;
    }
    runtime::awaitable<void> hang_up(runtime::duration pause) override {
        co_await prime();
        auto const retry =
            std::to_string(std::chrono::ceil<std::chrono::milliseconds>(pause).count());
        log_->add("id: " + log_->next_id() + "\nretry: " + retry + "\ndata: \n\n");
        log_->pause_behind = log_->events.size();
        log_->changed.ring();
        while (log_->pause_behind) co_await log_->changed.wait();
    }

    // The first event of a stream carries an id and no data (2025-11-25, basic/transports).
    runtime::awaitable<void> prime() override {
        if (!log_->events.empty() || log_->whole) co_return;
        log_->open = true;
        if (primes_streams(log_->version))
            log_->add("id: " + log_->next_id() + "\ndata: \n\n");
        else
            log_->changed.ring();
        co_return;
    }
    void field(std::string const& name, std::string const& value) override {
        set_field(log_->fields, name, value);
    }
    void close() override {
        log_->closes = true;
        log_->changed.ring();
    }
    void reset() override {
        log_->resets = true;
        log_->changed.ring();
    }

private:
    mock_mcp&   owner_;
    log_pointer log_;
};

mock_mcp::log_pointer mock_mcp::new_log(std::string session, std::string version) {
    auto const log = std::make_shared<event_log>();
    logs_.push_back(log);
    log->number = logs_.size();
    log->session = std::move(session);
    log->version = std::move(version);
    return log;
}

runtime::awaitable<void> mock_mcp::answer_kept(wire::rpc_request request, log_pointer log) {
    kept_reply to(*this, log);
    co_await handle(std::move(request), to);
    co_await to.end();
}

runtime::awaitable<void> mock_mcp::stand_kept(std::vector<mcp_step> const* steps, log_pointer log) {
    kept_reply to(*this, log);
    to.exchange = trace_.new_exchange();
    note_in("listen", {}, nullptr, to.exchange);
    co_await play_standing(steps, log->session, to);
    co_await to.end();
}

namespace {

void default_field(runtime::http_fields& fields, char const* name, std::string value) {
    if (!runtime::find_field(fields, name)) fields.emplace_back(name, std::move(value));
}

}  // namespace

// Everything of one stream from there on, as it is said, onto one connection.
runtime::awaitable<void> mock_mcp::pour(runtime::stream& to, event_log& log, std::size_t from) {
    auto const nothing_yet = [&] {
        return from >= log.events.size() && !log.whole && !log.over && !log.closes && !log.resets &&
               !log.open;
    };
    while (nothing_yet()) co_await log.changed.wait();
    runtime::http_response head;
    head.fields = log.fields;
    if (log.whole) {
        head.status = log.whole->status;
        default_field(head.fields, "Content-Type", log.whole->type);
        default_field(head.fields, "Content-Length", std::to_string(log.whole->body.size()));
        auto const                      text = runtime::to_text(head);
        boost::asio::const_buffer const parts[] = {boost::asio::buffer(text),
                                                   boost::asio::buffer(log.whole->body)};
        co_return co_await to.write(parts);
    }
    default_field(head.fields, "Content-Type", "text/event-stream");
    default_field(head.fields, "Cache-Control", "no-cache, no-transform");
    default_field(head.fields, "Transfer-Encoding", "chunked");
    runtime::http_chunk_writer writer(to, world_.clock, no_limit());
    writer.head(head);
    if (from >= log.events.size() && !log.over) co_await writer.head_alone();
    // What others were told, instead of what this one missed alone.
    if (from > 0 && script_.resumable == mcp_script::resuming::astray) {
        auto const others = logs_;
        for (auto const& other : others) {
            if (other.get() == &log) continue;
            auto const events = other->events;
            for (auto const& event : events) co_await writer.write(event);
        }
    }
    auto at = from;
    for (;;) {
        bool const pauses = log.pause_behind && at >= *log.pause_behind;
        if (at < log.events.size() && !pauses) {
            auto const event = log.events[at++];
            co_await writer.write(event);
        } else if (log.closes || log.resets) {
            bool const resets = log.resets;
            log.closes = log.resets = false;
            if (resets) co_return to.reset();
            co_return to.close();
        } else if (log.over || pauses) {
            co_return co_await writer.finish();
        } else {
            co_await log.changed.wait();
        }
    }
}

runtime::awaitable<bool> mock_mcp::serve_kept(runtime::stream& stream, runtime::http_reader& reader,
                                              log_pointer log, wire::rpc_request request) {
    tasks_.spawn(script_.name + ": kept answer", answer_kept(std::move(request), log));
    auto pouring = pour(stream, *log, 0);
    auto watching = reader.hang_up();
    co_await runtime::guarded(std::move(pouring), std::move(watching));
    co_return true;
}

runtime::awaitable<bool> mock_mcp::listen_kept(runtime::stream&      stream,
                                               runtime::http_reader& reader, log_pointer log,
                                               std::vector<mcp_step> const* steps) {
    tasks_.spawn(script_.name + ": kept stream", stand_kept(steps, log));
    auto pouring = pour(stream, *log, 0);
    auto watching = reader.hang_up();
    co_await runtime::guarded(std::move(pouring), std::move(watching));
    co_return true;
}

runtime::awaitable<bool> mock_mcp::resume(runtime::stream& stream, runtime::http_reader& reader,
                                          std::string session, std::string last_event) {
    std::size_t number = 0, event = 0;
    auto const  dash = std::min(last_event.find('-'), last_event.size());
    auto const  all = last_event.data() + last_event.size();
    if (last_event.starts_with('k') && dash > 1)
        std::from_chars(last_event.data() + 1, last_event.data() + dash, number);
    if (dash < last_event.size()) std::from_chars(last_event.data() + dash + 1, all, event);
    bool const known = number >= 1 && number <= logs_.size() &&
                       (!script_.sessions || sessions_.contains(session)) &&
                       logs_[number - 1]->session == session;
    if (!known) {
        unsigned const status = script_.sessions && !sessions_.contains(session) ? 404 : 400;
        note_out(0, "status", std::to_string(status));
        co_await refuse(stream, status, "nothing to go on with");
        co_return true;
    }
    auto const log = logs_[number - 1];
    note_in("resume", last_event);
    log->pause_behind.reset();
    log->changed.ring();
    auto pouring = pour(stream, *log, event + 1);
    auto watching = reader.hang_up();
    co_await runtime::guarded(std::move(pouring), std::move(watching));
    co_return true;
}

}  // namespace mock_mcp
