#include "scenarios/parser_draft.hpp"

#include <algorithm>

#include "scenarios/vocabulary.hpp"

namespace scenario {

namespace {

// What may follow `ask`, `post` and `get`; kept as "FIRST SECOND".
struct option_row {
    std::string              first;
    std::string              form;
    std::vector<std::string> second;  // empty: none
    bool                     any_second = false;
};

std::vector<option_row> const& options() {
    static std::vector<option_row> const rows{
        {"unstreamed", "unstreamed", {}},
        {"key", "key sk-...", {}, true},
        {"model", "model NAME", {}, true},
        {"with", "with usage", {"usage"}},
        {"no", "no tools, no key, no progress", {"tools", "key", "progress"}},
        {"approval", "approval always", {"always", "never", "given", "denied"}},
        {"over", "over responses", {"chat", "responses", "messages"}},
        {"function", "function NAME", {}, true},
        {"continued", "continued", {}},
        {"times", "times N", {}, true},
        {"path", "path /mcp/NAME", {}, true},
        {"meanwhile", "meanwhile", {}},
        {"silent", "silent", {}},
        {"answers-in", "answers-in TIME", {}, true},
        {"as", "as task", {"task"}},
        {"modern", "modern", {}},
        {"header", "header \"Mcp-Method: tools/list\"", {}, true},
        {"without", "without Mcp-Name", {}, true},
        {"shows", "shows X-Accel-Buffering", {}, true},
    };
    return rows;
}

void read_options(phrase& words, client_step& step) {
    std::vector<std::string> known;
    for (auto const& row : options()) known.push_back(row.first);
    while (!words.done()) {
        auto const first = words.one_of(known, "an option", "is not an option of a request");
        for (auto const& row : options()) {
            if (row.first != first.text) continue;
            words.form(row.form);
            auto option = first.text;
            if (option == "times") {
                option += " " + std::to_string(words.number("how often", 1, 1000));
            } else if (row.any_second) {
                auto const second = words.take("the word after '" + option + "'");
                if (option == "answers-in" && !runtime::parse_duration(second.text))
                    throw trouble{second.at, "'" + second.text + "' is no time",
                                  "write 'answers-in 5s'"};
                option += " " + second.text;
            }
            if (!row.second.empty())
                option += " " + words
                                    .one_of(row.second, "'" + row.form + "'",
                                            "does not belong to '" + option + "'")
                                    .text;
            step.options.push_back(std::move(option));
        }
    }
}

// How often a step is said; the option has done its work then.
int times_of(client_step& step) {
    constexpr std::string_view word = "times ";
    int                        times = 1;
    std::erase_if(step.options, [&](std::string const& option) {
        if (!option.starts_with(word)) return false;
        times = std::stoi(option.substr(word.size()));
        return true;
    });
    return times;
}

struct verb_row {
    std::string word;
    client_verb verb;
    std::string form;
    void (*read)(phrase&, client_step&, draft&);
};

void take_nothing(phrase&, client_step&, draft&) {}

bool has(client_step const& s, std::string const& option) {
    return std::find(s.options.begin(), s.options.end(), option) != s.options.end();
}

void take_ask(phrase& words, client_step& s, draft&) {
    s.text = words.text("the question in quotes");
    auto const at = words.here();
    read_options(words, s);
    bool const continued = has(s, "continued");
    if (continued && !has(s, "over responses"))
        throw trouble{at, "only a response can be 'continued'", "write 'over responses continued'"};
    if (!continued && (has(s, "approval given") || has(s, "approval denied")))
        throw trouble{at, "an approval is given or denied to what was asked before",
                      "write 'over responses continued approval given'"};
}

void take_request(phrase& words, client_step& s, draft&) {
    auto const path = words.take_word("a path");
    if (!path.text.starts_with('/'))
        throw trouble{path.at, "'" + path.text + "' is not a path", "paths begin with '/'"};
    s.text = path.text;
    read_options(words, s);
}

void take_raw(phrase& words, client_step& s, draft&) { s.text = words.bytes("quoted bytes"); }

void take_read(phrase& words, client_step& s, draft&) {
    if (!words.done()) s.number = words.number("a number of bytes", 0, 2'000'000'000);
}

void take_wait(phrase& words, client_step& s, draft& d) { s.until = read_wait(words, d); }

void take_call(phrase& words, client_step& s, draft&) {
    s.text = words.take_word("a tool, as SERVER/TOOL or by the gateway's name for it").text;
    if (words.next_is(token::kind::json)) s.body = words.json("the arguments as JSON").text;
    read_options(words, s);
}

void take_list(phrase& words, client_step& s, draft&) {
    s.text = words
                 .one_of({"tools", "prompts", "resources", "templates", "tasks"}, "what is listed",
                         "is nothing that servers list")
                 .text;
    read_options(words, s);
}

void take_method(phrase& words, client_step& s, draft&) {
    s.text = words.take_word("a method").text;
    if (words.next_is(token::kind::json)) s.body = words.json("the params as JSON").text;
    read_options(words, s);
}

void take_batch(phrase& words, client_step& s, draft&) {
    auto const at = words.here();
    auto const all = words.json("the messages as a list in JSON");
    if (!all.json.is_array()) throw trouble{at, "a batch is a list of messages", "batch [{...}]"};
    s.body = all.text;
    read_options(words, s);
}

void take_listen(phrase& words, client_step& s, draft&) {
    auto const at = words.here();
    if (words.next_is(token::kind::json)) s.body = words.json("what is asked for as JSON").text;
    read_options(words, s);
    if (!s.body.empty() && !has(s, "modern"))
        throw trouble{at, "only since 2026-07-28 a client says what it wants to be told of",
                      "write 'listen {...} modern'"};
}

void take_revision(phrase& words, client_step& s, draft&) {
    auto const* next = words.peek();
    bool const  is_date =
        next && !next->text.empty() && next->text[0] >= '0' && next->text[0] <= '9';
    if (is_date) s.text = words.take_word("a revision, 2025-11-25").text;
    read_options(words, s);
}

std::vector<verb_row> const& verbs() {
    static std::vector<verb_row> const rows{
        {"ask", client_verb::ask, "ask \"...\" [options]", take_ask},
        {"post", client_verb::post, "post PATH [options], and the body below", take_request},
        {"get", client_verb::get, "get PATH [options]", take_request},
        {"delete", client_verb::erase, "delete PATH [options]", take_request},
        {"raw", client_verb::raw, "raw \"...\"", take_raw},
        {"read", client_verb::read, "read [BYTES]", take_read},
        {"pause", client_verb::pause, "pause", take_nothing},
        {"resume", client_verb::resume, "resume", take_nothing},
        {"disconnect", client_verb::disconnect, "disconnect", take_nothing},
        {"abort", client_verb::abort, "abort", take_nothing},
        {"wait", client_verb::wait, "wait who -> whom  what...", take_wait},
        {"terminate", client_verb::terminate, "terminate", take_nothing},
        {"initialize", client_verb::initialize, "initialize [REVISION] [options]", take_revision},
        {"call", client_verb::call, "call SERVER/TOOL [{json}] [options]", take_call},
        {"list", client_verb::list, "list WHAT [options]", take_list},
        {"request", client_verb::request, "request METHOD [{json}] [options]", take_method},
        {"notify", client_verb::notify, "notify METHOD [{json}] [options]", take_method},
        {"batch", client_verb::batch, "batch [{json}, ...] [options]", take_batch},
        {"cancel", client_verb::cancel, "cancel", take_nothing},
        {"listen", client_verb::listen, "listen [{json}] [options]", take_listen},
        {"reconnect", client_verb::reconnect, "reconnect", take_nothing},
        {"end-session", client_verb::end_session, "end-session", take_nothing},
    };
    return rows;
}

}  // namespace

std::vector<known_word> client_verb_words() { return words_of(verbs()); }

std::vector<known_word> request_option_words() {
    std::vector<known_word> words;
    for (auto const& row : options()) words.push_back({row.first, row.form});
    return words;
}

void read_client(phrase& head, line_reader& lines, draft& d) {
    head.form("client [NAME]");
    client_script script;
    place         at{head.here().line, 1, 6};
    script.line = at.line;
    if (!head.done()) {
        at = head.here();
        script.name = head.word("a name");
    }
    head.finish();
    d.add_actor(script.name, at, "client NAME");
    d.made.clients.push_back(std::move(script));

    auto& steps = d.made.clients.back().steps;
    while (lines.inside_section()) {
        client_step step;
        auto        words = lines.take();
        step.after = read_after(words);
        step.where = words.here();
        auto const& row = read_verb(words, verbs());
        step.verb = row.verb;
        row.read(words, step, d);
        words.finish();
        if (step.verb == client_verb::post) step.body = lines.take_block(step.where.column);
        auto const times = times_of(step);
        for (int i = 1; i < times; ++i) steps.push_back(step);
        steps.push_back(std::move(step));
    }
}

}  // namespace scenario
