#include "scenarios/runner.hpp"

#include <algorithm>
#include <mutex>

#include "runtime/real_stopwatch.hpp"
#include "runtime/real_workers.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/external_gateway.hpp"
#include "scenarios/gateway_needs.hpp"
#include "scenarios/parser_lines.hpp"
#include "scenarios/sweep.hpp"
#include "scenarios/token.hpp"

namespace scenario {

namespace {

// '*' stands for anything. Without one the pattern may stand anywhere in the id.
bool fits(std::string_view id, std::string_view pattern) {
    auto const star = pattern.find('*');
    if (star == pattern.npos) return id == pattern;
    if (!id.starts_with(pattern.substr(0, star))) return false;
    id.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    for (std::size_t skipped = 0; skipped <= id.size(); ++skipped)
        if (fits(id.substr(skipped), pattern)) return true;
    return false;
}

bool is_wanted(scenario const& s, selection const& wanted) {
    auto const id = s.id();
    auto const by_name = [&](std::string const& pattern) {
        return pattern.find('*') == pattern.npos ? id.find(pattern) != id.npos : fits(id, pattern);
    };
    auto const by_family = [&](std::string const& family) {
        return std::find(s.families.begin(), s.families.end(), family) != s.families.end();
    };
    return (wanted.names.empty() ||
            std::any_of(wanted.names.begin(), wanted.names.end(), by_name)) &&
           (wanted.families.empty() ||
            std::any_of(wanted.families.begin(), wanted.families.end(), by_family));
}

// Evenly from the first to the last.
void thin_out(std::vector<scenario>& all, std::size_t sample) {
    if (sample == 0 || all.size() <= sample) return;
    std::vector<scenario> some;
    for (std::size_t i = 0; i < sample; ++i) {
        auto const at = sample == 1 ? 0 : i * (all.size() - 1) / (sample - 1);
        some.push_back(std::move(all[at]));
    }
    all = std::move(some);
}

void expect_failure(case_result& c, std::map<std::string, std::string> const& known) {
    if (auto const entry = known.find(c.id); entry != known.end()) {
        c.expected_failure = entry->second;
        return;
    }
    for (auto const& [pattern, why] : known) {
        if (pattern.find('*') == pattern.npos || !fits(c.id, pattern)) continue;
        c.expected_failure = why;
        c.expected_by = pattern;
        return;
    }
}

void play_one(case_result& c, play_options const& options) {
    if (c.played && options.real && !c.played->virtual_only.empty())
        c.unmet.emplace_back(virtual_time_need);
    if (!c.played || !c.unmet.empty()) return;
    c.how = options;
    auto const began = runtime::wall_nanoseconds();
    try {
        c.came = play(*c.played, options);
    } catch (syntax_error const& e) {  // a setting or a fault that nobody knows
        c.unreadable = e.what();
    }
    c.nanoseconds = runtime::wall_nanoseconds() - began;
}

}  // namespace

std::map<std::string, std::string> read_baseline(std::string const& path) {
    std::map<std::string, std::string> known;
    int                                number = 0;
    for (auto const& line : lines_of(read_text(path))) {
        ++number;
        auto const begin = line.find_first_not_of(" \t");
        if (begin == line.npos || line[begin] == '#') continue;
        auto const end = std::min(line.find_first_of(" \t", begin), line.size());
        auto const id = line.substr(begin, end - begin);
        auto const sign = line.find_first_not_of(" \t", end);
        place      at{number, column_at(line, begin), static_cast<int>(end - begin)};
        auto const why = sign != line.npos && line[sign] == '#'
                             ? line.find_first_not_of("# \t", sign)
                             : line.npos;
        if (why == line.npos)
            throw syntax_error(path, line, at, "the reason is missing",
                               "the form is: FAMILY/NAME  # why it fails");
        if (!known.emplace(id, line.substr(why)).second)
            throw syntax_error(path, line, at, "'" + id + "' stands here twice", {});
    }
    return known;
}

std::vector<case_result> selected(selection const& wanted) {
    auto const               known = wanted.baseline.empty() ? std::map<std::string, std::string>()
                                                             : read_baseline(wanted.baseline);
    std::vector<case_result> all;
    for (auto const& path : scenario_files(wanted.paths)) {
        try {
            auto all_of_it = instances(path, measure);
            std::erase_if(all_of_it, [&](scenario const& s) { return !is_wanted(s, wanted); });
            thin_out(all_of_it, wanted.sample);
            for (auto& s : all_of_it) {
                case_result c;
                c.id = s.id();
                c.path = path;
                c.played = std::make_shared<scenario const>(std::move(s));
                expect_failure(c, known);
                all.push_back(std::move(c));
            }
        } catch (syntax_error const& e) {
            case_result c;
            c.id = c.path = path;
            c.unreadable = e.what();
            all.push_back(std::move(c));
        }
    }
    return all;
}

void fit_to(external_gateway& gateway, std::vector<case_result>& cases,
            play_options const& options) {
    std::map<std::string, std::size_t>              numbers;  // of configurations, as they come
    std::map<std::size_t, std::vector<case_result>> groups;   // by configuration
    for (auto& c : cases) {
        if (c.played) c.unmet = unmet(gateway.file(), *c.played);
        std::size_t number = 0;
        if (c.played && c.unmet.empty() && gateway.file().kept) {
            auto const factor = factor_against(gateway, *c.played, options);
            auto const text = gateway.configuration(*c.played, factor);
            number = numbers.emplace(text, numbers.size()).first->second;
        }
        groups[number].push_back(std::move(c));
    }
    cases.clear();
    for (auto& [number, group] : groups)
        std::move(group.begin(), group.end(), std::back_inserter(cases));
}

void play_all(std::vector<case_result>& cases, play_options const& options, unsigned jobs,
              std::function<void(case_result const&)> const& done) {
    std::mutex        lock;
    std::vector<bool> played(cases.size(), false);
    std::size_t       told = 0;
    runtime::in_parallel(cases.size(), jobs, [&](std::size_t i) {
        play_one(cases[i], options);
        // Whoever plays the last one that was missing tells all that waited for it.
        std::lock_guard const held(lock);
        played[i] = true;
        for (; told < cases.size() && played[told]; ++told) done(cases[told]);
    });
}

standing_of how_it_stands(case_result const& c) {
    if (!c.unreadable.empty()) return standing_of::unreadable;
    if (!c.unmet.empty()) return standing_of::not_applicable;
    bool const expected = !c.expected_failure.empty();
    switch (c.came.is) {
        case verdict::passed:
            return expected && c.expected_by.empty() ? standing_of::stale : standing_of::held;
        case verdict::failed:
            return expected ? standing_of::known : standing_of::failed;
        default:
            return standing_of::inconclusive;
    }
}

std::vector<std::string> stale_patterns(std::vector<case_result> const& cases) {
    std::map<std::string, bool> needed;  // by pattern
    for (auto const& c : cases) {
        if (c.expected_by.empty()) continue;
        auto const is = how_it_stands(c);
        if (is == standing_of::held || is == standing_of::known)
            needed[c.expected_by] |= is == standing_of::known;
    }
    std::vector<std::string> stale;
    for (auto const& [pattern, is_needed] : needed)
        if (!is_needed) stale.push_back(pattern);
    return stale;
}

}  // namespace scenario
