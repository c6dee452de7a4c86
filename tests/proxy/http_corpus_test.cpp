#include <gtest/gtest.h>

#include <functional>

#include "tests/proxy/program_play.hpp"
#include "tests/wire/shared_material.hpp"

// The corpus of HTTP requests, said to the gateway over real sockets.

namespace {

using nlohmann::json;

constexpr char settings[] = R"(
model_list:
  - model_name: some
    litellm_params:
      model: openai/some
      api_base: http://127.0.0.1:1/v1
      api_key: k
lockstep_settings:
  listen: 127.0.0.1:0
  allowed_hosts: [gw.test, www.example.com, example.com, a]
)";

std::string bytes_of(json const& one) {
    if (!one.contains("file")) return shared_material::bytes_of(one);
    auto const folder = shared_material::folder() / "corpora/http1";
    return shared_material::read(folder / std::string(one["file"]));
}

bool is_of_llhttp(json const& one) { return one["name"].get<std::string>().starts_with("llhttp-"); }

// Whether the answer says that the message itself was wrong, and not what it asked for.
bool is_about_framing(play::heard_answer const& answer) {
    if (answer.body.find("unsupported_method") != std::string::npos) return false;
    for (unsigned const status : {408u, 413u, 414u, 431u, 501u, 505u})
        if (answer.status == status) return true;
    return answer.status == 400 && (answer.body.find("[runtime:") != std::string::npos ||
                                    answer.body.find("chunk") != std::string::npos);
}

bool allows(json const& one, unsigned status) {
    // Of these the corpus knows that they are refused, by a parser that gives no status. A method
    // that is not known is no message that cannot be read (RFC 9110 section 15.6.2), and where
    // nothing is served no body is read.
    if (is_of_llhttp(one)) return status >= 400 && status != 408;
    for (unsigned const each : one.value("status", json::array({400})))
        if (each == status) return true;
    return false;
}

class HttpCorpus : public play::gateway_program {
protected:
    void expect_the_verdict(json const& one, std::size_t piece) {
        std::string const verdict = one["verdict"];
        std::size_t const asked = verdict == "accept" ? one["requests"].get<std::size_t>() : 10;
        auto const        heard = say(bytes_of(one), piece, asked);
        SCOPED_TRACE(one["name"].get<std::string>() + ", " + verdict + ", " +
                     std::string(one["why"]) + ", in pieces of " + std::to_string(piece) + "\n" +
                     play::told(heard));
        if (verdict == "accept") {
            ASSERT_FALSE(heard.answers.empty());
            for (auto const& each : heard.answers) EXPECT_FALSE(is_about_framing(each));
        } else if (verdict == "reject") {
            EXPECT_NE(heard.end, asio_late);
            ASSERT_LE(heard.answers.size(), 1u);
            for (auto const& each : heard.answers) EXPECT_TRUE(allows(one, each.status));
        } else if (verdict == "incomplete") {
            EXPECT_NE(heard.end, asio_late);
            ASSERT_EQ(heard.answers.size(), 1u);
            EXPECT_EQ(heard.answers[0].status, 408u);
        } else {
            EXPECT_EQ(verdict, "either");
            EXPECT_NE(heard.end, asio_late);
        }
    }

    std::string const asio_late = play::name_of(boost::asio::error::timed_out);
};

play::heard_answer const heard_nothing;

void for_each_request(std::function<void(json const&)> const& look) {
    auto const file = shared_material::folder() / "corpora/http1/cases.jsonl";
    for (auto const& one : shared_material::read_lines(file))
        if (one["kind"] == "request" && one["name"].get<std::string>().find("req-auth-") != 0)
            look(one);
}

// Whether the gateway's patience decides of it, which a clock that runs faster makes short. The
// others meet one that has time enough, however slow the machine is.
bool is_waited_for(json const& one) {
    return one["verdict"] == "incomplete" || one["verdict"] == "either";
}

