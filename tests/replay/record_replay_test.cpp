#include <gtest/gtest.h>

#include <filesystem>

#include "replay/rehearsal.hpp"
#include "replay/server.hpp"
#include "runtime/simulation.hpp"
#include "scenarios/recording_text.hpp"
#include "scenarios/scenario.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;

std::string const every_ending = std::string(REPLAY_TESTS) + "/every_ending.rec";

runtime::address const upstream{"upstream", 80};

template <class Resource>
void stop(runtime::simulation& world, Resource& what) {
    auto stopping = [](Resource& r) -> runtime::awaitable<void> { co_await r.stop(); };
    play::out(world, stopping(what));
}

// Replays a file, records that, and gives what was recorded.
replay::recording recorded_again(replay::recording const& original, runtime::simulation& world) {
    replay::rehearsed out;
    auto              story = [&]() -> runtime::awaitable<void> {
        out = co_await replay::rehearse(world.world(), original);
    };
    play::out(world, story());
    EXPECT_EQ(out.trouble, std::vector<std::string>());
    return out.again;
}

TEST(RecordReplay, RecordingAReplayGivesTheSameFile) {
    auto const text = scenario::read_text(every_ending);
    auto const original = scenario::parse_recording(text, every_ending);
    ASSERT_EQ(scenario::to_text(original), text);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        runtime::simulation_options options;
        options.seed = seed;
        if (seed > 0) options.order = runtime::ready_order::shuffled;
        runtime::simulation world(options);
        EXPECT_EQ(scenario::to_text(recorded_again(original, world)), text) << "seed " << seed;
    }
}

// What people and imports have written, too, and MCP servers over stdio.
TEST(RecordReplay, OurRecordingsAreTheSameWhenTheyAreRecordedAgain) {
    int count = 0;
    for (auto const& file : std::filesystem::directory_iterator(SCENARIO_RECORDINGS)) {
        if (file.path().extension() != ".rec") continue;
        auto const          original = scenario::read_recording_file(file.path());
        runtime::simulation world;
        EXPECT_EQ(scenario::to_text(recorded_again(original, world)), scenario::to_text(original))
            << file.path();
        ++count;
    }
    EXPECT_GT(count, 9);
}

TEST(RecordReplay, RefusesWhatWasNotRecordedAndSaysWhatDiffers) {
    auto const          original = scenario::read_recording_file(every_ending);
    runtime::simulation world;
    auto const          w = world.world();
    std::string         why;
    replay::server      server(w, original, {}, {},
                               [&](auto const&, auto const* played, std::string const& miss) {
                              EXPECT_EQ(played, nullptr);
                              why = miss;
                          });
    server.start(w.network.listen(upstream));
    auto x = original.exchanges.front();
    x.asked.body = R"({"stream":null})";
    std::string heard;
    play::out(world, replay::ask_again(w, upstream, x, w.clock.now(), &heard));
    EXPECT_TRUE(heard.starts_with("HTTP/1.1 404 ")) << heard;
    EXPECT_EQ(why,
              "the nearest is in line 2, POST /v1/chat/completions\n"
              "  body at /stream: recorded true, came null");
    EXPECT_EQ(server.missed(), 1u);
    EXPECT_EQ(server.matching().unused().size(), original.exchanges.size());
    stop(world, server);
}

