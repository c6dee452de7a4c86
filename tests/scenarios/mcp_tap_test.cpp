#include <gtest/gtest.h>

#include <memory>

#include "runtime/simulation.hpp"
#include "scenarios/judgement.hpp"
#include "scenarios/mcp_rules.hpp"
#include "scenarios/mcp_watch.hpp"
#include "scenarios/planted.hpp"
#include "scenarios/trace_file.hpp"

// What the tap tells of bytes, however they are cut; what it must not tell; and that a trace that
// was kept is judged by the rules of MCP as the run was.

namespace {

using json = nlohmann::json;

std::string const asked =
    "POST /mcp HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer sk-hidden\r\n"
    "Content-Type: application/json\r\nContent-Length: 40\r\n\r\n"
    R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

std::string chunk(std::string const& payload) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx", payload.size());
    return std::string(size) + "\r\n" + payload + "\r\n";
}

std::string const streamed =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
    chunk("id: 7\nretry: 250\ndata: \n\n") + chunk(": warm\n\ndata:{\"a\":\ndata: 1}\n\n") +
    chunk("event: ping\r\ndata: x\r\n\r\nid: 8\ndata: {}\n\n") + "0\r\n\r\n";

std::string text_of(std::vector<runtime::event> const& events) {
    std::string text;
    for (auto const& e : events)
        text += e.from + ' ' + e.verb + ' ' + e.words + ' ' +
                (e.detail.is_null() ? "" : e.detail.dump()) + '\n';
    return text;
}

class listening {
public:
    runtime::simulation world;
    runtime::trace      trace{world.world().clock.now()};
    scenario::mcp_tap   tap{world.world().clock, trace};

    std::string told() const { return text_of(trace.events()); }
};

template <class Feed>
void in_two(std::string const& bytes, std::size_t cut, Feed feed) {
    cut = std::min(cut, bytes.size());
    feed(std::string_view(bytes).substr(0, cut));
    feed(std::string_view(bytes).substr(cut));
}

std::string told_of(std::size_t cut, bool at_client) {
    listening l;
    auto      watch = scenario::watch_http(l.tap, "client", "proxy", at_client);
    auto      ask = [&](std::string_view b) { at_client ? watch->said(b) : watch->heard(b); };
    auto      answer = [&](std::string_view b) { at_client ? watch->heard(b) : watch->said(b); };
    in_two(asked, cut, ask);
    in_two(streamed, cut, answer);
    return l.told();
}

}  // namespace

TEST(McpTap, TellsHeadsEventsAndComments) {
    EXPECT_EQ(
        told_of(0, true),
        "client request POST /mcp {\"fields\":[[\"Host\",\"proxy\"],[\"Authorization\",\"Bearer "
        "secret-1\"],[\"Content-Type\",\"application/json\"],[\"Content-Length\",\"40\"]],"
        "\"text\":\"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"method\\\":\\\"ping\\\"}\"}\n"
        "proxy head 200 {\"fields\":[[\"Content-Type\",\"text/event-stream\"],"
        "[\"Transfer-Encoding\",\"chunked\"]]}\n"
        "proxy event  {\"id\":\"7\",\"retry\":250,\"text\":\"\",\"type\":\"message\"}\n"
        "proxy comment  \n"
        "proxy event  {\"id\":\"\",\"retry\":250,\"strange\":true,\"text\":\"{\\\"a\\\":\\n1}\","
        "\"type\":\"message\"}\n"
        "proxy event  "
        "{\"id\":\"\",\"retry\":250,\"strange\":true,\"text\":\"x\",\"type\":\"ping\"}\n"
        "proxy event  {\"id\":\"8\",\"retry\":250,\"text\":\"{}\",\"type\":\"message\"}\n"
        "proxy end server \n");
}

TEST(McpTap, TellsTheSameHoweverTheBytesAreCutAndAtEitherEnd) {
    auto const whole = told_of(0, true);
    for (std::size_t cut = 0; cut <= streamed.size(); ++cut) {
        EXPECT_EQ(told_of(cut, true), whole) << cut;
        EXPECT_EQ(told_of(cut, false), whole) << cut;
    }
}

