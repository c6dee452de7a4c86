#include "scenarios/gateway_template.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "scenarios/canary.hpp"

namespace scenario {

namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

std::string url(runtime::address const& at) { return "http://" + runtime::to_text(at); }

data of_model(template_ground::model const& m) {
    data d;
    d.set("name", m.name);
    d.set("format", m.format);
    d.set(m.format, data(true));
    d.set("base", url(m.at));
    d.set("url", url(m.at) + "/v1");
    d.set("address", runtime::to_text(m.at));
    d.set("port", std::to_string(m.at.port));
    d.set("key", m.key);
    d.set("canary", data(m.provider.empty()));
    return d;
}

data of_server(template_ground::server const& m) {
    data d;
    d.set("name", m.name);
    d.set("transport", m.transport);
    d.set("stdio", data(m.transport == "stdio"));
    d.set("sse", data(m.transport == "sse"));
    d.set("http", data(m.transport == "streamable-http"));
    d.set("url", url(m.at) + (m.transport == "sse" ? "/sse" : "/mcp"));
    d.set("port", std::to_string(m.at.port));
    auto words = m.command;
    if (!words.empty()) {
        d.set("command", words.front());
        words.erase(words.begin());
    }
    d.set("args", nlohmann::json(words).dump());
    return d;
}

// "idle-timeout 30s" as settings.idle_timeout.seconds and its like.
data of_setting(setting const& s) {
    data d;
    d.set("text", s.value);
    if (auto const length = runtime::parse_duration(s.value)) {
        d.set("ms", std::to_string(length->count() / 1'000'000));
        d.set("seconds", nlohmann::json(static_cast<double>(length->count()) / 1e9).dump());
    }
    return d;
}

std::string rendered(std::string const& text, data const& d, std::string const& what) {
    mustache form(text);
    form.set_custom_escape([](std::string const& s) { return s; });
    if (!form.is_valid()) throw syntax_error(what, {}, {}, form.error_message(), {});
    return form.render(d);
}

template <class Rows, class Make>
data list_of(Rows const& rows, Make const& make) {
    data list{data::type::list};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto row = make(rows[i]);
        row.set("last", data(i + 1 == rows.size()));
        list << row;
    }
    return list;
}

}  // namespace

template_ground ground_of(scenario const& s, addresses const& at) {
    template_ground g;
    for (auto const& p : s.providers)
        g.models.push_back(
            {model_name(s, p), p.format, at.of.at(p.name), "sk-of-" + p.name, p.name});
    for (auto const& m : s.servers) {
        template_ground::server made{m.name, m.transport, {}, command_of(m, at)};
        if (m.transport != "stdio") made.at = at.of.at(m.name);
        g.servers.push_back(std::move(made));
    }
    if (at.canary) g.models.push_back({canary::model, "openai", *at.canary, "sk-of-the-canary"});
    g.settings = s.gateway.settings;
    g.gateway = at.gateway;
    g.key = gateway_key;
    return g;
}

std::string filled(std::string const& text, template_ground const& ground,
                   std::string const& what) {
    data d;
    d.set("models", list_of(ground.models, of_model));
    data providers;
    for (auto const& m : ground.models)
        if (!m.provider.empty()) providers.set(m.provider, of_model(m));
    d.set("provider", providers);
    d.set("servers", list_of(ground.servers, of_server));
    d.set("any_servers", data(!ground.servers.empty()));
    data settings;
    for (auto const& s : ground.settings) {
        auto name = s.name;
        std::replace(name.begin(), name.end(), '-', '_');
        settings.set(name, of_setting(s));
    }
    d.set("settings", settings);
    d.set("factor", std::to_string(ground.factor));
    d.set("host", ground.gateway.host);
    d.set("port", std::to_string(ground.gateway.port));
    d.set("key", ground.key);
    d.set("work", ground.work);
    d.set("dir", ground.dir);
    d.set("lockstep", ground.program);
    d.set("yaml", ground.yaml);
    return rendered(text, d, what);
}

std::string filled(std::string const& text, template_ground::model const& m,
                   std::string const& what) {
    return rendered(text, of_model(m), what);
}

}  // namespace scenario
