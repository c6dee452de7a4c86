#include "scenarios/perfetto.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/scenarios/one_in.hpp"
#include "tests/scenarios/some_run.hpp"

namespace {

using nlohmann::json;

// Reads a trace as a viewer does, and notes what it would stumble over. The viewer's own code is
// in no registry: PyPI's `perfetto` fetches its program from elsewhere, and npm and Debian have
// none.
class viewer {
public:
    explicit viewer(json const& trace) {
        for (auto const& e : trace.at("traceEvents")) read(e);
        for (auto const& [track, names] : open_)
            if (!names.empty()) wrong(names.back(), "is never over");
        for (auto const& [id, ends] : flows_)
            if (ends != "sf") wrong(json(id), "is an arrow with ends '" + ends + "'");
        for (auto const& track : used_)
            if (!named_.contains(track)) wrong(json(track.second), "is a thread without a name");
    }

    std::string                             faults;
    std::map<std::string, int>              phases;
    std::multimap<std::string, std::string> threads;  // of each process
    std::set<std::string>                   slices;
    std::set<std::string>                   instants;

private:
    using track = std::pair<int, int>;

    void wrong(json const& what, std::string const& why) {
        faults += what.dump() + ' ' + why + '\n';
    }

    void read(json const& e) {
        auto const  phase = e.at("ph").get<std::string>();
        track const on(e.at("pid").get<int>(), e.at("tid").get<int>());
        ++phases[phase];
        if (auto const at = pid_of_.emplace(on.second, on.first).first; at->second != on.first)
            wrong(e, "is a thread of two processes");
        if (phase == "M") return name(e, on);

        auto const ts = e.at("ts").get<double>();
        if (phase == "i") {
            instants.insert(e.at("name").get<std::string>());
            return;
        }
        used_.insert(on);
        if (last_.contains(on) && ts < last_[on]) wrong(e, "goes back in time");
        last_[on] = ts;
        auto& names = open_[on];
        if (phase == "B") {
            names.push_back(e.at("name"));
            slices.insert(e.at("name").get<std::string>());
        } else if (phase == "E") {
            if (names.empty() || names.back() != e.at("name"))
                wrong(e, "ends what is not open");
            else
                names.pop_back();
        } else if (phase == "s" || phase == "f") {
            if (names.empty()) wrong(e, "is tied to nothing");
            if (phase == "f" && e.value("bp", "") != "e") wrong(e, "is tied to the next slice");
            flows_[e.at("id").get<int>()] += phase;
        } else {
            wrong(e, "is of no known kind");
        }
    }

    void name(json const& e, track on) {
        auto const what = e.at("name").get<std::string>();
        if (what == "process_name") process_[on.first] = e.at("args").at("name");
        if (what != "thread_name") return;
        named_.insert(on);
        threads.emplace(process_.at(on.first), e.at("args").at("name").get<std::string>());
    }

    std::map<track, std::vector<json>> open_;
    std::map<track, double>            last_;
    std::map<int, int>                 pid_of_;
    std::map<int, std::string>         flows_;
    std::map<int, std::string>         process_;
    std::set<track>                    used_, named_;
};

scenario::run_result library(std::string const& part) {
    scenario::run_result run;
    run.cases = played_library(part);
    return run;
}

}  // namespace

