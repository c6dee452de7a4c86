#include <gtest/gtest.h>

#include "tests/wire/throws.hpp"
#include "wire/provider_format.hpp"

namespace {

using nlohmann::json;

wire::provider_format const& anthropic() { return *wire::find_provider_format("anthropic"); }

wire::conversation talk_of(char const* messages, char const* options = "{}") {
    wire::conversation talk;
    talk.model = "claude";
    talk.messages = json::parse(messages);
    talk.options = json::parse(options);
    return talk;
}

json body_of(wire::conversation const& talk) {
    return json::parse(anthropic().request(talk, wire::account("KEY")).body);
}

json messages_of(char const* messages) { return body_of(talk_of(messages))["messages"]; }

TEST(AnthropicRequest, GoesWhereItShouldWithItsHeaders) {
    auto const request =
        anthropic().request(talk_of(R"([{"role":"user","content":"hi"}])"), wire::account("KEY"));
    EXPECT_EQ(request.path, "/messages");
    EXPECT_EQ(request.headers, (wire::fields{{"x-api-key", "KEY"},
                                             {"anthropic-version", "2023-06-01"},
                                             {"content-type", "application/json"}}));
    EXPECT_EQ(json::parse(request.body),
              json::parse(R"({"model":"claude","stream":false,"max_tokens":4096,
        "messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})"));
}

TEST(AnthropicRequest, MovesTheSystemOutAndMergesNeighbours) {
    auto const body =
        body_of(talk_of(R"([{"role":"system","content":"one"},{"role":"user","content":"a"},
        {"role":"developer","content":[{"type":"text","text":"two"}]},{"role":"user","content":"b"},{"role":"user","content":""}])"));
    EXPECT_EQ(body["system"],
              json::parse(R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])"));
    EXPECT_EQ(
        body["messages"],
        json::parse(
            R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}])"));
}

TEST(AnthropicRequest, GathersTheResultsBeforeTheUsersWords) {
    EXPECT_EQ(messages_of(R"([
        {"role":"assistant","content":"so","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}],"tool_calls":[
          {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
          {"id":"b","type":"function","function":{"name":"g","arguments":""}},
          {"id":"c","type":"function","function":{"name":"h","arguments":"{\"cut"}}]},
        {"role":"tool","tool_call_id":"a","content":"one"},
        {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"two"}]},
        {"role":"user","content":"go on"}])"),
              json::parse(R"([
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"so"},
          {"type":"tool_use","id":"a","name":"f","input":{"x":1}},
          {"type":"tool_use","id":"b","name":"g","input":{}},
          {"type":"tool_use","id":"c","name":"h","input":{"_raw":"{\"cut"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"one"},
          {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"two"}]},
          {"type":"text","text":"go on"}]}])"));
}

TEST(AnthropicRequest, MapsImagesAndFiles) {
    EXPECT_EQ(
        messages_of(R"([{"role":"user","content":[
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
        {"type":"image_url","image_url":{"url":"https://x/y.png"}},
        {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}}]}])")
            [0]["content"],
        json::parse(
            R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
        {"type":"image","source":{"type":"url","url":"https://x/y.png"}},
        {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"BBBB"}}])"));
}

TEST(AnthropicRequest, RefusesWhatAnthropicHasNoWordFor) {
    auto const refused = [](wire::conversation const& talk) {
        return error_of([&] { anthropic().request(talk, wire::account("")); }) ==
               wire::error::unsupported;
    };
    EXPECT_TRUE(refused(talk_of("[]", R"({"n":2})")));
    EXPECT_TRUE(refused(
        talk_of(R"([{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}])")));
    auto talk = talk_of("[]");
    talk.tools = {{"c", "", nullptr, {{"type", "custom"}}}};
    EXPECT_TRUE(refused(talk));
    EXPECT_FALSE(refused(talk_of("[]", R"({"n":1,"seed":7,"logprobs":true})")));
}

