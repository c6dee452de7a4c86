#include "scenarios/gateway_config.hpp"

#include <algorithm>

#include "scenarios/canary.hpp"

namespace scenario {

namespace {

std::string url(runtime::address const& at, std::string const& path) {
    return "http://" + runtime::to_text(at) + path;
}

// "idle-timeout" is idle_timeout of lockstep_settings.
std::string key_of(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
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

std::string gateway_yaml(scenario const& s, addresses const& at) {
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
            yaml +=
                "    transport: stdio\n    command: lockstep-mock\n    args: [" + m.name + "]\n";
        else
            yaml += "    transport: http\n    url: " + url(at.of.at(m.name), "/mcp") + "\n";
    }
    yaml += "general_settings:\n  master_key: " + std::string(gateway_key) + "\n";
    yaml += "lockstep_settings:\n";
    yaml += "  listen: " + runtime::to_text(at.gateway) + "\n";
    // A session that nobody uses would be ended in the silence after the story.
    if (std::none_of(s.gateway.settings.begin(), s.gateway.settings.end(),
                     [](auto const& x) { return x.name == "session-idle"; }))
        yaml += "  session_idle: 24h\n";
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
    try {
        return proxy::read_config(text, "gateway.yaml", nothing, warnings);
    } catch (proxy::config_error const& e) {
        // The settings are the last lines of the text, in the order of the scenario.
        auto const lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
        auto const first = lines - static_cast<int>(s.gateway.settings.size()) + 1;
        auto const index = static_cast<std::size_t>(std::max(0, e.line - first));
        place      where{s.gateway.line, 1, 7};
        if (e.line >= first && index < s.gateway.settings.size())
            where = s.gateway.settings[index].where;
        std::string problem = e.what();
        if (auto const end = problem.find('\n'); end != problem.npos) problem.resize(end);
        if (auto const at_text = problem.find(": "); at_text != problem.npos)
            problem.erase(0, at_text + 2);
        auto const line = static_cast<std::size_t>(std::max(1, where.line)) - 1;
        throw syntax_error(s.path, line < s.lines.size() ? s.lines[line] : std::string(), where,
                           problem);
    }
}

}  // namespace scenario
