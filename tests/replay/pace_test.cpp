#include "mock_providers/pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

using namespace std::chrono_literals;

std::string const words =
    "The quick brown fox jumps over the lazy dog, and 日本語 follows with 🌊 and Grüße at the "
    "end. ";

std::string long_text() {
    std::string text;
    while (text.size() < 20'000) text += words;
    return text;
}

std::vector<double> draws(int count, auto draw) {
    std::vector<double> all;
    for (int i = 0; i < count; ++i) all.push_back(draw());
    std::sort(all.begin(), all.end());
    return all;
}

double ms(runtime::duration d) { return static_cast<double>(d.count()) / 1e6; }

double mean(std::vector<double> const& all) {
    return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

class Pace : public testing::TestWithParam<mock::pace_profile const*> {
protected:
    mock::pace_profile const& row = *GetParam();
};

// The quantiles of a log-normal: the median, and a sigma on both sides.
TEST_P(Pace, TheFirstOutputIsLogNormal) {
    mock::pace p(row, 7, "test");
    auto const all = draws(4000, [&] { return ms(p.first()); });
    auto const median = ms(row.first_median);
    EXPECT_NEAR(all[2000] / median, 1, 0.07);
    EXPECT_NEAR(all[3365] / median, std::exp(row.first_sigma), 0.2 * std::exp(row.first_sigma));
    EXPECT_NEAR(median / all[635], std::exp(row.first_sigma), 0.2 * std::exp(row.first_sigma));
}

TEST_P(Pace, TokensKeepTheirPace) {
    mock::pace          p(row, 7, "test");
    std::vector<double> in_order;
    for (int i = 0; i < 4000; ++i) in_order.push_back(ms(p.tick()));
    auto const average = mean(in_order);
    EXPECT_NEAR(average / ms(row.token), 1, 0.06);
    double variance = 0, together = 0;
    for (std::size_t i = 1; i < in_order.size(); ++i) {
        variance += (in_order[i] - average) * (in_order[i] - average);
        together += (in_order[i] - average) * (in_order[i - 1] - average);
    }
    auto const spread = std::sqrt(variance / 4000) / average;
    EXPECT_NEAR(spread, std::hypot(row.jitter, row.drift), 0.15 * spread + 0.01);
    // The clock wanders slowly: neighbours are alike, as far as the trembling lets them be.
    if (row.drift > 0) {
        auto const share = row.drift * row.drift / (spread * spread);
        EXPECT_NEAR(together / variance, 0.5 * share, 0.08);
    }
}

TEST_P(Pace, EventsHoldAsManyTokensAsTheirServiceGives) {
    mock::pace p(row, 7, "test");
    auto const all = draws(8000, [&] { return static_cast<double>(p.group()); });
    auto const ones =
        static_cast<double>(std::upper_bound(all.begin(), all.end(), 1.0) - all.begin());
    EXPECT_NEAR(ones / 8000, row.grouped, 0.02);
    std::vector<double> const others(std::upper_bound(all.begin(), all.end(), 1.0), all.end());
    if (others.empty()) return;
    EXPECT_GE(others.front(), static_cast<double>(std::max<std::size_t>(2, row.group_min)));
    EXPECT_NEAR(mean(others), std::max(row.group_mean, others.front()), 0.1 * row.group_mean);
}

TEST_P(Pace, StallsAreRareAndAsLongAsTheySay) {
    mock::pace p(row, 7, "test");
    int        count = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto const stalled = p.stall();
        if (stalled == 0ms) continue;
        ++count;
        EXPECT_GE(stalled, 500ms);
        EXPECT_LE(stalled, 5s);
    }
    EXPECT_NEAR(count, row.stall * 100'000, 30);
}

// Whoever has held one event back sends it with the next, at its time.
TEST_P(Pace, SomeEventsAreHeldBack) {
    mock::pace p(row, 7, "test");
    auto const pieces = p.text(long_text());
    auto const at_once = static_cast<double>(
        std::count_if(pieces.begin(), pieces.end(), [](auto const& x) { return x.gap == 0ms; }));
    EXPECT_NEAR(at_once / static_cast<double>(pieces.size()), row.held, 0.06);
}

TEST_P(Pace, TheFirstEventIsOneTokenAndComesWithTheFirstOutput) {
    mock::pace p(row, 7, "test");
    mock::pace same(row, 7, "test");
    auto const pieces = p.text(words);
    EXPECT_EQ(pieces[0].text, "The");
    auto gap = same.stall();
    gap += same.tick();
    auto const        first = same.first();
    runtime::duration due{};
    for (auto const& x : pieces) {
        due = x.gap;
        if (due != 0ms) break;
    }
    EXPECT_GE(due, gap + first);
}

TEST_P(Pace, ArgumentsComeInPiecesOfTheirService) {
    mock::pace p(row, 7, "test");
    auto const pieces = p.arguments(R"({"city":"Paris","unit":"C"})");
    auto const size = row.argument_size > 0 ? row.argument_size : 27;
    EXPECT_EQ(pieces.front().text.size(), size);
    EXPECT_EQ(pieces.size(), (27 + size - 1) / size);
}

TEST_P(Pace, NothingOfATextIsLost) {
    auto const text = long_text();
    mock::pace p(row, 7, "test");
    for (auto const& pieces : {p.text(text), p.arguments(text)}) {
        std::string joined;
        for (auto const& piece : pieces) {
            joined += piece.text;
            ASSERT_FALSE(piece.text.empty());
            // No character is cut in two.
            ASSERT_NE(static_cast<unsigned char>(piece.text[0]) & 0xc0, 0x80) << piece.text;
        }
        EXPECT_EQ(joined, text);
    }
}

TEST_P(Pace, ASeedGivesTheSameStreamAndAnotherGivesAnother) {
    auto const stream = [&](std::uint64_t seed, char const* name) {
        mock::pace                p(row, seed, name);
        std::vector<std::int64_t> gaps;
        for (auto const& piece : p.text(words)) gaps.push_back(piece.gap.count());
        return gaps;
    };
    EXPECT_EQ(stream(7, "llm 1"), stream(7, "llm 1"));
    if (row.jitter == 0) return;
    EXPECT_NE(stream(7, "llm 1"), stream(8, "llm 1"));
    EXPECT_NE(stream(7, "llm 1"), stream(7, "llm 2"));
}

std::vector<mock::pace_profile const*> all_paces() {
    std::vector<mock::pace_profile const*> all;
    for (auto const& row : mock::paces()) all.push_back(&row);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Profiles, Pace, testing::ValuesIn(all_paces()), [](auto const& info) {
    std::string name = info.param->name;
    std::erase(name, '-');
    return name;
});

}  // namespace
