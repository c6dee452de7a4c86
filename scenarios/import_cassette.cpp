#include <yaml-cpp/yaml.h>

#include "scenarios/base64.hpp"
#include "scenarios/import.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

namespace {

std::string text_of(YAML::Node const& node) {
    if (!node || !node.IsScalar()) return {};
    if (node.Tag() == "tag:yaml.org,2002:binary" || node.Tag() == "!binary") {
        auto text = node.Scalar();
        std::erase_if(text, [](char c) { return c == '\n' || c == ' ' || c == '\r'; });
        return from_base64(text).value_or("");
    }
    return node.Scalar();
}

// A header's values are a list with most, one text with some.
runtime::http_fields fields_of(YAML::Node const& headers) {
    runtime::http_fields fields;
    if (!headers || !headers.IsMap()) return fields;
    for (auto const& entry : headers) {
        auto const name = text_of(entry.first);
        if (entry.second.IsSequence())
            for (auto const& value : entry.second) fields.emplace_back(name, text_of(value));
        else
            fields.emplace_back(name, text_of(entry.second));
    }
    return fields;
}

// vcrpy: {string: ...}; Ruby's VCR: {string: ...} or {base64_string: ...}; go-vcr: the text itself.
std::string body_of(YAML::Node const& body) {
    if (!body) return {};
    if (body.IsScalar()) return text_of(body);
    if (!body.IsMap()) return {};
    if (body["base64_string"]) return from_base64(text_of(body["base64_string"])).value_or("");
    return text_of(body["string"]);
}

std::string target_of(std::string const& url) {
    auto const scheme = url.find("://");
    auto const path = url.find('/', scheme == url.npos ? 0 : scheme + 3);
    return path == url.npos ? "/" : url.substr(path);
}

replay::exchange exchange_of(YAML::Node const& interaction) {
    replay::exchange x;
    auto const       asked = interaction["request"];
    auto const       came = interaction["response"];
    x.line = interaction.Mark().line + 1;
    x.asked.method = text_of(asked["method"]);
    for (char& c : x.asked.method)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    x.asked.target = target_of(text_of(asked["uri"] ? asked["uri"] : asked["url"]));
    x.asked.fields = fields_of(asked["headers"]);
    x.asked.body = body_of(asked["body"]);
    auto&      a = x.answered;
    auto const status = came["status"];
    if (came["code"]) {
        a.status = came["code"].as<unsigned>(200);
    } else if (status && status.IsMap()) {
        a.status = status["code"].as<unsigned>(200);
        a.reason = text_of(status["message"]);
    }
    if (a.status < 100) a.status = 200;
    if (a.reason.empty()) a.reason = runtime::reason_phrase(a.status);
    a.fields = fields_of(came["headers"]);
    runtime::duration took{};
    if (auto const duration = runtime::parse_duration(text_of(came["duration"]))) took = *duration;
    lay_body(a, body_of(came["body"]), took);
    return x;
}

}  // namespace

replay::recording import_cassette(std::string const& text, std::string const& path) {
    replay::recording r;
    YAML::Node        whole;
    try {
        whole = YAML::Load(text);
        auto const list =
            whole["interactions"] ? whole["interactions"] : whole["http_interactions"];
        if (!list || !list.IsSequence())
            throw syntax_error(path, {}, {}, "this is no VCR cassette",
                               "it has a list 'interactions' or 'http_interactions'");
        for (auto const& interaction : list) r.exchanges.push_back(exchange_of(interaction));
    } catch (YAML::Exception const& e) {
        throw syntax_error(path, {}, {}, "this YAML cannot be read: " + std::string(e.what()), {});
    }
    r.note =
        "imported from a VCR cassette: times are not known (all comes at once), nor the borders of "
        "transfer chunks (an event or a line each), nor how connections were closed";
    return r;
}

}  // namespace scenario
