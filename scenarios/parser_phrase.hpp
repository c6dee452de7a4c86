#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/token.hpp"

namespace scenario {

// The tokens of one line, taken one after another. Whatever is missing, of another kind or
// too much is thrown as trouble at its place, with the form that the line should have.
class phrase {
public:
    phrase(split_line line, place end) : line_(std::move(line)), end_(end) {}

    // The form shown when something is missing: "tool NAME {json}".
    void form(std::string text) { form_ = std::move(text); }

    bool         done() const { return next_ == line_.tokens.size(); }
    token const* peek(std::size_t ahead = 0) const;
    place        here() const;  // of the next token, or just behind the last one

    token        take(std::string_view what);  // anything
    token        take_word(std::string_view what);
    std::string  word(std::string_view what) { return take_word(what).text; }
    std::string  text(std::string_view what);   // quoted, whole UTF-8
    std::string  bytes(std::string_view what);  // quoted, any bytes
    token        json(std::string_view what);
    int          number(std::string_view what, int from, int to);
    std::int64_t long_number(std::string_view what, std::int64_t from, std::int64_t to);

    // One of `known`, or trouble with the nearest of them. `problem` follows the word in quotes.
    token one_of(std::vector<std::string> const& known, std::string_view what,
                 std::string_view problem);

    bool next_is(token::kind kind) const { return !done() && peek()->what == kind; }
    bool accept(std::string_view word);
    void expect(std::string_view word);
    void finish() const;  // nothing may be left

    std::string const& comment() const { return line_.comment; }

    [[noreturn]] void missing(std::string_view what) const;

private:
    std::string form_hint() const;

    split_line  line_;
    place       end_;
    std::size_t next_ = 0;
    std::string form_;
};

// "did you mean 'stall'?", or all that is known if nothing is near.
std::string suggestion(std::string_view word, std::vector<std::string> const& known);

}  // namespace scenario
