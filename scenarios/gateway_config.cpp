#include "scenarios/gateway_config.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "scenarios/canary.hpp"
#include "scenarios/gateway_template.hpp"
#include "scenarios/token.hpp"

namespace scenario {

namespace {

std::string url(runtime::address const& at, std::string const& path) {
    return "http://" + runtime::to_text(at) + path;
}

std::string as_yaml(std::string const& word) { return nlohmann::json(word).dump(); }

std::string command_yaml(std::vector<std::string> const& words) {
    std::string arguments;
    for (auto word = words.begin() + 1; word != words.end(); ++word)
        arguments += (arguments.empty() ? "" : ", ") + as_yaml(*word);
    return "    command: " + as_yaml(words.front()) + "\n    args: [" + arguments + "]\n";
}

// "idle-timeout" is idle_timeout of lockstep_settings.
std::string key_of(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

// "'idle_timeout'" as a scenario spells it.
std::string respelled(std::string text) {
    bool quoted = false;
    for (char& c : text) {
        if (c == '\'') quoted = !quoted;
        if (c == '_' && quoted) c = '-';
    }
    std::string const key = "a key of lockstep_settings";
    if (auto const at = text.find(key); at != text.npos)
        text.replace(at, key.size(), "a setting of the gateway");
    return text;
}

// What is wrong with our text, said of the line of the scenario that it was made of. The settings
// are its last lines, in their order.
syntax_error as_written(proxy::config_error const& e, scenario const& s, int line_count) {
    auto const  first = line_count - static_cast<int>(s.gateway.settings.size()) + 1;
    auto const  index = static_cast<std::size_t>(std::max(0, e.line - first));
    bool const  is_setting = e.line >= first && index < s.gateway.settings.size();
    place       where{s.gateway.line, 1, 7};
    std::string said = e.what(), hint;
    if (auto const caret = said.rfind('^'); caret != said.npos) hint = said.substr(caret + 1);
    hint.erase(0, hint.find_first_not_of(' '));
    while (hint.ends_with('\n')) hint.pop_back();
    said.resize(std::min(said.find('\n'), said.size()));
    if (auto const place_end = said.find(": "); place_end != said.npos)
        said.erase(0, place_end + 2);
    if (is_setting) where = s.gateway.settings[index].where;

    auto const line = static_cast<std::size_t>(std::max(1, where.line)) - 1;
    auto const text = line < s.lines.size() ? s.lines[line] : std::string();
    if (is_setting && e.column > 3) {  // behind the key, which stands in column 3
        auto const& value = s.gateway.settings[index].value;
        auto const  name_end = static_cast<std::size_t>(where.column + where.width) - 1;
        if (auto const at = text.find(value, name_end); at != text.npos) {
            where.column = column_at(text, at);
            where.width = std::max(1, column_at(value, value.size()) - 1);
        }
    }
    return {s.path, text, where, respelled(said), respelled(hint)};
}

// "config FILE" names a file beside the scenario.
std::string config_path(scenario const& s) {
    return (std::filesystem::path(s.path).parent_path() / s.gateway.config->value).string();
}

// What is wrong with a whole configuration, said of the line that names it.
syntax_error about_whole(proxy::config_error const& e, scenario const& s) {
    auto const& where = s.gateway.config->where;
    return {s.path, s.lines[static_cast<std::size_t>(where.line) - 1], where,
            "this configuration cannot be used", std::string("\n\n") + e.what()};
}

}  // namespace

std::string model_name(scenario const& s, mock::provider_script const& provider) {
    for (auto const& p : s.providers) {
        if (p.format != provider.format) continue;
        bool const first = p.name == provider.name;
        if (first) return p.format == "anthropic" ? "claude-sonnet-4" : "gpt-4o";
        return "model-of-" + provider.name;
    }
    return provider.name;
}

std::vector<std::string> command_of(mock_mcp::mcp_script const& server, addresses const& at) {
    auto const own = at.programs.find(server.name);
    return own != at.programs.end() ? own->second
                                    : std::vector<std::string>{"lockstep-mock", server.name};
}

std::string gateway_yaml(scenario const& s, addresses const& at) {
    if (s.gateway.config) {
        auto const path = config_path(s);
        return filled(read_text(path), ground_of(s, at), path);
    }
    std::string yaml = "model_list:\n";
    for (auto const& p : s.providers) {
        auto const name = model_name(s, p);
        yaml += "  - model_name: " + name + "\n    litellm_params:\n";
        yaml += "      model: " + p.format + "/" + name + "\n";
        yaml += "      api_base: " + url(at.of.at(p.name), "/v1") + "\n";
        yaml += "      api_key: sk-of-" + p.name + "\n";
    }
    if (at.canary) {
        yaml += "  - model_name: " + std::string(canary::model) + "\n    litellm_params:\n";
        yaml += "      model: openai/" + std::string(canary::model) + "\n";
        yaml += "      api_base: " + url(*at.canary, "/v1") + "\n";
        yaml += "      api_key: sk-of-the-canary\n";
    } else if (s.providers.empty()) {
        yaml = "model_list: []\n";
    }
    if (!s.servers.empty()) yaml += "mcp_servers:\n";
    for (auto const& m : s.servers) {
        yaml += "  " + m.name + ":\n";
        if (m.transport == "stdio")
            yaml += "    transport: stdio\n" + command_yaml(command_of(m, at));
        bool const older = m.transport == "sse";
        if (m.transport != "stdio" && m.announced)
            yaml += std::string("    transport: ") + (older ? "sse" : "http") + "\n";
        if (m.transport != "stdio")
            yaml += "    url: " + url(at.of.at(m.name), older ? "/sse" : "/mcp") + "\n";
        if (!m.wanted.empty()) yaml += "    static_headers:\n";
        for (auto const& [name, value] : m.wanted)
            yaml += "      " + as_yaml(name) + ": " + as_yaml(value) + "\n";
    }
    yaml += "general_settings:\n  master_key: " + std::string(gateway_key) + "\n";
    yaml += "lockstep_settings:\n";
    yaml += "  listen: " + runtime::to_text(at.gateway) + "\n";
    auto const says = [&](char const* name) {
        return std::any_of(s.gateway.settings.begin(), s.gateway.settings.end(),
                           [&](auto const& x) { return x.name == name; });
    };
    // What a scenario says raw is the same on real sockets, where we listen on loopback.
    if (!says("allowed-hosts")) yaml += "  allowed_hosts: [proxy]\n";
    // A session that nobody uses would be ended in the silence after the story.
    if (!says("session-idle")) yaml += "  session_idle: 24h\n";
    for (auto const& setting : s.gateway.settings)
        yaml += "  " + key_of(setting.name) + ": " + setting.value + "\n";
    return yaml;
}

proxy::config gateway_config(scenario const& s, addresses const& at) {
    auto const               text = gateway_yaml(s, at);
    std::vector<std::string> warnings;
    auto const               nothing = [](std::string const&) -> std::optional<std::string> {
        return std::nullopt;
    };
    // Instances of a sweep, twins, seeds and short stories have the same few configurations.
    constexpr std::size_t                                    known_max = 100;
    static thread_local std::map<std::string, proxy::config> known;
    bool const                                               own = !s.gateway.config;
    if (auto const at = known.find(text); own && at != known.end()) return at->second;
    try {
        auto read =
            proxy::read_config(text, own ? "gateway.yaml" : config_path(s), nothing, warnings);
        if (known.size() >= known_max) known.clear();
        if (own) known.emplace(text, read);
        return read;
    } catch (proxy::config_error const& e) {
        if (s.gateway.config) throw about_whole(e, s);
        throw as_written(e, s, static_cast<int>(std::count(text.begin(), text.end(), '\n')));
    }
}

}  // namespace scenario
