#include "scenarios/http_hop.hpp"

#include <gtest/gtest.h>

#include <map>

#include "wire/sse.hpp"

using namespace std::chrono_literals;

// The seam's re-framing: an editor sees each event once and whole, and what it leaves alone keeps
// its bytes and its instant.

namespace {

using runtime::parcel;

constexpr char head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string chunk(std::string const& payload) {
    return wire::chunk_head(payload.size()) + payload + wire::chunk_tail;
}

// The same blocks in three dialects of line ends, with comments and characters of many bytes.
std::string const answer =
    "data: {\"a\":\"Größe ✔\"}\n\n"
    ": keep-alive\n\n"
    "event: x\r\ndata: 1\r\ndata: 2\r\n\r\n"
    "data: bare\r\r"
    "data: [DONE]\n\n";

parcel at(runtime::duration due, std::string bytes) {
    return {runtime::time_point(due), std::move(bytes), parcel::kind::data};
}

// What comes out, taken apart again.
struct heard {
    std::string                              head;
    std::string                              payload;
    bool                                     done = false;
    std::map<std::size_t, runtime::duration> instants;  // of the payload's byte so far
    std::vector<parcel::kind>                partings;

    void take(std::vector<parcel> const& parcels) {
        for (auto const& p : parcels) {
            if (p.what != parcel::kind::data) partings.push_back(p.what);
            bytes_ += p.bytes;
            read(p.due.time_since_epoch());
        }
    }

private:
    void read(runtime::duration due) {
        if (head.empty()) {
            auto const end = bytes_.find("\r\n\r\n");
            if (end == bytes_.npos) return;
            head = bytes_.substr(0, end + 4);
            bytes_.erase(0, end + 4);
        }
        if (bytes_.empty() || chunks_.done()) return;
        bytes_.erase(0, chunks_.feed(bytes_, payload));
        done = chunks_.done();
        instants.emplace(payload.size(), due);
    }

    std::string         bytes_;
    wire::chunk_decoder chunks_;
};

struct seen_block {
    std::string type;
    std::string data;
    bool        operator==(seen_block const&) const = default;
};

class listening final : public scenario::message_editor {
public:
    explicit listening(std::vector<seen_block>& seen) : seen_(seen) {}
    void event(scenario::sse_block const& b) override {
        if (b.is_event) seen_.push_back({b.type, b.data});
        say(b.raw);
    }

private:
    std::vector<seen_block>& seen_;
};

class shouting final : public scenario::message_editor {
public:
    void whole(std::string&, std::string& body) override { body += "!!!"; }
};

class later final : public scenario::message_editor {
public:
    void event(scenario::sse_block const& b) override { say_after(5ms, b.raw); }
    void end_of_events() override { hang_up(); }
};

std::vector<seen_block> const blocks{
    {"", "{\"a\":\"Größe ✔\"}"}, {"x", "1\n2"}, {"", "bare"}, {"", "[DONE]"}};

}  // namespace

TEST(HttpHop, ShowsEachEventOnceAndPassesItsBytesHoweverTheyAreCut) {
    auto const whole = head + chunk(answer) + wire::last_chunk;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        std::vector<seen_block> seen;
        scenario::http_hop      hop(std::make_unique<listening>(seen));
        heard                   out;
        out.take(hop.pass(at(0ms, whole.substr(0, cut))));
        out.take(hop.pass(at(0ms, whole.substr(cut))));
        EXPECT_EQ(seen, blocks) << "cut at byte " << cut;
        EXPECT_EQ(out.head, head) << "cut at byte " << cut;
        EXPECT_EQ(out.payload, answer) << "cut at byte " << cut;
        EXPECT_TRUE(out.done) << "cut at byte " << cut;
    }
}

