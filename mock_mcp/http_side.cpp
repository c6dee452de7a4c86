// The mock's streamable HTTP side: one POST a message, sessions, JSON or events as answers.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/http_manners.hpp"
#include "mock_mcp/http_reply.hpp"
#include "mock_mcp/listening.hpp"
#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/json_batch.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;

// With the error that JSON-RPC has for it, and without an id: none could be read.
runtime::awaitable<void> refuse_message(runtime::stream& to, std::string const& body,
                                        std::string const& problem) {
    bool const  none = wire::read_json(body).is_discarded();
    int const   code = none ? wire::rpc_parse_error : wire::rpc_invalid_request;
    std::string told =
        R"({"jsonrpc":"2.0","error":{"code":)" + std::to_string(code) + R"(,"message":)";
    wire::append_quoted(told, problem);
    told += "}}";
    runtime::http_response head;
    head.status = 400;
    head.fields.emplace_back("Content-Type", "application/json");
    head.fields.emplace_back("Content-Length", std::to_string(told.size()));
    auto const text = runtime::to_text(head) + told;
    co_await to.write(text);
}

}  // namespace

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
    if (auto const status = refusal_of(request)) {
        note_out(0, "status", std::to_string(*status));
        co_await refuse(stream, *status, "who asks?");
        co_return true;
    }
    auto const at = listener_ ? listener_->local().host : std::string();
    if (auto why = http_objection(request, at, script_.strangers)) {
        note_out(0, "status", std::to_string(why->status));
        co_await refuse(stream, why->status, std::move(why->body));
        co_return true;
    }
    if (script_.transport == "sse") co_return co_await serve_sse(stream, reader, request, body);
    auto const* header = runtime::find_field(request.fields, "mcp-session-id");
    auto const  session = header ? *header : std::string();

    auto const* version = runtime::find_field(request.fields, "mcp-protocol-version");
    bool const  modern = version && *version == wire::mcp::modern_revision;
    if (script_.modern && request.method != "POST" && (modern || script_.revision.empty())) {
        note_in("request", request.method);
        note_out(0, "status", "405");
        co_await refuse(stream, 405, "", "POST");
        co_return true;
    }
    if (request.method == "DELETE") {
        note_in("end-session");
        bool const known = sessions_.erase(session) != 0 || !script_.sessions;
        session_ended_.ring();
        co_await refuse(stream, known ? 200 : 404, "");
        co_return true;
    }
    if (request.method == "GET") {
        auto const* last = runtime::find_field(request.fields, "last-event-id");
        if (last && !logs_.empty()) co_return co_await resume(stream, reader, session, *last);
        co_return co_await listen(stream, reader, session);
    }
    if (request.method != "POST") {
        co_await refuse(stream, 405, "", "POST, DELETE");
        co_return true;
    }
    if (wire::is_batch(body) && script_.revision == wire::revision_with_batches &&
        (!script_.sessions || sessions_.contains(session)))
        co_return co_await serve_batch(stream, body, visitor_of(session));
    wire::rpc_message message;
    std::string       problem;
    try {
        message = wire::parse_rpc(body);
    } catch (system_error const& e) {
        problem = e.what();
    }
    if (!problem.empty()) {
        co_await refuse_message(stream, body, problem);
        co_return true;
    }
    auto*      asked = std::get_if<wire::rpc_request>(&message);
    bool const hello = asked && asked->method == "initialize";
    if (hello && sessions_.contains(session)) {
        note_out(0, "status", "400");
        co_await refuse(stream, 400, "this session has begun already");
        co_return true;
    }
    if (is_modern(message) || (asked && !hello && modern && script_.modern))
        co_return co_await serve_modern(stream, reader, request, std::move(*asked));
    if (modern) {
        note_out(0, "status", "400");
        co_await refuse(stream, 400, "this protocol version is not spoken here");
        co_return true;
    }
    if (script_.sessions && !hello && !sessions_.contains(session)) {
        note_out(0, "status", session.empty() ? "400" : "404");
        co_await refuse(stream, session.empty() ? 400 : 404, "no such session");
        co_return true;
    }
    auto const who = visitor_of(session);
    if (!asked) co_return co_await take_told(stream, message, who);
    if (script_.resumable != mcp_script::resuming::no && !hello) {
        auto const log = new_log(std::move(session), version ? *version : who->revision);
        co_return co_await serve_kept(stream, reader, log, std::move(*asked));
    }
    std::string fresh;
    if (hello && script_.sessions) {
        fresh = "session-" + world_.entropy.token(24);
        sessions_[fresh] = std::make_shared<visitor>();
    }
    http_reply to(*this, stream, fresh);
    to.who = hello && script_.sessions ? sessions_[fresh] : who;
    to.version = version ? *version : to.who->revision;
    if (hello) to.version = wire::text_member(asked->params, "protocolVersion");
    co_await handle(std::move(*asked), to);
    if (to.usable()) co_await to.end();
    co_return to.usable();
}

