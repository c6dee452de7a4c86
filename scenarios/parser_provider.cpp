#include <array>
#include <cstdint>
#include <limits>

#include "mock_providers/pace.hpp"
#include "replay/recording.hpp"
#include "scenarios/parser_draft.hpp"
#include "scenarios/recording.hpp"
#include "scenarios/vocabulary.hpp"
#include "wire/provider_format.hpp"

namespace scenario {

namespace {

using mock::provider_step;
using mock::provider_verb;
using kind = token::kind;

struct verb_row {
    std::string   word;
    provider_verb verb;
    std::string   form;
    void (*read)(phrase&, provider_step&, draft&);
};

void take_nothing(phrase&, provider_step&, draft&) {}

void take_text(phrase& words, provider_step& s, draft&) { s.text = words.text("a quoted text"); }

void take_comment(phrase& words, provider_step& s, draft& d) {
    auto const  at = words.here();
    auto const& format = d.made.providers.back().format;
    if (wire::find_provider_format(format)->framing != wire::framing::sse)
        throw trouble{at, "a stream of '" + format + "' has no comments", {}};
    take_text(words, s, d);
}

void take_said(phrase& words, provider_step& s, draft& d) {
    take_text(words, s, d);
    if (words.accept("times")) s.number = words.number("a number of times", 1, 1'000'000);
}

void take_bytes(phrase& words, provider_step& s, draft&) { s.text = words.bytes("quoted bytes"); }

void take_tool(phrase& words, provider_step& s, draft&) {
    s.text = words.word("the tool's name");
    if (words.next_is(kind::text)) {  // arguments that need not be JSON
        s.words = words.text("the arguments");
    } else {
        auto const arguments = words.json("a JSON object with the arguments");
        s.json = arguments.json;
        s.raw_json = arguments.text;
    }
    if (words.accept("in")) {
        s.number = words.number("a number of pieces", 1, 1'000'000);
        words.expect("pieces");
    }
}

void take_usage(phrase& words, provider_step& s, draft&) {
    do {
        auto const count =
            words.long_number("a number of tokens", 0, std::numeric_limits<std::int64_t>::max());
        auto const what = words.one_of(token_count_words(), "'in' or 'out'",
                                       "is nothing that tokens are counted for");
        if (what.text == "in") s.tokens.input = count;
        if (what.text == "out") s.tokens.output = count;
        if (what.text == "cached") s.tokens.cached = count;
        if (what.text == "reasoning") s.tokens.reasoning = count;
    } while (!words.done());
}

void take_finish(phrase& words, provider_step& s, draft&) {
    s.text = words.word("the provider's reason");
}

void take_status(phrase& words, provider_step& s, draft&) {
    s.number = words.number("an HTTP status", 100, 599);
    if (words.next_is(kind::json)) {
        auto const body = words.json("a body");
        s.json = body.json;
        s.raw_json = body.text;
    } else if (!words.done()) {
        s.text = words.bytes("a body in quotes or as JSON");
    }
}

void take_header(phrase& words, provider_step& s, draft&) {
    s.text = words.word("the field's name");
    s.words = words.text("the field's value in quotes");
}

void take_failure(phrase& words, provider_step& s, draft&) {
    s.text = words.word("the error's type");
    s.words = words.text("the error's message in quotes");
}

void take_recording(phrase& words, provider_step& s, draft& d) {
    auto const file = words.take("a file");
    s.text = file.text;
    s.recorded = recording_named(file, d);
    auto const count = static_cast<int>(s.recorded->exchanges.size());
    if (count == 0)
        throw trouble{file.at, "'" + file.text + "' has no exchange over HTTP",
                      "a provider answers requests"};
    s.number = 1;
    auto const* next = words.peek();
    if (next && next->text != "strict")
        s.number = words.number("the number of an exchange", 1, count);
    else if (count > 1)
        throw trouble{file.at, "'" + file.text + "' has " + std::to_string(count) + " exchanges",
                      "write which: recording " + file.text + " 1"};
    s.strict = words.accept("strict");
}

void take_pace(phrase& words, provider_step& s, draft&) {
    std::vector<std::string> names;
    for (auto const& row : mock::paces()) names.emplace_back(row.name);
    s.text = words.one_of(names, "a pace", "is no pace that is known").text;
    if (words.accept("seed")) s.number = words.number("a seed", 0, 2'000'000'000);
}

void take_wait(phrase& words, provider_step& s, draft& d) {
    d.made.mock_waits.push_back({d.made.providers.back().name, s.line, read_wait(words, d)});
}

std::vector<verb_row> const& verbs() {
    using enum provider_verb;
    static std::vector<verb_row> const rows{
        {"text", text, "text \"...\" [times N]", take_said},
        {"thinking", thinking, "thinking \"...\"", take_text},
        {"refusal", refusal, "refusal \"...\"", take_text},
        {"tool", tool, "tool NAME {json} [in N pieces]", take_tool},
        {"usage", usage, "usage 20 in 5 out", take_usage},
        {"finish", finish, "finish REASON", take_finish},
        {"stall", stall, "stall", take_nothing},
        {"end", end, "end", take_nothing},
        {"close", close, "close", take_nothing},
        {"reset", reset, "reset", take_nothing},
        {"status", status, "status CODE [{json} or \"text\"]", take_status},
        {"header", header, "header NAME \"value\"", take_header},
        {"head", head, "head", take_nothing},
        {"bytes", bytes, "bytes \"...\"", take_bytes},
        {"raw", raw, "raw \"...\"", take_bytes},
        {"comment", comment, "comment \"...\"", take_comment},
        {"failure", failure, "failure TYPE \"message\"", take_failure},
        {"recording", recording, "recording FILE [NUMBER] [strict]", take_recording},
        {"pace", pace, "pace NAME [seed N]", take_pace},
        {"wait", wait, "wait who -> whom  what...", take_wait},
    };
    return rows;
}

provider_step read_step(phrase& words, int line, draft& d) {
    provider_step step;
    step.line = line;
    step.after = read_after(words);
    auto const& row = read_verb(words, verbs());
    step.verb = row.verb;
    row.read(words, step, d);
    words.finish();
    return step;
}

// A recording is a whole answer, from the head to how it is closed.
void expect_room_for(mock::turn const& turn, provider_step const& step, place at) {
    auto const is = [](provider_verb verb) {
        return [verb](provider_step const& s) { return s.verb == verb; };
    };
    auto const& before = turn.steps;
    if (std::any_of(before.begin(), before.end(), is(provider_verb::recording)))
        throw trouble{at, "nothing can follow a recording", "it has its own end"};
    if (step.verb == provider_verb::recording &&
        !std::all_of(before.begin(), before.end(), is(provider_verb::wait)))
        throw trouble{at, "a recording is a whole answer", "only 'wait' may stand before it"};
}

}  // namespace

std::vector<known_word> provider_verb_words() { return words_of(verbs()); }

std::vector<std::string> const& token_count_words() {
    static std::vector<std::string> const words{"in", "out", "cached", "reasoning"};
    return words;
}

void read_provider(phrase& head, line_reader& lines, draft& d) {
    head.form("provider FORMAT [NAME]");
    std::vector<std::string> formats;
    for (auto const& format : wire::provider_formats()) formats.emplace_back(format.name);
    auto const format = head.one_of(formats, "a format", "is not a provider format");

    mock::provider_script script;
    script.line = format.at.line;
    script.format = format.text;
    auto const name = head.done() ? format : head.take_word("a name");
    script.name = name.text;
    head.finish();
    d.add_actor(script.name, name.at, "provider " + script.format + " NAME");
    d.made.providers.push_back(std::move(script));

    auto&     turns = d.made.providers.back().turns;
    int const level = lines.inside_section() ? lines.column() : 0;
    while (lines.inside_section()) {
        auto const line = lines.number();
        auto const column = lines.column();
        auto       words = lines.take();
        if (column < level)
            throw trouble{words.here(), "this line stands further left than the first turn",
                          "turns stand in column " + std::to_string(level)};
        if (column == level) {
            if (!words.accept("turn"))
                throw trouble{words.here(), "a provider speaks in turns",
                              turns.empty() ? "write 'turn' on a line of its own above"
                                            : "steps stand deeper than 'turn'"};
            words.form("turn");
            words.finish();
            turns.push_back({{}, line});
            continue;
        }
        if (auto const* first = words.peek(); first->text == "turn" && words.peek(1) == nullptr)
            throw trouble{first->at, "this turn stands deeper than the first",
                          "turns stand in column " + std::to_string(level)};
        auto const first = words.here();
        auto       step = read_step(words, line, d);
        expect_room_for(turns.back(), step, first);
        turns.back().steps.push_back(std::move(step));
    }
}

}  // namespace scenario
