#include <gtest/gtest.h>

#include "tests/runtime/http_play.hpp"

// What makes a head one that all readers read alike.

namespace {

using boost::asio::awaitable;
using play::answered;
using play::asked;
using play::http_talk;
using runtime::error;

// Each of these two readers would read in two ways.
TEST(HttpReader, ARequestHasOneReading) {
    std::string const host = "Host: a\r\n", end = "\r\n";
    for (auto const& request :
         {"GET / HTTP/1.1\r\n" + end, "GET / HTTP/1.1\r\n" + host + host + end,
          "GET / HTTP/1.0\r\n" + host + host + end, "GET / HTTP/1.1\r\nHost: a/b\r\n" + end,
          "GET / HTTP/1.1\r\nHost:\r\n" + end, "GET / HTTP/1.1\r\n" + host + "X: a\r\n b\r\n" + end,
          "GET / HTTP/1.1\r\n" + host + "X: a\r\n\tb\r\n" + end,
          "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n" + end + "0\r\n\r\n"})
        EXPECT_EQ(asked(request), play::named(error::bad_http)) << request;
    for (auto const& request :
         {"GET / HTTP/1.0\r\n" + end, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n" + end})
        EXPECT_EQ(asked(request), "ok") << request;
}

// No byte that may follow would mend these: nobody waits for one.
TEST(HttpReader, AHeadThatCannotBecomeOneIsRefusedAtOnce) {
    std::string const get = "GET / HTTP/1.1\r\n";
    for (auto const& begun :
         {std::string("GET / HTTP/1.1\n"), get + "Host: a\n", std::string("GET / HTTP/1.1\rH"),
          get + "Host: a\r\n\rX", std::string("GET / HTTP/2"), std::string("GET /\r\n"),
          std::string("\r\n"), get + " X", get + "\tX", get + "X y\r\n", get + "X : y\r\n",
          get + "Content-Length: 1\r\nContent-Length: 1\r\n", get + "Content-Length: 1a\r\n",
          get + "Host: a\r\nhost: a\r\n", get + "X: \x01", get + "X: \x7F",
          get + "Content-Type: a\r\nContent-Type: a\r\n", get + "Origin: a\r\norigin: a\r\n",
          get + "Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n"})
        EXPECT_EQ(asked(begun), play::named(error::bad_http)) << begun;
    for (auto const& begun : {"HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\r\nX : y\r\n",
                              "HTTP/1.1 000 OK\r\n", "HTTP/1.1 600 OK\r\n"})
        EXPECT_EQ(answered(begun), play::named(error::bad_http)) << begun;
}

TEST(HttpReader, ATargetIsAPathOfPlainBytes) {
    auto const with = [](std::string const& line) {
        return asked(line + " HTTP/1.1\r\nHost: a\r\n\r\n");
    };
    for (auto const* line : {"GET a", "GET *", "GET /a#b", "GET /\xC3\xA9", "GET a:80", "GET /a b",
                             "GET http://a@b/", "GET http://", "GET ftp://a/"})
        EXPECT_EQ(with(line), play::named(error::bad_http)) << line;
    for (auto const* line : {"GET /a?b=%20", "OPTIONS *", "GET HTTP://a/b", "GET //a"})
        EXPECT_EQ(with(line), "ok") << line;
    EXPECT_EQ(with("GET /" + std::string(8192 - 14, 'a')), "ok");
    EXPECT_EQ(with("GET /" + std::string(8192 - 13, 'a')), play::named(error::target_too_large));
    EXPECT_EQ(asked("GET /" + std::string(10 * 8192, 'a')), play::named(error::target_too_large));
}

TEST(HttpReader, OnlyMethodsThatAreKnownAreRead) {
    for (auto const* method : {"TRACE", "CONNECT", "get", "BREW", "PRI"})
        EXPECT_EQ(asked(std::string(method) + " / HTTP/1.1\r\n"),
                  play::named(error::unsupported_method))
            << method;
    for (auto const* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
        EXPECT_EQ(asked(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n"), "ok") << method;
}

TEST(HttpReader, AHostIsANameAndPerhapsAPort) {
    auto const with = [](std::string const& host) {
        return asked("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    };
    for (auto const* host : {"", "a b", "a,b", "a@b", "a/b", "a?b", "a#b", "a%41", "a:b", "a:65536",
                             "a:1:2", "[::1", "[::1]a", "[::1]:x", "[g]", "[fe80::1%251]", ":80"})
        EXPECT_EQ(with(host), play::named(error::bad_http)) << host;
    for (auto const* host : {"a", "a.b-c_d:65535", "127.0.0.1:80", "[::1]", "[::1]:80", "a:"})
        EXPECT_EQ(with(host), "ok") << host;
}

// Beast would throw out of its own hands.
TEST(HttpReader, NoFieldIsLargerThanBeastBears) {
    auto const with = [](std::size_t size) {
        return asked("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size, 'x') + "\r\n\r\n",
                     {.head_max = 1 << 20});
    };
    EXPECT_EQ(with(50'000), "ok");
    EXPECT_EQ(with(66'000), play::named(error::head_too_large));
}

TEST(HttpReader, AChunkBeyondTheLimitIsNotWaitedFor) {
    std::string const post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (auto const* size : {"6", "100000002", "ffffffffffffffff"})
        EXPECT_EQ(asked(post + size + "\r\n", {.body_max = 5}), play::named(error::body_too_large));
    EXPECT_EQ(asked(post + "3\r\nabc\r\n3\r\n", {.body_max = 5}),
              play::named(error::body_too_large));
}

TEST(HttpReader, WhatStandsBeforeABadChunkIsRead) {
    http_talk talk;
    talk.say({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz"});
    auto story = [&]() -> awaitable<void> {
        co_await talk.reader.response(talk.soon());
        EXPECT_EQ(co_await talk.reader.body(talk.soon()), "abc");
        EXPECT_EQ(co_await play::outcome_of(talk.reader.body(talk.soon())), "bad chunked framing");
    };
    play::out(talk.world, story());
}

TEST(HttpReader, TheHostOfATargetIsTheHost) {
    http_talk talk;
    talk.say({"GET http://b:1/a HTTP/1.1\r\nHost: c\r\n\r\n"});
    auto const read = talk.result(talk.reader.request(talk.soon()));
    ASSERT_TRUE(read);
    EXPECT_EQ(*runtime::find_field(read->fields, "host"), "b:1");
}

TEST(HttpReader, ATargetWithItsHostIsAPath) {
    for (auto const& [target, path] :
         {std::pair("/a", "/a"), std::pair("http://b/a?c", "/a?c"), std::pair("http://b", "/")}) {
        http_talk talk;
        talk.say({std::string("GET ") + target + " HTTP/1.1\r\nHost: b\r\n\r\n"});
        auto const read = talk.result(talk.reader.request(talk.soon()));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->target, path);
    }
}

}  // namespace
