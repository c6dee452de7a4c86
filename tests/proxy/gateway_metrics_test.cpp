#include "tests/proxy/gateway_play.hpp"

// What Prometheus reads.

namespace {

using namespace std::chrono_literals;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayMetrics : public play::gateway_stage {
protected:
    std::string question(bool stream, bool tools = false) {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = stream;
        body["messages"] = json::array({play::user_says("hi")});
        if (tools) body["tools"] = play::mcp_tools();
        return chat(body);
    }
    std::string scraped() {
        auto const answer = asked("GET /metrics HTTP/1.1\r\nHost: proxy\r\n\r\n");
        EXPECT_EQ(answer.head.status, 200u);
        EXPECT_EQ(answer.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
        return answer.body;
    }
};

TEST_F(GatewayMetrics, CountAndTimeWhatPassed) {
    start_provider("openai",
                   {says({step(text, "one ", 200ms), step(text, "two ", 3ms),
                          calls("everything-echo", {{"text", "x"}}), step(finish, "tool_calls")}),
                    says({step(text, "three", 40ms), step(finish, "stop")}), says({step(close)})});
    start_server({{"echo", "x"}});
    start_gateway();
    asked(question(true, true));
    asked(question(false));
    asked(chat({{"model", "nobody"}}));
    auto const page = scraped();
    for (
        auto const* line :
        {R"(lockstep_requests_total{endpoint="/v1/chat/completions",model="gpt-4o",status="200"} 1)",
         R"(lockstep_requests_total{endpoint="/v1/chat/completions",model="gpt-4o",status="502"} 1)",
         R"(lockstep_requests_total{endpoint="/v1/chat/completions",model="",status="404"} 1)",
         R"(lockstep_request_duration_seconds_bucket{endpoint="/v1/chat/completions",model="gpt-4o",le="0.1"} 1)",
         R"(lockstep_time_to_first_token_seconds_count{model="gpt-4o"} 1)",
         R"(lockstep_time_to_first_token_seconds_bucket{model="gpt-4o",le="0.1"} 0)",
         R"(lockstep_time_to_first_token_seconds_bucket{model="gpt-4o",le="0.25"} 1)",
         R"(lockstep_inter_chunk_seconds_sum{model="gpt-4o"} 0.003)",
         R"(lockstep_upstream_errors_total{cause="provider_reset",model="gpt-4o"} 1)",
         R"(lockstep_tool_call_duration_seconds_count{outcome="result",server="everything"} 1)",
         "lockstep_active_requests 0", "lockstep_connections 1",
         "# TYPE lockstep_loop_lag_seconds histogram"})
        EXPECT_NE(page.find(line), std::string::npos) << line << "\n" << page;
}

TEST_F(GatewayMetrics, ShowWhatIsGoingOn) {
    start_provider("openai", {says({step(text, "one "), step(stall)})});
    start_gateway();
    auto pending = [&]() -> boost::asio::awaitable<void> { co_await ask(question(true)); };
    others.spawn("pending", pending());
    auto story = [&]() -> boost::asio::awaitable<void> { co_await clock.sleep_for(1s); };
    play::out(world, story());
    auto const page = scraped();
    EXPECT_NE(page.find("lockstep_active_requests 1\n"), std::string::npos) << page;
    EXPECT_NE(page.find("lockstep_connections 2\n"), std::string::npos) << page;
}

TEST_F(GatewayMetrics, WantAKeyIfThatIsConfigured) {
    auto text = yaml();
    text += "litellm_settings:\n  require_auth_for_metrics_endpoint: true\n";
    start_gateway(text, world.world());
    EXPECT_EQ(asked("GET /metrics HTTP/1.1\r\nHost: proxy\r\n\r\n").head.status, 401u);
    EXPECT_EQ(asked(request("GET /metrics", "")).head.status, 200u);
}

}  // namespace
