#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "runtime/simulation.hpp"
#include "tests/proxy/peers_play.hpp"
#include "tests/runtime/http_play.hpp"
#include "tests/wire/shared_material.hpp"

// The corpora of HTTP answers and of server-sent events: what the reader makes of them, and what a
// client of the gateway is told when a provider or an MCP server says them over real sockets.

namespace {

using boost::asio::awaitable;
using nlohmann::json;

struct http_case {
    json        told;
    std::string bytes;

    std::string name() const { return told["name"]; }
    std::string verdict() const { return told["verdict"]; }
};

std::vector<http_case> http_answers() {
    std::vector<http_case> all;
    auto const             folder = shared_material::folder() / "corpora/http1";
    for (auto& one : shared_material::read_lines(folder / "cases.jsonl")) {
        if (one["kind"] != "response") continue;
        auto bytes = one.contains("file")
                         ? shared_material::read(folder / one["file"].get<std::string>())
                         : shared_material::bytes_of(one);
        all.push_back({std::move(one), std::move(bytes)});
    }
    return all;
}

bool is_accepted(http_case const& one) {
    // Its file has a byte less than its length says.
    bool const is_short = one.name() == "llhttp-res-connection-http-103-first-then-200";
    return one.verdict() == "accept" && !is_short;
}

// What a reader that has asked for no upgrade and no coding makes of it: its body, or what is
// wrong.
std::pair<std::string, std::string> read_by_us(std::string const& bytes, std::size_t piece) {
    play::http_talk talk;
    std::string     body;
    auto            story = [&]() -> awaitable<void> {
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            co_await talk.peer().write(std::string_view(bytes).substr(at, piece));
        talk.end();
    };
    runtime::task_group saying(talk.world.world().executor);
    saying.spawn("say", story());
    auto reading = [&]() -> awaitable<void> {
        co_await talk.reader.response(talk.soon());
        body = co_await talk.reader.whole_body(talk.soon());
    };
    auto const how = talk.outcome(reading());
    play::stop(talk.world, saying);
    return {how, body};
}

TEST(HttpAnswers, EachGetsItsVerdictFromTheReader) {
    NEED_SHARED("corpora/http1/cases.jsonl");
    auto const all = http_answers();
    EXPECT_GT(all.size(), 90u);
    for (auto const& one : all)
        for (std::size_t const piece : {std::size_t{1 << 20}, std::size_t{1}}) {
            if (piece == 1 && one.bytes.size() > 4096) continue;
            auto const [how, body] = read_by_us(one.bytes, piece);
            SCOPED_TRACE(one.name() + ", " + one.verdict() + ": " + one.told.value("why", "") +
                         "\n" + how + " " + body.substr(0, 80));
            if (one.verdict() == "reject") EXPECT_NE(how, "ok");
            if (is_accepted(one) || one.verdict() == "until-close") {
                EXPECT_EQ(how, "ok");
                if (one.told.contains("body") && one.told["body"].is_string())
                    EXPECT_EQ(body, one.told["body"].get<std::string>());
            }
        }
}

class AnswersOverSockets : public play::between_peers {
protected:
    void start_both() {
        auto const say_it = [this](runtime::stream& to, runtime::http_request const&,
                                   json const&      message) -> awaitable<bool> {
            bool const asks_tool = message.is_object() && message.contains("method");
            if (asks_tool && message["method"] != "tools/call") co_return false;
            co_await to.write(bytes);
            if (asks_tool && good_follows) {
                json good{{"jsonrpc", "2.0"}, {"id", message["id"]}};
                good["result"]["content"] = json::array({{{"type", "text"}, {"text", "good"}}});
                co_await to.write("\n\ndata: " + good.dump() + "\n\n");
            }
            co_return true;
        };
        auto const provider = serve_provider(say_it);
        auto const server = serve_mcp(say_it);
        start(
            "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/m\n"
            "      api_base: http://" +
                runtime::to_text(provider) +
                "/v1\n      api_key: k\nmcp_servers:\n  s:\n    transport: http\n    url: http://" +
                runtime::to_text(server) + "/mcp\nlockstep_settings:\n  listen: 127.0.0.1:0\n",
            1);
    }
    play::heard_answer asked(bool stream) {
        json body{{"model", "m"}, {"stream", stream}};
        body["messages"] = json::array({{{"role", "user"}, {"content", "hello"}}});
        return one(post("/v1/chat/completions", body.dump()));
    }
    static std::string code_of(play::heard_answer const& answer) {
        auto const body = play::last_message(answer.body);
        return body.is_object() && body.contains("error") && body["error"]["code"].is_string()
                   ? body["error"]["code"].get<std::string>()
                   : "";
    }

