#include <gtest/gtest.h>

#include <set>

#include "tests/runtime/faulty.hpp"

// Faults are pure: from one parcel to what arrives instead. What a link makes of them is in
// link_test.cpp.

namespace {

using namespace std::chrono_literals;
using runtime::parcel;
using heard = std::vector<std::string>;

parcel at(runtime::duration due, std::string bytes) {
    return {runtime::time_point(due), std::move(bytes), parcel::kind::data};
}
parcel fin(runtime::duration due) { return {runtime::time_point(due), {}, parcel::kind::end}; }
parcel rst(runtime::duration due) { return {runtime::time_point(due), {}, parcel::kind::reset}; }
parcel held(std::string bytes) { return {parcel::never, std::move(bytes), parcel::kind::data}; }

heard passed(runtime::fault& through, std::vector<parcel> const& sent) {
    heard all;
    for (auto const& one : sent)
        for (auto const& arriving : through.pass(one)) all.push_back(play::to_text(arriving));
    return all;
}

heard passed(std::string const& through, std::vector<parcel> const& sent) {
    auto const fault = play::fault(through);
    return passed(*fault, sent);
}

// Two parcels of three bytes, ten milliseconds apart, and the end.
std::vector<parcel> const letters{at(0ms, "abc"), at(10ms, "def"), fin(20ms)};

struct row {
    char const* name;
    char const* fault;
    heard       arrives;
};

std::vector<row> const rows{
    {"SliceOfOne",
     "slice 1",
     {"0ms a", "0ms b", "0ms c", "10ms d", "10ms e", "10ms f", "20ms FIN"}},
    {"SliceOfTwo", "slice 2", {"0ms ab", "0ms c", "10ms de", "10ms f", "20ms FIN"}},
    {"SliceOfTheWhole", "slice 3", {"0ms abc", "10ms def", "20ms FIN"}},
    {"Latency", "latency 40ms", {"40ms abc", "50ms def", "60ms FIN"}},
    {"Bandwidth", "bandwidth 1000", {"3ms abc", "13ms def", "20ms FIN"}},
    {"BandwidthThatIsNotEnough", "bandwidth 100", {"30ms abc", "60ms def", "60ms FIN"}},
    {"DelayFromTheBeginning", "delay 15ms", {"15ms abc", "15ms def", "20ms FIN"}},
    {"DelayInTheMiddle", "delay 15ms after 4", {"0ms abc", "10ms d", "25ms ef", "25ms FIN"}},
    {"DelayAtAnEdge", "delay 15ms after 3", {"0ms abc", "15ms def", "20ms FIN"}},
    {"DelayOfTheEnd", "delay 15ms after 6", {"0ms abc", "10ms def", "25ms FIN"}},
    {"DelayBehindAll", "delay 15ms after 7", {"0ms abc", "10ms def", "20ms FIN"}},
    {"StallFromTheBeginning", "stall after 0", {"never abc", "never def", "never FIN"}},
    {"StallInTheMiddle", "stall after 1", {"0ms a", "never bc", "never def", "never FIN"}},
    {"StallAtAnEdge", "stall after 3", {"0ms abc", "never def", "never FIN"}},
    {"StallOfTheEnd", "stall after 6", {"0ms abc", "10ms def", "never FIN"}},
    {"StallBehindAll", "stall after 7", {"0ms abc", "10ms def", "20ms FIN"}},
    {"StallForATime", "stall after 1 for 15ms", {"0ms a", "15ms bc", "15ms def", "20ms FIN"}},
    {"StallForATimeAtAnEdge", "stall after 3 for 15ms", {"0ms abc", "15ms def", "20ms FIN"}},
    {"HalfCloseAtOnce", "half-close after 0", {"0ms FIN"}},
    {"HalfCloseInTheMiddle", "half-close after 4", {"0ms abc", "10ms d", "10ms FIN"}},
    {"HalfCloseAtAnEdge", "half-close after 3", {"0ms abc", "0ms FIN"}},
    {"HalfCloseBehindAll", "half-close after 7", {"0ms abc", "10ms def", "20ms FIN"}},
    {"ResetAtOnce", "reset after 0", {"0ms RST"}},
    {"ResetInTheMiddle", "reset after 4", {"0ms abc", "10ms d", "10ms RST"}},
    {"ResetAtAnEdge", "reset after 6", {"0ms abc", "10ms def", "10ms RST"}},
    {"ResetBehindAll", "reset after 7", {"0ms abc", "10ms def", "20ms FIN"}},
    {"DropAtOnce", "drop after 0", {}},
    {"DropInTheMiddle", "drop after 4", {"0ms abc", "10ms d"}},
    {"DropAtAnEdge", "drop after 6", {"0ms abc", "10ms def"}},
    {"DropBehindAll", "drop after 7", {"0ms abc", "10ms def", "20ms FIN"}},
};

class Fault : public testing::TestWithParam<row> {};

TEST_P(Fault, PassesThisAndNothingElse) {
    EXPECT_EQ(passed(GetParam().fault, letters), GetParam().arrives);
}

INSTANTIATE_TEST_SUITE_P(Table, Fault, testing::ValuesIn(rows),
                         [](auto const& info) { return info.param.name; });

// The mark is a place in the stream of bytes: where one parcel ends and the next begins means
// nothing.
TEST(FaultAtAByte, CountsBytesAndNotParcels) {
    std::string const bytes = "abcdefgh";
    for (std::size_t mark = 0; mark <= bytes.size() + 1; ++mark)
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            std::vector<parcel> sent;
            if (cut > 0) sent.push_back(at(0ms, bytes.substr(0, cut)));
            if (cut < bytes.size()) sent.push_back(at(0ms, bytes.substr(cut)));
            auto const  fault = play::fault("reset after " + std::to_string(mark));
            std::string arrived;
            bool        reset = false;
            for (auto const& one : sent)
                for (auto const& p : fault->pass(one)) {
                    EXPECT_FALSE(reset) << "something behind a reset";
                    arrived += p.bytes;
                    reset = p.what == parcel::kind::reset;
                }
            EXPECT_EQ(arrived, bytes.substr(0, mark)) << "mark " << mark << ", cut " << cut;
            EXPECT_EQ(reset, mark <= bytes.size()) << "mark " << mark << ", cut " << cut;
        }
}

