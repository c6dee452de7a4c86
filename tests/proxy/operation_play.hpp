#pragma once

#include <csignal>
#include <fstream>

#include "runtime/real.hpp"
#include "tests/proxy/gateway_play.hpp"
#include "tests/runtime/real_play.hpp"

// `lockstep proxy` as its operator has it: a file, signals, what it prints; with mocks on real
// sockets behind it.
namespace play {

class operated_gateway : public testing::Test {
protected:
    explicit operated_gateway(runtime::tls_options trust = {}) : world(false, std::move(trust)) {}

    void TearDown() override {
        auto striking = [](operated_gateway& s) -> awaitable<void> {
            if (s.program && !s.over) {
                s.program->terminate();
                EXPECT_EQ(co_await s.program->exited(), 0);
            }
            co_await s.others.stop();
            for (auto& p : s.providers) co_await p.stop();
            for (auto& m : s.servers) co_await m.stop();
        };
        to_the_end(world, striking(*this));
    }

    static std::string file() {
        auto const* test = testing::UnitTest::GetInstance()->current_test_info();
        return testing::TempDir() + "lockstep." + test->test_suite_name() + "." + test->name();
    }
    static void write(std::string const& settings) { std::ofstream(file() + ".yaml") << settings; }

    // A model behind a provider that says so.
    std::string model(std::string const& name, std::vector<mock::turn> turns) {
        mock::provider_script script;
        script.name = name;
        script.format = "openai";
        script.turns = std::move(turns);
        auto       listener = world.world().network.listen({"127.0.0.1", 0});
        auto const at = runtime::to_text(listener->local());
        providers.emplace_back(world.world(), trace, script).start(std::move(listener));
        return "  - model_name: " + name + "\n    litellm_params: {model: openai/" + name +
               ", api_base: \"http://" + at + "/v1\", api_key: k}\n";
    }
    static mock::turn says(std::vector<std::pair<std::string, runtime::duration>> const& texts) {
        mock::turn t;
        for (auto const& [text, after] : texts) {
            mock::provider_step s;
            s.verb = mock::provider_verb::text;
            s.text = text;
            s.after = after;
            t.steps.push_back(s);
        }
        mock::provider_step end;
        end.verb = mock::provider_verb::finish;
        end.text = "stop";
        t.steps.push_back(end);
        return t;
    }
    // An MCP server `files` with one tool.
    std::string server() {
        mock_mcp::mcp_script script;
        script.name = "files";
        script.transport = "streamable-http";
        mock_mcp::mcp_step result;
        result.text = "what was read";
        mock_mcp::tool_script tool;
        tool.name = "read";
        tool.parameters = {{"text", "string"}};
        tool.steps = {result};
        script.tools.push_back(std::move(tool));
        auto       listener = world.world().network.listen({"127.0.0.1", 0});
        auto const at = runtime::to_text(listener->local());
        servers.emplace_back(world.world(), trace, script).start(std::move(listener));
        return "mcp_servers:\n  files: {transport: http, url: \"http://" + at + "/mcp\"}\n";
    }

    // Its output and its complaints are one, and its number comes first.
    void start(std::string const& settings, std::vector<std::string> const& options = {}) {
        write(settings);
        runtime::command how{{"/bin/sh", "-c", "echo $$; exec \"$0\" \"$@\" 2>&1", LOCKSTEP_PROGRAM,
                              "proxy", "--config", file() + ".yaml"},
                             {}};
        how.arguments.insert(how.arguments.end(), options.begin(), options.end());
        program = world.world().network.spawn(how);
        auto story = [](operated_gateway& s) -> awaitable<void> {
            s.id = std::stoi(co_await s.line());
            auto const said = co_await s.until("listening on ");
            s.port = static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(':') + 1)));
        };
        to_the_end(world, story(*this));
    }
    void signal(int number) const { ::kill(id, number); }

    awaitable<std::string> line() {
        while (printed.find('\n') == printed.npos) {
            auto const piece = co_await play::read(program->io());
            if (piece == "eof") throw std::runtime_error("it ended: " + printed);
            printed += piece;
        }
        auto const end = printed.find('\n');
        auto       one = printed.substr(0, end);
        printed.erase(0, end + 1);
        co_return one;
    }
    // The line that has these words.
    awaitable<std::string> until(std::string words) {
        for (;;) {
            auto const one = co_await line();
            if (one.find(words) != one.npos) co_return one;
        }
    }

    awaitable<std::unique_ptr<http_client>> connect(bool tls = false) {
        runtime::address const to{tls ? "localhost" : "127.0.0.1", port, tls};
        auto                   stream = co_await world.world().network.connect(to);
        co_return std::make_unique<http_client>(std::move(stream), world.world().clock);
    }
    static std::string request(std::string const& line, std::string const& body = {},
                               std::string const& fields = {}) {
        return line + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
               "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    static std::string chat(std::string const& name) {
        nlohmann::json body;
        body["model"] = name;
        body["stream"] = true;
        body["messages"] = nlohmann::json::array({user_says("hi")});
        return request("POST /v1/chat/completions", body.dump());
    }
    awaitable<http_answer> hear(http_client& from) {
        runtime::http_limit const limit{std::chrono::seconds(15), boost::asio::error::timed_out};
        http_answer               answer;
        answer.head = co_await from.reader.response(limit);
        answer.body = co_await from.reader.whole_body(limit);
        co_return answer;
    }
    awaitable<http_answer> ask(http_client& client, std::string bytes) {
        co_await client.stream->write(bytes);
        co_return co_await hear(client);
    }
    // On a connection of its own.
    awaitable<http_answer> ask(std::string bytes) {
        auto client = co_await connect();
        co_return co_await ask(*client, std::move(bytes));
    }
    // The beginning of a stream.
    awaitable<std::string> head_and_first(http_client& client, std::string bytes) {
        co_await client.stream->write(bytes);
        runtime::http_limit const limit{std::chrono::seconds(15), boost::asio::error::timed_out};
        auto const                head = co_await client.reader.response(limit);
        EXPECT_EQ(head.status, 200u);
        co_return std::string(co_await client.reader.body(limit));
    }
    awaitable<std::string> rest(http_client& client) {
        runtime::http_limit const limit{std::chrono::seconds(15), boost::asio::error::timed_out};
        co_return co_await client.reader.whole_body(limit);
    }

    runtime::real_world             world;
    runtime::trace                  trace{world.world().clock.now()};
    std::list<mock::mock_provider>  providers;
    std::list<mock_mcp::mock_mcp>   servers;
    runtime::task_group             others{world.world().executor};
    std::unique_ptr<runtime::child> program;
    int                             id = 0;
    std::uint16_t                   port = 0;
    std::string                     printed;
    bool                            over = false;  // it has ended already
};

}  // namespace play
