#include "wire/failure_text.hpp"

#include <string>

#include <gtest/gtest.h>

#include "wire/json_guard.hpp"

namespace {

struct sample {
    char const* body;
    char const* type;
    char const* message;
    char const* code;
};

TEST(FailureText, IsFoundInEveryShapeThatProvidersUse) {
    for (
        auto const& [body, type, message, code] : std::initializer_list<sample>{
            {R"({"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}})",
             "requests", "slow down", "rate_limit_exceeded"},
            {R"({"error":{"message":"m","type":"t","code":null}})", "t", "m", ""},
            {R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"})",
             "overloaded_error", "Overloaded", ""},
            {R"({"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}})",
             "RESOURCE_EXHAUSTED", "quota", "429"},
            {R"([{"error":{"code":400,"message":"bad","status":"INVALID"}}])", "INVALID", "bad",
             "400"},
            {R"({"code":"c","error":"model not found"})", "", "model not found", "c"},
            {R"({"message":"no such model"})", "", "no such model", ""},
            {R"({"detail":"Unauthorized"})", "", "Unauthorized", ""},
            {R"({"detail":[{"msg":"field required","type":"missing"}]})", "", "field required", ""},
            {R"({"something":1})", "", R"({"something":1})", ""},
            {"  <html><title>502</title></html>\r\n", "", "a page of 35 bytes that is not JSON",
             ""},
            {"KeyError\n  File \"serve.py\"", "", "a page of 26 bytes that is not JSON", ""},
            {"slow down, please\n", "", "slow down, please", ""},
            {R"({"error":{"message":"boom: Traceback (most recent call last):\n  File"}})", "",
             "boom", ""},
            {R"({"error":{"message":"Error: x\n    at f (a.js:1)\n    at g"}})", "", "Error: x",
             ""},
            {R"({"detail":"Traceback (most recent call last): x"})", "",
             "an error without a message", ""},
            {"\"just text\"", "", "\"just text\"", ""},
            {"", "", "an empty body with status 502", ""},
            {" \n ", "", "an empty body with status 502", ""}}) {
        auto const read = wire::read_failure(502, std::string_view(body));
        EXPECT_EQ(read, (wire::failure{502, type, message, code})) << body;
    }
}

TEST(FailureText, IsCutToTwoHundredBytesAndStaysText) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string body(shift, 'a');
        for (int i = 0; i < 100; ++i) body += "\xF0\x9F\x98\x80";
        auto const read = wire::read_failure(500, body);
        EXPECT_LE(read.message.size(), 200u);
        EXPECT_GE(read.message.size(), 197u);
        EXPECT_TRUE(wire::is_utf8(read.message));
        EXPECT_EQ(read.message, body.substr(0, read.message.size()));
    }
}

TEST(FailureText, NeverThrowsWhateverTheBytes) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    for (auto const& body : {bytes, std::string(5000, '['), std::string("\xFF\xFE"),
                             std::string("{\"error\":\0}", 11)})
        EXPECT_TRUE(wire::is_utf8(wire::read_failure(500, body).message));
}

}  // namespace
