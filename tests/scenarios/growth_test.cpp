#include <gtest/gtest.h>

#include "scenarios/growth.hpp"

namespace {

using strings = std::vector<std::string>;

strings of_descriptors(std::initializer_list<int> rounds) {
    scenario::growth all;
    for (int const n : rounds) all.add({1, 1, n, 1 << 20});
    return all.told();
}

strings of_memory(std::initializer_list<std::size_t> kibibytes) {
    scenario::growth all;
    for (auto const n : kibibytes) all.add({1, 1, 1, n * 1024});
    return all.told();
}

}  // namespace

TEST(Growth, IsWhatNeverStopped) {
    EXPECT_EQ(of_descriptors({14, 15, 16, 17}),
              strings{"file descriptors after each round: 14 15 16 17"});
}

TEST(Growth, IsNotWhatTheFirstRoundFills) {
    EXPECT_EQ(of_descriptors({3, 15, 15, 15}), strings{});
    EXPECT_EQ(of_descriptors({20, 15, 16, 17}),
              strings{"file descriptors after each round: 20 15 16 17"});
}

TEST(Growth, IsNotWhatRestsOnce) {
    EXPECT_EQ(of_descriptors({14, 15, 15, 16}), strings{});
    EXPECT_EQ(of_descriptors({14, 15, 16, 15}), strings{});
}

TEST(Growth, IsNothingBelowFourRounds) {
    EXPECT_EQ(of_descriptors({14, 15, 16}), strings{});
    EXPECT_EQ(of_descriptors({}), strings{});
}

TEST(Growth, OfMemoryCountsBySixtyFourKibibytes) {
    EXPECT_EQ(of_memory({1024, 1088, 1152, 1216}),
              strings{"bytes of memory after each round: 1048576 1114112 1179648 1245184"});
    EXPECT_EQ(of_memory({1024, 1087, 1150, 1213}), strings{});
}

TEST(Growth, IsOfProcessesAndThreadsToo) {
    scenario::growth all;
    for (int i = 1; i <= 4; ++i) all.add({i, 10 * i, 5, 0});
    EXPECT_EQ(all.told(), (strings{"processes after each round: 1 2 3 4",
                                   "threads after each round: 10 20 30 40"}));
    EXPECT_EQ(all.last().threads, 40);
    EXPECT_EQ(scenario::growth().last(), runtime::process_figures{});
}
