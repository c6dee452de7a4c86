#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>
#include <filesystem>
#include <fstream>

#include "replay/rehearsal.hpp"
#include "runtime/real.hpp"
#include "runtime/real_environment.hpp"
#include "runtime/task_group.hpp"
#include "scenarios/recording_text.hpp"
#include "scenarios/scenario.hpp"
#include "tests/runtime/real_play.hpp"
#include "tests/runtime/tls_server.hpp"

// `lockstep record` and `lockstep replay`, the programs themselves, on real sockets and pipes.

namespace {

using boost::asio::awaitable;

std::string const every_ending = std::string(REPLAY_TESTS) + "/every_ending.rec";
std::string const two_turns = std::string(REPLAY_TESTS) + "/two_turns.rec";
std::string const files = std::string(SCENARIO_RECORDINGS) + "/files-stdio.rec";

class Programs : public testing::Test {
protected:
    ~Programs() override { std::filesystem::remove(out_); }

    std::unique_ptr<runtime::child> started(std::vector<std::string> words) {
        words.insert(words.begin(), LOCKSTEP_PROGRAM);
        return world_.world().network.spawn({words, runtime::own_environment()});
    }

    // The port behind the last colon of its first line.
    static awaitable<runtime::address> door_of(runtime::child& program) {
        auto const said = co_await play::read(program.io());
        auto const at = said.rfind(':');
        if (at == said.npos) throw std::runtime_error(said + program.last_words());
        runtime::address const door{"127.0.0.1",
                                    static_cast<std::uint16_t>(std::stoi(said.substr(at + 1)))};
        co_return door;
    }

    // Its status, what it says on standard output read away.
    static awaitable<int> status_of(runtime::child& program) {
        said_.clear();
        for (;;) {
            auto const piece = co_await play::read(program.io());
            if (piece == "eof") break;
            said_ += piece;
        }
        auto const status = co_await program.exited();
        co_return status;
    }

    int run(std::vector<std::string> words) {
        int  status = -1;
        auto story = [&]() -> awaitable<void> {
            auto const program = started(std::move(words));
            program->io().end();
            status = co_await status_of(*program);
            complaint_ = program->last_words();
        };
        tell(story());
        return status;
    }

    // A recording is served; these of its requests are asked, and the program is told to end.
    int replayed(std::string const& file, std::vector<replay::exchange> const& asked) {
        int  status = -1;
        auto story = [&]() -> awaitable<void> {
            auto const program = started({"replay", file, "--listen", "0", "--pace", "fast"});
            auto const door = co_await door_of(*program);
            for (auto const& x : asked)
                co_await replay::ask_again(world_.world(), door, x, world_.world().clock.now(),
                                           &heard_);
            program->terminate();
            status = co_await status_of(*program);
            complaint_ = program->last_words();
        };
        tell(story());
        return status;
    }

    void tell(awaitable<void> story) {
        play::to_the_end(world_, std::move(story));
        world_.run();
    }

