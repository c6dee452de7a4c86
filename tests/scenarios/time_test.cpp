#include "runtime/time.hpp"

#include <gtest/gtest.h>

#include "runtime/trace.hpp"

using namespace std::chrono_literals;

namespace {

struct sample {
    char const*       text;
    runtime::duration meant;
};

}  // namespace

TEST(Duration, IsWrittenInItsShortestExactForm) {
    for (auto const& [text, meant] :
         {sample{"0ms", 0ns}, sample{"17ns", 17ns}, sample{"250us", 250us}, sample{"1.5us", 1500ns},
          sample{"135ms", 135ms}, sample{"120.25ms", 120250us}, sample{"5000ms", 5s},
          sample{"9999.999999ms", 10s - 1ns}, sample{"10s", 10s}, sample{"29.2s", 29200ms},
          sample{"10.1s", 10100ms}, sample{"3600s", 1h}, sample{"60.000000001s", 60s + 1ns},
          sample{"-5ms", -5ms}})
        EXPECT_EQ(runtime::to_text(meant), text);
}

TEST(Duration, IsReadInAllItsUnits) {
    for (auto const& [text, meant] :
         {sample{"120ms", 120ms}, sample{"1.5s", 1500ms}, sample{"10100ms", 10100ms},
          sample{"2m", 2min}, sample{"1.5h", 90min}, sample{"250us", 250us}, sample{"0ms", 0ns},
          sample{"0.000000001s", 1ns}, sample{"0.25m", 15s}})
        EXPECT_EQ(runtime::parse_duration(text), meant) << text;
}

TEST(Duration, IsNothingElse) {
    for (auto const* text : {"", "s", "120", "120 ms", "-1s", "+1s", "1.s", ".5s", "1,5s", "1ss",
                             "0.5ns", "1e3s", "99999999999999999999s", "10000000000s", "ms1"})
        EXPECT_FALSE(runtime::parse_duration(text)) << text;
}

TEST(Duration, ComesBackFromItsText) {
    for (runtime::duration d : {1ns, 999ns, 1000ns, 123456ns, 999999ns, 1000001ns, 9999999999ns,
                                10000000001ns, 86400000000001ns})
        EXPECT_EQ(runtime::parse_duration(runtime::to_text(d)), d);
}

TEST(Trace, PrintsAnEventAsTheLanguageWritesIt) {
    runtime::event e;
    e.at = runtime::time_point(120ms);
    e.from = "proxy";
    e.to = "client";
    e.verb = "text";
    e.words = runtime::quoted("Let me ask. ");
    EXPECT_EQ(e.to_text(), R"(120ms  proxy -> client  text "Let me ask. ")");
    e.words.clear();
    EXPECT_EQ(e.to_text(), "120ms  proxy -> client  text");
}

TEST(Trace, QuotesWhatCannotBePrinted) {
    EXPECT_EQ(runtime::quoted("a\"b\\c\n\r\t\b\f"), R"("a\"b\\c\n\r\t\b\f")");
    EXPECT_EQ(runtime::quoted(std::string("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
    EXPECT_EQ(runtime::quoted("Grüße, 海"), "\"Grüße, 海\"");
    EXPECT_EQ(runtime::quoted("\xe6\xb5 \xff"), R"("\xe6\xb5 \xff")");
}

TEST(Trace, NumbersEventsAndTellsObserversEvenOfNewOnes) {
    runtime::trace           trace;
    std::vector<std::string> told;
    trace.observe([&](runtime::event const& e) {
        if (e.verb == "first") {
            runtime::event more;
            more.verb = "second";
            trace.add(more);
        }
        told.push_back(e.verb + std::to_string(e.number));
    });
    runtime::event e;
    e.verb = "first";
    EXPECT_EQ(trace.add(e).number, 0u);
    EXPECT_EQ(told, (std::vector<std::string>{"second1", "first0"}));
    EXPECT_EQ(trace.new_exchange(), 1u);
    EXPECT_EQ(trace.new_exchange(), 2u);
}
