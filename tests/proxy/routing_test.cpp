#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include "proxy/known_options.hpp"
#include "proxy/route.hpp"
#include "runtime/simulation.hpp"

// Whom a question goes to, and when again.

namespace {

using namespace std::chrono_literals;
using proxy::failure_kind;
using proxy::model;
using proxy::request_problem;

request_problem problem(int status, std::string code = {}, std::string message = "m") {
    return {status, "type", std::move(code), std::move(message), {}, {}};
}

request_problem wishing(std::string retry_after) {
    auto p = problem(429);
    p.retry_after = std::move(retry_after);
    return p;
}

class Routing : public testing::Test {
protected:
    void SetUp() override {
        settings_.routing.cooldown = 5s;
        settings_.routing.allowed_fails = 1;
    }

    void add(std::string name, std::string upstream, std::size_t order = 0, double weight = 1) {
        model m;
        m.name = std::move(name);
        m.upstream_name = std::move(upstream);
        m.order = order;
        m.weight = weight;
        settings_.models.push_back(std::move(m));
    }

    std::string picked(std::string const& name, std::vector<model const*> const& tried = {},
                       model const* preferred = nullptr) {
        auto const* m = router_.pick(name, tried, preferred);
        return m ? m->upstream_name : "nobody";
    }

    void pass(runtime::duration time) {
        auto waiting = [&]() -> runtime::awaitable<void> {
            co_await world_.world().clock.sleep_for(time);
        };
        bool over = false;
        boost::asio::co_spawn(world_.world().executor, waiting(),
                              [&](std::exception_ptr) { over = true; });
        world_.run([&] { return over; });
    }

    proxy::route route(std::string name, model const* last = nullptr) {
        return {router_, world_.world(), settings_, std::move(name), last};
    }

    runtime::simulation      world_;
    proxy::config            settings_;
    proxy::deployment_health health_;
    proxy::model_router      router_{world_.world(), settings_, health_};
};

}  // namespace

TEST_F(Routing, KnowsWhatAFailureSaysOfAnotherTry) {
    for (int const status : {408, 409, 429, 500, 502, 503, 504, 529})
        EXPECT_EQ(proxy::kind_of(problem(status)), failure_kind::passing) << status;
    for (int const status : {401, 403, 404})
        EXPECT_EQ(proxy::kind_of(problem(status)), failure_kind::deployment) << status;
    for (int const status : {400, 405, 413, 415, 422})
        EXPECT_EQ(proxy::kind_of(problem(status)), failure_kind::question) << status;
    EXPECT_EQ(proxy::kind_of(problem(400, "context_length_exceeded")),
              failure_kind::context_window);
    EXPECT_EQ(proxy::kind_of(problem(400, {}, "p: prompt is too long: 9 tokens > 8 maximum")),
              failure_kind::context_window);
    EXPECT_EQ(proxy::kind_of(problem(400, "content_policy_violation")),
              failure_kind::content_policy);
}

TEST_F(Routing, ReadsTheWishedPause) {
    EXPECT_EQ(proxy::wished_pause(wishing("7")), runtime::duration(7s));
    EXPECT_EQ(proxy::wished_pause(wishing("0.25")), runtime::duration(250ms));
    EXPECT_EQ(proxy::wished_pause(wishing("0")), runtime::duration(0s));
    EXPECT_EQ(proxy::wished_pause(wishing("1e300")), runtime::duration(1h));
    for (auto const* none : {"", "-1", "nan", "soon", "7 s", "Wed, 21 Oct 2026 07:28:00 GMT"})
        EXPECT_FALSE(proxy::wished_pause(wishing(none))) << none;
}

TEST_F(Routing, TheLowestOrderIsAskedAndTheNextWhenItIsTried) {
    add("m", "second", 2);
    add("m", "first", 1);
    add("other", "stranger", 0);
    EXPECT_EQ(picked("m"), "first");
    EXPECT_EQ(picked("m", {&settings_.models[1]}), "second");
    EXPECT_EQ(picked("m", {&settings_.models[0], &settings_.models[1]}), "nobody");
    EXPECT_EQ(picked("m", {}, &settings_.models[0]), "first") << "order is above habit";
    EXPECT_EQ(picked("nothing"), "nobody");
}

TEST_F(Routing, WeightsAreShares) {
    add("m", "a", 0, 3);
    add("m", "b", 0, 1);
    add("m", "never", 0, 0);
    std::map<std::string, int> count;
    for (int i = 0; i < 4000; ++i) ++count[picked("m")];
    EXPECT_NEAR(count["a"], 3000, 150);
    EXPECT_NEAR(count["b"], 1000, 150);
    EXPECT_EQ(count["never"], 0);
    EXPECT_EQ(picked("m", {}, &settings_.models[1]), "b") << "who answered before goes on";
}

TEST_F(Routing, WithoutAnyWeightAllAreAlike) {
    add("m", "a", 0, 0);
    add("m", "b", 0, 0);
    std::map<std::string, int> count;
    for (int i = 0; i < 1000; ++i) ++count[picked("m")];
    EXPECT_NEAR(count["a"], 500, 100);
}

