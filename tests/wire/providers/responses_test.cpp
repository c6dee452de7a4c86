#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"
#include "wire/error.hpp"
#include "wire/sse.hpp"

// Hand-made after recordings of the real service.
namespace {

using nlohmann::json;

wire::provider_format const& responses() { return *wire::find_provider_format("responses"); }

std::string event(std::string const& type, std::string const& more) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + more + "}\n\n";
}

std::string begin(int place, std::string const& id) {
    return event("response.output_item.added",
                 R"("output_index":)" + std::to_string(place) +
                     R"(,"item":{"type":"function_call","call_id":")" + id + R"(","name":"f"})");
}

std::string piece(int place, std::string const& words) {
    return event("response.function_call_arguments.delta",
                 R"("output_index":)" + std::to_string(place) + R"(,"delta":")" + words + "\"");
}

std::string const completed = event("response.completed", R"("response":{"status":"completed",)"
                                                          R"("usage":{"input_tokens":5,)"
                                                          R"("output_tokens":2}})");

heard understood(std::string const& bytes) {
    auto const whole = put_together(said_by(responses(), bytes));
    EXPECT_EQ(put_together(decode(responses(), bytewise(bytes))), whole);
    return whole;
}

TEST(ResponsesAnswer, PutsCallsThatAreToldSideBySideIntoTheirOrder) {
    auto const got = understood(begin(0, "a") + begin(1, "b") + piece(1, "{}") +
                                piece(0, R"({\"x\")") + piece(0, ":1}") + completed);
    std::vector<wire::tool_call> const wanted{{"a", "f", R"({"x":1})"}, {"b", "f", "{}"}};
    EXPECT_EQ(got.choices.at(0).calls, wanted);
    EXPECT_EQ(got.choices.at(0).order, wire::answer::finished);
    EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::tool_calls);
}

TEST(ResponsesAnswer, TakesArgumentsThatCameOnlyAtTheEnd) {
    auto const done = event("response.output_item.done",
                            R"("output_index":0,"item":{"type":"function_call","arguments":"{}"})");
    EXPECT_EQ(understood(begin(0, "a") + done + completed).choices.at(0).calls.at(0).arguments,
              "{}");
}

TEST(ResponsesAnswer, TakesAnErrorNestedOrFlatOrInTheResponse) {
    auto const nested =
        event("error", R"("error":{"type":"t","code":"c","message":"m","param":null})");
    auto const flat = event("error", R"("code":"c","message":"m","param":null)");
    auto const inside =
        event("response.failed",
              R"("response":{"status":"failed","error":{"code":"c","message":"m"},"usage":null})");
    for (auto const& bytes : {nested + inside, flat, inside}) {
        auto const got = understood(bytes);
        ASSERT_TRUE(got.failed) << bytes;
        EXPECT_EQ(got.failed->message, "m");
        EXPECT_EQ(got.failed->code, "c");
    }
}

TEST(ResponsesAnswer, SealsThoughtsUnderTheirId) {
    auto const item = event(
        "response.output_item.done",
        R"("output_index":0,"item":{"type":"reasoning","id":"rs_1","encrypted_content":"E"})");
    auto const part = event("response.reasoning_summary_part.added", R"("summary_index":1)");
    auto const words = event("response.reasoning_summary_text.delta", R"("delta":"hm")");
    auto const got = understood(words + part + words + item + completed);
    EXPECT_EQ(got.choices.at(0).thinking, "hm\n\nhm");
    EXPECT_EQ(got.choices.at(0).signature, "rs_1:E");
}

TEST(ResponsesAnswer, IsCutWithoutItsLastEvent) {
    EXPECT_EQ(error_of([] { said_by(responses(), begin(0, "a")); }), wire::error::stream_cut);
}

TEST(ResponsesEncoder, NumbersItsEventsAndFillsThemUp) {
    auto const encoder = responses().encoder({"resp_1", "m", 1, true, {}});
    auto       bytes = encoder->begin();
    bytes += encoder->encode(wire::text{"h\xC3\xA9"});
    bytes += encoder->encode(wire::finish{});
    bytes += encoder->end();
    std::vector<std::string> types;
    int                      number = 0;
    wire::sse_parser         parser([&](wire::sse_event const& e) {
        auto const told = json::parse(e.data);
        types.push_back(e.type);
        EXPECT_EQ(told["type"], e.type);
        EXPECT_EQ(told["sequence_number"], number++);
        if (e.type == "response.output_text.delta") {
            EXPECT_EQ(told["obfuscation"].get<std::string>().size(), 14u);
        }
    });
    parser.feed(bytes);
    std::vector<std::string> const wanted{
        "response.created",           "response.in_progress",
        "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "response.output_item.done",
        "response.completed"};
    EXPECT_EQ(types, wanted);
}

TEST(ResponsesRequest, SpellsTheConversationAsItems) {
    wire::conversation talk;
    talk.model = "m";
    talk.stream = true;
    talk.messages =
        json::parse(R"([{"role":"system","content":"s"},{"role":"user","content":"u"}])");
    wire::tool_call const call{"id1", "f", R"({"a":1})"};
    talk.add_answer("", {call},
                    json::parse(R"([{"type":"thinking","thinking":"hm","signature":"rs_1:E"}])"));
    talk.add_result(call, "done");
    talk.tools = {{"f", "d", json::parse(R"({"type":"object"})"), nullptr}};
    auto const body = json::parse(responses().request(talk, wire::account("KEY")).body);
    EXPECT_EQ(body, json::parse(R"({"model":"m","stream":true,"store":false,
        "input":[{"role":"system","content":[{"type":"input_text","text":"s"}]},
                 {"role":"user","content":[{"type":"input_text","text":"u"}]},
                 {"type":"reasoning","id":"rs_1","encrypted_content":"E",
                  "summary":[{"type":"summary_text","text":"hm"}]},
                 {"type":"function_call","call_id":"id1","name":"f","arguments":"{\"a\":1}"},
                 {"type":"function_call_output","call_id":"id1","output":"done"}],
        "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},
                  "strict":false}]})"));
}

}  // namespace
