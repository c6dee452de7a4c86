// What an MCP server does, line by line.

#include "scenarios/parser_mcp_steps.hpp"

#include <charconv>

#include "scenarios/parser_draft.hpp"
#include "scenarios/vocabulary.hpp"

namespace scenario {

namespace {

using mock_mcp::mcp_step;
using mock_mcp::mcp_verb;
using kind = token::kind;

struct verb_row {
    std::string word;
    mcp_verb    verb;
    std::string form;
    void (*read)(phrase&, mcp_step&, draft&);
};

void take_nothing(phrase&, mcp_step&, draft&) {}

void take_text(phrase& words, mcp_step& s, draft&) { s.text = words.text("a quoted text"); }

constexpr int times_max = 100'000'000;

void take_times(phrase& words, mcp_step& s) {
    s.number = words.accept("times") ? words.number("how often", 1, times_max) : 1;
}

void take_bytes(phrase& words, mcp_step& s, draft&) {
    s.text = words.bytes("quoted bytes");
    take_times(words, s);
}

void take_message(phrase& words, mcp_step& s, draft& d) {
    if (!words.next_is(kind::json)) return take_bytes(words, s, d);
    s.text = words.json("a message").text;
    take_times(words, s);
}

void take_header(phrase& words, mcp_step& s, draft&) {
    s.words = words.word("the header's name");
    s.text = words.bytes("the header's value in quotes");
    take_times(words, s);
}

void take_result(phrase& words, mcp_step& s, draft&) {
    if (words.next_is(kind::json))
        s.json = words.json("a result").json;
    else
        s.text = words.text("a result in quotes or as JSON");
}

void take_error(phrase& words, mcp_step& s, draft&) {
    s.number = words.number("an error code", -2'000'000'000, 2'000'000'000);
    s.text = words.text("the error's message in quotes");
}

double number_in(token const& whole, std::string_view part) {
    double     value = 0;
    auto const end = part.data() + part.size();
    auto const [stopped, trouble_there] = std::from_chars(part.data(), end, value);
    if (trouble_there != std::errc{} || stopped != end)
        throw trouble{whole.at, "'" + whole.text + "' is not a progress", "for instance 1/3"};
    return value;
}

void take_progress(phrase& words, mcp_step& s, draft&) {
    auto const       t = words.take_word("a progress, 1/3");
    std::string_view all = t.text;
    auto const       slash = all.find('/');
    s.value = number_in(t, all.substr(0, slash));
    if (slash != all.npos) s.total = number_in(t, all.substr(slash + 1));
    if (!words.done()) s.text = words.text("a message in quotes");
}

void take_log(phrase& words, mcp_step& s, draft&) {
    s.words = words.one_of(log_level_words(), "a level", "is not a level of MCP's log").text;
    s.text = words.text("a quoted text");
}

void take_ask(phrase& words, mcp_step& s, draft&) {
    s.words = words
                  .one_of({"sampling", "elicitation", "roots", "task", "task-result", "ping"},
                          "what is asked", "is nothing that a server asks")
                  .text;
    if (words.next_is(kind::json)) s.json = words.json("the parameters as JSON").json;
    while (!words.done()) {
        auto const option = words.one_of({"as", "if-offered"}, "'as NAME' or 'if-offered'",
                                         "says nothing of a question");
        if (option.text == "as")
            s.key = words.word("a name for the answer");
        else
            s.if_offered = true;
    }
}

void take_and_ask(phrase& words, mcp_step& s, draft& d) {
    take_ask(words, s, d);
    s.together = true;
}

void take_announce(phrase& words, mcp_step& s, draft&) {
    s.words = words.word("'tools', 'prompts', 'resources' or a resource's URI");
}

void take_notify(phrase& words, mcp_step& s, draft&) {
    s.words = words.take_word("a method").text;
    if (!words.done()) s.json = words.json("the params as JSON").json;
}

void take_hang_up(phrase& words, mcp_step& s, draft& d) {
    s.pause = words.pause("a pause, 500ms");
    auto& kept = d.made.servers.back().resumable;
    using enum mock_mcp::mcp_script::resuming;
    if (kept == no) kept = yes;
}

void take_exit(phrase& words, mcp_step& s, draft&) {
    if (!words.done()) s.number = words.number("an exit status", 0, 255);
}

void take_status(phrase& words, mcp_step& s, draft&) {
    s.number = words.number("an HTTP status", 100, 599);
    if (!words.done()) s.text = words.bytes("a body in quotes");
}

void take_wait(phrase& words, mcp_step& s, draft& d) {
    d.made.mock_waits.push_back({d.made.servers.back().name, s.line, read_wait(words, d)});
}

std::vector<verb_row> const& verbs() {
    using enum mcp_verb;
    static std::vector<verb_row> const rows{
        {"result", result, "result \"text\" or result {json}", take_result},
        {"tool-error", tool_error, "tool-error \"text\"", take_text},
        {"error", error, "error CODE \"message\"", take_error},
        {"progress", progress, "progress 1/3 [\"message\"]", take_progress},
        {"log", log, "log LEVEL \"text\"", take_log},
        {"ask", ask, "ask WHAT [{json}] [as NAME] [if-offered]", take_ask},
        {"and-ask", ask, "and-ask WHAT [{json}] [as NAME] [if-offered]", take_and_ask},
        {"notify", notify, "notify METHOD [{json}]", take_notify},
        {"announce", announce, "announce WHAT", take_announce},
        {"hang-up", hang_up, "hang-up PAUSE", take_hang_up},
        {"stall", stall, "stall", take_nothing},
        {"end", end, "end", take_nothing},
        {"close", close, "close", take_nothing},
        {"reset", reset, "reset", take_nothing},
        {"exit", exit, "exit [STATUS]", take_exit},
        {"status", status, "status CODE [\"text\"]", take_status},
        {"bytes", bytes, "bytes \"...\" [times N]", take_bytes},
        {"message", message, "message \"...\" or message {json} [times N]", take_message},
        {"header", header, "header NAME \"value\" [times N]", take_header},
        {"stderr", complain, "stderr \"...\" [times N]", take_bytes},
        {"wait", wait, "wait who -> whom  what...", take_wait},
    };
    return rows;
}

}  // namespace

mcp_step read_mcp_step(phrase& words, int line, draft& d) {
    mcp_step step;
    step.line = line;
    step.after = read_after(words);
    auto const& row = read_verb(words, verbs());
    step.verb = row.verb;
    row.read(words, step, d);
    words.finish();
    return step;
}

// A question that is asked together with the one above it.
void check_together(mcp_step const& step, std::vector<mcp_step> const& above, place at) {
    if (!step.together) return;
    if (above.empty() || above.back().verb != mcp_verb::ask)
        throw trouble{at, "nothing is asked above", "write 'ask' for a question of its own"};
    if (step.after > runtime::duration::zero())
        throw trouble{at, "this is asked at one time with the question above",
                      "leave the time out"};
}

std::vector<known_word> mcp_verb_words() { return words_of(verbs()); }

std::vector<std::string> const& log_level_words() {
    static std::vector<std::string> const words{"debug", "info",     "notice", "warning",
                                                "error", "critical", "alert",  "emergency"};
    return words;
}

}  // namespace scenario
