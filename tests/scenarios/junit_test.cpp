#include "scenarios/junit.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/scenarios/some_run.hpp"
#include "wire/json_guard.hpp"

namespace {

// What xmllint says of a text against junit.xsd: true if it holds.
bool is_junit(std::string const& xml) {
    auto const path = testing::TempDir() + "lockstep_junit_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".xml";
    std::ofstream(path, std::ios::binary) << xml;
    auto const command =
        std::string("xmllint --noout --nonet --schema " SCENARIO_TESTS "/junit.xsd '") + path +
        "' 2>/dev/null";
    return std::system(command.c_str()) == 0;
}

std::string without(std::string text, std::string const& piece) {
    auto const at = text.find(piece);
    EXPECT_NE(at, text.npos) << piece;
    return text.erase(at, piece.size());
}

std::size_t times(std::string const& text, std::string const& piece) {
    std::size_t count = 0;
    for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at + 1)) ++count;
    return count;
}

}  // namespace

TEST(Junit, HoldsBeforeItsSchema) {
    auto const xml = scenario::junit(some_run());
    EXPECT_TRUE(is_junit(xml)) << xml;
    EXPECT_TRUE(is_junit(scenario::junit({})));
}

TEST(Junit, TheSchemaRefusesWhatIsNone) {
    auto const xml = scenario::junit(some_run());
    EXPECT_FALSE(is_junit(without(xml, " classname=\"bytes\"")));
    EXPECT_FALSE(is_junit(without(xml, " tests=\"3\"")));
    EXPECT_FALSE(is_junit(without(xml, "</testsuites>")));
    auto odd = xml;
    odd.replace(odd.find("<failure"), 8, "<faliure");
    EXPECT_FALSE(is_junit(odd));
}

TEST(Junit, CountsEveryKind) {
    auto const xml = scenario::junit(some_run());
    EXPECT_NE(xml.find(R"(<testsuites name="lockstep" tests="7" failures="3" errors="1")"),
              xml.npos)
        << xml.substr(0, 300);
    EXPECT_NE(xml.find(R"(<testsuite name="tools" tests="2" failures="1" errors="0" skipped="1")"),
              xml.npos)
        << xml;
    EXPECT_EQ(times(xml, "<failure "), 3u);
    EXPECT_EQ(times(xml, "<skipped "), 2u);
    EXPECT_EQ(times(xml, "<error "), 1u);
    EXPECT_NE(xml.find("known failure: the gateway is &lt;slow&gt;"), xml.npos);
    EXPECT_NE(xml.find("inconclusive: the machine stood still for 80ms"), xml.npos);
    EXPECT_NE(xml.find(R"(<property name="seed" value="7"/>)"), xml.npos);
    EXPECT_NE(xml.find(R"(<property name="world" value="simulated"/>)"), xml.npos);
}

TEST(Junit, TellsAFailureAsTheTerminalDoes) {
    auto const xml = scenario::junit(some_run());
    EXPECT_NE(
        xml.find(R"(<failure message="expect: came late: came at 10ms, 5ms late" type="expect">)"),
        xml.npos)
        << xml;
    EXPECT_NE(xml.find("see all of it:  lockstep trace library/text/late.scenario"), xml.npos);
}

TEST(Junit, TextIsWhatXmlCanHold) {
    EXPECT_EQ(scenario::xml_text("a\x1b[31m\x7f"), "a\xe2\x90\x9b[31m\xe2\x90\xa1");
    EXPECT_EQ(scenario::xml_text("\xc3\x28"), "\xef\xbf\xbd(");
    EXPECT_EQ(scenario::xml_text("\xef\xbf\xbe\xef\xbf\xbd"), "\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(scenario::xml_text("]]>\"\n"), "]]&gt;&quot;&#10;");
    EXPECT_EQ(scenario::xml_text("\xf0\x9f\x8e\xb2"), "\xf0\x9f\x8e\xb2");
    for (int c = 0; c < 256; ++c) {
        auto const text = scenario::xml_text("x" + std::string(1, static_cast<char>(c)) + "y");
        EXPECT_TRUE(wire::is_utf8(text)) << c;
        EXPECT_TRUE(is_junit("<testsuites name=\"" + text + "\"/>")) << c;
        if (c > 0x80) c += 12;  // all of these are broken in the same way
    }
}