// Byte 0 is passed by whatever comes first, be it the end.
TEST(FaultAtAByte, AMarkAtZeroHoldsForAStreamThatOnlyEnds) {
    std::vector<parcel> const nothing_but_the_end{fin(5ms)};
    EXPECT_EQ(passed("drop after 0", nothing_but_the_end), heard{});
    EXPECT_EQ(passed("stall after 0", nothing_but_the_end), heard{"never FIN"});
    EXPECT_EQ(passed("stall after 0 for 1s", nothing_but_the_end), heard{"1005ms FIN"});
    EXPECT_EQ(passed("delay 1s", nothing_but_the_end), heard{"1005ms FIN"});
    EXPECT_EQ(passed("reset after 0", nothing_but_the_end), heard{"5ms RST"});
    EXPECT_EQ(passed("half-close after 0", nothing_but_the_end), heard{"5ms FIN"});
}

TEST(FaultAtAByte, BehindAnEndNothingComes) {
    EXPECT_EQ(passed("half-close after 2", {at(0ms, "abc"), at(1ms, "def"), rst(2ms)}),
              (heard{"0ms ab", "0ms FIN"}));
    EXPECT_EQ(passed("reset after 2", {at(0ms, "abc"), at(1ms, "def"), fin(2ms)}),
              (heard{"0ms ab", "0ms RST"}));
}

TEST(Faults, WhatIsHeldForEverStaysHeld) {
    for (auto const* name : {"latency 1s jitter 1s", "bandwidth 10", "delay 1s", "slice 9",
                             "stall after 0 for 1s", "stall after 0"})
        EXPECT_EQ(passed(name, {held("abc"), held("def")}), (heard{"never abc", "never def"}))
            << name;
}

TEST(Faults, AResetPassesAsAResetAndInItsTurn) {
    EXPECT_EQ(passed("latency 40ms", {at(0ms, "a"), rst(1ms)}), (heard{"40ms a", "41ms RST"}));
    EXPECT_EQ(passed("slice 1", {at(0ms, "ab"), rst(1ms)}), (heard{"0ms a", "0ms b", "1ms RST"}));
    EXPECT_EQ(passed("bandwidth 10", {at(0ms, "ab"), rst(1ms)}),
              (heard{"100ms a", "200ms b", "200ms RST"}));
    EXPECT_EQ(passed("shred", {rst(1ms)}), heard{"1ms RST"});
}

