#include <cstdio>

#include "runtime/faults.hpp"
#include "runtime/mcp_transport.hpp"
#include "scenarios/checks.hpp"
#include "scenarios/commands.hpp"
#include "wire/provider_format.hpp"

namespace scenario {

namespace {

int list_scenarios(std::vector<std::string> const& paths) {
    int status = 0;
    for (auto const& file : scenario_files(paths)) {
        try {
            auto const  s = read_file(file);
            std::string families;
            for (auto const& f : s.families) families += (families.empty() ? "" : " ") + f;
            std::printf("%-44s %-22s %s\n", s.name.c_str(), families.c_str(), s.title.c_str());
        } catch (syntax_error const& e) {
            std::printf("%s\n", e.what());
            status = 2;
        }
    }
    return status;
}

}  // namespace

std::vector<std::string> check_ids() {
    std::vector<std::string> ids;
    for (auto const& row : checks()) ids.emplace_back(row.id);
    return ids;
}

int list(std::vector<std::string> const& paths) {
    if (!paths.empty()) return list_scenarios(paths);
    std::printf("provider formats\n");
    for (auto const& row : wire::provider_formats())
        std::printf("  %-18s %s\n", row.name, row.prompt);
    std::printf("\nMCP transports\n");
    for (auto const& row : runtime::mcp_transports())
        std::printf("  %-18s %s\n", row.name, row.prompt);
    std::printf("\nfaults of a link (section 'network')\n");
    std::printf("  %-42s %s\n", "refuse", "no connection: it is refused");
    std::printf("  %-42s %s\n", "blackhole", "no connection: nobody ever answers");
    for (auto const& row : runtime::faults()) {
        auto const written = std::string(row.name) + ' ' + row.usage;
        std::printf("  %-42s %s\n", written.c_str(), row.prompt);
    }
    std::printf("\nstanding checks\n");
    for (auto const& row : checks())
        std::printf("  %-18s %s\n  %-18s %s\n", row.id, row.rule, "", row.source);
    return 0;
}

}  // namespace scenario
