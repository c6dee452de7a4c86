#include "replay/matching.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "replay/redaction.hpp"
#include "runtime/trace.hpp"
#include "wire/json_members.hpp"

namespace replay {

namespace {

constexpr std::size_t told_max = 5;    // differences of one body
constexpr std::size_t shown_max = 80;  // bytes of one value

constexpr char const* nothing = "nothing";

using pointer = nlohmann::json::json_pointer;

std::string shown(nlohmann::json const& value) {
    auto const text = wire::dump(value);
    if (text.size() <= shown_max) return text;
    std::size_t end = shown_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

void compare_json(nlohmann::json const& recorded, nlohmann::json const& came,
                  std::vector<std::string>& out) {
    auto const  patch = nlohmann::json::diff(recorded, came);
    std::size_t told = 0;
    for (auto const& change : patch) {
        if (++told > told_max) {
            out.push_back("and " + std::to_string(patch.size() - told_max) + " more in the body");
            return;
        }
        auto const path = change.at("path").get<std::string>();
        bool const added = change.at("op") == "add";
        bool const removed = change.at("op") == "remove";
        auto const was = added ? std::string(nothing) : shown(recorded.at(pointer(path)));
        auto const is = removed ? std::string(nothing) : shown(change.at("value"));
        out.push_back("body at " + (path.empty() ? "its top" : path) + ": recorded " + was +
                      ", came " + is);
    }
}

void leave_out(nlohmann::json& body, std::vector<std::string> const& pointers) {
    for (auto const& text : pointers) {
        pointer const where(text);
        if (where.empty() || !body.contains(where)) continue;
        auto& parent = body.at(where.parent_pointer());
        if (parent.is_object())
            parent.erase(where.back());
        else
            body.at(where) = nullptr;
    }
}

void compare_bodies(std::string const& recorded, std::string const& came,
                    std::vector<std::string> const& ignored, std::vector<std::string>& out) {
    if (recorded == came) return;
    auto a = wire::read_json(recorded);
    auto b = wire::read_json(came);
    if (!a.is_discarded() && !b.is_discarded()) {
        leave_out(a, ignored);
        leave_out(b, ignored);
        return compare_json(a, b, out);
    }
    auto const at = std::mismatch(recorded.begin(), recorded.end(), came.begin(), came.end());
    out.push_back("body at byte " + std::to_string(at.first - recorded.begin()) + ": recorded " +
                  std::to_string(recorded.size()) + " bytes, came " + std::to_string(came.size()));
}

std::string value_or_nothing(std::string const* value) {
    return value ? runtime::quoted(*value) : "nothing";
}

request cleaned(request r, match_options const& how) {
    redaction(how.redacted).clean(r);
    r.body = without_mask_lengths(r.body);
    r.target = without_mask_lengths(r.target);
    return r;
}

// Of two that are cleaned.
std::vector<std::string> compare(request const& a, request const& b, match_options const& how) {
    std::vector<std::string> out;
    if (a.method.empty()) return out;
    if (a.method != b.method) out.push_back("method: recorded " + a.method + ", came " + b.method);
    if (a.target != b.target) out.push_back("target: recorded " + a.target + ", came " + b.target);
    for (auto const& name : how.headers) {
        auto const* was = runtime::find_field(a.fields, name);
        auto const* is = runtime::find_field(b.fields, name);
        if (was && is ? *was == *is : was == is) continue;
        out.push_back("header " + name + ": recorded " + value_or_nothing(was) + ", came " +
                      value_or_nothing(is));
    }
    compare_bodies(a.body, b.body, how.ignored, out);
    return out;
}

}  // namespace

std::vector<std::string> differences(request const& recorded, request const& came,
                                     match_options const& how) {
    return compare(cleaned(recorded, how), cleaned(came, how), how);
}

match_options options_of(recording const& r, match_options how) {
    how.redacted.insert(how.redacted.end(), r.redacted.begin(), r.redacted.end());
    how.ignored.insert(how.ignored.end(), r.ignored.begin(), r.ignored.end());
    return how;
}

matcher::matcher(recording const& r, match_options how)
    : recording_(r), how_(options_of(r, std::move(how))), used_(r.exchanges.size()) {
    for (auto const& x : r.exchanges) asked_.push_back(cleaned(x.asked, how_));
}

exchange const* matcher::take(request const& came) {
    auto const other = cleaned(came, how_);
    for (std::size_t i = 0; i < used_.size(); ++i) {
        auto const& mine = asked_[i];
        bool const  elsewhere = mine.method != other.method || mine.target != other.target;
        if (used_[i] || (elsewhere && !mine.method.empty())) continue;
        if (!compare(mine, other, how_).empty()) continue;
        used_[i] = true;
        return &recording_.exchanges[i];
    }
    return nullptr;
}

std::string matcher::nearest_miss(request const& came) const {
    exchange const*          nearest = nullptr;
    std::vector<std::string> least;
    std::size_t              distance_min = 0;
    auto const               other = cleaned(came, how_);
    for (std::size_t i = 0; i < used_.size(); ++i) {
        auto const& x = recording_.exchanges[i];
        auto        differs = compare(asked_[i], other, how_);
        if (used_[i]) differs.push_back("it was played already, and each is played once");
        bool const  other_place = x.asked.method != came.method || x.asked.target != came.target;
        std::size_t distance = differs.size() + (other_place ? 100 : 0);
        if (nearest && distance >= distance_min) continue;
        nearest = &x;
        distance_min = distance;
        least = std::move(differs);
    }
    if (!nearest) return "the recording has no exchange";
    std::string text = "the nearest is in line " + std::to_string(nearest->line) + ", " +
                       nearest->asked.method + ' ' + nearest->asked.target;
    for (auto const& d : least) text += "\n  " + d;
    return text;
}

std::vector<exchange const*> matcher::unused() const {
    std::vector<exchange const*> all;
    for (std::size_t i = 0; i < used_.size(); ++i)
        if (!used_[i]) all.push_back(&recording_.exchanges[i]);
    return all;
}

}  // namespace replay
