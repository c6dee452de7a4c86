#include "wire/retry_hint.hpp"

#include <gtest/gtest.h>

namespace {

TEST(RetryHint, IsReadFromWhatGoogleAndAzureSay) {
    EXPECT_EQ(
        wire::retry_hint(
            R"({"error":{"code":429,"message":"no","details":[{"@type":"x"},{"retryDelay":"34.4s"}]}})"),
        "35");
    EXPECT_EQ(wire::retry_hint(R"([{"error":{"details":[{"retryDelay":"7s"}]}}])"), "7");
    EXPECT_EQ(
        wire::retry_hint(
            R"({"error":{"code":"429","message":"Too many. Please retry after 37 seconds."}})"),
        "37");
}

TEST(RetryHint, IsNothingWhereNobodySaysIt) {
    for (auto const* body : {"", "<html>", "{}", R"({"error":{"message":"retry after lunch"}})",
                             R"({"error":{"message":"retry after 5 minutes"}})",
                             R"({"error":{"details":[{"retryDelay":"99999999s"}]}})"})
        EXPECT_EQ(wire::retry_hint(body), "") << body;
}

}  // namespace