TEST(McpTap, TellsWhoHasLeft) {
    listening l;
    auto      watch = scenario::watch_http(l.tap, "client", "proxy", true);
    watch->said(asked);
    watch->we_left();
    EXPECT_TRUE(l.told().ends_with("proxy end client \n")) << l.told();
    auto other = scenario::watch_http(l.tap, "proxy", "files", false);
    other->heard(asked);
    other->peer_left(false);
    EXPECT_TRUE(l.told().ends_with("files end cut \n")) << l.told();
}

TEST(McpTap, PassesOverWhatIsNotOfMcp) {
    listening l;
    auto      watch = scenario::watch_http(l.tap, "client", "proxy", true);
    watch->said("POST /v1/messages HTTP/1.1\r\nHost: proxy\r\nContent-Length: 0\r\n\r\n");
    watch->heard("HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(l.told(), "");
}

TEST(McpTap, TellsLinesOfStandardStreams) {
    listening l;
    auto      watch = scenario::watch_lines(l.tap, "proxy", "files");
    watch->heard("{\"a\":");
    watch->heard("1}\r\n{}\n");
    watch->said("noise\n");
    watch->peer_left(true);
    watch->we_left();
    EXPECT_EQ(
        l.told(),
        "proxy open  \nproxy line  {\"text\":\"{\\\"a\\\":1}\"}\nproxy line  {\"text\":\"{}\"}\n"
        "files line  {\"text\":\"noise\"}\nproxy closed client \n");
}

TEST(McpTap, ShortensWhatIsLongAndMarksWhatIsNoUtf8) {
    listening l;
    auto      watch = scenario::watch_lines(l.tap, "proxy", "files");
    auto      line = json{{"id", 1}, {"result", std::string(100'000, 'x')}}.dump();
    watch->said(line + "\n\"\xff\"\n");
    auto const& events = l.trace.events();
    EXPECT_EQ(events[1].detail["size"], line.size());
    EXPECT_EQ(events[1].detail["text"], R"({"id":1,"result":"a text of 100000 bytes"})");
    EXPECT_EQ(events[2].detail["utf8"], false);
}

namespace {

scenario::scenario from_library(std::string const& name) {
    return scenario::read_file(std::string(SCENARIO_LIBRARY) + "/" + name + ".scenario");
}

}  // namespace

// S10: the gateway's key is in each request of a client.
TEST(McpTap, TellsNoSecret) {
    auto const came = scenario::play(from_library("mcp_endpoint/call_a_tool"), {});
    auto const text = text_of(came.mcp);
    EXPECT_NE(text.find("secret-1"), text.npos);
    EXPECT_EQ(text.find("sk-lockstep"), text.npos);
    EXPECT_NE(text.find("tools/call"), text.npos);
}

TEST(McpTap, AKeptTraceIsJudgedByTheRulesAsTheRunWas) {
    for (auto const* fault : {"token-of-another-type", "answers-twice", "not-a-fault"}) {
        scenario::case_result c;
        c.id = "x";
        c.how.planted = scenario::find_planted_fault(fault);
        c.played = std::make_shared<scenario::scenario const>(
            from_library("mcp_endpoint/progress_before_the_result"));
        c.came = scenario::play(*c.played, c.how);
        auto const told = [](scenario::outcome const& came) {
            std::string all;
            for (auto const& o : came.objections) all += o.check + o.problem + o.detail + '\n';
            return all;
        };
        auto const was = told(c.came);
        EXPECT_EQ(was.find("mcp-rules") != was.npos, c.how.planted != nullptr) << fault << was;
        c.how.planted = nullptr;
        scenario::run_result run;
        run.cases.push_back(c);
        auto kept = scenario::read_trace(scenario::trace_text(run), "kept");
        ASSERT_EQ(kept.size(), 1u);
        scenario::pass_judgement(*kept[0].what.played, kept[0].what.came, {});
        EXPECT_EQ(told(kept[0].what.came), was) << fault;
    }
}
