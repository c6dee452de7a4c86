#include <gtest/gtest.h>

#include <set>

#include "tests/scenarios/mcp_talk.hpp"

// What a gateway makes of one side on its other: for each such judge of a rule of MCP, a gateway
// that keeps it and one for each way to break it. And who is to blame where both sides break a
// rule.

namespace {

using json = nlohmann::json;
using namespace std::chrono_literals;

json of(char const* text) { return json::parse(text); }

talk front() { return talk().traced("client", "proxy"); }
talk back() { return talk().traced("proxy", "files"); }

json modern(json message) {
    auto& meta = message["params"]["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    meta["io.modelcontextprotocol/clientCapabilities"] = json::object();
    return message;
}

json with_meta(json message, std::string const& key) {
    message = modern(std::move(message));
    message["params"]["_meta"][key] = 1;
    return message;
}

// A call that both have seen, and its answers; null: none.
between called(json heard, json said, bool streams = false) {
    between b{front().posts(talk::call(1)), back().posts(talk::call(7)), false};
    if (streams) b.back.event("e1");
    if (!said.is_null()) streams ? b.back.tells(said) : b.back.replies(said);
    if (!heard.is_null()) b.front.replies(heard);
    return b;
}

json const one = talk::result_of(1, of(R"({"content":[1]})"));
json const seven = talk::result_of(7, of(R"({"content":[1]})"));

between answered(bool streams = false) { return called(one, seven, streams); }
between lost(bool streams = false) { return called(nullptr, seven, streams); }

between with_event(bool heard, std::string data, std::string type) {
    auto b = called(heard ? one : json(), nullptr);
    b.back.event({}, std::move(data), std::move(type)).tells(seven);
    return b;
}

// A program, which speaks over standard streams.
between program(json heard, json said, char const* noise = nullptr) {
    between b{front().posts(talk::call(1)), back().asks(talk::call(7)), false};
    if (noise) b.back.noise(noise);
    if (!said.is_null()) b.back.says(said);
    if (!heard.is_null()) b.front.replies(heard);
    return b;
}

between progressed(std::vector<double> const& heard, std::vector<double> const& said,
                   runtime::duration late = 0ns) {
    between b{front().posts(talk::call(1, "slow", "a")), back().posts(talk::call(7, "slow", 9)),
              false};
    b.front.later(late);
    for (auto const value : said) b.back.tells(talk::progress_of(9, value));
    for (auto const value : heard) b.front.tells(talk::progress_of("a", value));
    b.back.tells(seven);
    b.front.tells(one);
    return b;
}

// Two calls of one session, of which the second is answered first by the server.
between two_calls(bool serial) {
    between b{front().posts(talk::call(1, "slow")).posts(talk::call(2, "quick")),
              back().posts(talk::call(7, "slow")).posts(talk::call(8, "quick")), false};
    b.back.later().replies(talk::result_of(8)).later().replies(talk::result_of(7));
    b.front.later(serial ? 2s : 1s).replies(talk::result_of(2));
    b.front.later(serial ? 0s : 1s).replies(talk::result_of(1));
    if (serial) std::swap(b.front.c.messages[2], b.front.c.messages[3]);
    return b;
}

between strange_id(json answer) {
    return {front().posts(talk::request("", "ping")).replies(talk::result_of(std::move(answer))),
            back(), false};
}

between spelled(std::string const& heard) {
    auto b = answered();
    b.front.spelled(R"({"jsonrpc":"2.0","id":1,"result":)" + heard + "}");
    b.back.spelled(R"({"jsonrpc":"2.0","id":7,"result":{"x":1.0}})");
    return b;
}

between lost_sessions(int times) {
    between b{front().posts(talk::call(1)), back(), false};
    for (int i = 0; i < times; ++i) b.back.posts(talk::call(7 + i)).status(404);
    return b;
}

// The stream of a call has ended without its answer, and the client is told so much later.
between cut_upstream(runtime::duration later) {
    between b{front().posts(talk::call(1)), back().posts(talk::call(7)), false};
    b.back.tells(talk::notice("notifications/message"));
    b.front.later(later).replies(talk::error_of(1, -32000));
    return b;
}

between ids_of_events(std::string const& ours) {
    return {front().gets().event(ours), back().gets().event("7"), false};
}

between offering(json ours, json theirs, json declared = json::object(),
                 json clients = json::object()) {
    return {front().hello(std::move(ours), std::move(clients)),
            back().hello(std::move(theirs), std::move(declared)), false};
}

// A late answer to what was cancelled, and what the gateway does with the session then.
between late_answer(runtime::duration later, bool lets_go) {
    between b{front(), back().posts(talk::call(7)).posts(talk::cancel_of(7)), false};
    b.back.later(later).says(seven);
    if (lets_go) b.back.deletes();
    return b;
}

between given_up(bool aloud) {
    between b{front().posts(talk::call(1)), back().posts(talk::call(7)).stays_open(), false};
    b.front.later().replies(talk::error_of(1, -32001));
    if (aloud) b.back.posts(talk::cancel_of(7));
    return b;
}

between asked_back(json given, json passed) {
    auto const question = talk::request(3, "roots/list");
    between    b{front().gets().tells(question), back().gets().tells(question), false};
    if (!given.is_null()) b.front.posts(talk::result_of(3, given));
    if (!passed.is_null()) b.back.posts(talk::result_of(3, passed));
    return b;
}

// A server asks, and its client has ended its session.
between client_gone(bool told) {
    auto const question = talk::request(3, "roots/list");
    between    b{front().gets().tells(question).deletes(), back().gets().tells(question), false};
    if (told) b.back.posts(talk::error_of(3, -32000));
    return b;
}

// A client of the modern era closes; its server is told so much later, or never.
between closes(bool told) {
    between b{front().posts(modern(talk::call(1)), {}, true).leaves(), back().posts(talk::call(7)),
              false};
    b.back.stays_open();
    if (told) b.back.posts(talk::cancel_of(7));
    return b;
}

between meta_passed(std::string const& key) {
    return {front().posts(with_meta(talk::call(1), "lockstep/a"), {}, true),
            back().posts(with_meta(talk::call(7), key), {}, true), false};
}

between parameter_passed(bool passed) {
    between b{front().posts(modern(talk::call(1)), {}, true).sent("Mcp-Param-Area", "x"),
              back().posts(modern(talk::call(7)), {}, true), false};
    if (passed) b.back.sent("Mcp-Param-Area", "x");
    return b;
}

between token_heard(json token) {
    return {front()
                .posts(modern(talk::call(1, "slow", "a")), {}, true)
                .tells(talk::progress_of(token, 1)),
            back(), false};
}

between subscription_heard(json mark) {
    auto note = talk::notice("notifications/tools/list_changed");
    note["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] = std::move(mark);
    return {front().posts(modern(talk::request(5, "subscriptions/listen")), {}, true).tells(note),
            back(), false};
}

between died(runtime::duration later) {
    between b{front().posts(talk::call(1)), back().asks(talk::call(7)).closed(false), false};
    b.front.later(later).replies(talk::error_of(1, -32000));
    return b;
}

between token_at_server(std::string const& value) {
    return {front().posts(talk::call(1)).sent("Authorization", "Bearer secret-1"),
            back().posts(talk::call(7)).sent("Authorization", value), false};
}

between large(bool passes) {
    auto b = passes ? answered() : lost();
    for (auto& m : b.front.c.messages) m.size = 1 << 20;
    return b;
}

struct sample {
    char const* id;
    between     good;
    between     bad;
    char const* says;
};

std::vector<sample> const& samples() {
    static std::vector<sample> const all{
        {"J11", strange_id(""), strange_id(0), "is not that of its answer"},
        {"J12", spelled(R"({"x":1.0})"), spelled(R"({"x":1})"), "not what the server has written"},
        {"H07", answered(), lost(), "an answer in JSON is lost"},
        {"H07", answered(true), lost(true), "an answer on a stream is lost"},
        {"H22", lost_sessions(2), lost_sessions(3), "3 times it was told 404"},
        {"H31", two_calls(false), two_calls(true), "waits for an older one"},
        {"H33", progressed({1}, {1}), progressed({1}, {1}, 30ms), "30ms before"},
        {"E01", with_event(true, "{\n}", "message"), with_event(false, "{\n}", "message"),
         "in another spelling"},
        {"E03", with_event(true, "x", "ping"), with_event(false, "x", "ping"),
         "no message came before"},
        {"E03", answered(true), lost(true), "no message came before"},
        {"E11", cut_upstream(0s), cut_upstream(5s), "ended 5000ms before"},
        {"E18", ids_of_events("1-1"), ids_of_events("7"), "the id 7 is a server's"},
        {"L09", offering({{"tools", {}}}, {{"tools", {}}}),
         offering({{"tools", {}}}, {{"prompts", {}}}), "no server of it has tools"},
        {"L09", offering({}, {}, {{"roots", {}}}, {{"roots", {}}}),
         offering({}, {}, {{"roots", {}}}), "no client of it has roots"},
        {"L14", progressed({1, 2}, {1, 2}), progressed({1}, {1, 2}),
         "2 notes of progress were said, 1"},
        {"L14", progressed({1, 2}, {1, 2}), progressed({2, 1}, {1, 2}), "in another order"},
        {"L18", late_answer(1s, false), late_answer(1s, true), "session is ended"},
        {"L19", late_answer(1ms, false), late_answer(1ms, true), "session is ended"},
        {"L20", given_up(true), given_up(false), "who is not told that it is cancelled"},
        {"L30", asked_back({{"roots", 1}}, {{"roots", 1}}),
         asked_back({{"roots", 1}}, {{"roots", 2}}), "no client has answered roots/list so"},
        {"L31", client_gone(true), client_gone(false), "nobody is left to answer"},
        {"N12", closes(true), closes(false), "its server is not told"},
        {"N17", token_heard("a"), token_heard(9), "the token 9 is not"},
        {"N17", subscription_heard(5), subscription_heard("5"), "the subscription \"5\" is not"},
        {"N18", meta_passed("lockstep/a"), meta_passed("lockstep/b"), "_meta has lost lockstep/a"},
        {"N18", parameter_passed(true), parameter_passed(false), "without its Mcp-Param-Area"},
        {"T02", program(one, seven, "noise"), program(nullptr, seven, "noise"),
         "its answer is lost"},
        {"T04", large(true), large(false), "a long message is lost"},
        {"T08", died(0s), died(1s), "its program was gone long before"},
        {"T08", died(0s),
         [] {
             auto b = died(0s);
             b.front.c.messages.pop_back();
             return b;
         }(),
         "its program is gone, and it waits"},
        {"T09", program(one, seven), program(talk::result_of(1, {{"content", 2}}), seven),
         "not what the program has answered"},
        {"S06", token_at_server("Bearer secret-2"), token_at_server("Bearer secret-1"),
         "in Authorization"},
    };
    return all;
}

class McpGateway : public testing::TestWithParam<std::size_t> {};

scenario::mcp_finding judged(char const* id, between const& b) {
    scenario::mcp_finding found;
    auto const            view = b.view();
    scenario::mcp_rule_of(id).by.gateway(view, found);
    return found;
}

TEST_P(McpGateway, KeepsARuleOrBreaksIt) {
    auto const& s = samples()[GetParam()];
    auto const  good = judged(s.id, s.good), bad = judged(s.id, s.bad);
    EXPECT_GT(good.held(), 0u) << s.id;
    for (auto const& b : good.breaches()) ADD_FAILURE() << s.id << ' ' << b.fact;
    ASSERT_FALSE(bad.breaches().empty()) << s.id;
    bool told = false;
    for (auto const& b : bad.breaches()) told = told || b.fact.find(s.says) != std::string::npos;
    EXPECT_TRUE(told) << s.id << ' ' << bad.breaches().front().fact;
    EXPECT_FALSE(judged(s.id, {front(), back(), false}).tried()) << s.id;
}

INSTANTIATE_TEST_SUITE_P(Samples, McpGateway, testing::Range<std::size_t>(0, samples().size()),
                         [](auto const& info) {
                             return samples()[info.param].id + std::string("_") +
                                    std::to_string(info.param);
                         });

TEST(McpGateways, EachJudgeHasASample) {
    std::set<std::string> sampled;
    for (auto const& s : samples()) sampled.insert(s.id);
    for (auto const& rule : scenario::mcp_rules())
        EXPECT_EQ(rule.by.gateway != nullptr, sampled.contains(rule.id)) << rule.id;
}

scenario::mcp_finding blamed(char const* id, talk at_front, talk at_back) {
    auto const view = between{std::move(at_front), std::move(at_back), false}.view();
    return scenario::judge_gateway(scenario::mcp_rule_of(id), view);
}

talk falls(talk t) {
    return t.posts(talk::call(1, "slow", 40))
        .tells(talk::progress_of(40, 2))
        .tells(talk::progress_of(40, 1))
        .tells(talk::result_of(1));
}

TEST(McpGateways, WhatAServerBreaksIsNotTheGatewaysDoing) {
    EXPECT_FALSE(blamed("L12", falls(front()), back()).breaches().empty());
    EXPECT_TRUE(blamed("L12", falls(front()), falls(back())).breaches().empty());
    EXPECT_TRUE(blamed("L12", front(), falls(back())).breaches().empty());
}

TEST(McpGateways, WhatAClientBreaksIsNotTheGatewaysDoing) {
    auto const bad_cursor = [](talk t) {
        return t.posts(talk::request(1, "tools/list", {{"cursor", "x"}}));
    };
    EXPECT_FALSE(blamed("L22", front(), bad_cursor(back())).breaches().empty());
    EXPECT_TRUE(blamed("L22", bad_cursor(front()), bad_cursor(back())).breaches().empty());
}

TEST(McpGateways, WhatItHasToMendItselfIsItsDoingWhoeverBreaksIt) {
    auto const twice = [](talk t) {
        return t.posts(talk::call(1)).tells(talk::result_of(1)).tells(talk::result_of(1));
    };
    EXPECT_FALSE(blamed("J04", twice(front()), twice(back())).breaches().empty());
    EXPECT_TRUE(blamed("J04", front(), twice(back())).breaches().empty());
}

}  // namespace
