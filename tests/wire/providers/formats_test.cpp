#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"
#include "wire/error.hpp"
#include "wire/json_members.hpp"

// What holds of every row of provider_formats(): its mock and the gateway understand each other,
// streamed and whole, asked and answered. (That both do not agree on one mistake is for the
// recordings and the hand-made samples beside this file.)
namespace {

using nlohmann::json;
using namespace std::string_literals;

class Formats : public testing::TestWithParam<char const*> {
protected:
    wire::provider_format const& format = *wire::find_provider_format(GetParam());

    std::string spoken(std::vector<wire::delta> const& said, bool ends = true) const {
        wire::answer_identity who;
        who.id = format.answer_id + "1"s;
        who.model = "model";
        who.created = 1'700'000'000;
        who.include_usage = true;
        auto const encoder = format.encoder(who);
        auto       bytes = encoder->begin();
        for (auto const& one : said) bytes += encoder->encode(one);
        return ends ? bytes + encoder->end() : bytes;
    }
};

std::vector<wire::delta> two_calls() {
    return {wire::text{"Let me "},
            wire::text{"see. \xE2\x9C\x94\n"},
            wire::tool_begins{0, "call00001", "echo"},
            wire::tool_arguments{0, R"({"text":"h\u00e9)"},
            wire::tool_arguments{0, R"(llo"})"},
            wire::tool_ends{0},
            wire::tool_begins{1, "call00002", "now"},
            wire::tool_arguments{1, "{}"},
            wire::tool_ends{1},
            wire::usage{20, 9, 4, 0},
            wire::finish{wire::finish_reason::tool_calls}};
}

void expect_two_calls(heard const& got) {
    ASSERT_EQ(got.choices.size(), 1u);
    auto const& one = got.choices.at(0);
    EXPECT_EQ(one.text, "Let me see. \xE2\x9C\x94\n");
    ASSERT_EQ(one.calls.size(), 2u);
    EXPECT_EQ(one.calls[0].id, "call00001");
    EXPECT_EQ(one.calls[0].name, "echo");
    EXPECT_EQ(json::parse(one.calls[0].arguments), json({{"text", "h\xC3\xA9llo"}}));
    EXPECT_EQ(one.calls[1].id, "call00002");
    EXPECT_EQ(json::parse(one.calls[1].arguments), json::object());
    EXPECT_EQ(one.finish, wire::finish_reason::tool_calls);
    EXPECT_EQ(one.order, wire::answer::finished);
    ASSERT_TRUE(got.tokens);
    EXPECT_EQ(got.tokens->input, 20);
    EXPECT_EQ(got.tokens->output, 9);
}

TEST_P(Formats, AreHeardAsTheyWereSpokenHoweverTheBytesAreCut) {
    auto const bytes = spoken(two_calls());
    auto const whole = put_together(said_by(format, bytes));
    expect_two_calls(whole);
    EXPECT_EQ(put_together(decode(format, bytewise(bytes))), whole);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        std::string_view const all = bytes;
        ASSERT_EQ(put_together(decode(format, {all.substr(0, cut), all.substr(cut)})), whole)
            << "cut after byte " << cut;
    }
}

TEST_P(Formats, AreHeardWhole) {
    wire::answer_identity const who{format.answer_id + "1"s, "model", 1'700'000'000, true, {}};
    expect_two_calls(put_together(format.whole(format.whole_body(two_calls(), who))));
}

// A stream that stops anywhere before it tells its reason is no answer.
TEST_P(Formats, AreNoAnswerWhereTheyAreCutOff) {
    auto       said = two_calls();
    auto const bytes = spoken(said);
    said.pop_back();
    auto const finish = spoken(said, false).size();
    ASSERT_LT(finish, bytes.size());
    for (std::size_t cut = 0; cut <= finish; ++cut) {
        auto const all = std::string_view(bytes).substr(0, cut);
        auto const why = error_of([&] { decode(format, {all}); });
        ASSERT_EQ(why, wire::error::stream_cut) << "after byte " << cut;
    }
}

TEST_P(Formats, TellTheirThoughts) {
    std::vector<wire::delta> const said{wire::thinking{"Hm. ", {}}, wire::thinking{"So.", {}},
                                        wire::text{"Yes."}, wire::usage{7, 5, 0, 3},
                                        wire::finish{wire::finish_reason::stop}};
    wire::answer_identity const    who{"1", "model", 1'700'000'000, true, {}};
    for (auto const& got : {put_together(said_by(format, spoken(said))),
                            put_together(format.whole(format.whole_body(said, who)))}) {
        ASSERT_EQ(got.choices.size(), 1u);
        EXPECT_EQ(got.choices.at(0).thinking, "Hm. So.");
        EXPECT_EQ(got.choices.at(0).text, "Yes.");
        EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::stop);
        EXPECT_EQ(got.tokens->output, 5);
    }
}

TEST_P(Formats, TellThatTheTokensWereUsedUp) {
    auto const got = put_together(said_by(
        format, spoken({wire::text{"To be con"}, wire::finish{wire::finish_reason::length}})));
    EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::length);
}