// Nobody reads for 50 ms, so the first write is late: the last comes at its time all the same.
TEST(RecordReplay, ALateWriteMakesNoneOfTheOthersLate) {
    runtime::simulation world;
    auto const          w = world.world();
    auto const          ends = w.network.pair();
    replay::answer      a;
    a.status = 200;
    a.fields = {{"Transfer-Encoding", "chunked"}};
    a.pieces = {{10ms, std::string(200'000, 'x')}, {40ms, "late"}, {100ms, "in time"}};
    a.ended_at = 100ms;
    runtime::duration late{};
    auto              said = [&]() -> runtime::awaitable<void> {
        replay::pace const recorded;
        std::ignore = co_await replay::play(a, *ends.first, w.clock, w.clock.now(), recorded);
        ends.first->end();
    };
    auto heard = [&]() -> runtime::awaitable<void> {
        co_await w.clock.sleep_for(50ms);
        std::string all;
        for (;;) {
            char       bytes[64 * 1024];
            auto const n = co_await ends.second->read(boost::asio::buffer(bytes));
            if (n == 0) break;
            all.append(bytes, n);
            if (all.find("late") != all.npos && late == 0ms) late = play::elapsed(world);
        }
    };
    auto story = [&]() -> runtime::awaitable<void> {
        runtime::task_group both(w.executor);
        both.spawn("say", said());
        both.spawn("hear", heard());
        co_await both.wait();
    };
    play::out(world, story());
    EXPECT_EQ(late, 50ms);
    EXPECT_EQ(play::elapsed(world), 100ms);
}

TEST(RecordReplay, PlaysFasterAndAtOnce) {
    auto const original =
        scenario::read_recording_file(std::string(SCENARIO_RECORDINGS) + "/openai-text.rec");
    for (auto const& [speed, length] :
         std::map<double, runtime::duration>{{1, 391ms}, {10, 39'100us}, {0, 0ms}, {0.5, 782ms}}) {
        runtime::simulation world;
        auto const          w = world.world();
        replay::server      server(w, original, {}, {speed});
        server.start(w.network.listen(upstream));
        auto x = original.exchanges.front();
        x.asked = {"POST", "/any", {{"Host", "upstream"}}, ""};
        std::string heard;
        play::out(world, replay::ask_again(w, upstream, x, w.clock.now(), &heard));
        EXPECT_EQ(play::elapsed(world), length) << speed;
        EXPECT_TRUE(heard.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"));
        stop(world, server);
    }
}

TEST(RecordReplay, AClientThatWantsItsConnectionClosedGetsThat) {
    auto const original =
        scenario::read_recording_file(std::string(SCENARIO_RECORDINGS) + "/openai-text.rec");
    runtime::simulation world;
    auto const          w = world.world();
    replay::server      server(w, original, {}, {0});
    server.start(w.network.listen(upstream));
    std::string heard;
    auto        story = [&]() -> runtime::awaitable<void> {
        auto const stream = co_await w.network.connect(upstream);
        co_await stream->write("GET / HTTP/1.1\r\nHost: upstream\r\nConnection: close\r\n\r\n");
        while (heard != "eof") heard = co_await play::read(*stream);
    };
    play::out(world, story());
    EXPECT_EQ(play::elapsed(world), 0ms);
    stop(world, server);
}

TEST(Recorder, PutsNoSecretIntoTheFile) {
    std::vector<std::string> const secrets{
        "sk-ant-REAL0123456789abcdef", "AIzaSyREAL0123456789abcdefghijklmnopqrs",
        "AKIAREAL0123456789AB",        "ghp_REAL0123456789abcdefghijklmnopqrstu",
        "REAL.bearer.token",           "REAL-in-a-cookie",
        "REAL-in-a-set-cookie",        "REAL-by-name",
        "REAL-api-key-header",         "REAL-password"};
    replay::recording original;
    replay::exchange  x;
    x.asked.method = "POST";
    x.asked.target = "/v1/x?key=" + secrets[1] + "&alt=sse";
    x.asked.body = R"({"text":"my key is )" + secrets[0] + R"(","aws":")" + secrets[2] +
                   R"(","args":"{\"password\":\")" + secrets[9] + R"(\"}","team":")" + secrets[7] +
                   R"("})";
    x.asked.fields = {
        {"Host", "recorder:80"},       {"Authorization", "Bearer " + secrets[4]},
        {"Cookie", "a=" + secrets[5]}, {"X-Api-Key", secrets[8]},
        {"X-Team", secrets[7]},        {"Content-Length", std::to_string(x.asked.body.size())}};
    x.answered.status = 200;
    x.answered.fields = {{"Set-Cookie", "sid=" + secrets[6]}, {"Transfer-Encoding", "chunked"}};
    // One key lies across the border of two chunks.
    x.answered.pieces = {{1ms, "data: \\n" + secrets[3].substr(0, 9)},
                         {2ms, secrets[3].substr(9) + "\n\n"},
                         {3ms, "data: Bearer " + secrets[4] + "\n\n"}};
    x.answered.ended_at = 3ms;
    x.answered.trailers = {{"X-Team", secrets[7]}};
    original.exchanges.push_back(x);

    original.redacted = {"x-team", "team"};
    runtime::simulation world;
    auto const          again = recorded_again(original, world);
    auto const          text = scenario::to_text(again);
    for (auto const& s : secrets) EXPECT_EQ(text.find(s), text.npos) << s << "\n" << text;
    EXPECT_EQ(text.find("REAL"), text.npos) << text;
    EXPECT_NE(text.find("&alt=sse"), text.npos) << text;
    ASSERT_EQ(again.exchanges.size(), 1u);
    auto const& out = again.exchanges.front();
    EXPECT_EQ(out.asked.body.size(), x.asked.body.size());
    ASSERT_EQ(out.answered.pieces.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(out.answered.pieces[i].bytes.size(), x.answered.pieces[i].bytes.size());

    // With another secret in its place it is still the request that was recorded.
    auto other = x.asked;
    other.fields[1].second = "Bearer sk-another";
    EXPECT_EQ(replay::differences(out.asked, other, {{}, {"x-team", "team"}, {}}),
              std::vector<std::string>());
}

}  // namespace
