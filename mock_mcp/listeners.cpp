// Those who are told of what changes.

#include <algorithm>

#include "mock_mcp/mock_mcp.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

// What a client that listens has to have asked for, to be told of this.
bool is_wanted(wire::rpc_notification const& note, nlohmann::json const& filter) {
    struct row {
        char const* method;
        char const* member;
    };
    constexpr row rows[] = {{"notifications/tools/list_changed", "toolsListChanged"},
                            {"notifications/prompts/list_changed", "promptsListChanged"},
                            {"notifications/resources/list_changed", "resourcesListChanged"}};
    for (auto const& [method, member] : rows)
        if (note.method == method) return wire::flag_member(filter, member);
    if (note.method != "notifications/resources/updated") return true;
    auto const* uris = wire::find_member(filter, "resourceSubscriptions");
    auto const* uri = wire::find_member(note.params, "uri");
    return uris && uri && std::find(uris->begin(), uris->end(), *uri) != uris->end();
}

}  // namespace

// A notification that a script has. To one who listens in the modern era only what was asked for,
// with a mark of whom it is for.
runtime::awaitable<void> mock_mcp::tell(wire::rpc_notification   note,
                                        wire::rpc_request const& during, reply& to) {
    if (to.modern && during.method == wire::mcp::listen_method) {
        auto const params = during.params.is_object() ? during.params : nlohmann::json::object();
        auto const filter = params.value("notifications", nlohmann::json::object());
        if (!is_wanted(note, filter)) co_return;
        note.params["_meta"][wire::mcp::meta_subscription] = wire::to_json(during.id);
    }
    note_out(to.exchange, "notify", note.method);
    auto text = wire::to_text(note);
    co_await to.message(std::move(text));
}

// What has changed goes to all who listen, each by its own coroutine.
void mock_mcp::tell_all(std::string const& what) {
    wire::rpc_notification note;
    bool const             list = what == "tools" || what == "prompts" || what == "resources";
    note.method = "notifications/resources/updated";
    if (list) note.method = "notifications/" + what + "/list_changed";
    if (!list) note.params["uri"] = what;
    for (auto* one : listeners_) {
        bool wants = is_wanted(note, one->filter);
        if (one->who) {
            bool const greeted = !one->who->revision.empty();
            wants = greeted && (list || one->who->subscriptions.contains(what));
        }
        if (!wants) continue;
        auto mine = note;
        if (!one->mark.is_null()) mine.params["_meta"] = one->mark;
        one->waiting.push_back(std::move(mine));
        one->bell->ring();
    }
}

runtime::awaitable<void> mock_mcp::tell_waiting(listener& one, reply& to) {
    while (!one.waiting.empty()) {
        auto const note = std::move(one.waiting.front());
        one.waiting.pop_front();
        note_out(to.exchange, "notify", note.method);
        auto text = wire::to_text(note);
        co_await to.message(std::move(text));
    }
}

}  // namespace mock_mcp
