#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/link.hpp"
#include "scenarios/staged_network.hpp"
#include "tests/runtime/faulty.hpp"
#include "tests/runtime/mcp_play.hpp"

// MCP over the standard streams of a program. The program is a coroutine on a pair of streams;
// real children are in real_child_test.cpp.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using heard = std::vector<std::string>;
using runtime::error;
using runtime::error_code;

class McpOverStdio : public testing::Test {
protected:
    using program = std::function<awaitable<int>(runtime::stream&)>;

    // Starts the channel with this program behind it.
    void start(program p, std::vector<std::string> faults = {}) {
        auto const           inner = world.world();
        runtime::world const waist{inner.executor, inner.clock, network, inner.entropy};
        auto                 link = [faults] {
            runtime::link_faults all;
            for (auto const& f : faults) {
                all.outgoing.push_back(play::fault(f));
                all.incoming.push_back(play::fault(f));
            }
            return all;
        };
        auto play_it = [p = std::move(p)](runtime::stream& stdio, mock_mcp::surroundings&) {
            return p(stdio);
        };
        network.install("everything", {std::move(play_it), link, nullptr});
        runtime::mcp_endpoint at;
        at.transport = "stdio";
        at.program.arguments = {"everything"};
        runtime::mcp_channel_limits limits;
        limits.line_max = 4096;
        channel = runtime::find_mcp_transport("stdio")->open(waist, at, limits);
    }
    void TearDown() override {
        if (channel) play::out(world, channel->end());
        channel.reset();
        play::out(world, network.stop());
        EXPECT_EQ(world.left_over(), heard{});
    }

    // The next line that the program hears; "eof" at the end of its stdin.
    awaitable<std::string> line(runtime::stream& stdio) {
        for (;;) {
            if (auto const at = text.find('\n'); at != text.npos) {
                auto one = text.substr(0, at);
                text.erase(0, at + 1);
                lines.push_back(one);
                co_return one;
            }
            char       piece[256];
            auto const n = co_await stdio.read(boost::asio::buffer(piece));
            if (n == 0) co_return "eof";
            text.append(piece, n);
        }
    }
    // Two calls at once, sorted by the time at which they were answered.
    heard two_calls() {
        heard all;
        auto  one = [&](std::int64_t id) -> awaitable<void> {
            auto const answer = co_await play::call(*channel, play::tool_call(id, "echo"));
            all.push_back(runtime::to_text(play::elapsed(world)) + ' ' + std::to_string(id) + ' ' +
                           answer);
        };
        runtime::task_group both(world.world().executor);
        both.spawn("1", one(1));
        both.spawn("2", one(2));
        play::out(world, both.wait());
        std::sort(all.begin(), all.end());
        return all;
    }
    std::string at(std::string what) {
        return runtime::to_text(play::elapsed(world)) + ' ' + std::move(what);
    }

    runtime::simulation                   world;
    runtime::clock&                       clock = world.world().clock;
    scenario::staged_network              network{world.world()};
    std::unique_ptr<runtime::mcp_channel> channel;
    std::string                           text;
    heard                                 lines;
    error_code const                      late = boost::asio::error::no_buffer_space;
};

std::string answer(std::int64_t id, std::string const& text) {
    return play::text_answer(id, text) + '\n';
}

TEST_F(McpOverStdio, AnswersMayComeInAnyOrder) {
    auto reversed = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await line(stdio);
        co_await clock.sleep_for(5ms);
        co_await stdio.write(answer(2, "second"));
        co_await clock.sleep_for(4ms);
        co_await stdio.write(answer(1, "first"));
        co_await line(stdio);
        co_return 0;
    };
    start(reversed);
    EXPECT_EQ(two_calls(), (heard{"5ms 2 second", "9ms 1 first"}));
}

TEST_F(McpOverStdio, LinesMayBeCutAnywhere) {
    auto program = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await line(stdio);
        co_await stdio.write(answer(2, "second") + answer(1, "first"));
        co_await line(stdio);
        co_return 0;
    };
    start(program, {"slice 1"});
    EXPECT_EQ(two_calls(), (heard{"0ms 1 first", "0ms 2 second"}));
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(nlohmann::json::parse(lines[0])["id"], 1);
    EXPECT_EQ(nlohmann::json::parse(lines[1])["id"], 2);
}

