#include <gtest/gtest.h>

#include "tests/scenarios/tale.hpp"

using json = nlohmann::json;
using namespace std::chrono_literals;

// The checks of what the client reads: bytes, chat-grammar and tool-calls.

namespace {

json const role{{"role", "assistant"}};

tale begun() {
    tale t;
    t.ask().head().chunk(role);
    return t;
}

json call(int index, char const* id, char const* name, char const* arguments) {
    json piece{{"index", index}, {"function", json::object()}};
    if (id != nullptr) piece["id"] = id;
    if (name != nullptr) piece["function"]["name"] = name;
    if (arguments != nullptr) piece["function"]["arguments"] = arguments;
    return {{"tool_calls", json::array({piece})}};
}

}  // namespace

TEST(Checks, FindNothingInAGoodAnswer) { EXPECT_EQ(good_answer().objections(), ""); }

TEST(Checks, HaveIdRuleAndSource) {
    EXPECT_EQ(scenario::checks().size(), 18u);
    for (auto const& check : scenario::checks()) {
        EXPECT_NE(*check.id, '\0');
        EXPECT_NE(*check.rule, '\0') << check.id;
        EXPECT_NE(*check.source, '\0') << check.id;
    }
}

TEST(BytesCheck, WantsWholeUtf8) {
    tale t;  // of a stream: in checks_limits_test.cpp
    t.ask("Who?", 1, false).head().say("proxy", "client", "body", "\xff", 1, nullptr, true);
    EXPECT_EQ(t.objections("bytes"), "the body is not whole UTF-8");
}

TEST(BytesCheck, WantsNothingAfterTheLastFrame) {
    EXPECT_EQ(begun().done().text("late").objections("bytes"), "this follows the last frame");
    EXPECT_EQ(begun().error().done().objections("bytes"), "this follows the last frame");
    EXPECT_EQ(begun().error().objections("bytes"), "");
}

TEST(BytesCheck, WantsWholeEventsOfKnownFields) {
    auto const after = [](std::string const& bytes) {
        return begun()
            .say("proxy", "client", "bytes", bytes, 1, nullptr, true)
            .body_end()
            .objections("bytes");
    };
    EXPECT_EQ(after(": ping\n\n"), "");
    EXPECT_EQ(begun().frame("x").body_end().objections("bytes"), "");
    EXPECT_EQ(after("data: x\n"), "the body ends in the middle of an event");
    EXPECT_EQ(after("data: x"), "the body ends in the middle of an event");
    EXPECT_EQ(after("daat: x\n\n"), "a line is no field of an event");
}

TEST(BytesCheck, WantsTheSameEventsHoweverTheyAreCut) {
    auto const read_as = [](std::vector<std::string> const& frames) {
        auto t = begun();
        t.say("proxy", "client", "bytes", "data: one\n\ndata: two\n\n", 1, nullptr, true);
        for (auto const& data : frames)
            t.say("proxy", "client", "frame", data, 1, {{"type", "message"}}, true);
        return t.objections("bytes");
    };
    EXPECT_EQ(read_as({"one", "two"}), "");
    for (auto const& frames : std::vector<std::vector<std::string>>{
             {"one"}, {"one", "tw", "o"}, {"onetwo"}, {"two", "one"}, {"one", "two", "two"}})
        EXPECT_EQ(read_as(frames), "the events change with the cuts between reads");
    auto renamed = begun().frame("one");
    for (auto& e : renamed.events)
        if (e.verb == "frame") e.detail["type"] = "ping";
    EXPECT_EQ(renamed.objections("bytes"), "the events change with the cuts between reads");
}

TEST(BytesCheck, WantsBodiesAsLongAsTheyShouldBe) {
    EXPECT_EQ(begun().done().body_end(true, 3).objections("bytes"),
              "3 bytes follow the end of the body");
    EXPECT_EQ(begun().done().body_end(false).objections("bytes"),
              "the body is not as long as its framing says");
    EXPECT_EQ(begun().done().body_end(false).say("proxy", "client", "cut").objections("bytes"),
              "the body is not as long as its framing says");
    // A cut may be how an error is told, and a client that has left sees no end.
    EXPECT_EQ(begun().body_end(false).say("proxy", "client", "cut").objections("bytes"), "");
    EXPECT_EQ(begun().say("client", "proxy", "close").body_end(false).objections("bytes"), "");
}

TEST(ChatGrammarCheck, WantsOneIdentity) {
    for (auto const* key : {"id", "model", "created"}) {
        auto other = tale::chunk_of(json::array());
        other[key] = "other";
        EXPECT_EQ(begun()
                      .frame(other.dump())
                      .objections("chat-grammar")
                      .substr(0, std::string(key).size() + 8),
                  std::string(key) + " changes");
        other.erase(key);
        EXPECT_EQ(begun().frame(other.dump()).objections("chat-grammar"),
                  std::string("this chunk has no ") + key);
    }
}

