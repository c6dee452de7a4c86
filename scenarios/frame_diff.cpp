#include "scenarios/frame_diff.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "wire/json_members.hpp"

namespace scenario {

namespace {

using nlohmann::json;

// More than this are not compared one by one: whoever reads a page does not either.
constexpr std::size_t table_max = 4'000'000;

void forget_names(json& value) {
    if (!value.is_object()) return;
    for (auto const* name : {"id", "created", "created_at", "system_fingerprint"})
        value.erase(name);
    for (auto const* inside : {"message", "response"})
        if (value.contains(inside)) forget_names(value[inside]);
}

json meaning_of(std::string const& frame) {
    auto value = wire::read_json(frame);
    if (value.is_discarded()) return frame;
    forget_names(value);
    return value;
}

std::string change(json const& left, json const& right) {
    if (!left.is_object() || !right.is_object()) return {};
    std::string all;
    for (auto const& step : json::diff(left, right))
        all += (all.empty() ? "" : ", ") + step.at("op").get<std::string>() + ' ' +
               step.at("path").get<std::string>();
    return all;
}

// The longest common subsequence: lengths of those of the two ends, row by row.
class alignment {
public:
    alignment(std::vector<json> const& left, std::vector<json> const& right)
        : width_(right.size() + 1), length_((left.size() + 1) * width_, 0) {
        for (auto i = left.size(); i-- > 0;)
            for (auto j = right.size(); j-- > 0;)
                length_[i * width_ + j] = left[i] == right[j]
                                              ? at(i + 1, j + 1) + 1
                                              : std::max(at(i + 1, j), at(i, j + 1));
    }

    std::uint32_t at(std::size_t i, std::size_t j) const { return length_[i * width_ + j]; }

private:
    std::size_t                width_;
    std::vector<std::uint32_t> length_;
};

}  // namespace

std::vector<std::string> frames_of(std::vector<runtime::event> const& events) {
    constexpr std::array<std::string_view, 5> shown{"status", "frame", "body", "cut", "reset"};
    std::map<std::uint64_t, std::vector<std::string>> answers;
    std::set<std::string>                             clients;
    for (auto const& e : events)
        if (e.verb == "head" && e.from == "proxy") clients.insert(e.to);
    for (auto const& e : events)
        if (e.from == "proxy" && clients.contains(e.to) &&
            std::find(shown.begin(), shown.end(), e.verb) != shown.end())
            answers[e.exchange].push_back(
                e.verb == "frame" || e.verb == "body" ? e.words : e.verb + ' ' + e.words);
    std::vector<std::string> all;
    for (auto& [exchange, frames] : answers)
        std::move(frames.begin(), frames.end(), std::back_inserter(all));
    return all;
}

std::vector<frame_pair> compared(std::vector<std::string> const& left,
                                 std::vector<std::string> const& right) {
    using enum frame_pair::kind;
    std::vector<json> a, b;
    for (auto const& frame : left) a.push_back(meaning_of(frame));
    for (auto const& frame : right) b.push_back(meaning_of(frame));
    bool const      is_small = (a.size() + 1) * (b.size() + 1) <= table_max;
    alignment const lengths = is_small ? alignment(a, b) : alignment({}, {});

    std::vector<frame_pair> pairs;
    std::size_t             i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            pairs.push_back({same, left[i++], right[j++], {}});
            continue;
        }
        // All that differs until they agree again: what has a partner there is a change.
        auto const gone = i, come = j;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && a[i] == b[j]) break;
            bool const from_left = j == b.size() || (i < a.size() && is_small &&
                                                     lengths.at(i + 1, j) >= lengths.at(i, j + 1));
            ++(from_left ? i : j);
        }
        auto const partners = std::min(i - gone, j - come);
        for (std::size_t k = 0; k < partners; ++k)
            pairs.push_back(
                {changed, left[gone + k], right[come + k], change(a[gone + k], b[come + k])});
        for (auto k = gone + partners; k < i; ++k) pairs.push_back({only_left, left[k], {}, {}});
        for (auto k = come + partners; k < j; ++k) pairs.push_back({only_right, {}, right[k], {}});
    }
    return pairs;
}

std::size_t differences(std::vector<frame_pair> const& pairs) {
    return static_cast<std::size_t>(std::count_if(
        pairs.begin(), pairs.end(), [](auto const& p) { return p.is != frame_pair::kind::same; }));
}

}  // namespace scenario
