#include "mock_mcp/mock_mcp.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/menu.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"
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
    : world_(w),
      trace_(t),
      script_(std::move(s)),
      peer_(std::move(peer)),
      tasks_(w.executor),
      everybody_(std::make_shared<visitor>()) {}

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

// Notifications, and answers to what a script has asked the client: `taken`, unless the script
// takes no notice of them.
void mock_mcp::hear(wire::rpc_message const& message, visitor const* who, bool taken) {
    if (auto const* answer = std::get_if<wire::rpc_response>(&message)) {
        auto const id = answer->id ? wire::to_text(*answer->id) : std::string("nobody");
        if (taken) answered_[id] = *answer;
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
    auto const found = running_.find({who, wanted});
    if (found == running_.end()) return note_in("cancel", "unknown by notification");
    note_in("cancel", found->second->tool + " by notification", nullptr, found->second->exchange);
    found->second->cancelled = true;
    found->second->changed.ring();
}

runtime::awaitable<void> mock_mcp::handle(wire::rpc_request request, reply& to) {
    auto const& method = request.method;
    to.known = known_of(request);
    if (to.modern) co_return co_await handle_modern(std::move(request), to);
    to.exchange = trace_.new_exchange();
    if (method == "tools/call") co_return co_await call_tool(request, to);
    if (method == "initialize") {
        note_in("initialize", {}, {{"params", request.params}});
        to.who->revision = script_.revision;
        if (auto const* can = wire::find_member(request.params, "capabilities"))
            to.who->capabilities = *can;
    } else if (method == "tools/list") {
        note_in("list", {}, nullptr, to.exchange);
    } else {
        note_in("request", method);
    }
    if (auto const* steps = scripted(method)) co_return co_await play(*steps, request, to);
    bool const has_tasks = capabilities_of(script_).contains("tasks");
    if (has_tasks && method.starts_with("tasks/")) co_return co_await about_task(request, to);
    co_await answer_sensibly(request, to);
}

// Where no `on METHOD` says what happens.
runtime::awaitable<void> mock_mcp::answer_sensibly(wire::rpc_request const& request, reply& to) {
    auto const& method = request.method;
    if (method == "resources/read" && !script_.resources.empty())
        co_return co_await read_resource(request, to);
    if (method == "prompts/get" && !script_.prompts.empty())
        co_return co_await get_prompt(request, to);
    auto said = from_menu(script_, request);
    if (!said && !to.modern) said = from_session(script_, request, *to.who);
    if (!said)
        co_return co_await answer_error(request, wire::rpc_method_not_found,
                                        "there is no method " + method, to);
    if (said->error) {
        auto why = std::move(*said->error);
        co_return co_await answer_error(request, std::move(why), to);
    }
    if (method == "tools/list")
        note_out(to.exchange, "tools", std::to_string(said->result["tools"].size()));
    co_await answer_result(request, std::move(said->result), to);
}

namespace {

// The nth section of a name serves its nth request; the last one all further requests.
template <class Sections, class Fits>
auto const* nth_of(Sections const& sections, std::size_t wanted, Fits const& fits) {
    typename Sections::value_type const* found = nullptr;
    for (auto const& one : sections) {
        if (!fits(one)) continue;
        found = &one;
        if (--wanted == 0) break;
    }
    return found;
}

// What a section says that has no steps.
std::vector<mcp_step> said_by_itself(std::string text) {
    std::vector<mcp_step> steps(1);
    steps.front().text = std::move(text);
    return steps;
}

std::string first_missing(nlohmann::json const& wanted, nlohmann::json const* given) {
    for (auto const& [name, about] : wanted.items())
        if (!given || !given->contains(name)) return name;
    return {};
}

// Over HTTP, requests of the modern era may have one id at a time.
wire::rpc_id id_in_table(wire::rpc_request const& request, reply const& to) {
    if (to.modern && !to.shares_channel()) return "exchange-" + std::to_string(to.exchange);
    return request.id;
}

}  // namespace

runtime::awaitable<void> mock_mcp::call_tool(wire::rpc_request const& request, reply& to) {
    auto const     params = request.params.is_object() ? request.params : nlohmann::json::object();
    auto const     name = wire::text_member(params, "name");
    auto const     arguments = params.value("arguments", nlohmann::json::object());
    nlohmann::json detail;
    detail["id"] = wire::to_json(request.id);
    detail["arguments"] = arguments;
    asked_back again;
    if (to.modern) {
        bool const goes_on = co_await try_again(request, to, again);
        if (!goes_on) co_return;
    }
    if (again.steps) {
        auto const& steps = *again.steps;
        co_return co_await play_part(name, steps, request, to, std::move(again));
    }
    note_in("call", name + ' ' + arguments.dump(), std::move(detail), to.exchange);
    auto const* tool = nth_of(script_.tools, ++call_counts_[name],
                              [&](tool_script const& t) { return t.name == name; });
    if (!tool)
        co_return co_await answer_error(request, wire::rpc_invalid_params,
                                        "there is no tool " + name, to);
    auto const  unscripted = said_by_itself(name + " was called with " + arguments.dump() + ".");
    auto const& steps = tool->steps.empty() ? unscripted : tool->steps;
    bool const  refused = co_await refuse_task(request, *tool, to);
    if (refused) co_return;
    bool const as_task = !to.modern && wire::find_member(request.params, "task") != nullptr;
    if (as_task) co_return co_await begin_task(request, name, steps, to);
    co_await play_part(name, steps, request, to);
}

runtime::awaitable<void> mock_mcp::read_resource(wire::rpc_request const& request, reply& to) {
    auto const uri = wire::text_member(request.params, "uri");
    auto const fits = [&](resource_script const& r) {
        return variables_of(r.uri, uri).has_value();
    };
    auto const  plain = [&](resource_script const& r) { return r.uri == uri; };
    auto const  n = ++part_counts_["resource " + uri];
    auto const* resource = nth_of(script_.resources, n, plain);
    if (!resource) resource = nth_of(script_.resources, n, fits);
    if (!resource) {
        auto why = unknown_resource(uri, to.modern);
        co_return co_await answer_error(request, std::move(why), to);
    }
    auto const type = wire::text_member(resource->about, "mimeType");
    to.known["mimeType"] = type.empty() ? "text/plain" : type;
    to.known.update(variables_of(resource->uri, uri).value_or(nlohmann::json::object()));
    auto const  unscripted = said_by_itself("The text of " + uri + ".");
    auto const  name = resource->uri;
    auto const& steps = resource->steps.empty() ? unscripted : resource->steps;
    co_await play_part(name, steps, request, to);
}

runtime::awaitable<void> mock_mcp::get_prompt(wire::rpc_request const& request, reply& to) {
    auto const  name = wire::text_member(request.params, "name");
    auto const* prompt = nth_of(script_.prompts, ++part_counts_["prompt " + name],
                                [&](prompt_script const& p) { return p.name == name; });
    if (!prompt)
        co_return co_await answer_error(request, wire::rpc_invalid_params,
                                        "there is no prompt " + name, to);
    auto const* given = wire::find_member(request.params, "arguments");
    auto const  missing = first_missing(prompt->arguments, given);
    if (!missing.empty())
        co_return co_await answer_error(request, wire::rpc_invalid_params,
                                        "the argument " + missing + " is missing", to);
    auto const unscripted =
        said_by_itself("The prompt " + name + (given ? " with " + given->dump() : "") + ".");
    auto const& steps = prompt->steps.empty() ? unscripted : prompt->steps;
    co_await play_part(name, steps, request, to);
}

namespace {

runtime::awaitable<void> until_cancelled(runtime::bell& changed, bool const& cancelled) {
    while (!cancelled) co_await changed.wait();
    throw system_error(unwanted());
}

}  // namespace

runtime::awaitable<void> mock_mcp::play_part(std::string name, std::vector<mcp_step> const& steps,
                                             wire::rpc_request const& request, reply& to,
                                             asked_back again) {
    running_call call;
    call.tool = std::move(name);
    call.exchange = to.exchange;
    struct entry {
        std::map<call_key, running_call*>& all;
        call_key                           key;
        entry(std::map<call_key, running_call*>& a, call_key k, running_call* c)
            : all(a), key(std::move(k)) {
            all[key] = c;
        }
        ~entry() { all.erase(key); }
    } const known(running_, {to.who.get(), id_in_table(request, to)}, &call);
    co_await play_until_cancelled(call, steps, request, to, std::move(again));
}

// A cancelled request is not answered.
runtime::awaitable<void> mock_mcp::play_until_cancelled(running_call&                call,
                                                        std::vector<mcp_step> const& steps,
                                                        wire::rpc_request const& request, reply& to,
                                                        asked_back again) {
    auto playing = play(steps, request, to, std::move(again));
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
                                        asked_back again) {
    bool       resumed = again.steps != nullptr;
    // A stream that is refused was never opened.
    bool const refuses =
        std::ranges::any_of(steps, [](mcp_step const& s) { return s.verb == mcp_verb::status; });
    if (!refuses) to.taken();
    for (std::size_t i = again.at; i < steps.size(); ++i) {
        auto const& s = steps[i];
        if (!resumed && s.after > runtime::duration::zero()) {
            if (!refuses) co_await to.prime();
            co_await world_.clock.sleep_for(s.after);
        }
        bool go_on = true;
        if (s.verb == mcp_verb::ask) {
            auto end = i + 1;
            while (end < steps.size() && steps[end].together) ++end;
            std::span const at_one_time(&s, end - i);
            asked_back      mine;
            if (resumed) mine = again;
            mine.steps = &steps;
            mine.at = i;
            if (to.modern)
                go_on = co_await ask_back(request, to, std::move(mine), end);
            else
                co_await ask_client(at_one_time, to);
            i = end - 1;
        } else {
            go_on = co_await step(s, request, to);
        }
        resumed = false;
        if (!go_on) co_return;
    }
    co_await to.end();
}

}  // namespace mock_mcp