TEST(Latency, WithJitterKeepsTheOrderAndItsBounds) {
    bool varied = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto const                  fault = play::fault("latency 40ms jitter 20ms", seed);
        runtime::time_point         last{};
        std::set<runtime::duration> late;
        for (int i = 0; i < 200; ++i) {
            auto const sent = std::chrono::milliseconds(i);
            auto const arrived = fault->pass(at(sent, "x"));
            ASSERT_EQ(arrived.size(), 1u);
            auto const due = arrived[0].due;
            EXPECT_GE(due, last);
            EXPECT_GE(due.time_since_epoch() - sent, 40ms);
            EXPECT_LE(due.time_since_epoch() - sent, 60ms);
            late.insert(due.time_since_epoch() - sent);
            last = due;
        }
        varied = varied || late.size() > 10;
    }
    EXPECT_TRUE(varied);
}

TEST(Latency, ASeedDecidesTheJitter) {
    auto const lengths = [](std::uint64_t seed) {
        auto const          fault = play::fault("latency 0ms jitter 1s", seed);
        std::vector<parcel> sent(20, at(0ms, "x"));
        return passed(*fault, sent);
    };
    EXPECT_EQ(lengths(7), lengths(7));
    EXPECT_NE(lengths(7), lengths(8));
}

TEST(Bandwidth, AnIdleLineIsFreeAtOnce) {
    EXPECT_EQ(passed("bandwidth 1000", {at(0ms, std::string(500, 'x')), at(2s, "abcd")}).back(),
              "2004ms abcd");
}

TEST(Bandwidth, TheLineTakesAsLongForManySmallAsForOneLarge) {
    auto const          fault = play::fault("bandwidth 8000");
    runtime::time_point last{};
    for (int i = 0; i < 1000; ++i) last = fault->pass(at(0ms, "12345678"))[0].due;
    EXPECT_EQ(last.time_since_epoch(), 1s);
    auto const whole = play::fault("bandwidth 8000");
    auto const pieces = whole->pass(at(0ms, std::string(8000, 'x')));
    EXPECT_EQ(pieces.back().due.time_since_epoch(), 1s);
}

TEST(Bandwidth, WhatTakesLongArrivesBitByBit) {
    EXPECT_EQ(passed("bandwidth 40", {at(0ms, "abcde")}),
              (heard{"50ms ab", "100ms cd", "125ms e"}));
}

TEST(Shred, LosesNothingAndFollowsItsSeed) {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += static_cast<char>('a' + i % 26);
    auto const pieces = [&](std::uint64_t seed) {
        std::vector<std::string> all;
        for (auto const& p : play::fault("shred", seed)->pass(at(3ms, bytes))) {
            EXPECT_EQ(p.due.time_since_epoch(), 3ms);
            EXPECT_FALSE(p.bytes.empty());
            EXPECT_LE(p.bytes.size(), 48u);
            all.push_back(p.bytes);
        }
        return all;
    };
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::string whole;
        for (auto const& p : pieces(seed)) whole += p;
        EXPECT_EQ(whole, bytes);
        EXPECT_EQ(pieces(seed), pieces(seed));
    }
    EXPECT_NE(pieces(1), pieces(2));
}

TEST(Faults, WordsThatTheyCannotUseAreRefused) {
    for (auto const* text : {"slice",
                             "slice 0",
                             "slice x",
                             "slice -1",
                             "slice 1 2",
                             "slice 1.5",
                             "shred 1",
                             "latency",
                             "latency 40",
                             "latency 40ms jitter",
                             "latency 40ms jitter 3",
                             "bandwidth 0",
                             "bandwidth 1kb",
                             "delay",
                             "delay 5",
                             "delay 5ms after",
                             "delay 5ms after 1s",
                             "delay 5ms before 3",
                             "stall",
                             "stall after",
                             "stall after x",
                             "stall after 1 for",
                             "stall after 1 for 3",
                             "half-close",
                             "half-close after 1s",
                             "reset",
                             "reset 5",
                             "reset after 5 5",
                             "drop",
                             "drop after 99999999999999999999"})
        EXPECT_THROW(play::fault(text), runtime::bad_fault) << text;
}

TEST(Faults, EachSaysHowItIsWritten) {
    std::set<std::string> names;
    for (auto const& row : runtime::faults()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(runtime::find_fault(row.name), &row);
        EXPECT_FALSE(std::string(row.prompt).empty()) << row.name;
        try {
            row.make({"nonsense"}, runtime::entropy(0));
            ADD_FAILURE() << row.name;
        } catch (runtime::bad_fault const& e) {
            EXPECT_STREQ(e.what(), row.usage);
        }
    }
    EXPECT_EQ(runtime::find_fault("nonsense"), nullptr);
}

}  // namespace
