#include <gtest/gtest.h>

#include "tests/runtime/http_play.hpp"

// Reading and writing HTTP/1.1 in good order. What is refused is in http_refusal_test.cpp.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using play::http_talk;
using pieces = std::vector<std::string>;

std::string told(runtime::http_request const& r) {
    auto text = r.method + ' ' + r.target;
    for (auto const& [name, value] : r.fields) text += '|' + name + '=' + value;
    return text + (r.keep_alive ? "|kept" : "|once");
}

std::string told(runtime::http_response const& r) {
    auto text = std::to_string(r.status) + ' ' + r.reason;
    for (auto const& [name, value] : r.fields) text += '|' + name + '=' + value;
    return text + (r.keep_alive ? "|kept" : "|once");
}

// A request and its body, then the next request, all on one connection.
awaitable<std::string> two_requests(http_talk& talk) {
    auto const first = co_await talk.reader.request(talk.soon());
    auto       text = told(*first);
    text += '|' + co_await talk.reader.whole_body(talk.soon());
    auto const second = co_await talk.reader.request(talk.soon());
    text += '|' + told(*second);
    text += '|' + co_await talk.reader.whole_body(talk.soon());
    co_return text;
}

awaitable<std::string> one_response(http_talk& talk) {
    auto const head = co_await talk.reader.response(talk.soon());
    auto       text = told(head);
    text += '|' + co_await talk.reader.whole_body(talk.soon());
    text += '|' + std::to_string(talk.reader.surplus());
    co_return text;
}

std::string const next_request = "GET /v1/models HTTP/1.1\r\nHost: proxy\r\n\r\n";

struct row {
    char const* name;
    std::string bytes;
    std::string understood;
};

std::vector<row> const requests{
    {"WithoutABody", "GET /a?b=c HTTP/1.1\r\nHost: proxy\r\nX-Empty:\r\n\r\n",
     "GET /a?b=c|Host=proxy|X-Empty=|kept|"},
    {"OfALength", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nyo",
     "POST /a|Host=a|Content-Length=11|kept|hello\r\n\r\nyo"},
    {"OfLengthZero", "POST /a HTTP/1.1\r\nHost: a\r\ncontent-length: 0\r\n\r\n",
     "POST /a|Host=a|content-length=0|kept|"},
    {"InChunks",
     "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
     "5\r\nhello\r\nA;x=\"y\"\r\n, world...\r\n0\r\nX-Sum: 1\r\n\r\n",
     "POST /a|Host=a|Transfer-Encoding=Chunked|kept|hello, world..."},
};

class HttpRequest : public testing::TestWithParam<row> {};

TEST_P(HttpRequest, IsTheSameWhereverItsBytesAreCut) {
    auto const all = GetParam().bytes + next_request;
    auto const understood = GetParam().understood + "|GET /v1/models|Host=proxy|kept|";
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        http_talk talk;
        talk.say({all.substr(0, cut), all.substr(cut)});
        EXPECT_EQ(talk.result(two_requests(talk)), understood) << "cut after byte " << cut;
        EXPECT_EQ(talk.reader.surplus(), 0u);
    }
}

TEST_P(HttpRequest, IsTheSameByteByByte) {
    auto const all = GetParam().bytes + next_request;
    pieces     single;
    for (char const c : all) single.emplace_back(1, c);
    http_talk talk;
    talk.say(single);
    EXPECT_EQ(talk.result(two_requests(talk)),
              GetParam().understood + "|GET /v1/models|Host=proxy|kept|");
}

INSTANTIATE_TEST_SUITE_P(Bodies, HttpRequest, testing::ValuesIn(requests),
                         [](auto const& info) { return info.param.name; });

std::vector<row> const responses{
    {"OfALength", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     "200 OK|Content-Length=5|kept|hello|0"},
    {"WithSurplus", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     "200 OK|Content-Length=5|kept|hello|0"},
    {"InChunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
     "200 OK|Transfer-Encoding=chunked|kept|hello|0"},
    {"UntilClose", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
     "200 OK|Connection=close|once|hello|0"},
    {"NoContent", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
     "204 No Content|Content-Length=5|kept||0"},
    {"NotModified", "HTTP/1.1 304 Not Modified\r\n\r\n", "304 Not Modified|kept||0"},
    {"WithoutAReason", "HTTP/1.1 502 \r\nContent-Length: 0\r\n\r\n",
     "502 Bad Gateway|Content-Length=0|kept||0"},
    {"OfHttp10", "HTTP/1.0 200 OK\r\n\r\nhello", "200 OK|once|hello|0"},
};

