#include "scenarios/mcp_view.hpp"

#include <algorithm>
#include <set>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_paths.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;

// Ids of the modern era are those of one exchange; no legacy session has such a number.
constexpr std::uint64_t modern_scopes = 1'000'000'000;

runtime::http_fields fields_in(json const& detail) {
    runtime::http_fields all;
    for (auto const& pair : member(detail, "fields"))
        if (pair.is_array() && pair.size() == 2) all.emplace_back(pair[0], pair[1]);
    return all;
}

std::string text_in(json const& detail) {
    auto const& text = member(detail, "text");
    return text.is_string() ? text.get<std::string>() : std::string();
}

class view_reader {
public:
    view_reader(scenario const& s, runtime::duration slack) : played_(s), slack_(slack) {}

    void read(runtime::event const& e) {
        if (e.verb == "request") return request(e);
        if (e.verb == "open" || e.verb == "line" || e.verb == "closed") return standard_streams(e);
        auto const found = exchanges_.find(e.exchange);
        if (found == exchanges_.end()) return;
        auto& [conversation, x] = found->second;
        if (e.verb == "head") head(*conversation, *x, e);
        if (e.verb == "event") event(*conversation, *x, e);
        if (e.verb == "comment") x->comments.push_back(e.at);
        if (e.verb == "body") body(*conversation, *x, e);
        if (e.verb == "end") end(*x, e);
    }

    mcp_view take() {
        mcp_view view;
        for (auto& [name, kept] : conversations_)
            (kept.c.server == "proxy" ? view.fronts : view.backs).push_back(std::move(kept.c));
        return view;
    }

private:
    struct kept {
        mcp_conversation                     c;
        mcp_known_sessions                   sessions;
        std::map<std::uint64_t, std::string> revisions;  // agreed upon, by scope
        std::uint64_t                        latest = 0;
        std::set<std::uint64_t>              begun;   // by initialize, over standard streams
        std::set<std::uint64_t>              modern;  // in which there was a request of that era
    };

    // HTTP+SSE is told to go on elsewhere: what is posted there belongs to the stream.
    struct told_elsewhere {
        std::string   conversation;
        std::uint64_t scope = 0;
    };

    void request(runtime::event const& e) {
        auto const   space = e.words.find(' ');
        mcp_exchange x;
        x.number = e.exchange;
        x.at = x.over_at = e.at;
        x.where = runtime::to_text(e.at.time_since_epoch()) + ' ' + e.from + " -> " + e.to;
        x.request.method = e.words.substr(0, space);
        x.request.target = space == e.words.npos ? std::string() : e.words.substr(space + 1);
        x.request.fields = fields_in(e.detail);
        x.body = text_in(e.detail);
        bool const front = e.to == "proxy";
        auto       name = front ? e.from + ' ' + std::string(path_in(x.request.target)) : e.to;
        auto const elsewhere = elsewhere_.find(e.from + ' ' + x.request.target);
        if (elsewhere != elsewhere_.end()) name = elsewhere->second.conversation;
        auto& k = conversations_[(front ? "front " : "back ") + name];
        if (e.quiet) {  // the stage is being struck
            if (x.request.method == "DELETE") k.c.farewells.push_back(x.field("mcp-session-id"));
            return;
        }
        k.c.client = e.from;
        k.c.server = e.to;
        k.c.slack = slack_;
        k.c.may_be_silent = front && is_set(played_, "keepalive-interval");
        x.modern = is_modern(x, front);
        x.scope = elsewhere != elsewhere_.end() ? elsewhere->second.scope : scope_of(k, x);
        x.revision = k.revisions[x.scope];
        bool const nowhere = front && elsewhere == elsewhere_.end();
        bool const posts = x.request.method == "POST";
        if (nowhere && posts && is_sse_post_path(path_in(x.request.target)))
            x.probe = "old unknown session";
        else if (nowhere && !is_of_old_transport(path_in(x.request.target)))
            x.probe = probe_of(x, k.sessions, played_);
        auto& stays = k.c.exchanges.emplace_back(std::move(x));
        exchanges_[e.exchange] = {&k, &stays};
        if (stays.asked().is_structured()) add(k.c, stays, false, e);
    }

    static bool is_of_old_transport(std::string_view path) {
        return is_sse_path(path) || is_sse_post_path(path);
    }

    static bool is_set(scenario const& s, char const* name) {
        return std::ranges::any_of(s.gateway.settings,
                                   [&](auto const& one) { return one.name == name; });
    }

