#include "scenarios/parser_phrase.hpp"

#include <algorithm>
#include <charconv>

#include "wire/json_guard.hpp"

namespace scenario {

std::string suggestion(std::string_view word, std::vector<std::string> const& known) {
    auto const near = nearest(word, known);
    if (!near.empty()) return "did you mean '" + near + "'?";
    std::string all;
    for (auto const& name : known) all += (all.empty() ? "known: " : ", ") + name;
    return all;
}

token const* phrase::peek(std::size_t ahead) const {
    return next_ + ahead < line_.tokens.size() ? &line_.tokens[next_ + ahead] : nullptr;
}

place phrase::here() const { return done() ? end_ : peek()->at; }

std::string phrase::form_hint() const { return form_.empty() ? "" : "the form is: " + form_; }

void phrase::missing(std::string_view what) const {
    throw trouble{here(), std::string(what) + (done() ? " is missing" : " should stand here"),
                  form_hint()};
}

token phrase::take(std::string_view what) {
    if (done()) missing(what);
    return line_.tokens[next_++];
}

token phrase::take_word(std::string_view what) {
    if (!next_is(token::kind::word)) missing(what);
    return line_.tokens[next_++];
}

std::string phrase::text(std::string_view what) {
    auto const at = here();
    auto       said = bytes(what);
    if (!wire::is_utf8(said))
        throw trouble{at, "this text is not whole UTF-8", "broken bytes belong into 'bytes'"};
    return said;
}

std::string phrase::bytes(std::string_view what) {
    if (!next_is(token::kind::text)) missing(what);
    return line_.tokens[next_++].text;
}

token phrase::json(std::string_view what) {
    if (!next_is(token::kind::json)) missing(what);
    return line_.tokens[next_++];
}

int phrase::number(std::string_view what, int from, int to) {
    return static_cast<int>(long_number(what, from, to));
}

std::int64_t phrase::long_number(std::string_view what, std::int64_t from, std::int64_t to) {
    auto const   t = take_word(what);
    std::int64_t value = 0;
    auto const   end = t.text.data() + t.text.size();
    auto const [stopped, error] = std::from_chars(t.text.data(), end, value);
    if (error != std::errc{} || stopped != end || value < from || value > to)
        throw trouble{t.at, "'" + t.text + "' is not " + std::string(what),
                      "a whole number from " + std::to_string(from) + " to " + std::to_string(to)};
    return value;
}

token phrase::one_of(std::vector<std::string> const& known, std::string_view what,
                     std::string_view problem) {
    auto t = take_word(what);
    if (std::find(known.begin(), known.end(), t.text) == known.end())
        throw trouble{t.at, "'" + t.text + "' " + std::string(problem), suggestion(t.text, known)};
    return t;
}

bool phrase::accept(std::string_view word) {
    if (!next_is(token::kind::word) || peek()->text != word) return false;
    ++next_;
    return true;
}

void phrase::expect(std::string_view word) {
    if (!accept(word)) missing("'" + std::string(word) + "'");
}

void phrase::finish() const {
    if (done()) return;
    throw trouble{peek()->at, "'" + peek()->text + "' is more than belongs here", form_hint()};
}

}  // namespace scenario
