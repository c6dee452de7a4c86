#include "scenarios/sweep.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "scenarios/all_pairs.hpp"
#include "scenarios/parser_draft.hpp"

namespace scenario {

namespace {

// More would be a mistake, or a night's work.
constexpr std::size_t instance_count_max = 20'000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool is_inner(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }

// "$name" or "${name}" at `at`: the name, and where it ends. Nothing for any other dollar.
struct mention {
    std::string name;
    std::size_t end = 0;
};

std::optional<mention> mention_at(std::string const& line, std::size_t at) {
    bool const braced = at + 1 < line.size() && line[at + 1] == '{';
    auto const begin = at + (braced ? 2 : 1);
    if (begin >= line.size() || !is_letter(line[begin])) return {};
    auto end = begin;
    while (end < line.size() && is_inner(line[end])) ++end;
    mention found{line.substr(begin, end - begin), end};
    if (!braced) return found;
    if (end == line.size() || line[end] != '}') return {};
    ++found.end;
    return found;
}

// Replaces what stands in the lines of one file, and remembers which axes were spoken of.
class substitution {
public:
    substitution(std::string const& path, std::vector<sweep_axis> const& axes,
                 sweep_choice const& chosen)
        : path_(path), axes_(axes), chosen_(chosen), used_(axes.size(), false) {}

    std::string line(std::string const& text, int number) {
        auto const word = text.substr(0, text.find_first_of(" \t#"));
        if (!word.empty()) section_ = word;
        if (section_ == "sweep") return text;
        std::string out;
        bool        dropped = false;
        bool        quoted = false;
        for (std::size_t at = 0; at < text.size();) {
            if (text[at] == '"' && (at == 0 || text[at - 1] != '\\')) quoted = !quoted;
            if (text[at] == '#' && !quoted) return dropped ? "" : out + text.substr(at);
            auto const found = text[at] == '$' ? mention_at(text, at) : std::nullopt;
            if (!found) {
                out += text[at++];
                continue;
            }
            auto const axis = find(*found, text, number, at);
            used_[axis] = true;
            if (auto const& value = chosen_[axis])
                out += value->text;
            else
                dropped = true;
            if (axes_[axis].every != sweep_axis::unit::listed && section_ != "network")
                refuse(text, {number, column_at(text, at), static_cast<int>(found->end - at)},
                       "'$" + found->name + "' may stand in 'network' only",
                       "its values are places on a connection");
            at = found->end;
        }
        return dropped ? "" : out;
    }

    void expect_all_used(std::vector<std::string> const& lines) const {
        for (std::size_t i = 0; i < axes_.size(); ++i)
            if (!used_[i])
                refuse(lines[static_cast<std::size_t>(axes_[i].where.line) - 1], axes_[i].where,
                       "'$" + axes_[i].name + "' stands nowhere in this file",
                       "a sweep changes what the other sections say");
    }

private:
    [[noreturn]] void refuse(std::string const& line, place at, std::string problem,
                             std::string hint) const {
        throw syntax_error(path_, line, at, std::move(problem), std::move(hint));
    }

    std::size_t find(mention const& m, std::string const& text, int number, std::size_t at) const {
        std::vector<std::string> known;
        for (std::size_t i = 0; i < axes_.size(); ++i) {
            if (axes_[i].name == m.name) return i;
            known.push_back(axes_[i].name);
        }
        refuse(text, {number, column_at(text, at), static_cast<int>(m.end - at)},
               "nothing sweeps '$" + m.name + "'", suggestion(m.name, known));
    }