TEST_F(HttpCorpus, EachRequestGetsItsVerdictAndTheNextClientIsServed) {
    NEED_SHARED("corpora/http1/cases.jsonl");
    start(settings, 1);
    int count = 0;
    for_each_request([&](json const& one) {
        if (is_waited_for(one)) return;
        expect_the_verdict(one, 1 << 20);
        EXPECT_EQ(status_of_a_good_request(), 200u) << one["name"];
        if (bytes_of(one).size() < 4096) expect_the_verdict(one, 1);
        ++count;
    });
    EXPECT_GT(count, 230);
}

TEST_F(HttpCorpus, ARequestThatNeverEndsIsGivenUp) {
    NEED_SHARED("corpora/http1/cases.jsonl");
    start(settings, 50);
    int count = 0;
    for_each_request([&](json const& one) {
        if (!is_waited_for(one)) return;
        expect_the_verdict(one, 1 << 20);
        if (bytes_of(one).size() < 4096) expect_the_verdict(one, 1);
        ++count;
    });
    EXPECT_GT(count, 10);
    EXPECT_EQ(status_of_a_good_request(), 200u);
}

TEST_F(HttpCorpus, CredentialsThatAreNoneAreRefused) {
    NEED_SHARED("corpora/http1/cases.jsonl");
    start(std::string(settings) + "general_settings:\n  master_key: right\n", 1);
    int        count = 0;
    auto const file = shared_material::folder() / "corpora/http1/cases.jsonl";
    for (auto const& one : shared_material::read_lines(file))
        if (one["name"].get<std::string>().starts_with("req-auth-")) {
            expect_the_verdict(one, 1 << 20);
            ++count;
        }
    EXPECT_EQ(count, 4);
}

// A page that a browser shows, or a name that somebody else resolves to this machine, must not
// spend the keys of a gateway that asks for none.
TEST_F(HttpCorpus, StrangersAreRefusedAtEveryPath) {
    start(settings, 1);
    for (std::string const line : {"POST /v1/chat/completions", "POST /v1/messages",
                                   "POST /v1/responses", "GET /v1/models", "GET /metrics"}) {
        auto const with = [&](std::string const& fields) {
            auto const heard = say(line + " HTTP/1.1\r\n" + fields + "\r\n", 1 << 20, 1);
            EXPECT_EQ(heard.answers.size(), 1u) << play::told(heard);
            return heard.answers.empty() ? heard_nothing : heard.answers[0];
        };
        for (auto const* fields : {"Host: localhost\r\nOrigin: https://evil.example\r\n",
                                   "Host: localhost\r\nOrigin: null\r\n", "Host: evil.example\r\n",
                                   "Host: localhost.evil.example\r\n"}) {
            auto const answer = with(fields);
            EXPECT_EQ(answer.status, 403u) << line << fields << answer.body;
            EXPECT_NE(answer.body.find("not allowed"), std::string::npos) << answer.body;
        }
        for (auto const* fields : {"Host: localhost\r\nOrigin: http://localhost:3000\r\n",
                                   "Host: 127.0.0.1:9\r\n", "Host: gw.test\r\n", "Host: [::1]\r\n"})
            EXPECT_NE(with(fields).status, 403u) << line << fields;
    }
}

// The two of Beast 1.81: a trailer of 64 KiB ends the process, and so does the last chunk in three
// pieces where assertions are on.
TEST_F(HttpCorpus, WhatEndsOthersIsAnswered) {
    start(settings, 1);
    std::string const head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n";
    auto const trailer = say(head + "X: " + std::string(70'000, 'x') + "\r\n\r\n", 1 << 20, 10);
    ASSERT_EQ(trailer.answers.size(), 1u) << play::told(trailer);
    EXPECT_EQ(trailer.answers[0].status, 400u) << play::told(trailer);
    auto const pieces = say(head + "\r\n", 1, 1);
    ASSERT_EQ(pieces.answers.size(), 1u) << play::told(pieces);
    EXPECT_EQ(pieces.answers[0].status, 400u) << play::told(pieces);
    EXPECT_EQ(status_of_a_good_request(), 200u);
}

}  // namespace
