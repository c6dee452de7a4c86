// Which server a request of the modern era is for.

#include <algorithm>

#include <boost/system/system_error.hpp>

#include "proxy/mcp_stateless.hpp"
#include "proxy/mcp_tasks.hpp"
#include "proxy/tool_table.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

namespace {

using nlohmann::json;

constexpr std::string_view name_path[] = {"params", "name"};
constexpr std::string_view ref_name_path[] = {"params", "ref", "name"};
constexpr std::string_view uri_path[] = {"params", "uri"};
constexpr std::string_view ref_uri_path[] = {"params", "ref", "uri"};

constexpr char acknowledged[] = "notifications/subscriptions/acknowledged";

mcp_failure no_such(std::string const& what, std::string const& name) {
    return {wire::rpc_invalid_params, "Unknown " + what + ": " + name};
}

std::string whole_result(std::string const& id, std::string members) {
    return result_text(id, R"({"resultType":"complete",)" + std::move(members) + '}');
}

}  // namespace

runtime::awaitable<std::string> mcp_stateless::answer_to(call& one, std::string text) {
    bool const in_ref = one.method == "completion/complete";
    bool const of_old = one.method == "tasks/list";  // no server of this era has it
    if (auto const* kind = of_old ? nullptr : find_mcp_list(one.method))
        co_return co_await list(one, *kind, std::move(text));
    if (one.method == "tools/call" || one.method == "prompts/get" ||
        (in_ref && wire::slice(text, ref_name_path)))
        co_return co_await by_name(one, std::move(text), in_ref);
    if (!one.prefixed) co_return co_await pass(one, *one.servers.front(), std::move(text));
    if (one.method == wire::mcp::discover_method) co_return co_await discover(one, std::move(text));
    if (one.method == wire::mcp::listen_method) co_return co_await listen(one, std::move(text));
    if (one.method.starts_with("resources/") || in_ref)
        co_return co_await by_uri(one, std::move(text), in_ref);
    if (one.method.starts_with("tasks/") && !of_old && task_in(text))
        co_return co_await by_task(one, std::move(text));
    throw mcp_failure{wire::rpc_method_not_found,
                      "no method " + one.method + " over several servers; /mcp/NAME has one"};
}

runtime::awaitable<std::string> mcp_stateless::by_name(call& one, std::string text, bool in_ref) {
    wire::json_path path = name_path;
    if (in_ref) path = ref_name_path;
    auto       name = text_of(wire::slice(text, path).value_or("null"));
    bool const is_tool = one.method == "tools/call";
    auto const asked = name;
    auto*      to = one.servers.front();
    if (one.prefixed) {
        auto const mark = name.find('-');
        auto const prefix = name.substr(0, mark);
        auto const found = std::find_if(one.servers.begin(), one.servers.end(), [&](auto const* p) {
            return mark != name.npos && p->server().prefix() == prefix;
        });
        if (found == one.servers.end()) throw no_such(is_tool ? "tool" : "prompt", asked);
        to = *found;
        name.erase(0, mark + 1);
        text = wire::with_value(text, path, spelled(name));
    }
    if (is_tool && !offers(to->server(), name)) throw no_such("tool", asked);
    auto answer = co_await pass(one, *to, std::move(text));
    if (one.prefixed)
        answer = with_task_prefix(std::move(answer), one.method, to->server().prefix());
    co_return answer;
}

runtime::awaitable<std::string> mcp_stateless::by_task(call& one, std::string text) {
    auto const id = *task_in(text);
    auto const mark = id.find('-');
    for (auto* to : one.servers) {
        auto const& prefix = to->server().prefix();
        if (mark == id.npos || prefix != id.substr(0, mark)) continue;
        text = with_task(std::move(text), id.substr(mark + 1));
        auto answer = co_await pass(one, *to, std::move(text));
        co_return with_task_prefix(std::move(answer), one.method, prefix);
    }
    throw no_such("task", id);
}