TEST_F(Routing, CoolsDownAtOnceOrBeyondWhatIsAllowed) {
    add("m", "a", 1);
    add("m", "b", 2);
    auto const& a = settings_.models[0];
    router_.failed(a, problem(400));
    router_.failed(a, problem(500));
    EXPECT_EQ(picked("m"), "a") << "one failure in a minute is allowed, and a question is none";
    router_.failed(a, problem(500));
    EXPECT_EQ(picked("m"), "b");
    pass(5s - 1ns);
    EXPECT_EQ(picked("m"), "b");
    pass(1ns);
    EXPECT_EQ(picked("m"), "a");

    router_.failed(a, problem(500));
    pass(61s);
    router_.failed(a, problem(500));
    EXPECT_EQ(picked("m"), "a") << "the first was longer ago than a minute";

    router_.failed(a, problem(401));
    EXPECT_EQ(picked("m"), "b");
    pass(5s);
    router_.failed(a, wishing("20"));
    pass(19s);
    EXPECT_EQ(picked("m"), "b") << "as long as it wishes";
    pass(1s);
    EXPECT_EQ(picked("m"), "a");

    router_.failed(a, problem(500));
    router_.worked(a);
    router_.failed(a, problem(500));
    EXPECT_EQ(picked("m"), "a") << "an answer makes it well";
}

TEST_F(Routing, WhomNobodyCanStandInForIsNotCooledDown) {
    add("m", "a");
    for (int i = 0; i < 10; ++i) router_.failed(settings_.models[0], problem(429));
    EXPECT_EQ(picked("m"), "a");
    settings_.routing.default_fallbacks = {"other"};
    router_.failed(settings_.models[0], problem(429));
    EXPECT_EQ(picked("m"), "nobody");
    EXPECT_EQ(router_.well_at("m") - world_.world().clock.now(), 5s);
}

TEST_F(Routing, CooldownsCanBeTurnedOff) {
    add("m", "a", 1);
    add("m", "b", 2);
    settings_.routing.cooldown = {};
    for (int i = 0; i < 10; ++i) router_.failed(settings_.models[0], problem(429));
    EXPECT_EQ(picked("m"), "a");
}

TEST_F(Routing, PausesDoubleUpToEightSeconds) {
    add("m", "a");
    settings_.routing.retries = 7;
    auto way = route("m");
    for (auto const longest : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 8000ms, 8000ms}) {
        way.next();
        auto const pause = way.failed(problem(500), false);
        ASSERT_TRUE(pause);
        EXPECT_LE(*pause, longest);
        EXPECT_GE(*pause, longest * 3 / 4);
    }
    way.next();
    EXPECT_FALSE(way.failed(problem(503), false));
    EXPECT_EQ(way.told().status, 503);
}

TEST_F(Routing, NothingIsTriedBehindAWord) {
    add("m", "a", 1);
    add("m", "b", 2);
    settings_.routing.retries = 7;
    settings_.routing.default_fallbacks = {"m2"};
    add("m2", "c");
    auto way = route("m");
    way.next();
    EXPECT_FALSE(way.failed(problem(500), true));
}

TEST_F(Routing, FallbacksFollowInTheirOrderEachWithItsTries) {
    add("m", "a");
    add("x", "b");
    add("y", "c");
    add("z", "d");
    settings_.routing.retries = 1;
    settings_.routing.fallbacks_max = 2;
    settings_.routing.fallbacks["m"] = {"x", "m", "y", "z"};
    settings_.routing.cooldown = {};
    auto                     way = route("m");
    std::vector<std::string> asked;
    for (int status = 501;; ++status) {
        asked.push_back(way.next().upstream_name);
        if (!way.failed(problem(status), false)) break;
    }
    EXPECT_EQ(asked, (std::vector<std::string>{"a", "a", "b", "b", "c", "c"}));
    EXPECT_EQ(way.told().status, 502) << "the last word of the model that was asked for";
}

TEST_F(Routing, WhoStoodInGoesOnAndIsStoodInForByTheOneThatWasAsked) {
    add("m", "a");
    add("x", "b");
    settings_.routing.fallbacks["m"] = {"x"};
    auto way = route("m", &settings_.models[1]);
    EXPECT_EQ(way.next().upstream_name, "b");
    EXPECT_EQ(way.failed(problem(500), false), runtime::duration::zero());
    EXPECT_EQ(way.next().upstream_name, "a");
    EXPECT_FALSE(way.failed(problem(500), false));
}

TEST_F(Routing, AQuestionThatIsTooLongHasFallbacksOfItsOwn) {
    add("m", "a");
    add("long", "b");
    add("any", "c");
    settings_.routing.fallbacks["m"] = {"any"};
    settings_.routing.default_fallbacks = {"any"};
    auto const too_long = problem(400, "context_length_exceeded");
    {
        auto way = route("m");
        way.next();
        EXPECT_FALSE(way.failed(too_long, false)) << "the others are no longer for it";
    }
    settings_.routing.context_window_fallbacks["m"] = {"long"};
    auto way = route("m");
    way.next();
    ASSERT_TRUE(way.failed(too_long, false));
    EXPECT_EQ(way.next().upstream_name, "b");
}

TEST(KnownOptions, AnotherHouseIsNotToldWhatItRefuses) {
    using nlohmann::json;
    auto const asked = json::parse(
        R"({"top_k": 5, "temperature": 1, "thinking": {"type": "enabled", "budget_tokens": 4096}})");
    auto told = asked;
    proxy::keep_known_options("anthropic", told);
    EXPECT_EQ(told, asked);
    proxy::keep_known_options("bedrock", told);
    EXPECT_FALSE(told.contains("top_k"));
    EXPECT_TRUE(told.contains("thinking"));
    proxy::keep_known_options("openai", told);
    EXPECT_EQ(told, json::parse(R"({"temperature": 1, "reasoning_effort": "medium"})"));
    for (auto const* off : {R"({"thinking": {"type": "disabled", "budget_tokens": 9}})",
                            R"({"thinking": {"type": "adaptive"}})", R"({"thinking": true})",
                            R"({"thinking": {"type": 1}})"}) {
        told = json::parse(off);
        proxy::keep_known_options("openai", told);
        EXPECT_EQ(told, json::object()) << off;
    }
}