TEST_F(McpOverStdio, JunkBetweenTheLinesIsPassedOver) {
    auto chatty = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await stdio.write("starting up...\n\n\r\n{\"half\": \n[]\n\xff\xfe\n");
        co_await line(stdio);
        co_await stdio.write("INFO call\n" + answer(99, "nobody's"));
        auto text_with_cr = play::text_answer(std::int64_t{1}, "hello") + "\r\n";
        co_await stdio.write(text_with_cr);
        co_await line(stdio);
        co_return 0;
    };
    start(chatty);
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(1, "echo")), "hello");
    };
    play::out(world, story());
}

TEST_F(McpOverStdio, PendingCallsFailWhenTheProgramExits) {
    auto dies = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await clock.sleep_for(5ms);
        co_return 3;
    };
    start(dies);
    auto const gone = play::named(error::server_gone);
    EXPECT_EQ(two_calls(), (heard{"5ms 1 " + gone, "5ms 2 " + gone}));
    EXPECT_FALSE(channel->alive());
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await play::call(*channel, play::tool_call(3, "echo"))), "5ms " + gone);
        EXPECT_EQ(co_await play::outcome_of(channel->notify(wire::mcp::initialized())), gone);
    };
    play::out(world, story());
}

TEST_F(McpOverStdio, AnAnswerBeforeTheExitCounts) {
    auto last_words = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await line(stdio);
        co_await stdio.write(answer(2, "just in time"));
        co_return 0;
    };
    start(last_words);
    EXPECT_EQ(two_calls(),
              (heard{"0ms 1 " + play::named(error::server_gone), "0ms 2 just in time"}));
}

TEST_F(McpOverStdio, ADroppedCallIsCancelledByANotificationAndItsAnswerForgotten) {
    auto slow = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await line(stdio);  // the cancel
        co_await line(stdio);  // the next call
        co_await stdio.write(answer(1, "too late") + answer(2, "hello"));
        co_await line(stdio);
        co_return 0;
    };
    start(slow);
    auto story = [&]() -> awaitable<void> {
        auto calling = channel->call(play::tool_call(1, "slow"), {});
        auto limited = runtime::within(clock, 50ms, late, std::move(calling));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        EXPECT_TRUE(channel->alive());
        EXPECT_EQ(at(co_await play::call(*channel, play::tool_call(2, "echo"))), "50ms hello");
    };
    play::out(world, story());
    ASSERT_EQ(lines.size(), 3u);
    auto const cancel = nlohmann::json::parse(lines[1]);
    EXPECT_EQ(cancel["method"], "notifications/cancelled");
    EXPECT_EQ(cancel["params"]["requestId"], 1);
    EXPECT_FALSE(cancel.contains("id"));
}

TEST_F(McpOverStdio, AnInitializeIsNeverCancelled) {
    auto silent = [&](runtime::stream& stdio) -> awaitable<int> {
        for (;;)
            if (co_await line(stdio) == "eof") co_return 0;
    };
    start(silent);
    auto story = [&]() -> awaitable<void> {
        auto limited = runtime::within(clock, 50ms, late, play::hello(*channel));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        co_await clock.sleep_for(1s);
    };
    play::out(world, story());
    EXPECT_EQ(lines.size(), 1u);
}

TEST_F(McpOverStdio, ProgressIsHeardByTheCallsThatAreRunning) {
    auto working = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        for (int i = 1; i <= 2; ++i) {
            co_await clock.sleep_for(10ms);
            wire::mcp::progress p;
            p.token = 7;
            p.value = i;
            auto said = wire::to_text(wire::mcp::progressed(p)) + '\n';
            co_await stdio.write(said);
        }
        co_await stdio.write(answer(7, "done"));
        co_await line(stdio);
        co_return 0;
    };
    start(working);
    heard all;
    auto  note = [&](wire::rpc_message const& m) {
        auto const& n = std::get<wire::rpc_notification>(m);
        all.push_back(at(n.method + ' ' + n.params["progress"].dump()));
    };
    auto story = [&]() -> awaitable<void> {
        all.push_back(at(co_await play::call(*channel, play::tool_call(7, "slow"), note)));
    };
    play::out(world, story());
    EXPECT_EQ(all, (heard{"10ms notifications/progress 1.0", "20ms notifications/progress 2.0",
                          "20ms done"}));
}