TEST(Perfetto, AViewerStumblesOverEveryFault) {
    json const process{
        {"ph", "M"}, {"pid", 1}, {"tid", 0}, {"name", "process_name"}, {"args", {{"name", "p"}}}};
    json const thread{
        {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"name", "thread_name"}, {"args", {{"name", "t"}}}};
    auto const event = [](char const* phase, int ts, int tid = 1) {
        return json{{"ph", phase}, {"pid", 1}, {"tid", tid}, {"ts", ts}, {"name", "a"}, {"id", 7}};
    };
    auto const faults = [&](std::vector<json> const& events) {
        json trace{{"traceEvents", {process, thread}}};
        for (auto const& e : events) trace["traceEvents"].push_back(e);
        return viewer(trace).faults;
    };
    auto const why = [](std::string const& told, char const* wanted) {
        EXPECT_NE(told.find(std::string(" ") + wanted + '\n'), told.npos) << told;
    };
    auto arrived = event("f", 3);
    arrived["bp"] = "e";
    EXPECT_EQ(faults({event("B", 1), event("s", 2), arrived, event("E", 4)}), "");
    why(faults({event("B", 1)}), "is never over");
    why(faults({event("E", 1)}), "ends what is not open");
    why(faults({event("B", 2), event("E", 1)}), "goes back in time");
    why(faults({event("s", 1)}), "is tied to nothing");
    why(faults({event("B", 1), event("s", 2), event("E", 3)}), "is an arrow with ends 's'");
    why(faults({event("B", 1), event("f", 2), event("E", 3)}), "is tied to the next slice");
    why(faults({event("B", 1, 2), event("E", 2, 2)}), "is a thread without a name");
    why(faults({event("X", 1)}), "is of no known kind");
    auto elsewhere = event("i", 1);
    elsewhere["pid"] = 2;
    why(faults({event("i", 1), elsewhere}), "is a thread of two processes");
}

TEST(Perfetto, TheLibraryCanBeViewed) {
    viewer const seen(json::parse(scenario::perfetto(library(one_in() > 1 ? "/tools" : ""))));
    EXPECT_EQ(seen.faults, "");
    EXPECT_EQ(seen.phases.at("B"), seen.phases.at("E"));
    EXPECT_EQ(seen.phases.at("s"), seen.phases.at("f"));
    EXPECT_GT(seen.phases.at("s"), 1000);
}

TEST(Perfetto, EveryActorHasAThread) {
    viewer const seen(
        json::parse(scenario::perfetto(library("/seed/tool_in_the_middle.scenario"))));
    auto const            range = seen.threads.equal_range("seed/tool_in_the_middle");
    std::set<std::string> names;
    for (auto at = range.first; at != range.second; ++at) names.insert(at->second);
    EXPECT_EQ(names, (std::set<std::string>{"client", "proxy", "openai", "everything"}));
    EXPECT_TRUE(seen.slices.contains("turn 2"));
    EXPECT_TRUE(seen.slices.contains("call echo"));
    EXPECT_TRUE(seen.slices.contains("end stop"));
}

TEST(Perfetto, WhatIsBusyTwiceHasTwoThreads) {
    auto const   text = scenario::perfetto(library("/tools/two_clients_at_once.scenario"));
    viewer const seen(json::parse(text));
    EXPECT_EQ(seen.faults, "");
    EXPECT_NE(text.find(" 2\"}"), text.npos) << text.substr(0, 3000);
}

TEST(Perfetto, AnythingMayPassAndObjectionsAreMarked) {
    viewer const seen(json::parse(scenario::perfetto(some_run())));
    EXPECT_EQ(seen.faults, "");
    EXPECT_TRUE(seen.instants.contains("FAILED expect: came late"));
}

// Without this the tests above would hold for a viewer that sees nothing.
TEST(Perfetto, AViewerStumblesOverWhatIsWrong) {
    auto const good = json::parse(scenario::perfetto(library("/seed/tool_in_the_middle.scenario")));
    auto const broken = [&](char const* phase, auto change) {
        auto  trace = good;
        auto& events = trace["traceEvents"];
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (events[i]["ph"] != phase) continue;
            change(events, i);
            break;
        }
        return viewer(trace).faults;
    };
    auto const erase = [](json& events, std::size_t i) { events.erase(i); };
    EXPECT_NE(broken("E", erase), "");
    EXPECT_NE(broken("B", erase), "");
    EXPECT_NE(broken("s", erase), "");
    EXPECT_NE(broken("f", erase), "");
    EXPECT_NE(broken("f", [](json& events, std::size_t i) { events[i]["bp"] = "x"; }), "");
    EXPECT_NE(broken("B", [](json& events, std::size_t i) { events[i]["ts"] = 1e9; }), "");
    EXPECT_NE(broken("B", [](json& events, std::size_t i) { events[i]["tid"] = 7777; }), "");
}
