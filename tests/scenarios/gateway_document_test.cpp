#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "scenarios/gateway_needs.hpp"
#include "scenarios/gateway_template.hpp"
#include "scenarios/stage.hpp"
#include "wire/provider_format.hpp"

// docs/gateway-files.md is held against the code: the parser reads every example, and each table
// has all the words that there are, in the same form, and no other.

namespace {

std::string contents(std::string const& path) {
    std::ifstream file(std::string(LOCKSTEP_SOURCE_DIR "/") + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_in(std::string const& path) {
    std::ifstream            file(std::string(LOCKSTEP_SOURCE_DIR "/") + path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// What stands in backquotes in each cell of a table's line; `\|` is a bar inside of one.
std::vector<std::string> cells(std::string line) {
    for (auto at = line.find("\\|"); at != line.npos; at = line.find("\\|"))
        line.replace(at, 2, "\x01");
    static std::regex const  each(R"(\|\s*(?:`([^`|]*)`)?[^|]*)");
    std::vector<std::string> all;
    for (auto at = std::sregex_iterator(line.begin(), line.end(), each);
         at != std::sregex_iterator(); ++at) {
        auto text = (*at)[1].str();
        std::replace(text.begin(), text.end(), '\x01', '|');
        all.push_back(text);
    }
    return all;
}

// The rows below "<!-- MARK -->".
std::vector<std::vector<std::string>> table(std::string const& mark) {
    static auto const                     lines = lines_in("docs/gateway-files.md");
    std::vector<std::vector<std::string>> rows;
    auto at = std::find(lines.begin(), lines.end(), "<!-- " + mark + " -->");
    EXPECT_NE(at, lines.end()) << "there is no table " << mark;
    if (at == lines.end()) return rows;
    for (at += 3; at != lines.end() && at->starts_with('|'); ++at) rows.push_back(cells(*at));
    EXPECT_FALSE(rows.empty()) << mark;
    return rows;
}

std::set<std::string> words(std::string const& mark) {
    std::set<std::string> all;
    for (auto const& row : table(mark)) EXPECT_TRUE(all.insert(row[0]).second) << row[0];
    return all;
}

std::set<std::string> set_of(std::vector<std::string> const& all) {
    return {all.begin(), all.end()};
}

std::vector<std::string> examples(std::string const& path, std::string const& kind) {
    std::vector<std::string> all;
    bool                     inside = false;
    for (auto const& line : lines_in(path)) {
        if (line == "```" + kind) {
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

// What a function of gateway_template.cpp sets.
std::set<std::string> names_set_in(std::string const& function) {
    auto const source = contents("scenarios/gateway_template.cpp");
    auto const begin = source.find(function);
    EXPECT_NE(begin, std::string::npos) << function;
    auto const              body = source.substr(begin, source.find("\n}\n", begin) - begin);
    static std::regex const each(R"re(\bd\.set\("([a-z_]+)")re");
    std::set<std::string>   names;
    for (auto at = std::sregex_iterator(body.begin(), body.end(), each);
         at != std::sregex_iterator(); ++at)
        names.insert((*at)[1].str());
    return names;
}

}  // namespace

TEST(GatewayDocument, HasEveryLineInItsForm) {
    EXPECT_EQ(words("words: gateway"), set_of(scenario::gateway_line_forms()));
}

TEST(GatewayDocument, HasAnExampleOfEveryLineThatIsRead) {
    for (auto const& row : table("words: gateway")) {
        auto const word = row[0].substr(0, row[0].find(' '));
        ASSERT_GT(row.size(), 1u) << word;
        EXPECT_TRUE(row[1].starts_with(word + ' ')) << row[1];
        try {
            scenario::parse_gateway(row[1] + "\n", "x.gateway");
        } catch (scenario::syntax_error const& e) {
            ADD_FAILURE() << e.what();
        }
    }
}

TEST(GatewayDocument, HasWholeFilesThatAreReadAndFilledIn) {
    for (auto const* document : {"docs/gateway-files.md", "docs/test-your-own-gateway.md"}) {
        auto const all = examples(document, "gateway");
        EXPECT_FALSE(all.empty()) << document;
        for (auto const& text : all) {
            try {
                auto const g = scenario::parse_gateway(text, "document.gateway");
                EXPECT_FALSE(g.title.empty()) << text;
                EXPECT_FALSE(g.start.empty()) << text;
                scenario::template_ground ground;
                ground.gateway = {"127.0.0.1", 4000};
                ground.models.push_back({"gpt-4o", "openai", {"127.0.0.1", 18001}, "sk-of-gpt-4o"});
                for (auto const& [name, form] : g.files)
                    EXPECT_NE(scenario::filled(form, ground, name).find("http://127.0.0.1:18001"),
                              std::string::npos)
                        << name << " names no model";
            } catch (scenario::syntax_error const& e) {
                ADD_FAILURE() << e.what();
            }
        }
    }
}

TEST(GatewayDocument, HasScenariosThatHold) {
    auto const all = examples("docs/test-your-own-gateway.md", "scenario");
    EXPECT_FALSE(all.empty());
    for (auto const& text : all) {
        auto const came = scenario::play(scenario::parse(text, "document.scenario"), {});
        EXPECT_EQ(came.is, scenario::verdict::passed) << text;
    }
}

TEST(GatewayDocument, NamesAllThatIsFilledIn) {
    EXPECT_EQ(words("template: run"), names_set_in("std::string filled(std::string const& text, "
                                                   "template_ground const& ground"));
    EXPECT_EQ(words("template: model"), names_set_in("data of_model("));
    EXPECT_EQ(words("template: server"), names_set_in("data of_server("));
    EXPECT_EQ(words("template: setting"), names_set_in("data of_setting("));
}

TEST(GatewayDocument, NamesAllAbilitiesAndProfiles) {
    auto abilities = words("words: can");
    // The formats stand in the language's own document, which is tested too.
    for (auto const& row : wire::provider_formats()) abilities.insert(row.name);
    EXPECT_EQ(abilities, set_of(scenario::ability_words()));
    std::set<std::string> profiles;
    for (auto const& p : scenario::wire_profiles()) profiles.insert(p.name);
    EXPECT_EQ(words("words: profiles"), profiles);
    for (auto const& way : words("words: shorten"))
        EXPECT_NO_THROW(scenario::parse_gateway("shorten " + way + "\n", "x")) << way;
    EXPECT_EQ(words("words: shorten").size(), 3u);
}
