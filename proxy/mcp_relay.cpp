// A client's request on its way to a server and back, and a server's to the client.

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/error.hpp"
#include "proxy/mcp_front_session.hpp"
#include "proxy/mcp_guard.hpp"
#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_tasks.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

constexpr std::string_view token_path[] = {"params", "_meta", "progressToken"};
constexpr std::string_view progress_path[] = {"params", "progressToken"};
constexpr std::string_view request_id_path[] = {"params", "requestId"};

// The client has cancelled: nobody is to be answered.
struct unwanted {};

std::string cancelled_text(std::string const& id, std::string const& reason) {
    return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id +
           R"(,"reason":)" + spelled(reason) + "}}";
}

}  // namespace

runtime::awaitable<void> mcp_front_session::serve(call_pointer one, std::string text) {
    std::string answer;
    try {
        answer = co_await answer_to(*one, std::move(text));
    } catch (mcp_failure const& why) {
        answer = error_text(why, std::string_view(one->id_text));
    } catch (unwanted const&) {
        answer.clear();
    }
    if (one->cancelled) answer.clear();
    std::erase_if(questions_, [&](auto const& q) { return q.second.during == one.get(); });
    answered_.ring();
    calls_.erase(one->id);
    one->stream->answer(std::move(answer));
}

bool mcp_front_session::waits_for_client(call const& one) const {
    return std::any_of(questions_.begin(), questions_.end(),
                       [&](auto const& q) { return q.second.during == &one; });
}

// What a client is asked takes as long as it takes; the server's own limit begins anew then, and
// with every progress. The whole has its own end all the same.
runtime::awaitable<void> mcp_front_session::until_over(call& one) {
    for (;;) {
        if (one.cancelled) throw unwanted{};
        if (refuses_) {
            cancel_at_server(one, shutting_down);
            throw mcp_failure{mcp_connection_closed, shutting_down};
        }
        auto const now = world_.clock.now();
        waits_for_client(one) ? one.limit->hold() : one.limit->release();
        auto const due = one.limit->due();
        if (now >= due) break;
        co_await one.changed.wait_for(world_.clock, due - now);
    }
    auto const why = one.limit->passed();
    cancel_at_server(one, why);
    throw mcp_failure{mcp_request_timeout, "MCP server '" + one.at->server().name + "': " + why};
}

void mcp_front_session::cancel_at_server(call const& one, std::string const& reason) {
    auto text = cancelled_text(std::to_string(one.upstream_id), reason);
    cancels_.spawn("mcp cancel", say_to(*one.at, std::move(text)));
}

runtime::awaitable<void> mcp_front_session::say_to(mcp_upstream& to, std::string text) {
    co_await to.say(std::move(text));
}

runtime::awaitable<std::string> mcp_front_session::pass(call& one, mcp_upstream& to,
                                                        std::string text) {
    co_await to.begin();
    if (one.cancelled) throw unwanted{};
    auto const id = to.next_id();
    one.at = &to;
    one.upstream_id = id;
    bool const works = one.method == "tools/call" || one.method == "tasks/result";
    auto const limit = works ? to.server().tool_call : to.server().tool_listing;
    if (who_.prefixed) text = without_task_prefix(std::move(text), to.server().prefix());
    one.limit.emplace(world_.clock, limit, config_.limits, config_.timeouts.request);
    mcp_upstream::hearer heard = [this, &one, &to](std::string said) {
        return hear(to, &one, std::move(said));
    };
    // A token of our own, as the id is: one that two clients have must not bring the one what a
    // server says to the other.
    auto request = wire::with_value(text, "id", std::to_string(id));
    request = wire::with_value(request, token_path, std::to_string(id));
    auto asking = to.relay(std::move(request), id, std::move(heard));
    auto guard = until_over(one);
    auto said = co_await runtime::guarded(std::move(asking), std::move(guard));
    auto answer = for_client(to.server(), std::move(said));
    note_task(one, answer);
    if (who_.prefixed)
        answer = with_task_prefix(std::move(answer), one.method, to.server().prefix());
    auto const error = wire::slice(answer, "error");
    if (!wire::slice(answer, "id") && error)
        co_return R"({"jsonrpc":"2.0","id":)" + one.id_text + R"(,"error":)" + std::string(*error) +
            '}';
    co_return wire::with_value(answer, "id", one.id_text);
}

