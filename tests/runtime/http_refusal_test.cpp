#include <gtest/gtest.h>

#include "tests/runtime/http_play.hpp"

// What a reader of HTTP refuses, what it waits for and for how long.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using play::answer;
using play::answered;
using play::asked;
using play::http_talk;
using runtime::error;

struct row {
    char const* name;
    std::string fields;
    error       why;
};

std::vector<row> const rows{
    {"LengthAndChunks", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", error::bad_http},
    {"ChunksAndLength", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", error::bad_http},
    {"TwoLengths", "Content-Length: 3\r\nContent-Length: 4\r\n", error::bad_http},
    {"TheSameLengthTwice", "Content-Length: 3\r\ncontent-length: 3\r\n", error::bad_http},
    {"AListOfLengths", "Content-Length: 3, 3\r\n", error::bad_http},
    {"ASignedLength", "Content-Length: +3\r\n", error::bad_http},
    {"ANegativeLength", "Content-Length: -3\r\n", error::bad_http},
    {"AHexadecimalLength", "Content-Length: 0x3\r\n", error::bad_http},
    {"AnEmptyLength", "Content-Length:\r\n", error::bad_http},
    {"ALengthBeyondAllNumbers", "Content-Length: 18446744073709551616\r\n", error::bad_http},
    {"TwoCodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", error::bad_http},
    {"GzipInChunks", "Transfer-Encoding: gzip, chunked\r\n", error::unsupported_transfer},
    {"IdentityAsATransfer", "Transfer-Encoding: identity\r\n", error::unsupported_transfer},
    {"ChunkedTwice", "Transfer-Encoding: chunked, chunked\r\n", error::unsupported_transfer},
    {"ChunkedInDisguise", "Transfer-Encoding: xchunked\r\n", error::unsupported_transfer},
    {"AnEncodedContent", "Content-Length: 3\r\nContent-Encoding: gzip\r\n",
     error::unsupported_coding},
    {"AFieldWithoutAColon", "Content-Length 3\r\n", error::bad_http},
    {"ABlankBeforeTheColon", "Content-Length : 3\r\n", error::bad_http},
    {"AFieldWithoutAName", ": 3\r\n", error::bad_http},
    {"AZeroByte", std::string("X: a\0b\r\n", 8), error::bad_http},
};

class HttpSmuggling : public testing::TestWithParam<row> {};

TEST_P(HttpSmuggling, IsRefusedInARequest) {
    EXPECT_EQ(asked("POST / HTTP/1.1\r\nHost: a\r\n" + GetParam().fields + "\r\nabc"),
              play::named(GetParam().why));
}

TEST_P(HttpSmuggling, IsRefusedInAnAnswer) {
    EXPECT_EQ(answered("HTTP/1.1 200 OK\r\n" + GetParam().fields + "\r\nabc"),
              play::named(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(Fields, HttpSmuggling, testing::ValuesIn(rows),
                         [](auto const& info) { return info.param.name; });

TEST(HttpReader, RefusesWhatIsNotHttp11) {
    for (auto const* line :
         {"GET / HTTP/2.0", "GET / HTTP/0.9", "GET /", "GET  / HTTP/1.1", "G(T / HTTP/1.1",
          "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / FTP/1.1"})
        EXPECT_EQ(asked(std::string(line) + "\r\n\r\n"), play::named(error::bad_http)) << line;
    for (auto const* line : {"HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 abc OK", "200 OK",
                             "HTTP/1.1 101 Switching Protocols"})
        EXPECT_EQ(answered(std::string(line) + "\r\n\r\n"), play::named(error::bad_http)) << line;
}

TEST(HttpReader, AnIdentityOfContentIsNoCoding) {
    EXPECT_EQ(asked("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\nContent-Length: "
                    "1\r\n\r\na"),
              "ok");
}

// A head of exactly this many bytes.
std::string head_of(std::size_t size) {
    std::string const before = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return before + std::string(size - before.size() - 4, 'x') + "\r\n\r\n";
}

TEST(HttpReader, AHeadMayBeAsLargeAsItsLimitAndNoLarger) {
    auto const too_large = play::named(error::head_too_large);
    EXPECT_EQ(asked(head_of(999), {.head_max = 1000}), "ok");
    EXPECT_EQ(asked(head_of(1000), {.head_max = 1000}), "ok");
    EXPECT_EQ(asked(head_of(1001), {.head_max = 1000}), too_large);
    EXPECT_EQ(asked(head_of(2000), {.head_max = 1000}), too_large);
    EXPECT_EQ(asked(std::string(1001, 'x'), {.head_max = 1000}), too_large);
    // What follows a head does not count as head.
    EXPECT_EQ(asked(head_of(1000) + std::string(5000, 'x'), {.head_max = 1000}), "ok");
}

TEST(HttpReader, AHeadMayHaveAsManyFieldsAsItsLimit) {
    auto const fields = [](int count) {
        std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
        for (int i = 1; i < count; ++i) text += "X: y\r\n";
        return text + "\r\n";
    };
    EXPECT_EQ(asked(fields(100)), "ok");
    EXPECT_EQ(asked(fields(101)), play::named(error::too_many_fields));
    EXPECT_EQ(asked(fields(3), {.field_count_max = 3}), "ok");
    EXPECT_EQ(asked(fields(4), {.field_count_max = 3}), play::named(error::too_many_fields));
}

TEST(HttpReader, ABodyMayBeAsLargeAsItsLimitAndNoLarger) {
    auto const        too_large = play::named(error::body_too_large);
    std::string const post = "POST / HTTP/1.1\r\nHost: a\r\n", ok = "HTTP/1.1 200 OK\r\n";
    std::string const five = "Content-Length: 5\r\n\r\nabcde", six = "Content-Length: 6\r\n\r\n";
    std::string const in_chunks = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    std::string const five_in_chunks = in_chunks + "2\r\nde\r\n0\r\n\r\n";
    std::string const six_in_chunks = in_chunks + "3\r\ndef\r\n";
    runtime::http_limits const limits{.body_max = 5};
    EXPECT_EQ(asked(post + five, limits), "ok");
    EXPECT_EQ(asked(post + six, limits), too_large);  // before any of it has come
    EXPECT_EQ(asked(post + five_in_chunks, limits), "ok");
    EXPECT_EQ(asked(post + six_in_chunks, limits), too_large);
    EXPECT_EQ(answered(ok + five, limits), "ok");
    EXPECT_EQ(answered(ok + six, limits), too_large);
    EXPECT_EQ(answered(ok + five_in_chunks, limits), "ok");
    EXPECT_EQ(answered(ok + six_in_chunks, limits), too_large);
    EXPECT_EQ(answered(ok + "\r\nabcde", limits, true), "ok");
    EXPECT_EQ(answered(ok + "\r\nabcdef", limits, true), too_large);
}

TEST(HttpReader, AConnectionThatEndsInsideAMessageHasCutIt) {
    std::string const post = "POST / HTTP/1.1\r\nHost: a\r\n", ok = "HTTP/1.1 200 OK\r\n";
    auto const        cut = play::named(error::body_cut), bad = play::named(error::bad_http);
    EXPECT_EQ(asked("", {}, true), "ok");
    EXPECT_EQ(asked("P", {}, true), bad);
    EXPECT_EQ(asked(post + "Host: a\r\n", {}, true), bad);
    EXPECT_EQ(asked(post + "Content-Length: 5\r\n\r\n", {}, true), cut);
    EXPECT_EQ(asked(post + "Content-Length: 5\r\n\r\nabcd", {}, true), cut);
    EXPECT_EQ(asked(post + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", {}, true), cut);
    EXPECT_EQ(asked(post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r", {}, true), cut);
    EXPECT_EQ(answered("", {}, true), play::named(error::closed_early));
    EXPECT_EQ(answered("HTTP/1.1 100 Continue\r\n\r\n", {}, true),
              play::named(error::closed_early));
    EXPECT_EQ(answered("H", {}, true), bad);
    EXPECT_EQ(answered(ok + "Content-Length: 5\r\n\r\nabcd", {}, true), cut);
    EXPECT_EQ(answered(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", {}, true), cut);
}

TEST(HttpReader, AResetIsAReset) {
    http_talk talk;
    talk.reset();
    EXPECT_EQ(talk.outcome(answer(talk)), "connection_reset");
}

TEST(HttpReader, AHeadThatDripsIsLateAtItsLimit) {
    http_talk                talk;
    std::vector<std::string> drops(100, "x");
    talk.say(drops);
    runtime::http_limit const limit{30ms, boost::asio::error::timed_out};
    EXPECT_EQ(talk.outcome(talk.reader.request(limit)), play::name_of(limit.late));
    EXPECT_EQ(play::elapsed(talk.world), 30ms);
    EXPECT_GE(talk.reader.surplus(), 30u);
    talk.world.run();
}

TEST(HttpReader, GoesOnAfterALateRead) {
    http_talk                 talk;
    runtime::http_limit const limit{5ms, boost::asio::error::timed_out};
    auto const                late = play::name_of(limit.late);
    auto                      story = [&]() -> awaitable<void> {
        co_await talk.peer().write("HTTP/1.1 200 OK\r\nContent-Le");
        EXPECT_EQ(co_await play::outcome_of(talk.reader.response(limit)), late);
        EXPECT_EQ(play::elapsed(talk.world), 5ms);
        co_await talk.peer().write("ngth: 6\r\n\r\nabc");
        co_await talk.reader.response(limit);
        EXPECT_EQ(co_await talk.reader.body(limit), "abc");
        EXPECT_EQ(co_await play::outcome_of(talk.reader.body(limit)), late);
        EXPECT_EQ(play::elapsed(talk.world), 10ms);
        EXPECT_FALSE(talk.reader.body_done());
        co_await talk.peer().write("def");
        EXPECT_EQ(co_await talk.reader.body(limit), "def");
        EXPECT_TRUE(talk.reader.body_done());
    };
    play::out(talk.world, story());
}

TEST(HttpReader, LimitsRunOnAfterALateRead) {
    http_talk                 talk({.head_max = 100, .body_max = 5});
    runtime::http_limit const limit{5ms, boost::asio::error::timed_out};
    auto                      story = [&]() -> awaitable<void> {
        co_await talk.peer().write(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        co_await talk.reader.request(limit);
        EXPECT_EQ(co_await play::outcome_of(talk.reader.whole_body(limit)),
                                       play::name_of(limit.late));
        co_await talk.peer().write("3\r\ndef\r\n0\r\n\r\n");
        EXPECT_EQ(co_await play::outcome_of(talk.reader.body(limit)),
                                       play::named(error::body_too_large));
    };
    play::out(talk.world, story());

    http_talk drip({.head_max = 100});
    auto      dripping = [&]() -> awaitable<void> {
        co_await drip.peer().write(std::string(60, 'x'));
        EXPECT_EQ(co_await play::outcome_of(drip.reader.request(limit)), play::name_of(limit.late));
        co_await drip.peer().write(std::string(60, 'x'));
        EXPECT_EQ(co_await play::outcome_of(drip.reader.request(limit)),
                       play::named(error::head_too_large));
    };
    play::out(drip.world, dripping());
}

TEST(HttpReader, WatchingForAHangUpThrowsAndKeepsWhatCame) {
    http_talk talk;
    talk.say({"GET /next HTTP/1.1\r\n", "Host: a\r\n\r\n"});
    auto ending = [&]() -> awaitable<void> {
        co_await talk.clock().sleep_for(7ms);
        talk.end();
    };
    runtime::task_group both(talk.world.world().executor);
    both.spawn("end", ending());
    EXPECT_EQ(talk.outcome(talk.reader.hang_up()), play::named(error::closed_early));
    EXPECT_EQ(play::elapsed(talk.world), 7ms);
    auto const next = talk.result(talk.reader.request(talk.soon()));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->target, "/next");
    EXPECT_FALSE(talk.result(talk.reader.request(talk.soon())));
    play::stop(talk.world, both);
}

TEST(HttpReader, WatchingThatIsOverKeepsWhatCame) {
    http_talk talk;
    talk.say({"GET /next HTTP/1.1\r\n", "Host: a\r\n\r\n"});
    auto story = [&]() -> awaitable<void> {
        auto working = talk.clock().sleep_for(500us);
        auto watching = talk.reader.hang_up();
        co_await runtime::guarded(std::move(working), std::move(watching));
        EXPECT_EQ(play::elapsed(talk.world), 500us);
        EXPECT_EQ(talk.reader.surplus(), 20u);
        auto const next = co_await talk.reader.request(talk.soon());
        EXPECT_EQ(next->target, "/next");
    };
    play::out(talk.world, story());
}

TEST(HttpReader, WatchingThrowsAResetAsItIs) {
    http_talk talk;
    talk.reset();
    EXPECT_EQ(talk.outcome(talk.reader.hang_up()), "connection_reset");
}

// Two may have waited for it: who watched the client, and who reads its next request.
TEST(HttpReader, AConnectionThatIsBrokenIsNotReadAgain) {
    http_talk talk;
    talk.reset();
    EXPECT_EQ(talk.outcome(talk.reader.hang_up()), "connection_reset");
    EXPECT_EQ(talk.outcome(talk.reader.request(talk.soon())), "connection_reset");
    EXPECT_EQ(talk.world.watch().trouble(), std::vector<std::string>{});
}

TEST(HttpReader, AClientThatTalksOnAndOnWhileWatchedIsStopped) {
    http_talk talk({.head_max = 1000, .read_size = 100});
    talk.say(std::vector<std::string>(100, std::string(99, 'x')));
    EXPECT_EQ(talk.outcome(talk.reader.hang_up()), play::named(error::head_too_large));
    EXPECT_LE(talk.reader.surplus(), 1100u);
    talk.world.run();
}

}  // namespace
