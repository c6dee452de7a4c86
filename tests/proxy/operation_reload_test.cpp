#include "tests/proxy/operation_play.hpp"

// SIGHUP and SIGTERM, and what becomes of streams.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

class OperationReload : public play::operated_gateway {
protected:
    static std::string listening(std::string const& at = "127.0.0.1:0") {
        return "lockstep_settings:\n  listen: " + at + "\n";
    }
};

TEST_F(OperationReload, NewRequestsAreServedByTheNewFileAndOldStreamsGoOn) {
    auto const before = model("before", {says({{"one ", 0ms}, {"two", 600ms}})});
    auto const behind = model("behind", {says({{"three", 0ms}})});
    start("model_list:\n" + before + listening());
    auto story = [&]() -> awaitable<void> {
        auto const old = co_await connect();
        auto const first = co_await head_and_first(*old, chat("before"));
        EXPECT_NE(first.find("one "), std::string::npos);
        auto const kept = co_await connect();
        EXPECT_EQ((co_await ask(*kept, chat("behind"))).head.status, 404u);

        write("model_list:\n" + behind + listening());
        signal(SIGHUP);
        co_await until("reloaded ");
        EXPECT_EQ((co_await ask(chat("before"))).head.status, 404u);
        auto const fresh = co_await ask(*kept, chat("behind"));
        EXPECT_EQ(fresh.head.status, 200u) << "a connection from before, a request from now";
        EXPECT_NE(fresh.body.find("three"), std::string::npos);
        auto const last = co_await rest(*old);
        EXPECT_NE(last.find("two"), std::string::npos);
        EXPECT_TRUE(last.ends_with("data: [DONE]\n\n")) << last;
    };
    play::to_the_end(world, story());
}

TEST_F(OperationReload, AFileThatCannotBeUsedChangesNothing) {
    auto const good = model("good", {says({{"one", 0ms}})});
    start("model_list:\n" + good + listening());
    auto story = [&]() -> awaitable<void> {
        write("model_list:\n" + good + listening() + "  idle_timeuot: 3s\n");
        signal(SIGHUP);
        auto const told = co_await until("idle_timeuot");
        EXPECT_NE(told.find(".yaml:6:3: "), std::string::npos) << told;
        co_await until("did you mean 'idle_timeout'?");
        co_await until("not reloaded: the old configuration stays");
        EXPECT_EQ((co_await ask(chat("good"))).head.status, 200u);
    };
    play::to_the_end(world, story());
}

TEST_F(OperationReload, AnotherAddressNeedsARestart) {
    start("model_list: []\n" + listening());
    auto story = [&]() -> awaitable<void> {
        write("model_list: []\n" + listening("127.0.0.1:1") + "  loops: 7\n");
        signal(SIGHUP);
        auto const told = co_await until("'listen'");
        EXPECT_NE(told.find("with a restart only: still http://127.0.0.1:" + std::to_string(port)),
                  std::string::npos)
            << told;
        co_await until("'loops' changes with a restart only");
        co_await until("reloaded ");
        EXPECT_EQ((co_await ask(request("GET /v1/models"))).head.status, 200u);
    };
    play::to_the_end(world, story());
}

TEST_F(OperationReload, TheAccessLogIsOpenedAnew) {
    auto const log = file() + ".log";
    std::remove(log.c_str());
    auto const content = [](std::string const& path) {
        std::ifstream in(path);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    start("model_list: []\n" + listening(), {"--access-log", log});
    auto story = [&]() -> awaitable<void> {
        // A line is written when its request is over: before the next on its connection.
        auto const kept = co_await connect();
        co_await ask(*kept, request("GET /v1/models"));
        co_await ask(*kept, request("GET /health/readiness"));
        std::rename(log.c_str(), (log + ".1").c_str());
        signal(SIGHUP);
        co_await until("reloaded ");
        co_await ask(request("GET /health/liveness"));
        signal(SIGTERM);
        EXPECT_EQ(co_await program->exited(), 0);
        over = true;
    };
    play::to_the_end(world, story());
    EXPECT_NE(content(log + ".1").find("/v1/models"), std::string::npos);
    EXPECT_EQ(content(log + ".1").find("/health/liveness"), std::string::npos);
    EXPECT_NE(content(log).find("/health/liveness"), std::string::npos);
}

TEST_F(OperationReload, SigtermLetsStreamsOfEveryLoopComeToTheirEnd) {
    std::vector<mock::turn> turns(8, says({{"one ", 0ms}, {"two", 400ms}}));
    auto const              slow = model("slow", turns);
    start("model_list:\n" + slow + listening(), {"--loops", "2"});
    auto story = [&]() -> awaitable<void> {
        std::vector<std::unique_ptr<play::http_client>> clients;
        for (int i = 0; i < 8; ++i) {
            clients.push_back(co_await connect());
            co_await head_and_first(*clients.back(), chat("slow"));
        }
        signal(SIGTERM);
        for (auto const& client : clients) {
            auto const last = co_await rest(*client);
            EXPECT_TRUE(last.ends_with("data: [DONE]\n\n")) << last;
        }
        EXPECT_EQ(co_await program->exited(), 0);
        over = true;
    };
    play::to_the_end(world, story());
}

}  // namespace