TEST_P(Formats, TellAnErrorInsideAStreamAndNoFinish) {
    auto const bytes = spoken({wire::text{"Well, "}, wire::failure{0, "", "out of breath", ""}});
    auto const whole = put_together(said_by(format, bytes));
    ASSERT_TRUE(whole.failed);
    EXPECT_EQ(whole.failed->message, "out of breath");
    EXPECT_EQ(whole.choices.at(0).text, "Well, ");
    EXPECT_FALSE(whole.choices.at(0).finish);
    EXPECT_EQ(put_together(decode(format, bytewise(bytes))), whole);
}

TEST_P(Formats, TellAnErrorBeforeAStream) {
    auto const read = format.failed(429, format.failure_body({429, "", "slow down", ""}));
    EXPECT_EQ(read.message, "slow down");
    EXPECT_EQ(read.status, 429);
}

// A whole error under a status of 200, where a stream was asked for.
TEST_P(Formats, TakeAnErrorThatIsNoStream) {
    auto const got = put_together(said_by(format, format.failure_body({429, "", "slow down", ""})));
    ASSERT_TRUE(got.failed);
    EXPECT_EQ(got.failed->message, "slow down");
}

wire::conversation talk() {
    wire::conversation made;
    made.model = "model-1";
    made.stream = true;
    made.include_usage = true;
    made.messages = json::parse(R"([{"role":"system","content":"Be brief."},
                                    {"role":"user","content":"Say hello."}])");
    made.tools.push_back({"echo", "says it again", json::parse(R"({"type":"object"})"), nullptr});
    made.tools.push_back({"now", "", json::object(), nullptr});
    std::vector<wire::tool_call> const calls{{"call00001", "echo", R"({"text":"hello"})"},
                                             {"call00002", "now", ""}};
    made.add_answer("Let me see.", calls);
    made.add_result(calls[0], "hello");
    made.add_result(calls[1], "12:00");
    return made;
}

TEST_P(Formats, AreAskedSoThatTheMockUnderstands) {
    for (bool const stream : {true, false}) {
        auto asked = talk();
        asked.stream = stream;
        auto const request = format.request(asked, wire::account("KEY"));
        auto const read = format.question(request.path, request.body);
        EXPECT_EQ(read.stream, stream);
        EXPECT_EQ(read.tools, (std::vector<std::string>{"echo", "now"}));
        ASSERT_EQ(read.results.size(), 2u);
        EXPECT_EQ(read.results[0], std::make_pair("call00001"s, "hello"s));
        EXPECT_EQ(read.results[1], std::make_pair("call00002"s, "12:00"s));
        bool told = false;
        for (auto const& [name, value] : request.headers)
            told = told || value == "KEY" || value == "Bearer KEY";
        EXPECT_TRUE(told) << "no key in the head";
    }
}

TEST_P(Formats, AreAskedWithAllThatWasSaid) {
    auto const request = format.request(talk(), wire::account("KEY"));
    auto const read = format.question(request.path, request.body);
    if (read.messages.is_null()) return;  // the body is in OpenAI's or Anthropic's shape
    ASSERT_EQ(read.messages.size(), 5u) << read.messages.dump(1);
    EXPECT_EQ(read.messages[0]["role"], "system");
    EXPECT_EQ(read.messages[0]["content"], "Be brief.");
    EXPECT_EQ(read.messages[1]["content"], "Say hello.");
    EXPECT_EQ(read.messages[2]["role"], "assistant");
    EXPECT_EQ(read.messages[2]["content"], "Let me see.");
    auto const& calls = read.messages[2]["tool_calls"];
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_EQ(calls[0]["id"], "call00001");
    EXPECT_EQ(calls[0]["function"]["name"], "echo");
    EXPECT_EQ(json::parse(calls[0]["function"]["arguments"].get<std::string>()),
              json({{"text", "hello"}}));
    EXPECT_EQ(read.messages[3]["tool_call_id"], "call00001");
    EXPECT_EQ(read.messages[4]["content"], "12:00");
}

TEST_P(Formats, RefuseAQuestionThatIsNone) {
    for (auto const* body : {"", "[]", "{}", "{\"messages\":1}"}) {
        auto const path = format.request(talk(), wire::account("KEY")).path;
        EXPECT_EQ(error_of([&] { format.question(path, body); }), wire::error::malformed) << body;
    }
}

std::vector<char const*> names() {
    std::vector<char const*> all;
    for (auto const& format : wire::provider_formats()) all.push_back(format.name);
    return all;
}

INSTANTIATE_TEST_SUITE_P(All, Formats, testing::ValuesIn(names()),
                         [](auto const& info) { return std::string(info.param); });

TEST(FindProviderFormat, KnowsOurNamesAndThoseOfLiteLlm) {
    for (auto const* name : {"bedrock", "ollama", "ollama_chat", "cohere_chat", "hosted_vllm"})
        EXPECT_NE(wire::find_provider_format(name), nullptr) << name;
    EXPECT_EQ(wire::find_provider_format("hosted_vllm"), wire::find_provider_format("vllm"));
    EXPECT_EQ(wire::find_provider_format("llama"), nullptr);
}

}  // namespace