// A request of our own, for one of several servers.
runtime::awaitable<std::string> mcp_front_session::fetch(mcp_upstream& from, std::string text) {
    co_await from.begin();
    auto const           id = from.next_id();
    mcp_upstream::hearer heard = [this, &from](std::string said) {
        return hear(from, nullptr, std::move(said));
    };
    auto asking =
        from.relay(wire::with_value(text, "id", std::to_string(id)), id, std::move(heard));
    auto const late = make_error_code(error::listing_timeout);
    error_code why;
    try {
        co_return co_await runtime::within(world_.clock, from.server().tool_listing, late,
                                           std::move(asking));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why == boost::asio::error::operation_aborted) throw system_error(why);
    throw to_failure(from.server(), why, {}, config_.limits);
}

mcp_front_session::call* mcp_front_session::call_with_token(std::string_view token) {
    for (auto const& [id, one] : calls_)
        if (!one->token.empty() && std::to_string(one->upstream_id) == token) return one.get();
    return nullptr;
}

// Over stdio nothing says which request a message belongs to: the oldest one is as good a guess
// as any, and its client reads.
mcp_front_session::call* mcp_front_session::call_running_at(mcp_upstream const& server,
                                                            std::string_view    method) {
    call* oldest = nullptr;
    for (auto const& [id, one] : calls_)
        if (one->at == &server && (method.empty() || one->method == method) &&
            (!oldest || one->upstream_id < oldest->upstream_id))
            oldest = one.get();
    return oldest;
}

runtime::awaitable<void> mcp_front_session::hear(mcp_upstream& from, call* during,
                                                 std::string text) {
    wire::rpc_message message;
    try {
        message = wire::parse_rpc(text);
    } catch (system_error const&) {
        co_return;
    }
    auto const* note = std::get_if<wire::rpc_notification>(&message);
    bool const  anybodys = !during && from.shares_channel();
    auto const  method = text_of(wire::slice(text, "method").value_or("null"));
    if (who_.prefixed) text = with_task_prefix(std::move(text), method, from.server().prefix());
    if (note && note->method == "notifications/progress") {
        // A token that no request has is the server's own invention.
        auto const token = wire::slice(text, progress_path);
        auto const of_task = task_tokens_.find({&from, std::string(token.value_or(""))});
        if (of_task != task_tokens_.end()) {
            text = wire::with_value(text, progress_path, of_task->second);
            if (!during) during = call_running_at(from, "tasks/result");
            if (during) during->limit->moved();
            auto const stream = during ? during->stream : standing_;
            co_return co_await stream->add(std::move(text));
        }
        during = token ? call_with_token(*token) : nullptr;
        if (!during) co_return;
        during->limit->moved();
        auto const stream = during->stream;
        text = wire::with_value(text, progress_path, during->token);
        co_return co_await stream->add(std::move(text));
    }
    if (anybodys && !(note && note->method.ends_with("list_changed")))
        during = call_running_at(from, {});
    if (auto const* asked = std::get_if<wire::rpc_request>(&message))
        co_return co_await ask_client(from, during, std::move(text), *asked);
    if (!note) co_return;
    auto stream = during ? during->stream : standing_;
    if (note->method == "notifications/cancelled") {
        auto const id = wire::slice(text, request_id_path);
        for (auto at = questions_.begin(); at != questions_.end(); ++at) {
            if (!id || at->second.from != &from || at->second.id_text != *id) continue;
            text = wire::with_value(text, request_id_path, std::to_string(at->first));
            stream = at->second.stream;
            auto* const call = at->second.during;
            questions_.erase(at);
            answered_.ring();
            if (call) call->changed.ring();
            co_return co_await stream->add(std::move(text));
        }
        co_return;
    }
    co_await stream->add(std::move(text));
}

