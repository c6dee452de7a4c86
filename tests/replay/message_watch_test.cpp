#include "replay/message_watch.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using kind = replay::message_watch::kind;

struct sample {
    char const*              name;
    kind                     what;
    std::string              bytes;
    std::vector<std::string> pieces;  // of the body, however the bytes are cut
    bool                     chunked = true;
};

std::vector<sample> const samples{
    {"Chunks",
     kind::answer,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=\"1\"\r\n0123456789\r\n"
     "0\r\nX-End: yes\r\n\r\n",
     {"abc", "0123456789"}},
    {"ContinueFirst",
     kind::answer,
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"
     "1\r\na\r\n0\r\n\r\n",
     {"a"}},
    {"Length", kind::answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", {"abcde"}, false},
    {"NoBody", kind::answer, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", {}},
    {"Request", kind::request, "POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", {"{}"}, false},
    {"RequestWithoutBody", kind::request, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", {}},
};

class MessageWatch : public testing::TestWithParam<sample> {};

TEST_P(MessageWatch, SeesTheSameHoweverTheBytesAreCut) {
    auto const&       s = GetParam();
    std::string const next = "GET /next HTTP/1.1\r\n\r\n";
    auto const        all = s.bytes + next;
    for (std::size_t cut = 0; cut <= s.bytes.size(); ++cut) {
        replay::message_watch seen(s.what);
        auto                  used = seen.feed(all.substr(0, cut), 1ms);
        if (!seen.done()) used += seen.feed(all.substr(used), 1ms + 10us);
        EXPECT_EQ(used, s.bytes.size()) << "cut after byte " << cut;
        EXPECT_TRUE(seen.done());
        EXPECT_FALSE(seen.not_http());
        std::vector<std::string> pieces;
        for (auto const& p : seen.pieces()) pieces.push_back(p.bytes);
        if (!s.chunked) pieces = {seen.body()};
        EXPECT_EQ(pieces, s.pieces) << "cut after byte " << cut;
        for (auto const& p : seen.pieces()) EXPECT_EQ(p.open, 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Samples, MessageWatch, testing::ValuesIn(samples),
                         [](auto const& info) { return info.param.name; });

TEST(MessageWatch, APauseWithinAChunkIsKept) {
    replay::message_watch seen(kind::answer);
    seen.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nab", 1ms);
    seen.feed("cd", 1ms + 999us);
    seen.feed("ef\r\n", 300ms);
    std::vector<replay::piece> const pieces{{1ms + 999us, "abcd", 2}, {300ms, "ef", 0}};
    EXPECT_EQ(seen.pieces(), pieces);
}

TEST(MessageWatch, WhatIsNotHttpPassesAllTheSame) {
    replay::message_watch seen(kind::answer);
    std::string const     bytes =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\nand more\r\n\r\n";
    EXPECT_EQ(seen.feed(bytes, 1ms), bytes.size());
    EXPECT_TRUE(seen.not_http());
    EXPECT_FALSE(seen.done());
}

TEST(MessageWatch, KeepsTrailersAndTheSpellingOfNames) {
    replay::message_watch seen(kind::answer);
    seen.feed(samples[0].bytes, 1ms);
    runtime::http_fields const trailers{{"X-End", "yes"}};
    EXPECT_EQ(seen.trailers(), trailers);
    EXPECT_EQ(seen.fields().front().first, "Transfer-Encoding");
    EXPECT_TRUE(seen.keep_alive());
}

}  // namespace