// What a script wants to see or to show of a request's head.
std::optional<unsigned> mock_mcp::refusal_of(runtime::http_request const& request) {
    for (auto const& name : script_.shown)
        if (auto const* value = runtime::find_field(request.fields, name))
            note_in("header", name + ' ' + runtime::quoted(*value));
    for (auto const& [name, value] : script_.wanted) {
        auto const* said = runtime::find_field(request.fields, name);
        if (!said || *said != value) return 401;
    }
    return std::nullopt;
}

// A notification, or an answer to what the server has asked: taken, unless the script says how.
runtime::awaitable<bool> mock_mcp::take_told(runtime::stream&         stream,
                                             wire::rpc_message const& message,
                                             std::shared_ptr<visitor> who) {
    auto const* note = std::get_if<wire::rpc_notification>(&message);
    auto const* steps = scripted(note ? note->method : "answer");
    hear(message, who.get(), note || !steps);
    if (!steps) {
        co_await refuse(stream, 202, "");
        co_return true;
    }
    wire::rpc_request const nothing{std::string(), note ? note->method : "answer", nullptr};
    http_reply              to(*this, stream, {});
    to.who = std::move(who);
    to.exchange = trace_.new_exchange();
    for (auto const& s : *steps) {
        if (s.after > runtime::duration::zero()) co_await world_.clock.sleep_for(s.after);
        bool const go_on = co_await step(s, nothing, to);
        if (!go_on) co_return to.usable();
    }
    if (to.started())
        co_await to.end();
    else
        co_await refuse(stream, 202, "");
    co_return to.usable();
}

namespace {

// A stream that is refused was never opened.
bool opens(std::vector<mcp_step> const& steps) {
    for (auto const& s : steps)
        if (s.verb != mcp_verb::header) return s.verb != mcp_verb::status;
    return true;
}

}  // namespace

runtime::awaitable<bool> mock_mcp::listen(runtime::stream& stream, runtime::http_reader& reader,
                                          std::string session) {
    bool const  known = !script_.sessions || sessions_.contains(session);
    auto const* steps = known ? scripted("listen") : nullptr;
    if (!steps && !(known && announces_something(script_))) {
        co_await refuse(stream, known ? 405 : 404, "", "POST, DELETE");
        co_return true;
    }
    auto const log_version = visitor_of(session)->revision;
    if (script_.resumable != mcp_script::resuming::no && (!steps || opens(*steps)))
        co_return co_await listen_kept(stream, reader, new_log(std::move(session), log_version),
                                       steps);
    http_reply to(*this, stream, {});
    to.standing = true;
    to.who = visitor_of(session);
    to.exchange = trace_.new_exchange();
    note_in("listen", {}, nullptr, to.exchange);
    auto playing = play_standing(steps, std::move(session), to);
    auto watching = reader.hang_up();
    co_await runtime::guarded(std::move(playing), std::move(watching));
    co_return to.usable();
}

// What the script says there, and then what is announced, until the session ends.
runtime::awaitable<void> mock_mcp::play_standing(std::vector<mcp_step> const* steps,
                                                 std::string session, reply& to) {
    wire::rpc_request const     nothing{std::string(), "listen", nullptr};
    std::vector<mcp_step> const silence;
    auto const&                 said = steps ? *steps : silence;
    bool const                  is_open = opens(said);
    bool                        primed = false;
    listener                    me;
    me.who = to.who.get();
    me.bell = &session_ended_;
    listening const told(*this, me);
    standing const  here(*to.who, to);
    for (auto const& s : said) {
        if (!primed && is_open && s.verb != mcp_verb::header) {
            co_await to.prime();
            primed = true;
        }
        if (s.after > runtime::duration::zero()) co_await world_.clock.sleep_for(s.after);
        bool const go_on = co_await step(s, nothing, to);
        if (!go_on) co_return;
    }
    if (!primed && is_open) co_await to.prime();
    while (!script_.sessions || sessions_.contains(session)) {
        co_await tell_waiting(me, to);
        if (me.waiting.empty()) co_await session_ended_.wait();
    }
    co_await to.end();
}

std::shared_ptr<visitor> mock_mcp::visitor_of(std::string const& session) const {
    auto const found = sessions_.find(session);
    return found == sessions_.end() ? everybody_ : found->second;
}

}  // namespace mock_mcp