TEST(ChatGrammarCheck, WantsChunks) {
    EXPECT_EQ(begun().frame("{").objections("chat-grammar"), "this frame is not a JSON object");
    EXPECT_EQ(begun().frame("[]").objections("chat-grammar"), "this frame is not a JSON object");
    EXPECT_EQ(begun().frame(R"({"object":"thing"})").objections("chat-grammar"),
              "this frame is not a chat.completion.chunk");
    auto bare = tale::chunk_of(nullptr);
    EXPECT_EQ(begun().frame(bare.dump()).objections("chat-grammar"), "this chunk has no choices");
    EXPECT_EQ(begun()
                  .frame(tale::chunk_of({{{"delta", json::object()}}}).dump())
                  .objections("chat-grammar"),
              "a choice has no index");
}

TEST(ChatGrammarCheck, WantsTheRoleOnceAndFirst) {
    EXPECT_EQ(begun().chunk(role).objections("chat-grammar"),
              "choice 0 has its role a second time");
    EXPECT_EQ(tale().ask().head().text("a").objections("chat-grammar"),
              "choice 0 begins without the role of the assistant");
    EXPECT_EQ(begun().chunk(json::object(), nullptr, 1, 1).objections("chat-grammar"),
              "choice 1 begins without the role of the assistant");
}

TEST(ChatGrammarCheck, WantsOneFinishAndNothingAfterIt) {
    EXPECT_EQ(begun().chunk({}, "stop").chunk({}, "stop").objections("chat-grammar"),
              "choice 0 has a second finish_reason");
    EXPECT_EQ(begun().chunk({}, "stop").text("more").objections("chat-grammar"),
              "choice 0 goes on after its finish_reason");
    EXPECT_EQ(begun().done().objections("chat-grammar"), "choice 0 has no finish_reason");
    EXPECT_EQ(tale().ask().head().done().objections("chat-grammar"),
              "the stream ends well, but no choice was given");
}

TEST(ChatGrammarCheck, WantsTheUsageLastAndOnce) {
    auto counted = tale::chunk_of(json::array());
    counted["usage"] = {{"prompt_tokens", 1}};
    auto const usage = counted.dump();
    EXPECT_EQ(begun().frame(usage).objections("chat-grammar"),
              "the usage comes before the finish_reason of choice 0");
    EXPECT_EQ(begun().frame(usage).text("a").objections("chat-grammar"),
              "the usage comes before the finish_reason of choice 0; "
              "choice 0 goes on after the usage");
    EXPECT_EQ(tale().ask().head().frame(usage).objections("chat-grammar"),
              "the usage comes before any choice");
    EXPECT_EQ(begun().chunk({}, "stop").frame(usage).frame(usage).objections("chat-grammar"),
              "the usage comes a second time");
}

TEST(ChatGrammarCheck, WantsOneEnd) {
    auto const finished = begun().chunk({}, "stop");
    auto       t = finished;
    EXPECT_EQ(t.done().frame("[DONE]").objections("chat-grammar"), "[DONE] comes a second time");
    t = finished;
    EXPECT_EQ(t.error().done().objections("chat-grammar"), "[DONE] comes after an error");
    t = finished;
    EXPECT_EQ(t.done().error().objections("chat-grammar"), "an error comes after [DONE]");
    t = finished;
    EXPECT_EQ(t.error().error().objections("chat-grammar"), "an error comes a second time");
    t = begun();
    EXPECT_EQ(t.error().text("a").objections("chat-grammar"), "a chunk comes after an error");
    t = finished;
    EXPECT_EQ(t.done().chunk({}).objections("chat-grammar"), "a chunk comes after [DONE]");
    t = finished;
    EXPECT_EQ(t.body_end().objections("chat-grammar"),
              "the stream ends with neither [DONE] nor an error");
    t = begun();
    EXPECT_EQ(t.say("proxy", "client", "cut").objections("chat-grammar"),
              "the stream ends with neither [DONE] nor an error");
}

TEST(ChatGrammarCheck, AbstainsWhereItCannotKnow) {
    EXPECT_EQ(begun().objections("chat-grammar"), "");  // still on its way
    EXPECT_EQ(begun().say("client", "proxy", "close").body_end(false).objections("chat-grammar"),
              "");
    EXPECT_EQ(begun().error().objections("chat-grammar"), "");
    tale t;
    t.ask().head(1, 401).frame("{}").body_end();
    EXPECT_EQ(t.objections("chat-grammar"), "");
    t = tale();
    t.ask("Who?", 1, false).head().body_end();
    EXPECT_EQ(t.objections("chat-grammar"), "");
}

