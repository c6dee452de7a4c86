// The short way through a decoder tells the same as the decoder, whatever comes and however it is
// cut; and it is taken for what it is meant for.

#include "wire/word_lane.hpp"

#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>

#include "tests/wire/heard.hpp"
#include "tests/wire/recorded.hpp"
#include "tests/wire/shared_material.hpp"

namespace {

wire::provider_format const& openai = *wire::find_provider_format("openai");
wire::provider_format const& anthropic = *wire::find_provider_format("anthropic");

constexpr std::size_t size_max = 1 << 20;

struct outcome {
    std::vector<wire::delta> said;
    std::string              failed;  // the error that ended it
    bool                     operator==(outcome const&) const = default;
};

std::vector<std::string_view> in_pieces(std::string_view bytes, std::size_t size) {
    std::vector<std::string_view> pieces;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
        pieces.push_back(bytes.substr(0, size));
    return pieces;
}

outcome by_decoder(wire::provider_format const& format, std::string_view bytes) {
    outcome    heard;
    auto const decoder = format.decoder(size_max);
    try {
        decoder->feed(bytes, heard.said);
        decoder->end(heard.said);
    } catch (boost::system::system_error const& e) {
        heard.failed = e.code().message();
    }
    return heard;
}

// Each piece lies in memory that is gone when the next one comes.
outcome by_lane(wire::provider_format const& format, std::string_view bytes, std::size_t size,
                std::size_t* spared = nullptr) {
    outcome         heard;
    wire::word_lane lane(format, size_max);
    auto const      hear = [&](auto const& tell) {
        std::vector<wire::told> told;
        try {
            tell(told);
        } catch (boost::system::system_error const& e) {
            heard.failed = e.code().message();
        }
        for (auto const& one : told) {
            if (auto const* d = std::get_if<wire::delta>(&one)) {
                heard.said.push_back(*d);
            } else {
                auto const& w = std::get<wire::words>(one);
                wire::text  text;
                wire::append_unquoted(text.piece, w.spelled);
                text.choice = w.choice;
                heard.said.push_back(text);
            }
        }
    };
    for (auto const piece : in_pieces(bytes, size)) {
        std::string const here(piece);
        if (heard.failed.empty() && !lane.finished())
            hear([&](auto& told) { lane.feed(here, told); });
    }
    if (heard.failed.empty() && !lane.finished()) hear([&](auto& told) { lane.end(told); });
    if (spared) *spared = lane.spared();
    return heard;
}

void expect_the_same(wire::provider_format const& format, std::string_view bytes) {
    auto const wanted = by_decoder(format, bytes);
    for (std::size_t const size :
         {bytes.size() + 1, std::size_t(1), std::size_t(7), std::size_t(64), std::size_t(1400)})
        EXPECT_EQ(by_lane(format, bytes, size), wanted) << "in pieces of " << size << ": " << bytes;
}

std::string chunk(std::string const& choice, std::string const& more = "") {
    return R"(data: {"id":"c-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[)" +
           choice + "]" + more + "}\n\n";
}

std::string saying(std::string const& spelled, std::string const& more = "") {
    return chunk(R"({"index":0,"delta":{"content":")" + spelled + R"("},"finish_reason":null})",
                 more);
}

std::string const finish = chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})");
std::string const done = "data: [DONE]\n\n";

TEST(WordLane, SparesTheDecoderAllEventsThatDifferInTheirWords) {
    std::string bytes;
    for (auto const* word : {"Hello", " there", "", "\\n\\\"", "\\u00e9\\ud83d\\ude00", "\xC3\xA9"})
        bytes += saying(word);
    std::size_t spared = 0;
    auto const  heard = by_lane(openai, bytes + finish + done, 1 << 20, &spared);
    EXPECT_EQ(heard, by_decoder(openai, bytes + finish + done));
    // The first tells that events have begun, the second is learnt from.
    EXPECT_EQ(spared, 4u);
}

TEST(WordLane, SparesItAlsoWhereEachReadEndsWithinAnEvent) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += saying("word");
    std::size_t spared = 0;
    by_lane(openai, bytes + finish + done, 1000, &spared);
    EXPECT_EQ(spared, 98u);
    by_lane(openai, bytes + finish + done, 1, &spared);
    EXPECT_EQ(spared, 98u);
}

TEST(WordLane, LooksPastThePaddingOfOpenai) {
    std::string bytes;
    for (auto const* padding : {"a", "bc", "def", ""})
        bytes += saying("word", R"(,"usage":null,"obfuscation":")" + std::string(padding) + '"');
    std::size_t spared = 0;
    EXPECT_EQ(by_lane(openai, bytes + finish + done, 1 << 20, &spared),
              by_decoder(openai, bytes + finish + done));
    EXPECT_EQ(spared, 2u);
}

