#include "wire/event_stream.hpp"

#include <gtest/gtest.h>

#include "tests/wire/throws.hpp"
#include "wire/error.hpp"

namespace {

using namespace std::string_literals;

struct told {
    std::string type;
    std::string data;
    bool        failed = false;
    bool        operator==(told const&) const = default;
};

std::vector<told> frames_of(std::vector<std::string_view> const& pieces,
                            std::size_t                          size_max = 1 << 20) {
    std::vector<told> all;
    auto const        parser = wire::make_event_stream_parser(
        [&](wire::frame const& f) {
            all.push_back({std::string(f.type), std::string(f.data), f.failed});
        },
        size_max);
    for (auto const piece : pieces) parser->feed(piece);
    return all;
}

// One header of each type, written by another program (Python's struct and zlib).
std::string const by_another =
    "\x00\x00\x00\x68\x00\x00\x00\x56\x4e\x68\x17\x24\x0b:event-type\x07\x00\x01x\x01t\x00\x01"
    "f\x01\x01"
    "b\x02\x01\x01s\x03\x01\x02\x01i\x04\x00\x00\x00\x01\x01l\x05\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x01y\x06\x00\x02"
    "ab\x01"
    "d\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01u\x09\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00{}\x29\x5f\xe4\x03"s;

std::string event(std::string const& payload) {
    return wire::to_event_stream({{":event-type", "messageStop"}, {":message-type", "event"}},
                                 payload);
}

TEST(EventStream, IsTheSameHoweverItIsCut) {
    auto const bytes = event("{\"a\":1}") + event("") + event(std::string(3000, 'x'));
    auto const whole = frames_of({bytes});
    ASSERT_EQ(whole.size(), 3u);
    EXPECT_EQ(whole[0], (told{"messageStop", "{\"a\":1}"}));
    EXPECT_EQ(whole[1].data, "");
    EXPECT_EQ(whole[2].data.size(), 3000u);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        std::string_view const all = bytes;
        ASSERT_EQ(frames_of({all.substr(0, cut), all.substr(cut)}), whole) << cut;
    }
}

TEST(EventStream, BeginsWithItsSizeAndEndsWithTheChecksumOfAllOfIt) {
    auto const bytes = wire::to_event_stream({{"a", "b"}}, "c");
    EXPECT_EQ(bytes,
              "\x00\x00\x00\x17\x00\x00\x00\x06\x5e\x81\x31\xce\x01"
              "a\x07\x00\x01"
              "bc"
              "\x0e\xcf\xe7\x46"s);
}

TEST(EventStream, PassesOverHeadersOfOtherTypes) {
    EXPECT_EQ(frames_of({by_another}), (std::vector<told>{{"x", "{}"}}));
}

TEST(EventStream, NoticesEachChangedByte) {
    auto const bytes = event("{\"a\":1}");
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        auto const why = error_of([&] { frames_of({changed}); });
        EXPECT_EQ(why, wire::error::malformed) << "byte " << at;
    }
}

TEST(EventStream, TellsExceptionsAndErrors) {
    auto const bytes = wire::to_event_stream({{":exception-type", "throttlingException"},
                                              {":message-type", "exception"}},
                                             R"({"message":"slow down"})") +
                       wire::to_event_stream({{":message-type", "error"},
                                              {":error-code", "InternalError"},
                                              {":error-message", "it \"broke\""}},
                                             "");
    auto const all = frames_of({bytes});
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0], (told{"throttlingException", R"({"message":"slow down"})", true}));
    EXPECT_EQ(all[1], (told{"InternalError", R"({"message":"it \"broke\""})", true}));
}

TEST(EventStream, HasALimit) {
    EXPECT_EQ(error_of([] { frames_of({event(std::string(100, 'x'))}, 100); }),
              wire::error::event_too_large);
}

TEST(EventStream, RefusesAHeaderThatStandsTwice) {
    auto const bytes = wire::to_event_stream({{"a", "b"}, {"a", "c"}}, "");
    EXPECT_EQ(error_of([&] { frames_of({bytes}); }), wire::error::malformed);
}

TEST(EventStream, KnowsWhatIsLeftOver) {
    auto const parser = wire::make_event_stream_parser([](wire::frame const&) {}, 1000);
    auto const bytes = event("{}");
    parser->feed(bytes);
    EXPECT_EQ(parser->rest(), "");
    parser->feed(bytes.substr(0, 5));
    EXPECT_EQ(parser->rest(), bytes.substr(0, 5));
}

}  // namespace
