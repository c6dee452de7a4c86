#include "scenarios/token.hpp"

#include <gtest/gtest.h>

#include "runtime/trace.hpp"

using scenario::token;
using scenario::tokenize;

namespace {

std::vector<std::string> texts(std::string_view line) {
    std::vector<std::string> found;
    for (auto const& t : tokenize(line, 1)) found.push_back(t.text);
    return found;
}

}  // namespace

TEST(Quoted, TurnsNoDirectionOnATerminalAndIsReadBack) {
    std::string const said = "a\u202eb\u2066c\u200fd \u05d0 \u00e9";
    auto const        quoted = runtime::quoted(said);
    EXPECT_EQ(quoted, "\"a\\u202eb\\u2066c\\u200fd \u05d0 \u00e9\"");
    EXPECT_EQ(texts(quoted), std::vector<std::string>{said});
}

TEST(Tokenizer, TellsWordsTextsAndJson) {
    auto const tokens = tokenize(R"(  tool echo {"text": "a } b # c"} "said" [1, 2]  # why)", 7);
    ASSERT_EQ(tokens.size(), 5u);
    EXPECT_EQ(tokens[0].what, token::kind::word);
    EXPECT_EQ(tokens[2].what, token::kind::json);
    EXPECT_EQ(tokens[2].text, R"({"text": "a } b # c"})");
    EXPECT_EQ(tokens[2].json["text"], "a } b # c");
    EXPECT_EQ(tokens[3].what, token::kind::text);
    EXPECT_EQ(tokens[3].text, "said");
    EXPECT_EQ(tokens[4].json, nlohmann::json::parse("[1,2]"));
    EXPECT_EQ(tokens[1].at.line, 7);
    EXPECT_EQ(tokens[1].at.column, 8);
    EXPECT_EQ(tokens[1].at.width, 4);
}

TEST(Tokenizer, BeginsACommentOnlyBetweenWords) {
    EXPECT_EQ(texts("tools litellm#19129 # no"),
              (std::vector<std::string>{"tools", "litellm#19129"}));
    EXPECT_EQ(texts("# all of it"), std::vector<std::string>{});
    EXPECT_EQ(scenario::split("waive text  #  because  ", 1).comment, "because");
}

TEST(Tokenizer, KnowsAllEscapes) {
    EXPECT_EQ(texts(R"("\n\r\t\b\f\"\\\/")")[0], "\n\r\t\b\f\"\\/");
    EXPECT_EQ(texts(R"("\xe6\xB5")")[0], "\xe6\xb5");
    EXPECT_EQ(texts(R"("\u00e9\u6d77\ud83d\ude00\u0000")")[0], std::string("é海😀\0", 10));
}

TEST(Tokenizer, ReadsBackWhateverIsQuoted) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    for (auto const& text : {all, std::string("Grüße 海 😀"), std::string("a\xf0\x9f")})
        EXPECT_EQ(texts(runtime::quoted(text))[0], text);
}

TEST(Tokenizer, CountsCharactersAndNotBytes) {
    auto const tokens = tokenize("\"海海\" x", 1);
    EXPECT_EQ(tokens[0].at.width, 4);
    EXPECT_EQ(tokens[1].at.column, 6);
    EXPECT_EQ(tokenize("海海 x y", 1, 4)[0].text, "x");
}

TEST(Tokenizer, LeavesNoBrokenTokenUnnoticed) {
    for (auto const* line : {"\"open", "\"a\\", R"("\q")", R"("\x1")", R"("\u12")", R"("\ud800")",
                             R"("\udc00")", "\"a\"b", "a\"b\"", "{\"a\": 1", "{\"a\": tru}",
                             "{\"a\": 1]", "{\"a", "{'a': 1}", "[1,]", "{\"a\":1}x", "[1e999]"})
        EXPECT_THROW(tokenize(line, 1), scenario::syntax_error) << line;
    EXPECT_THROW(tokenize(std::string(200, '[') + std::string(200, ']'), 1),
                 scenario::syntax_error);
}

TEST(Tokenizer, TakesOthersWordsAsTheyAre) {
    EXPECT_EQ(scenario::tokens_of("a \"open b").size(), 3u);
    EXPECT_EQ(scenario::tokens_of("see # 5").size(), 3u);
    EXPECT_EQ(scenario::tokens_of(R"(echo {"a": 1})").size(), 2u);
}

TEST(Nearest, FindsASlipAndNothingFarther) {
    std::vector<std::string> const known{"stall", "status", "text", "end", "finish"};
    EXPECT_EQ(scenario::nearest("stal", known), "stall");
    EXPECT_EQ(scenario::nearest("fnish", known), "finish");
    EXPECT_EQ(scenario::nearest("txet", known), "text");
    EXPECT_EQ(scenario::nearest("edn", known), "end");
    EXPECT_EQ(scenario::nearest("bytes", known), "");
    EXPECT_EQ(scenario::nearest("", known), "");
    EXPECT_EQ(scenario::nearest("x", {"y"}), "");
}
