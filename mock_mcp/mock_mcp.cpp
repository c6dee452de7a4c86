#include "mock_mcp/mock_mcp.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

// Only inside this file: a call that its client does not want any more.
error_code unwanted() { return asio::error::interrupted; }

}  // namespace

mock_mcp::mock_mcp(runtime::world w, runtime::trace& t, mcp_script s, std::string peer)
    : world_(w), trace_(t), script_(std::move(s)), peer_(std::move(peer)), tasks_(w.executor) {}

void mock_mcp::start(std::unique_ptr<runtime::listener> at) {
    listener_ = std::move(at);
    tasks_.spawn(script_.name + ": accept", accept());
}

runtime::awaitable<void> mock_mcp::stop() {
    if (listener_) listener_->close();
    co_await tasks_.stop();
}

void mock_mcp::note_in(std::string verb, std::string words, nlohmann::json detail,
                       std::uint64_t exchange) {
    runtime::event e;
    e.exchange = exchange;
    e.at = world_.clock.now();
    e.from = peer_;
    e.to = script_.name;
    e.verb = std::move(verb);
    e.words = std::move(words);
    e.detail = std::move(detail);
    trace_.add(std::move(e));
}

void mock_mcp::note_out(std::uint64_t exchange, std::string verb, std::string words) {
    runtime::event e;
    e.exchange = exchange;
    e.at = world_.clock.now();
    e.from = script_.name;
    e.to = peer_;
    e.verb = std::move(verb);
    e.words = std::move(words);
    trace_.add(std::move(e));
}

// The nth section of a method serves its nth request; then the sensible answers return.
std::vector<mcp_step> const* mock_mcp::scripted(std::string const& method) {
    std::size_t wanted = ++method_counts_[method];
    for (auto const& section : script_.methods)
        if (section.method == method && --wanted == 0) return &section.steps;
    return nullptr;
}

// The nth section of a tool serves its nth call; the last one all further calls.
tool_script const* mock_mcp::scripted_tool(std::string const& name) {
    std::size_t        wanted = ++call_counts_[name];
    tool_script const* found = nullptr;
    for (auto const& tool : script_.tools) {
        if (tool.name != name) continue;
        found = &tool;
        if (--wanted == 0) break;
    }
    return found;
}

nlohmann::json mock_mcp::page_of_tools(nlohmann::json const& params) const {
    std::vector<wire::mcp::tool> all;
    for (auto const& tool : script_.tools) {
        bool const again =
            std::any_of(all.begin(), all.end(), [&](auto const& t) { return t.name == tool.name; });
        if (!again)
            all.push_back({tool.name, "The scripted tool " + tool.name + ".",
                           widened_schema(tool.parameters)});
    }
    for (int i = 1; i <= script_.more_tools; ++i)
        all.push_back(
            {"filler-" + std::to_string(i), "", widened_schema(nlohmann::json::object())});
    std::size_t from = 0;
    if (params.is_object() && params.contains("cursor") && params["cursor"].is_string()) {
        auto const cursor = params["cursor"].get<std::string>();
        if (cursor.starts_with("page-")) from = std::strtoul(cursor.c_str() + 5, nullptr, 10);
    }
    wire::mcp::tool_page page;
    auto const           size =
        script_.page_size > 0 ? static_cast<std::size_t>(script_.page_size) : all.size();
    for (auto i = from; i < all.size() && i < from + size; ++i) page.tools.push_back(all[i]);
    if (from + size < all.size()) page.next_cursor = "page-" + std::to_string(from + size);
    return wire::mcp::tool_page_result(page);
}

// Notifications, and answers to what a script has asked the client.
void mock_mcp::hear(wire::rpc_message const& message, bool taken) {
    if (auto const* answer = std::get_if<wire::rpc_response>(&message)) {
        auto const id = answer->id ? wire::to_text(*answer->id) : std::string("nobody");
        if (taken) answered_.insert(id);
        heard_answer_.ring();
        return note_in("answer", id + (answer->error ? " error" : " result"));
    }
    auto const& note = std::get<wire::rpc_notification>(message);
    if (note.method == "notifications/initialized") return note_in("initialized");
    if (note.method != "notifications/cancelled") return note_in("notify", note.method);
    auto const   id = note.params.is_object() ? note.params.value("requestId", nlohmann::json())
                                              : nlohmann::json();
    wire::rpc_id wanted = std::int64_t{0};
    if (id.is_string()) wanted = id.get<std::string>();
    if (id.is_number_integer()) wanted = id.get<std::int64_t>();
    auto const found = running_.find(wanted);
    if (found == running_.end()) return note_in("cancel", "unknown by notification");
    note_in("cancel", found->second->tool + " by notification", nullptr, found->second->exchange);
    found->second->cancelled = true;
    found->second->changed.ring();
}

