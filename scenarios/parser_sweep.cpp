#include <algorithm>

#include "scenarios/parser_draft.hpp"

// The section `sweep`: what makes many scenarios of one file.
namespace scenario {

namespace {

constexpr char const* form =
    "NAME VALUE..., NAME 1..9 [step 2], or NAME every byte of who -> whom [connection 2] [step 7] "
    "[but first 3] [but last 5]";

bool is_name(std::string_view word) {
    auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    return !word.empty() && letter(word.front()) &&
           std::all_of(word.begin(), word.end(),
                       [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// A label stands in an id and on a command line.
std::string label_of(std::string text) {
    for (char& c : text)
        if (c == ' ' || c == '\t' || c == ',' || c == '"' || c == '\'') c = '_';
    return text;
}

int take_step(phrase& words) {
    return words.accept("step") ? words.number("a step", 1, 1'000'000) : 1;
}

// "1..9": nothing if it is none.
std::optional<std::pair<long, long>> range_of(std::string const& word) {
    auto const dots = word.find("..");
    if (dots == word.npos) return {};
    auto const digits = [](std::string const& s) {
        return !s.empty() && s.size() < 10 &&
               std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    auto const from = word.substr(0, dots), to = word.substr(dots + 2);
    if (!digits(from) || !digits(to)) return {};
    return std::pair(std::stol(from), std::stol(to));
}

void read_every(phrase& words, sweep_axis& axis, draft& d) {
    auto const unit = words.one_of({"byte", "event"}, "'byte' or 'event'",
                                   "is nothing that can be counted on a connection");
    axis.every = unit.text == "byte" ? sweep_axis::unit::byte : sweep_axis::unit::event;
    words.expect("of");
    auto const [from, to] = read_way(words, d);
    axis.from = from.text;
    axis.to = to.text;
    if (words.accept("connection"))
        axis.connection = words.number("which connection", 1, 1'000'000);
    axis.step = take_step(words);
    while (words.accept("but")) {
        auto const end =
            words.one_of({"first", "last"}, "'first' or 'last'", "is no end of what is swept over");
        auto& left_out = end.text == "first" ? axis.but_first : axis.but_last;
        left_out = words.number("how many are left out", 1, 1'000'000);
    }
    words.finish();
}

void read_listed(phrase& words, sweep_axis& axis) {
    if (auto const* first = words.peek())
        if (auto const range = range_of(first->text); range && first->what == token::kind::word) {
            auto const at = words.take("a range").at;
            if (range->second < range->first)
                throw trouble{at, "this range ends before it begins",
                              "the smaller number stands first"};
            auto const step = take_step(words);
            words.finish();
            for (auto value = range->first; value <= range->second; value += step)
                axis.values.push_back({std::to_string(value), std::to_string(value)});
            return;
        }
    while (!words.done()) {
        auto const t = words.take("a value");
        auto const label = label_of(t.text);
        for (auto const& known : axis.values)
            if (known.label == label) throw trouble{t.at, "this value stands here twice", {}};
        axis.values.push_back({t.text, label});
    }
    if (axis.values.empty()) words.missing("a value");
}

}  // namespace

void read_sweep(phrase& head, line_reader& lines, draft& d) {
    auto at = head.here();
    at.column = 1;
    at.width = 5;
    head.form("sweep, or: sweep pairs");
    if (!head.done()) {
        head.one_of({"pairs"}, "'pairs'", "does not belong to 'sweep'");
        d.made.sweep.pairs = true;
    }
    head.finish();
    auto const [entry, is_new] = d.sections.emplace("sweep", at.line);
    if (!is_new)
        throw trouble{at, "'sweep' stands here twice",
                      "the first is in line " + std::to_string(entry->second)};
    while (lines.inside_section()) {
        auto words = lines.take();
        words.form(form);
        auto const name = words.take_word("a name");
        if (!is_name(name.text))
            throw trouble{name.at, "'" + name.text + "' is not a name for a sweep",
                          "small letters, digits and '-'; it is written $name elsewhere"};
        sweep_axis axis;
        axis.name = name.text;
        axis.where = name.at;
        if (words.accept("every"))
            read_every(words, axis, d);
        else
            read_listed(words, axis);
        for (auto const& known : d.made.sweep.axes) {
            if (known.name == axis.name)
                throw trouble{name.at, "'" + name.text + "' is swept already",
                              "in line " + std::to_string(known.where.line)};
            if (known.every != sweep_axis::unit::listed && axis.every != sweep_axis::unit::listed)
                throw trouble{name.at, "only one axis can be measured",
                              "the other is in line " + std::to_string(known.where.line)};
        }
        d.made.sweep.axes.push_back(std::move(axis));
    }
    if (d.made.sweep.axes.empty()) throw trouble{at, "this sweep has no lines", form};
}

}  // namespace scenario
