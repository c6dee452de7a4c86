// The mock in revision 2026-07-28: requests that stand alone, headers that say again what the body
// says, questions that an answer asks, and streams of what was subscribed to.

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/http_reply.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "mock_mcp/questions.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

using boost::system::system_error;
using nlohmann::json;

// The client capability without which this may not be asked.
char const* capability_for(std::string const& word) {
    if (word == "sampling") return "sampling";
    return word == "roots" ? "roots" : "elicitation";
}

json meta_of(wire::rpc_request const& request) {
    auto const* meta = wire::find_member(request.params, "_meta");
    return meta ? *meta : json::object();
}

}  // namespace

bool mock_mcp::is_modern(wire::rpc_message const& message) const {
    auto const* asked = std::get_if<wire::rpc_request>(&message);
    if (!script_.modern || !asked) return false;
    return script_.revision.empty() || wire::mcp::has_modern_meta(asked->params);
}

nlohmann::json mock_mcp::capabilities() const {
    json all;
    all["tools"] = json::object();
    for (auto const& section : script_.methods) offer_for(section.method, all);
    if (!script_.resources.empty()) {
        all["resources"]["subscribe"] = true;
        all["resources"]["listChanged"] = true;
    }
    if (!script_.prompts.empty()) {
        all["prompts"]["listChanged"] = true;
        all["completions"] = json::object();
    }
    for (auto const& tool : script_.tools) {
        for (auto const& s : tool.steps)
            if (s.verb == mcp_verb::log) all["logging"] = json::object();
        if (!tool.task.empty())
            all["tasks"] = {{"list", json::object()},
                            {"cancel", json::object()},
                            {"requests", {{"tools", {{"call", json::object()}}}}}};
    }
    return all;
}

nlohmann::json mock_mcp::discovered() const {
    json result;
    result["supportedVersions"] = json::array({wire::mcp::modern_revision});
    if (!script_.revision.empty()) result["supportedVersions"].push_back(script_.revision);
    result["capabilities"] = capabilities();
    result["capabilities"].erase("tasks");  // those are of 2025-11-25
    return result;
}

std::optional<wire::rpc_error> mock_mcp::objection_to(runtime::http_request const* http,
                                                      wire::rpc_request const&     request) const {
    if (!is_modern(request)) return std::nullopt;
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
        if (goes_on) co_await play(*before.steps, request, to, before.next);
        co_return;
    }
    bool const discovers = method == wire::mcp::discover_method;
    if (discovers)
        note_in("discover");
    else if (method == "tools/list")
        note_in("list");
    else
        note_in("request", method);
    if (auto const* steps = scripted(method)) co_return co_await play(*steps, request, to);
    json result;
    if (discovers) result = discovered();
    if (method == "tools/list") {
        result = page_of_tools(request.params);
        note_out(to.exchange, "tools", std::to_string(result["tools"].size()));
    }
    if (!result.is_null()) co_return co_await answer_result(request, std::move(result), to);
    if (!wire::mcp::is_removed(method)) co_return co_await answer_by_itself(request, to);
    co_await answer_error(request, wire::rpc_method_not_found, "there is no method " + method, to);
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
        std::map<wire::rpc_id, running_call*>& all;
        wire::rpc_id const&                    id;
        bool                                   known;
        ~entry() {
            if (known) all.erase(id);
        }
    } const mine{running_, request.id, by_id};
    if (by_id) running_[request.id] = &call;
    auto const* steps = scripted("listen");
    bool        ended = false;
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
    while (!ended && !call.cancelled) co_await call.changed.wait();
    if (call.cancelled) co_return;
    note_out(to.exchange, "end");
    json last;
    last["_meta"] = mark;
    co_await answer_result(request, std::move(last), to);
}

// What a server wants to know is its answer; with the client's next try it goes on from there.
runtime::awaitable<bool> mock_mcp::ask_back(mcp_step const& s, wire::rpc_request const& request,
                                            reply& to, std::vector<mcp_step> const& steps,
                                            std::size_t next) {
    auto const        can = meta_of(request).value(wire::mcp::meta_capabilities, json::object());
    std::string const needed = capability_for(s.words);
    if (!can.contains(needed)) {
        wire::rpc_error why;
        why.code = wire::mcp::capability_missing;
        why.message = "the client does not offer " + needed;
        why.data["requiredCapabilities"][needed] = json::object();
        note_out(to.exchange, "error",
                 std::to_string(why.code) + ' ' + runtime::quoted(why.message));
        co_await answer_error(request, std::move(why), to);
        co_return false;
    }
    auto const& asked = question_of(s.words);
    asked_back  mine{&steps, next, "ask-" + std::to_string(++asked_count_), to.exchange, s.words};
    auto const  state = "state-" + world_.entropy.token(16);
    note_out(to.exchange, "ask", s.words + ' ' + runtime::quoted(mine.key));
    json result;
    result["resultType"] = "input_required";
    result["requestState"] = state;
    auto& question = result["inputRequests"][mine.key];
    question["method"] = asked.method;
    question["params"] = s.json.is_null() ? asked.params : s.json;
    asked_back_[state] = std::move(mine);
    co_await answer_result(request, std::move(result), to);
    co_return false;
}

// False if there is nothing to go on with, and the client has been told so.
runtime::awaitable<bool> mock_mcp::try_again(wire::rpc_request const& request, reply& to,
                                             asked_back& before) {
    auto const* state = wire::find_member(request.params, "requestState");
    if (!state) {
        if (!to.exchange) to.exchange = trace_.new_exchange();
        co_return true;
    }
    auto const found =
        state->is_string() ? asked_back_.find(state->get<std::string>()) : asked_back_.end();
    if (found == asked_back_.end()) {
        to.exchange = trace_.new_exchange();
        note_in("answer", "unknown state");
        co_await answer_error(request, wire::rpc_invalid_params, "this state is not ours", to);
        co_return false;
    }
    before = found->second;
    to.exchange = before.exchange;
    auto const responses = request.params.value("inputResponses", json::object());
    bool const answered = responses.is_object() && responses.contains(before.key);
    note_in("answer", runtime::quoted(before.key) + (answered ? " result" : " missing"), nullptr,
            to.exchange);
    if (answered) co_return true;
    auto const& asked = question_of(before.tool);
    json        result;
    result["resultType"] = "input_required";
    result["requestState"] = *state;
    result["inputRequests"][before.key] = {{"method", asked.method}, {"params", asked.params}};
    co_await answer_result(request, std::move(result), to);
    co_return false;
}

}  // namespace mock_mcp