class HttpResponse : public testing::TestWithParam<row> {};

TEST_P(HttpResponse, IsTheSameWhereverItsBytesAreCut) {
    auto const& all = GetParam().bytes;
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        http_talk talk;
        talk.say({all.substr(0, cut), all.substr(cut)});
        auto ending = [&]() -> awaitable<std::string> {
            // Behind both pieces, so that a body until close has an end.
            co_await talk.clock().sleep_for(5ms);
            talk.end();
            co_return co_await one_response(talk);
        };
        EXPECT_EQ(talk.result(ending()), GetParam().understood) << "cut after byte " << cut;
    }
}

INSTANTIATE_TEST_SUITE_P(Bodies, HttpResponse, testing::ValuesIn(responses),
                         [](auto const& info) { return info.param.name; });

TEST(HttpReader, GivesEachPieceOfABodyAsItComes) {
    http_talk talk;
    talk.say({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n", "2\r\n",
              "de\r\n3\r\nf", "gh\r\n0\r", "\n\r\n"});
    pieces heard;
    auto   story = [&]() -> awaitable<void> {
        co_await talk.reader.response(talk.soon());
        for (;;) {
            auto const piece = co_await talk.reader.body(talk.soon());
            heard.push_back(runtime::to_text(play::elapsed(talk.world)) + ' ' + std::string(piece));
            if (piece.empty()) break;
        }
        EXPECT_TRUE(talk.reader.body_done());
        EXPECT_EQ(co_await talk.reader.body(talk.soon()), "");
    };
    play::out(talk.world, story());
    EXPECT_EQ(heard, (pieces{"1ms abc", "3ms def", "4ms gh", "5ms "}));
}

TEST(HttpReader, KeepsWhatFollowsAMessage) {
    http_talk talk;
    talk.say({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + next_request + "GET"});
    auto story = [&]() -> awaitable<void> {
        co_await talk.reader.request(talk.soon());
        EXPECT_EQ(co_await talk.reader.whole_body(talk.soon()), "hi");
        EXPECT_EQ(talk.reader.surplus(), next_request.size() + 3);
        co_await talk.reader.request(talk.soon());
        EXPECT_EQ(talk.reader.surplus(), 3u);
    };
    play::out(talk.world, story());
}

TEST(HttpReader, TakesAConnectionThatEndsBetweenRequestsAsTheEnd) {
    http_talk talk;
    talk.say({next_request});
    talk.result(talk.reader.request(talk.soon()));
    talk.end();
    EXPECT_FALSE(talk.result(talk.reader.request(talk.soon())));
    EXPECT_FALSE(talk.result(talk.reader.request(talk.soon())));
    EXPECT_EQ(talk.world.watch().trouble(), std::vector<std::string>{});
}

TEST(HttpReader, PassesOverEightInterimAnswersAndNoMore) {
    for (int count = 0; count <= 10; ++count) {
        http_talk   talk;
        std::string bytes;
        for (int i = 0; i < count; ++i)
            bytes += i % 2 ? "HTTP/1.1 100 Continue\r\n\r\n"
                           : "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        talk.say({bytes + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"});
        if (count <= 8)
            EXPECT_EQ(talk.result(one_response(talk)), "200 OK|Content-Length=2|kept|hi|0");
        else
            EXPECT_EQ(talk.outcome(one_response(talk)),
                      play::named(runtime::error::too_many_interim));
    }
}

TEST(HttpReader, AnswersAreNotBoundedWhenTheyAreRead) {
    http_talk talk({.body_max = 4});
    talk.say({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n",
              "4\r\nefgh\r\n0\r\n\r\n"});
    std::string heard;
    auto        story = [&]() -> awaitable<void> {
        co_await talk.reader.response(talk.soon());
        while (!talk.reader.body_done()) heard += co_await talk.reader.body(talk.soon());
    };
    play::out(talk.world, story());
    EXPECT_EQ(heard, "abcdefgh");
}

