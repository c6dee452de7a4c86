#include "scenarios/base64.hpp"
#include "scenarios/recording_text.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

using ordered = nlohmann::ordered_json;

std::int64_t microseconds(runtime::duration d) {
    return std::chrono::floor<std::chrono::microseconds>(d).count();
}

bool is_text(std::string const& bytes) {
    return wire::is_utf8(bytes) && bytes.find('\0') == bytes.npos;
}

void put_bytes(ordered& line, std::string const& name, std::string const& bytes) {
    if (is_text(bytes))
        line[name] = bytes;
    else
        line[name + "64"] = to_base64(bytes);
}

ordered of_fields(runtime::http_fields const& fields) {
    auto all = ordered::array();
    for (auto const& [name, value] : fields) {
        ordered one = value;
        if (!is_text(value)) one = {{"base64", to_base64(value)}};
        all.push_back(ordered::array({name, one}));
    }
    return all;
}

std::string of(ordered const& line) { return line.dump() + '\n'; }

}  // namespace

std::string header_line(replay::recording const& r) {
    ordered head{{"lockstep", "recording"}, {"version", 1}};
    head["over"] = r.over_stdio ? "stdio" : "http";
    head["source"] = r.source;
    if (!r.note.empty()) head["note"] = r.note;
    if (!r.redacted.empty()) head["redacted"] = r.redacted;
    if (!r.ignored.empty()) head["ignored"] = r.ignored;
    return of(head);
}

std::string lines_of(replay::exchange const& x) {
    ordered asked{{"at", microseconds(x.at)}};
    asked["request"] = x.asked.method.empty() ? "*" : x.asked.method + ' ' + x.asked.target;
    if (!x.asked.fields.empty()) asked["headers"] = of_fields(x.asked.fields);
    if (!x.asked.body.empty()) put_bytes(asked, "body", x.asked.body);
    auto        text = of(asked);
    auto const& a = x.answered;
    if (a.status > 0) {
        ordered head{{"at", microseconds(a.head_at)}, {"status", a.status}};
        if (a.reason != runtime::reason_phrase(a.status)) head["reason"] = a.reason;
        if (a.version != "1.1") head["http"] = a.version;
        head["headers"] = of_fields(a.fields);
        text += of(head);
    }
    for (auto const& p : a.pieces) {
        ordered piece{{"at", microseconds(p.at)}};
        put_bytes(piece, "chunk", p.bytes);
        if (p.open > 0) piece["open"] = p.open;
        text += of(piece);
    }
    ordered end{{"at", microseconds(a.ended_at)}, {"end", replay::to_text(a.how)}};
    if (!a.trailers.empty()) end["trailers"] = of_fields(a.trailers);
    return text + of(end);
}

std::string line_of(replay::spoken_line const& l) {
    using kind = replay::spoken_line::kind;
    ordered    line{{"at", microseconds(l.at)}};
    bool const to = l.what == kind::to_program || l.what == kind::to_end;
    auto const name = std::string(to ? "to" : "from");
    if (l.what == kind::to_end || l.what == kind::from_end)
        line[name] = nullptr;
    else
        put_bytes(line, name, l.text);
    if (l.cut) line["cut"] = true;
    return of(line);
}

std::string exit_line(int status) { return of({{"exit", status}}); }

std::string to_text(replay::recording const& r) {
    auto text = header_line(r);
    for (auto const& x : r.exchanges) text += lines_of(x);
    for (auto const& l : r.lines) text += line_of(l);
    if (r.exit_status) text += exit_line(*r.exit_status);
    return text;
}

}  // namespace scenario
