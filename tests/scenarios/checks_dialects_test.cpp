#include <gtest/gtest.h>

#include "tests/scenarios/tale.hpp"

using json = nlohmann::json;

// The checks of OpenAI's Responses and Anthropic's Messages, on streams written by hand: one
// that is right, and one change for each way to be wrong.

namespace {

// Events of one stream, each called by its type. What a test changes it changes here.
class stream {
public:
    std::string       path;
    std::vector<json> events;

    stream& add(std::string const& type, json more = json::object()) {
        more["type"] = type;
        if (path == "/v1/responses") more["sequence_number"] = events.size();
        events.push_back(std::move(more));
        return *this;
    }

    // Takes one out and numbers the rest anew.
    stream without(std::size_t number) const {
        auto less = *this;
        less.events.erase(less.events.begin() + static_cast<std::ptrdiff_t>(number));
        if (path == "/v1/responses")
            for (std::size_t i = 0; i < less.events.size(); ++i)
                less.events[i]["sequence_number"] = i;
        return less;
    }

    stream with(std::size_t number, json::json_pointer const& at, json value) const {
        auto other = *this;
        other.events[number][at] = std::move(value);
        return other;
    }

    tale told(std::string const& body = {}) const {
        tale t;
        json detail{{"path", path}, {"stream", true}};
        t.say("client", "proxy", "post", path, 1, detail).head();
        for (auto const& e : events) t.frame(e.dump(), 1, e["type"].get<std::string>());
        if (!body.empty()) t.frame(body);
        return t.body_end();
    }

    std::string wrong() const {
        return told().objections(path == "/v1/responses" ? "responses-grammar"
                                                         : "messages-grammar");
    }
};

json::json_pointer operator""_at(char const* text, std::size_t) { return json::json_pointer(text); }

json message_item(std::string const& text) {
    return {{"id", "msg_1"},
            {"type", "message"},
            {"content", {{{"type", "output_text"}, {"text", text}}}}};
}

json call_item(std::string const& arguments) {
    return {{"id", "mcp_1"}, {"type", "mcp_call"}, {"name", "echo"}, {"arguments", arguments}};
}

// 0 created, 1 in_progress, 2..8 a message in two pieces, 9..14 a call of a tool, 15 completed.
stream response() {
    stream s{"/v1/responses", {}};
    s.add("response.created", {{"response", {{"id", "resp_1"}, {"output", json::array()}}}});
    s.add("response.in_progress", {{"response", {{"id", "resp_1"}}}});
    json item{{"id", "msg_1"}, {"type", "message"}, {"content", json::array()}};
    json part{{"item_id", "msg_1"}, {"output_index", 0}, {"content_index", 0}};
    s.add("response.output_item.added", {{"output_index", 0}, {"item", item}});
    auto more = part;
    more["part"] = {{"type", "output_text"}, {"text", ""}};
    s.add("response.content_part.added", more);
    more = part;
    more["delta"] = "a";
    s.add("response.output_text.delta", more);
    more["delta"] = "b";
    s.add("response.output_text.delta", more);
    more = part;
    more["text"] = "ab";
    s.add("response.output_text.done", more);
    more = part;
    more["part"] = {{"type", "output_text"}, {"text", "ab"}};
    s.add("response.content_part.done", more);
    s.add("response.output_item.done", {{"output_index", 0}, {"item", message_item("ab")}});
    json of_call{{"item_id", "mcp_1"}, {"output_index", 1}};
    s.add("response.output_item.added", {{"output_index", 1}, {"item", call_item("")}});
    s.add("response.mcp_call.in_progress", of_call);
    more = of_call;
    more["delta"] = "{}";
    s.add("response.mcp_call_arguments.delta", more);
    more = of_call;
    more["arguments"] = "{}";
    s.add("response.mcp_call_arguments.done", more);
    s.add("response.mcp_call.completed", of_call);
    s.add("response.output_item.done", {{"output_index", 1}, {"item", call_item("{}")}});
    return s.add("response.completed", {{"response",
                                         {{"id", "resp_1"},
                                          {"status", "completed"},
                                          {"output", {message_item("ab"), call_item("{}")}}}}});
}

// 0 start, 1 ping, 2..4 a text, 5..7 a call, 8 delta, 9 stop.
stream message() {
    stream s{"/v1/messages", {}};
    s.add("message_start", {{"message", {{"id", "msg_1"}}}}).add("ping");
    auto const block = [&](int index, json what, json delta) {
        s.add("content_block_start", {{"index", index}, {"content_block", std::move(what)}});
        s.add("content_block_delta", {{"index", index}, {"delta", std::move(delta)}});
        s.add("content_block_stop", {{"index", index}});
    };
    block(0, {{"type", "text"}}, {{"type", "text_delta"}, {"text", "a"}});
    block(1, {{"type", "tool_use"}}, {{"type", "input_json_delta"}, {"partial_json", "{}"}});
    s.add("message_delta", {{"delta", {{"stop_reason", "tool_use"}}}});
    return s.add("message_stop");
}

}  // namespace

