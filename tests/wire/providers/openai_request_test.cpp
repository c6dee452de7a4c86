#include <gtest/gtest.h>

#include "tests/wire/throws.hpp"
#include "wire/provider_format.hpp"

namespace {

using nlohmann::json;

wire::provider_format const& openai() { return *wire::find_provider_format("openai"); }

TEST(OpenAiRequest, KeepsWhatTheCallerSentAndAddsWhatIsOurs) {
    wire::conversation talk;
    talk.model = "gpt-4o";
    talk.messages = json::parse(R"([{"role":"user","content":"hi","name":"x"},
        {"role":"assistant","content":"a","thinking_blocks":[{"type":"thinking"}],"reasoning_content":"kept"}])");
    talk.options = json::parse(
        R"({"temperature":0.5,"seed":7,"unknown":{"a":[1]},"stream_options":{"include_obfuscation":false}})");
    auto const custom =
        json::parse(R"({"type":"custom","custom":{"name":"c","format":{"type":"text"}}})");
    talk.tools = {{"c", "", nullptr, custom}, {"f", "does f", {{"type", "object"}}, nullptr}};
    talk.tool_choice = "required";
    talk.stream = true;

    auto const request = openai().request(talk, wire::account("KEY"));
    EXPECT_EQ(request.path, "/chat/completions");
    EXPECT_EQ(request.headers, (wire::fields{{"Authorization", "Bearer KEY"},
                                             {"Content-Type", "application/json"}}));
    EXPECT_EQ(json::parse(request.body),
              json::parse(R"({"model":"gpt-4o","temperature":0.5,"seed":7,"unknown":{"a":[1]},
        "messages":[{"role":"user","content":"hi","name":"x"},{"role":"assistant","content":"a","reasoning_content":"kept"}],
        "tools":[{"type":"custom","custom":{"name":"c","format":{"type":"text"}}},
                 {"type":"function","function":{"name":"f","description":"does f","parameters":{"type":"object"},"strict":false}}],
        "tool_choice":"required","stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}})"));
}

TEST(OpenAiRequest, WithoutAStreamHasNoStreamOptions) {
    wire::conversation talk;
    talk.model = "m";
    talk.options["stream_options"] = {{"include_usage", true}};
    EXPECT_EQ(json::parse(openai().request(talk, wire::account("")).body),
              json::parse(R"({"model":"m","messages":[],"stream":false})"));
}

TEST(OpenAiQuestion, IsWhatTheMockNeeds) {
    auto const read =
        openai().question("", R"({"model":"m","stream":true,"stream_options":{"include_usage":true},
        "tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}],
        "messages":[{"role":"tool","tool_call_id":"old","content":"x"},{"role":"user","content":"hi"},
          {"role":"assistant","content":null,"tool_calls":[]},
          {"role":"tool","tool_call_id":"a","content":"one"},
          {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"t"},{"type":"text","text":"wo"}]}]})");
    EXPECT_EQ(read.model, "m");
    EXPECT_TRUE(read.stream);
    EXPECT_TRUE(read.include_usage);
    EXPECT_EQ(read.tools, (std::vector<std::string>{"f", "c"}));
    EXPECT_EQ(read.results,
              (std::vector<std::pair<std::string, std::string>>{{"a", "one"}, {"b", "two"}}));
    for (auto const* body : {"", "[]", "{}", R"({"messages":"x"})"})
        EXPECT_EQ(error_of([&] { openai().question("", body); }), wire::error::malformed) << body;
}

TEST(ProviderFormats, AreFoundByName) {
    EXPECT_EQ(wire::find_provider_format("nobody"), nullptr);
    for (auto const& format : wire::provider_formats())
        EXPECT_EQ(wire::find_provider_format(format.name), &format);
}

}  // namespace
