#include "wire/sse.hpp"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/wire/shared_material.hpp"
#include "tests/wire/throws.hpp"

namespace {

using events = std::vector<wire::sse_event>;

struct sample {
    char const* name;
    std::string bytes;
    events      heard;
};

events hear(std::vector<std::string_view> const& pieces) {
    events           heard;
    wire::sse_parser parser([&](wire::sse_event const& e) { heard.push_back(e); });
    for (auto const piece : pieces) parser.feed(piece);
    return heard;
}

std::vector<std::string> data_of(events const& heard) {
    std::vector<std::string> data;
    for (auto const& event : heard) data.push_back(event.data);
    return data;
}

std::vector<sample> const samples{
    {"OneEvent", "data: a\n\n", {{"message", "a", ""}}},
    {"Crlf", "data: a\r\n\r\ndata: b\r\n\r\n", {{"message", "a", ""}, {"message", "b", ""}}},
    {"BareCr", "data: a\r\rdata: b\r\r", {{"message", "a", ""}, {"message", "b", ""}}},
    {"MixedLineEnds", "data: a\r\ndata: b\ndata: c\r\r\n", {{"message", "a\nb\nc", ""}}},
    {"CommentKeepsAlive", ": ping\n\ndata: a\n\n", {{"message", "a", ""}}},
    {"CommentInsideAnEvent", "event: e\n: hm\ndata: a\n\n", {{"e", "a", ""}}},
    {"CharacterOfThreeBytes", "data: \xE2\x9C\x94\n\n", {{"message", "\xE2\x9C\x94", ""}}},
    {"CutBeforeTheEnd", "data: a\n\ndata: b\n", {{"message", "a", ""}}},
    {"ByteOrderMark",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     {{"message", "a", ""}}},
    {"HalfAByteOrderMark",
     "\xEF\xBB"
     "data: a\n\ndata: b\n\n",
     {{"message", "b", ""}}},
    {"SecondMarkIsPartOfTheName",
     "\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: a\n\ndata: b\n\n",
     {{"message", "b", ""}}},
    {"IdStays", "id: 1\ndata: a\n\ndata: b\n\n", {{"message", "a", "1"}, {"message", "b", "1"}}},
    {"EmptyIdClears",
     "id: 1\ndata: a\n\nid\ndata: b\n\n",
     {{"message", "a", "1"}, {"message", "b", ""}}},
    {"IdWithNulIsIgnored", std::string("id: a\0b\ndata: a\n\n", 17), {{"message", "a", ""}}},
    {"TypeDoesNotStay", "event: e\ndata: a\n\ndata: b\n\n", {{"e", "a", ""}, {"message", "b", ""}}},
    {"TypeWithoutDataIsForgotten", "event: e\n\ndata: a\n\n", {{"message", "a", ""}}},
    {"EmptyDataIsAnEvent", "data:\n\n", {{"message", "", ""}}},
    {"TwoEmptyDataLines", "data\ndata\n\n", {{"message", "\n", ""}}},
    {"OneSpaceOnly", "data:  a\n\n", {{"message", " a", ""}}},
    {"NoSpace", "data:a:b\n\n", {{"message", "a:b", ""}}},
    {"UnknownFieldsAreSkipped", " data: x\nDATA: y\nfoo\ndata: a\n\n", {{"message", "a", ""}}},
    {"BrokenCharacter",
     "data: a\xE2\x9C\ndata: \xFF\n\n",
     {{"message", "a\xEF\xBF\xBD\n\xEF\xBF\xBD", ""}}},
    {"LineSeparatorsOfUnicode",
     "data: a\xE2\x80\xA8"
     "b\xC2\x85"
     "c\x0B\x0C\n\n",
     {{"message",
       "a\xE2\x80\xA8"
       "b\xC2\x85"
       "c\x0B\x0C",
       ""}}},
    {"NulIsData", std::string("data: \0\n\n", 9), {{"message", std::string("\0", 1), ""}}},
};

class SseParser : public testing::TestWithParam<sample> {};

TEST_P(SseParser, GivesTheSameEventsHoweverTheBytesAreCut) {
    auto const& [name, bytes, heard] = GetParam();
    std::string_view const all = bytes;
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        for (std::size_t second = cut; second <= all.size(); ++second)
            EXPECT_EQ(hear({all.substr(0, cut), all.substr(cut, second - cut), all.substr(second)}),
                      heard)
                << "cut after bytes " << cut << " and " << second;
    }
}

INSTANTIATE_TEST_SUITE_P(Samples, SseParser, testing::ValuesIn(samples),
                         [](auto const& info) { return std::string(info.param.name); });

void check_corpus_file(std::filesystem::path const& file) {
    SCOPED_TRACE(file.filename().string());
    auto const bytes = shared_material::read(file);
    auto       beside = file;
    auto const expected =
        nlohmann::json::parse(shared_material::read(beside.replace_extension("json")));
    // Whether a body is an event stream at all is decided by its head, not by the parser.
    if (file.filename().string().starts_with("ct-")) return;
    events wanted;
    for (auto const& event : expected["events"])
        wanted.push_back({event["type"], event["data"], event["lastEventId"]});

    std::string_view const all = bytes;
    for (std::size_t cut = 0; cut <= all.size(); ++cut)
        ASSERT_EQ(hear({all.substr(0, cut), all.substr(cut)}), wanted) << "cut after byte " << cut;

    events           heard;
    wire::sse_parser parser([&](wire::sse_event const& e) { heard.push_back(e); });
    for (std::size_t at = 0; at < all.size(); ++at) parser.feed(all.substr(at, 1));
    EXPECT_EQ(heard, wanted) << "byte by byte";
    EXPECT_EQ(parser.last_id(), expected["last_event_id"].get<std::string>());
    auto const& retry = expected["retry"];
    if (retry.is_null())
        EXPECT_EQ(parser.retry(), -1);
    else if (retry.is_number_integer())
        EXPECT_EQ(parser.retry(), retry.get<long>());
    else
        EXPECT_GT(parser.retry(), 0) << "a value beyond all bounds is kept at the top";
}