TEST(ResponsesGrammarCheck, FindsNothingInAGoodStream) {
    EXPECT_EQ(response().told().objections(), "");
    // Without in_progress, and refused or counted: other ways to be right.
    EXPECT_EQ(response().without(1).wrong(), "");
    stream     failed{"/v1/responses", {}};
    json const why{{"message", "m"}, {"type", "t"}, {"param", nullptr}, {"code", nullptr}};
    failed.add("response.created").add("error", {{"error", why}});
    EXPECT_EQ(failed.wrong(), "");
    failed.add("response.failed");
    EXPECT_EQ(failed.told().objections(), "");
    // A thought, in parts of a summary.
    stream     s{"/v1/responses", {}};
    json const part{{"item_id", "rs_1"}, {"output_index", 0}, {"summary_index", 0}};
    json const summary{{"type", "summary_text"}, {"text", "t"}};
    auto const with = [&](char const* key, json value) {
        auto more = part;
        more[key] = std::move(value);
        return more;
    };
    json item{{"id", "rs_1"}, {"type", "reasoning"}, {"summary", json::array()}};
    s.add("response.created")
        .add("response.output_item.added", {{"output_index", 0}, {"item", item}});
    s.add("response.reasoning_summary_part.added", with("part", {{"type", "summary_text"}}));
    s.add("response.reasoning_summary_text.delta", with("delta", "t"));
    s.add("response.reasoning_summary_text.done", with("text", "t"));
    s.add("response.reasoning_summary_part.done", with("part", summary));
    item["summary"] = json::array({summary});
    s.add("response.output_item.done", {{"output_index", 0}, {"item", item}});
    s.add("response.incomplete", {{"response", {{"output", json::array({item})}}}});
    EXPECT_EQ(s.wrong(), "");
}

TEST(ResponsesGrammarCheck, WantsOneBeginning) {
    EXPECT_EQ(response().without(0).wrong(),
              "the stream begins with response.in_progress instead of response.created");
    EXPECT_EQ(response().with(1, "/type"_at, "response.created").wrong(),
              "response.created comes a second time");
    auto late = response();
    late.events[1].swap(late.events[2]);
    late.events[1]["sequence_number"] = 1;
    late.events[2]["sequence_number"] = 2;
    EXPECT_EQ(late.wrong(), "response.in_progress comes after the first item");
    stream empty{"/v1/responses", {}};
    empty.add("response.completed", {{"response", {{"output", json::array()}}}});
    EXPECT_EQ(empty.wrong(),
              "the stream begins with response.completed instead of response.created");
}

TEST(ResponsesGrammarCheck, WantsOneEnd) {
    EXPECT_EQ(response().without(15).wrong(), "the stream ends without a terminal event");
    auto twice = response();
    auto last = twice.events.back();
    twice.add("response.completed", {{"response", last["response"]}});
    EXPECT_EQ(twice.wrong(), "response.completed comes a second time");
    EXPECT_EQ(response().add("response.failed").wrong(),
              "response.failed comes after response.completed");
    EXPECT_EQ(response().add("error").wrong(), "error comes after response.completed");
    auto failed = response();
    failed.events.back() = {{"type", "error"}, {"sequence_number", 15}};
    EXPECT_EQ(failed.add("response.completed", {{"response", last["response"]}}).wrong(),
              "response.completed comes after error");
    EXPECT_EQ(response().add("response.in_progress").wrong(),
              "response.in_progress comes after response.completed; "
              "response.in_progress comes after the first item; "
              "response.in_progress comes a second time");
    EXPECT_EQ(response().told("[DONE]").objections("responses-grammar"),
              "[DONE] is no event of a response");
}

