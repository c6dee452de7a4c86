#include <boost/system/system_error.hpp>
#include <limits>

#include "scenarios/base64.hpp"
#include "scenarios/recording_text.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

using nlohmann::json;
using runtime::duration;

constexpr std::size_t shown_max = 160;  // bytes of a line in a complaint

std::string shown(std::string const& line) {
    if (line.size() <= shown_max) return wire::to_utf8(line);
    return wire::to_utf8(line.substr(0, shown_max)) + "...";
}

// One line, and how to complain about it.
class line_here {
public:
    line_here(std::string const& path, int number, std::string text)
        : path_(path), number_(number), text_(std::move(text)) {
        try {
            object = json::parse(text_);
        } catch (json::parse_error const& e) {
            wrong_at(e.byte == 0 ? 0 : e.byte - 1, "this is not JSON",
                     "each line of a recording is an object, and stands on one line");
        }
        if (!object.is_object())
            wrong_at(0, "an object should stand here", "{\"at\": 120000, \"chunk\": \"...\"}");
    }

    [[noreturn]] void wrong_at(std::size_t byte, std::string problem, std::string hint) const {
        auto const at = std::min(byte, text_.size());
        int        column = 1;
        for (std::size_t i = 0; i < at; ++i)
            column += (static_cast<unsigned char>(text_[i]) & 0xc0) != 0x80;
        throw syntax_error(path_, shown(text_), {number_, column, 1}, std::move(problem),
                           std::move(hint));
    }
    [[noreturn]] void wrong(std::string const& name, std::string problem, std::string hint) const {
        auto const at = text_.find('"' + name + '"');
        wrong_at(at == text_.npos ? 0 : at, std::move(problem), std::move(hint));
    }

    bool has(std::string const& name) const { return object.contains(name); }
    bool has_bytes(std::string const& name) const { return has(name) || has(name + "64"); }

    void only(std::vector<std::string> const& names) const {
        for (auto const& [name, value] : object.items()) {
            if (std::find(names.begin(), names.end(), name) != names.end()) continue;
            auto const near = nearest(name, names);
            wrong(name, "'" + name + "' is no member of such a line",
                  near.empty() ? "docs/recording-format.md has them all"
                               : "did you mean '" + near + "'?");
        }
    }

    std::string text(std::string const& name) const {
        if (!has(name)) wrong_at(text_.size(), "there is no \"" + name + "\" in this line", {});
        if (!object[name].is_string()) wrong(name, "a text should stand here", {});
        return object[name];
    }

    std::string bytes(std::string const& name) const {
        if (has(name + "64")) {
            auto const decoded = from_base64(text(name + "64"));
            if (!decoded) wrong(name + "64", "this is not base64", {});
            return *decoded;
        }
        if (has(name) && object[name].is_structured()) return object[name].dump();
        return text(name);
    }

    std::int64_t number(std::string const& name, std::int64_t from, std::int64_t to) const {
        if (!object[name].is_number_integer()) wrong(name, "a whole number should stand here", {});
        auto const n = object[name].get<std::int64_t>();
        if (n < from || n > to)
            wrong(name,
                  std::to_string(n) + " is not from " + std::to_string(from) + " to " +
                      std::to_string(to),
                  {});
        return n;
    }

    std::vector<std::string> texts(std::string const& name) const {
        std::vector<std::string> all;
        if (!has(name)) return all;
        for (auto const& value : object[name]) {
            if (!value.is_string()) wrong(name, "a list of texts should stand here", {});
            all.push_back(value);
        }
        return all;
    }

    bool flag(std::string const& name) const {
        if (!has(name)) return false;
        if (!object[name].is_boolean()) wrong(name, "true or false should stand here", {});
        return object[name];
    }

