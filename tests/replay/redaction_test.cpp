#include "replay/redaction.hpp"

#include <gtest/gtest.h>

#include "wire/event_stream.hpp"

namespace {

std::string clean(std::string text, std::vector<std::string> names = {}) {
    auto const size = text.size();
    replay::redaction(std::move(names)).clean_text(text);
    EXPECT_EQ(text.size(), size);
    return text;
}

struct sample {
    char const* name;
    char const* before;
    char const* after;
};

std::vector<sample> const samples{
    {"OpenAiKey", "use sk-abcdefgh1234.", "use sk-REDACTED****."},
    {"BehindAnEscape", R"("a\nsk-abcdefgh1234")", R"("a\nsk-REDACTED****")"},
    {"GoogleKey", "AIzaSyA12345678901234567890", "AIzaREDACTED***************"},
    {"AwsKey", "AKIAABCDEFGHIJKLMNOP", "AKIAREDACTED********"},
    {"GithubKey", "ghp_abcdefghijklmnopqrstuvwxyz", "ghp_REDACTED******************"},
    {"BearerToken", "Bearer abc.def-123", "Bearer REDACTED***"},
    {"JsonMember", R"({"api_key": "abcdefghij"})", R"({"api_key": "REDACTED**"})"},
    {"JsonInJson", R"({\"password\":\"abcdefghij\"})", R"({\"password\":\"REDACTED**\"})"},
    {"ShortOne", R"({"password":"abc"})", R"({"password":"***"})"},
    {"Parameter", "/x?api_key=abcdefghij&y=1", "/x?api_key=REDACTED**&y=1"},
    {"SchemaStays", R"({"password":{"type":"string"}})", R"({"password":{"type":"string"}})"},
    {"NullStays", R"({"password": null})", R"({"password": null})"},
    {"WordsStay", "a task-management-list is no key", "a task-management-list is no key"},
    {"TwiceIsOnce", "use sk-REDACTED****.", "use sk-REDACTED****."},
};

class Redaction : public testing::TestWithParam<sample> {};

TEST_P(Redaction, HidesSecretsAndNothingElse) {
    EXPECT_EQ(clean(GetParam().before), GetParam().after);
}

INSTANTIATE_TEST_SUITE_P(Samples, Redaction, testing::ValuesIn(samples),
                         [](auto const& info) { return info.param.name; });

TEST(Redaction, NamesCanBeAdded) {
    EXPECT_EQ(clean(R"({"tenant":"abcdefghij"})"), R"({"tenant":"abcdefghij"})");
    EXPECT_EQ(clean(R"({"tenant":"abcdefghij"})", {"tenant"}), R"({"tenant":"REDACTED**"})");
}

// With a wrong checksum nobody could read what is behind it.
TEST(Redaction, ABinaryFrameKeepsAChecksumThatFits) {
    auto const frame = [](std::string const& words) {
        return wire::to_event_stream({{":message-type", "event"}, {":event-type", "x"}},
                                     R"({"text":")" + words + R"("})");
    };
    auto const     all = frame("use sk-abcdefgh1234.") + frame("more");
    replay::answer a;
    a.fields = {{"Content-Type", "application/vnd.amazon.eventstream"}};
    a.pieces = {{{}, all.substr(0, 70)}, {{}, all.substr(70)}};
    replay::redaction().clean(a);
    std::vector<std::string> heard;
    auto const               parser = wire::make_event_stream_parser(
        [&](wire::frame const& f) { heard.emplace_back(f.data); }, 1000);
    parser->feed(replay::body_of(a));
    EXPECT_EQ(heard, (std::vector<std::string>{R"({"text":"use sk-REDACTED****."})",
                                               R"({"text":"more"})"}));
}

TEST(Redaction, HeadersKeepTheirScheme) {
    runtime::http_fields fields{{"authorization", "Bearer abc"},
                                {"Cookie", "a=b c=d"},
                                {"X-Auth-Token", "abc"},
                                {"Mcp-Session-Id", "abc"},
                                {"x-ratelimit-limit-tokens", "5"}};
    replay::redaction().clean(fields);
    runtime::http_fields const expected{{"authorization", "Bearer [redacted]"},
                                        {"Cookie", "[redacted]"},
                                        {"X-Auth-Token", "[redacted]"},
                                        {"Mcp-Session-Id", "abc"},
                                        {"x-ratelimit-limit-tokens", "5"}};
    EXPECT_EQ(fields, expected);
}

}  // namespace