runtime::awaitable<void> mock_mcp::handle(wire::rpc_request request, reply& to) {
    auto const& method = request.method;
    if (to.modern) co_return co_await handle_modern(std::move(request), to);
    to.exchange = trace_.new_exchange();
    if (method == "tools/call") co_return co_await call_tool(request, to);
    if (method == "initialize")
        note_in("initialize", {}, {{"params", request.params}});
    else if (method == "tools/list")
        note_in("list");
    else
        note_in("request", method);
    if (auto const* steps = scripted(method)) co_return co_await play(*steps, request, to);
    if (method == "initialize") {
        auto result = wire::mcp::initialize_result(script_.name, script_.revision);
        result["capabilities"] = capabilities();
        co_return co_await answer_result(request, std::move(result), to);
    }
    if (method == "tools/list") {
        auto page = page_of_tools(request.params);
        note_out(to.exchange, "tools", std::to_string(page["tools"].size()));
        co_return co_await answer_result(request, std::move(page), to);
    }
    if (method == "ping") {
        auto empty = nlohmann::json::object();
        co_return co_await answer_result(request, std::move(empty), to);
    }
    co_await answer_error(request, wire::rpc_method_not_found, "there is no method " + method, to);
}

namespace {

// Over HTTP, requests of the modern era may have one id at a time.
wire::rpc_id id_in_table(wire::rpc_request const& request, reply const& to) {
    if (to.modern && !to.shares_channel()) return "exchange-" + std::to_string(to.exchange);
    return request.id;
}

}  // namespace

runtime::awaitable<void> mock_mcp::call_tool(wire::rpc_request const& request, reply& to) {
    auto const     params = request.params.is_object() ? request.params : nlohmann::json::object();
    auto const     name = params.value("name", std::string());
    auto const     arguments = params.value("arguments", nlohmann::json::object());
    nlohmann::json detail;
    detail["id"] = wire::to_json(request.id);
    detail["arguments"] = arguments;
    asked_back again;
    if (to.modern) {
        bool const goes_on = co_await try_again(request, to, again);
        if (!goes_on) co_return;
    }
    auto const* steps = again.steps;
    if (!steps) {
        note_in("call", name + ' ' + arguments.dump(), std::move(detail), to.exchange);
        auto const* tool = scripted_tool(name);
        if (!tool)
            co_return co_await answer_error(request, wire::rpc_invalid_params,
                                            "there is no tool " + name, to);
        steps = &tool->steps;
    }
    running_call call;
    call.tool = name;
    call.exchange = to.exchange;
    struct entry {
        std::map<wire::rpc_id, running_call*>& all;
        wire::rpc_id                           id;
        entry(std::map<wire::rpc_id, running_call*>& a, wire::rpc_id i, running_call* c)
            : all(a), id(std::move(i)) {
            all[id] = c;
        }
        ~entry() { all.erase(id); }
    } const known(running_, id_in_table(request, to), &call);
    co_await play_until_cancelled(*steps, request, call, to, again.next);
}

namespace {

runtime::awaitable<void> until_cancelled(runtime::bell& changed, bool const& cancelled) {
    while (!cancelled) co_await changed.wait();
    throw system_error(unwanted());
}

}  // namespace

// A cancelled call is not answered.
runtime::awaitable<void> mock_mcp::play_until_cancelled(std::vector<mcp_step> const& steps,
                                                        wire::rpc_request const&     request,
                                                        running_call& call, reply& to,
                                                        std::size_t from) {
    auto playing = play(steps, request, to, from);
    auto watching = until_cancelled(call.changed, call.cancelled);
    bool cancelled = false;
    try {
        co_await runtime::guarded(std::move(playing), std::move(watching));
    } catch (system_error const& e) {
        if (e.code() != unwanted()) throw;
        cancelled = true;
    }
    if (cancelled) co_await to.end();
}

runtime::awaitable<void> mock_mcp::play(std::vector<mcp_step> const& steps,
                                        wire::rpc_request const& request, reply& to,
                                        std::size_t from) {
    bool const refuses =
        std::ranges::any_of(steps, [](mcp_step const& s) { return s.verb == mcp_verb::status; });
    for (std::size_t i = from; i < steps.size(); ++i) {
        auto const& s = steps[i];
        bool const  waits = s.after > runtime::duration::zero();
        if (waits && !refuses) co_await to.prime();
        if (waits) co_await world_.clock.sleep_for(s.after);
        bool go_on = true;
        if (to.modern && s.verb == mcp_verb::ask)
            go_on = co_await ask_back(s, request, to, steps, i + 1);
        else
            go_on = co_await step(s, request, to);
        if (!go_on) co_return;
    }
    co_await to.end();
}

}  // namespace mock_mcp