    // What a gateway says in a session belongs to it, also if it passes a client's metadata on.
    static bool is_modern(mcp_exchange const& x, bool front) {
        if (x.request.method == "DELETE" && !x.field("mcp-session-id").empty()) return false;
        auto const version = x.field("mcp-protocol-version");
        bool const says_so = wire::mcp::has_modern_meta(member(x.asked(), "params"));
        if (says_so) return front || version.empty() || version >= wire::mcp::modern_revision;
        return version == wire::mcp::modern_revision && method_of(x.asked()) != "initialize";
    }

    static std::uint64_t scope_of(kept& k, mcp_exchange const& x) {
        if (x.modern) return modern_scopes + x.number;
        auto const id = x.field("mcp-session-id");
        bool const hello = method_of(x.asked()) == "initialize";
        if (id.empty() && !hello) return k.latest;
        if (id.empty()) return k.latest = x.number;
        for (auto const* known : {&k.sessions.open, &k.sessions.ended})
            if (auto const found = known->find(id); found != known->end()) return found->second;
        return x.number;  // of nobody
    }

    void head(kept& k, mcp_exchange& x, runtime::event const& e) {
        x.status = static_cast<unsigned>(std::strtoul(e.words.c_str(), nullptr, 10));
        x.fields = fields_in(e.detail);
        auto const asked = x.field("mcp-session-id");
        if (x.status == 401) x.probe = "unauthorized";
        if (x.request.method == "DELETE" && x.status / 100 == 2 && x.probe.empty()) {
            if (k.sessions.open.erase(asked) > 0) k.sessions.ended[asked] = x.scope;
        }
        auto const given = x.header("mcp-session-id");
        if (given.empty() || x.status != 200 || x.modern) return;
        if (method_of(x.asked()) != "initialize" || !asked.empty()) return;
        k.sessions.open[given] = x.scope;
        k.sessions.keys[given] = x.field("authorization");
        k.c.sessions.push_back(given);
    }

    void event(kept& k, mcp_exchange& x, runtime::event const& e) {
        auto const&         id = member(e.detail, "id");
        mcp_exchange::event heard;
        heard.id = id.is_string() ? id.get<std::string>() : std::string();
        heard.type = e.detail.value("type", "message");
        heard.data = text_in(e.detail);
        heard.at = e.at;
        heard.retry = e.detail.value("retry", -1L);
        x.strange = x.strange || e.detail.value("strange", false);
        x.events.push_back(heard);
        if (heard.type == "endpoint") {
            auto const& stream = x.request.target;
            auto const  name = k.c.server == "proxy"
                                   ? k.c.client + ' ' + std::string(path_in(stream))
                                   : k.c.server;
            x.scope = x.number;
            elsewhere_[k.c.client + ' ' + endpoint_target(stream, heard.data)] = {name, x.number};
        } else if (!heard.data.empty() && heard.type == "message") {
            add(k.c, x, true, e);
        }
    }

    void body(kept& k, mcp_exchange& x, runtime::event const& e) {
        x.answer = text_in(e.detail);
        // An HTTP error may have a body of its own: no message, unless it says that it is one.
        bool const is_message = x.status < 400 || wire::read_json(x.answer).contains("jsonrpc");
        if (!x.answer.empty() && is_message &&
            x.header("content-type").starts_with("application/json"))
            add(k.c, x, true, e);
    }

    static void end(mcp_exchange& x, runtime::event const& e) {
        if (e.quiet) return;  // whoever was left is not to blame
        x.over_at = e.at;
        x.left = e.words == "client";
        x.over = !x.left;
        x.midway = member(e.detail, "midway").is_boolean();
        if (e.words == "cut") x.trouble = "cut off";
    }

    void standard_streams(runtime::event const& e) {
        bool const by_client = e.from == "proxy";
        auto&      k = conversations_["back " + (by_client ? e.to : e.from)];
        k.c.client = "proxy";
        k.c.server = by_client ? e.to : e.from;
        k.c.slack = slack_;
        if (e.verb == "closed") {
            k.c.ended[e.exchange] = {e.at, by_client, e.quiet};
            return;
        }
        if (e.quiet || e.verb == "open") return;
        mcp_message m = message(e, !by_client);
        m.scope = e.exchange;
        if (!m.value.is_structured())
            return (by_client ? k.c.noise_by_client : k.c.noise).push_back(m.text.substr(0, 200));
        m.modern =
            wire::mcp::has_modern_meta(member(m.value, "params")) && !k.begun.contains(m.scope);
        if (m.modern) k.modern.insert(m.scope);
        if (is_note(m.value)) m.modern = k.modern.contains(m.scope) && !k.begun.contains(m.scope);
        if (is_response(m.value))
            if (auto const* asked = answered_by(k.c, m)) {
                m.modern = asked->modern;
                bool const begins = method_of(asked->value) == "initialize";
                if (begins && m.value.contains("result")) k.begun.insert(m.scope);
            }
        k.c.messages.push_back(std::move(m));
    }

