#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "mock_mcp/mock_mcp.hpp"
#include "runtime/simulation.hpp"
#include "scenarios/mcp_examination.hpp"
#include "scenarios/staged_network.hpp"

// The examination of our own mock, in virtual time: what it does wrong by its script is found.

namespace {

using namespace std::chrono_literals;
using mock_mcp::mcp_verb;

mock_mcp::mcp_step step(mcp_verb verb, double value = 0) {
    mock_mcp::mcp_step s;
    s.after = 300ms;
    s.verb = verb;
    s.value = value;
    s.total = 3;
    s.text = "x";
    return s;
}

// A server with one tool that takes its time.
mock_mcp::mcp_script server(std::vector<mock_mcp::mcp_step> steps) {
    mock_mcp::mcp_script s;
    s.name = "files";
    s.transport = "streamable-http";
    s.tools.push_back({"read", nullptr, std::move(steps), {}});
    return s;
}

mock_mcp::mcp_script good_server() {
    return server({step(mcp_verb::progress, 1), step(mcp_verb::progress, 2),
                   step(mcp_verb::progress, 3), step(mcp_verb::result)});
}

runtime::awaitable<void> play(scenario::mcp_examination& plan, scenario::mcp_http_examiner& e,
                              mock_mcp::mock_mcp& mock, bool& over) {
    co_await plan.examine(e);
    co_await e.stop();
    co_await mock.stop();
    over = true;
}

struct examined {
    scenario::mcp_examination         plan;
    std::vector<scenario::mcp_result> results;

