#include <optional>

#include "scenarios/parser_draft.hpp"

namespace scenario {

namespace {

constexpr char const* arrow_form = "[when] who -> whom  what...";

[[noreturn]] void not_a_time(token const& t) {
    throw trouble{t.at, "'" + to_text(t) + "' is not a time",
                  "times look like 120ms, +30s, 1s..2s or *"};
}

when read_when(token const& t) {
    when read;
    read.where = t.at;
    if (t.what != token::kind::word) not_a_time(t);
    std::string_view text = t.text;
    if (text == "*") return read;
    read.what = when::kind::absolute;
    if (text.starts_with('+')) {
        read.what = when::kind::relative;
        text.remove_prefix(1);
    }
    auto const dots = text.find("..");
    auto const from = runtime::parse_duration(text.substr(0, dots));
    auto const to = dots == text.npos ? from : runtime::parse_duration(text.substr(dots + 2));
    if (!from || !to) not_a_time(t);
    if (*to < *from)
        throw trouble{t.at, "this window ends before it begins", "the earlier time stands first"};
    read.from = *from;
    read.to = *to;
    return read;
}

bool is_arrow_sign(token const* t) {
    return t != nullptr && t->what == token::kind::word && t->text == "->";
}

}  // namespace

way read_way(phrase& words, draft& d) {
    auto from = words.take_word("the speaker's name");
    words.expect("->");
    auto to = words.take_word("the listener's name");
    d.spoken_of.push_back(from);
    d.spoken_of.push_back(to);
    return {std::move(from), std::move(to)};
}

arrow read_arrow(phrase& words, draft& d) {
    words.form(arrow_form);
    arrow read;
    if (!is_arrow_sign(words.peek(1)) && is_arrow_sign(words.peek(2)))
        read.at = read_when(words.take("a time"));
    auto const [from, to] = read_way(words, d);

    read.from = from.text;
    read.to = to.text;
    place last = to.at;
    while (!words.done()) {
        read.what.push_back(words.take("what passes"));
        last = read.what.back().at;
    }
    read.where = from.at;
    read.where.width = last.column + last.width - from.at.column;
    return read;
}

arrow read_wait(phrase& words, draft& d) {
    auto read = read_arrow(words, d);
    if (read.at.where.line != 0)
        throw trouble{read.at.where, "a wait has no time of its own",
                      "a time goes before the next step: +2s"};
    return read;
}

runtime::duration read_after(phrase& words) {
    if (!words.next_is(token::kind::word)) return {};
    auto const& text = words.peek()->text;
    if (text.starts_with('+')) {
        auto const t = words.take("a time");
        auto const after = runtime::parse_duration(std::string_view(t.text).substr(1));
        if (!after) throw trouble{t.at, "'" + t.text + "' is not a time", "before a step: +120ms"};
        return *after;
    }
    if (runtime::parse_duration(text))
        throw trouble{words.here(), "'" + text + "' has no '+'",
                      "a step counts from the step before: +" + text};
    return {};
}

}  // namespace scenario