    static mcp_message const* answered_by(mcp_conversation const& c, mcp_message const& answer) {
        for (auto const& m : c.messages)
            if (m.by_server != answer.by_server && m.scope == answer.scope && is_request(m.value) &&
                m.value["id"] == member(answer.value, "id"))
                return &m;
        return nullptr;
    }

    static mcp_message message(runtime::event const& e, bool by_server) {
        mcp_message m;
        m.at = e.at;
        m.by_server = by_server;
        m.text = text_in(e.detail);
        m.value = read_carefully(m.text);
        m.utf8 = !member(e.detail, "utf8").is_boolean();
        m.size = e.detail.value("size", std::size_t{0});
        auto what = method_of(m.value);
        if (what.empty() && m.value.is_object())
            what = m.value.contains("error") ? "an error" : "a result";
        m.place = runtime::to_text(e.at.time_since_epoch()) + ' ' + e.from + " -> " + e.to + ' ' +
                  (what.empty() ? "a message" : what);
        return m;
    }

    void add(mcp_conversation& c, mcp_exchange const& x, bool by_server, runtime::event const& e) {
        auto m = message(e, by_server);
        m.modern = x.modern;
        m.scope = x.scope;
        m.stream = x.number;
        m.probe = x.probe;
        if (by_server && is_response(m.value) && method_of(x.asked()) == "initialize") {
            auto const& agreed = member(member(m.value, "result"), "protocolVersion");
            for (auto& [name, kept] : conversations_)
                if (&kept.c == &c && agreed.is_string()) kept.revisions[x.scope] = agreed;
        }
        c.messages.push_back(std::move(m));
    }

    scenario const&                                          played_;
    runtime::duration                                        slack_;
    std::map<std::string, kept>                              conversations_;
    std::map<std::uint64_t, std::pair<kept*, mcp_exchange*>> exchanges_;
    std::map<std::string, told_elsewhere>                    elsewhere_;  // by who and where
};

}  // namespace

namespace {

// A name with its server's in front of it means the same.
bool same_name(json const& front, json const& back) {
    if (front == back) return true;
    if (!front.is_string() || !back.is_string()) return false;
    return front.get_ref<std::string const&>().ends_with('-' + back.get_ref<std::string const&>());
}

bool same_request(mcp_message const& front, mcp_message const& back) {
    auto const method = method_of(front.value);
    if (method != method_of(back.value) || back.at < front.at) return false;
    auto const &asked = member(front.value, "params"), &passed = member(back.value, "params");
    for (char const* key : {"arguments", "uri", "cursor", "argument", "level", "taskId"})
        if (member(asked, key) != member(passed, key)) return false;
    return same_name(member(asked, "name"), member(passed, "name"));
}

bool is_passed_on(mcp_message const& m) {
    static std::set<std::string> const own{"", "initialize", "ping", "server/discover",
                                           "subscriptions/listen"};
    return is_request(m.value) && !own.contains(method_of(m.value));
}

struct request_in {
    mcp_conversation const* c;
    mcp_message const*      m;
};

std::vector<request_in> requests_in(std::vector<mcp_conversation> const& all) {
    std::vector<request_in> found;
    for (auto const& c : all)
        for (auto const& m : c.messages)
            if (!m.by_server && is_passed_on(m)) found.push_back({&c, &m});
    return found;
}

}  // namespace

void pair_up(mcp_view& view) {
    auto const asked = requests_in(view.fronts), passed = requests_in(view.backs);
    for (auto const& front : asked) {
        std::vector<request_in> found;
        for (auto const& back : passed)
            if (same_request(*front.m, *back.m)) found.push_back(back);
        if (found.size() != 1) continue;
        auto const& back = found.front();
        auto const  askers = std::ranges::count_if(
            asked, [&](auto const& other) { return same_request(*other.m, *back.m); });
        if (askers != 1) continue;
        view.pairs.push_back({front.c, front.m, answer_to(*front.c, *front.m), back.c, back.m,
                              answer_to(*back.c, *back.m)});
    }
}

mcp_view mcp_view_of(std::vector<runtime::event> const& events, scenario const& s,
                     runtime::duration slack) {
    view_reader reader(s, slack);
    for (auto const& e : events) reader.read(e);
    auto view = reader.take();
    view.has_faults = !s.network.empty();
    for (auto const& client : s.clients)
        for (auto const& step : client.steps)
            view.has_pauses = view.has_pauses || step.verb == client_verb::pause ||
                              step.verb == client_verb::read;
    pair_up(view);
    return view;
}

}  // namespace scenario
