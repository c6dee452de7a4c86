#include "scenarios/parser_lines.hpp"

#include <algorithm>

namespace scenario {

namespace {

std::size_t indentation(std::string const& line) {
    return std::min(line.find_first_not_of(" \t"), line.size());
}

bool is_blank(std::string const& line) { return indentation(line) == line.size(); }

}  // namespace

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        if (lines.back().ends_with('\r')) lines.back().pop_back();
        begin = end + 1;
    }
    return lines;
}

void line_reader::skip() {
    for (; next_ < lines_.size(); ++next_) {
        auto const& line = lines_[next_];
        if (!is_blank(line) && line[indentation(line)] != '#') return;
    }
}

int line_reader::column() const { return static_cast<int>(indentation(lines_[next_])) + 1; }

phrase line_reader::take() {
    auto const& line = lines_[next_];
    if (auto const tab = line.substr(0, indentation(line)).find('\t'); tab != std::string::npos)
        throw trouble{{number(), static_cast<int>(tab) + 1, 1},
                      "a tab stands in the indentation",
                      "blanks, please: a tab is not equally wide everywhere"};

    auto  content = split(line, number());
    place end{number(), column_at(line, line.size()), 1};
    if (!content.tokens.empty()) {
        auto const& last = content.tokens.back().at;
        end.column = last.column + last.width + 1;
    }
    ++next_;
    skip();
    return {std::move(content), end};
}

void line_reader::take_line() {
    ++next_;
    skip();
}

std::string line_reader::take_block(int column) {
    auto const  begin = next_;
    auto        end = begin;  // behind the last filled line of the block
    std::size_t shared = std::string::npos;
    for (auto i = begin; i < lines_.size(); ++i) {
        if (is_blank(lines_[i])) continue;
        auto const indent = indentation(lines_[i]);
        if (static_cast<int>(indent) + 1 <= column) break;
        shared = std::min(shared, indent);
        end = i + 1;
    }

    std::string text;
    for (auto i = begin; i < end; ++i) {
        if (i > begin) text += '\n';
        if (lines_[i].size() > shared) text += lines_[i].substr(shared);
    }
    next_ = end;
    skip();
    return text;
}

}  // namespace scenario