    runtime::real_world world_{false};
    std::string         out_ = testing::TempDir() + "lockstep." +
                       testing::UnitTest::GetInstance()->current_test_info()->name() + ".rec";
    std::string               heard_;
    std::string               complaint_;
    inline static std::string said_;
};

// One request on each connection, answered in two chunks.
awaitable<void> answer_securely(runtime::listener& door, SSL_CTX* context) {
    auto             accepted = co_await door.accept();
    play::tls_server server(std::move(accepted), context);
    bool const       secure = co_await server.handshake();
    if (!secure) co_return;
    auto const asked = co_await server.read();
    EXPECT_TRUE(asked.starts_with("POST /v1/chat HTTP/1.1\r\nHost: localhost:")) << asked;
    co_await server.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "9\r\ndata: 1\n\n\r\n");
    co_await server.write("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
    auto const end = co_await server.read();
    EXPECT_TRUE(end == "eof" || end == "cut") << end;
}

replay::exchange request_of(std::string body) {
    replay::exchange x;
    x.asked = {"POST",
               "/v1/chat",
               {{"Host", "recorder"}, {"Content-Length", std::to_string(body.size())}},
               body};
    return x;
}

// What each side said, in its order; how the two lie between each other is a matter of time.
std::map<replay::spoken_line::kind, std::vector<std::string>> texts_of(replay::recording const& r) {
    std::map<replay::spoken_line::kind, std::vector<std::string>> texts;
    for (auto const& line : r.lines) texts[line.what].push_back(line.text);
    return texts;
}

TEST_F(Programs, RecordsATlsServerWhoseAuthorityItIsTold) {
    play::authority const authority;
    auto const            context = authority.server("DNS:localhost");
    auto                  story = [&]() -> awaitable<void> {
        auto       door = world_.world().network.listen({"127.0.0.1", 0});
        auto const upstream = "https://localhost:" + std::to_string(door->local().port);
        auto const recorder =
            started({"record", "--upstream", upstream, "--listen", "0", "--out", out_,
                     "--authority", authority.file(), "--source", "a test", "--note", "by hand",
                     "--redact", "team", "--ignore", "/x/y"});
        auto const          near = co_await door_of(*recorder);
        runtime::task_group beside(world_.world().executor);
        beside.spawn("server", answer_securely(*door, context.get()));
        auto const x = request_of(R"({"team":"blue"})");
        co_await replay::ask_again(world_.world(), near, x, world_.world().clock.now(), &heard_);
        recorder->terminate();
        EXPECT_EQ(co_await status_of(*recorder), 0) << recorder->last_words();
        co_await beside.wait();
    };
    tell(story());
    EXPECT_TRUE(heard_.ends_with("9\r\ndata: 1\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"))
        << heard_;
    auto const r = scenario::read_recording_file(out_);
    EXPECT_EQ(r.source, "a test");
    EXPECT_EQ(r.note, "by hand");
    EXPECT_EQ(r.redacted, std::vector<std::string>{"team"});
    EXPECT_EQ(r.ignored, std::vector<std::string>{"/x/y"});
    ASSERT_EQ(r.exchanges.size(), 1u);
    EXPECT_EQ(r.exchanges[0].asked.body.find("blue"), std::string::npos);
    ASSERT_EQ(r.exchanges[0].answered.pieces.size(), 2u);
    EXPECT_EQ(r.exchanges[0].answered.pieces[1].bytes, "data: [DONE]\n\n");
    EXPECT_EQ(replay::to_text(r.exchanges[0].answered.how), std::string("complete"));
}

TEST_F(Programs, RecordsNoTlsServerOfAnUnknownAuthority) {
    play::authority const authority;
    auto const            context = authority.server("DNS:localhost");
    auto                  story = [&]() -> awaitable<void> {
        auto       door = world_.world().network.listen({"127.0.0.1", 0});
        auto const upstream = "https://localhost:" + std::to_string(door->local().port);
        auto const recorder =
            started({"record", "--upstream", upstream, "--listen", "0", "--out", out_});
        auto const          near = co_await door_of(*recorder);
        runtime::task_group beside(world_.world().executor);
        beside.spawn("server", answer_securely(*door, context.get()));
        auto const x = request_of("{}");
        co_await replay::ask_again(world_.world(), near, x, world_.world().clock.now(), &heard_);
        recorder->terminate();
        EXPECT_EQ(co_await status_of(*recorder), 0);
        complaint_ = recorder->last_words();
        co_await beside.wait();
    };
    tell(story());
    EXPECT_NE(complaint_.find("the certificate is not accepted: unable to get local issuer"),
              std::string::npos)
        << complaint_;
    EXPECT_EQ(heard_.find("data: 1"), std::string::npos);
    EXPECT_EQ(scenario::read_recording_file(out_).exchanges.size(), 0u);
}

TEST_F(Programs, RecordSaysWhatIsWrongWithItsOptions) {
    EXPECT_EQ(run({"record", "--upstream", "http://localhost:1", "--out", out_, "--ignore", "x"}),
              2);
    EXPECT_EQ(complaint_, "--ignore: 'x' is no JSON pointer; one is /params/clientInfo\n");
    EXPECT_EQ(run({"record", "--upstream", "https://localhost:1", "--out", out_, "--authority",
                   every_ending}),
              2);
    EXPECT_TRUE(complaint_.starts_with("--authority " + every_ending + ": no certificates in PEM"))
        << complaint_;
    EXPECT_EQ(run({"record", "--out", out_}), 2);
    EXPECT_EQ(complaint_, "whom to record is missing: --upstream URL, or --stdio -- COMMAND\n");
    EXPECT_EQ(run({"replay", every_ending, "--pace", "x0"}), 2);
    EXPECT_EQ(complaint_, "--pace x0: recorded, fast, or for instance x10\n");
}

TEST_F(Programs, AReplayOfWhichAllWasAskedIsGood) {
    auto const r = scenario::read_recording_file(two_turns);
    EXPECT_EQ(replayed(two_turns, r.exchanges), 0) << complaint_;
    EXPECT_EQ(said_, "2 played, 0 not asked for, 0 requests that were not recorded\n");
}

TEST_F(Programs, AReplayOfWhichNotAllWasAskedFails) {
    auto const r = scenario::read_recording_file(two_turns);
    EXPECT_EQ(replayed(two_turns, {r.exchanges[0]}), 1);
    EXPECT_EQ(said_, "1 played, 1 not asked for, 0 requests that were not recorded\n");
    EXPECT_NE(complaint_.find(two_turns + ":" + std::to_string(r.exchanges[1].line) +
                              ": nobody asked for this: "),
              std::string::npos)
        << complaint_;
}

TEST_F(Programs, AReplayThatIsAskedSomethingElseFails) {
    auto const r = scenario::read_recording_file(two_turns);
    auto       asked = r.exchanges;
    asked.push_back(request_of("{}"));
    EXPECT_EQ(replayed(two_turns, asked), 1);
    EXPECT_EQ(said_, "2 played, 0 not asked for, 1 requests that were not recorded\n");
    EXPECT_NE(complaint_.find("POST /v1/chat: not recorded; "), std::string::npos) << complaint_;
}

TEST_F(Programs, ARehearsalKeepsWhatItRecorded) {
    EXPECT_EQ(run({"replay", every_ending, "--virtual", "--out", out_}), 0) << complaint_;
    EXPECT_EQ(scenario::read_text(out_), scenario::read_text(every_ending));
    EXPECT_TRUE(said_.ends_with("recorded again it is the same\n")) << said_;
}

// Its answer is whole with its last byte, and the file says that it took longer.
TEST_F(Programs, ARehearsalSaysWhatDiffers) {
    std::ofstream(out_) << R"({"lockstep":"recording","version":1,"over":"http"}
{"at":0,"request":"GET /","headers":[["Host","here"]]}
{"at":0,"status":200,"headers":[["Content-Length","2"]]}
{"at":0,"chunk":"hi"}
{"at":70000,"end":"complete"}
)";
    EXPECT_EQ(run({"replay", out_, "--virtual"}), 1);
    EXPECT_TRUE(said_.ends_with("recorded again it is another\n")) << said_;
    EXPECT_EQ(complaint_, out_ +
                              ": recorded: {\"at\":70000,\"end\":\"complete\"}\n"
                              "  again:    {\"at\":0,\"end\":\"complete\"}\n");
}

