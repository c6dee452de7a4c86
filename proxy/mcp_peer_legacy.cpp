// Requests of the modern era to a server of the legacy one.

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_peer.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

namespace {

using nlohmann::json;

constexpr std::string_view token_path[] = {"params", "_meta", "progressToken"};

// The members that a result of the modern era has, in front of those that are there; what a server
// says of itself stays.
std::string as_modern(std::string const& answer, std::string const& method) {
    auto const result = wire::slice(answer, "result");
    if (!result || !result->starts_with('{')) return answer;
    std::string made(*result);
    auto const  add = [&](std::string_view name, std::string_view value) {
        if (!wire::slice(*result, name)) made = wire::with_member(made, name, value);
    };
    if (wire::mcp::is_cacheable(method)) {
        add("cacheScope", R"("private")");
        add("ttlMs", "0");
    }
    add("resultType", R"("complete")");
    return wire::with_value(answer, "result", made);
}

struct kind_row {
    char const* member;  // of a subscription's filter
    char const* method;
    char const* capability;
};

constexpr kind_row kinds[] = {
    {"toolsListChanged", "notifications/tools/list_changed", "tools"},
    {"promptsListChanged", "notifications/prompts/list_changed", "prompts"},
    {"resourcesListChanged", "notifications/resources/list_changed", "resources"},
};

std::string marked(std::string const& method, json params, std::string const& id_text) {
    params["_meta"][wire::mcp::meta_subscription] = wire::read_json(id_text);
    return wire::to_text(wire::rpc_notification{method, std::move(params)});
}

}  // namespace

// One session for all: whoever comes first opens it, the others wait.
runtime::awaitable<void> mcp_peer::begin_legacy() {
    while (opening_) co_await changed_.wait();
    // Whoever opened it may have left before it was begun with.
    if (legacy_ && legacy_->is_open()) co_return co_await legacy_->begin();
    struct turn {
        mcp_peer& peer;
        explicit turn(mcp_peer& p) : peer(p) { peer.opening_ = true; }
        ~turn() {
            peer.opening_ = false;
            peer.changed_.ring();
        }
    } const mine(*this);
    hearer standing = [this](std::string text) { return hear(std::move(text)); };
    if (!legacy_)
        legacy_ = std::make_unique<mcp_upstream>(world_, config_, server_, std::move(standing));
    legacy_->want_stream(listeners_ > 0);
    json params;
    params["protocolVersion"] = wire::mcp::revision;
    params["capabilities"] = json::object();
    params["clientInfo"] = {{"name", "lockstep"}, {"version", "0.1"}};
    auto const answer = co_await legacy_->open(params.dump());
    if (auto const error = wire::slice(answer, "error"))
        throw mcp_failure{
            mcp_connection_closed,
            "MCP server '" + server_.name + "': initialize: " +
                in_public(server_, text_of(wire::slice(*error, "message").value_or("null")))};
    co_await legacy_->begin();
}

runtime::awaitable<void> mcp_peer::say_legacy(std::string text) {
    if (legacy_) co_await legacy_->say(std::move(text));
}

std::string mcp_peer::discovered(std::string const& id) const {
    auto const said = wire::read_json(legacy_->result());
    json       result;
    result["resultType"] = "complete";
    result["supportedVersions"] = json::array({wire::mcp::modern_revision});
    result["capabilities"] = wire::read_json(
        merged_capabilities({wire::slice(legacy_->result(), "capabilities").value_or("{}")}));
    result["capabilities"].erase("logging");  // a session's level is nobody's here
    if (auto const* text = wire::find_member(said, "instructions")) result["instructions"] = *text;
    result["ttlMs"] = 0;
    result["cacheScope"] = "private";
    if (auto const* info = wire::find_member(said, "serverInfo"))
        result["_meta"][wire::mcp::meta_server] = *info;
    return result_text(id, wire::dump(result));
}

