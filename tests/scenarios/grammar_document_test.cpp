#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "proxy/limits.hpp"
#include "runtime/faults.hpp"
#include "scenarios/gateway_config.hpp"
#include "scenarios/spoken.hpp"
#include "scenarios/stage.hpp"
#include "scenarios/vocabulary.hpp"

// docs/scenario-language.md is held against the parser: it reads every example of the document,
// and each table has all the words that the parser knows, in the same form, and no other.

namespace {

std::string contents(std::string const& path) {
    std::ifstream file(std::string(LOCKSTEP_SOURCE_DIR "/") + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_in(std::string const& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// What stands in backquotes in the nth cell of a table's line; empty if it has none.
std::string cell(std::string const& line, int wanted) {
    static std::regex const each(R"(\|\s*(?:`([^`]*)`)?[^|]*)");
    auto                    at = std::sregex_iterator(line.begin(), line.end(), each);
    for (; wanted > 0 && at != std::sregex_iterator(); --wanted) ++at;
    return at == std::sregex_iterator() ? std::string() : (*at)[1].str();
}

struct table_row {
    std::string form;
    std::string example;
    std::string word() const { return form.substr(0, form.find(' ')); }
};

class document {
public:
    document() : lines_(lines_in(contents("docs/scenario-language.md"))) {}

    // The rows below "<!-- words: NAME -->".
    std::vector<table_row> table(std::string const& mark) const {
        std::vector<table_row> rows;
        auto at = std::find(lines_.begin(), lines_.end(), "<!-- " + mark + " -->");
        EXPECT_NE(at, lines_.end()) << "there is no table " << mark;
        if (at == lines_.end()) return rows;
        for (at += 3; at != lines_.end() && at->starts_with('|'); ++at)
            rows.push_back({cell(*at, 0), cell(*at, 1)});
        return rows;
    }

    // The words in quotes of one rule of the grammar.
    std::set<std::string> rule(std::string const& name) const {
        auto at = std::find_if(lines_.begin(), lines_.end(), [&](auto const& line) {
            return line.starts_with(name + ' ') && line.find(" = ") != line.npos;
        });
        EXPECT_NE(at, lines_.end()) << "there is no rule " << name;
        std::set<std::string>   words;
        static std::regex const each(R"re("([a-z/-]+)")re");
        for (; at != lines_.end() && *at != "```"; ++at) {
            for (auto w = std::sregex_iterator(at->begin(), at->end(), each);
                 w != std::sregex_iterator(); ++w)
                words.insert((*w)[1].str());
            if (at->ends_with(" ;")) break;
        }
        return words;
    }

    std::vector<std::string> scenarios() const {
        std::vector<std::string> all;
        bool                     inside = false;
        for (auto const& line : lines_) {
            if (line == "```scenario") {
                inside = true;
                all.emplace_back();
            } else if (line == "```") {
                inside = false;
            } else if (inside) {
                all.back() += line + '\n';
            }
        }
        return all;
    }

private:
    std::vector<std::string> lines_;
};

document const& the_document() {
    static document const read;
    return read;
}

std::set<std::string> words_in(std::string const& mark) {
    std::set<std::string> words;
    for (auto const& row : the_document().table(mark))
        EXPECT_TRUE(words.insert(row.word()).second) << row.word() << " stands there twice";
    return words;
}

std::set<std::string> set_of(std::vector<std::string> const& words) {
    return {words.begin(), words.end()};
}

void expect_forms(std::string const& mark, std::vector<scenario::known_word> const& known) {
    std::set<std::string> documented, forms;
    for (auto const& row : the_document().table(mark)) documented.insert(row.form);
    for (auto const& word : known) forms.insert(word.form);
    EXPECT_EQ(documented, forms) << mark;
}

// Actors for examples to speak of, and a place for one line.
scenario::scenario read_example(std::string const& section, std::string const& line) {
    static std::map<std::string, std::string> const places{
        {"provider", "provider openai here\n    turn\n        "},
        {"mcp", "mcp here over stdio\n    tool f {}\n        ask roots\n        "},
        {"mcp-parts", "mcp here over stdio\n    "},
        {"client", "client here\n    "},
        {"options", "client here\n    ask \"Who?\" "},
        {"faults", "network\n    "},
        {"expect", "expect\n    "},
        {"settings", "gateway\n    "},
        {"token-counts", "provider openai here\n    turn\n        usage 5 "},
        {"log-levels", "mcp here over stdio\n    tool f {}\n        log "},
    };
    auto text = places.at(section) + line + (section == "log-levels" ? " \"x\"" : "") + "\n";
    if (section == "faults" || section == "expect" || line.find("->") != line.npos) {
        text += "provider openai\n    turn\nmcp everything over stdio\n";
        text += "mcp archive over stdio\nclient\n";
    }
    return scenario::parse(text, LOCKSTEP_SOURCE_DIR "/tests/scenarios/samples/example.scenario");
}

void expect_readable(std::string const& section, std::string const& line) {
    try {
        read_example(section, line);
    } catch (scenario::syntax_error const& e) {
        ADD_FAILURE() << e.what();
    }
}

// Words in the sources that write a trace.
std::set<std::string> verbs_in(std::vector<std::string> const& files, char const* pattern) {
    std::set<std::string> verbs;
    std::regex const      each(pattern);
    for (auto const& file : files) {
        auto const text = contents(file);
        EXPECT_NE(text, "") << file;
        for (auto at = std::sregex_iterator(text.begin(), text.end(), each);
             at != std::sregex_iterator(); ++at)
            for (std::size_t i = 1; i < at->size(); ++i)
                if ((*at)[i].matched) verbs.insert((*at)[i].str());
    }
    return verbs;
}

}  // namespace

TEST(GrammarDocument, HasScenariosThatHold) {
    auto const all = the_document().scenarios();
    EXPECT_GE(all.size(), 3u);
    for (auto const& text : all) {
        try {
            auto const s = scenario::parse(text, "document.scenario");
            if (!s.sweep.axes.empty()) continue;  // an instance of it alone means little
            for (auto const& o : scenario::play(s, {}).objections)
                ADD_FAILURE() << s.title << ": " << o.check << ": " << o.problem;
        } catch (scenario::syntax_error const& e) {
            ADD_FAILURE() << e.what();
        }
    }
}

TEST(GrammarDocument, NamesAllWordsAndNoOthers) {
    auto const known = scenario::known_words();
    EXPECT_EQ(words_in("words: sections"), set_of(known.sections));
    EXPECT_EQ(words_in("words: families"), set_of(known.families));
    EXPECT_EQ(words_in("words: formats"), set_of(known.formats));
    EXPECT_EQ(words_in("words: transports"), set_of(known.transports));
    EXPECT_EQ(words_in("words: token-counts"), set_of(known.token_counts));
    EXPECT_EQ(words_in("words: log-levels"), set_of(known.log_levels));
    EXPECT_EQ(words_in("words: checks"), set_of(known.checks));
}

TEST(GrammarDocument, HasEveryLineInItsForm) {
    auto const known = scenario::known_words();
    expect_forms("words: provider", known.provider_verbs);
    expect_forms("words: mcp-parts", known.mcp_parts);
    expect_forms("words: mcp", known.mcp_verbs);
    expect_forms("words: client", known.client_verbs);
    expect_forms("words: options", known.request_options);
    expect_forms("words: faults", known.faults);
}

TEST(GrammarDocument, HasEveryWordInItsRule) {
    auto const known = scenario::known_words();
    auto const expect_rule = [](char const* rule, std::vector<scenario::known_word> const& words) {
        auto allowed = the_document().rule(rule);
        allowed.merge(the_document().rule("wait"));
        for (auto const& word : words)
            EXPECT_TRUE(allowed.contains(word.word)) << word.word << " is not in " << rule;
    };
    expect_rule("provider-step", known.provider_verbs);
    expect_rule("mcp-step", known.mcp_verbs);
    expect_rule("client-step", known.client_verbs);
    expect_rule("request-option", known.request_options);
    auto parts = the_document().rule("option");
    parts.merge(the_document().rule("mcp"));
    for (auto const* rule : {"tool", "resource", "prompt", "method"})
        parts.merge(the_document().rule(rule));
    for (auto const& word : known.mcp_parts) EXPECT_TRUE(parts.contains(word.word)) << word.word;
}

TEST(GrammarDocument, HasAnExampleOfEveryLineThatIsRead) {
    for (auto const* section :
         {"provider", "mcp-parts", "mcp", "client", "options", "faults", "settings"})
        for (auto const& row : the_document().table(std::string("words: ") + section)) {
            EXPECT_NE(row.example, "") << row.form;
            EXPECT_NE((" " + row.example + " ").find(" " + row.word() + " "), std::string::npos)
                << row.form;
            expect_readable(section, row.example);
        }
    for (auto const& word : words_in("words: token-counts")) expect_readable("token-counts", word);
    for (auto const& word : words_in("words: log-levels")) expect_readable("log-levels", word);
}

// What only the stage knows how to read.
TEST(GrammarDocument, HasFaultsAndSettingsThatAreTaken) {
    for (auto const& row : the_document().table("words: faults")) {
        auto const           s = read_example("faults", row.example);
        auto const&          what = s.network.front().what;
        auto const*          fault = runtime::find_fault(what.front().text);
        runtime::fault_words words;
        for (std::size_t i = 1; i < what.size(); ++i) words.push_back(what[i].text);
        if (fault == nullptr)
            EXPECT_EQ(words.empty(), what.front().text != "hesitate") << row.example;
        else
            EXPECT_NO_THROW(fault->make(words, runtime::entropy(0))) << row.example;
    }
    scenario::addresses at;
    at.gateway = {"proxy", 80};
    for (auto const& row : the_document().table("words: settings"))
        EXPECT_NO_THROW(scenario::gateway_config(read_example("settings", row.example), at))
            << row.example;
}

TEST(GrammarDocument, NamesAllSettings) {
    auto       source = contents("proxy/config.cpp");
    auto const begin = source.find("void read_lockstep_settings(");
    auto const end = source.find("// Whoever can reach the gateway");
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    source = source.substr(begin, end - begin);
    std::set<std::string> known;
    std::regex const      each(R"re((?:s\.find\(|\{)"([a-z_]+)")re");
    for (auto at = std::sregex_iterator(source.begin(), source.end(), each);
         at != std::sregex_iterator(); ++at) {
        auto name = (*at)[1].str();
        std::replace(name.begin(), name.end(), '_', '-');
        known.insert(name);
    }
    for (auto const& row : proxy::limit_rows()) {
        std::string name = row.name;
        std::replace(name.begin(), name.end(), '_', '-');
        known.insert(name);
    }
    known.erase("listen");  // the stage's own
    known.erase("fail");    // values
    known.erase("legacy");
    EXPECT_GE(known.size(), 20u);
    EXPECT_EQ(words_in("words: settings"), known);
}

TEST(GrammarDocument, HasAxesOfEveryKind) {
    auto const rows = the_document().table("words: sweep");
    EXPECT_EQ(rows.size(), 4u);
    for (auto const& row : rows) {
        auto const name = row.example.substr(0, row.example.find(' '));
        auto const text = "provider openai\n    turn\nclient\nsweep\n    " + row.example +
                          "\nnetwork\n    openai -> proxy  slice $" + name + "\n";
        EXPECT_NO_THROW(scenario::parse(text, "x.scenario")) << row.example;
    }
}

TEST(GrammarDocument, NamesAllThatATraceSays) {
    std::map<scenario::role, std::string> const names{{scenario::role::client, "client"},
                                                      {scenario::role::gateway, "proxy"},
                                                      {scenario::role::provider, "openai"},
                                                      {scenario::role::mcp_server, "everything"}};
    for (auto const& row : scenario::spoken()) {
        auto const way = names.at(row.from) + " -> " + names.at(row.to);
        EXPECT_EQ(words_in("trace: " + way), set_of(row.verbs)) << way;
        for (auto const& line : the_document().table("trace: " + way))
            expect_readable("expect", way + "  " + line.form);
    }
}

// The parser's table of what may pass is one more that must not lie: these are the places that
// write a trace.
TEST(GrammarDocument, KnowsNoVerbThatNobodySays) {
    using enum scenario::role;
    auto const known = [](scenario::role from, scenario::role to) {
        return set_of(*scenario::verbs_between(from, to));
    };
    auto       told = verbs_in({"scenarios/answer_reader.cpp", "scenarios/answer_chat.cpp",
                                "scenarios/answer_responses.cpp", "scenarios/answer_messages.cpp",
                                "scenarios/answer_teller.cpp"},
                               R"re(\b(?:say|piece|quietly)\("([a-z-]+)"|"(thinking)" : "(text)")re");
    auto const ends =
        verbs_in({"scenarios/test_client.cpp"}, R"re(before \? "([a-z]+)" : "([a-z]+)")re");
    told.insert(ends.begin(), ends.end());
    for (auto const* unnamed : {"head", "body", "frame", "response"}) told.erase(unnamed);
    told.merge(verbs_in({"scenarios/mcp_client.cpp", "scenarios/mcp_client_hearing.cpp",
                         "scenarios/mcp_client_shared.cpp", "scenarios/mcp_answers.cpp"},
                        R"re(false, "([a-z-]+)"|return \{"([a-z-]+)", )re"));
    EXPECT_EQ(known(gateway, client), told);
    auto asked = verbs_in(
        {"scenarios/test_client.cpp"},
        R"re(begin\("([a-z]+)"|reset \? "([a-z]+)" : "([a-z]+)"|told, true, "([a-z]+)")re");
    asked.merge(verbs_in({"scenarios/test_client.cpp"}, R"re("[A-Z]+", "([a-z]+)"\);)re"));
    asked.merge(
        verbs_in({"scenarios/mcp_client.cpp"},
                 R"re(true, "([a-z-]+)"|"([a-z]+)", (?:\{\}|s\.text|std::move\(words\))\))re"));
    EXPECT_EQ(known(client, gateway), asked);
    EXPECT_EQ(known(gateway, provider),
              verbs_in({"mock_providers/mock_provider.cpp"}, R"re(\.verb = "([a-z-]+)")re"));
    EXPECT_EQ(known(provider, gateway),
              verbs_in({"mock_providers/answer.cpp", "mock_providers/recorded_answer.cpp"},
                       R"re(\bnote\("([a-z-]+)")re"));
    std::vector<std::string> servers;
    for (auto const& file : std::filesystem::directory_iterator(LOCKSTEP_SOURCE_DIR "/mock_mcp"))
        if (file.path().extension() == ".cpp")
            servers.push_back("mock_mcp/" + file.path().filename().string());
    EXPECT_EQ(known(gateway, mcp_server), verbs_in(servers, R"re(note_in\("([a-z-]+)")re"));
    EXPECT_EQ(known(mcp_server, gateway),
              verbs_in(servers, R"re(note_out\([^",]*,\s*"([a-z-]+)")re"));
}
