#include <gtest/gtest.h>

#include <set>

#include "scenarios/mcp_examination.hpp"
#include "scenarios/mcp_rules.hpp"

// For each rule of MCP that is judged, a conversation that keeps it and one that does not.

namespace {

using json = nlohmann::json;
using namespace std::chrono_literals;
using conversation = scenario::mcp_conversation;

json of(char const* text) { return json::parse(text); }

// A conversation, written by hand.
class talk {
public:
    conversation c;

    talk& asks(json message, std::string probe = {}, bool modern = false) {
        return add(false, std::move(message), std::move(probe), modern);
    }
    talk& sends(int id, std::string const& method, std::string probe = {}, json params = nullptr,
                bool modern = false) {
        json message{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
        if (!params.is_null()) message["params"] = std::move(params);
        return asks(std::move(message), std::move(probe), modern);
    }
    talk& says(json message, std::string probe = {}, bool modern = false) {
        return add(true, std::move(message), std::move(probe), modern);
    }
    talk& result(int id, json result = json::object(), bool modern = false) {
        return says({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}, {}, modern);
    }
    talk& error(int id, int code) {
        return says(
            {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", "no"}}}});
    }
    talk& progress(json token, double value, std::string probe = {}) {
        return says(progress_of(std::move(token), value), std::move(probe));
    }
    // A call with a token, which is its id.
    talk& calls(int id, std::string probe = {}) {
        return sends(id, "tools/call", std::move(probe), call_params(id));
    }
    talk& later(runtime::duration by = 1s) {
        now_ += by;
        return *this;
    }
    talk& http(std::string probe, unsigned status, std::string answer = {}, bool stays = false) {
        auto& x = c.exchanges.emplace_back();
        x.number = c.exchanges.size();
        x.probe = std::move(probe);
        x.request.method = "POST";
        x.body = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
        x.revision = "2025-11-25";
        x.status = status;
        x.answer = std::move(answer);
        x.fields = {{"Content-Type", "application/json"}};
        x.over = !stays;
        x.left = stays;
        return *this;
    }
    // The exchange before as a stream of these events: id, data.
    talk& stream(std::vector<std::pair<std::string, std::string>> const& events) {
        auto& x = c.exchanges.back();
        x.fields = {{"Content-Type", "text/event-stream"}};
        x.answer.clear();
        for (auto const& [id, data] : events) x.events.push_back({id, "message", data});
        return *this;
    }
    talk& at(std::string revision) {
        c.exchanges.back().revision = std::move(revision);
        return *this;
    }
    talk& modern(std::string body = {}) {
        auto& x = c.exchanges.back();
        x.modern = true;
        if (!body.empty()) x.body = std::move(body);
        return *this;
    }
    talk& body(std::string text) {
        c.exchanges.back().body = std::move(text);
        return *this;
    }
    talk& field(std::string name, std::string value) {
        c.exchanges.back().fields.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    talk& session(std::string id) {
        c.sessions.push_back(std::move(id));
        return *this;
    }
    talk& offers(json what) {
        c.offered = std::move(what);
        return *this;
    }
    talk& noise(std::string line) {
        c.noise.push_back(std::move(line));
        return *this;
    }
    talk& ends(bool by_itself) {
        c.ended_by_itself = by_itself;
        return *this;
    }
    talk& type(std::string name) {
        c.exchanges.back().events.front().type = std::move(name);
        return *this;
    }

    static json call_params(int id) {
        json params{{"name", "slow"}};
        params["_meta"]["progressToken"] = id;
        return params;
    }
    static json progress_of(json token, double value) {
        json note{{"jsonrpc", "2.0"}, {"method", "notifications/progress"}};
        note["params"]["progressToken"] = std::move(token);
        note["params"]["progress"] = value;
        return note;
    }

private:
    talk& add(bool by_server, json message, std::string probe, bool modern) {
        scenario::mcp_message m;
        m.at = now_;
        m.by_server = by_server;
        m.modern = modern;
        m.probe = std::move(probe);
        m.value = std::move(message);
        c.messages.push_back(std::move(m));
        return *this;
    }

    runtime::time_point now_{};
};

struct sample {
    char const* id;
    talk        good;
    talk        bad;
    char const* says;  // of the breach
};

std::string const pong = R"({"jsonrpc":"2.0","id":1,"result":{}})";
std::string const call_40 = json({{"jsonrpc", "2.0"},
                                  {"id", 40},
                                  {"method", "tools/call"},
                                  {"params", talk::call_params(40)}})
                                .dump();
std::string const result_40 = R"({"jsonrpc":"2.0","id":40,"result":{}})";
std::string       note(int token, int value) { return talk::progress_of(token, value).dump(); }

talk version(std::string const& wanted, std::string const& chosen) {
    return talk()
        .sends(1, "initialize", "version", {{"protocolVersion", wanted}})
        .result(1, {{"protocolVersion", chosen}});
}

talk cut_and(std::vector<std::pair<std::string, std::string>> const& resumed, bool stays = false) {
    talk t;
    t.asks(of(call_40.c_str()), "cut off");
    t.http("slow", 200).body(call_40).stream({{"a", note(40, 1)}, {"b", note(40, 2)}});
    t.http("cut off", 200, {}, true).body(call_40).stream({{"c", note(40, 1)}});
    t.http("resume", 200, {}, stays).body({}).stream(resumed);
    for (auto const& [id, data] : resumed)
        if (auto const said = json::parse(data, nullptr, false); said.is_object())
            t.says(said, "resume");
    return t;
}

std::vector<sample> const& samples() {
    static std::vector<sample> const all{
#include "tests/scenarios/mcp_rules_samples.inc"
    };
    return all;
}

class McpRule : public testing::TestWithParam<std::size_t> {};

scenario::mcp_finding judged(sample const& s, talk const& t) {
    scenario::mcp_finding found;
    scenario::mcp_rule_of(s.id).judge(t.c, found);
    return found;
}

TEST_P(McpRule, HoldsAndIsBroken) {
    auto const& s = samples()[GetParam()];
    auto const  good = judged(s, s.good), bad = judged(s, s.bad);
    EXPECT_GT(good.held(), 0u) << s.id;
    for (auto const& b : good.breaches()) ADD_FAILURE() << s.id << ' ' << b.fact;
    ASSERT_FALSE(bad.breaches().empty()) << s.id;
    EXPECT_NE(bad.breaches().front().fact.find(s.says), std::string::npos)
        << s.id << ' ' << bad.breaches().front().fact;
    EXPECT_FALSE(judged(s, talk()).tried()) << s.id << " is judged where nothing has passed";
}

INSTANTIATE_TEST_SUITE_P(Samples, McpRule, testing::Range<std::size_t>(0, samples().size()),
                         [](auto const& info) {
                             return samples()[info.param].id + std::string("_") +
                                    std::to_string(info.param);
                         });

TEST(McpRules, EachThatIsJudgedHasASampleAndEachOtherAReason) {
    std::set<std::string> ids, sampled;
    for (auto const& s : samples()) sampled.insert(s.id);
    for (auto const& rule : scenario::mcp_rules()) {
        EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
        EXPECT_EQ(rule.judge == nullptr, rule.unjudged != nullptr) << rule.id;
        EXPECT_EQ(rule.judge != nullptr, sampled.contains(rule.id)) << rule.id;
    }
    EXPECT_GT(ids.size(), 130u);
}

TEST(McpRules, AReportTellsWhatIsBrokenAndJunitToo) {
    talk t;
    t.http("unknown session", 400).http("foreign Host", 200, pong);
    auto const results = scenario::judge_rules(t.c);
    auto const text = scenario::mcp_report(results, false);
    EXPECT_NE(text.find("FAIL     H20  MUST"), std::string::npos) << text;
    EXPECT_NE(text.find("warning  S02  practice"), std::string::npos) << text;
    EXPECT_NE(text.find("status 400 instead of 404"), std::string::npos) << text;
    auto const xml = scenario::mcp_junit(results, "<a server>");
    EXPECT_NE(xml.find("failures=\"1\""), std::string::npos) << xml;
    EXPECT_NE(xml.find("&lt;a server&gt;"), std::string::npos) << xml;
}

}  // namespace