TEST(SseCorpus, EveryFileGivesItsEventsHoweverItIsCut) {
    NEED_SHARED("corpora/sse");
    int count = 0;
    for (auto const& entry :
         std::filesystem::directory_iterator(shared_material::folder() / "corpora/sse"))
        if (entry.path().extension() == ".bin") {
            check_corpus_file(entry.path());
            ++count;
        }
    EXPECT_GE(count, 79);
}

TEST(SseCorpus, SizesPassOrAreRefusedAsTheCorpusWants) {
    NEED_SHARED("corpora/sse/size.jsonl");
    for (auto const& told :
         shared_material::read_lines(shared_material::folder() / "corpora/sse/size.jsonl")) {
        SCOPED_TRACE(told["name"].get<std::string>());
        auto const  bytes = shared_material::bytes_of(told);
        auto const& expected = told["expect"];
        std::size_t count = 0;
        std::size_t last_size = 0;
        auto const  code = error_of([&] {
            wire::sse_parser parser([&](wire::sse_event const& e) {
                ++count;
                last_size = e.data.size();
            });
            for (std::size_t at = 0; at < bytes.size(); at += 65536)
                parser.feed(std::string_view(bytes).substr(at, 65536));
        });
        if (expected.contains("error")) {
            EXPECT_EQ(code, wire::error::event_too_large);
        }
        if (!expected.contains("events")) continue;
        EXPECT_FALSE(code);
        EXPECT_EQ(count, expected["events"].get<std::size_t>());
        if (expected.contains("data_len")) {
            EXPECT_EQ(last_size, expected["data_len"][0].get<std::size_t>());
        }
    }
}

TEST(SseLimits, ALineAtTheLimitPassesAndOneByteMoreDoesNot) {
    std::string const fits = "data: " + std::string(94, 'x');
    events            heard;
    wire::sse_parser  parser([&](wire::sse_event const& e) { heard.push_back(e); }, 100);
    parser.feed(fits + "\n\n");
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(error_of([&] { parser.feed(fits + "x"); }), wire::error::event_too_large);
}

TEST(SseLimits, TheLinesOfOneEventCountTogether) {
    wire::sse_parser parser([](wire::sse_event const&) {}, 20);
    parser.feed("data: 0123456789\n");
    EXPECT_EQ(error_of([&] { parser.feed("data: 0123456789\n"); }), wire::error::event_too_large);
}

TEST(SseBoundary, IsWhereNoEventIsHalfSaid) {
    auto const at_boundary_after = [](std::string_view bytes) {
        wire::sse_parser parser([](wire::sse_event const&) {});
        parser.feed(bytes);
        return parser.at_boundary();
    };
    for (auto const* whole :
         {"", "data: a\n\n", ": c\n", "retry: 5\n", "data: a\r\n\r", "\xEF\xBB\xBF"})
        EXPECT_TRUE(at_boundary_after(whole)) << whole;
    for (auto const* half :
         {"d", "data: a", "data: a\n", "event: e\n", "id: 1\n", ": c", "\xEF\xBB"})
        EXPECT_FALSE(at_boundary_after(half)) << half;
}

TEST(SseIds, AnEventWithoutDataNamesTheIdAndACutOneDoesNot) {
    wire::sse_parser parser([](wire::sse_event const&) { FAIL() << "nothing was to be told"; });
    parser.feed("id: 7\nretry: 250\ndata");
    EXPECT_EQ(parser.last_id(), "") << "the event is not whole";
    wire::sse_parser priming([](wire::sse_event const&) {});
    priming.feed("id: 7\nretry: 250\n\n");
    EXPECT_EQ(priming.last_id(), "7");
    EXPECT_EQ(priming.retry(), 250);
}

TEST(SseComments, AreToldToWhoeverListens) {
    std::vector<std::string> comments;
    wire::sse_parser         parser([](wire::sse_event const&) {});
    parser.on_comment([&](std::string_view words) { comments.emplace_back(words); });
    parser.feed(": OPENROUTER PRO");
    parser.feed("CESSING\n\n:\n");
    EXPECT_EQ(comments, (std::vector<std::string>{" OPENROUTER PROCESSING", ""}));
}

TEST(SseWriting, IsReadBackAsItWasMeant) {
    EXPECT_EQ(wire::to_sse("a"), "data: a\n\n");
    EXPECT_EQ(wire::to_sse("a", "e", "1"), "event: e\nid: 1\ndata: a\n\n");
    EXPECT_EQ(wire::to_sse("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(wire::to_sse(""), "data: \n\n");
    EXPECT_EQ(wire::to_sse_comment("keep-alive"), ": keep-alive\n\n");
    EXPECT_EQ(data_of(hear({wire::to_sse(" a\n\nb")})), (std::vector<std::string>{" a\n\nb"}));
}

TEST(SseWriting, AFieldCannotWriteAnother) {
    EXPECT_EQ(wire::to_sse("a", "e\ndata: evil", std::string("1\r\n\0x", 5)),
              "event: edata: evil\nid: 1x\ndata: a\n\n");
    EXPECT_EQ(wire::to_sse_comment("a\n\ndata: evil"), ": a  data: evil\n\n");
}

}  // namespace
