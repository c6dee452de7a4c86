#include "scenarios/token.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "runtime/trace.hpp"

namespace scenario {

namespace {

// Deeper JSON is no scenario but an accident, and nlohmann copies by recursion.
constexpr std::size_t json_depth_max = 128;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

void append_utf8(std::string& out, std::uint32_t code) {
    auto const tail = [&](unsigned shift) {
        out += static_cast<char>(0x80 | ((code >> shift) & 0x3f));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | (code >> 12));
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xf0 | (code >> 18));
        tail(12), tail(6), tail(0);
    }
}

std::string json_hint(std::string_view rest) {
    if (rest.starts_with('\'')) return "JSON wants double quotes";
    if (rest.starts_with('}') || rest.starts_with(']')) return "no comma before a closing bracket";
    if (!rest.empty() && (std::isalpha(static_cast<unsigned char>(rest.front())) != 0))
        return "names and texts stand in double quotes";
    return {};
}

class tokenizer {
public:
    tokenizer(std::string_view line, int number) : line_(line), number_(number) {}

    split_line run(std::size_t from) {
        split_line result;
        for (at_ = from;;) {
            while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
            if (at_ == line_.size()) return result;
            if (line_[at_] == '#') {
                result.comment = trimmed(line_.substr(at_ + 1));
                return result;
            }
            result.tokens.push_back(next());
        }
    }

private:
    static std::string trimmed(std::string_view text) {
        while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
        while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
        return std::string(text);
    }

    place at(std::size_t begin, std::size_t end) const {
        auto const from = column_at(line_, begin);
        return {number_, from, std::max(1, column_at(line_.substr(begin), end - begin) - 1)};
    }

    token next() {
        auto const begin = at_;
        token      t;
        char const first = line_[at_];
        if (first == '"') {
            t.what = token::kind::text;
            t.text = take_text();
        } else if (first == '{' || first == '[') {
            t.what = token::kind::json;
            t.text = line_.substr(begin, json_end() - begin);
            t.json = parse_json(begin, t.text);
            at_ = begin + t.text.size();
        } else {
            t.text = take_word();
        }
        if (at_ < line_.size() && !is_blank(line_[at_]))
            throw trouble{at(at_, at_ + 1), "a blank is missing here", {}};
        t.at = at(begin, at_);
        return t;
    }

    std::string take_word() {
        auto const begin = at_;
        while (at_ < line_.size() && !is_blank(line_[at_]) && line_[at_] != '"') ++at_;
        return std::string(line_.substr(begin, at_ - begin));
    }

    std::string take_text() {
        auto const  begin = at_++;
        std::string text;
        while (at_ < line_.size() && line_[at_] != '"') {
            if (line_[at_] == '\\') {
                take_escape(text);
                continue;
            }
            auto const rest = line_.substr(at_);
            auto const run = rest.substr(0, rest.find('"'));
            text.append(run.substr(0, run.find('\\')));
            at_ += std::min(run.size(), run.find('\\'));
        }
        if (at_ == line_.size())
            throw trouble{at(begin, begin + 1), "this text has no end", "close it with '\"'"};
        ++at_;
        return text;
    }

    void take_escape(std::string& out) {
        auto const begin = at_++;
        char const letter = at_ < line_.size() ? line_[at_++] : '\0';
        switch (letter) {
            case 'n':
                out += '\n';
                return;
            case 'r':
                out += '\r';
                return;
            case 't':
                out += '\t';
                return;
            case 'b':
                out += '\b';
                return;
            case 'f':
                out += '\f';
                return;
            case '"':
            case '/':
            case '\\':
                out += letter;
                return;
            case 'x':
                if (auto const byte = take_hex(2)) {
                    out += static_cast<char>(*byte);
                    return;
                }
                break;
            case 'u':
                if (auto const code = take_code_point()) {
                    append_utf8(out, *code);
                    return;
                }
                break;
            default:
                break;
        }
        throw trouble{at(begin, std::min(at_, line_.size())), "this escape is not known",
                      R"(known are \n \r \t \b \f \" \/ \\ \xHH \uHHHH)"};
    }

    std::optional<std::uint32_t> take_hex(std::size_t digits) {
        std::uint32_t value = 0;
        for (auto const end = at_ + digits; at_ < end; ++at_) {
            if (at_ >= line_.size()) return {};
            char const c = line_[at_];
            if (c >= '0' && c <= '9')
                value = value * 16 + static_cast<std::uint32_t>(c - '0');
            else if (c >= 'a' && c <= 'f')
                value = value * 16 + static_cast<std::uint32_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                value = value * 16 + static_cast<std::uint32_t>(c - 'A' + 10);
            else
                return {};
        }
        return value;
    }

