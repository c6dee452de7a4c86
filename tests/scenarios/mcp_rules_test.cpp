#include <gtest/gtest.h>

#include <set>

#include "tests/scenarios/mcp_talk.hpp"

// For each judge of a rule of MCP, a conversation that keeps the rule and one for each way to break
// it that the judge names.

namespace {

using json = nlohmann::json;
using namespace std::chrono_literals;

json of(char const* text) { return json::parse(text); }

enum class side { server, client };

struct sample {
    char const* id;
    talk        good;
    talk        bad;
    char const* says;  // of the breach
    side        whose = side::server;
};

std::string const pong = R"({"jsonrpc":"2.0","id":1,"result":{}})";
std::string       note(int token, int value) { return talk::progress_of(token, value).dump(); }

talk version(std::string const& wanted, std::string const& chosen) {
    return talk()
        .sends(1, "initialize", "version", {{"protocolVersion", wanted}})
        .result(1, {{"protocolVersion", chosen}});
}

// A call that is heard to its end, one that is cut off, and what comes when it is gone on with.
talk cut_and(std::vector<json> const& resumed, bool stays = false, std::string const& id = "c") {
    auto const call = talk::call(40, "slow", 40);
    talk       t;
    t.posts(call, "slow").tells(talk::progress_of(40, 1), "a").tells(talk::progress_of(40, 2), "b");
    t.posts(call, "cut off").tells(talk::progress_of(40, 1), "c").leaves();
    t.gets(id);
    if (stays) t.leaves();
    int number = 0;
    for (auto const& said : resumed) t.tells(said, "r" + std::to_string(++number));
    return t;
}

json tool(std::string const& name) { return {{"name", name}}; }

// A request of the modern era, as a client says it.
json modern(json message, json capabilities = json::object()) {
    auto& meta = message["params"]["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    meta["io.modelcontextprotocol/clientCapabilities"] = std::move(capabilities);
    return message;
}

talk listens(json filter = {{"toolsListChanged", true}}) {
    auto message = modern(talk::request(5, "subscriptions/listen"));
    message["params"]["notifications"] = std::move(filter);
    return talk().posts(message, {}, true);
}

json marked(std::string const& method, json id) {
    auto message = talk::notice(method);
    message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] = std::move(id);
    return message;
}

char const* const acknowledged = "notifications/subscriptions/acknowledged";
char const* const tools_changed = "notifications/tools/list_changed";

json task(std::string const& status) { return {{"taskId", "t"}, {"status", status}}; }

json wants(json questions, json state = nullptr) {
    json result{{"resultType", "input_required"}};
    if (!questions.is_null()) result["inputRequests"] = std::move(questions);
    if (!state.is_null()) result["requestState"] = std::move(state);
    return result;
}

json question(std::string const& method) { return {{"q", {{"method", method}}}}; }

// A retry of a modern call, behind what the server wanted.
talk retried(json given, json said) {
    auto again = modern(talk::call(2));
    if (!said.is_null()) again["params"]["requestState"] = std::move(said);
    again["params"]["inputResponses"] = json::object();
    return talk()
        .posts(modern(talk::call(1)), {}, true)
        .replies(talk::result_of(1, wants(question("roots/list"), std::move(given))))
        .posts(again, {}, true);
}

// A POST in a session of 2025-11-25.
talk in_session(std::string const& id = "s1") {
    return talk()
        .posts(talk::request(1, "initialize"))
        .field("Mcp-Session-Id", "s1")
        .posts(talk::request(2, "ping"))
        .sent("Mcp-Session-Id", id)
        .at("2025-11-25");
}

std::vector<sample> const& samples() {
    static std::vector<sample> const all{
#include "tests/scenarios/mcp_client_samples.inc"
#include "tests/scenarios/mcp_modern_samples.inc"
#include "tests/scenarios/mcp_server_samples.inc"
    };
    return all;
}

class McpRule : public testing::TestWithParam<std::size_t> {};

scenario::mcp_finding judged(sample const& s, talk const& t) {
    scenario::mcp_finding found;
    auto const&           by = scenario::mcp_rule_of(s.id).by;
    (s.whose == side::server ? by.server : by.client)(t.c, found);
    return found;
}

TEST_P(McpRule, HoldsAndIsBroken) {
    auto const& s = samples()[GetParam()];
    auto const  good = judged(s, s.good), bad = judged(s, s.bad);
    EXPECT_GT(good.held(), 0u) << s.id;
    for (auto const& b : good.breaches()) ADD_FAILURE() << s.id << ' ' << b.fact;
    ASSERT_FALSE(bad.breaches().empty()) << s.id;
    bool told = false;
    for (auto const& b : bad.breaches()) told = told || b.fact.find(s.says) != std::string::npos;
    EXPECT_TRUE(told) << s.id << ' ' << bad.breaches().front().fact;
    EXPECT_FALSE(judged(s, talk()).tried()) << s.id << " is judged where nothing has passed";
}

INSTANTIATE_TEST_SUITE_P(Samples, McpRule, testing::Range<std::size_t>(0, samples().size()),
                         [](auto const& info) {
                             return samples()[info.param].id + std::string("_") +
                                    std::to_string(info.param);
                         });

TEST(McpRules, EachJudgeHasASampleAndWhatIsNotJudgedAReason) {
    std::set<std::string>                  ids;
    std::set<std::pair<std::string, side>> sampled;
    for (auto const& s : samples()) sampled.emplace(s.id, s.whose);
    for (auto const& rule : scenario::mcp_rules()) {
        EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
        bool const judged = rule.by.server || rule.by.client || rule.by.gateway;
        EXPECT_TRUE(rule.is_examined() || rule.why_not_examined() != nullptr) << rule.id;
        EXPECT_TRUE(judged || rule.untraced != nullptr) << rule.id;
        EXPECT_EQ(rule.by.server != nullptr, sampled.contains({rule.id, side::server})) << rule.id;
        EXPECT_EQ(rule.by.client != nullptr, sampled.contains({rule.id, side::client})) << rule.id;
    }
    EXPECT_EQ(ids.size(), 142u);
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
