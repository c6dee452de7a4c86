#pragma once

#include <string>
#include <vector>

namespace scenario {

// A word of the language, and how what begins with it is written.
struct known_word {
    std::string word;
    std::string form;  // "text \"...\" [times N]"
};

// The words of the language, out of the very tables that the parser reads by. The grammar
// document and the editors' files are held against it.
struct vocabulary {
    std::vector<known_word>  provider_verbs;
    std::vector<known_word>  mcp_parts;  // what stands at the first level of an MCP server
    std::vector<known_word>  mcp_verbs;
    std::vector<known_word>  client_verbs;
    std::vector<known_word>  request_options;
    std::vector<known_word>  faults;
    std::vector<std::string> sections;
    std::vector<std::string> families;
    std::vector<std::string> formats;
    std::vector<std::string> transports;
    std::vector<std::string> token_counts;  // of `usage`
    std::vector<std::string> log_levels;    // of `log`
    std::vector<std::string> checks;
};

vocabulary known_words();

// Its parts, each by whoever reads them.
std::vector<known_word>         provider_verb_words();
std::vector<known_word>         mcp_part_words();
std::vector<known_word>         mcp_verb_words();
std::vector<known_word>         client_verb_words();
std::vector<known_word>         request_option_words();
std::vector<known_word>         fault_words();
std::vector<std::string>        section_words();
std::vector<std::string> const& family_words();
std::vector<std::string> const& token_count_words();
std::vector<std::string> const& log_level_words();

template <class Rows>
std::vector<known_word> words_of(Rows const& rows) {
    std::vector<known_word> words;
    for (auto const& row : rows) words.push_back({row.word, row.form});
    return words;
}

}  // namespace scenario
