#pragma once

#include <gtest/gtest.h>

#include <list>

#include "mock_mcp/mock_mcp.hpp"
#include "mock_providers/mock_provider.hpp"
#include "proxy/gateway.hpp"
#include "tests/runtime/simulated_play.hpp"
#include "wire/sse.hpp"

// Our gateway in a simulated world, with scripted mocks behind it and a client that speaks HTTP
// by hand. For what a scenario cannot say.
namespace play {

struct http_answer {
    runtime::http_response head;
    std::string            body;

    std::string field(std::string const& name) const {
        auto const* value = runtime::find_field(head.fields, name);
        return value ? *value : std::string("none");
    }
    nlohmann::json              json() const { return nlohmann::json::parse(body); }
    // The chunks of a streamed answer, without [DONE].
    std::vector<nlohmann::json> chunks() const {
        std::vector<nlohmann::json> all;
        wire::sse_parser            parser([&](wire::sse_event const& e) {
            if (e.data != "[DONE]") all.push_back(nlohmann::json::parse(e.data));
        });
        parser.feed(body);
        return all;
    }
};

// One connection of a client.
struct http_client {
    std::unique_ptr<runtime::stream> stream;
    runtime::http_reader             reader;

    http_client(std::unique_ptr<runtime::stream> s, runtime::clock& c)
        : stream(std::move(s)), reader(*stream, c) {}
};

class gateway_stage : public testing::Test {
protected:
    static constexpr char client_key[] = "sk-of-the-client";

    explicit gateway_stage(runtime::simulation_options options = {}) : world(options) {}
    ~gateway_stage() override {
        play::stop(world, others);
        auto striking = [](gateway_stage& s) -> awaitable<void> {
            if (s.gateway) co_await s.gateway->stop();
            for (auto& p : s.providers) co_await p.stop();
            for (auto& m : s.servers) co_await m.stop();
        };
        play::out(world, striking(*this));
    }

    // `settings` are lines of lockstep_settings.
    static std::string yaml(std::vector<std::string> const& settings = {}) {
        std::string text = R"(
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o-2024-08-06
      api_base: http://openai:80/v1
      api_key: sk-of-openai
  - model_name: claude-sonnet-4
    litellm_params:
      model: anthropic/claude-sonnet-4-20250514
      api_base: http://anthropic:80/v1
      api_key: sk-of-anthropic
mcp_servers:
  everything:
    transport: http
    url: http://everything:80/mcp
    auth_type: bearer_token
    auth_value: sk-of-everything
general_settings:
  master_key: sk-of-the-client
lockstep_settings:
  listen: proxy:80
  session_idle: 24h
)";
        for (auto const& line : settings) text += "  " + line + "\n";
        return text;
    }

    void start_gateway(std::string const& text, runtime::world w) {
        std::vector<std::string> warnings;
        auto const nobody = [](std::string const&) { return std::optional<std::string>(); };
        auto       config = proxy::read_config(text, "gateway.yaml", nobody, warnings);
        gateway.emplace(
            w, std::move(config), [this](std::string const& l) { log.push_back(l); },
            [this](std::string const& l) { access.push_back(nlohmann::json::parse(l)); });
        gateway->start();
    }
    void start_gateway(std::vector<std::string> const& settings = {}) {
        start_gateway(yaml(settings), world.world());
    }

    static mock::provider_step step(mock::provider_verb verb, std::string text = {},
                                    runtime::duration after = {}) {
        mock::provider_step s;
        s.verb = verb;
        s.text = std::move(text);
        s.after = after;
        return s;
    }
    static mock::provider_step calls(std::string tool, nlohmann::json arguments) {
        auto s = step(mock::provider_verb::tool, std::move(tool));
        s.raw_json = arguments.dump();
        s.json = std::move(arguments);
        return s;
    }
    static mock::provider_step counts(std::int64_t in, std::int64_t out) {
        auto s = step(mock::provider_verb::usage);
        s.tokens.input = in;
        s.tokens.output = out;
        return s;
    }
    static mock::turn says(std::vector<mock::provider_step> steps) { return {std::move(steps), 0}; }

    void start_provider(std::string const& name, std::vector<mock::turn> turns) {
        mock::provider_script script;
        script.name = name;
        script.format = name;
        script.turns = std::move(turns);
        providers.emplace_back(world.world(), trace, script)
            .start(world.world().network.listen({name, 80}));
    }
    // A tool is its name and the result of its calls.
    void start_server(std::vector<std::pair<std::string, std::string>> const& tools) {
        mock_mcp::mcp_script script;
        script.name = "everything";
        script.transport = "streamable-http";
        for (auto const& [name, answer] : tools) {
            mock_mcp::mcp_step result;
            result.text = answer;
            mock_mcp::tool_script tool;
            tool.name = name;
            tool.parameters = {{"text", "string"}};
            tool.steps = {result};
            script.tools.push_back(std::move(tool));
        }
        servers.emplace_back(world.world(), trace, script)
            .start(world.world().network.listen({"everything", 80}));
    }

    awaitable<std::unique_ptr<http_client>> connect() {
        runtime::address const to{"proxy", 80};
        auto                   stream = co_await world.world().network.connect(to);
        co_return std::make_unique<http_client>(std::move(stream), world.world().clock);
    }
    static std::string request(std::string const& line, std::string const& body,
                               std::string const& fields = {}) {
        return line + " HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer " + client_key + "\r\n" +
               fields +
               "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    static std::string chat(nlohmann::json const& body) {
        return request("POST /v1/chat/completions", body.dump());
    }
    awaitable<http_answer> hear(http_client& from) {
        runtime::http_limit const limit{std::chrono::hours(1), boost::asio::error::timed_out};
        http_answer               answer;
        answer.head = co_await from.reader.response(limit);
        answer.body = co_await from.reader.whole_body(limit);
        co_return answer;
    }
    awaitable<http_answer> ask(std::string bytes) {
        auto client = co_await connect();
        co_await client->stream->write(bytes);
        co_return co_await hear(*client);
    }
    http_answer asked(std::string bytes) {
        http_answer answer;
        auto        story = [](gateway_stage& s, std::string b, http_answer& a) -> awaitable<void> {
            a = co_await s.ask(std::move(b));
        };
        play::out(world, story(*this, std::move(bytes), answer));
        return answer;
    }

    // What the nth turn of a provider was asked with.
    nlohmann::json turn_detail(std::string const& provider, int number) const {
        for (auto const& e : trace.events())
            if (e.to == provider && e.verb == "turn" && e.words == std::to_string(number))
                return e.detail;
        return {};
    }

    runtime::simulation            world;
    runtime::clock&                clock = world.world().clock;
    runtime::trace                 trace{runtime::simulation::beginning};
    std::list<mock::mock_provider> providers;
    std::list<mock_mcp::mock_mcp>  servers;
    std::vector<std::string>       log;
    std::vector<nlohmann::json>    access;
    std::optional<proxy::gateway>  gateway;
    runtime::task_group            others{world.world().executor};
};

inline nlohmann::json user_says(std::string const& text) {
    nlohmann::json one;
    one["role"] = "user";
    one["content"] = text;
    return one;
}

inline nlohmann::json mcp_tools() {
    nlohmann::json one;
    one["type"] = "mcp";
    one["server_url"] = "litellm_proxy/mcp/everything";
    one["server_label"] = "everything";
    one["require_approval"] = "never";
    return nlohmann::json::array({one});
}

}  // namespace play