// One after the other, until one has it.
runtime::awaitable<std::string> mcp_stateless::by_uri(call& one, std::string text, bool in_ref) {
    wire::json_path path = uri_path;
    if (in_ref) path = ref_uri_path;
    auto const uri = text_of(wire::slice(text, path).value_or("null"));
    if (one.servers.empty()) throw no_such("resource", uri);
    std::string answer;
    for (auto* to : one.servers) {
        auto copy = text;
        answer = co_await pass(one, *to, std::move(copy));
        if (!wire::slice(answer, "error")) break;
    }
    co_return answer;
}

// All pages of one server.
runtime::awaitable<void> mcp_stateless::gather(call& one, mcp_list const& kind, mcp_peer& from,
                                               std::string text, std::vector<std::string>& into) {
    auto request = wire::read_json(text);
    request["params"].erase("cursor");
    auto const& limits = config_.limits;
    for (std::size_t page = 0;; ++page) {
        if (page == limits.list_pages_max)
            refuse_list(kind, from.server(), passed_text("list_pages_max", limits));
        auto const answer = co_await pass(one, from, request.dump());
        if (auto const error = wire::slice(answer, "error")) {
            std::array const path{std::string_view("code")};
            // A server that has no such list has an empty one.
            if (wire::slice(*error, path) == std::to_string(wire::rpc_method_not_found)) co_return;
            throw mcp_failure{
                mcp_connection_closed,
                "MCP server '" + from.server().name + "': " + one.method + ": " +
                    in_public(from.server(), text_of(wire::slice(*error, "message").value_or("")))};
        }
        auto const                 result = wire::slice(answer, "result").value_or("{}");
        constexpr std::string_view next = "nextCursor";
        add_page(kind, from.server(), one.prefixed, result, limits, log_, into);
        auto const more = wire::slice(result, next);
        auto const cursor = more ? wire::read_json(*more) : json();
        if (!cursor.is_string()) co_return;
        if (cursor == request["params"].value("cursor", json()))
            refuse_list(kind, from.server(), "the same cursor comes twice");
        request["params"]["cursor"] = cursor;
    }
}

runtime::awaitable<std::string> mcp_stateless::list(call& one, mcp_list const& kind,
                                                    std::string text) {
    if (!one.prefixed) {
        auto& to = *one.servers.front();
        auto  answer = co_await pass(one, to, std::move(text));
        co_return with_shown(std::move(answer), kind, to.server(), config_.limits, log_);
    }
    // The lists of several servers are one page.
    std::string_view const cursor[] = {"params", "cursor"};
    if (wire::slice(text, cursor))
        throw mcp_failure{wire::rpc_invalid_params, "no list here has ended with this cursor"};
    struct page_of {
        std::vector<std::string>   elements;
        std::optional<mcp_failure> failed;
    };
    std::vector<page_of> pages(one.servers.size());
    auto const           fill = [this, &one, &kind, &pages,
                       &text](std::size_t i) -> runtime::awaitable<void> {
        try {
            co_await gather(one, kind, *one.servers[i], text, pages[i].elements);
        } catch (mcp_failure const& why) {
            pages[i].failed = why;
        }
    };
    {
        runtime::task_group asking(world_.executor);
        for (std::size_t i = 0; i < pages.size(); ++i) asking.spawn("mcp list", fill(i));
        co_await asking.join();
    }
    std::vector<std::string> all;
    for (auto& page : pages) {
        if (page.failed && config_.on_listing_failure == listing_failure::fail) throw *page.failed;
        for (auto& element : page.elements) all.push_back(std::move(element));
    }
    co_return whole_result(one.id_text, R"("ttlMs":0,"cacheScope":"private",")" +
                                            std::string(kind.member) + "\":" + to_array(all));
}

