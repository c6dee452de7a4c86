#include <gtest/gtest.h>

#include <filesystem>

#include "scenarios/report.hpp"
#include "scenarios/stage.hpp"
#include "scenarios/sweep.hpp"
#include "wire/provider_format.hpp"

// Every tool scenario of the library, with its providers speaking each format in turn. A file says
// its turns in neutral words, so that what it expects of the gateway holds in all of them. It is a
// sweep of the tests and not of the files, as it would make the library many times as long.

namespace {

namespace fs = std::filesystem;
using mock::provider_verb;

// Its turns are neutral: no bytes of its own, no recording, no format that it chooses itself.
bool is_neutral(scenario::scenario const& s) {
    for (auto const& p : s.providers)
        for (auto const& t : p.turns)
            for (auto const& step : t.steps)
                if (step.verb == provider_verb::bytes || step.verb == provider_verb::raw ||
                    step.verb == provider_verb::recording)
                    return false;
    return !s.providers.empty() && !s.gateway.config;
}

bool chooses_formats(fs::path const& path) {
    auto const plan = scenario::read_plan(scenario::read_text(path.string()), path.string());
    return std::any_of(plan.axes.begin(), plan.axes.end(),
                       [](auto const& axis) { return axis.name == "format"; });
}

// The model that a file names in the bodies it writes itself is the first of its provider's format.
std::string const the_models[] = {"\"gpt-4o\"", "\"claude-sonnet-4\""};

void speak(scenario::scenario& s, std::string const& format) {
    for (auto& p : s.providers) p.format = format;
    auto const& now = the_models[format == "anthropic" ? 1 : 0];
    for (auto& c : s.clients)
        for (auto& step : c.steps)
            for (auto const& was : the_models) {
                if (was == now) continue;
                for (auto at = step.body.find(was); at != step.body.npos; at = step.body.find(was))
                    step.body.replace(at, was.size(), now);
            }
}

// What cannot be said in a format, and why.
std::string unsayable(std::string const& name, std::string const& format) {
    if (name == "first_entry_decides") return "names the models of two formats";
    if (name != "bad_arguments") return {};
    for (auto const* has_objects : {"gemini", "ollama", "bedrock", "anthropic"})
        if (format == has_objects) return "a call's arguments are an object there, and never half";
    return {};
}

class EveryFormat : public testing::TestWithParam<std::string> {};

TEST_P(EveryFormat, PlaysTheToolScenarios) {
    int played = 0;
    for (auto const* family : {"seed", "tools"})
        for (auto const& file : fs::directory_iterator(fs::path(SCENARIO_LIBRARY) / family)) {
            auto const& path = file.path();
            if (path.extension() != ".scenario" || chooses_formats(path)) continue;
            if (!unsayable(path.stem().string(), GetParam()).empty()) continue;
            for (auto s : scenario::instances(path.string(), scenario::measure)) {
                if (!is_neutral(s)) continue;
                speak(s, GetParam());
                auto const came = scenario::play(s, {});
                EXPECT_EQ(came.is, scenario::verdict::passed)
                    << path.stem() << ' ' << s.instance << " in " << GetParam() << "\n"
                    << (came.objections.empty() ? "" : came.objections.front().problem) << "\n"
                    << scenario::transcript(came.events, false);
                ++played;
            }
        }
    // Or this would hold of an empty folder.
    EXPECT_GE(played, 40);
}

std::vector<std::string> formats() {
    std::vector<std::string> all;
    for (auto const& f : wire::provider_formats()) all.emplace_back(f.name);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::ValuesIn(formats()),
                         [](auto const& info) { return info.param; });

}  // namespace