    std::string bytes;
    bool        good_follows = false;
};

// A body that is read is no chat completion: what is wrong with it then is another thing.
TEST_F(AnswersOverSockets, OfHttpGetTheirVerdictAndTheNextClientIsServed) {
    NEED_SHARED("corpora/http1/cases.jsonl");
    start_both();
    for (auto const& one : http_answers()) {
        bytes = one.bytes;
        auto const heard = asked(false);
        SCOPED_TRACE(one.name() + ", " + one.verdict() + ": " + one.told.value("why", "") + "\n" +
                     std::to_string(heard.status) + heard.body.substr(0, 200));
        EXPECT_EQ(status_of_a_good_request(), 200u);
        EXPECT_GE(heard.status, 400u);
        EXPECT_EQ(heard.body.find("canary"), std::string::npos);
        static std::set<std::string> const broken{"upstream_protocol", "provider_reset",
                                                  "upstream_too_large"};
        auto const                         code = code_of(heard);
        bool const cut = heard.body.find("the connection ended inside a body") != std::string::npos;
        if (one.verdict() == "reject") {
            EXPECT_EQ(heard.status, 502u);
            // Where a redirect leads to is known before its body is.
            EXPECT_TRUE(broken.contains(code) || cut || code == "upstream_redirect");
        }
        if (is_accepted(one)) EXPECT_FALSE(broken.contains(code) || cut);
    }
}

struct sse_case {
    std::string name;
    std::string bytes;
    json        expected;
};

std::vector<sse_case> event_streams() {
    std::vector<sse_case> all;
    auto const            folder = shared_material::folder() / "corpora/sse";
    for (auto const& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".bin") {
            auto       file = entry.path();
            auto const bytes = shared_material::read(file);
            file.replace_extension(".json");
            all.push_back({file.stem(), bytes, json::parse(shared_material::read(file))});
        }
    return all;
}

std::string as_answer(sse_case const& one) {
    auto const type = one.expected["content_type"];
    return "HTTP/1.1 200 OK\r\n" +
           (type.is_string() ? "Content-Type: " + type.get<std::string>() + "\r\n" : "") +
           "Connection: close\r\n\r\n" + one.bytes;
}

// The text of the chunks that stand in these events, in front of what is none or ends it.
std::string text_in(json const& events) {
    std::string text;
    for (auto const& event : events) {
        auto const data = json::parse(event["data"].get<std::string>(), nullptr, false);
        if (!data.is_object() || !data.contains("choices")) break;
        for (auto const& choice : data["choices"])
            if (choice["delta"].contains("content") && choice["delta"]["content"].is_string())
                text += choice["delta"]["content"].get<std::string>();
    }
    return text;
}

TEST_F(AnswersOverSockets, OfEventsReachTheClientWholeAndEndOnce) {
    NEED_SHARED("corpora/sse");
    start_both();
    auto const all = event_streams();
    EXPECT_GT(all.size(), 50u);
    for (auto const& one : all) {
        bytes = as_answer(one);
        auto const heard = asked(true);
        SCOPED_TRACE(one.name + "\n" + std::to_string(heard.status) + heard.body.substr(0, 300));
        EXPECT_EQ(status_of_a_good_request(), 200u);
        // None of them is an answer with a reason for its end, so none ends well.
        bool const in_stream = heard.status == 200;
        EXPECT_TRUE(in_stream || heard.status == 502);
        EXPECT_NE(code_of(heard), "") << "an error ends it";
        EXPECT_EQ(heard.body.find("data: [DONE]"), std::string::npos);
        std::string text;
        for (std::size_t at = heard.body.find("data: {"); at != heard.body.npos;
             at = heard.body.find("data: {", at + 1)) {
            auto const data =
                json::parse(heard.body.substr(at + 6, heard.body.find('\n', at) - at - 6));
            for (auto const& choice : data.value("choices", json::array())) {
                auto const said = choice["delta"].value("content", json());
                if (said.is_string()) text += said.get<std::string>();
            }
        }
        EXPECT_EQ(text, text_in(one.expected["events"]));
    }
}

// In front of the answer to a call: what is no message is passed over, whatever it is.
TEST_F(AnswersOverSockets, OfEventsBeforeTheAnswerToACallCostNothing) {
    NEED_SHARED("corpora/sse");
    start_both();
    good_follows = true;
    for (auto const& each : event_streams()) {
        if (each.expected["content_type"] != "text/event-stream") continue;
        bytes = as_answer(each);
        SCOPED_TRACE(each.name);
        auto const session = open_session("/mcp/s");
        auto const reply = play::last_message(
            one(post("/mcp/s",
                     R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo"}})",
                     session))
                .body);
        EXPECT_TRUE(reply.is_object() && reply.contains("result")) << reply.dump();
    }
}

}  // namespace