runtime::awaitable<std::string> mcp_stateless::discover(call& one, std::string text) {
    std::vector<std::string> answers(one.servers.size());
    auto const ask = [this, &one, &answers, &text](std::size_t i) -> runtime::awaitable<void> {
        try {
            auto copy = text;
            answers[i] = co_await pass(one, *one.servers[i], std::move(copy));
        } catch (mcp_failure const&) {
            // Its lists will say what is wrong with it.
        }
    };
    {
        runtime::task_group asking(world_.executor);
        for (std::size_t i = 0; i < answers.size(); ++i) asking.spawn("mcp discover", ask(i));
        co_await asking.join();
    }
    std::vector<std::string_view> capabilities;
    std::string                   instructions;
    for (auto const& answer : answers) {
        std::string_view const can[] = {"result", "capabilities"};
        std::string_view const says[] = {"result", "instructions"};
        if (auto const said = wire::slice(answer, can)) capabilities.push_back(*said);
        auto const words = text_of(wire::slice(answer, says).value_or("null"));
        if (!words.empty()) instructions += (instructions.empty() ? "" : "\n\n") + words;
    }
    auto members = std::string(R"("supportedVersions":[")") + wire::mcp::modern_revision +
                   R"("],"capabilities":)" + merged_capabilities(capabilities) +
                   R"(,"ttlMs":0,"cacheScope":"private","_meta":{")" + wire::mcp::meta_server +
                   R"(":{"name":"lockstep","version":"0.1"}})";
    if (!instructions.empty()) members += R"(,"instructions":)" + spelled(instructions);
    co_return whole_result(one.id_text, std::move(members));
}

// All servers' streams as one: it begins when each has said what it will tell, and ends when none
// tells any more.
runtime::awaitable<std::string> mcp_stateless::listen(call& one, std::string text) {
    struct merging {
        std::size_t waiting;
        json        accepted = json::object();
        bool        begun = false;
    } state{one.servers.size(), json::object(), false};
    auto const id = wire::read_json(one.id_text);
    auto const begin = [&one, &state, id]() -> runtime::awaitable<void> {
        if (state.begun || --state.waiting > 0) co_return;
        state.begun = true;
        wire::rpc_notification first;
        first.method = acknowledged;
        first.params["notifications"] = state.accepted;
        first.params["_meta"][wire::mcp::meta_subscription] = id;
        auto said = wire::to_text(first);
        co_await one.out->add(std::move(said));
    };
    auto const accept = [&state](json const& theirs) {
        if (!theirs.is_object()) return;
        for (auto const& [name, value] : theirs.items()) {
            auto& mine = state.accepted[name];
            if (!value.is_array()) {
                mine = value == true || mine == true;
                continue;
            }
            for (auto const& uri : value)
                if (!mine.is_array() || std::find(mine.begin(), mine.end(), uri) == mine.end())
                    mine.push_back(uri);
        }
    };
    auto const follow = [this, &one, &text, &begin,
                         &accept](mcp_peer* to) -> runtime::awaitable<void> {
        bool             told = false;
        auto const       out = one.out;
        mcp_peer::hearer heard = [&told, &begin, &accept,
                                  out](std::string said) -> runtime::awaitable<void> {
            auto const message = wire::read_json(said);
            if (message.is_object() && message.value("method", "") == acknowledged) {
                if (std::exchange(told, true)) co_return;
                accept(message.value("params", json::object()).value("notifications", json()));
                co_return co_await begin();
            }
            co_await out->add(std::move(said));
        };
        auto copy = text;
        try {
            co_await pass(one, *to, std::move(copy), heard);
        } catch (mcp_failure const&) {
            // The others tell what they have to tell.
        }
        if (!told) co_await begin();
    };
    {
        runtime::task_group following(world_.executor);
        for (auto* to : one.servers) following.spawn("mcp listen", follow(to));
        co_await following.join();
    }
    co_return last_word(one);
}

// Of a subscription that its server ends (2026-07-28, subscriptions/listen).
std::string mcp_stateless::last_word(call const& one) {
    return whole_result(one.id_text, std::string(R"("_meta":{")") + wire::mcp::meta_subscription +
                                         "\":" + one.id_text + '}');
}

}  // namespace proxy