TEST(AnthropicRequest, MapsTheOptions) {
    auto talk = talk_of(
        "[]",
        R"({"max_tokens":7,"max_completion_tokens":9,"stop":["a"," ","b"],"temperature":1.7,"top_p":0.5,
        "user":"u","service_tier":"default","parallel_tool_calls":false,"seed":1,"stream_options":{},
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}})");
    talk.stream = true;
    talk.tools = {{"f", "does f", {{"type", "object"}}, nullptr},
                  {"g", "", nullptr,
                   json::parse(R"({"type":"function","function":{"name":"g","strict":true}})")}};
    EXPECT_EQ(
        body_of(talk),
        json::parse(
            R"({"model":"claude","stream":true,"max_tokens":9,"messages":[],"stop_sequences":["a","b"],"temperature":1.0,"top_p":0.5,
        "metadata":{"user_id":"u"},"service_tier":"standard_only","output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},
        "tools":[{"name":"f","description":"does f","input_schema":{"type":"object"}},{"name":"g","input_schema":{"type":"object","properties":{}},"strict":true}],
        "tool_choice":{"type":"auto","disable_parallel_tool_use":true}})"));
    EXPECT_EQ(body_of(talk_of("[]", R"({"stop":"x"})"))["stop_sequences"], json::parse(R"(["x"])"));
}

TEST(AnthropicRequest, MapsTheToolChoice) {
    for (auto const& [asked, wanted] : std::vector<std::pair<char const*, char const*>>{
             {R"("none")", R"({"type":"none"})"},
             {R"("auto")", R"({"type":"auto"})"},
             {R"("required")", R"({"type":"any"})"},
             {R"({"type":"function","function":{"name":"f"}})", R"({"type":"tool","name":"f"})"},
             {R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}})",
              R"({"type":"any"})"}}) {
        auto talk = talk_of("[]");
        talk.tools = {{"f", "", {{"type", "object"}}, nullptr}};
        talk.tool_choice = json::parse(asked);
        EXPECT_EQ(body_of(talk)["tool_choice"], json::parse(wanted)) << asked;
        talk.tools.clear();
        EXPECT_FALSE(body_of(talk).contains("tool_choice")) << "a choice among no tools is refused";
    }
}

TEST(AnthropicRequest, ThinksOnlyWhereThinkingIsAllowed) {
    auto const thinking = [](wire::conversation const& talk) {
        return body_of(talk).value("thinking", json());
    };
    auto const lots = talk_of("[]", R"({"reasoning_effort":"medium","temperature":0.5})");
    EXPECT_EQ(thinking(lots), json::parse(R"({"type":"enabled","budget_tokens":4096})"));
    EXPECT_EQ(body_of(lots)["max_tokens"], 8192);
    EXPECT_FALSE(body_of(lots).contains("temperature"));
    EXPECT_EQ(thinking(talk_of("[]", R"({"reasoning_effort":"high","max_tokens":2000})")),
              json::parse(R"({"type":"enabled","budget_tokens":1999})"));
    EXPECT_TRUE(
        thinking(talk_of("[]", R"({"reasoning_effort":"high","max_tokens":1000})")).is_null());
    EXPECT_TRUE(thinking(talk_of("[]", R"({"reasoning_effort":"none"})")).is_null());

    auto forced = lots;
    forced.tools = {{"f", "", {{"type", "object"}}, nullptr}};
    forced.tool_choice = "required";
    EXPECT_TRUE(thinking(forced).is_null()) << "not together with a forced tool";

    auto const* lost =
        R"([{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[
        {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"}])";
    EXPECT_TRUE(thinking(talk_of(lost, R"({"reasoning_effort":"low"})")).is_null())
        << "its thinking is lost";
}

TEST(AnthropicQuestion, IsWhatTheMockNeeds) {
    auto const read = anthropic().question(
        "",
        R"({"model":"m","max_tokens":5,"stream":true,"tools":[{"name":"f"},{"name":"g"}],
        "messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"old","content":"x"}]},
          {"role":"assistant","content":"y"},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"one"},
            {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"two"}]},{"type":"text","text":"go"}]}]})");
    EXPECT_EQ(read.model, "m");
    EXPECT_TRUE(read.stream);
    EXPECT_EQ(read.tools, (std::vector<std::string>{"f", "g"}));
    EXPECT_EQ(read.results,
              (std::vector<std::pair<std::string, std::string>>{{"a", "one"}, {"b", "two"}}));
    for (auto const* body : {"", "[]", "{}", R"({"messages":[]})"})
        EXPECT_EQ(error_of([&] { anthropic().question("", body); }), wire::error::malformed)
            << body;
}

}  // namespace
