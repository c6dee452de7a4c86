#include "scenarios/gateway_needs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/mcp_transport.hpp"
#include "scenarios/mcp_client.hpp"
#include "scenarios/mcp_paths.hpp"
#include "wire/provider_format.hpp"

namespace scenario {

namespace {

constexpr char chat_path[] = "/v1/chat/completions";

bool has_option(client_step const& step, std::string_view word) {
    return std::any_of(step.options.begin(), step.options.end(), [&](auto const& option) {
        return option == word || (option.starts_with(word) && option.size() > word.size() &&
                                  option[word.size()] == ' ');
    });
}

// `require_approval` says something else than "never".
bool asks_for_approval(std::string const& body) {
    constexpr std::string_view word = "\"require_approval\"";
    for (auto at = body.find(word); at != body.npos; at = body.find(word, at + 1)) {
        auto const value = body.find_first_not_of(": \t\n", at + word.size());
        if (value != body.npos && !std::string_view(body).substr(value).starts_with("\"never\""))
            return true;
    }
    return false;
}

void add_needs(client_step const& step, bool has_servers, std::set<std::string>& needs) {
    switch (step.verb) {
        case client_verb::raw:
            needs.insert("raw");
            break;
        case client_verb::get:
        case client_verb::erase:
        case client_verb::post: {
            auto path = step.text.substr(0, step.text.find('?'));
            if (auto const id = path.find("/{{"); id != path.npos)
                path.replace(id, path.npos, "/ID");
            if (path != chat_path) needs.insert(path);
            if (step.body.find("\"mcp\"") != std::string::npos) needs.insert("mcp");
            if (asks_for_approval(step.body)) needs.insert("approval");
            break;
        }
        case client_verb::ask:
            if (has_option(step, "approval")) needs.insert("approval");
            if (has_option(step, "over responses")) needs.insert("/v1/responses");
            if (has_option(step, "over messages")) needs.insert("/v1/messages");
            if (has_servers && !has_option(step, "no tools")) needs.insert("mcp");
            break;
        default:
            if (mcp_client::does(step.verb)) needs.insert("mcp-server");
            break;
    }
    for (auto const& option : step.options)
        if (option.starts_with("path ") && is_sse_path(std::string_view(option).substr(5)))
            needs.insert("mcp-sse");
    if (has_option(step, "modern")) needs.insert("mcp-modern");
    if (has_option(step, "key") || has_option(step, "no key")) needs.insert("keys");
}

// Where each format is asked for by clients, too.
std::string path_of(std::string const& format) {
    if (format == "anthropic") return "/v1/messages";
    if (format == "responses") return "/v1/responses";
    return chat_path;
}

std::string asked_path(client_step const& step) {
    if (step.verb != client_verb::ask) return step.text.substr(0, step.text.find('?'));
    if (has_option(step, "over responses")) return "/v1/responses";
    return has_option(step, "over messages") ? "/v1/messages" : chat_path;
}

// What only somebody between clients and providers could do.
std::vector<std::string> needs_of_a_middle(scenario const& s) {
    std::vector<std::string> needs;
    if (s.providers.size() != 1) needs.emplace_back("a choice among providers");
    auto const& format = s.providers.empty() ? std::string() : s.providers.front().format;
    for (auto const& c : s.clients)
        for (auto const& step : c.steps) {
            bool const asks = step.verb == client_verb::ask || step.verb == client_verb::post ||
                              step.verb == client_verb::get || step.verb == client_verb::erase;
            if (!asks || asked_path(step) == path_of(format)) continue;
            needs.emplace_back("another format than the provider's");
            return needs;
        }
    for (auto const& way : s.network)
        if (auto const& how = way.what.front().text; how == "refuse" || how == "blackhole")
            needs.emplace_back("a connection that fails");
    return needs;
}

}  // namespace

std::vector<std::string> ability_words() {
    // "guesses": finds out by itself which transport an MCP server speaks.
    // "keys": refuses wrong ones. "mcp-modern": its client and its server of MCP know 2026-07-28.
    // "mcp-server": is one itself, at /mcp and /mcp/NAME; "mcp-sse": at /sse too. "raw": HTTP of
    // every kind, strictly read.
    std::vector<std::string> words{"*",   "approval",   "config",     "guesses", "keys",
                                   "mcp", "mcp-modern", "mcp-server", "mcp-sse", "raw"};
    for (auto const& row : wire::provider_formats()) words.emplace_back(row.name);
    for (auto const& row : runtime::mcp_transports()) words.emplace_back(row.name);
    return words;
}

std::string needed_by(std::string const& ability) {
    static std::map<std::string, std::string> const reasons{
        {"*", "everything"},
        {"approval", "a request that asks for approval of tool calls"},
        {"config", "a scenario that brings a whole configuration of Lockstep's own gateway"},
        {"guesses", "an MCP server whose transport the gateway is not told"},
        {"keys", "a client without the right key, who is to be refused"},
        {"mcp", "a request that wants MCP tools to run"},
        {"mcp-modern", "MCP 2026-07-28, which knows no initialize"},
        {"mcp-server", "a client of MCP: the gateway is a server itself, at /mcp and /mcp/NAME"},
        {"mcp-sse", "a client of MCP that speaks HTTP+SSE: the gateway has /sse and /sse/NAME"},
        {"raw", "bytes of a client that are no common HTTP, and must be read strictly"}};
    if (auto const known = reasons.find(ability); known != reasons.end()) return known->second;
    for (auto const& row : wire::provider_formats())
        if (ability == row.name) return std::string("a provider: ") + row.prompt;
    for (auto const& row : runtime::mcp_transports())
        if (ability == row.name) return std::string("an MCP server: ") + row.prompt;
    return {};
}

std::vector<std::string> needs_of(scenario const& s) {
    std::set<std::string> needs;
    for (auto const& p : s.providers) needs.insert(p.format);
    for (auto const& m : s.servers) {
        needs.insert(m.transport);
        if (m.revision.empty()) needs.insert("mcp-modern");
        if (!m.announced) needs.insert("guesses");
    }
    for (auto const& c : s.clients)
        for (auto const& step : c.steps) add_needs(step, !s.servers.empty(), needs);
    if (s.gateway.config) needs.insert("config");
    for (auto const& setting : s.gateway.settings) needs.insert("setting " + setting.name);
    return {needs.begin(), needs.end()};
}

std::vector<std::string> unmet(gateway_file const& g, scenario const& s) {
    auto const has = [](std::vector<std::string> const& all, std::string const& what) {
        return std::find(all.begin(), all.end(), what) != all.end();
    };
    std::vector<std::string> missing;
    if (g.is_direct) missing = needs_of_a_middle(s);
    if (!s.virtual_only.empty()) missing.emplace_back(virtual_time_need);
    for (auto const& c : s.clients)
        for (auto const& step : c.steps)
            if (step.verb == client_verb::terminate)
                missing.emplace_back("a gateway in our process, to be ended by a script");
    for (auto const& way : s.network)
        if (way.what.front().text == "hesitate")
            missing.emplace_back("a network of ours, on which a connection hesitates");
    for (auto const& need : needs_of(s)) {
        constexpr std::string_view setting = "setting ";
        bool const                 met = need.starts_with(setting)
                                             ? has(g.settings, "*") || has(g.settings, need.substr(setting.size()))
                                             : has(g.can, "*") || has(g.can, need);
        if (!met) missing.push_back(need);
    }
    return missing;
}

}  // namespace scenario
