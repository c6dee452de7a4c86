#include "wire/json_members.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace {

TEST(JsonMembers, AreReadWithSuspicion) {
    auto const told = nlohmann::json::parse(R"({"t":"x","n":null,"b":true,"i":3})");
    EXPECT_EQ(wire::text_member(told, "t"), "x");
    EXPECT_EQ(wire::text_member(told, "i"), "");
    EXPECT_EQ(wire::find_member(told, "n"), nullptr);
    EXPECT_EQ(wire::find_member(nlohmann::json("no object"), "n"), nullptr);
    EXPECT_TRUE(wire::flag_member(told, "b"));
    EXPECT_FALSE(wire::flag_member(told, "i"));
}

TEST(JsonMembers, CountsNeverGoBelowZeroNorWrap) {
    auto const told = nlohmann::json::parse(
        R"({"ok":7,"half":1.5,"below":-1,"text":"2","top":18446744073709551615,"huge":1e300})");
    constexpr auto top = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(wire::count_member(told, "ok"), 7);
    EXPECT_EQ(wire::count_member(told, "half"), 1);
    EXPECT_EQ(wire::count_member(told, "below"), 0);
    EXPECT_EQ(wire::count_member(told, "text"), 0);
    EXPECT_EQ(wire::count_member(told, "top"), top);
    EXPECT_EQ(wire::count_member(told, "huge"), top);
    EXPECT_EQ(wire::add_counts(top, 1), top);
}

TEST(JsonText, IsQuotedAsDumpQuotes) {
    std::string every;
    for (int byte = 0; byte < 128; ++byte) every += static_cast<char>(byte);
    for (auto const& text : {every, std::string("\xE2\x9C\x94 \"quoted\"\\"),
                             std::string("cut \xE2\x9C"), std::string()}) {
        std::string out;
        wire::append_quoted(out, text);
        EXPECT_EQ(out, wire::dump(text));
    }
}

}  // namespace
