#include "wire/json_guard.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/wire/shared_material.hpp"
#include "tests/wire/throws.hpp"

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJson, GivesWhatNlohmannGives) {
    for (auto const* text : {"{}", "[]", "null", "0", "-1", "1.5e3", "\"a\\u0000b\"", "true",
                             R"({"a":[1,{"b":null,"c":[[]]},"x"],"d":{"e":18446744073709551615}})",
                             " [1 , 2.0 ,-9223372036854775808]\n"})
        EXPECT_EQ(wire::parse_json(text), nlohmann::json::parse(text)) << text;
}

TEST(ParseJson, RefusesANulWherever) {
    using namespace std::string_view_literals;
    for (auto const text :
         {"{\"a\":1}\0"sv, "{\"a\":1}\0{\"b\":2}"sv, "1\0"sv, "\"a\0b\""sv, "\0"sv})
        EXPECT_EQ(error_of([&] { wire::parse_json(text); }), wire::error::nul_byte);
}

TEST(ParseJson, StopsAtTheDepthLimit) {
    EXPECT_NO_THROW(wire::parse_json(nested(128)));
    EXPECT_EQ(error_of([] { wire::parse_json(nested(129)); }), wire::error::too_deep);
    EXPECT_EQ(error_of([] { wire::parse_json(std::string(1'000'000, '[')); }),
              wire::error::too_deep);
    wire::json_limits limits;
    limits.depth_max = 2;
    EXPECT_NO_THROW(wire::parse_json(R"({"a":[1],"b":[2]})", limits));
    EXPECT_EQ(error_of([&] { wire::parse_json(R"({"a":[{}]})", limits); }), wire::error::too_deep);
}

TEST(ParseJson, StopsAtTheValueLimit) {
    wire::json_limits limits;
    limits.value_count_max = 4;
    EXPECT_NO_THROW(wire::parse_json("[1,2,3]", limits));
    EXPECT_EQ(error_of([&] { wire::parse_json("[1,2,3,4]", limits); }),
              wire::error::too_many_values);
}

TEST(ParseJson, RefusesARepeatedMemberUnlessToldOtherwise) {
    EXPECT_EQ(error_of([] { wire::parse_json(R"({"a":1,"\u0061":2})"); }),
              wire::error::repeated_name);
    wire::json_limits lenient;
    lenient.unique_names = false;
    EXPECT_EQ(wire::parse_json(R"({"a":1,"a":{"b":2}})", lenient)["a"]["b"], 2);
}

TEST(ParseJson, RefusesAnIntegerItWouldRoundUnlessToldOtherwise) {
    EXPECT_EQ(error_of([] { wire::parse_json("18446744073709551616"); }), wire::error::malformed);
    EXPECT_NO_THROW(wire::parse_json("18446744073709551615"));
    EXPECT_NO_THROW(wire::parse_json("1e30"));
    wire::json_limits lenient;
    lenient.exact_integers = false;
    EXPECT_TRUE(wire::parse_json("18446744073709551616", lenient).is_number_float());
}

TEST(ParseJson, TellsBadTextFromBadBytes) {
    EXPECT_EQ(error_of([] { wire::parse_json("\"\xFF\""); }), wire::error::not_utf8);
    for (auto const* text : {"", " ", "{", "{}{}", "[1,]", "nul", "\"\\ud800\"", "1e999", "01"})
        EXPECT_EQ(error_of([&] { wire::parse_json(text); }), wire::error::malformed) << text;
}

TEST(JsonCorpus, EveryVerdictHolds) {
    NEED_SHARED("corpora/json/expected.json");
    auto const folder = shared_material::folder() / "corpora/json";
    auto const verdicts = nlohmann::json::parse(shared_material::read(folder / "expected.json"));
    int        count = 0;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        auto const name = entry.path().filename().string();
        if (entry.path().extension() != ".json" || name == "expected.json") continue;
        ++count;
        auto       verdict = verdicts.contains(name)  ? verdicts[name]["verdict"].get<std::string>()
                             : name.starts_with("y_") ? "accept"
                                                      : "reject";
        auto const text = shared_material::read(entry.path());
        // The suite of RFC 8259 allows repeated names; our own rule does not.
        wire::json_limits limits;
        limits.unique_names = !name.starts_with("y_");
        auto const code = error_of([&] { wire::parse_json(text, limits); });
        if (verdict == "accept") {
            EXPECT_FALSE(code) << name << ": " << code.message();
        }
        if (verdict == "reject") {
            EXPECT_TRUE(code) << name;
        }
        if (verdict == "keep" && !code) {
            auto const value = wire::parse_json(text);
            EXPECT_EQ(wire::parse_json(value.dump()), value) << name;
        }
    }
    EXPECT_GE(count, 290);
}

TEST(Utf8, TheCorpusHoldsHoweverItIsCut) {
    NEED_SHARED("corpora/utf8/cases.jsonl");
    for (auto const& told :
         shared_material::read_lines(shared_material::folder() / "corpora/utf8/cases.jsonl")) {
        SCOPED_TRACE(told["name"].get<std::string>());
        auto const bytes = shared_material::bytes_of(told);
        EXPECT_EQ(wire::is_utf8(bytes), told["valid"].get<bool>());
        auto const mended = wire::to_utf8(bytes);
        EXPECT_TRUE(wire::is_utf8(mended));
        if (told.contains("replaced_hex")) {
            EXPECT_EQ(mended, shared_material::bytes_of({{"hex", told["replaced_hex"]}}));
        }
    }
}

TEST(Utf8, AMaximalPartIsReplacedAsOne) {
    EXPECT_EQ(wire::to_utf8("a\xE2\x9C"), "a\xEF\xBF\xBD");
    EXPECT_EQ(wire::to_utf8("\xF0\x9F\x98"
                            "a"),
              "\xEF\xBF\xBD"
              "a");
    EXPECT_EQ(wire::to_utf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(wire::to_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_FALSE(wire::is_utf8(std::string(15, 'a') + "\x80"));
    EXPECT_TRUE(wire::is_utf8(std::string(13, 'a') + "\xE2\x9C\x94" + std::string(9, 'b')));
}

}  // namespace
