#pragma once

#include <string>
#include <string_view>
#include <vector>

// The rules of ARCHITECTURE.md that a program can judge.
//
// A rule is a pure function of one file, so tests/house/planted_test.cpp can show each of them
// something broken; tests/house/tidy_test.cpp shows them the real tree. A line that ends in
// `// waived: REASON` is passed over by the rules that look at lines.
namespace house {

struct source {
    source(std::string path, std::string_view text);

    std::string              path;   // from the top of the repository: wire/sse.hpp
    std::string              room;   // wire; empty for a file at the top
    std::string              name;   // sse.hpp
    std::vector<std::string> lines;  // as they are
    std::vector<std::string> code;   // the same without comments and what is in quotes

    bool is_cpp() const;
    bool is_header() const;
    bool in_product() const;            // in a room, not in tests, bench or tools
    bool waived(std::size_t at) const;  // lines[at] says why it may break a rule
    bool is_below(std::string_view start) const { return path.starts_with(start); }
};

using findings = std::vector<std::string>;  // PATH:LINE: what is wrong

struct rule {
    char const* name;
    findings (*judge)(source const&);
};

extern std::vector<rule> const rules;

}  // namespace house