TEST(HttpHop, KeepsTheInstantOfEachEvent) {
    scenario::http_hop hop(std::make_unique<scenario::message_editor>());
    heard              out;
    out.take(hop.pass(at(1ms, head)));
    std::size_t size = 0;
    auto const  say = [&](runtime::duration due, std::string const& event) {
        out.take(hop.pass(at(due, chunk(event))));
        EXPECT_EQ(out.instants[size += event.size()], due);
    };
    say(10ms, "data: a\n\n");
    say(250ms, ": warm\n\n");
    say(3s, "data: b\n\n");
    // Half an event waits for its other half.
    out.take(hop.pass(at(4s, chunk("data: "))));
    EXPECT_EQ(out.payload.size(), size);
    out.take(hop.pass(at(5s, chunk("c\n\n"))));
    EXPECT_EQ(out.instants[size + 9], 5s);
    EXPECT_FALSE(out.done);
}

TEST(HttpHop, HoldsNoMoreThanALittleOfHalfAnEvent) {
    std::vector<seen_block> seen;
    scenario::http_hop      hop(std::make_unique<listening>(seen));
    heard                   out;
    std::string const       begun = "data: " + std::string(3000, 'a');
    out.take(hop.pass(at(1ms, head + chunk(begun))));
    EXPECT_EQ(out.instants[begun.size()], 1ms);
    out.take(hop.pass(at(2ms, chunk("b"))));
    EXPECT_EQ(out.instants[begun.size() + 1], 2ms);
    out.take(hop.pass(at(3ms, chunk("c\n\ndata: d\n\n") + wire::last_chunk)));
    EXPECT_EQ(out.payload, begun + "bc\n\ndata: d\n\n");
    EXPECT_EQ(seen, (std::vector<seen_block>{{"", "d"}}));
}

TEST(HttpHop, PassesWhatWasHalfSaidBeforeAParting) {
    for (auto const what : {parcel::kind::end, parcel::kind::reset}) {
        scenario::http_hop hop(std::make_unique<scenario::message_editor>());
        heard              out;
        out.take(hop.pass(at(0ms, head + chunk("data: a\n\ndata: b"))));
        EXPECT_EQ(out.payload, "data: a\n\n");
        out.take(hop.pass({runtime::time_point(), {}, what}));
        EXPECT_EQ(out.payload, "data: a\n\ndata: b");
        EXPECT_EQ(out.partings, std::vector{what});
        EXPECT_FALSE(out.done);
    }
}

TEST(HttpHop, MendsTheLengthOfABodyThatWasEdited) {
    std::string const asked = "POST /v1 HTTP/1.1\r\ncontent-length: 2\r\nX: y\r\n\r\n{}";
    for (std::size_t cut = 0; cut <= asked.size(); ++cut) {
        scenario::http_hop hop(std::make_unique<shouting>());
        std::string        bytes;
        for (auto const& part : {asked.substr(0, cut), asked.substr(cut)})
            for (auto const& p : hop.pass(at(0ms, part))) bytes += p.bytes;
        EXPECT_EQ(bytes, "POST /v1 HTTP/1.1\r\ncontent-length: 5\r\nX: y\r\n\r\n{}!!!")
            << "cut at byte " << cut;
    }
}

TEST(HttpHop, LeavesAloneWhatItDoesNotKnow) {
    for (std::string const text :
         {"no HTTP at all\r\n\r\nnothing", "HTTP/1.1 200 OK\r\n\r\nuntil the close",
          "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n",
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\nda",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked"
          "\r\n\r\nzz\r\n"}) {
        scenario::http_hop hop(std::make_unique<scenario::message_editor>());
        std::string        bytes;
        for (auto const& p : hop.pass(at(0ms, text))) bytes += p.bytes;
        // What is no HTTP may still become the head of something.
        EXPECT_TRUE(bytes == text || text.starts_with("no HTTP")) << text;
        for (auto const& p : hop.pass({runtime::time_point(), {}, parcel::kind::end}))
            bytes += p.bytes;
        EXPECT_EQ(bytes, text);
    }
}

TEST(HttpHop, LetsAnEditorDelayAndHangUp) {
    scenario::http_hop hop(std::make_unique<later>());
    heard              out;
    out.take(hop.pass(at(10ms, head + chunk("data: a\n\n") + wire::last_chunk)));
    EXPECT_EQ(out.instants[9], 15ms);
    EXPECT_FALSE(out.done);
    EXPECT_EQ(out.partings, std::vector{parcel::kind::end});
}
