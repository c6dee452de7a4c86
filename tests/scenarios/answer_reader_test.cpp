#include <gtest/gtest.h>

#include "scenarios/answer_reader.hpp"
#include "wire/sse.hpp"

using json = nlohmann::json;

namespace {

// What a client tells of an answer, line by line, without what only checks see.
std::string told(std::string const& type, std::string const& body, unsigned status = 200) {
    std::string             lines;
    scenario::answer_reader reader([&](std::string verb, std::string words, json, bool quiet) {
        if (!quiet) lines += verb + (words.empty() ? "" : " " + words) + "\n";
    });
    runtime::http_response  head;
    head.status = status;
    head.fields = {{"Content-Type", type}};
    reader.head(head);
    reader.body(body);
    reader.body_ended();
    return lines;
}

std::string stream(std::vector<json> const& events, std::string const& after = {}) {
    std::string body;
    for (auto const& e : events) body += wire::to_sse(e.dump(), e.value("type", ""));
    return told("text/event-stream", body + after);
}

json item(json what) { return {{"type", "response.output_item.done"}, {"item", std::move(what)}}; }

json said(char const* type, char const* text) { return {{"type", type}, {"delta", text}}; }

json const parts = json::array({{{"type", "output_text"}, {"text", "a"}}});

}  // namespace

TEST(AnswerReader, TellsAStreamedResponse) {
    json const over{{"status", "completed"}, {"usage", {{"input_tokens", 2}}}};
    EXPECT_EQ(stream({{{"type", "response.created"}},
                      said("response.reasoning_summary_text.delta", "hm"),
                      said("response.reasoning_text.delta", "so"),
                      said("response.output_text.delta", "a"),
                      said("response.refusal.delta", "no"),
                      item({{"type", "message"}}),
                      item({{"type", "mcp_list_tools"}, {"server_label", "archive"}}),
                      item({{"type", "mcp_call"}, {"name", "echo"}, {"server_label", "archive"}}),
                      item({{"type", "function_call"}, {"name", "f"}, {"arguments", "{ }"}}),
                      item({{"type", "custom_tool_call"}, {"name", "g"}, {"input", "x y"}}),
                      {{"type", "response.completed"}, {"response", over}}},
                     "data: [DONE]\n\n"),
              "thinking \"hm\"\nthinking \"so\"\ntext \"a\"\nrefusal \"no\"\n"
              "metadata mcp_list_tools archive\nmetadata mcp_call echo\n"
              "tool f {}\ntool g \"x y\"\nusage {\"input_tokens\":2}\nend completed\n");
}

TEST(AnswerReader, TellsHowAResponseEnds) {
    json const cut{{"status", "incomplete"},
                   {"incomplete_details", {{"reason", "max_output_tokens"}}}};
    EXPECT_EQ(stream({{{"type", "response.incomplete"}, {"response", cut}}}),
              "end incomplete max_output_tokens\n");
    json const failed{
        {"type", "response.failed"},
        {"response",
         {{"status", "failed"}, {"error", {{"code", "server_error"}, {"message", "m"}}}}}};
    EXPECT_EQ(stream({failed}), "error server-error \"m\"\n");
    // Nested as on the wire, flat as in the schema; and told once.
    json const nested{{"type", "error"}, {"error", {{"code", "quota"}, {"message", "m"}}}};
    EXPECT_EQ(stream({nested, failed}), "error quota \"m\"\n");
    EXPECT_EQ(stream({{{"type", "error"}, {"code", "quota"}, {"message", "m"}}}),
              "error quota \"m\"\n");
}

TEST(AnswerReader, TellsAStreamedMessage) {
    auto const start = [](int index, json block) {
        return json{{"type", "content_block_start"}, {"index", index}, {"content_block", block}};
    };
    auto const delta = [](int index, char const* key, char const* text) {
        return json{{"type", "content_block_delta"}, {"index", index}, {"delta", {{key, text}}}};
    };
    auto const stop = [](int index) {
        return json{{"type", "content_block_stop"}, {"index", index}};
    };
    json const usage{{"input_tokens", 3}, {"output_tokens", 1}};
    EXPECT_EQ(stream({{{"type", "message_start"}, {"message", {{"usage", usage}}}},
                      start(0, {{"type", "thinking"}}),
                      delta(0, "thinking", "hm"),
                      stop(0),
                      {{"type", "ping"}},
                      start(1, {{"type", "text"}}),
                      delta(1, "text", "a"),
                      stop(1),
                      start(2, {{"type", "tool_use"}, {"name", "f"}}),
                      delta(2, "partial_json", "{\"b\":"),
                      delta(2, "partial_json", "1}"),
                      stop(2),
                      start(3, {{"type", "tool_use"}, {"name", "g"}}),
                      stop(3),
                      start(4, {{"type", "mcp_tool_use"}, {"name", "echo"}}),
                      stop(4),
                      {{"type", "message_delta"},
                       {"delta", {{"stop_reason", "tool_use"}}},
                       {"usage", {{"output_tokens", 9}}}},
                      {{"type", "message_stop"}}}),
              "thinking \"hm\"\ncomment \"ping\"\ntext \"a\"\ntool f {\"b\":1}\ntool g {}\n"
              "metadata mcp_tool_use echo\n"
              "usage {\"input_tokens\":3,\"output_tokens\":9}\nend tool_use\n");
    EXPECT_EQ(
        stream({{{"type", "message_start"}},
                {{"type", "error"}, {"error", {{"type", "overloaded_error"}, {"message", "m"}}}}}),
        "error overloaded-error \"m\"\n");
}

TEST(AnswerReader, TellsWholeBodiesOfEachGrammar) {
    json const response{
        {"object", "response"},
        {"status", "completed"},
        {"output",
         {{{"type", "reasoning"}, {"summary", {{{"type", "summary_text"}, {"text", "hm"}}}}},
          {{"type", "message"}, {"content", parts}},
          {{"type", "function_call"}, {"name", "f"}, {"arguments", "{}"}}}}};
    EXPECT_EQ(told("application/json", response.dump()),
              "thinking \"hm\"\ntext \"a\"\ntool f {}\nend completed\n");
    json const message{{"type", "message"},
                       {"stop_reason", "tool_use"},
                       {"usage", {{"output_tokens", 1}}},
                       {"content",
                        {{{"type", "text"}, {"text", "a"}},
                         {{"type", "tool_use"}, {"name", "f"}, {"input", {{"b", 1}}}}}}};
    EXPECT_EQ(told("application/json", message.dump()),
              "text \"a\"\ntool f {\"b\":1}\nusage {\"output_tokens\":1}\nend tool_use\n");
    EXPECT_EQ(
        told("application/json", R"({"type":"error","error":{"type":"t","message":"m"}})", 529),
        "status 529\nerror t \"m\"\n");
    EXPECT_EQ(told("application/json", R"({"object":"list"})"), "json {\"object\":\"list\"}\n");
}

TEST(AnswerReader, TellsAChatAsBefore) {
    auto const chunk = [](json delta, json finish = nullptr) {
        return json{{"choices", {{{"index", 0}, {"delta", delta}, {"finish_reason", finish}}}}};
    };
    json const call{{"index", 0}, {"function", {{"name", "f"}, {"arguments", "{}"}}}};
    EXPECT_EQ(stream({chunk({{"content", "a"}}), chunk({{"tool_calls", {call}}}),
                      chunk(json::object(), "tool_calls")},
                     ": ping\n\ndata: [DONE]\n\n"),
              "text \"a\"\ntool f {}\ncomment \"ping\"\nend tool_calls\n");
}
