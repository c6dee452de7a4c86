#include <gtest/gtest.h>

#include "scenarios/coverage.hpp"

// What the library should cover, and whether it does.

namespace {

using scenario::coverage_state;

std::string trouble_of(std::string const& text) {
    try {
        scenario::read_coverage(text, "list.txt");
    } catch (scenario::syntax_error const& e) {
        return std::string(e.what()).substr(0, std::string(e.what()).find('\n'));
    }
    return "none";
}

}  // namespace

TEST(Coverage, JoinsTheListWithTheLibrary) {
    auto rows = scenario::read_coverage(
        "# what\na/b#1  one\na/b#2  two\n    not covered: why\na/b#3  three\na/b#4  four\n"
        "    not covered: not yet\n",
        "list.txt");
    scenario::scenario s;
    s.path = "lib/cancel/x.scenario";
    s.name = "x";
    s.links = {"a/b#1", "a/b#4", "c/d#9"};
    scenario::cover(rows, {s});
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].by, std::vector<std::string>{"cancel/x"});
    EXPECT_EQ(rows[0].situation, "one");
    EXPECT_EQ(rows[1].reason, "why");
    EXPECT_EQ(scenario::state_of(rows[0]), coverage_state::covered);
    EXPECT_EQ(scenario::state_of(rows[1]), coverage_state::excused);
    EXPECT_EQ(scenario::state_of(rows[2]), coverage_state::missing);
    EXPECT_EQ(scenario::state_of(rows[3]), coverage_state::stale);
}

TEST(Coverage, RefusesWhatItCannotRead) {
    EXPECT_EQ(trouble_of("a/b#1  x\n"), "none");
    EXPECT_EQ(trouble_of("a/b#1\n"), "list.txt:1:1: the situation is missing");
    EXPECT_EQ(trouble_of("a/b#1  x\na/b#1  y\n"), "list.txt:2:1: 'a/b#1' stands here twice");
    EXPECT_EQ(trouble_of("    not covered: x\n"), "list.txt:1:5: this line is no reason");
    EXPECT_EQ(trouble_of("a/b#1  x\n    because\n"), "list.txt:2:5: this line is no reason");
    EXPECT_EQ(trouble_of("a/b#1  x\n    not covered:\n"), "list.txt:2:5: the reason is missing");
}
