#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "scenarios/checks.hpp"
#include "wire/sse.hpp"

// A trace for the standing checks, written by hand: what the mocks and the test client would
// have noted. Client exchanges have numbers below 100, all others above.
class tale {
public:
    using json = nlohmann::json;

    std::vector<runtime::event> events;
    scenario::scenario          played;
    scenario::tolerance         slack;
    std::vector<std::string>    left_over, loop_trouble;
    std::vector<runtime::event> beside, twin, over_responses, over_messages;

    tale& at(runtime::duration now) {
        now_ = runtime::time_point(now);
        return *this;
    }

    tale& say(std::string from, std::string to, std::string verb, std::string words = {},
              std::uint64_t exchange = 1, json detail = nullptr, bool quiet = false) {
        runtime::event e;
        e.at = now_;
        e.from = std::move(from);
        e.to = std::move(to);
        e.verb = std::move(verb);
        e.words = std::move(words);
        e.exchange = exchange;
        e.detail = std::move(detail);
        e.quiet = quiet;
        e.number = events.size();
        events.push_back(std::move(e));
        return *this;
    }

    tale& ask(std::string const& question = "Who?", std::uint64_t exchange = 1,
              bool streamed = true, json more = json::object()) {
        json detail{{"path", "/v1/chat/completions"}, {"stream", streamed}};
        detail["body"] = std::move(more);
        detail["body"]["messages"] = messages(question);
        return say("client", "proxy", "ask", runtime::quoted(question), exchange, detail);
    }

    tale& head(std::uint64_t exchange = 1, int status = 200) {
        return say("proxy", "client", "head", "", exchange, {{"status", status}}, true);
    }

    // One SSE event as the client gets it: its bytes, its frame, and the words given.
    tale& frame(std::string const& data, std::uint64_t exchange = 1,
                std::string const& type = "message") {
        auto const bytes = wire::to_sse(data, type == "message" ? std::string() : type);
        say("proxy", "client", "bytes", bytes, exchange, nullptr, true);
        return say("proxy", "client", "frame", data, exchange, {{"type", type}}, true);
    }

    tale& chunk(json delta, json finish = nullptr, std::uint64_t exchange = 1, int choice = 0) {
        if (delta.is_null()) delta = json::object();
        frame(chunk_of({{{"index", choice}, {"delta", delta}, {"finish_reason", finish}}}).dump(),
              exchange);
        if (auto const text = delta.value("content", json()); text.is_string() && text != "")
            say("proxy", "client", "text", runtime::quoted(text.get<std::string>()), exchange);
        return *this;
    }

    tale& text(std::string const& piece, std::uint64_t exchange = 1) {
        return chunk({{"content", piece}}, nullptr, exchange);
    }

    tale& done(std::string const& reason = "stop", std::uint64_t exchange = 1) {
        return frame("[DONE]", exchange).say("proxy", "client", "end", reason, exchange);
    }

    tale& error(std::uint64_t exchange = 1) {
        return frame(R"({"error":{"message":"m","code":"c"}})", exchange)
            .say("proxy", "client", "error", "c \"m\"", exchange);
    }

    tale& body_end(bool clean = true, int trailing = 0, std::uint64_t exchange = 1) {
        return say("proxy", "client", "body-end", "", exchange,
                   {{"clean", clean}, {"trailing", trailing}}, true);
    }

    tale& turn(int number = 1, std::string const& question = "Who?", std::uint64_t exchange = 101) {
        return turn_with(number, messages(question), exchange);
    }

    tale& turn_with(int number, json messages, std::uint64_t exchange) {
        return say("proxy", "openai", "turn", std::to_string(number), exchange,
                   {{"body", {{"messages", std::move(messages)}}}});
    }

    tale& said(std::string const& verb, std::string words = {}, std::uint64_t exchange = 101,
               json detail = nullptr) {
        return say("openai", "proxy", verb, std::move(words), exchange, std::move(detail));
    }

    tale& said_text(std::string const& piece, std::uint64_t exchange = 101) {
        return said("text", runtime::quoted(piece), exchange);
    }

    static json chunk_of(json choices) {
        return {{"id", "chatcmpl-1"},
                {"object", "chat.completion.chunk"},
                {"created", 5},
                {"model", "m"},
                {"choices", std::move(choices)}};
    }

    static json messages(std::string const& question) {
        return json::array({{{"role", "user"}, {"content", question}}});
    }

    // The problems of one check, joined; all checks if it has no name.
    std::string objections(std::string const& id = {}) const {
        scenario::evidence const seen{played, events, slack,          left_over,    loop_trouble,
                                      beside, twin,   over_responses, over_messages};
        std::string              text;
        for (auto const& check : scenario::checks()) {
            if (!id.empty() && id != check.id) continue;
            for (auto const& o : check.judge(seen)) {
                EXPECT_EQ(o.check, check.id);
                text += (text.empty() ? "" : "; ") + o.problem;
            }
        }
        return text;
    }

private:
    runtime::time_point now_{};
};

// One plain answer, to the end, nothing wrong with it.
inline tale good_answer() {
    using namespace std::chrono_literals;
    tale t;
    t.ask().turn().at(120ms).said_text("a").head();
    t.chunk({{"role", "assistant"}, {"content", ""}}).text("a");
    t.at(150ms).said_text("b").text("b").said("finish", "stop");
    t.chunk({}, "stop");
    t.frame([] {
        auto usage = tale::chunk_of(nlohmann::json::array());
        usage["usage"] = {{"prompt_tokens", 1}};
        return usage.dump();
    }());
    t.done().body_end();
    t.say("proxy", "openai", "close", "", 101);
    return t;
}
