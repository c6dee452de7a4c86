#include "wire/chunked.hpp"

#include <gtest/gtest.h>

#include "tests/wire/throws.hpp"

namespace {

struct outcome {
    std::string               payload;
    std::string               rest;
    bool                      done = false;
    std::uint64_t             chunk_count = 0;
    boost::system::error_code error;
    bool                      operator==(outcome const&) const = default;
};

outcome decode(std::vector<std::string_view> const& pieces) {
    wire::chunk_decoder decoder;
    outcome             got;
    got.error = error_of([&] {
        for (auto const piece : pieces) {
            auto const used = decoder.feed(piece, got.payload);
            got.rest.append(piece.substr(used));
        }
    });
    got.done = decoder.done();
    got.chunk_count = decoder.chunk_count();
    return got;
}

void expect_however_cut(std::string const& bytes, outcome const& wanted) {
    std::string_view const all = bytes;
    for (std::size_t cut = 0; cut <= all.size(); ++cut)
        ASSERT_EQ(decode({all.substr(0, cut), all.substr(cut)}), wanted)
            << bytes.substr(0, 60) << " cut after byte " << cut;
}

TEST(ChunkDecoder, GivesThePayloadHoweverTheBytesAreCut) {
    expect_however_cut("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", {"hello world", "", true, 2, {}});
    expect_however_cut("0\r\n\r\n", {"", "", true, 0, {}});
    expect_however_cut("00A\r\n0123456789\r\n000\r\n\r\n", {"0123456789", "", true, 1, {}});
    expect_however_cut("2;a=b;c=\"d;\\\"e\r\"\r\n",
                       {"", "", false, 0, make_error_code(wire::error::bad_chunk)});
    expect_however_cut("2;a=b;c=\"d;\\\"e\"\r\n{}\r\n0;x\r\n\r\n", {"{}", "", true, 1, {}});
    expect_however_cut("2\r\n\r\n\r\n0\r\nX-Sum: abc\r\nAuthorization:\r\n\r\n",
                       {"\r\n", "", true, 1, {}});
}

TEST(ChunkDecoder, LeavesTheNextMessageAlone) {
    expect_however_cut("1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n",
                       {"a", "HTTP/1.1 200 OK\r\n", true, 1, {}});
}

TEST(ChunkDecoder, IsNotDoneBeforeTheLastByte) {
    std::string_view const whole = "1\r\na\r\n0\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode({whole.substr(0, size)}).done) << size;
}

TEST(ChunkDecoder, RefusesWhatTwoReadersCouldReadInTwoWays) {
    std::vector<std::string> const bad{"\r\n",
                                       ";a\r\n",
                                       "+2\r\n",
                                       " 2\r\n",
                                       "2 \r\n",
                                       "2\t\r\n",
                                       "0x2\r\n",
                                       "2_0\r\n",
                                       "2,\r\n",
                                       "\"2\"\r\n",
                                       "g\r\n",
                                       "-1\r\n",
                                       "2\n",
                                       "2\rx",
                                       "2\r\nabc",
                                       "2\r\nab\n",
                                       "2\r\nab\rx",
                                       "10000000000000000\r\n",
                                       "10000000000000002\r\n",
                                       "fffffffffffffffff\r\n",
                                       "2;a\nb\r\n",
                                       "2;a\rb\r\n",
                                       std::string("2;a\0b\r\n", 7),
                                       "2;\r\n",
                                       "2;a=\"b\r\n",
                                       "0\r\n\n",
                                       "0\r\nX Y: 1\r\n",
                                       "0\r\nnocolon\r\n",
                                       "0\r\n: x\r\n",
                                       "0\r\nX: a\nb\r\n",
                                       std::string("0\r\nX: \0\r\n", 10),
                                       "0\r\n folded\r\n",
                                       "0\r\nX: 1\r\nnocolon\r\n"};
    for (auto const& bytes : bad) {
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            std::string_view const all = bytes;
            EXPECT_EQ(decode({all.substr(0, cut), all.substr(cut)}).error, wire::error::bad_chunk)
                << testing::PrintToString(bytes) << " cut after byte " << cut;
        }
    }
}

// The size and its extensions, without the end of their line.
TEST(ChunkDecoder, BoundsTheSizeLine) {
    auto const too_large = wire::error::chunk_line_too_large;
    EXPECT_TRUE(decode({"1;" + std::string(254, 'a') + "\r\nx\r\n0\r\n\r\n"}).done);
    EXPECT_EQ(decode({"1;" + std::string(255, 'a')}).error, too_large);
    EXPECT_EQ(decode({"1;" + std::string(2558, 'a')}).error, too_large);
    EXPECT_EQ(decode({std::string(257, '0')}).error, too_large);
}

TEST(ChunkDecoder, BoundsTheTrailers) {
    EXPECT_TRUE(decode({"0\r\nX: " + std::string(8189, 'a') + "\r\n\r\n"}).done);
    for (std::size_t const size : {8190, 70'000})
        EXPECT_EQ(decode({"0\r\nX: " + std::string(size, 'a')}).error,
                  wire::error::trailers_too_large);
    std::string many;
    for (int i = 0; i < 32; ++i) many += "X: 1\r\n";
    EXPECT_TRUE(decode({"0\r\n" + many + "\r\n"}).done);
    EXPECT_EQ(decode({"0\r\n" + many + "X: 1\r\n\r\n"}).error, wire::error::too_many_trailers);
}

TEST(ChunkDecoder, TakesTheLargestSizeWithoutWrapping) {
    auto const got = decode({"ffffffffffffffff\r\nabc"});
    EXPECT_EQ(got.payload, "abc");
    EXPECT_FALSE(got.done);
}

TEST(ChunkWriting, IsReadBack) {
    EXPECT_EQ(wire::chunk_head(26), "1a\r\n");
    EXPECT_EQ(wire::chunk_head(0x12345678), "12345678\r\n");
    auto const bytes = wire::chunk_head(5) + "hello" + wire::chunk_tail + wire::last_chunk;
    expect_however_cut(bytes, {"hello", "", true, 1, {}});
}

}  // namespace