TEST(WordLane, SparesAnthropicsDecoderToo) {
    std::string bytes =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n";
    bytes +=
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
        "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
    for (int i = 0; i < 10; ++i)
        bytes +=
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            "\"delta\":{\"type\":\"text_delta\",\"text\":\"w\"}}\n\n";
    std::size_t spared = 0;
    EXPECT_EQ(by_lane(anthropic, bytes, 1 << 20, &spared), by_decoder(anthropic, bytes));
    EXPECT_EQ(spared, 9u);
    expect_the_same(anthropic, bytes);
}

// What no document may hold is refused as one, and what a document would read otherwise is read
// by one.
TEST(WordLane, IsAsStrictAsADocument) {
    auto const common = saying("a") + saying("b");
    for (auto const* spelled :
         {"\\x", "\\u12", "\\ud800", "\\ud800x", "\\ud800\\u0041", "\\udc00", "\t", "\xFF", "\xC3",
          "\xED\xA0\x80", "\\", "c\",\"content\":\"d", "c\"},\"extra\":{\"e\":\"f"})
        expect_the_same(openai, common + saying(spelled) + saying("z") + finish + done);
}

TEST(WordLane, LeavesToTheDecoderWhatIsMoreThanWords) {
    auto const common = saying("a") + saying("b");
    auto const delta = [](std::string const& members) {
        return chunk(R"({"index":0,"delta":{)" + members + R"(},"finish_reason":null})");
    };
    std::string const call =
        delta(R"("tool_calls":[{"index":0,"id":"i","function":{"name":"n","arguments":"{}"}}])");
    for (std::string const& event :
         {call, delta(R"("content":"c","refusal":"no")"), delta(R"("reasoning_content":"hm")"),
          delta(R"("content":"c","content":"d")"), delta(R"("con\u0074ent":"c")"),
          saying("c", R"(,"usage":{"prompt_tokens":1,"completion_tokens":2})"),
          saying("c", R"(,"error":{"message":"m"})"), std::string(": ping\n\n"),
          chunk(R"({"index":1,"delta":{"content":"other"},"finish_reason":"length"})"),
          std::string("data: {\"choices\":\n\n"), std::string("retry: 5\n\n"), done, finish})
        expect_the_same(openai, common + event + event + saying("c") + saying("d") + finish + done);
}

TEST(WordLane, TellsWhatCameBeforeTheTrouble) {
    auto const bytes = saying("a") + saying("b") + saying("c") + "data: {\n\n" + saying("d");
    auto const heard = by_lane(openai, bytes, 1 << 20);
    EXPECT_EQ(heard.said.size(), 3u);
    EXPECT_FALSE(heard.failed.empty());
    expect_the_same(openai, bytes);
}

TEST(WordLane, IsNotTakenForLineEndsItDoesNotKnow) {
    std::string bytes;
    for (int i = 0; i < 5; ++i) bytes += saying("word");
    bytes += finish + done;
    for (std::size_t at = 0; (at = bytes.find('\n', at)) != bytes.npos; at += 2)
        bytes.replace(at, 1, "\r\n");
    std::size_t spared = 0;
    by_lane(openai, bytes, 1 << 20, &spared);
    EXPECT_EQ(spared, 0u);
    expect_the_same(openai, bytes);
}

// Line ends of all kinds may change from event to event.
TEST(WordLane, KeepsNoWholeEventWaiting) {
    for (std::string const end : {"\n\n", "\r\r", "\r\n\r\n", "\n\r\n", "\r\n\n"}) {
        wire::word_lane lane(openai, size_max);
        auto const      feed = [&](std::string_view bytes) {
            std::vector<wire::told> told;
            lane.feed(bytes, told);
            return told.size();
        };
        std::string event = saying("word");
        for (int i = 0; i < 3; ++i) EXPECT_EQ(feed(event), 1u);
        event.replace(event.size() - 2, 2, end);
        EXPECT_EQ(feed(event), 1u) << "with " << end.size() << " bytes of line ends";
        EXPECT_EQ(feed(event.substr(0, 20)), 0u);
        EXPECT_EQ(feed(event.substr(20)), 1u);
        EXPECT_EQ(feed(saying("word")), 1u);
    }
}

TEST(WordLane, TellsTheSameOfEveryRecording) {
    NEED_SHARED("recordings");
    for (auto const& stream : recorded_streams()) {
        SCOPED_TRACE(stream.name);
        auto const& format = *wire::find_provider_format(stream.format);
        auto const  wanted = by_decoder(format, stream.bytes);
        for (std::size_t const size : {std::size_t(1), std::size_t(1000), std::size_t(1 << 20)})
            EXPECT_EQ(by_lane(format, stream.bytes, size), wanted) << "in pieces of " << size;
    }
}

}  // namespace
