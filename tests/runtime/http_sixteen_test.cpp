#include <gtest/gtest.h>

#include <set>

#include "tests/runtime/http_play.hpp"
#include "wire/error.hpp"

// The sixteen rules of HTTP that a parser of Beast 1.81 leaves to whoever uses it (reliability.md
// 4.3), each with what breaks it and with the nearest that does not.

namespace {

using play::answered;
using play::asked;
using runtime::error;

struct broken {
    int         rule;
    std::string bytes;
    std::string why;  // "ok": it is not broken
    bool        answer = false;
};

std::string named(error e) { return play::named(e); }
std::string named(wire::error e) { return make_error_code(e).message(); }

std::string post(std::string const& fields, std::string const& body = {}) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string chunked(std::string const& body) {
    return post("Transfer-Encoding: chunked\r\n", body);
}
std::string get(std::string const& line, std::string const& fields = "Host: a\r\n") {
    return line + " HTTP/1.1\r\n" + fields + "\r\n";
}
std::string ok(std::string const& fields, std::string const& body = {}) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}
std::string many(std::string const& one, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += one;
    return all;
}

std::vector<broken> const& rows() {
    auto const                       bad = named(error::bad_http);
    auto const                       transfer = named(error::unsupported_transfer);
    auto const                       chunk = named(wire::error::bad_chunk);
    static std::vector<broken> const all{
        // 1: a transfer coding is one field, and exactly "chunked", and not in HTTP/1.0.
        {1, post("Transfer-Encoding: identity\r\nContent-Length: 0\r\n"), bad},
        {1, post("Transfer-Encoding:\r\nContent-Length: 0\r\n"), bad},
        {1, post("Transfer-Encoding: identity\r\n"), transfer},
        {1, post("Transfer-Encoding:\r\n"), transfer},
        {1, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), transfer},
        {1, post("Transfer-Encoding: chunked;foo=bar\r\n", "0\r\n\r\n"), transfer},
        {1, post(many("Transfer-Encoding: chunked\r\n", 2), "0\r\n\r\n"), bad},
        {1, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", bad},
        {1, post("transfer-encoding: Chunked\r\n", "0\r\n\r\n"), "ok"},
        // 2: a length and a coding, in either order.
        {2, post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), bad},
        {2, post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), bad},
        {2, ok("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), bad, true},
        // 3: two lengths, even if they are equal.
        {3, post("Content-Length: 0\r\nContent-Length: 0\r\n"), bad},
        {3, post("Content-Length: 0, 0\r\n"), bad},
        {3, ok("Content-Length: 0\r\nContent-Length: 0\r\n"), bad, true},
        // 4: a folded field.
        {4, get("GET /", "Host: a\r\nX: a\r\n b\r\n"), bad},
        {4, get("GET /", "Host: a\r\n Host: b\r\n"), bad},
        {4, ok("X: a\r\n\tb\r\nContent-Length: 0\r\n"), bad, true},
        // 5: the line of a chunk: its size, no CR, LF, NUL or open quote in its extensions.
        {5, chunked("0;" + std::string(300, 'x') + "\r\n\r\n"),
         named(wire::error::chunk_line_too_large)},
        {5, chunked("0;" + std::string(70'000, 'x') + "\r\n\r\n"),
         named(wire::error::chunk_line_too_large)},
        {5, chunked("0;a=\"b\r\n\r\n"), chunk},
        {5, chunked("0;a\n\r\n"), chunk},
        {5, chunked("0;a\rb\r\n\r\n"), chunk},
        {5, chunked(std::string("0;a\0\r\n\r\n", 9)), chunk},
        {5, chunked("0;" + std::string(254, 'x') + "\r\n\r\n"), "ok"},
        {5, chunked("0;a=\"\\\"\"\r\n\r\n"), "ok"},
        // 6: trailers are bounded, and dropped.
        {6, chunked("0\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
         named(wire::error::trailers_too_large)},
        {6, chunked("0\r\n" + many("X: a\r\n", 33) + "\r\n"),
         named(wire::error::too_many_trailers)},
        {6, chunked("0\r\nAuthorization: Bearer late\r\nHost: late\r\n\r\n"), "ok"},
        // 7: Host: there, once, and a host.
        {7, get("GET /", ""), bad},
        {7, get("GET /", "Host: a\r\nHost: a\r\n"), bad},
        {7, get("GET /", "Host: a, b\r\n"), bad},
        {7, get("GET /", "Host: u@a\r\n"), bad},
        {7, get("GET /", "Host: a/b\r\n"), bad},
        {7, get("GET /", "Host: a?b\r\n"), bad},
        {7, get("GET /", "Host: a#b\r\n"), bad},
        {7, get("GET /", "Host: a:b\r\n"), bad},
        {7, get("GET /", "Host: a:65536\r\n"), bad},
        {7, get("GET /", "Host: a:65535\r\n"), "ok"},
        // 8: a target is a path of plain bytes, and not too long.
        {8, get("GET /\xC3\xA9"), bad},
        {8, get("GET /a#b"), bad},
        {8, get("GET *"), bad},
        {8, get("GET a"), bad},
        {8, get("GET /" + std::string(16'384, 'a')), named(error::target_too_large)},
        {8, get("OPTIONS *"), "ok"},
        // 9: a method that is known; never a tunnel and never a mirror.
        {9, get("CONNECT a:80"), named(error::unsupported_method)},
        {9, get("TRACE /"), named(error::unsupported_method)},
        {9, get("BREW /"), named(error::unsupported_method)},
        {9, get(std::string(1000, 'A') + " /"), named(error::unsupported_method)},
        // 10: how many fields, and how large, where the head may be of any size.
        {10, get("GET /", "Host: a\r\n" + many("X: a\r\n", 100)), named(error::too_many_fields)},
        {10, get("GET /", "Host: a\r\nX: " + std::string(66'000, 'a') + "\r\n"),
         named(error::head_too_large)},
        {10, get("GET /", "Host: a\r\n" + std::string(66'000, 'a') + ": a\r\n"),
         named(error::head_too_large)},
        {10, get("GET /", "Host: a\r\n" + many("X: a\r\n", 99)), "ok"},
        // 11: what a second one would make another message. (Two keys are whose check it is:
        // key_check_test.cpp.)
        {11, get("GET /", "Host: a\r\nContent-Type: a\r\nContent-Type: b\r\n"), bad},
        {11, get("GET /", "Host: a\r\nOrigin: a\r\nOrigin: a\r\n"), bad},
        {11, get("GET /", "Host: a\r\nMcp-Session-Id: a\r\nmcp-session-id: b\r\n"), bad},
        {11, get("GET /", "Host: a\r\nAccept: a\r\nAccept: b\r\n"), "ok"},
        // 12: an empty line before the first.
        {12, "\r\n" + get("GET /"), bad},
        {12, "\n" + get("GET /"), bad},
        // 13: answers: a status, and a coding that somebody may have asked for.
        {13, "HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n", bad, true},
        {13, "HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n", bad, true},
        {13, ok("Transfer-Encoding: gzip\r\n", "x"), transfer, true},
        {13, ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), transfer, true},
        {13, ok("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"),
         named(error::unsupported_coding), true},
        // 14: interim answers: eight, and no other protocol.
        {14, many("HTTP/1.1 103 Hints\r\n\r\n", 9) + ok("Content-Length: 0\r\n"),
         named(error::too_many_interim), true},
        {14, "HTTP/1.1 101 Switching\r\n\r\n" + ok("Content-Length: 0\r\n"), bad, true},
        {14, many("HTTP/1.1 103 Hints\r\n\r\n", 8) + ok("Content-Length: 0\r\n"), "ok", true},
        // 16: bodies are bounded, whoever announces them.
        {16, post("Content-Length: 33554433\r\n"), named(error::body_too_large)},
        {16, chunked("2000001\r\n"), named(error::body_too_large)},
        {16, ok("Content-Length: 33554433\r\n"), named(error::body_too_large), true},
    };
    return all;
}

std::string outcome(broken const& one) {
    runtime::http_limits limits;
    if (one.rule == 10) limits.head_max = 1 << 20;
    return one.answer ? answered(one.bytes, limits) : asked(one.bytes, limits);
}

TEST(HttpRules, EachIsKept) {
    std::set<int> tried;
    for (auto const& one : rows()) {
        tried.insert(one.rule);
        EXPECT_EQ(outcome(one), one.why) << one.rule << ": " << one.bytes.substr(0, 200);
    }
    tried.insert(15);  // below
    for (int rule = 1; rule <= 16; ++rule) EXPECT_TRUE(tried.contains(rule)) << rule;
}

// 15: what follows an answer is told of, so that its connection is closed and serves no other.
TEST(HttpRules, WhatFollowsAnAnswerIsSeen) {
    for (std::string const surplus : {"", "HTTP/1.1 200 OK\r\n"}) {
        play::http_talk talk;
        talk.say({ok("Content-Length: 1\r\n", "x" + surplus)});
        EXPECT_EQ(talk.outcome(play::answer(talk)), "ok");
        EXPECT_EQ(talk.reader.surplus(), surplus.size());
    }
}

// 6: nothing of a trailer reaches the fields that were checked.
TEST(HttpRules, ATrailerIsNoField) {
    play::http_talk talk;
    talk.say({chunked("0\r\nAuthorization: Bearer late\r\n\r\n")});
    auto const request = talk.result(talk.reader.request(talk.soon()));
    EXPECT_EQ(talk.outcome(talk.reader.whole_body(talk.soon())), "ok");
    EXPECT_EQ(runtime::find_field(request->fields, "authorization"), nullptr);
}

}  // namespace