runtime::awaitable<std::string> mcp_peer::ask_legacy(std::string const& request, hearer heard) {
    co_await begin_legacy();
    auto const  message = wire::parse_rpc(request);
    auto const& asked = std::get<wire::rpc_request>(message);
    auto const  id_text = std::string(wire::slice(request, "id").value_or("null"));
    if (asked.method == wire::mcp::discover_method) co_return discovered(id_text);
    if (asked.method == wire::mcp::listen_method)
        co_return co_await listen_legacy(request, std::move(heard));
    auto const id = legacy_->next_id();
    call       mine;
    mine.id_text = id_text;
    mine.token = wire::slice(request, token_path).value_or("");
    mine.heard = std::move(heard);
    struct in_flight {
        mcp_peer&    peer;
        std::int64_t id;
        bool         answered = false;
        ~in_flight() {
            peer.calls_.erase(id);
            if (answered) return;
            auto text = wire::to_text(wire::mcp::cancelled(id, "the caller has gone"));
            peer.tasks_.spawn("mcp cancel", peer.say_legacy(std::move(text)));
        }
    } flying{*this, id};
    calls_[id] = std::move(mine);
    auto text = wire::with_value(request, "id", std::to_string(id));
    text = wire::with_value(text, token_path, std::to_string(id));
    hearer                     said = [this](std::string told) { return hear(std::move(told)); };
    std::string                answer;
    std::optional<mcp_failure> failed;
    try {
        answer = co_await legacy_->relay(std::move(text), id, std::move(said));
    } catch (mcp_failure const& why) {
        failed = why;
    }
    flying.answered = true;
    if (failed) throw *failed;
    answer = wire::with_value(answer, "id", id_text);
    co_return as_modern(answer, asked.method);
}

// What a session hears of changes is told to those who have asked for it, until they leave.
runtime::awaitable<std::string> mcp_peer::listen_legacy(std::string const& request, hearer heard) {
    auto const  message = wire::parse_rpc(request);
    auto const& asked = std::get<wire::rpc_request>(message);
    auto const* wanted = wire::find_member(asked.params, "notifications");
    auto const can = wire::read_json(wire::slice(legacy_->result(), "capabilities").value_or("{}"));
    auto const can_do = [&](char const* what, char const* flag) {
        auto const* of = wire::find_member(can, what);
        return of && wire::flag_member(*of, flag);
    };
    json accepted = json::object();
    for (auto const& [member, method, capability] : kinds)
        if (wanted && wire::flag_member(*wanted, member) && can_do(capability, "listChanged"))
            accepted[member] = true;
    auto const* uris = wanted ? wire::find_member(*wanted, "resourceSubscriptions") : nullptr;
    if (uris && uris->is_array() && can_do("resources", "subscribe")) {
        accepted["resourceSubscriptions"] = json::array();
        for (auto const& uri : *uris) {
            auto const        id = legacy_->next_id();
            json              params{{"uri", uri}};
            wire::rpc_request ask{id, "resources/subscribe", std::move(params)};
            auto              text = wire::to_text(ask);
            legacy_->remember("subscribe " + uri.dump(), text);
            auto const answer = co_await legacy_->relay(std::move(text), id, nullptr);
            if (wire::slice(answer, "result")) accepted["resourceSubscriptions"].push_back(uri);
        }
    }
    call mine;
    mine.id_text = wire::slice(request, "id").value_or("null");
    mine.filter = accepted;
    mine.heard = heard;
    auto const id = legacy_->next_id();
    struct listening {
        mcp_peer&    peer;
        std::int64_t id;
        listening(mcp_peer& p, std::int64_t i) : peer(p), id(i) {
            if (++peer.listeners_ == 1) peer.legacy_->want_stream(true);
        }
        ~listening() {
            peer.calls_.erase(id);
            if (--peer.listeners_ == 0) peer.legacy_->want_stream(false);
        }
    } const here(*this, id);
    json params;
    params["notifications"] = std::move(accepted);
    auto first =
        marked("notifications/subscriptions/acknowledged", std::move(params), mine.id_text);
    calls_[id] = std::move(mine);
    co_await heard(std::move(first));
    runtime::bell silence;
    for (;;) co_await silence.wait();
}

runtime::awaitable<void> mcp_peer::tell_listeners(std::string const& method, std::string text) {
    auto const said = wire::read_json(text);
    auto const params = said.value("params", json::object());
    auto const uri = params.is_object() ? params.value("uri", json()) : json();
    struct told {
        hearer      to;
        std::string text;
    };
    std::vector<told> all;
    for (auto const& [id, one] : calls_) {
        if (one.filter.is_null()) continue;
        bool wants = false;
        for (auto const& row : kinds)
            wants = wants || (method == row.method && wire::flag_member(one.filter, row.member));
        auto const* uris = wire::find_member(one.filter, "resourceSubscriptions");
        if (method == "notifications/resources/updated" && uris)
            wants = std::find(uris->begin(), uris->end(), uri) != uris->end();
        if (wants) all.push_back({one.heard, marked(method, params, one.id_text)});
    }
    for (auto& one : all) co_await one.to(std::move(one.text));
}

}  // namespace proxy