TEST(ResponsesGrammarCheck, WantsNamedAndNumberedEvents) {
    EXPECT_EQ(
        response().with(1, "/sequence_number"_at, 2).with(2, "/sequence_number"_at, 3).wrong(),
        "the sequence_number is 2 instead of 1; the sequence_number is 3 instead of 4");
    EXPECT_EQ(response().with(1, "/sequence_number"_at, nullptr).wrong(),
              "this event has no sequence_number; the sequence_number is 2 instead of 1");
    auto t = response().told();
    for (auto& e : t.events)
        if (e.verb == "frame" && e.words.find("in_progress\"") != e.words.npos && e.number < 9)
            e.detail["type"] = "message";
    EXPECT_EQ(t.objections("responses-grammar"),
              "the event is called message, but its type is response.in_progress");
    EXPECT_EQ(response().with(10, "/type"_at, "ping").wrong(), "ping is no event of a response");
    EXPECT_EQ(response().told("{").objections("responses-grammar"),
              "this frame is not a JSON object");
    EXPECT_EQ(response().told("{}").objections("responses-grammar"), "this event has no type");
}

TEST(ResponsesGrammarCheck, WantsItemsCountedAndInPairs) {
    EXPECT_EQ(response().with(9, "/output_index"_at, 2).wrong().substr(0, 52),
              "the output_index of a new item is 2 instead of 1; it");
    EXPECT_EQ(response().with(9, "/output_index"_at, 0).wrong().substr(0, 35),
              "the output_index 0 was used before;");
    EXPECT_EQ(response().with(9, "/output_index"_at, nullptr).wrong().substr(0, 30),
              "a new item has no output_index");
    EXPECT_EQ(response().without(14).wrong(), "response.completed comes, but item 1 is not done");
    auto again = response().without(15);
    again.add("response.output_item.done", {{"output_index", 1}, {"item", call_item("{}")}});
    EXPECT_EQ(again.wrong(),
              "response.output_item.done comes after item 1 is done; "
              "the stream ends without a terminal event");
    EXPECT_EQ(response().with(10, "/output_index"_at, 7).wrong(), "item 7 was not added");
}

TEST(ResponsesGrammarCheck, WantsConstantIds) {
    EXPECT_EQ(response().with(5, "/item_id"_at, "msg_2").wrong(),
              "the id of item 0 changes from \"msg_1\" to \"msg_2\"");
    EXPECT_EQ(response().with(9, "/item/id"_at, "mcp_0").wrong().substr(0, 51),
              "the id of item 1 changes from \"mcp_0\" to \"mcp_1\"; t");
    EXPECT_EQ(response().with(14, "/item/id"_at, "mcp_2").wrong(),
              "the id of item 1 changes from \"mcp_1\" to \"mcp_2\"; "
              "item 1 of the response's output is not as it was done");
    EXPECT_EQ(response().with(9, "/item/id"_at, "msg_1").wrong().substr(0, 29),
              "two items have the id msg_1; ");
    EXPECT_EQ(response().with(9, "/item/id"_at, nullptr).wrong().substr(0, 17),
              "item 1 has no id;");
    EXPECT_EQ(response().with(9, "/item/type"_at, "function_call").wrong(),
              "mcp_call_arguments is said in an item of function_call; "
              "mcp_call_arguments is said in an item of function_call; "
              "item 1 is done, but its function_call_arguments is not; "
              "the deltas, joined, are not what the end of it says; "
              "the type of item 1 changes from function_call to mcp_call");
}