TEST(ToolCallsCheck, HoldsForTwoCalls) {
    auto t = begun();
    t.chunk(call(0, "c0", "f", ""))
        .chunk(call(0, nullptr, nullptr, "{\"a\":"))
        .chunk(call(0, nullptr, nullptr, "1}"));
    t.chunk(call(1, "c1", "f", "{}")).chunk({}, "tool_calls").done("tool_calls");
    EXPECT_EQ(t.objections("tool-calls"), "");
    EXPECT_EQ(t.objections("chat-grammar"), "");
}

TEST(ToolCallsCheck, NamesWhatIsWrong) {
    auto const of = [](std::vector<json> const& calls, char const* finish = "tool_calls") {
        auto t = begun();
        for (auto const& c : calls) t.chunk(c);
        return t.chunk({}, finish).done(finish).objections("tool-calls");
    };
    EXPECT_EQ(of({call(1, "c", "f", "{}")}), "the index of a new call is 1 instead of 0");
    EXPECT_EQ(of({call(0, "c", "f", "{}"), call(2, "d", "f", "{}")}),
              "the index of a new call is 2 instead of 1");
    auto bare = call(0, "c", "f", "{}");
    bare["tool_calls"][0].erase("index");
    EXPECT_EQ(of({bare}, "stop"), "a call has no index");
    EXPECT_EQ(of({call(0, nullptr, "f", "{}")}), "call 0 has no id");
    EXPECT_EQ(of({call(0, "", "f", "{}")}), "call 0 has no id");
    EXPECT_EQ(of({call(0, "c", nullptr, "{}")}), "call 0 has no name");
    EXPECT_EQ(of({call(0, "c", "f", "{"), call(0, "c", nullptr, "}")}),
              "call 0 has its id a second time");
    EXPECT_EQ(of({call(0, "c", "f", "{"), call(0, nullptr, "f", "}")}),
              "call 0 has its name a second time");
    EXPECT_EQ(of({call(0, "c", "f", "{\"a\":")}), "the arguments of call 0 are not JSON");
    EXPECT_EQ(of({call(0, "c", "f", nullptr)}), "the arguments of call 0 are not JSON");
    auto object = call(0, "c", "f", "{}");
    object["tool_calls"][0]["function"]["arguments"] = json::object();
    EXPECT_EQ(of({object}),
              "the arguments of call 0 are not a text; the arguments of call 0 are not JSON");
    EXPECT_EQ(of({call(0, "c", "f", "{}"), call(1, "c", "f", "{}")}), "two calls have the id c");
    EXPECT_EQ(of({}), "the finish_reason is tool_calls, but no call is left to the client");
    EXPECT_EQ(of({call(0, "c", "f", "{}")}, "stop"),
              "calls are left to the client, but the finish_reason is stop");
    EXPECT_EQ(of({call(0, "c", "f", "{\"a")}, "length"), "");
}

TEST(ToolCallsCheck, ReadsWholeBodies) {
    auto const of = [](json message, char const* finish) {
        tale t;
        json body{{"choices", {{{"index", 0}, {"message", message}, {"finish_reason", finish}}}}};
        t.ask("Who?", 1, false).head().body_end();
        t.say("proxy", "client", "body", body.dump(), 1, nullptr, true);
        return t.objections("tool-calls");
    };
    json const good{{"id", "c"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}};
    json const broken{{"id", "c"}, {"function", {{"name", "f"}, {"arguments", "{"}}}};
    EXPECT_EQ(of({{"tool_calls", {good}}}, "tool_calls"), "");
    EXPECT_EQ(of({{"tool_calls", {broken}}}, "tool_calls"), "the arguments of call 0 are not JSON");
    EXPECT_EQ(of({{"tool_calls", {good}}}, "stop"),
              "calls are left to the client, but the finish_reason is stop");
    EXPECT_EQ(of({{"content", "a"}}, "tool_calls"),
              "the finish_reason is tool_calls, but no call is left to the client");
}

TEST(ToolCallsCheck, AbstainsWhereItCannotKnow) {
    auto const broken = [](tale t) {
        return t.chunk(call(0, "c", "f", "{"))
            .chunk({}, "tool_calls")
            .done()
            .objections("tool-calls");
    };
    // The provider itself wrote no JSON.
    EXPECT_EQ(broken(begun().turn().said("tool", "f \"{\"")), "");
    EXPECT_NE(broken(begun().turn().said("tool", "f {}")), "");
    // The client forced the tool.
    tale forced;
    forced.ask("Who?", 1, true,
               {{"tool_choice", {{"type", "function"}, {"function", {{"name", "f"}}}}}});
    forced.head().chunk(role).chunk(call(0, "c", "f", "{}")).chunk({}, "stop").done();
    EXPECT_EQ(forced.objections("tool-calls"), "");
    // The answer broke off.
    EXPECT_EQ(begun().chunk(call(0, "c", nullptr, "{")).error().objections("tool-calls"), "");
}