// A program on standard streams is recorded: it is a replay, so what comes is known.
TEST_F(Programs, RecordsAProgramOnStandardStreams) {
    auto const original = scenario::read_recording_file(files);
    int        status = -1;
    auto       story = [&]() -> awaitable<void> {
        auto const recorder =
            started({"record", "--stdio", "--out", out_, "--ignore", "/params/clientInfo", "--",
                     LOCKSTEP_PROGRAM, "replay", files, "--pace", "fast"});
        for (auto const& line : original.lines) {
            if (line.what != replay::spoken_line::kind::to_program) continue;
            EXPECT_EQ(co_await play::write(recorder->io(), line.text + "\n"), "ok");
        }
        recorder->io().end();
        status = co_await status_of(*recorder);
        complaint_ = recorder->last_words();
    };
    tell(story());
    EXPECT_EQ(status, 0) << complaint_;
    std::string spoken;
    for (auto const& line : original.lines)
        if (line.what == replay::spoken_line::kind::from_program) spoken += line.text + "\n";
    EXPECT_EQ(said_, spoken);
    auto const again = scenario::read_recording_file(out_);
    EXPECT_EQ(again.ignored, original.ignored);
    EXPECT_EQ(texts_of(again), texts_of(original));
}

TEST_F(Programs, AReplayOnStandardStreamsWantsTheRecordedLines) {
    int  status = -1;
    auto story = [&]() -> awaitable<void> {
        auto const program = started({"replay", files, "--pace", "fast"});
        EXPECT_EQ(co_await play::write(program->io(), "{\"jsonrpc\":\"2.0\",\"id\":1}\n"), "ok");
        program->io().end();
        status = co_await status_of(*program);
        complaint_ = program->last_words();
    };
    tell(story());
    EXPECT_EQ(status, 1);
    EXPECT_TRUE(complaint_.starts_with(files + ": ")) << complaint_;
}

}  // namespace
