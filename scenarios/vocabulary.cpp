#include "scenarios/vocabulary.hpp"

#include "runtime/faults.hpp"
#include "runtime/mcp_transport.hpp"
#include "scenarios/checks.hpp"
#include "wire/provider_format.hpp"

namespace scenario {

std::vector<known_word> fault_words() {
    // The first three are of the moment of connecting, and no link's.
    std::vector<known_word> words{
        {"refuse", "refuse"}, {"blackhole", "blackhole"}, {"hesitate", "hesitate TIME"}};
    for (auto const& row : runtime::faults()) {
        std::string form = row.name;
        if (*row.usage != '\0') form += std::string(" ") + row.usage;
        words.push_back({row.name, form});
    }
    return words;
}

vocabulary known_words() {
    vocabulary v;
    v.provider_verbs = provider_verb_words();
    v.mcp_parts = mcp_part_words();
    v.mcp_verbs = mcp_verb_words();
    v.client_verbs = client_verb_words();
    v.request_options = request_option_words();
    v.faults = fault_words();
    v.sections = section_words();
    v.families = family_words();
    for (auto const& row : wire::provider_formats()) v.formats.emplace_back(row.name);
    for (auto const& row : runtime::mcp_transports()) v.transports.emplace_back(row.name);
    v.token_counts = token_count_words();
    v.log_levels = log_level_words();
    for (auto const& row : checks()) v.checks.emplace_back(row.id);
    return v;
}

}  // namespace scenario
