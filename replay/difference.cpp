#include "replay/difference.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

#include <nlohmann/json.hpp>

#include "runtime/trace.hpp"
#include "wire/json_members.hpp"

namespace replay {

namespace {

using nlohmann::json;
using lines = std::vector<std::string>;

constexpr std::size_t shown_max = 100;
constexpr std::size_t table_max = 16'000'000;  // cells of `common`: 64 MB

std::string shown(std::string_view text) {
    if (text.size() <= shown_max) return runtime::quoted(text);
    auto end = shown_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return runtime::quoted(text.substr(0, end)) + "...";
}

std::string shown_json(json const& value) {
    auto const text = wire::dump(value);
    return text.size() <= shown_max ? text : text.substr(0, shown_max) + "...";
}

// Member by member where both are JSON.
void compare_text(std::string const& what, std::string const& a, std::string const& b, lines& out) {
    if (a == b) return;
    auto const before = wire::read_json(a);
    auto const after = wire::read_json(b);
    if (before.is_discarded() || after.is_discarded()) {
        out.push_back("~ " + what + ": " + shown(a) + " became " + shown(b));
        return;
    }
    if (before == after) {
        out.push_back("~ " + what + ": the same JSON in other bytes");
        return;
    }
    for (auto const& change : json::diff(before, after)) {
        auto const path = change.at("path").get<std::string>();
        auto const at = what + " at " + (path.empty() ? "its top" : path);
        if (change.at("op") == "add") {
            out.push_back("+ " + at + ": " + shown_json(change.at("value")));
            continue;
        }
        auto const was = shown_json(before.at(json::json_pointer(path)));
        if (change.at("op") == "remove")
            out.push_back("- " + at + ": " + was);
        else
            out.push_back("~ " + at + ": " + was + " became " + shown_json(change.at("value")));
    }
}

void compare_fields(std::string const& what, runtime::http_fields const& a,
                    runtime::http_fields const& b, lines& out) {
    auto rest = b;
    for (auto const& [name, value] : a) {
        auto const same = [&](auto const& f) { return boost::beast::iequals(f.first, name); };
        auto const found = std::find_if(rest.begin(), rest.end(), same);
        if (found == rest.end()) {
            out.push_back("- " + what + ' ' + name + ": " + shown(value));
            continue;
        }
        if (found->second != value)
            out.push_back("~ " + what + ' ' + name + ": " + shown(value) + " became " +
                          shown(found->second));
        rest.erase(found);
    }
    for (auto const& [name, value] : rest)
        out.push_back("+ " + what + ' ' + name + ": " + shown(value));
}

bool same_frame(frame const& a, frame const& b, difference_options how) {
    return a.kind == b.kind && a.words == b.words && (!how.times || a.at == b.at);
}

// Which frames of `a` stand in `b`, in order: the longest such list. Those at both ends are taken
// first, so that a long stream with few changes costs little; of very long ones with changes
// everywhere what lies between the ends is taken as changed.
std::vector<std::pair<std::size_t, std::size_t>> common(std::vector<frame> const& a,
                                                        std::vector<frame> const& b,
                                                        difference_options        how) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::size_t                                      head = 0;
    while (head < a.size() && head < b.size() && same_frame(a[head], b[head], how)) {
        pairs.emplace_back(head, head);
        ++head;
    }
    std::size_t tail = 0;
    while (tail < a.size() - head && tail < b.size() - head &&
           same_frame(a[a.size() - 1 - tail], b[b.size() - 1 - tail], how))
        ++tail;
    auto const                              n = a.size() - head - tail;
    auto const                              m = b.size() - head - tail;
    bool const                              fits = (n + 1) * (m + 1) <= table_max;
    std::vector<std::vector<std::uint32_t>> length;
    if (fits) length.assign(n + 1, std::vector<std::uint32_t>(m + 1));
    for (auto i = fits ? n : 0; i-- > 0;)
        for (auto j = m; j-- > 0;)
            length[i][j] = same_frame(a[head + i], b[head + j], how)
                               ? length[i + 1][j + 1] + 1
                               : std::max(length[i + 1][j], length[i][j + 1]);
    for (std::size_t i = 0, j = 0; fits && i < n && j < m;) {
        if (same_frame(a[head + i], b[head + j], how))
            pairs.emplace_back(head + i++, head + j++);
        else if (length[i + 1][j] >= length[i][j + 1])
            ++i;
        else
            ++j;
    }
    for (auto k = tail; k-- > 0;) pairs.emplace_back(a.size() - 1 - k, b.size() - 1 - k);
    return pairs;
}

std::string named(std::size_t index, frame const& f) {
    return "frame " + std::to_string(index + 1) + " (" + runtime::to_text(f.at) + ", " + f.kind +
           ")";
}

void compare_frames(std::vector<frame> const& a, std::vector<frame> const& b,
                    difference_options how, lines& out) {
    auto        pairs = common(a, b, how);
    std::size_t i = 0;
    std::size_t j = 0;
    pairs.emplace_back(a.size(), b.size());
    std::vector<runtime::duration> later;
    for (auto const& [to_a, to_b] : pairs) {
        // Between two that are the same: as many as there are on both sides were changed.
        for (; i < to_a && j < to_b; ++i, ++j) {
            auto const what = named(i, a[i]);
            if (a[i].kind != b[j].kind) out.push_back("~ " + what + ": became " + b[j].kind);
            compare_text(what, a[i].words, b[j].words, out);
            if (how.times && a[i].at != b[j].at)
                out.push_back("~ " + what + ": came at " + runtime::to_text(b[j].at));
        }
        for (; i < to_a; ++i) out.push_back("- " + named(i, a[i]) + ": " + shown(a[i].words));
        for (; j < to_b; ++j) out.push_back("+ " + named(j, b[j]) + ": " + shown(b[j].words));
        if (to_a < a.size()) later.push_back(b[to_b].at - a[to_a].at);
        i = to_a + 1;
        j = to_b + 1;
    }
    if (later.empty()) return;
    std::sort(later.begin(), later.end());
    if (later.front() == later.back() && later.front() == runtime::duration::zero()) return;
    out.push_back("  " + std::to_string(later.size()) +
                  " frames are the same; they came later by " + runtime::to_text(later.front()) +
                  ", " + runtime::to_text(later[later.size() / 2]) + ", " +
                  runtime::to_text(later.back()) + " (least, median, most)");
}

lines of_exchange(exchange const& a, exchange const& b, difference_options how) {
    lines out;
    compare_text("method", a.asked.method, b.asked.method, out);
    compare_text("target", a.asked.target, b.asked.target, out);
    compare_fields("request header", a.asked.fields, b.asked.fields, out);
    compare_text("request body", a.asked.body, b.asked.body, out);
    auto const& x = a.answered;
    auto const& y = b.answered;
    if (x.status != y.status)
        out.push_back("~ status: " + std::to_string(x.status) + " became " +
                      std::to_string(y.status));
    compare_fields("header", x.fields, y.fields, out);
    compare_frames(frames_of(x), frames_of(y), how, out);
    compare_fields("trailer", x.trailers, y.trailers, out);
    if (x.how != y.how)
        out.push_back(std::string("~ end: ") + to_text(x.how) + " became " + to_text(y.how));
    else if (how.times && x.ended_at != y.ended_at)
        out.push_back("~ end (" + runtime::to_text(x.ended_at) + "): came at " +
                      runtime::to_text(y.ended_at));
    return out;
}

std::vector<frame> frames_of(recording const& r, bool to) {
    using kind = spoken_line::kind;
    std::vector<frame> all;
    for (auto const& l : r.lines) {
        bool const out = l.what == kind::to_program || l.what == kind::to_end;
        bool const end = l.what == kind::to_end || l.what == kind::from_end;
        if (out == to) all.push_back({l.at, end ? "end" : to ? "to" : "from", l.text});
    }
    return all;
}

}  // namespace

std::vector<std::string> difference(recording const& a, recording const& b,
                                    difference_options how) {
    lines out;
    for (bool const to : {true, false})
        if (a.over_stdio && b.over_stdio)
            compare_frames(frames_of(a, to), frames_of(b, to), how, out);
    for (std::size_t i = 0; i < std::max(a.exchanges.size(), b.exchanges.size()); ++i) {
        bool const  in_a = i < a.exchanges.size();
        bool const  in_b = i < b.exchanges.size();
        auto const& one = in_a ? a.exchanges[i] : b.exchanges[i];
        auto const  name =
            "exchange " + std::to_string(i + 1) + ", " + one.asked.method + ' ' + one.asked.target;
        if (!in_a || !in_b) {
            out.push_back((in_a ? "- " : "+ ") + name);
            continue;
        }
        auto const inside = of_exchange(a.exchanges[i], b.exchanges[i], how);
        if (inside.empty()) continue;
        out.push_back("  " + name);
        for (auto const& line : inside) out.push_back(line);
    }
    return out;
}

}  // namespace replay
