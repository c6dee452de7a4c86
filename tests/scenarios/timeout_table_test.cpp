#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "runtime/mcp_transport.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/stage.hpp"
#include "scenarios/sweep.hpp"
#include "scenarios/timeout_table.hpp"
#include "tests/scenarios/one_in.hpp"
#include "wire/provider_format.hpp"

// The matrix of timeouts (`lockstep list timeouts`): it has a row for each place where a limit
// holds, and each row's scenario bites at both bounds.

namespace {

using scenario::timeout_case;
using strings = std::vector<std::string>;

struct held {
    scenario::scenario story;
    timeout_case       row;
};

std::vector<held> const& rows() {
    static auto const all = [] {
        std::vector<held> found;
        for (auto const& file :
             scenario::scenario_files({LOCKSTEP_SOURCE_DIR "/scenarios/library/timeouts"}))
            for (auto const& s : scenario::instances(file, scenario::measure))
                for (auto& row : scenario::timeout_cases(s)) found.push_back({s, std::move(row)});
        return found;
    }();
    return all;
}

// One place of the matrix: limit, endpoint, form, format, transport.
using place = std::tuple<std::string, std::string, std::string, std::string, std::string>;

std::string printed(place const& p) {
    return std::get<0>(p) + " over " + std::get<1>(p) + ", " + std::get<2>(p) + ", " +
           std::get<3>(p) + ", " + std::get<4>(p);
}

strings const endpoints{"chat", "responses", "messages"};
strings const forms{"streamed", "unstreamed"};
strings const eras{"2025-11-25", "2026-07-28"};

strings formats() {
    strings all;
    for (auto const& row : wire::provider_formats()) all.emplace_back(row.name);
    return all;
}

strings transports() {
    strings all;
    for (auto const& row : runtime::mcp_transports()) all.emplace_back(row.name);
    return all;
}

// Where each limit holds, out of the tables of formats and transports: who adds one adds it to the
// sweeps of scenarios/library/timeouts/limit_*.
std::set<place> places() {
    std::set<place> all;
    for (auto const& e : endpoints)
        for (auto const& form : forms)
            for (auto const& format : formats()) {
                for (auto const* limit :
                     {"connect-timeout", "first-byte-timeout", "idle-timeout", "request-timeout",
                      "client-write-timeout", "drain-timeout"})
                    all.emplace(limit, e, form, format, "");
                for (auto const& t : transports())
                    for (auto const* limit : {"tool-call-timeout", "tool-listing-timeout"})
                        all.emplace(limit, e, form, format, t);
            }
    for (auto const& client : eras)
        for (auto const& server : eras) {
            all.emplace("connect-timeout", "/mcp", client, "", "streamable-http " + server);
            for (auto const& t : transports())
                if (t != "sse" || server != eras.back())  // which is older than that era
                    for (auto const* limit : {"tool-call-timeout", "tool-listing-timeout"})
                        all.emplace(limit, "/mcp", client, "", t + ' ' + server);
        }
    for (auto const& client : eras)
        all.emplace("connect-timeout", "/mcp", client, "", "sse " + eras.front());
    // Since 2026-07-28 a question is an answer: nobody waits for the client.
    for (auto const& t : transports())
        all.emplace("client-answer-timeout", "/mcp", eras.front(), "", t + ' ' + eras.front());
    return all;
}

struct troubles {
    std::size_t         count = 0;
    runtime::time_point first = runtime::time_point::max();
};

troubles troubles_of(scenario::outcome const& came) {
    troubles all;
    for (auto const& e : came.events) {
        bool const is_one = e.verb == "error" || e.verb == "cut" || e.verb == "cancel";
        if (e.from != "proxy" || e.quiet || !is_one) continue;
        ++all.count;
        all.first = std::min(all.first, e.at);
    }
    return all;
}

scenario::outcome played_with(held const& h, runtime::duration more) {
    auto changed = h.story;
    for (auto& setting : changed.gateway.settings)
        if (setting.name == h.row.limit)
            setting.value = runtime::to_text(*runtime::parse_duration(setting.value) + more);
    return scenario::play(changed, {});
}

}  // namespace

