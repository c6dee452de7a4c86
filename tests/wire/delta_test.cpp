#include "wire/delta.hpp"

#include <string>

#include <gtest/gtest.h>

#include "wire/error.hpp"

namespace {

using wire::answer;
using wire::said;

TEST(AnswerOrder, ACallMustBeWholeBeforeAnythingElseIsSaid) {
    EXPECT_EQ(wire::next(answer::silent, said::tool_begins), answer::calling);
    EXPECT_EQ(wire::next(answer::calling, said::tool_arguments), answer::calling);
    EXPECT_EQ(wire::next(answer::calling, said::tool_ends), answer::speaking);
    for (auto const what : {said::text, said::tool_begins, said::finish})
        EXPECT_EQ(wire::next(answer::calling, what), answer::broken);
    for (auto const what : {said::tool_arguments, said::tool_ends})
        EXPECT_EQ(wire::next(answer::speaking, what), answer::broken);
}

TEST(AnswerOrder, NothingFollowsTheFinishAndNothingMendsWhatIsBroken) {
    EXPECT_EQ(wire::next(answer::speaking, said::finish), answer::finished);
    for (auto const what :
         {said::text, said::tool_begins, said::tool_arguments, said::tool_ends, said::finish}) {
        EXPECT_EQ(wire::next(answer::finished, what), answer::broken);
        EXPECT_EQ(wire::next(answer::broken, what), answer::broken);
    }
}

TEST(FinishReason, IsSpelledInOpenAisWords) {
    EXPECT_STREQ(wire::to_text(wire::finish_reason::stop), "stop");
    EXPECT_STREQ(wire::to_text(wire::finish_reason::length), "length");
    EXPECT_STREQ(wire::to_text(wire::finish_reason::tool_calls), "tool_calls");
    EXPECT_STREQ(wire::to_text(wire::finish_reason::content_filter), "content_filter");
}

TEST(WireErrors, EachHasItsOwnWordsWithoutAFullStop) {
    std::string last;
    for (int value = 1; value <= static_cast<int>(wire::error::unsupported); ++value) {
        auto const words = wire::error_category().message(value);
        EXPECT_NE(words, "unknown wire error") << value;
        EXPECT_NE(words, last);
        EXPECT_NE(words.back(), '.');
        last = words;
    }
}

}  // namespace
