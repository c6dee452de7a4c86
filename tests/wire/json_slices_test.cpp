#include "wire/json_slices.hpp"

#include <gtest/gtest.h>

// Pieces of JSON texts keep their spelling.

namespace {

using wire::slice;
using wire::with_value;

constexpr std::string_view text =
    R"( { "id" : 1e2, "params":{"_meta":{"progressToken":"a\"}b"},"n":[1.0, {"x":"]"} , 2 ]}, "z":null} )";

std::string at(std::vector<std::string_view> const& path) {
    return std::string(slice(text, path).value_or("none"));
}

}  // namespace

TEST(JsonSlices, AreFoundByTheirNames) {
    EXPECT_EQ(at({"id"}), "1e2");
    EXPECT_EQ(at({"params", "_meta", "progressToken"}), R"("a\"}b")");
    EXPECT_EQ(at({"params", "n"}), R"([1.0, {"x":"]"} , 2 ])");
    EXPECT_EQ(at({"z"}), "null");
    EXPECT_EQ(at({"params", "x"}), "none");
    EXPECT_EQ(at({"id", "x"}), "none");
    EXPECT_EQ(slice("[1]", "id"), std::nullopt);
    EXPECT_EQ(slice("", "id"), std::nullopt);
}

TEST(JsonSlices, ElementsOfAnArray) {
    auto const all = wire::elements(R"([ 1.0 , {"a":[2,3]},"x,y" ])");
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0], "1.0");
    EXPECT_EQ(all[1], R"({"a":[2,3]})");
    EXPECT_EQ(all[2], R"("x,y")");
    EXPECT_TRUE(wire::elements("[]").empty());
    EXPECT_TRUE(wire::elements("{}").empty());
}

TEST(JsonSlices, OnlyTheNamedPieceIsChanged) {
    EXPECT_EQ(with_value(R"({ "a":1.00,  "id":7 , "b":{"id":8}})", "id", "\"x\""),
              R"({ "a":1.00,  "id":"x" , "b":{"id":8}})");
    EXPECT_EQ(with_value(R"({"a":1})", "id", "2"), R"({"a":1})");
}

TEST(JsonSlices, BrokenTextsLeadNowhereOutside) {
    std::string const whole(text);
    for (std::size_t end = 0; end < whole.size(); ++end) {
        auto const cut = whole.substr(0, end);
        for (auto const& [name, value] : wire::members(cut))
            EXPECT_LE(value.data() + value.size(), cut.data() + cut.size());
        wire::elements(cut);
    }
}
