#include "scenarios/mcp_conversation.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/system/system_error.hpp>

#include "scenarios/exchange.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace scenario {

using json = nlohmann::json;

json read_carefully(std::string const& text) {
    wire::json_limits limits;
    limits.exact_integers = false;  // who passes a text on does not round
    try {
        return wire::parse_json(text, limits);
    } catch (boost::system::system_error const&) {
        return json(json::value_t::discarded);
    }
}

json const& mcp_exchange::event::said() const {
    if (!said_) said_ = data.empty() ? json() : read_carefully(data);
    return *said_;
}

json const& mcp_exchange::asked() const {
    if (!asked_) asked_ = body.empty() ? json() : wire::read_json(body);
    return *asked_;
}

std::string mcp_exchange::field(char const* name) const {
    auto const* found = runtime::find_field(request.fields, name);
    return found ? *found : std::string();
}

std::string mcp_exchange::header(char const* name) const {
    auto const* found = runtime::find_field(fields, name);
    return found ? *found : std::string();
}

bool mcp_exchange::is_request() const {
    return request.method == "POST" && ::scenario::is_request(asked());
}

bool mcp_exchange::streams() const {
    return boost::beast::iequals(header("content-type").substr(0, 17), "text/event-stream");
}

std::string mcp_exchange::place() const {
    auto text = where.empty() ? request.method : where + ' ' + request.method;
    if (auto const method = method_of(asked()); !method.empty()) text += ' ' + method;
    return probe.empty() ? text : text + " (" + probe + ')';
}

bool is_request(json const& m) { return m.is_object() && m.contains("method") && m.contains("id"); }

bool is_note(json const& m) { return m.is_object() && m.contains("method") && !m.contains("id"); }

bool is_response(json const& m) { return m.is_object() && !m.contains("method"); }

std::string method_of(json const& m) {
    auto const& method = member(m, "method");
    return method.is_string() ? method.get<std::string>() : std::string();
}

json token_given(json const& request) {
    return member(member(member(request, "params"), "_meta"), "progressToken");
}

json token_told(json const& note) { return member(member(note, "params"), "progressToken"); }

std::vector<mcp_exchange const*> exchanges_for(mcp_conversation const& c, std::string_view probe) {
    std::vector<mcp_exchange const*> found;
    for (auto const& x : c.exchanges)
        if (x.probe == probe) found.push_back(&x);
    return found;
}

mcp_exchange const* exchange_of(mcp_conversation const& c, mcp_message const& m) {
    for (auto const& x : c.exchanges)
        if (x.number == m.stream) return &x;
    return nullptr;
}

mcp_message const* sent_for(mcp_conversation const& c, std::string_view probe) {
    for (auto const& m : c.messages)
        if (!m.by_server && m.probe == probe) return &m;
    return nullptr;
}

mcp_message const* answer_to(mcp_conversation const& c, mcp_message const& asked) {
    for (auto const& m : c.messages)
        if (m.by_server != asked.by_server && m.scope == asked.scope && is_response(m.value) &&
            member(m.value, "id") == member(asked.value, "id"))
            return &m;
    return nullptr;
}

std::map<std::uint64_t, mcp_agreement> agreements(mcp_conversation const& c) {
    std::map<std::uint64_t, mcp_agreement> all;
    for (auto const& m : c.messages) {
        if (m.by_server || m.modern) continue;
        auto const method = method_of(m.value);
        if (method == "notifications/initialized" && all.contains(m.scope)) {
            auto& a = all[m.scope];
            if (a.ready == nullptr) a.ready = &m;
        }
        if (method != "initialize" || all.contains(m.scope)) continue;
        auto&       a = all[m.scope];
        auto const& params = member(m.value, "params");
        a.hello = &m;
        if (auto const& can = member(params, "capabilities"); can.is_object()) a.declared = can;
        auto const* said = answer_to(c, m);
        auto const  result = said ? member(said->value, "result") : json();
        if (!result.is_object()) continue;
        a.welcome = said;
        auto const& revision = member(result, "protocolVersion");
        if (revision.is_string()) a.revision = revision;
        if (auto const& can = member(result, "capabilities"); can.is_object()) a.offered = can;
    }
    return all;
}

}  // namespace scenario
