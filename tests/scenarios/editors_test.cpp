#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "scenarios/spoken.hpp"
#include "scenarios/vocabulary.hpp"

using json = nlohmann::json;

// The editors' files know the words that the parser knows, and no others.

namespace {

using words = std::set<std::string>;

std::string contents(std::string const& path) {
    std::ifstream file(std::string(LOCKSTEP_SOURCE_DIR "/editors/") + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

words split_at(std::string const& text, char mark) {
    words       all;
    std::size_t begin = 0;
    while (begin < text.size()) {
        auto const end = std::min(text.find(mark, begin), text.size());
        if (end > begin) all.insert(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

// Of "syntax keyword lockstepFault contained ...", in as many lines as there are.
words vim_words(std::string const& group) {
    words            all;
    auto const       text = contents("vim/syntax/lockstep.vim");
    std::regex const each("syntax keyword lockstep" + group + " +contained ([^\n]*)");
    for (auto at = std::sregex_iterator(text.begin(), text.end(), each);
         at != std::sregex_iterator(); ++at)
        all.merge(split_at((*at)[1].str(), ' '));
    return all;
}

bool is_named(json const& rule, std::string const& scope) {
    if (rule.value("name", "") == scope) return true;
    for (auto const* key : {"captures", "beginCaptures"})
        for (auto const& capture : rule.value(key, json::object()))
            if (capture.value("name", "") == scope) return true;
    return false;
}

// The longest list of words in the expressions of the rules that give this scope.
void collect_words(json const& value, std::string const& scope, words& all) {
    if (value.is_object() && is_named(value, scope)) {
        auto const       text = value.value("match", value.value("begin", ""));
        std::regex const each(R"(\((?:\?:)?([a-z-]+(?:\|[a-z-]+)*)\))");
        words            longest;
        for (auto at = std::sregex_iterator(text.begin(), text.end(), each);
             at != std::sregex_iterator(); ++at)
            if (auto found = split_at((*at)[1].str(), '|'); found.size() > longest.size())
                longest = std::move(found);
        all.merge(longest);
    }
    if (value.is_structured())
        for (auto const& part : value) collect_words(part, scope, all);
}

words textmate_words(std::string const& scope) {
    static auto const grammar = json::parse(contents("vscode/syntaxes/lockstep.tmLanguage.json"));
    words             all;
    collect_words(grammar, scope + ".lockstep", all);
    return all;
}

words words_in(std::vector<scenario::known_word> const& known) {
    words all;
    for (auto const& one : known) all.insert(one.word);
    return all;
}

words words_in(std::vector<std::string> const& known) { return {known.begin(), known.end()}; }

// What any arrow may say.
words all_spoken() {
    words all;
    for (auto const& row : scenario::spoken()) all.insert(row.verbs.begin(), row.verbs.end());
    return all;
}

struct row {
    char const* vim;
    char const* textmate;
    words       known;
};

std::vector<row> rows() {
    auto const v = scenario::known_words();
    return {{"Section", "keyword.control.section", words_in(v.sections)},
            {"Family", "constant.other.family", words_in(v.families)},
            {"Format", "support.type.format", words_in(v.formats)},
            {"Transport", "support.type.transport", words_in(v.transports)},
            {"ProviderVerb", "keyword.other.verb.provider", words_in(v.provider_verbs)},
            {"McpPart", "storage.type.mcp", words_in(v.mcp_parts)},
            {"McpVerb", "keyword.other.verb.mcp", words_in(v.mcp_verbs)},
            {"LogLevel", "constant.other.level", words_in(v.log_levels)},
            {"ClientVerb", "keyword.other.verb.client", words_in(v.client_verbs)},
            {"RequestOption", "storage.modifier.option", words_in(v.request_options)},
            {"Fault", "keyword.other.fault", words_in(v.faults)},
            {"Check", "constant.other.check", words_in(v.checks)},
            {"Spoken", "keyword.other.spoken", all_spoken()}};
}

}  // namespace

TEST(Editors, VimKnowsTheWordsOfTheParser) {
    for (auto const& [vim, textmate, known] : rows()) EXPECT_EQ(vim_words(vim), known) << vim;
}

TEST(Editors, VsCodeKnowsTheWordsOfTheParser) {
    for (auto const& [vim, textmate, known] : rows())
        EXPECT_EQ(textmate_words(textmate), known) << textmate;
}

TEST(Editors, FilesNameEachOther) {
    auto const package = json::parse(contents("vscode/package.json"));
    auto const language = package["contributes"]["languages"][0];
    auto const grammar = package["contributes"]["grammars"][0];
    EXPECT_EQ(language["id"], grammar["language"]);
    EXPECT_EQ(language["extensions"], json::array({".scenario"}));
    EXPECT_NE(contents("vscode/" + language["configuration"].get<std::string>()), "");
    auto const path = "vscode/" + grammar["path"].get<std::string>();
    EXPECT_EQ(json::parse(contents(path))["scopeName"], grammar["scopeName"]);
    EXPECT_NE(contents("vim/ftdetect/lockstep.vim").find("*.scenario"), std::string::npos);
}
