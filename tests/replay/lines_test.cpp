#include "replay/lines.hpp"

#include <gtest/gtest.h>

#include "replay/rehearsal.hpp"
#include "scenarios/recording_text.hpp"
#include "scenarios/scenario.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;
using kind = replay::spoken_line::kind;

// Both sides end within a line, and the program has failed.
std::string const broken_off =
    R"({"lockstep":"recording","version":1,"over":"stdio","ignored":["/id"]}
{"at":1000,"to":"{\"id\":1}"}
{"at":5000,"from":"{}"}
{"at":6000,"to":"{\"half","cut":true}
{"at":6000,"to":null}
{"at":9000,"from":"and ha","cut":true}
{"at":9000,"from":null}
{"exit":3}
)";

struct played {
    int                      status = -1;
    std::string              heard;
    runtime::duration        length{};
    std::vector<std::string> trouble;
};

// A client that says something at once, and ends, or not.
played play_to(std::string const& file, std::string said, bool ends, double speed = 1) {
    auto const          recorded = scenario::parse_recording(file, "x.rec");
    runtime::simulation world;
    auto const          ends_of = world.world().network.pair();
    replay::line_player player(world.world(), recorded, {speed});
    played              out;
    auto                program = [&]() -> runtime::awaitable<void> {
        out.status = co_await player.play(*ends_of.second);
        ends_of.second->end();
    };
    auto client = [&]() -> runtime::awaitable<void> {
        co_await ends_of.first->write(said);
        if (ends) ends_of.first->end();
        for (;;) {
            auto const piece = co_await play::read(*ends_of.first);
            if (piece == "eof") break;
            out.heard += piece;
        }
    };
    auto story = [&]() -> runtime::awaitable<void> {
        runtime::task_group both(world.world().executor);
        both.spawn("program", program());
        both.spawn("client", client());
        co_await both.wait();
    };
    play::out(world, story());
    out.length = play::elapsed(world);
    out.trouble = player.trouble();
    return out;
}

TEST(Lines, WhatBreaksOffIsTheSameWhenItIsRecordedAgain) {
    auto const          original = scenario::parse_recording(broken_off, "x.rec");
    runtime::simulation world;
    replay::rehearsed   out;
    auto                story = [&]() -> runtime::awaitable<void> {
        out = co_await replay::rehearse(world.world(), original);
    };
    play::out(world, story());
    EXPECT_EQ(out.trouble, std::vector<std::string>());
    EXPECT_EQ(scenario::to_text(out.again), scenario::to_text(original));
}

TEST(Lines, TheProgramSpeaksAsLongAfterTheClientAsItDid) {
    auto const out = play_to(broken_off, "{\"id\":2}\n{\"half", true);
    EXPECT_EQ(out.trouble, std::vector<std::string>());
    EXPECT_EQ(out.heard, "{}\nand ha");
    EXPECT_EQ(out.status, 3);
    EXPECT_EQ(out.length, 7ms);  // 4 behind the first line, 3 behind the client's end
    EXPECT_EQ(play_to(broken_off, "{\"id\":2}\n{\"half", true, 10).length, 700us);
}

TEST(Lines, AClientThatSpeaksWhereItShouldEndIsObjectedTo) {
    auto const whole = broken_off.substr(0, broken_off.find("{\"at\":6000,\"to\":\"")) +
                       "{\"at\":6000,\"to\":null}\n{\"at\":9000,\"from\":null}\n{\"exit\":0}\n";
    EXPECT_EQ(play_to(whole, "{\"id\":1}\n", true).status, 0);
    auto const out = play_to(whole, "{\"id\":1}\nmore\n", false);
    EXPECT_EQ(out.status, 1);
    EXPECT_EQ(out.trouble, std::vector<std::string>{"line 4 of the recording: the client should "
                                                    "end here, and says more"});
}

TEST(Lines, ASecretIsNotKept) {
    auto const          file = R"({"lockstep":"recording","version":1,"over":"stdio"}
{"at":1000,"to":"{\"key\":\"sk-ant-REAL0123456789abcdef\"}"}
{"at":2000,"from":null}
)";
    auto const          original = scenario::parse_recording(file, "x.rec");
    runtime::simulation world;
    replay::rehearsed   out;
    auto                story = [&]() -> runtime::awaitable<void> {
        out = co_await replay::rehearse(world.world(), original);
    };
    play::out(world, story());
    EXPECT_EQ(scenario::to_text(out.again).find("REAL"), std::string::npos);
}

}  // namespace