    scenario::mcp_verdict of(std::string_view id) const {
        for (auto const& r : results)
            if (r.rule->id == id) return r.verdict;
        return scenario::mcp_verdict::unjudged;
    }
};

examined examine(mock_mcp::mcp_script script) {
    examined            found;
    runtime::simulation simulation;
    auto const          world = simulation.world();
    runtime::trace      trace(world.clock.now());
    mock_mcp::mock_mcp  mock(world, trace, std::move(script));
    auto                door = world.network.listen({"127.0.0.1", 0});
    auto const          at = door->local();
    mock.start(std::move(door));
    scenario::mcp_http_examiner e(world, at, "/mcp", {});
    found.plan.slow_tool = "read";
    found.plan.slow_arguments = nlohmann::json::object();
    bool over = false;
    boost::asio::co_spawn(world.executor, play(found.plan, e, mock, over),
                          [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
    simulation.run([&] { return over; });
    EXPECT_TRUE(over);
    found.results = scenario::judge_rules(e.kept());
    return found;
}

using enum scenario::mcp_verdict;

}  // namespace

TEST(McpExamination, OfAServerThatGoesByItsMessages) {
    auto const found = examine(good_server());
    EXPECT_EQ(found.plan.name, "files 1.0.0");
    EXPECT_EQ(found.plan.revisions, "2025-11-25");
    for (auto const* id :
         {"J01", "J04", "J05", "J06", "J08", "J09", "J10", "H05", "H06", "H10", "H11",
          "H12", "H20", "H24", "H26", "H28", "H29", "H31", "E12", "L02", "L06", "L10",
          "L11", "L12", "L13", "L17", "L23", "L26", "S01", "S02", "S03", "T04", "X01"})
        EXPECT_EQ(found.of(id), pass) << id << '\n' << scenario::mcp_report(found.results, true);
    EXPECT_EQ(found.of("N05"), untried);
    EXPECT_EQ(found.of("T01"), untried);
    EXPECT_EQ(found.of("S08"), warning);  // it hangs up on a head of 100 KB
    EXPECT_EQ(found.of("H32"), warning);  // a script may want two requests of one id
    EXPECT_EQ(found.of("S01"), pass);
}

TEST(McpExamination, FindsWhatAScriptDoesWrong) {
    auto const falls = examine(
        server({step(mcp_verb::progress, 2), step(mcp_verb::progress, 1), step(mcp_verb::result)}));
    EXPECT_EQ(falls.of("L12"), fail);
    auto const late = examine(
        server({step(mcp_verb::progress, 1), step(mcp_verb::result), step(mcp_verb::progress, 2)}));
    EXPECT_EQ(late.of("L13"), fail);
    EXPECT_EQ(late.of("H12"), warning);
    auto const twice = examine(
        server({step(mcp_verb::progress, 1), step(mcp_verb::result), step(mcp_verb::result)}));
    EXPECT_EQ(twice.of("J04"), fail);
    auto const silent = examine(server({step(mcp_verb::progress, 1), step(mcp_verb::end)}));
    EXPECT_EQ(silent.of("J04"), fail);
    auto open = good_server();
    open.strangers = true;
    EXPECT_EQ(examine(std::move(open)).of("S01"), fail);
}

TEST(McpExamination, OfTheModernEra) {
    auto script = good_server();
    script.revision.clear();
    script.modern = true;
    auto const found = examine(std::move(script));
    EXPECT_EQ(found.plan.revisions, "2026-07-28");
    for (auto const* id : {"N04", "N05", "N06", "N08"})
        EXPECT_EQ(found.of(id), pass) << id << '\n' << scenario::mcp_report(found.results, true);
    EXPECT_EQ(found.of("H20"), untried);
}

namespace {

runtime::awaitable<void> play_program(scenario::mcp_examination&      plan,
                                      scenario::mcp_program_examiner& e, bool& over) {
    co_await plan.examine(e);
    co_await e.stop();
    over = true;
}

// The same server as a program on standard streams.
examined examine_program(mock_mcp::mcp_script script) {
    examined            found;
    runtime::simulation simulation;
    auto const          inner = simulation.world();
    runtime::trace      trace(inner.clock.now());
    script.transport = "stdio";
    mock_mcp::mock_mcp       mock(inner, trace, std::move(script));
    scenario::staged_network network(inner);
    auto                     serve = [&mock](runtime::stream& stdio, mock_mcp::surroundings&) {
        return mock.run(stdio);
    };
    network.install("files", {serve, [] { return runtime::link_faults(); }, nullptr});
    runtime::world const           world{inner.executor, inner.clock, network, inner.entropy};
    scenario::mcp_program_examiner e(world, {{"files"}, {}});
    found.plan.slow_tool = "read";
    found.plan.slow_arguments = nlohmann::json::object();
    bool over = false;
    boost::asio::co_spawn(world.executor, play_program(found.plan, e, over),
                          [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
    simulation.run([&] { return over; });
    EXPECT_TRUE(over);
    bool stopped = false;
    boost::asio::co_spawn(world.executor, network.stop(),
                          [&](std::exception_ptr) { stopped = true; });
    simulation.run([&] { return stopped; });
    found.results = scenario::judge_rules(e.kept());
    return found;
}

}  // namespace

TEST(McpExamination, OfAProgram) {
    auto const found = examine_program(good_server());
    EXPECT_EQ(found.plan.revisions, "2025-11-25");
    for (auto const* id :
         {"J01", "J04", "J09", "L02", "L10", "L12", "L17", "L26", "T01", "T04", "T07", "X01"})
        EXPECT_EQ(found.of(id), pass) << id << '\n' << scenario::mcp_report(found.results, true);
    EXPECT_EQ(found.of("H20"), untried);
    EXPECT_EQ(found.of("N05"), untried);
}

TEST(McpExamination, OfAProgramOfBothEras) {
    auto script = good_server();
    script.modern = true;
    auto const found = examine_program(std::move(script));
    EXPECT_EQ(found.plan.revisions, "2025-11-25 2026-07-28");
    for (auto const* id : {"N04", "N05", "N06", "N08", "L10", "T01"})
        EXPECT_EQ(found.of(id), pass) << id << '\n' << scenario::mcp_report(found.results, true);
}