// The token of a call that has become a task lives as long as the task: that is, for all we know,
// as long as the session.
void mcp_front_session::note_task(call const& one, std::string_view answer) {
    if (one.method != "tools/call" || one.token.empty() || !task_begun(answer)) return;
    if (task_tokens_.size() < config_.limits.mcp_pending_max)
        task_tokens_[{one.at, std::to_string(one.upstream_id)}] = one.token;
}

runtime::awaitable<void> mcp_front_session::ask_client(mcp_upstream& from, call* during,
                                                       std::string              text,
                                                       wire::rpc_request const& asked) {
    auto const id_text = std::string(wire::slice(text, "id").value_or("null"));
    auto const stream = during ? during->stream : standing_;
    // Whoever wants to know whether somebody is there is told so, even if the client is not
    // listening.
    if (asked.method == "ping" && !stream->attached()) {
        auto pong = result_text(id_text, "{}");
        tasks_.spawn("mcp pong", say_to(from, std::move(pong)));
        co_return;
    }
    if (leads_astray(text)) {
        auto refusal =
            error_text({wire::rpc_invalid_params, "a URL to be opened must be http or https"},
                       std::string_view(id_text));
        tasks_.spawn("mcp refusal", say_to(from, std::move(refusal)));
        co_return;
    }
    if (questions_.size() >= config_.limits.mcp_pending_max) {
        auto refusal = error_text({wire::rpc_internal_error, "the client is asked too much"},
                                  std::string_view(id_text));
        tasks_.spawn("mcp refusal", say_to(from, std::move(refusal)));
        co_return;
    }
    auto const id = ++question_count_;
    questions_[id] = {&from, id_text, std::string(wire::slice(text, token_path).value_or("")),
                      during, stream};
    if (during) during->changed.ring();
    tasks_.spawn("mcp question", watch_question(id));
    co_await stream->add(wire::with_value(text, "id", std::to_string(id)));
}

runtime::awaitable<void> mcp_front_session::watch_question(std::int64_t id) {
    auto const due = world_.clock.now() + config_.timeouts.client_answer;
    while (questions_.contains(id) && world_.clock.now() < due)
        co_await answered_.wait_for(world_.clock, due - world_.clock.now());
    auto const found = questions_.find(id);
    if (found == questions_.end()) co_return;
    auto const asked = found->second;
    questions_.erase(found);
    if (asked.during) asked.during->changed.ring();
    co_await asked.stream->add(cancelled_text(std::to_string(id), "no answer in time"));
    auto late = error_text({mcp_request_timeout, "the client did not answer in time"},
                           std::string_view(asked.id_text));
    co_await asked.from->say(std::move(late));
}

runtime::awaitable<void> mcp_front_session::answer_server(std::string               text,
                                                          wire::rpc_response const& answer) {
    auto const* id = answer.id ? std::get_if<std::int64_t>(&*answer.id) : nullptr;
    auto const  found = id ? questions_.find(*id) : questions_.end();
    if (found == questions_.end()) co_return;  // late, or nobody asked
    auto const asked = found->second;
    questions_.erase(found);
    answered_.ring();
    if (asked.during) asked.during->changed.ring();
    auto const task = task_begun(text);
    if (task && client_tasks_.size() < config_.limits.mcp_pending_max)
        client_tasks_[*task] = asked.from;
    if (who_.prefixed) text = without_task_prefix(std::move(text), asked.from->server().prefix());
    co_await asked.from->say(wire::with_value(text, "id", asked.id_text));
}

}  // namespace proxy