    // Microseconds; without a time it is that of the line above.
    duration at(duration above) const {
        if (!has("at")) return above;
        auto const when = std::chrono::microseconds(number("at", 0, 365LL * 86'400 * 1'000'000));
        if (when < above) wrong("at", "this is earlier than the line above", {});
        return when;
    }

    runtime::http_fields fields(std::string const& name) const {
        runtime::http_fields all;
        if (!has(name)) return all;
        char const* const form = "[[\"Content-Type\", \"text/event-stream\"]]";
        auto const&       value = object[name];
        auto const        add = [&](json const& field, json const& content) {
            if (field.is_string() && content.is_string())
                return void(all.emplace_back(field, content));
            auto const coded =
                content.is_object() && content.contains("base64") && content["base64"].is_string()
                           ? from_base64(content["base64"].get<std::string>())
                           : std::nullopt;
            if (!field.is_string() || !coded)
                wrong(name, "a name and a text should stand here", form);
            all.emplace_back(field, *coded);
        };
        if (value.is_object()) {
            for (auto const& [field, content] : value.items()) add(field, content);
            return all;
        }
        if (!value.is_array()) wrong(name, "a list of names and values should stand here", form);
        for (auto const& pair : value) {
            if (!pair.is_array() || pair.size() != 2)
                wrong(name, "a pair of a name and a value should stand here", form);
            add(pair[0], pair[1]);
        }
        return all;
    }

    int  number() const { return number_; }
    json object;

private:
    std::string const& path_;
    int                number_;
    std::string        text_;
};

class recording_reader {
public:
    void take(line_here const& line) {
        if (!begun_) return header(line);
        if (made.over_stdio) return spoken(line);
        if (line.has("request")) return request(line);
        if (made.exchanges.empty())
            line.wrong_at(0, "a request should stand here",
                          "{\"at\": 0, \"request\": \"POST /v1/...\"}");
        if (ended_)
            line.wrong_at(0, "this exchange has ended with the line above",
                          "the next begins with {\"request\": ...}");
        answer(line);
    }

    // What an edited file leaves out.
    void finish() {
        if (!made.exchanges.empty()) close();
    }

    bool              begun() const { return begun_; }
    replay::recording made;

private:
    void header(line_here const& line) {
        if (!line.has("lockstep") || line.object["lockstep"] != "recording")
            line.wrong_at(0, "this is not a recording",
                          "one begins with {\"lockstep\": \"recording\", \"version\": 1}");
        line.only({"lockstep", "version", "over", "source", "note", "redacted", "ignored"});
        if (!line.has("version") || line.object["version"] != 1)
            line.wrong("version", "this version of the format is unknown here", "1 is known");
        auto const over = line.has("over") ? line.text("over") : "http";
        if (over != "http" && over != "stdio")
            line.wrong("over", "'" + over + "' is no way to talk", "http or stdio");
        made.over_stdio = over == "stdio";
        if (line.has("source")) made.source = line.text("source");
        if (line.has("note")) made.note = line.text("note");
        made.redacted = line.texts("redacted");
        made.ignored = line.texts("ignored");
        for (auto const& pointer : made.ignored)
            if (!is_json_pointer(pointer))
                line.wrong("ignored", "'" + pointer + "' is no JSON pointer", "/params/clientInfo");
        begun_ = true;
    }

    void request(line_here const& line) {
        finish();
        line.only({"at", "request", "headers", "body", "body64"});
        replay::exchange x;
        x.line = line.number();
        x.at = line.at(made.exchanges.empty() ? duration{} : made.exchanges.back().at);
        auto const what = line.text("request");
        auto const blank = what.find(' ');
        if (what != "*") {
            if (blank == what.npos || blank == 0 || blank + 1 == what.size())
                line.wrong("request", "a method and a target should stand here",
                           "POST /v1/chat/completions; * for any request");
            x.asked.method = what.substr(0, blank);
            x.asked.target = what.substr(blank + 1);
        }
        x.asked.fields = line.fields("headers");
        if (line.has_bytes("body")) x.asked.body = line.bytes("body");
        made.exchanges.push_back(std::move(x));
        last_ = {};
        ended_ = false;
    }

    void answer(line_here const& line) {
        auto& a = made.exchanges.back().answered;
        last_ = line.at(last_);
        if (line.has("status")) {
            line.only({"at", "status", "reason", "http", "headers"});
            if (a.status > 0) line.wrong("status", "this exchange has an answer already", {});
            a.status = static_cast<unsigned>(line.number("status", 100, 999));
            a.reason = line.has("reason") ? line.text("reason") : runtime::reason_phrase(a.status);
            if (line.has("http")) a.version = line.text("http");
            a.fields = line.fields("headers");
            a.head_at = last_;
        } else if (line.has_bytes("chunk")) {
            line.only({"at", "chunk", "chunk64", "open"});
            if (a.status == 0)
                line.wrong_at(0, "the head of the answer should stand here",
                              "{\"at\": 1000, \"status\": 200, \"headers\": [...]}");
            std::int64_t const open = line.has("open") ? line.number("open", 0, 1LL << 40) : 0;
            a.pieces.push_back({last_, line.bytes("chunk"), static_cast<std::uint64_t>(open)});
        } else if (line.has("end")) {
            line.only({"at", "end", "trailers"});
            a.how = ending_of(line);
            a.trailers = line.fields("trailers");
            ended_ = true;
        } else {
            line.wrong_at(0, "a line of an answer has \"status\", \"chunk\" or \"end\"",
                          "docs/recording-format.md has them all");
        }
        a.ended_at = last_;
    }

    static replay::ending ending_of(line_here const& line) {
        using enum replay::ending;
        auto const word = line.text("end");
        for (auto const how : {complete, eof, reset, timeout, left})
            if (word == replay::to_text(how)) return how;
        line.wrong("end", "'" + word + "' is no way to end",
                   "complete, eof, reset, timeout or left");
    }

    // A body that was edited has another length.
    void close() {
        auto& x = made.exchanges.back();
        auto& a = x.answered;
        if (a.status == 0 && a.how == replay::ending::complete) a.how = replay::ending::eof;
        if (a.how == replay::ending::complete && !a.pieces.empty()) a.pieces.back().open = 0;
        if (a.how != replay::ending::complete || x.asked.method == "HEAD") return;
        for (auto& [name, value] : a.fields)
            if (&value == runtime::find_field(a.fields, "content-length") && a.status != 304)
                value = std::to_string(replay::body_of(a).size());
    }

    void spoken(line_here const& line) {
        if (line.has("exit")) {
            line.only({"at", "exit"});
            made.exit_status = static_cast<int>(line.number("exit", 0, 255));
            return;
        }
        using kind = replay::spoken_line::kind;
        line.only({"at", "to", "to64", "from", "from64", "cut"});
        bool const to = line.has_bytes("to");
        if (to == line.has_bytes("from"))
            line.wrong_at(0, "a line over stdio has \"to\" or \"from\"",
                          "{\"at\": 0, \"to\": \"{...}\"} goes to the program");
        auto const          name = to ? "to" : "from";
        replay::spoken_line l;
        l.line = line.number();
        l.at = last_ = line.at(last_);
        l.what = to ? kind::to_program : kind::from_program;
        if (line.has(name) && line.object[name].is_null())
            l.what = to ? kind::to_end : kind::from_end;
        else
            l.text = line.bytes(name);
        l.cut = line.flag("cut");
        made.lines.push_back(std::move(l));
    }

    bool     begun_ = false;
    bool     ended_ = false;  // the exchange that was read last
    duration last_{};
};

}  // namespace

bool is_json_pointer(std::string const& text) {
    try {
        return !json::json_pointer(text).empty();
    } catch (json::exception const&) {
        return false;
    }
}

replay::recording parse_recording(std::string const& text, std::string const& path) {
    recording_reader reader;
    int              number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        auto       line = text.substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (line.ends_with('\r')) line.pop_back();
        auto const first = line.find_first_not_of(" \t");
        if (first == line.npos || line[first] == '#') continue;
        reader.take(line_here(path, number, std::move(line)));
    }
    if (!reader.begun())
        throw syntax_error(path, {}, {}, "this is not a recording, it is empty",
                           "`lockstep record` writes them");
    reader.finish();
    return std::move(reader.made);
}

replay::recording read_recording_file(std::string const& path) {
    return parse_recording(read_text(path), path);
}

}  // namespace scenario
