// Which of a session's servers a request is for.

#include <algorithm>

#include "proxy/mcp_front_session.hpp"
#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_tasks.hpp"
#include "proxy/tool_table.hpp"
#include "wire/json_slices.hpp"

namespace proxy {

namespace {

constexpr std::string_view name_path[] = {"params", "name"};
constexpr std::string_view ref_name_path[] = {"params", "ref", "name"};
constexpr std::string_view uri_path[] = {"params", "uri"};
constexpr std::string_view ref_uri_path[] = {"params", "ref", "uri"};

mcp_failure no_such(std::string const& what, std::string const& name) {
    return {wire::rpc_invalid_params, "Unknown " + what + ": " + name};
}

}  // namespace

mcp_upstream* mcp_front_session::first_with(std::string_view capability) {
    for (auto const& one : upstreams_)
        if (one->can(capability)) return one.get();
    return nullptr;
}

runtime::awaitable<std::string> mcp_front_session::answer_to(call& one, std::string text) {
    if (one.method == "ping") co_return result_text(one.id_text, "{}");
    if (one.method == "initialize")
        throw mcp_failure{wire::rpc_invalid_request, "this session is initialized already"};
    bool const in_ref = one.method == "completion/complete";
    if (one.method == "logging/setLevel") co_return co_await set_level(one, std::move(text));
    if (auto const* kind = find_mcp_list(one.method))
        co_return co_await list(one, *kind, std::move(text));
    if (one.method == "tools/call" || one.method == "prompts/get" ||
        (in_ref && wire::slice(text, ref_name_path)))
        co_return co_await by_name(one, std::move(text), in_ref);
    if (one.method.starts_with("resources/") || in_ref)
        co_return co_await by_uri(one, std::move(text), in_ref);
    if (!who_.prefixed) co_return co_await pass(one, *upstreams_.front(), std::move(text));
    if (one.method.starts_with("tasks/") && task_in(text))
        co_return co_await by_task(one, std::move(text));
    throw mcp_failure{wire::rpc_method_not_found,
                      "no method " + one.method + " over several servers; /mcp/NAME has one"};
}

runtime::awaitable<std::string> mcp_front_session::by_task(call& one, std::string text) {
    auto const id = *task_in(text);
    auto const mark = id.find('-');
    for (auto const& to : upstreams_) {
        if (mark == id.npos || to->server().prefix() != id.substr(0, mark)) continue;
        text = with_task(std::move(text), id.substr(mark + 1));
        co_return co_await pass(one, *to, std::move(text));
    }
    throw no_such("task", id);
}

runtime::awaitable<std::string> mcp_front_session::by_name(call& one, std::string text,
                                                           bool in_ref) {
    wire::json_path path = name_path;
    if (in_ref) path = ref_name_path;
    auto          name = text_of(wire::slice(text, path).value_or("null"));
    bool const    is_tool = one.method == "tools/call";
    auto const    asked = name;
    mcp_upstream* to = upstreams_.front().get();
    if (who_.prefixed) {
        // No server's name holds the mark between it and its tools'.
        auto const mark = name.find('-');
        auto const prefix = name.substr(0, mark);
        auto const found = std::find_if(upstreams_.begin(), upstreams_.end(), [&](auto const& u) {
            return mark != name.npos && u->server().prefix() == prefix;
        });
        if (found == upstreams_.end()) throw no_such(is_tool ? "tool" : "prompt", asked);
        to = found->get();
        name.erase(0, mark + 1);
        text = wire::with_value(text, path, spelled(name));
    }
    if (is_tool && !offers(to->server(), name)) throw no_such("tool", asked);
    co_return co_await pass(one, *to, std::move(text));
}

// Whoever has listed it; else one after the other, until one has it.
runtime::awaitable<std::string> mcp_front_session::by_uri(call& one, std::string text,
                                                          bool in_ref) {
    wire::json_path path = uri_path;
    if (in_ref) path = ref_uri_path;
    auto const                 uri = text_of(wire::slice(text, path).value_or("null"));
    std::vector<mcp_upstream*> candidates;
    if (auto const owner = owners_.find(uri); owner != owners_.end())
        candidates.push_back(upstreams_[owner->second].get());
    else
        for (auto const& each : upstreams_)
            if (!who_.prefixed || each->can("resources")) candidates.push_back(each.get());
    if (candidates.empty()) throw no_such("resource", uri);
    std::string answer;
    for (auto* to : candidates) {
        auto copy = text;
        answer = co_await pass(one, *to, std::move(copy));
        if (wire::slice(answer, "error")) continue;
        auto const name = to->server().name + " subscribe " + uri;
        if (one.method == "resources/subscribe") to->remember(name, text);
        if (one.method == "resources/unsubscribe") to->forget(name);
        break;
    }
    co_return answer;
}

runtime::awaitable<std::string> mcp_front_session::set_level(call& one, std::string text) {
    if (!who_.prefixed) {
        auto copy = text;
        auto answer = co_await pass(one, *upstreams_.front(), std::move(copy));
        if (!wire::slice(answer, "error")) upstreams_.front()->remember("level", text);
        co_return answer;
    }
    std::string answer;
    for (auto const& to : upstreams_) {
        if (!to->can("logging")) continue;
        auto copy = text;
        answer = co_await pass(one, *to, std::move(copy));
        if (wire::slice(answer, "error")) co_return answer;
        to->remember("level", text);
    }
    if (answer.empty())
        throw mcp_failure{wire::rpc_method_not_found, "no server of this session has a log"};
    co_return answer;
}

// All pages of one server.
runtime::awaitable<void> mcp_front_session::gather(call& one, mcp_list const& kind,
                                                   mcp_upstream&             from,
                                                   std::vector<std::string>& into) {
    std::string cursor;
    auto const& limits = config_.limits;
    for (std::size_t page = 0;; ++page) {
        if (page == limits.list_pages_max)
            refuse_list(kind, from.server(), passed_text("list_pages_max", limits));
        if (one.cancelled) co_return;
        auto text = R"({"jsonrpc":"2.0","id":0,"method":")" + one.method + R"(","params":{)";
        if (!cursor.empty()) text += R"("cursor":)" + cursor;
        auto const answer = co_await fetch(from, text + "}}");
        if (auto const error = wire::slice(answer, "error"))
            throw mcp_failure{
                mcp_connection_closed,
                "MCP server '" + from.server().name + "': " + one.method + ": " +
                    in_public(from.server(), text_of(wire::slice(*error, "message").value_or("")))};
        auto const                 result = wire::slice(answer, "result").value_or("{}");
        constexpr std::string_view next = "nextCursor";
        add_page(kind, from.server(), who_.prefixed, result, limits, who_.log, into);
        auto const more = wire::slice(result, next);
        // An empty cursor is a cursor; one that comes again would be asked for ever.
        if (!more || !more->starts_with('"')) co_return;
        if (*more == cursor) refuse_list(kind, from.server(), "the same cursor comes twice");
        cursor = *more;
    }
}

runtime::awaitable<std::string> mcp_front_session::list(call& one, mcp_list const& kind,
                                                        std::string text) {
    if (!who_.prefixed) {
        auto& to = *upstreams_.front();
        auto  answer = co_await pass(one, to, std::move(text));
        co_return with_shown(std::move(answer), kind, to.server(), config_.limits, who_.log);
    }
    // The lists of several servers are one page.
    std::string_view const cursor[] = {"params", "cursor"};
    if (wire::slice(text, cursor))
        throw mcp_failure{wire::rpc_invalid_params, "no list here has ended with this cursor"};
    struct page_of {
        std::vector<std::string>   elements;
        std::optional<mcp_failure> failed;
    };
    std::vector<page_of> pages(upstreams_.size());
    auto const fill = [this, &one, &kind, &pages](std::size_t i) -> runtime::awaitable<void> {
        try {
            co_await gather(one, kind, *upstreams_[i], pages[i].elements);
        } catch (mcp_failure const& why) {
            pages[i].failed = why;
        }
    };
    {
        runtime::task_group asking(world_.executor);
        for (std::size_t i = 0; i < upstreams_.size(); ++i)
            if (upstreams_[i]->can(kind.capability)) asking.spawn("mcp list", fill(i));
        co_await asking.join();
    }
    std::vector<std::string> all;
    for (std::size_t i = 0; i < pages.size(); ++i) {
        if (pages[i].failed && config_.on_listing_failure == listing_failure::fail)
            throw *pages[i].failed;
        for (auto& element : pages[i].elements) {
            if (kind.name == std::string_view("uri") && owners_.size() < config_.limits.tools_max)
                owners_[text_of(wire::slice(element, kind.name).value_or("null"))] = i;
            all.push_back(std::move(element));
        }
    }
    co_return result_text(one.id_text,
                          "{\"" + std::string(kind.member) + "\":" + to_array(all) + '}');
}

}  // namespace proxy