    std::string const&             path_;
    std::vector<sweep_axis> const& axes_;
    sweep_choice const&            chosen_;
    std::vector<bool>              used_;
    std::string                    section_;
};

std::vector<sweep_value> measured_values(sweep_axis const&               axis,
                                         std::vector<std::size_t> const& writes) {
    std::vector<sweep_value> values;
    auto const               step = static_cast<std::size_t>(axis.step);
    auto const               first = static_cast<std::size_t>(axis.but_first);
    auto const               left_out = static_cast<std::size_t>(axis.but_last);
    if (axis.every == sweep_axis::unit::byte) {
        auto const total = std::accumulate(writes.begin(), writes.end(), std::size_t{0});
        for (std::size_t at = first + 1; at + left_out <= total; at += step)
            values.push_back({std::to_string(at), std::to_string(at)});
        return values;
    }
    std::size_t end = 0;
    for (std::size_t i = 0; i + left_out < writes.size(); ++i) {
        end += writes[i];
        if (i >= first && (i - first) % step == 0)
            values.push_back({std::to_string(end), std::to_string(i + 1)});
    }
    return values;
}

[[noreturn]] void refuse_size(sweep_plan const& plan, std::string const& file) {
    throw syntax_error(
        file, {}, plan.axes.front().where,
        "this sweep has more than " + std::to_string(instance_count_max) + " instances",
        "a step makes them fewer: every byte of a -> b step 7");
}

// The choices of the listed axes that the plan wants; those that are to be measured stay open.
std::vector<sweep_choice> choices(sweep_plan const& plan, std::string const& file) {
    std::vector<std::size_t> sizes;
    for (auto const& axis : plan.axes)
        sizes.push_back(axis.every == sweep_axis::unit::listed ? axis.values.size() : 1);
    // Not one row is made where the rows would be too many: pairs of the two longest columns alone
    // need the product of these.
    auto largest = sizes;
    std::sort(largest.rbegin(), largest.rend());
    if (plan.pairs) largest.resize(std::min<std::size_t>(largest.size(), 2));
    std::size_t least = 1;
    for (auto const size : largest)
        if ((least *= size) > instance_count_max) refuse_size(plan, file);
    std::vector<sweep_choice> all;
    auto const                rows = plan.pairs ? all_pairs(sizes) : product(sizes);
    for (auto const& row : rows) {
        auto& choice = all.emplace_back(plan.axes.size());
        for (std::size_t i = 0; i < row.size(); ++i)
            if (plan.axes[i].every == sweep_axis::unit::listed)
                choice[i] = plan.axes[i].values[row[i]];
    }
    return all;
}

scenario made_of(std::string const& text, std::string const& path,
                 std::vector<sweep_axis> const& axes, sweep_choice const& choice) {
    auto made = parse_instance(with_values(text, path, axes, choice), path);
    made.instance = label_of(axes, choice);
    return made;
}

struct wanted_file {
    std::string path;
    std::string instance;
};

wanted_file wanted(std::string const& path) {
    if (std::filesystem::exists(path)) return {path, {}};
    auto const at = path.find(".scenario@");
    if (at == path.npos) return {path, {}};
    auto const end = at + std::string_view(".scenario").size();
    return {path.substr(0, end), path.substr(end + 1)};
}

}  // namespace

std::string with_values(std::string const& text, std::string const& path,
                        std::vector<sweep_axis> const& axes, sweep_choice const& choice) {
    if (axes.empty()) return text;
    substitution change(path, axes, choice);
    auto const   lines = lines_of(text);
    std::string  out;
    int          number = 0;
    for (auto const& line : lines) out += change.line(line, ++number) + '\n';
    change.expect_all_used(lines);
    return out;
}

std::string label_of(std::vector<sweep_axis> const& axes, sweep_choice const& choice) {
    std::string label;
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (choice[i]) label += (label.empty() ? "" : ",") + axes[i].name + '=' + choice[i]->label;
    return label;
}

std::vector<scenario> instances(std::string const& path, measure_way const& measure) {
    auto const [file, one] = wanted(path);
    auto const  text = read_text(file);
    auto const  plan = read_plan(text, file);
    auto const& axes = plan.axes;
    if (axes.empty()) {
        if (!one.empty())
            throw syntax_error(path, {}, {}, "this scenario has no sweep, so it has no instances",
                               "write " + file);
        return {parse_instance(text, file)};
    }
    auto const               open = std::find_if(axes.begin(), axes.end(), [](sweep_axis const& a) {
        return a.every != sweep_axis::unit::listed;
    });
    std::vector<scenario>    all;
    std::vector<std::string> labels;
    auto const               add = [&](sweep_choice const& choice) {
        labels.push_back(label_of(axes, choice));
        if (labels.size() > instance_count_max) refuse_size(plan, file);
        if (one.empty() || labels.back() == one) all.push_back(made_of(text, file, axes, choice));
    };
    for (auto& choice : choices(plan, file)) {
        if (open == axes.end()) {
            add(choice);
            continue;
        }
        auto const base = made_of(text, file, axes, choice);
        auto const writes = measure(base, open->from, open->to, open->connection);
        for (auto const& value : measured_values(*open, writes)) {
            choice[static_cast<std::size_t>(open - axes.begin())] = value;
            add(choice);
        }
    }
    if (all.empty() && !one.empty())
        throw syntax_error(
            path, {}, {}, "this sweep has no instance '" + one + "'",
            suggestion(one, labels.size() > 12 ? std::vector(labels.begin(), labels.begin() + 12)
                                               : labels));
    if (all.empty())
        throw syntax_error(file, {}, open->where,
                           "nothing passes from " + open->from + " to " + open->to,
                           "so there is nothing to sweep over");
    return all;
}

}  // namespace scenario