    // One \uHHHH, or the two of a surrogate pair.
    std::optional<std::uint32_t> take_code_point() {
        auto const high = take_hex(4);
        if (!high || (*high >= 0xdc00 && *high < 0xe000)) return {};
        if (*high < 0xd800 || *high >= 0xe000) return high;
        if (line_.substr(at_, 2) != "\\u") return {};
        at_ += 2;
        auto const low = take_hex(4);
        if (!low || *low < 0xdc00 || *low >= 0xe000) return {};
        return 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00);
    }

    // Where the JSON that begins here ends, by its brackets.
    std::size_t json_end() {
        std::vector<std::size_t> open;
        for (auto i = at_; i < line_.size(); ++i) {
            char const c = line_[i];
            if (c == '"') {
                auto const quote = i++;
                while (i < line_.size() && line_[i] != '"') i += line_[i] == '\\' ? 2 : 1;
                if (i >= line_.size())
                    throw trouble{at(quote, quote + 1), "this text has no end",
                                  "close it with '\"'"};
            } else if (c == '{' || c == '[') {
                open.push_back(i);
                if (open.size() > json_depth_max)
                    throw trouble{at(i, i + 1), "this JSON is nested too deeply",
                                  "at most 128 levels"};
            } else if (c == '}' || c == ']') {
                auto const opened = open.back();
                if ((line_[opened] == '{') != (c == '}'))
                    throw trouble{at(i, i + 1),
                                  std::string("'") + line_[opened] + "' in column " +
                                      std::to_string(column_at(line_, opened)) +
                                      " is not closed by '" + c + "'",
                                  {}};
                open.pop_back();
                if (open.empty()) return i + 1;
            }
        }
        throw trouble{at(open.back(), open.back() + 1), "this JSON has no end",
                      line_[open.back()] == '{' ? "close it with '}'" : "close it with ']'"};
    }

    nlohmann::json parse_json(std::size_t begin, std::string const& text) {
        try {
            return nlohmann::json::parse(text);
        } catch (nlohmann::json::parse_error const& e) {
            auto const offset = e.byte == 0 ? 0 : std::min(e.byte, text.size()) - 1;
            throw trouble{at(begin + offset, begin + offset + 1), "the JSON breaks here",
                          json_hint(std::string_view(text).substr(offset))};
        } catch (nlohmann::json::exception const&) {
            throw trouble{at(begin, begin + text.size()), "a number in this JSON is too large", {}};
        }
    }

    std::string_view line_;
    int              number_;
    std::size_t      at_ = 0;
};

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::size_t byte_at(std::string_view line, int column) {
    std::size_t byte = 0;
    while (byte < line.size() && column_at(line, byte) < column) ++byte;
    return byte;
}

}  // namespace

int column_at(std::string_view line, std::size_t byte) {
    auto const before = line.substr(0, byte);
    return 1 + static_cast<int>(std::count_if(before.begin(), before.end(), begins_character));
}

split_line split(std::string_view line, int line_number, int column) {
    return tokenizer(line, line_number).run(byte_at(line, column));
}

std::vector<token> tokenize(std::string_view line, int line_number, int column) {
    try {
        return split(line, line_number, column).tokens;
    } catch (trouble const& t) {
        throw syntax_error({}, std::string(line), t.at, t.problem, t.hint);
    }
}

std::vector<token> tokens_of(std::string_view words) {
    try {
        auto found = split(words, 0);
        if (found.comment.empty()) return found.tokens;
    } catch (trouble const&) {
        // Somebody's own words: they need not keep our grammar.
    }
    std::vector<token> bare;
    while (!words.empty()) {
        auto const size = std::min(words.find(' '), words.size());
        if (size > 0) {
            token t;
            t.text = words.substr(0, size);
            bare.push_back(std::move(t));
        }
        words.remove_prefix(std::min(size + 1, words.size()));
    }
    return bare;
}

bool same(token const& a, token const& b) {
    if (a.what != b.what) return false;
    return a.what == token::kind::json ? a.json == b.json : a.text == b.text;
}

std::string to_text(token const& t) {
    return t.what == token::kind::text ? runtime::quoted(t.text) : t.text;
}

std::string to_text(std::vector<token> const& tokens) {
    std::string text;
    for (auto const& t : tokens) text += (text.empty() ? "" : " ") + to_text(t);
    return text;
}

}  // namespace scenario