TEST_F(McpOverStdio, ALineWithoutEndEndsTheChannelAndSaysWhy) {
    auto endless = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        std::string const piece(1000, 'x');
        for (;;) co_await stdio.write(piece);
    };
    start(endless);
    auto const too_large = play::named(error::line_too_large);
    // Its output is read no more; for 50 ms it might have gone by itself.
    EXPECT_EQ(two_calls(), (heard{"50ms 1 " + too_large, "50ms 2 " + too_large}));
    EXPECT_FALSE(channel->alive());
}

// An answer whose line has exactly this many bytes.
std::string answer_of(std::int64_t id, std::size_t size) {
    return answer(id, std::string(size + 1 - answer(id, "").size(), 'x'));
}

TEST_F(McpOverStdio, ALineBeyondTheLimitFailsItsCallAloneAndTheNextOneIsRead) {
    auto const  too_large = play::named(error::line_too_large);
    std::size_t lost = 0;
    auto        flooding = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await line(stdio);
        // In pieces too, so that its end comes when its beginning is thrown away.
        auto const large = answer_of(1, 3 * 4096);
        co_await stdio.write(std::string_view(large).substr(0, 5000));
        co_await stdio.write(std::string_view(large).substr(5000));
        co_await stdio.write(std::string(5000, 'x') + "\n");  // nobody's
        co_await stdio.write(answer(2, "short"));
        ++lost;
        co_await line(stdio);
        co_return 0;
    };
    start(flooding);
    EXPECT_EQ(two_calls(), (heard{"0ms 1 " + too_large, "0ms 2 short"}));
    EXPECT_EQ(lost, 1u);
    EXPECT_TRUE(channel->alive());
}

TEST_F(McpOverStdio, ALineMayHaveAsManyBytesAsTheLimitAndNotOneMore) {
    auto exact = [&](runtime::stream& stdio) -> awaitable<int> {
        co_await line(stdio);
        co_await line(stdio);
        co_await stdio.write(answer_of(1, 4096));
        co_await stdio.write(answer_of(2, 4097));
        co_await line(stdio);
        co_return 0;
    };
    start(exact);
    auto const all = two_calls();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].substr(0, 10), "0ms 1 xxxx");
    EXPECT_EQ(all[1], "0ms 2 " + play::named(error::line_too_large));
}

TEST_F(McpOverStdio, AProgramThatDoesNotReadHoldsTheWriterOnlyForItsLimit) {
    auto deaf = [&](runtime::stream&) -> awaitable<int> {
        co_await clock.sleep_for(10h);
        co_return 0;
    };
    start(deaf);
    auto story = [&]() -> awaitable<void> {
        auto request = play::tool_call(1, "echo");
        request.params["arguments"]["much"] = std::string(100'000, 'x');
        EXPECT_EQ(at(co_await play::call(*channel, std::move(request))),
                  "30s " + play::named(error::server_gone));
        EXPECT_FALSE(channel->alive());
    };
    play::out(world, story());
}

TEST_F(McpOverStdio, TheEndOfStdinIsHowAProgramIsAskedToGo) {
    bool asked = false;
    auto polite = [&](runtime::stream& stdio) -> awaitable<int> {
        asked = co_await line(stdio) == "eof";
        co_await clock.sleep_for(500ms);
        co_return 0;
    };
    start(polite);
    play::out(world, channel->end());
    EXPECT_TRUE(asked);
    EXPECT_EQ(play::elapsed(world), 500ms);
}

TEST_F(McpOverStdio, AProgramThatStaysIsEnded) {
    auto stays = [&](runtime::stream&) -> awaitable<int> {
        co_await clock.sleep_for(10h);
        co_return 0;
    };
    start(stays);
    play::out(world, channel->end());
    EXPECT_EQ(play::elapsed(world), 2s);
}

TEST_F(McpOverStdio, ACommandThatDoesNotExistThrows) {
    runtime::mcp_endpoint at;
    at.transport = "stdio";
    at.program.arguments = {"nobody"};
    auto const           inner = world.world();
    runtime::world const waist{inner.executor, inner.clock, network, inner.entropy};
    EXPECT_THROW(runtime::find_mcp_transport("stdio")->open(waist, at, {}),
                 boost::system::system_error);
}

}  // namespace
