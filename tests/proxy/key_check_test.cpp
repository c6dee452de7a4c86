#include "proxy/key_check.hpp"

#include <gtest/gtest.h>

namespace {

using proxy::key_verdict;

proxy::key_check guarded() {
    proxy::config config;
    config.master_key = "sk-master";
    config.keys = {"sk-one", "sk-two"};
    return proxy::key_check(config);
}

TEST(KeyCheck, LetsInEachConfiguredKey) {
    auto const check = guarded();
    EXPECT_FALSE(check.is_open());
    for (auto const* value :
         {"Bearer sk-master", "Bearer sk-one", "bearer sk-two", "BEARER sk-one"})
        EXPECT_EQ(check({{value}, {}}), key_verdict::right) << value;
    for (auto const* value : {"sk-master", "sk-two", "Bearer sk-one"})
        EXPECT_EQ(check({{}, {value}}), key_verdict::right) << value;
}

TEST(KeyCheck, TurnsAwayEverythingElse) {
    auto const check = guarded();
    for (auto const* value :
         {"", " ", "Bearer", "Bearer ", "Bearer  sk-one", "Bearer sk-one ", "Bearer sk-on",
          "Bearer sk-onee", "Bearer SK-ONE", "sk-one", "Basic sk-one", "Bearersk-one",
          "Bearer sk-one, Bearer sk-two", "Bearer sk-one sk-one", "Bearer Bearer sk-one",
          "Bearer\tsk-one", "Token sk-one"})
        EXPECT_EQ(check({{value}, {}}), key_verdict::wrong) << value;
    for (auto const* value : {"", " ", "sk-on", "sk-one ", "Bearer ", "sk-one,sk-one"})
        EXPECT_EQ(check({{}, {value}}), key_verdict::wrong) << value;
    EXPECT_EQ(check({{std::string_view("Bearer sk-one\0", 14)}, {}}), key_verdict::wrong);
}

TEST(KeyCheck, TellsAMissingKeyFromAWrongOne) { EXPECT_EQ(guarded()({}), key_verdict::missing); }

TEST(KeyCheck, TurnsAwayADoubledHeaderEvenIfBothAreRight) {
    auto const check = guarded();
    EXPECT_EQ(check({{"Bearer sk-one", "Bearer sk-one"}, {}}), key_verdict::wrong);
    EXPECT_EQ(check({{}, {"sk-one", "sk-one"}}), key_verdict::wrong);
}

TEST(KeyCheck, LooksAtItsOwnHeaderFirst) {
    auto const check = guarded();
    // Authorization is then meant for somebody else.
    EXPECT_EQ(check({{"Bearer other", "x"}, {"sk-one"}}), key_verdict::right);
    EXPECT_EQ(check({{"Bearer sk-one"}, {"other"}}), key_verdict::wrong);
    EXPECT_EQ(check({{"Bearer sk-one"}, {""}}), key_verdict::wrong);
}

TEST(KeyCheck, LooksAtAnthropicsHeaderLast) {
    auto const check = guarded();
    EXPECT_EQ(check({{}, {}, {"sk-one"}}), key_verdict::right);
    EXPECT_EQ(check({{}, {}, {"sk-other"}}), key_verdict::wrong);
    EXPECT_EQ(check({{}, {}, {"sk-one", "sk-one"}}), key_verdict::wrong);
    EXPECT_EQ(check({{"Bearer sk-other"}, {}, {"sk-one"}}), key_verdict::wrong);
    EXPECT_EQ(check({{}, {"sk-other"}, {"sk-one"}}), key_verdict::wrong);
}

TEST(KeyCheck, NamesTheHolderOfAKeyWithoutTellingIt) {
    auto const check = guarded();
    auto const one = check.holder({{"Bearer sk-one"}, {}});
    EXPECT_EQ(one, check.holder({{}, {}, {"sk-one"}})) << "whichever header it came in";
    EXPECT_NE(one, check.holder({{"Bearer sk-two"}, {}}));
    EXPECT_EQ(one.find("sk-one"), std::string::npos);
    EXPECT_EQ(proxy::key_check{proxy::config{}}.holder({{"Bearer x"}, {}}), "");
}

TEST(KeyCheck, ReadsNoMoreThan512Bytes) {
    proxy::config config;
    config.keys = {std::string(512, 'k'), std::string(513, 'k')};
    proxy::key_check const check(config);
    EXPECT_EQ(check({{"Bearer " + config.keys[0]}, {}}), key_verdict::right);
    EXPECT_EQ(check({{}, {config.keys[0]}}), key_verdict::right);
    EXPECT_EQ(check({{"Bearer " + config.keys[1]}, {}}), key_verdict::wrong);
    EXPECT_EQ(check({{}, {config.keys[1]}}), key_verdict::wrong);
}

TEST(KeyCheck, IsOpenWithoutKeys) {
    proxy::key_check const check{proxy::config{}};
    EXPECT_TRUE(check.is_open());
    EXPECT_EQ(check({}), key_verdict::right);
    EXPECT_EQ(check({{"Bearer anything"}, {}}), key_verdict::right);
}

}  // namespace
