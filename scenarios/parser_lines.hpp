#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/parser_phrase.hpp"

namespace scenario {

// A text in its lines, without their ends.
std::vector<std::string> lines_of(std::string const& text);

// The lines of a file, one after another; blank lines and comments are passed over.
class line_reader {
public:
    explicit line_reader(std::vector<std::string> const& lines) : lines_(lines) { skip(); }

    bool at_end() const { return next_ == lines_.size(); }
    int  number() const { return static_cast<int>(next_) + 1; }
    int  column() const;  // of the first character of the next line

    // The next line exists and is indented: it belongs to the section that was begun.
    bool inside_section() const { return !at_end() && column() > 1; }

    phrase take();

    // Passes over the next line, for a reader with words of its own.
    void take_line();

    // The next lines as they are, as long as they stand deeper than `column`, without the
    // indentation that they share. Blank lines between them belong to them.
    std::string take_block(int column);

private:
    void skip();

    std::vector<std::string> const& lines_;
    std::size_t                     next_ = 0;
};

}  // namespace scenario
