#include "replay/recording.hpp"
#include "runtime/mcp_transport.hpp"
#include "scenarios/autonomous_server.hpp"
#include "scenarios/parser_draft.hpp"
#include "scenarios/parser_mcp_steps.hpp"
#include "scenarios/vocabulary.hpp"
#include "wire/mcp_modern.hpp"

namespace scenario {

namespace {

using mock_mcp::mcp_step;
using kind = token::kind;

struct part_row {
    std::string word;
    std::string form;
};

std::vector<part_row> const& parts() {
    static std::vector<part_row> const rows{
        {"tool", "tool NAME {\"parameter\": \"type\"} [task SUPPORT]"},
        {"resource", "resource URI [{json}]"},
        {"prompt", "prompt NAME [{\"argument\": \"what it is\"}]"},
        {"on", "on METHOD"},
        {"page-size", "page-size 2"},
        {"more-tools", "more-tools 100"},
        {"announced", "announced no"},
        {"sessions", "sessions yes"},
        {"resumable", "resumable yes"},
        {"wants", "wants NAME \"value\""},
        {"shows", "shows NAME"},
        {"answers", "answers json"},
        {"strangers", "strangers yes"},
        {"recording", "recording FILE"},
    };
    return rows;
}

void take_recording(token const& file, mock_mcp::mcp_script& script, draft const& d) {
    script.recorded = recording_named(file, d);
    script.recording_name = file.text;
    bool const stdio = script.transport == "stdio";
    if (script.recorded->over_stdio != stdio)
        throw trouble{file.at, "'" + file.text + "' was not recorded over " + script.transport,
                      stdio ? "lockstep record --stdio" : "lockstep record --upstream"};
}

bool take_yes_or_no(phrase& words) {
    return words.one_of({"yes", "no"}, "'yes' or 'no'", "is neither 'yes' nor 'no'").text == "yes";
}

// What a part is about: nothing, or a JSON object.
nlohmann::json take_about(phrase& words, char const* what) {
    if (words.done()) return nlohmann::json::object();
    auto const about = words.json(what);
    if (!about.json.is_object())
        throw trouble{about.at, "this is no JSON object",
                      "for instance {\"name\": \"what it is\"}"};
    return about.json;
}

// The steps of a section, which is now the last of its kind.
template <class Section>
std::vector<mcp_step>* added(std::vector<Section>& all, Section one, int line) {
    one.line = line;
    all.push_back(std::move(one));
    return &all.back().steps;
}

// A line at the first level: an option, a tool or a method. Gives the steps to fill below it,
// none for an option.
std::vector<mcp_step>* read_part(phrase& words, int line, mock_mcp::mcp_script& script,
                                 draft const& d) {
    std::vector<std::string> known;
    for (auto const& row : parts()) known.push_back(row.word);
    auto const what =
        words.one_of(known, "'tool' or 'on'", "is neither a tool nor an option of a server");
    for (auto const& row : parts())
        if (row.word == what.text) words.form(row.form);
    if (script.recorded)
        throw trouble{what.at, "nothing can stand beside a recording", "all is in it"};
    if (what.text == "tool") {
        mock_mcp::tool_script tool;
        tool.name = words.word("the tool's name");
        bool const plain = words.done() || !words.next_is(kind::json);
        tool.parameters =
            plain ? nlohmann::json::object() : words.json("a JSON object with its parameters").json;
        if (!words.done()) {
            words.expect("task");
            tool.task = words
                            .one_of({"optional", "required"}, "'optional' or 'required'",
                                    "is neither 'optional' nor 'required'")
                            .text;
        }
        return added(script.tools, std::move(tool), line);
    }
    if (what.text == "resource") {
        mock_mcp::resource_script resource;
        resource.uri = words.word("the resource's URI");
        resource.about = take_about(words, "what its listing says");
        return added(script.resources, std::move(resource), line);
    }
    if (what.text == "prompt") {
        mock_mcp::prompt_script prompt;
        prompt.name = words.word("the prompt's name");
        prompt.arguments = take_about(words, "its arguments");
        return added(script.prompts, std::move(prompt), line);
    }
    if (what.text == "on") {
        mock_mcp::method_script method;
        method.method = words.word("a method");
        return added(script.methods, std::move(method), line);
    }
    if (!script.tools.empty() || !script.methods.empty() || !script.resources.empty() ||
        !script.prompts.empty())
        throw trouble{what.at, "an option stands before the first tool", {}};
    if (what.text == "page-size") {
        script.page_size = words.number("a number of entries", 1, 1'000'000);
    } else if (what.text == "more-tools") {
        script.more_tools = words.number("a number of tools", 1, 1'000'000);
    } else if (what.text == "resumable") {
        using enum mock_mcp::mcp_script::resuming;
        auto const how = words.one_of({"yes", "no", "astray"}, "'yes', 'no' or 'astray'",
                                      "is neither 'yes' nor 'no' nor 'astray'");
        script.resumable = how.text == "yes" ? yes : how.text == "no" ? no : astray;
    } else if (what.text == "wants") {
        auto name = words.word("a header's name");
        script.wanted.emplace_back(std::move(name), words.text("its value in quotes"));
    } else if (what.text == "shows") {
        script.shown.push_back(words.word("a header's name"));
    } else if (what.text == "announced") {
        script.announced = take_yes_or_no(words);
    } else if (what.text == "sessions") {
        script.sessions = take_yes_or_no(words);
    } else if (what.text == "strangers") {
        script.strangers = take_yes_or_no(words);
    } else if (what.text == "recording") {
        take_recording(words.take("a file"), script, d);
    } else {
        script.json_answers =
            words.one_of({"json", "stream"}, "'json' or 'stream'", "is neither 'json' nor 'stream'")
                .text == "json";
    }
    return nullptr;
}

// The lines below the head.
void read_parts(line_reader& lines, draft& d) {
    std::vector<mcp_step>* steps = nullptr;
    int const              level = lines.inside_section() ? lines.column() : 0;
    while (lines.inside_section()) {
        auto const line = lines.number();
        auto const column = lines.column();
        auto       words = lines.take();
        auto const at = words.here();
        if (column < level)
            throw trouble{at, "this line stands further left than the first",
                          "tools stand in column " + std::to_string(level)};
        if (column == level) {
            steps = read_part(words, line, d.made.servers.back(), d);
            words.finish();
        } else if (steps == nullptr) {
            throw trouble{at, "this step belongs to no tool",
                          "write 'tool NAME' or 'on METHOD' above"};
        } else {
            auto step = read_mcp_step(words, line, d);
            check_together(step, *steps, at);
            steps->push_back(std::move(step));
        }
    }
}

bool is_revision(std::string_view text) {
    constexpr std::string_view shape = "dddd-dd-dd";
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-') return false;
    return true;
}

std::vector<std::string> transports() {
    std::vector<std::string> names;
    for (auto const& row : runtime::mcp_transports()) names.emplace_back(row.name);
    return names;
}

}  // namespace

std::vector<known_word> mcp_part_words() { return words_of(parts()); }

void read_mcp(phrase& head, line_reader& lines, draft& d) {
    head.form("mcp NAME over TRANSPORT [REVISION [and 2026-07-28]]");
    mock_mcp::mcp_script script;
    auto const           name = head.take_word("a name");
    script.name = name.text;
    script.line = name.at.line;
    head.expect("over");
    auto const over = head.one_of(transports(), "a transport", "is not a transport");
    script.transport = over.text;
    if (!head.done()) {
        auto const revision = head.take_word("a revision");
        if (!is_revision(revision.text))
            throw trouble{revision.at, "'" + revision.text + "' is not a revision of MCP",
                          "revisions are dates: 2025-11-25"};
        script.any_revision = false;
        script.modern = revision.text == wire::mcp::modern_revision;
        script.revision = script.modern ? std::string() : revision.text;
    }
    if (!head.done()) {
        head.expect("and");
        auto const other = head.take_word("the other revision");
        if (script.modern || other.text != wire::mcp::modern_revision)
            throw trouble{other.at, "a server speaks one revision up to 2025-11-25 and 2026-07-28",
                          "write '2025-11-25 and 2026-07-28'"};
        script.modern = true;
    }
    if (script.modern && script.transport == "sse")
        throw trouble{over.at, "HTTP+SSE is older than 2026-07-28", "write 'over streamable-http'"};
    head.finish();
    d.add_actor(script.name, name.at, "mcp OTHER-NAME over " + script.transport);
    d.made.servers.push_back(std::move(script));

    auto const before = lines.number();
    read_parts(lines, d);
    if (lines.number() != before) return;
    auto const  own = lines_of(autonomous_server());
    line_reader own_lines(own);
    read_parts(own_lines, d);
}

}  // namespace scenario
