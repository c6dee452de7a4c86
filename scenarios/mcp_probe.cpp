// What is wrong with a request of a client, so that the rules know what to expect.

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>

#include "proxy/config_url.hpp"
#include "scenarios/exchange.hpp"
#include "scenarios/mcp_view.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;

constexpr std::array legacy{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

bool is_known(std::string const& revision) {
    return revision == wire::mcp::modern_revision ||
           std::ranges::find(legacy, revision) != legacy.end();
}

bool accepts(std::string const& header, char const* type) {
    return boost::beast::iequals(header, "*/*") || header.find(type) != header.npos ||
           header.find("*/*") != header.npos;
}

bool sets(scenario const& s, char const* name) {
    return std::ranges::any_of(s.gateway.settings, [&](auto const& x) { return x.name == name; });
}

// Whether somebody on this machine is meant.
bool is_near(std::string host) {
    if (auto const scheme = host.find("://"); scheme != host.npos) host.erase(0, scheme + 3);
    bool const bracket = host.starts_with('[');
    auto const end = bracket ? host.find(']') : host.find(':');
    auto const bare = bracket ? host.substr(1, end - 1) : host.substr(0, end);
    return bare == "proxy" || bare == "localhost" || proxy::is_loopback(bare);
}

using faults = std::vector<std::string>;

void look_at_strangers(mcp_exchange const& x, scenario const& s, faults& all) {
    auto const origin = x.field("origin"), host = x.field("host");
    if (!origin.empty() && !is_near(origin) && !sets(s, "allowed-origins"))
        all.push_back("foreign Origin");
    if (!is_near(host) && !sets(s, "allowed-hosts")) all.push_back("foreign Host");
}

void look_at_body(mcp_exchange const& x, faults& all) {
    auto const& asked = x.asked();
    auto const  type = x.field("content-type");
    if (!boost::beast::iequals(type.substr(0, type.find(';')), "application/json"))
        return all.push_back("text/plain");
    if (asked.is_discarded() || x.body.empty()) return all.push_back("bad JSON");
    if (asked.is_array() && asked.empty()) return all.push_back("empty batch");
    if (asked.is_array()) {
        if (x.revision != "2025-03-26") all.push_back("batch");
        return;
    }
    bool const one =
        asked.is_object() && member(asked, "jsonrpc") == "2.0" &&
        (asked.contains("method") ? member(asked, "method").is_string()
                                  : asked.contains("result") != asked.contains("error"));
    bool const id_is_fine = !asked.is_object() || !asked.contains("id") ||
                            asked["id"].is_string() || asked["id"].is_number_integer();
    if (!one || !id_is_fine) all.push_back("not JSON-RPC");
}

void look_at_session(mcp_exchange const& x, mcp_known_sessions const& known, faults& all) {
    auto const id = x.field("mcp-session-id");
    bool const hello = method_of(x.asked()) == "initialize";
    if (known.ended.contains(id)) return all.push_back("ended session");
    if (id.empty() && !hello) return all.push_back("no session");
    if (!id.empty() && !known.open.contains(id)) return all.push_back("unknown session");
    if (id.empty()) return;
    if (hello) return all.push_back("second initialize");
    if (known.keys.at(id) != x.field("authorization")) all.push_back("another principal");
}

void look_at_legacy(mcp_exchange const& x, mcp_known_sessions const& known, faults& all) {
    auto const version = x.field("mcp-protocol-version");
    bool const hello = method_of(x.asked()) == "initialize";
    if (!version.empty() && !is_known(version) && !hello) all.push_back("version 1999-01-01");
    if (version.empty() && x.revision >= "2025-06-18" && !hello) all.push_back("no version");
    look_at_session(x, known, all);
}

void look_at_modern(mcp_exchange const& x, faults& all) {
    auto const& meta = member(member(x.asked(), "params"), "_meta");
    auto const& version = member(meta, wire::mcp::meta_version);
    auto const  method = method_of(x.asked());
    if (!version.is_string() || !member(meta, wire::mcp::meta_capabilities).is_object())
        return all.push_back("modern: no _meta");
    if (version != x.field("mcp-protocol-version") || method != x.field("mcp-method"))
        all.push_back("modern: headers differ");
    else if (version != wire::mcp::modern_revision)
        all.push_back("modern: unknown version");
    if (wire::mcp::is_removed(method)) all.push_back("modern: unknown method");
}

// What a good request is for.
std::string purpose_of(mcp_exchange const& x) {
    if (x.modern)
        return method_of(x.asked()) == wire::mcp::discover_method ? "modern: discover" : "";
    if (x.request.method == "GET") return x.field("last-event-id").empty() ? "listen" : "resume";
    if (x.request.method != "POST") return {};
    if (is_note(x.asked()) || is_response(x.asked())) return "note";
    auto const method = method_of(x.asked());
    if (method == "initialize") return "version";
    return method == "ping" ? "ping" : "";
}

}  // namespace

std::string probe_of(mcp_exchange const& x, mcp_known_sessions const& known, scenario const& s) {
    faults      all;
    auto const& verb = x.request.method;
    bool const  known_verb = verb == "POST" || verb == "GET" || verb == "DELETE";
    if (verb == "HEAD" || verb == "OPTIONS") return verb;
    if (!known_verb) all.push_back("PUT");
    look_at_strangers(x, s, all);
    auto const accept = x.field("accept");
    if (verb == "GET" && !accepts(accept, "text/event-stream")) all.push_back("Accept text/html");
    if (verb == "POST") {
        if (!accepts(accept, "text/event-stream") || !accepts(accept, "application/json"))
            all.push_back("Accept text/html");
        look_at_body(x, all);
    }
    if (x.modern && verb == "POST")
        look_at_modern(x, all);
    else if (x.modern)
        all.push_back("modern: other verb");
    else
        look_at_legacy(x, known, all);
    if (all.size() > 1) return "several";
    return all.empty() ? purpose_of(x) : all.front();
}

}  // namespace scenario