TEST(ResponsesGrammarCheck, WantsPartsInPairs) {
    EXPECT_EQ(response().without(3).wrong().substr(0, 34), "part 0 of item 0 was not added; pa");
    EXPECT_EQ(response().with(3, "/content_index"_at, 1).wrong().substr(0, 61),
              "the content_index of a new part of item 0 is 1 instead of 0; ");
    EXPECT_EQ(response().without(7).wrong(), "item 0 is done, but its part 0 is not");
    auto late = response();
    late.events.insert(late.events.begin() + 8, late.events[5]);
    for (std::size_t i = 0; i < late.events.size(); ++i) late.events[i]["sequence_number"] = i;
    EXPECT_EQ(late.wrong(), "response.output_text.delta comes after part 0 of item 0 is done");
    late = response();
    late.events.insert(late.events.begin() + 7, late.events[5]);
    for (std::size_t i = 0; i < late.events.size(); ++i) late.events[i]["sequence_number"] = i;
    EXPECT_EQ(late.wrong(), "response.output_text.delta comes after its end");
    EXPECT_EQ(response().with(3, "/part/type"_at, "refusal").wrong().substr(0, 44),
              "output_text is said in a part of refusal; ou");
    EXPECT_EQ(response().with(8, "/item/content"_at, json::array()).wrong(),
              "item 0 is done with 0 parts, the stream had 1; "
              "the deltas, joined, are not what the end of it says; "
              "item 0 of the response's output is not as it was done");
}

TEST(ResponsesGrammarCheck, WantsThePiecesEqualToTheWhole) {
    char const* const differ = "the deltas, joined, are not what the end of it says";
    EXPECT_EQ(response().with(6, "/text"_at, "a").wrong(), differ);
    EXPECT_EQ(response().with(7, "/part/text"_at, "a").wrong(), differ);
    EXPECT_EQ(response().with(8, "/item/content/0/text"_at, "a").wrong(),
              std::string(differ) + "; item 0 of the response's output is not as it was done");
    EXPECT_EQ(response().with(12, "/arguments"_at, "{").wrong(), differ);
    EXPECT_EQ(response().without(12).wrong(), "item 1 is done, but its mcp_call_arguments is not");
    EXPECT_EQ(response().without(12).without(11).wrong(),
              "item 1 is done, but its mcp_call_arguments is not; " + std::string(differ));
}

TEST(ResponsesGrammarCheck, WantsTheOutputOfTheEnd) {
    EXPECT_EQ(response().with(15, "/response/output/0/content/0/text"_at, "abc").wrong(),
              "item 0 of the response's output is not as it was done");
    EXPECT_EQ(response().with(15, "/response/output"_at, json::array()).wrong(),
              "the response's output has 0 items, the stream had 2");
    EXPECT_EQ(response().with(15, "/response/output"_at, nullptr).wrong(),
              "the response has no output");
}

TEST(ResponsesGrammarCheck, AbstainsWhereItCannotKnow) {
    auto cut = response().without(15);
    tale t;
    t.say("client", "proxy", "post", "", 1, {{"path", cut.path}, {"stream", true}}).head();
    t.frame(cut.events[0].dump());
    for (auto& e : t.events)
        if (e.verb == "frame") e.detail["type"] = "response.created";
    EXPECT_EQ(t.objections("responses-grammar"), "");  // still on its way
    EXPECT_EQ(t.say("client", "proxy", "close").body_end(false).objections("responses-grammar"),
              "");
    for (auto const& [streamed, status] : {std::pair(false, 200), std::pair(true, 500)}) {
        tale other;
        json detail{{"path", cut.path}, {"stream", streamed}};
        other.say("client", "proxy", "post", "", 1, detail).head(1, status).frame("{}").body_end();
        EXPECT_EQ(other.objections("responses-grammar"), "");
    }
}

TEST(MessagesGrammarCheck, FindsNothingInAGoodStream) {
    EXPECT_EQ(message().told().objections(), "");
    auto counted = message().without(9);
    counted.add("message_delta", {{"usage", {{"output_tokens", 5}}}}).add("message_stop");
    EXPECT_EQ(counted.wrong(), "");
    stream failed{"/v1/messages", {}};
    failed.add("ping").add("error", {{"error", {{"type", "overloaded_error"}}}});
    EXPECT_EQ(failed.wrong(), "");
    // A block that nobody knows yet may say what it likes.
    EXPECT_EQ(message().with(2, "/content_block/type"_at, "dream").wrong(), "");
}

TEST(MessagesGrammarCheck, WantsOneBeginning) {
    EXPECT_EQ(message().without(0).wrong(),
              "the stream begins with content_block_start instead of message_start");
    EXPECT_EQ(message().with(1, "/type"_at, "message_start").wrong(),
              "message_start comes a second time");
}

