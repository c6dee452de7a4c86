#include <gtest/gtest.h>

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <set>
#include <sstream>

#include "runtime/guarded.hpp"
#include "runtime/task_group.hpp"
#include "tests/proxy/program_play.hpp"
#include "tests/wire/shared_material.hpp"
#include "wire/chunked.hpp"

// The corpus of bad providers, each behind the gateway over real sockets.

namespace {

using boost::asio::awaitable;
using nlohmann::json;

// What of the answer reached the client.
struct seen {
    unsigned    status = 0;
    std::string text;
    std::string end;  // "done", "error", "error, done" or nothing
};

void read_event(std::string const& data, seen& all) {
    if (data == "[DONE]") {
        all.end += all.end.empty() ? "done" : ", done";
        return;
    }
    auto const event = json::parse(data);
    if (event.contains("error")) all.end = all.end.empty() ? "error" : all.end + ", error";
    if (event.value("type", "") == "message_stop") all.end += all.end.empty() ? "done" : ", done";
    for (auto const& choice : event.value("choices", json::array()))
        if (auto const& delta = choice["delta"]; delta.contains("content"))
            all.text += delta["content"].is_string() ? delta["content"].get<std::string>() : "";
    if (event.value("type", "") == "content_block_delta")
        all.text += event["delta"].value("text", "");
}

seen read_answer(play::heard_answer const& answer, bool streamed) {
    seen all;
    all.status = answer.status;
    if (streamed && answer.status == 200) {
        std::istringstream lines(answer.body);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("data: ")) read_event(line.substr(6), all);
        return all;
    }
    auto const body = json::parse(answer.body);
    all.end = body.contains("error") ? "error" : "done";
    for (auto const& choice : body.value("choices", json::array()))
        all.text += choice["message"]["content"].is_string()
                        ? choice["message"]["content"].get<std::string>()
                        : "";
    for (auto const& block : body.value("content", json::array()))
        all.text += block.value("text", "");
    return all;
}

// Says nothing of use for ever, until somebody's patience is over.
bool is_endless(std::string const& name) {
    static std::set<std::string> const all{"blackhole-connect", "hang-after-head",
                                           "hang-mid-stream",   "heartbeats-only-forever",
                                           "drip-1-byte-per-s", "anthropic-ping-only-forever"};
    return all.contains(name);
}

class ProviderCorpus : public play::gateway_program {
protected:
    // Every one of them is a model of its own. Those that wait for the gateway's patience meet one
    // whose clock runs faster; the others one that has time enough, however slow the machine is.
    void start_all(bool endless) {
        faster_ = endless ? 50 : 1;
        auto const file = shared_material::folder() / "corpora/provider-bad/cases.jsonl";
        for (auto& one : shared_material::read_lines(file))
            if (is_endless(one["name"]) == endless) cases.push_back(std::move(one));
        std::string settings = "model_list:\n";
        for (auto const& one : cases) {
            doors_.push_back(network().listen({"127.0.0.1", 0}));
            bool const anthropic = one["api"] == "anthropic-messages";
            settings +=
                "  - model_name: " + std::string(one["name"]) +
                "\n    litellm_params:\n      model: " + (anthropic ? "anthropic" : "openai") +
                "/m\n      api_base: http://" + runtime::to_text(doors_.back()->local()) +
                (anthropic ? "" : "/v1") + "\n      api_key: canary-of-the-key\n";
            serving_.spawn("provider", serve(*doors_.back(), one));
        }
        start(settings +
                  "lockstep_settings:\n  listen: 127.0.0.1:0\n  first_byte_timeout: 60s\n"
                  "  idle_timeout: 30s\n",
              faster_);
    }
    void expect_each_to_end_as_it_should();
    void TearDown() override {
        play::to_the_end(world, serving_.stop());
        gateway_program::TearDown();
    }

    play::heard_all ask(json const& one) {
        json body;
        body["model"] = one["name"];
        body["stream"] = one["stream"];
        body["max_tokens"] = 100;
        body["messages"][0] = {{"role", "user"}, {"content", "x"}};
        auto const        text = body.dump();
        std::string const path =
            one["api"] == "anthropic-messages" ? "messages" : "chat/completions";
        return say("POST /v1/" + path +
                       " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                       "application/json\r\nContent-Length: " +
                       std::to_string(text.size()) + "\r\n\r\n" + text,
                   1 << 20, 1);
    }

    std::vector<json> cases;
    int               asked = 0;  // of the one that is being played

private:
    awaitable<void> serve(runtime::listener& door, json const& one) {
        for (;;) {
            auto stream = co_await door.accept();
            ++asked;
            try {
                runtime::http_reader      reader(*stream, world.world().clock);
                runtime::http_limit const limit{std::chrono::seconds(5),
                                                boost::asio::error::timed_out};
                co_await reader.request(limit);
                co_await reader.whole_body(limit);
                auto acting = act(*stream, one["script"]);
                auto watching = reader.hang_up();
                co_await runtime::guarded(std::move(acting), std::move(watching));
            } catch (boost::system::system_error const& e) {
                if (e.code() == boost::asio::error::operation_aborted) throw;
            }
        }
    }

