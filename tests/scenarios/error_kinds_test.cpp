#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace fs = std::filesystem;

// Every kind of error of the language has a golden file in errors/. A kind is a place in the
// sources that throws: whatever texts stand in its problem must stand in a golden, in their order.

namespace {

std::string contents(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files_in(fs::path const& folder, std::string const& extension) {
    std::vector<fs::path> all;
    for (auto const& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == extension) all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

// Behind the quote that ends the literal which begins at `at`.
std::size_t literal_end(std::string const& code, std::size_t at) {
    if (code[at] == '"' && at > 0 && code[at - 1] == 'R') return code.find(")\"", at) + 2;
    for (++at; at < code.size() && code[at] != '"'; ++at)
        if (code[at] == '\\') ++at;
    return at + 1;
}

// The arguments between two brackets, the first of which stands at `at`.
std::vector<std::string> arguments(std::string const& code, std::size_t at) {
    std::vector<std::string> all(1);
    int                      depth = 0;
    while (at < code.size()) {
        if (code[at] == '\'') {  // a character: its quote is no text's
            auto const end = code.find('\'', at + (code[at + 1] == '\\' ? 3 : 2)) + 1;
            all.back() += code.substr(at, end - at);
            at = end;
            continue;
        }
        if (code[at] == '"') {
            auto const end = literal_end(code, at);
            all.back() += code.substr(at, end - at);
            at = end;
            continue;
        }
        char const c = code[at++];
        if ((c == ')' || c == '}') && --depth == 0) break;
        if (c == ',' && depth == 1)
            all.emplace_back();
        else if (depth > 0)
            all.back() += c;
        if (c == '(' || c == '{') ++depth;
    }
    return all;
}

// The texts of an argument; both sides of a `?:` are kinds of their own.
std::vector<std::vector<std::string>> texts_of(std::string const& argument) {
    std::vector<std::vector<std::string>> kinds(1);
    for (std::size_t at = 0; at < argument.size(); ++at) {
        if (argument[at] == ':' && argument[at + 1] == ' ') {
            kinds.push_back(kinds.back());
            kinds.back().pop_back();
        }
        if (argument[at] == '\'') at = argument.find('\'', at + 2);
        if (argument[at] != '"') continue;
        auto const  end = literal_end(argument, at);
        std::string text;
        for (auto i = at + 1; i + 1 < end; ++i)
            text += argument[i] == '\\' ? argument[++i] : argument[i];
        kinds.back().push_back(text);
        at = end - 1;
    }
    return kinds;
}

struct thrower {
    char const* call;
    std::size_t argument;  // which of its arguments is the problem
};

constexpr thrower throwers[]{{"trouble{", 1}, {"refuse(", 2}, {"one_of(", 2}, {"wrong(", 1}};

bool in_order(std::string const& line, std::vector<std::string> const& texts) {
    std::size_t at = 0;
    for (auto const& text : texts) {
        at = line.find(text, at);
        if (at == line.npos) return false;
        at += text.size();
    }
    return true;
}

struct kind {
    std::string              place;
    std::vector<std::string> texts;
};

std::vector<kind> kinds_in(std::string const& name, std::string const& code) {
    std::vector<kind> all;
    // There a line and the number of a word stand before the problem.
    std::size_t const more = name == "gateway_file.cpp" ? 1 : 0;
    for (auto const& [call, first] : throwers) {
        auto const argument = first + more;
        auto const length = std::string(call).size();
        for (auto at = code.find(call); at != code.npos; at = code.find(call, at + 1)) {
            if (at > 0 && (std::isalnum(static_cast<unsigned char>(code[at - 1])) != 0)) continue;
            auto const given = arguments(code, at + length - 1);
            if (given.size() <= argument) continue;  // its declaration
            auto const line = std::count(code.begin(), code.begin() + static_cast<long>(at), '\n');
            for (auto& texts : texts_of(given[argument]))
                if (!texts.empty()) all.push_back({name + ":" + std::to_string(line + 1), texts});
        }
    }
    return all;
}

}  // namespace

TEST(ErrorKinds, HaveAGoldenEach) {
    std::vector<std::string> goldens;
    for (auto const* folder : {"errors", "gateway_errors"})
        for (auto const& file : files_in(fs::path(SCENARIO_TESTS) / folder, ".error")) {
            auto const text = contents(file);
            goldens.push_back(text.substr(0, text.find('\n')));
        }
    EXPECT_GE(goldens.size(), 80u);
    // Those of a kept trace are wanted by its own tests, word by word.
    std::istringstream kept(contents(fs::path(SCENARIO_TESTS) / "trace_file_test.cpp"));
    for (std::string line; std::getline(kept, line);) goldens.push_back(line);

    std::size_t count = 0;
    for (auto const& file : files_in(LOCKSTEP_SOURCE_DIR "/scenarios", ".cpp"))
        for (auto const& one : kinds_in(file.filename().string(), contents(file))) {
            ++count;
            EXPECT_TRUE(std::any_of(goldens.begin(), goldens.end(),
                                    [&](auto const& line) { return in_order(line, one.texts); }))
                << one.place << " has no golden: " << testing::PrintToString(one.texts);
        }
    EXPECT_GE(count, 60u);
}

TEST(ErrorKinds, AreFoundInTheSources) {
    auto const found = kinds_in("x.cpp",
                                "throw trouble{at, \"'\" + t.text + \"' is bad\", \"why\"};\n"
                                "refuse(s, {1, 2}, a ? \"one, (two)\" : \"three\", {});\n"
                                "words.one_of({\"a\", \"b\"}, \"'a'\", \"is no letter\");\n");
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[0].texts, (std::vector<std::string>{"'", "' is bad"}));
    EXPECT_EQ(found[1].texts, (std::vector<std::string>{"one, (two)"}));
    EXPECT_EQ(found[1].place, "x.cpp:2");
    EXPECT_EQ(found[2].texts, (std::vector<std::string>{"three"}));
    EXPECT_EQ(found[3].texts, (std::vector<std::string>{"is no letter"}));
}