TEST(MessagesGrammarCheck, WantsBlocksOneByOne) {
    EXPECT_EQ(
        message().with(5, "/index"_at, 2).with(6, "/index"_at, 2).with(7, "/index"_at, 2).wrong(),
        "the index of a new block is 2 instead of 1");
    EXPECT_EQ(message().without(4).wrong(), "block 1 starts while block 0 is open");
    EXPECT_EQ(
        message().without(7).wrong(),
        "message_delta comes while block 1 is open; message_stop comes while block 1 is open");
    EXPECT_EQ(message().with(4, "/index"_at, 1).wrong(),
              "block 1 stops, but is not open; block 1 starts while block 0 is open");
    EXPECT_EQ(message().with(2, "/content_block/type"_at, nullptr).wrong(), "block 0 has no type");
    auto late = message().without(9);
    late.add("content_block_start", {{"index", 2}, {"content_block", {{"type", "text"}}}});
    late.add("content_block_stop", {{"index", 2}}).add("message_stop");
    EXPECT_EQ(late.wrong(), "block 2 starts after the stop_reason");
}

TEST(MessagesGrammarCheck, WantsDeltasInsideTheirBlockAndOfItsKind) {
    EXPECT_EQ(message().with(3, "/index"_at, 1).wrong(), "a delta of block 1, which is not open");
    EXPECT_EQ(message().with(3, "/delta/type"_at, "input_json_delta").wrong(),
              "a input_json_delta in a block of text");
    EXPECT_EQ(message().with(3, "/delta/type"_at, nullptr).wrong(),
              "a delta without a type in a block of text");
    EXPECT_EQ(message().with(2, "/content_block/type"_at, "mcp_tool_result").wrong(),
              "a text_delta in a block of mcp_tool_result");
    auto after = message();
    after.events[4].swap(after.events[3]);
    EXPECT_EQ(after.wrong(), "a delta of block 0, which is not open");
}

TEST(MessagesGrammarCheck, WantsOneReasonAndOneEnd) {
    EXPECT_EQ(message().without(8).wrong(), "message_stop comes without a stop_reason");
    auto twice = message();
    twice.events.insert(twice.events.begin() + 8, twice.events[8]);
    EXPECT_EQ(twice.wrong(), "the stop_reason comes a second time");
    EXPECT_EQ(message().with(8, "/delta/stop_reason"_at, "end_turn").wrong(),
              "the stop_reason is end_turn, but a call is left to the client");
    EXPECT_EQ(message().with(5, "/content_block/type"_at, "mcp_tool_use").wrong(),
              "the stop_reason is tool_use without a call");
    EXPECT_EQ(message().without(9).wrong(),
              "the stream ends with neither message_stop nor an error");
    EXPECT_EQ(message().add("message_stop").wrong(), "message_stop comes a second time");
    EXPECT_EQ(message().add("ping").wrong(), "ping comes after message_stop");
    EXPECT_EQ(message().add("error").wrong(), "error comes after message_stop");
    EXPECT_EQ(message().without(9).add("error").add("error").wrong(), "error comes a second time");
    EXPECT_EQ(message().told("[DONE]").objections("messages-grammar"),
              "[DONE] is no event of a message");
}

TEST(MessagesGrammarCheck, WantsNamedEvents) {
    auto t = message().told();
    for (auto& e : t.events)
        if (e.words.find("message_stop") != e.words.npos) e.detail["type"] = "message";
    EXPECT_EQ(t.objections("messages-grammar"),
              "the event is called message, but its type is message_stop");
    EXPECT_EQ(message().told("[]").objections("messages-grammar"),
              "this frame is not a JSON object");
    EXPECT_EQ(message().told("{}").objections("messages-grammar"), "this event has no type");
}

TEST(MessagesGrammarCheck, AbstainsWhereItCannotKnow) {
    for (auto const& [streamed, status] : {std::pair(false, 200), std::pair(true, 529)}) {
        tale t;
        json detail{{"path", "/v1/messages"}, {"stream", streamed}};
        t.say("client", "proxy", "post", "", 1, detail).head(1, status).frame("{}").body_end();
        EXPECT_EQ(t.objections("messages-grammar"), "");
    }
    tale t;
    t.say("client", "proxy", "post", "", 1, {{"path", "/v1/messages"}, {"stream", true}}).head();
    EXPECT_EQ(t.objections("messages-grammar"), "");  // still on its way
    EXPECT_EQ(t.say("client", "proxy", "close").body_end(false).objections("messages-grammar"), "");
}
