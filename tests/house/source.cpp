#include <algorithm>
#include <array>

#include "tests/house/rules.hpp"

namespace house {
namespace {

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// C++ with its comments, strings and characters blanked out; line ends stay.
std::string without_prose(std::string_view text) {
    std::string out(text);
    auto const  blank = [&](std::size_t from, std::size_t to) {
        for (auto i = from; i < std::min(to, out.size()); ++i)
            if (out[i] != '\n') out[i] = ' ';
    };
    auto const after = [&](std::string_view what, std::size_t from) {
        auto const at = text.find(what, from);
        return at == text.npos ? text.size() : at + what.size();
    };
    for (std::size_t i = 0; i < text.size();) {
        auto const rest = text.substr(i);
        bool const in_word = i > 0 && is_word(text[i - 1]);  // 1'000 is a number
        auto       end = i + 1;
        if (rest.starts_with("//")) {
            end = std::min(text.find('\n', i), text.size());
            blank(i, end);
        } else if (rest.starts_with("/*")) {
            end = after("*/", i + 2);
            blank(i, end);
        } else if (rest.starts_with("R\"") && !in_word) {
            auto const open = std::min(text.find('(', i), text.size());
            end = after(")" + std::string(text.substr(i + 2, open - i - 2)) + "\"", open);
            blank(i + 2, end - 1);
        } else if (rest[0] == '"' || (rest[0] == '\'' && !in_word)) {
            while (end < text.size() && text[end] != rest[0] && text[end] != '\n')
                end += text[end] == '\\' ? 2 : 1;
            blank(i + 1, end);
            ++end;
        }
        i = end;
    }
    return out;
}

}  // namespace

source::source(std::string where, std::string_view text)
    : path(std::move(where)), lines(split(text)) {
    auto const slash = path.find('/');
    if (slash != path.npos) room = path.substr(0, slash);
    name = path.substr(path.rfind('/') + 1);
    code = is_cpp() ? split(without_prose(text)) : lines;
}

bool source::is_header() const { return name.ends_with(".hpp"); }
bool source::is_cpp() const { return is_header() || name.ends_with(".cpp"); }

bool source::in_product() const {
    static constexpr std::array rooms{"wire",           "runtime",  "replay",   "proxy",
                                      "mock_providers", "mock_mcp", "scenarios"};
    return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

bool source::waived(std::size_t at) const {
    static constexpr std::string_view mark = "// waived: ";
    static constexpr std::size_t      reason_size_min = 10;
    auto const                        found = lines[at].find(mark);
    return found != std::string::npos && lines[at].size() - found - mark.size() >= reason_size_min;
}

}  // namespace house
