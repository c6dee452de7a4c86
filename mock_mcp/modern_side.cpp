// The mock in revision 2026-07-28: requests that stand alone, headers that say again what the body
// says, questions that an answer asks, and streams of what was subscribed to.

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/http_reply.hpp"
#include "mock_mcp/listening.hpp"
#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

using boost::system::system_error;
using nlohmann::json;

}  // namespace

bool mock_mcp::is_modern(wire::rpc_message const& message) const {
    auto const* asked = std::get_if<wire::rpc_request>(&message);
    if (!script_.modern || !asked) return false;
    return script_.revision.empty() || wire::mcp::has_modern_meta(asked->params);
}

nlohmann::json mock_mcp::discovered() const {
    json result;
    result["supportedVersions"] = json::array({wire::mcp::modern_revision});
    if (!script_.revision.empty()) result["supportedVersions"].push_back(script_.revision);
    result["capabilities"] = capabilities_of(script_);
    result["capabilities"].erase("tasks");  // those are of 2025-11-25
    return result;
}

std::optional<wire::rpc_error> mock_mcp::objection_to(runtime::http_request const* http,
                                                      wire::rpc_request const&     request) const {
    // Whoever says hello to a server of this era alone is told what it speaks.
    if (request.method == "initialize" && !wire::mcp::has_modern_meta(request.params))
        return wire::mcp::unsupported_version(wire::text_member(request.params, "protocolVersion"),
                                              {wire::mcp::modern_revision});
    wire::mcp::header_lookup header;
    if (http)
        header = [http](std::string_view name) { return runtime::find_field(http->fields, name); };
    auto why = wire::mcp::objection_to(request, header, {wire::mcp::modern_revision});
    if (!why && http && request.method == "tools/call")
        why = objection_to_parameters(*http, request);
    return why;
}

std::optional<wire::rpc_error> mock_mcp::objection_to_parameters(
    runtime::http_request const& http, wire::rpc_request const& request) const {
    auto const name = wire::text_member(request.params, "name");
    auto const tool = std::find_if(script_.tools.begin(), script_.tools.end(),
                                   [&](auto const& t) { return t.name == name; });
    if (tool == script_.tools.end()) return std::nullopt;
    auto const marked = wire::mcp::mirrored_parameters(widened_schema(tool->parameters));
    if (!marked) return std::nullopt;
    auto const arguments = request.params.value("arguments", json::object());
    auto const wanted = wire::mcp::parameter_headers(*marked, arguments);
    for (auto const& one : *marked) {
        auto const* said = runtime::find_field(http.fields, one.header);
        auto const  value = runtime::find_field(wanted, one.header);
        bool const  same =
            said && value && wire::mcp::from_header(*said) == wire::mcp::from_header(*value);
        if (same || (!said && !value)) continue;
        wire::rpc_error why;
        why.code = wire::mcp::header_mismatch;
        why.message = "the header " + one.header + " is not what the body says";
        return why;
    }
    return std::nullopt;
}

runtime::awaitable<bool> mock_mcp::serve_modern(runtime::stream&             stream,
                                                runtime::http_reader&        reader,
                                                runtime::http_request const& http,
                                                wire::rpc_request            request) {
    http_reply to(*this, stream, {});
    to.modern = true;
    if (auto why = objection_to(&http, request)) {
        note_out(0, "status", "400");
        co_await to.refuse(request, std::move(*why));
        co_return true;
    }
    auto const what =
        request.method == "tools/call" ? wire::text_member(request.params, "name") : request.method;
    // In this era a client that closes has cancelled.
    auto handling = handle(std::move(request), to);
    auto watching = reader.hang_up();
    bool left = false;
    try {
        co_await runtime::guarded(std::move(handling), std::move(watching));
    } catch (system_error const& e) {
        if (e.code() == boost::asio::error::operation_aborted) throw;
        left = true;
    }
    if (left) {
        if (to.usable() && !to.answered())
            note_in("cancel", what + " by close", nullptr, to.exchange);
        co_return false;
    }
    if (to.usable()) co_await to.end();
    co_return to.usable();
}

runtime::awaitable<void> mock_mcp::handle_modern(wire::rpc_request request, reply& to) {
    auto const& method = request.method;
    bool const  again = request.params.is_object() && request.params.contains("requestState");
    if (!again) to.exchange = trace_.new_exchange();
    if (method == "tools/call") co_return co_await call_tool(request, to);
    if (method == wire::mcp::listen_method) co_return co_await listen_modern(request, to);
    asked_back before;
    if (again) {
        bool const goes_on = co_await try_again(request, to, before);
        if (!goes_on) co_return;
        auto const& steps = *before.steps;
        co_return co_await play_part(method, steps, request, to, std::move(before));
    }
    bool const discovers = method == wire::mcp::discover_method;
    if (discovers)
        note_in("discover");
    else if (method == "tools/list")
        note_in("list", {}, nullptr, to.exchange);
    else
        note_in("request", method);
    if (auto const* steps = scripted(method)) co_return co_await play(*steps, request, to);
    if (!discovers) co_return co_await answer_sensibly(request, to);
    auto said = discovered();
    co_await answer_result(request, std::move(said), to);
}

// The stream of what a client has subscribed to: what was accepted, what `on listen` says, silence.
runtime::awaitable<void> mock_mcp::listen_modern(wire::rpc_request const& request, reply& to) {
    note_in("listen", {}, nullptr, to.exchange);
    json mark;
    mark[wire::mcp::meta_subscription] = wire::to_json(request.id);
    wire::rpc_notification accepted;
    accepted.method = "notifications/subscriptions/acknowledged";
    accepted.params["notifications"] = request.params.value("notifications", json::object());
    accepted.params["_meta"] = mark;
    auto text = wire::to_text(accepted);
    co_await to.message(std::move(text));
    running_call call;
    call.tool = request.method;
    call.exchange = to.exchange;
    bool const by_id = to.shares_channel();
    struct entry {
        std::map<call_key, running_call*>& all;
        call_key                           key;
        bool                               known;
        ~entry() {
            if (known) all.erase(key);
        }
    } const mine{running_, {to.who.get(), request.id}, by_id};
    if (by_id) running_[mine.key] = &call;
    listener me;
    me.filter = accepted.params["notifications"];
    me.mark = mark;
    me.bell = &call.changed;
    listening const told(*this, me);
    auto const*     steps = scripted("listen");
    bool            ended = false;
    if (steps) {
        for (auto const& s : *steps) {
            if (call.cancelled) co_return;
            if (s.after > runtime::duration::zero()) co_await world_.clock.sleep_for(s.after);
            ended = s.verb == mcp_verb::end;
            if (ended) break;
            bool const go_on = co_await step(s, request, to);
            if (!go_on) co_return;
        }
    }
    while (!ended && !call.cancelled) {
        co_await tell_waiting(me, to);
        if (me.waiting.empty() && !call.cancelled) co_await call.changed.wait();
    }
    if (call.cancelled) co_return;
    note_out(to.exchange, "end");
    json last;
    last["_meta"] = mark;
    co_await answer_result(request, std::move(last), to);
}

}  // namespace mock_mcp
