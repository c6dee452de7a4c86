#include "scenarios/timeout_table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "scenarios/mcp_client.hpp"

namespace scenario {

namespace {

constexpr std::string_view mark = "limit:";

using proxy::timeouts;

constexpr std::array limits{
    time_limit{"connect-timeout", &timeouts::connect, "until a provider or MCP server is there"},
    time_limit{"first-byte-timeout", &timeouts::first_byte, "until a provider's answer begins"},
    time_limit{"idle-timeout", &timeouts::idle, "between two events of a provider"},
    time_limit{"request-timeout", &timeouts::request, "for a whole exchange"},
    time_limit{"tool-call-timeout", &timeouts::tool_call, "for a call; begins anew with progress"},
    time_limit{"tool-listing-timeout", &timeouts::tool_listing, "for a server's list of tools"},
    time_limit{"client-write-timeout", &timeouts::client_write,
               "until a client takes what is written"},
    time_limit{"client-answer-timeout", &timeouts::client_answer,
               "until a client of MCP answers what a server asks it"},
    time_limit{"drain-timeout", &timeouts::drain, "for what was asked, when the gateway is to end"},
};

void add(std::string& all, std::string const& more, char const* between = ", ") {
    if (!all.empty() && !more.empty()) all += between;
    all += more;
}

bool has(client_step const& s, std::string const& option) {
    return std::find(s.options.begin(), s.options.end(), option) != s.options.end();
}

// How the client asks: by its first request.
void read_client(scenario const& s, timeout_case& made) {
    for (auto const& client : s.clients)
        for (auto const& step : client.steps) {
            if (step.verb == client_verb::ask) {
                made.endpoint = has(step, "over responses")  ? "responses"
                                : has(step, "over messages") ? "messages"
                                                             : "chat";
                made.form = has(step, "unstreamed") ? "unstreamed" : "streamed";
                return;
            }
            if (mcp_client::does(step.verb)) {
                made.endpoint = "/mcp";
                made.form = has(step, "modern") ? "2026-07-28" : "2025-11-25";
                return;
            }
        }
}

// What a line of `expect` says of what the gateway does when the limit has run out.
class ending_reader {
public:
    explicit ending_reader(scenario const& s) : scenario_(s) {}

    void read(timeout_case& made) {
        within_ = made.endpoint == "/mcp" ? "error" : "event";
        for (auto const& line : scenario_.expect)
            if (line.from == "proxy" && !line.what.empty()) read_line(line);
        made.told = told_.empty() ? "nothing" : told_;
        made.closes = closes_.empty() ? "nobody" : closes_;
    }

private:
    void read_line(arrow const& line) {
        auto const& verb = line.what.front().text;
        auto const  word = line.what.size() > 1 ? line.what[1].text : std::string();
        auto const  who = role_of(line.to);
        if (who == "client") {
            if (verb == "status") status_ = word;
            if (verb == "error") once(told_, (status_.empty() ? within_ : status_) + ' ' + word);
            if (verb == "cut") once(told_, "cut");
            if (verb == "cancel") once(told_, "cancel");
        }
        if (verb == "close") once(closes_, who);
        if (verb == "cut" && who == "client") once(closes_, "client");
        if (verb == "cancel" && who != "client") once(closes_, "call");
        if (verb == "answer" && word.size() > 0 && line.what.back().text == "error")
            once(closes_, "question");
    }

    static void once(std::string& all, std::string const& more) {
        if (all.find(more) == all.npos) add(all, more);
    }

    std::string role_of(std::string const& name) const {
        for (auto const& p : scenario_.providers)
            if (p.name == name) return "provider";
        for (auto const& m : scenario_.servers)
            if (m.name == name) return "server";
        return "client";
    }

    scenario const& scenario_;
    std::string     told_;
    std::string     closes_;
    std::string     status_;
    std::string     within_;  // what an error without a status is
};

// Splits until what is left is the product of its sets.
void add_lines(std::vector<timeout_case const*> const& cases, std::vector<timeout_line>& lines) {
    if (cases.empty()) return;
    timeout_line line;
    line.common = *cases.front();
    for (auto const* c : cases) {
        line.endpoints.insert(c->endpoint);
        line.forms.insert(c->form);
        line.formats.insert(c->format);
        line.transports.insert(c->transport);
    }
    using where = std::tuple<std::string, std::string, std::string, std::string>;
    std::set<where> places;
    for (auto const* c : cases) places.emplace(c->endpoint, c->form, c->format, c->transport);
    auto const all =
        line.endpoints.size() * line.forms.size() * line.formats.size() * line.transports.size();
    if (places.size() == all) {
        lines.push_back(std::move(line));
        return;
    }
    // By the first side on which they differ.
    auto const side = line.endpoints.size() > 1 ? &timeout_case::endpoint
                      : line.forms.size() > 1   ? &timeout_case::form
                      : line.formats.size() > 1 ? &timeout_case::format
                                                : &timeout_case::transport;
    // At /mcp there are no forms and no providers: nothing there goes together with the others.
    bool const mcp_apart = line.endpoints.size() > 1 && line.endpoints.contains("/mcp");
    std::map<std::string, std::vector<timeout_case const*>> parts;
    for (auto const* c : cases)
        parts[!mcp_apart ? c->*side : c->endpoint == "/mcp" ? "mcp" : ""].push_back(c);
    for (auto const& [value, part] : parts) add_lines(part, lines);
}

}  // namespace

std::span<time_limit const> time_limits() { return limits; }

std::vector<timeout_case> timeout_cases(scenario const& s) {
    std::vector<timeout_case> all;
    for (auto const& link : s.links) {
        if (!link.starts_with(mark)) continue;
        timeout_case made;
        made.id = s.id();
        made.limit = link.substr(mark.size());
        for (auto const& setting : s.gateway.settings)
            if (setting.name == made.limit) made.bound = setting.value;
        read_client(s, made);
        if (!s.providers.empty()) made.format = s.providers.front().format;
        if (!s.servers.empty()) {
            made.transport = s.servers.front().transport;
            if (made.endpoint == "/mcp")
                add(made.transport,
                    s.servers.front().revision.empty() ? "2026-07-28" : s.servers.front().revision,
                    " ");
        }
        ending_reader(s).read(made);
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<timeout_line> timeout_lines(std::vector<timeout_case> const& cases) {
    std::vector<timeout_line> lines;
    for (auto const& limit : limits) {
        std::map<std::tuple<std::string, std::string, std::string>,
                 std::vector<timeout_case const*>>
            outcomes;
        for (auto const& c : cases)
            if (c.limit == limit.setting) outcomes[{c.bound, c.told, c.closes}].push_back(&c);
        for (auto const& [outcome, alike] : outcomes) add_lines(alike, lines);
    }
    return lines;
}

}  // namespace scenario
