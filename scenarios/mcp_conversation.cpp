#include "scenarios/mcp_conversation.hpp"

#include <algorithm>
#include <map>

#include "scenarios/exchange.hpp"
#include "wire/json_members.hpp"

namespace scenario {

using json = nlohmann::json;

bool mcp_exchange::streams() const {
    auto const* type = runtime::find_field(fields, "content-type");
    return type != nullptr && type->starts_with("text/event-stream");
}

std::string mcp_exchange::place() const {
    auto const asked = wire::read_json(body);
    auto       text = request.method;
    if (member(asked, "method").is_string()) text += ' ' + asked["method"].get<std::string>();
    return probe.empty() ? text : text + " (" + probe + ')';
}

bool is_request(json const& m) { return m.is_object() && m.contains("method") && m.contains("id"); }

bool is_note(json const& m) { return m.is_object() && m.contains("method") && !m.contains("id"); }

bool is_response(json const& m) { return m.is_object() && !m.contains("method"); }

std::vector<mcp_exchange const*> exchanges_for(mcp_conversation const& c, std::string_view probe) {
    std::vector<mcp_exchange const*> found;
    for (auto const& x : c.exchanges)
        if (x.probe == probe) found.push_back(&x);
    return found;
}

mcp_message const* sent_for(mcp_conversation const& c, std::string_view probe) {
    for (auto const& m : c.messages)
        if (!m.by_server && m.probe == probe) return &m;
    return nullptr;
}

mcp_message const* answer_to(mcp_conversation const& c, mcp_message const& asked) {
    for (auto const& m : c.messages)
        if (m.by_server && m.scope == asked.scope && is_response(m.value) &&
            member(m.value, "id") == member(asked.value, "id"))
            return &m;
    return nullptr;
}

namespace {

// What a trace tells of the clients of MCP, sorted.
class trace_reader {
public:
    void read(runtime::event const& e) {
        if (e.to == "proxy") ask(e);
        if (e.from == "proxy") hear(e);
    }

    std::vector<mcp_conversation> take() {
        std::vector<mcp_conversation> all;
        for (auto& [name, c] : conversations_) all.push_back(std::move(c));
        return all;
    }

private:
    struct request {
        std::string   conversation;
        std::uint64_t scope = 0;
        bool          modern = false;
    };

    void ask(runtime::event const& e) {
        if (!member(e.detail, "path").is_string()) return;
        auto const said = member(e.detail, "message");
        auto const name = e.from + ' ' + e.detail.value("path", "");
        if (member(said, "method") == "initialize") ++scopes_[name];
        bool const modern = e.detail.value("era", "") == "modern";
        // Without sessions ids are unique among those of one name, which starts at the same number.
        requests_[e.exchange] = {name, scopes_[name], modern};
        if (said.is_object()) add(e, said, false, requests_[e.exchange]);
    }

    void hear(runtime::event const& e) {
        auto const found = requests_.find(e.exchange);
        if (found == requests_.end()) return;
        auto const said = member(e.detail, "message");
        if (said.is_object()) add(e, said, true, found->second);
    }

    void add(runtime::event const& e, json const& said, bool by_server, request const& r) {
        mcp_message m;
        m.at = e.at;
        m.by_server = by_server;
        m.modern = r.modern;
        m.scope = r.scope;
        m.stream = e.exchange;
        m.value = said;
        m.place = std::to_string(e.number);
        conversations_[r.conversation].messages.push_back(std::move(m));
    }

    std::map<std::string, mcp_conversation> conversations_;
    std::map<std::string, std::uint64_t>    scopes_;
    std::map<std::uint64_t, request>        requests_;
};

}  // namespace

std::vector<mcp_conversation> conversations_in(std::vector<runtime::event> const& events) {
    trace_reader reader;
    for (auto const& e : events) reader.read(e);
    return reader.take();
}

}  // namespace scenario
