#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "mock_providers/pace.hpp"
#include "proxy/limits.hpp"
#include "runtime/faults.hpp"
#include "runtime/mcp_transport.hpp"
#include "scenarios/autonomous_server.hpp"
#include "scenarios/checks.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/coverage.hpp"
#include "scenarios/gateway_needs.hpp"
#include "scenarios/mcp_rules.hpp"
#include "scenarios/planted.hpp"
#include "scenarios/stage.hpp"
#include "scenarios/sweep.hpp"
#include "scenarios/timeout_table.hpp"
#include "wire/provider_format.hpp"

namespace scenario {

namespace {

int list_formats(list_options const&) {
    std::printf("provider formats\n");
    for (auto const& row : wire::provider_formats())
        std::printf("  %-18s %s\n", row.name, row.prompt);
    return 0;
}

int list_transports(list_options const&) {
    std::printf("MCP transports\n");
    for (auto const& row : runtime::mcp_transports())
        std::printf("  %-18s %s\n", row.name, row.prompt);
    return 0;
}

int list_faults(list_options const&) {
    std::printf("faults of a link (section 'network')\n");
    std::printf("  %-42s %s\n", "refuse", "no connection: it is refused");
    std::printf("  %-42s %s\n", "blackhole", "no connection: nobody ever answers");
    std::printf("  %-42s %s\n", "hesitate TIME", "no connection for so long, then one");
    for (auto const& row : runtime::faults()) {
        auto const written = std::string(row.name) + ' ' + row.usage;
        std::printf("  %-42s %s\n", written.c_str(), row.prompt);
    }
    return 0;
}

int list_checks(list_options const&) {
    std::printf("standing checks\n");
    for (auto const& row : checks())
        std::printf("  %-18s %s\n  %-18s %s\n", row.id, row.rule, "", row.source);
    return 0;
}

int list_mcp_rules(list_options const&) {
    std::printf(
        "rules of MCP (docs/check-mcp.md); who has to keep them: C client, S server, P proxy\n");
    static char const* const levels[] = {"MUST", "SHOULD", "practice"};
    for (auto const& row : mcp_rules()) {
        std::printf("  %-4s %-6s %-9s %s\n  %-4s %-6s %-9s %s\n", row.id, row.who,
                    levels[static_cast<int>(row.level)], row.rule, "", "", "", row.source);
        if (auto const* why = row.why_not_examined())
            std::printf("  %-21s not examined: %s\n", "", why);
        if (!row.is_traced()) std::printf("  %-21s not traced: %s\n", "", row.untraced);
    }
    return 0;
}

int list_scenarios(list_options const& options) {
    int status = 0;
    for (auto const& file : scenario_files({options.folder + "/library"})) {
        try {
            auto const  s = read_file(file);
            std::string families;
            for (auto const& f : s.families) families += (families.empty() ? "" : " ") + f;
            std::printf("%-52s %-22s %s\n", s.id().substr(0, s.id().find('@')).c_str(),
                        families.c_str(), s.title.c_str());
        } catch (syntax_error const& e) {
            std::printf("%s\n", e.what());
            status = 2;
        }
    }
    return status;
}

std::vector<scenario> library_in(std::string const& folder) {
    std::vector<scenario> all;
    for (auto const& file : scenario_files({folder + "/library"})) all.push_back(read_file(file));
    for (auto& s : all) s.instance.clear();  // a sweep covers as a whole
    return all;
}

std::vector<std::string> coverage_files(std::string const& folder) {
    std::vector<std::string> files;
    if (std::filesystem::is_directory(folder + "/coverage"))
        for (auto const& entry : std::filesystem::directory_iterator(folder + "/coverage"))
            if (entry.path().extension() == ".txt") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

// One line a row; a reason, or the scenarios behind the first, below it.
void print_coverage(coverage_row const& row) {
    static char const* const marks[] = {"yes", "no", "MISSING", "STALE"};
    std::printf("%-8s %-46s %s\n", marks[static_cast<int>(state_of(row))], row.link.c_str(),
                row.situation.c_str());
    for (auto const& id : row.by) std::printf("%-8s %-46s   %s\n", "", "", id.c_str());
    if (!row.reason.empty()) std::printf("%-8s %-46s   %s\n", "", "", row.reason.c_str());
}

int list_coverage(list_options const& options) {
    auto const files = coverage_files(options.folder);
    if (files.empty())
        throw syntax_error(options.folder + "/coverage", {}, {},
                           "there is no list of what to cover",
                           "name the folder that holds 'library' and 'coverage'");
    auto const library = library_in(options.folder);
    int        counts[4] = {};
    for (auto const& file : files) {
        auto rows = read_coverage(read_text(file), file);
        cover(rows, library);
        std::printf("%s\n\n", std::filesystem::path(file).stem().c_str());
        for (auto const& row : rows) {
            ++counts[static_cast<int>(state_of(row))];
            print_coverage(row);
        }
        std::printf("\n");
    }
    std::printf("%d covered, %d not, with the reason, %d missing, %d stale\n", counts[0], counts[1],
                counts[2], counts[3]);
    return counts[2] + counts[3] > 0 ? 1 : 0;
}

int list_planted(list_options const&) {
    std::printf("planted faults (lockstep selfproof)\n");
    for (auto const& row : planted_faults())
        std::printf("  %-34s %-14s %s\n  %-34s %-14s %s\n", row.id.c_str(), row.caught_by.c_str(),
                    row.defect.c_str(), "", "", row.source.c_str());
    return 0;
}

// A file that cannot be read is told of in its place.
int list_gateways(list_options const&) {
    int status = 0;
    std::printf("gateways (docs/gateway-files.md), a file or an http:// URL do as well\n");
    for (auto const& name : gateway_names()) {
        try {
            auto const g = find_gateway(name);
            std::printf("  %-18s %-20s %s\n", name.c_str(), g.profile->name, g.title.c_str());
        } catch (syntax_error const& e) {
            std::printf("%s\n", e.what());
            status = 2;
        }
    }
    return status;
}

int list_profiles(list_options const&) {
    std::printf("wire profiles: how a gateway shows an answer in the middle of which tools run\n");
    for (auto const& row : wire_profiles())
        std::printf("  %-20s %s\n  %-20s %s\n", row.name, row.rule, "", row.source);
    return 0;
}

int list_needs(list_options const&) {
    std::printf("what a scenario may need of a gateway ('can' in its file)\n");
    for (auto const& word : ability_words())
        std::printf("  %-18s %s\n", word.c_str(), needed_by(word).c_str());
    std::printf("  %-18s %s\n", "/PATH", "a client that asks for this path");
    std::printf("  %-18s %s\n", "(settings NAME)", "a line of this name below 'gateway'");
    return 0;
}

int list_limits(list_options const&) {
    std::printf("limits of `lockstep proxy` (lockstep_settings; docs/limits.md)\n");
    proxy::limits const defaults;
    for (auto const& row : proxy::limit_rows()) {
        std::printf("  %-26s %-16s %s\n  %-26s %-16s   %s\n", row.name,
                    proxy::value_text(row, defaults).c_str(), row.what, "", "", row.told);
        if (*row.apart) std::printf("  %-26s %-16s   (%s)\n", "", "", row.apart);
    }
    return 0;
}

int list_paces(list_options const&) {
    std::printf("paces of a provider's turn (step 'pace')\n");
    for (auto const& row : mock::paces())
        std::printf("  %-18s %s; first output about %s, a token %s\n", row.name, row.prompt,
                    runtime::to_text(row.first_median).c_str(),
                    runtime::to_text(row.token).c_str());
    return 0;
}

std::string joined(std::set<std::string> const& words, std::size_t of = 0) {
    if (of > 1 && words.size() == of) return "all " + std::to_string(of);
    std::string all;
    for (auto const& word : words) all += (all.empty() ? "" : " ") + (word.empty() ? "-" : word);
    return all;
}

// Read off the scenarios that hold it, so that it says nothing else than they do.
int list_timeouts(list_options const& options) {
    std::vector<timeout_case> cases;
    for (auto const& file : scenario_files({options.folder + "/library/timeouts"}))
        for (auto const& s : instances(file, measure))
            for (auto& c : timeout_cases(s)) cases.push_back(std::move(c));
    std::printf(
        "timeouts, each held at both of its bounds by scenarios that cover limit:NAME\n"
        "  asked over; in which form; of the provider; of the MCP server\n"
        "  -> the limit there; what the client is told; what the gateway closes, before anybody "
        "else does\n");
    auto const lines = timeout_lines(cases);
    for (auto const& limit : time_limits()) {
        std::printf("\n%s  %s; %s by default\n", limit.setting, limit.prompt,
                    runtime::to_text(proxy::timeouts().*limit.value).c_str());
        for (auto const& line : lines) {
            if (line.common.limit != limit.setting) continue;
            std::printf("  %-24s  %-21s  %-6s  %s\n", joined(line.endpoints).c_str(),
                        joined(line.forms).c_str(),
                        joined(line.formats, wire::provider_formats().size()).c_str(),
                        joined(line.transports).c_str());
            std::printf("      -> %-5s  %s; closes %s\n", line.common.bound.c_str(),
                        line.common.told.c_str(), line.common.closes.c_str());
        }
    }
    return 0;
}

// Lines that can be pasted into a scenario, to be changed there.
int list_server(list_options const&) {
    std::printf("mcp everything over streamable-http%s", autonomous_server().c_str());
    return 0;
}

struct list_row {
    char const* name;
    int (*print)(list_options const&);
    bool always;  // also when nothing is named
};

// In the order in which `lockstep list` prints them.
constexpr list_row rows[] = {
    {"formats", list_formats, true},    {"transports", list_transports, true},
    {"faults", list_faults, true},      {"checks", list_checks, true},
    {"paces", list_paces, true},        {"scenarios", list_scenarios, false},
    {"coverage", list_coverage, false}, {"planted", list_planted, false},
    {"gateways", list_gateways, false}, {"profiles", list_profiles, false},
    {"needs", list_needs, false},       {"mcp-rules", list_mcp_rules, false},
    {"timeouts", list_timeouts, false}, {"server", list_server, false},
    {"limits", list_limits, false}};

}  // namespace

std::vector<std::string> check_ids() {
    std::vector<std::string> ids;
    for (auto const& row : checks()) ids.emplace_back(row.id);
    return ids;
}

std::vector<std::string> list_names() {
    std::vector<std::string> names;
    for (auto const& row : rows) names.emplace_back(row.name);
    return names;
}

int list(list_options const& options) {
    try {
        int  status = 0;
        bool first = true;
        for (auto const& row : rows) {
            if (options.what.empty() ? !row.always : options.what != row.name) continue;
            if (!first) std::printf("\n");
            first = false;
            status = std::max(status, row.print(options));
        }
        return status;
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
