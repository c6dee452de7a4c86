#include "scenarios/html_report.hpp"

#include <gtest/gtest.h>

#include "tests/scenarios/some_run.hpp"

// What the page does is tested in a browser (tests/html); here is what it is made of.

namespace {

using nlohmann::json;

// What a browser takes for the data: all up to the first end of a script.
std::string data_in(std::string const& page) {
    std::string const begin = R"(<script type="application/json" id="data">)";
    auto const        at = page.find(begin) + begin.size();
    return page.substr(at, page.find("</script", at) - at);
}

json const& of_case(json const& data, std::string const& id) {
    for (auto const& c : data.at("cases"))
        if (c.at("id") == id) return c;
    ADD_FAILURE() << id;
    return data;
}

std::size_t times(std::string const& text, std::string const& piece) {
    std::size_t count = 0;
    for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at + 1)) ++count;
    return count;
}

}  // namespace

TEST(HtmlReport, NothingGetsOutOfItsData) {
    auto const page = scenario::html_report(some_run());
    auto const data = data_in(page);
    EXPECT_EQ(data.find_first_of("<>&"), data.npos);
    auto const read = json::parse(data);
    EXPECT_EQ(read.at("cases").size(), 7u);
    EXPECT_NE(read.dump(-1, ' ', false).find("</script><script>alert(1)"), std::string::npos);
    EXPECT_EQ(times(page, "<script"), 2u);
    EXPECT_EQ(times(page, "</script>"), 2u);
}

TEST(HtmlReport, IsOnePageWithoutANetwork) {
    auto const page = scenario::html_report({});
    EXPECT_EQ(times(page, "http"), 2u);  // http-equiv, and the name of SVG
    EXPECT_EQ(times(page, "src="), 0u);
    EXPECT_EQ(times(page, "@import"), 0u);
    EXPECT_EQ(times(page, "url("), 0u);
    EXPECT_EQ(times(page, "href="), 1u);  // an empty icon, so that no browser asks for one
    EXPECT_NE(page.find("default-src 'none'"), page.npos);
    EXPECT_EQ(times(page, "{{"), 0u);
    EXPECT_NE(page.find(":focus-visible"), page.npos);
    EXPECT_NE(page.find("function lanes_of("), page.npos);
}

TEST(HtmlReport, ACaseHasItsExpectationBesideWhatPassed) {
    auto const  data = json::parse(scenario::html_data(some_run()));
    auto const& holds = of_case(data, "text/holds");
    EXPECT_EQ(holds.at("mark"), "passed");
    EXPECT_EQ(holds.at("actors"),
              json::parse(R"([["client","client"],["proxy","gateway"],["openai","provider"]])"));
    ASSERT_EQ(holds.at("expect").size(), 2u);
    for (auto const& line : holds.at("expect")) {
        auto const& event = holds.at("events").at(line.at(1).get<std::size_t>());
        EXPECT_EQ(event.at(2), 0) << event;  // to the client
    }
    EXPECT_GT(holds.at("quiet"), 3);

    auto const& late = of_case(data, "text/late");
    EXPECT_EQ(late.at("mark"), "failed");
    EXPECT_EQ(late.at("expect").at(0).size(), 1u);  // met by nothing
    auto const& o = late.at("objections").at(0);
    EXPECT_EQ(o.at("check"), "expect");
    EXPECT_EQ(o.at("expected"), json::parse(R"(["proxy","client","text"])"));
    EXPECT_EQ(o.at("due"), 5'000'000);
    EXPECT_EQ(late.at("events").at(o.at("event").get<std::size_t>()).at(3), "text");
    EXPECT_NE(late.at("lines").at(o.at("at").at(0).get<std::size_t>() - 1).dump().find("5ms"),
              std::string::npos);
}

TEST(HtmlReport, AQuietEventIsShownWhereSomebodyObjectsToIt) {
    auto       run = some_run();
    auto&      came = run.cases[0].came;
    auto const frame =
        std::find_if(came.events.begin(), came.events.end(), [](auto const& e) { return e.quiet; });
    ASSERT_NE(frame, came.events.end());
    scenario::objection o;
    o.check = "bytes";
    o.problem = "odd";
    o.event = frame->number;
    came.objections.push_back(o);
    auto const  data = json::parse(scenario::html_data(run));
    auto const& c = of_case(data, "text/holds");
    auto const& event = c.at("events").at(c.at("objections").at(0).at("event").get<std::size_t>());
    EXPECT_EQ(event.at(3), frame->verb);
    EXPECT_EQ(event.at(6), 1);
}
