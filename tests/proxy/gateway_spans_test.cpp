#include "proxy/span.hpp"
#include "tests/proxy/gateway_play.hpp"

// OpenTelemetry: what a collector hears, when, and what becomes of streams while there is none.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

constexpr char above[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class GatewaySpans : public play::gateway_stage {
protected:
    ~GatewaySpans() override { play::stop(world, others); }  // the collector goes with its door

    // Hears at {"collector", 4318} and answers each with the next status, the last one for ever.
    void start_collector(std::vector<unsigned> statuses = {200}) {
        door = world.world().network.listen({"collector", 4318});
        auto hearing = [](GatewaySpans& s, std::vector<unsigned> answers) -> awaitable<void> {
            for (std::size_t n = 0;; ++n) {
                auto                      stream = co_await s.door->accept();
                runtime::http_reader      reader(*stream, s.clock);
                runtime::http_limit const limit{1h, boost::asio::error::timed_out};
                auto const                head = co_await reader.request(limit);
                auto const                body = co_await reader.whole_body(limit);
                s.heads.push_back(*head);
                s.heard_at.push_back(play::elapsed(s.world));
                auto const status = answers[std::min(n, answers.size() - 1)];
                if (status < 300) s.keep(json::parse(body));
                auto const answer =
                    "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 2\r\n\r\n{}";
                co_await stream->write(answer);
            }
        };
        others.spawn("collector", hearing(*this, std::move(statuses)));
    }
    void keep(json const& request) {
        auto const& resource = request["resourceSpans"][0];
        EXPECT_EQ(resource["resource"]["attributes"][0]["value"]["stringValue"], "desk");
        for (auto const& s : resource["scopeSpans"][0]["spans"]) spans.push_back(s);
    }
    json const& span(std::string const& name) const {
        static json const none = json::object();
        for (auto const& s : spans)
            if (s["name"] == name) return s;
        ADD_FAILURE() << "no span " << name << " in " << json(spans).dump(1);
        return none;
    }
    static json attribute(json const& span, std::string const& key) {
        for (auto const& a : span.value("attributes", json::array()))
            if (a["key"] == key) return a["value"].begin().value();
        return nullptr;
    }
    // Nanoseconds since the simulation's beginning, between two moments of spans.
    static std::int64_t between(json const& from, json const& to) {
        return std::stoll(to.get<std::string>()) - std::stoll(from.get<std::string>());
    }
    void start_traced_gateway() {
        start_gateway({"otlp_endpoint: http://collector:4318", "otlp_service_name: desk",
                       "otlp_headers: {X-Team: sk-of-the-collector}"});
    }
    static std::string question(std::string const& fields = {}, bool tools = false) {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = true;
        body["messages"] = json::array({play::user_says("a secret thought")});
        if (tools) body["tools"] = play::mcp_tools();
        return request("POST /v1/chat/completions", body.dump(), fields);
    }
    std::string sent_traceparent(int turn) const {
        auto const detail = turn_detail("openai", turn);
        for (auto const& field : detail["headers"])
            if (field[0] == "traceparent") return field[1];
        return "none";
    }
    void pass(runtime::duration time) {
        auto waiting = [](runtime::clock& c, runtime::duration t) -> awaitable<void> {
            co_await c.sleep_for(t);
        };
        play::out(world, waiting(clock, time));
    }
    double dropped() {
        auto const page = asked("GET /metrics HTTP/1.1\r\nHost: proxy\r\n\r\n").body;
        auto const at = page.find("lockstep_otlp_spans_total{outcome=\"dropped\"} ");
        return at == page.npos ? 0 : std::stod(page.substr(page.find("} ", at) + 2));
    }

    std::unique_ptr<runtime::listener> door;
    std::vector<runtime::http_request> heads;
    std::vector<runtime::duration>     heard_at;
    std::vector<json>                  spans;
};

TEST_F(GatewaySpans, TellOfARequestAndOfAllThatWasDoneForIt) {
    start_provider("openai",
                   {says({step(text, "one ", 200ms), calls("everything-echo", {{"text", "x"}}),
                          step(finish, "tool_calls")}),
                    says({step(text, "two", 40ms), counts(7, 3), step(finish, "stop")})});
    start_server({{"echo", "x"}});
    start_collector();
    start_traced_gateway();
    asked(question(std::string("traceparent: ") + above + "\r\n", true));
    pass(10s);
    ASSERT_EQ(heard_at.size(), 1u);
    // The first span is over when the tools are listed; five seconds later they go together.
    EXPECT_EQ(heard_at[0], 5s);
    EXPECT_EQ(heads[0].target, "/v1/traces");
    EXPECT_EQ(*runtime::find_field(heads[0].fields, "content-type"), "application/json");
    EXPECT_EQ(*runtime::find_field(heads[0].fields, "x-team"), "sk-of-the-collector");
    ASSERT_EQ(spans.size(), 5u) << json(spans).dump(1);

    auto const& own = span("POST /v1/chat/completions");
    EXPECT_EQ(own["traceId"], "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(own["parentSpanId"], "b7ad6b7169203331");
    EXPECT_EQ(own["kind"], 2);
    EXPECT_EQ(between(own["startTimeUnixNano"], own["endTimeUnixNano"]), 240'000'000);
    EXPECT_EQ(attribute(own, "http.response.status_code"), "200");
    EXPECT_EQ(attribute(own, "gen_ai.request.model"), "gpt-4o");
    EXPECT_FALSE(own.contains("status"));
    int chats = 0;
    for (auto const& s : spans) {
        if (s == own) continue;
        EXPECT_EQ(s["traceId"], own["traceId"]);
        EXPECT_EQ(s["parentSpanId"], own["spanId"]);
        EXPECT_EQ(s["kind"], 3);
        if (s["name"] != "chat gpt-4o-2024-08-06") continue;
        EXPECT_EQ(between(s["startTimeUnixNano"], s["endTimeUnixNano"]),
                  ++chats == 1 ? 200'000'000 : 40'000'000);
        EXPECT_EQ(sent_traceparent(chats),
                  "00-0af7651916cd43dd8448eb211c80319c-" + s["spanId"].get<std::string>() + "-01");
    }
    EXPECT_EQ(chats, 2);
    EXPECT_EQ(attribute(span("execute_tool echo"), "lockstep.mcp_server"), "everything");
    span("list tools");
    auto const all = json(spans).dump();
    EXPECT_EQ(all.find("secret"), std::string::npos) << "no word of a conversation";
    EXPECT_EQ(all.find("sk-of"), std::string::npos) << "and no key";
}

TEST_F(GatewaySpans, AFailureIsTold) {
    start_provider("openai", {says({step(text, "one"), step(close, {}, 5ms)})});
    start_collector();
    start_traced_gateway();
    asked(question());
    pass(10s);
    auto const& own = span("POST /v1/chat/completions");
    EXPECT_EQ(own["status"]["code"], 2);
    EXPECT_EQ(attribute(own, "error.type"), "stream_cut");
    EXPECT_FALSE(own.contains("parentSpanId")) << "a trace that begins here";
    EXPECT_EQ(span("chat gpt-4o-2024-08-06")["status"]["code"], 2);
}

TEST_F(GatewaySpans, WhoIsNotSampledIsNotTold) {
    start_provider("openai", {says({step(text, "one"), step(finish, "stop")})});
    start_collector();
    start_traced_gateway();
    auto unsampled = std::string(above);
    unsampled.back() = '0';
    asked(question("traceparent: " + unsampled + "\r\n"));
    asked("GET /health/liveness HTTP/1.1\r\nHost: proxy\r\n\r\n");
    pass(60s);
    EXPECT_TRUE(heard_at.empty());
    EXPECT_EQ(sent_traceparent(1), unsampled) << "passed on as it came";
}

TEST_F(GatewaySpans, ACollectorThatIsAwayDelaysNobodyAndIsTriedAgain) {
    start_provider("openai", {says({step(text, "one", 10ms), step(finish, "stop")})});
    start_traced_gateway();
    asked(question());
    EXPECT_EQ(play::elapsed(world), 10ms);
    pass(6500ms);  // refused at 5.01 s, again at 6.01 s
    start_collector({503, 200});
    pass(20s);
    ASSERT_EQ(heard_at.size(), 2u);
    EXPECT_EQ(heard_at[0], 8010ms);
    EXPECT_EQ(heard_at[1], 12010ms);
    EXPECT_EQ(spans.size(), 2u);
    EXPECT_EQ(dropped(), 0);
}

TEST_F(GatewaySpans, WhatNobodyTakesIsDroppedAndCounted) {
    start_provider("openai", {says({step(text, "one", 10ms), step(finish, "stop")}),
                              says({step(text, "one", 10ms), step(finish, "stop")})});
    start_traced_gateway();
    asked(question());
    pass(30s);
    EXPECT_EQ(dropped(), 2) << "given up after five tries, within 5 + 1 + 2 + 4 + 8 s";
    // A refusal is final.
    start_collector({400});
    asked(question());
    pass(60s);
    EXPECT_EQ(heard_at.size(), 1u);
    EXPECT_EQ(dropped(), 4);
}

TEST_F(GatewaySpans, WhatDoesNotFitIsDropped) {
    proxy::otlp_settings settings;
    settings.endpoint = proxy::parse_http_url("http://collector:4318");
    proxy::meters        measured;
    proxy::span_exporter exporter(world.world(), settings, measured);
    for (std::size_t i = 0; i < proxy::span_exporter::queue_max + 3; ++i) exporter.add({});
    auto const page = proxy::meters::text({&measured}, {});
    EXPECT_NE(page.find("lockstep_otlp_spans_total{outcome=\"dropped\"} 3\n"), std::string::npos)
        << page;
}

TEST_F(GatewaySpans, TheLastOnesAreSentBeforeTheEnd) {
    start_provider("openai", {says({step(text, "one", 10ms), step(finish, "stop")})});
    start_collector();
    start_traced_gateway();
    asked(question());
    auto stopping = [](proxy::gateway& g) -> awaitable<void> { co_await g.stop(); };
    play::out(world, stopping(*gateway));
    ASSERT_EQ(heard_at.size(), 1u);
    EXPECT_EQ(heard_at[0], 10ms);
}

struct position {
    char const* text;
    bool        is_one;
    bool        sampled = true;
};

TEST(Traceparent, IsReadAsW3CHasIt) {
    position const samples[] = {
        {above, true},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true, false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", true},
        {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false},
        {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more", false},
        {"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false},
        {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", false},
        {"0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"", false},
    };
    for (auto const& s : samples) {
        auto const read = proxy::read_traceparent(s.text);
        EXPECT_EQ(read.has_value(), s.is_one) << s.text;
        if (read) {
            EXPECT_EQ(read->sampled, s.sampled) << s.text;
        }
    }
    EXPECT_EQ(proxy::to_traceparent(*proxy::read_traceparent(above)), above);
}

}  // namespace