TEST(HttpReader, FieldsAreFoundInAnyCase) {
    runtime::http_fields const fields{{"Content-Type", "a"}, {"content-type", "b"}};
    ASSERT_TRUE(runtime::find_field(fields, "CONTENT-TYPE"));
    EXPECT_EQ(*runtime::find_field(fields, "CONTENT-TYPE"), "a");
    EXPECT_FALSE(runtime::find_field(fields, "content"));
}

TEST(HttpText, AValueCannotBeginALineOfItsOwn) {
    runtime::http_request asked;
    asked.method = "POST";
    asked.target = "/mcp";
    asked.fields = {{"X", std::string("a\r\nY: b\0c", 9)}};
    runtime::http_response told;
    told.status = 404;
    told.fields = {{"X", "\r\n\r\nHTTP/1.1"}};
    EXPECT_EQ(runtime::to_text(asked), "POST /mcp HTTP/1.1\r\nX: a  Y: b c\r\n\r\n");
    EXPECT_EQ(runtime::to_text(told), "HTTP/1.1 404 Not Found\r\nX:     HTTP/1.1\r\n\r\n");
}

TEST(HttpText, AnyStatusHasAReason) {
    EXPECT_STREQ(runtime::reason_phrase(429), "Too Many Requests");
    EXPECT_STREQ(runtime::reason_phrase(799), runtime::reason_phrase(798));
    EXPECT_NE(std::string(runtime::reason_phrase(799)), "");
}

class HttpChunkWriter : public testing::Test {
protected:
    HttpChunkWriter() : writer(talk.stream(), talk.clock(), talk.soon()) {
        runtime::http_response head;
        head.fields = {{"Transfer-Encoding", "chunked"}};
        writer.head(head);
    }

    // What is said, write by write.
    pieces heard(awaitable<void> saying) {
        pieces all;
        auto   listening = [&]() -> awaitable<void> {
            for (;;) {
                auto said = co_await play::read(talk.peer());
                if (said == "eof") co_return;
                all.push_back(std::move(said));
            }
        };
        auto story = [&](awaitable<void> s) -> awaitable<void> {
            runtime::task_group both(talk.world.world().executor);
            both.spawn("listen", listening());
            co_await std::move(s);
            talk.stream().end();
            co_await both.wait();
        };
        play::out(talk.world, story(std::move(saying)));
        return all;
    }

    http_talk                  talk;
    runtime::http_chunk_writer writer;
    std::string const          head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
};

TEST_F(HttpChunkWriter, SendsTheHeadTogetherWithTheFirstPiece) {
    auto saying = [&]() -> awaitable<void> {
        EXPECT_FALSE(writer.started());
        co_await writer.write("data: 1\n\n");
        EXPECT_TRUE(writer.started());
        co_await talk.clock().sleep_for(1ms);
        co_await writer.write(std::string(26, 'x'));
        co_await talk.clock().sleep_for(1ms);
        co_await writer.finish();
    };
    EXPECT_EQ(heard(saying()), (pieces{head + "9\r\ndata: 1\n\n\r\n",
                                       "1a\r\n" + std::string(26, 'x') + "\r\n", "0\r\n\r\n"}));
}

TEST_F(HttpChunkWriter, SendsTheHeadAloneIfAsked) {
    auto saying = [&]() -> awaitable<void> {
        co_await writer.head_alone();
        co_await talk.clock().sleep_for(1ms);
        co_await writer.write("a");
    };
    EXPECT_EQ(heard(saying()), (pieces{head, "1\r\na\r\n"}));
}

TEST_F(HttpChunkWriter, AnEmptyBodyIsAHeadAndTheLastChunk) {
    EXPECT_EQ(heard(writer.finish()), pieces{head + "0\r\n\r\n"});
}

TEST_F(HttpChunkWriter, IsReadBackAsItWasSaid) {
    auto saying = [&]() -> awaitable<void> {
        co_await writer.write("hello ");
        co_await writer.write(std::string(300, 'x'));
        co_await writer.finish();
    };
    std::string all;
    for (auto const& piece : heard(saying())) all += piece;
    http_talk back;
    back.say({all});
    EXPECT_EQ(back.result(one_response(back)),
              "200 OK|Transfer-Encoding=chunked|kept|hello " + std::string(300, 'x') + "|0");
}

}  // namespace
