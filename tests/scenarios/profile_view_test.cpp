#include <gtest/gtest.h>

#include "scenarios/profile_view.hpp"

namespace {

constexpr char story[] =
    "provider openai\n"
    "    turn\n"
    "        text \"Let me ask. \"\n"
    "        tool echo {}\n"
    "        finish tool_calls\n"
    "    turn\n"
    "        text \"So it is.\"\n"
    "        finish stop\n"
    "mcp web over streamable-http\n"
    "    tool echo {}\n"
    "        result \"yes\"\n"
    "client\n"
    "    ask \"Is it?\"\n"
    "expect\n"
    "    120ms   proxy -> client  text \"Let me ask. \"\n"
    "    +15ms   proxy -> web     call echo\n"
    "    *       proxy -> client  metadata\n"
    "    +40ms   proxy -> client  text \"So it is.\"\n"
    "    375ms   proxy -> client  end stop\n"
    "never\n"
    "    proxy -> client  tool\n"
    "    proxy -> client  error\n";

scenario::scenario seen(char const* profile) {
    return scenario::seen_through(*scenario::find_profile(profile),
                                  scenario::parse(story, "x.scenario"));
}

// "+135ms text So it is." a line.
std::vector<std::string> lines(std::vector<scenario::arrow> const& arrows) {
    std::vector<std::string> all;
    for (auto const& a : arrows) {
        static char const* const signs[] = {"* ", "", "+"};
        auto                     text = std::string(signs[static_cast<int>(a.at.what)]);
        if (a.at.what != scenario::when::kind::any) text += runtime::to_text(a.at.from) + ' ';
        for (auto const& t : a.what) text += t.text + ' ';
        text.pop_back();
        all.push_back(text);
    }
    return all;
}

using strings = std::vector<std::string>;

}  // namespace

TEST(ProfileView, LeavesInnerTextsOutWhereTheyAreHiddenAndKeepsTimes) {
    auto const s = seen("hidden-first-turn");
    EXPECT_EQ(lines(s.expect),
              (strings{"135ms call echo", "+40ms text So it is.", "375ms end stop"}));
    EXPECT_EQ(lines(s.never), (strings{"* tool", "* error"}));
}

TEST(ProfileView, KeepsInnerTextsWhereTheyAreShown) {
    for (auto const* profile : {"visible-first-turn", "pass-through"})
        EXPECT_EQ(lines(seen(profile).expect),
                  (strings{"120ms text Let me ask. ", "+15ms call echo", "+40ms text So it is.",
                           "375ms end stop"}))
            << profile;
}

TEST(ProfileView, LetsToolsPassWhereTurnsAreToldApart) {
    EXPECT_EQ(lines(seen("visible-first-turn").never), strings{"* error"});
    EXPECT_EQ(lines(seen("pass-through").never), (strings{"* tool", "* error"}));
}

TEST(ProfileView, LeavesTheLastTurnInAWholeAnswer) {
    std::string whole = story;
    whole.replace(whole.find("ask \"Is it?\""), 12, "ask \"Is it?\" unstreamed");
    auto const line = whole.find("text \"So it is.\"\n    375ms");
    ASSERT_NE(line, whole.npos);
    whole.replace(line, 16, "text \"Let me ask. So it is.\"");
    auto const first = whole.find("    120ms   proxy -> client");
    whole.erase(first, whole.find('\n', first) + 1 - first);
    auto const said = [&](char const* profile) {
        auto const s = scenario::seen_through(*scenario::find_profile(profile),
                                              scenario::parse(whole, "x.scenario"));
        for (auto const& a : s.expect)
            if (a.what.front().text == "text") return a.what[1].text;
        return std::string("no text");
    };
    EXPECT_EQ(said("clean"), "Let me ask. So it is.");
    EXPECT_EQ(said("hidden-first-turn"), "So it is.");
    EXPECT_EQ(said("visible-first-turn"), "So it is.");
}