    // A script's clock runs as fast as the gateway's.
    awaitable<void> pause(json const& ms) {
        auto const span = std::chrono::microseconds(ms.get<int>() * 1000 / faster_);
        co_await world.world().clock.sleep_for(span);
    }

    awaitable<void> act(runtime::stream& stream, json const& script) {
        for (auto const& step : script)
            for (auto const& [verb, what] : step.items()) {
                if (verb == "send") co_await stream.write(shared_material::bytes_of(what));
                if (verb == "send_bytewise") co_await bytewise(stream, what, 0);
                if (verb == "drip") co_await bytewise(stream, what["data"], what["every_ms"]);
                if (verb == "sleep_ms") co_await pause(what);
                if (verb == "send_repeat" || verb == "chunk_repeat")
                    co_await many(stream, what, verb == "chunk_repeat");
                while (verb == "repeat") {
                    co_await stream.write(shared_material::bytes_of(what["send"]));
                    co_await pause(what["every_ms"]);
                }
                if (verb == "close" && what == "rst") co_return stream.reset();
                if (verb == "close") co_return stream.close();
            }
        runtime::bell never;
        for (;;) co_await never.wait();
    }

    awaitable<void> bytewise(runtime::stream& stream, json const& what, json every_ms) {
        auto const bytes = shared_material::bytes_of(what);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            co_await stream.write(std::string_view(bytes).substr(at, 1));
            if (every_ms != 0) co_await pause(every_ms);
        }
    }

    awaitable<void> many(runtime::stream& stream, json const& what, bool in_chunks) {
        auto const once = shared_material::bytes_of(what["data"]);
        auto const first = what.contains("first") ? shared_material::bytes_of(what["first"]) : "";
        for (int i = 0; i < what["times"]; ++i) {
            auto bytes = i == 0 ? first + once : once;
            if (in_chunks) bytes = wire::chunk_head(bytes.size()) + bytes + wire::chunk_tail;
            co_await stream.write(bytes);
        }
    }

    int                                             faster_ = 1;
    std::vector<std::unique_ptr<runtime::listener>> doors_;
    runtime::task_group                             serving_{world.world().executor};
};

void expect_the_text(json const& expected, seen const& all) {
    if (!expected["content_before"].is_string()) return;
    std::string const text = expected["content_before"];
    if (expected["end"] == "error-or-done")
        EXPECT_TRUE(text.starts_with(all.text) || all.text.starts_with(text)) << all.text;
    else
        EXPECT_EQ(all.text, text);
}

bool is_one_of(json const& all, unsigned status) {
    return std::any_of(all.begin(), all.end(), [&](json const& one) { return one == status; });
}

void ProviderCorpus::expect_each_to_end_as_it_should() {
    for (auto const& one : cases) {
        auto const& expected = one["expect"];
        asked = 0;
        auto const heard = ask(one);
        SCOPED_TRACE(one["name"].get<std::string>() + ": " + std::string(one["why"]) + "\n" +
                     play::told(heard));
        EXPECT_EQ(status_of_a_good_request(), 200u);
        ASSERT_EQ(heard.answers.size(), 1u);
        EXPECT_EQ(heard.answers[0].body.find("canary"), std::string::npos);
        auto const all = read_answer(heard.answers[0], one["stream"]);
        // The client who goes has a scenario of its own (cancel/); here it stays.
        if (expected["end"] == "none") continue;
        // Until there is a word to be told our answer has not begun: what breaks before it is a
        // status, where the corpus thinks of a gateway that has sent its head.
        bool const unbegun =
            all.end == "error" && all.text.empty() && (all.status == 502 || all.status == 504) &&
            expected["end"] != "done" &&
            (expected["end"] == "error-or-done" || !expected["content_before"].is_string() ||
             expected["content_before"] == "");
        if (!unbegun) EXPECT_TRUE(is_one_of(expected["status"], all.status));
        if (expected["end"] == "error-or-done")
            EXPECT_FALSE(all.end.empty());
        else
            EXPECT_EQ(all.end, expected["end"].get<std::string>());
        expect_the_text(expected, all);
        if (expected.value("may_retry", json()) == false) EXPECT_EQ(asked, 1);
    }
}

TEST_F(ProviderCorpus, EachEndsAsItShouldAndTheNextClientIsServed) {
    NEED_SHARED("corpora/provider-bad/cases.jsonl");
    start_all(false);
    expect_each_to_end_as_it_should();
}

TEST_F(ProviderCorpus, OneThatNeverEndsIsGivenUpAndTheNextClientIsServed) {
    NEED_SHARED("corpora/provider-bad/cases.jsonl");
    start_all(true);
    EXPECT_EQ(cases.size(), 6u);
    expect_each_to_end_as_it_should();
}

}  // namespace
