#include <algorithm>

#include "scenarios/scenario.hpp"

namespace scenario {

namespace {

// Blanks up to the column; tabs stay tabs, so that the caret stands below its character.
std::string padding(std::string const& line, int column) {
    std::string pad;
    for (char const c : line) {
        if (static_cast<int>(pad.size()) + 1 >= column) break;
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) pad += c == '\t' ? '\t' : ' ';
    }
    while (static_cast<int>(pad.size()) + 1 < column) pad += ' ';
    return pad;
}

}  // namespace

syntax_error::syntax_error(std::string file, std::string line_text, place at, std::string problem,
                           std::string hint)
    : at_(at) {
    if (at.line == 0) {  // about the file as a whole
        message_ = file + ": " + problem;
        if (!hint.empty()) message_ += "\n\n  " + hint;
        return;
    }
    auto const number = std::to_string(at.line);
    if (!file.empty()) message_ = file + ":";
    message_ += number + ":" + std::to_string(at.column) + ": " + problem + "\n\n";
    message_ += "  " + number + " | " + line_text + "\n";
    message_ += "  " + std::string(number.size(), ' ') + " | " + padding(line_text, at.column) +
                std::string(static_cast<std::size_t>(std::max(1, at.width)), '^');
    if (!hint.empty()) message_ += "  " + hint;
}

}  // namespace scenario