TEST(TimeoutTable, HasARowForEachPlaceWhereALimitHolds) {
    std::set<place> there;
    for (auto const& h : rows())
        there.emplace(h.row.limit, h.row.endpoint, h.row.form, h.row.format, h.row.transport);
    for (auto const& wanted : places())
        EXPECT_TRUE(there.contains(wanted)) << "no scenario holds " << printed(wanted);
}

TEST(TimeoutTable, NamesLimitsThatThereAreAndTheirBounds) {
    std::set<std::string> known;
    for (auto const& limit : scenario::time_limits()) known.insert(limit.setting);
    std::set<std::string> held_ones;
    for (auto const& h : rows()) {
        EXPECT_TRUE(known.contains(h.row.limit)) << h.row.id;
        EXPECT_FALSE(h.row.bound.empty()) << h.row.id << " does not set its limit";
        held_ones.insert(h.row.limit);
    }
    EXPECT_EQ(held_ones, known);
}

// One format for each framing: the times of a scenario are the same for all.
bool is_tried(timeout_case const& row) {
    std::set<std::string> const tried{"", "openai", "bedrock", "ollama"};
    return row.told != "nothing" && tried.contains(row.format);
}

// A limit two milliseconds shorter catches what was in time, one a millisecond longer lets it all
// come later: so the scenario holds both bounds.
TEST(TimeoutTable, EachRowBitesAtBothBounds) {
    using namespace std::chrono_literals;
    std::size_t n = 0;
    for (auto const& h : rows()) {
        if (!is_tried(h.row) || n++ % one_in() != 0) continue;
        auto const right = played_with(h, 0ms);
        EXPECT_EQ(right.is, scenario::verdict::passed) << h.row.id;
        auto const late = troubles_of(right), early = troubles_of(played_with(h, -2ms));
        EXPECT_TRUE(early.count > late.count || early.first < late.first - 2ms) << h.row.id;
        EXPECT_EQ(played_with(h, 1ms).is, scenario::verdict::failed) << h.row.id;
    }
}

TEST(TimeoutTable, SaysWhatTheScenarioExpects) {
    auto const s = scenario::parse(
        "covers timeouts  limit:idle-timeout\n"
        "gateway\n"
        "    idle-timeout 30s\n"
        "provider gemini llm\n"
        "    turn\n"
        "        stall\n"
        "client\n"
        "    ask \"Hm?\" over messages\n"
        "expect\n"
        "    30s  proxy -> client  error idle-timeout\n"
        "    30s  proxy -> client  close\n"
        "    30s  proxy -> llm     close\n",
        "timeouts/some.scenario");
    auto const cases = scenario::timeout_cases(s);
    ASSERT_EQ(cases.size(), 1u);
    auto const& row = cases.front();
    EXPECT_EQ(row.limit, "idle-timeout");
    EXPECT_EQ(row.bound, "30s");
    EXPECT_EQ(row.endpoint, "messages");
    EXPECT_EQ(row.form, "streamed");
    EXPECT_EQ(row.format, "gemini");
    EXPECT_EQ(row.told, "event idle-timeout");
    EXPECT_EQ(row.closes, "client, provider");
}

TEST(TimeoutTable, PutsIntoOneLineWhatIsAProductAndNoMore) {
    timeout_case              c{"id", "idle-timeout", "30s",   "chat", "streamed", "openai",
                   "",   "event",        "client"};
    std::vector<timeout_case> cases;
    for (auto const* endpoint : {"chat", "messages"})
        for (auto const* format : {"openai", "gemini"}) {
            c.endpoint = endpoint;
            c.format = format;
            cases.push_back(c);
        }
    ASSERT_EQ(scenario::timeout_lines(cases).size(), 1u);
    EXPECT_EQ(scenario::timeout_lines(cases)[0].formats,
              (std::set<std::string>{"gemini", "openai"}));
    cases.pop_back();
    auto const lines = scenario::timeout_lines(cases);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].formats.size() + lines[1].formats.size(), 3u);
    cases.front().told = "504";
    EXPECT_EQ(scenario::timeout_lines(cases).size(), 3u);
}
