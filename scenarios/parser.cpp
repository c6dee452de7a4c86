#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/parser_draft.hpp"
#include "scenarios/spoken.hpp"
#include "scenarios/sweep.hpp"
#include "scenarios/vocabulary.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

struct section_row {
    std::string word;
    void (*read)(phrase&, line_reader&, draft&);
    bool has_lines = true;
};

// One row per section, in the order of the language's description.
std::vector<section_row> const& sections() {
    static std::vector<section_row> const rows{
        {"covers", read_covers, false},
        {"gateway", read_gateway},
        {"provider", read_provider},
        {"mcp", read_mcp},
        {"client", read_client},
        {"network", read_network},
        {"expect", read_expect},
        {"never", read_never},
        {"sweep", read_sweep},
        {"waive", read_waive, false},
        {"virtual", read_virtual, false},
    };
    return rows;
}

void expect_text(std::vector<std::string> const& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        place at{static_cast<int>(i) + 1, 1, 1};
        if (!wire::is_utf8(lines[i])) {
            auto const mended = wire::to_utf8(lines[i]);
            auto const broken =
                std::mismatch(lines[i].begin(), lines[i].end(), mended.begin(), mended.end()).first;
            at.column = column_at(lines[i], static_cast<std::size_t>(broken - lines[i].begin()));
            throw trouble{at, "this is not UTF-8", "in a text it is written \\xHH"};
        }
        for (std::size_t byte = 0; byte < lines[i].size(); ++byte) {
            auto const c = static_cast<unsigned char>(lines[i][byte]);
            if ((c >= 0x20 && c != 0x7f) || c == '\t') continue;
            at.column = column_at(lines[i], byte);
            throw trouble{at, "an unprintable character stands here",
                          "in a text it is written \\xHH"};
        }
    }
}

std::string title_of(std::vector<std::string> const& lines, std::string const& otherwise) {
    for (auto const& line : lines) {
        if (line.empty()) continue;
        if (line.front() != '#') break;
        auto const begin = line.find_first_not_of("# \t");
        if (begin != std::string::npos)
            return line.substr(begin, line.find_last_not_of(" \t") + 1 - begin);
    }
    return otherwise;
}

void read_section(line_reader& lines, draft& d) {
    if (lines.column() > 1)
        throw trouble{lines.take().here(), "this line belongs to no section",
                      "a section begins with a word at the margin"};
    auto       head = lines.take();
    auto const word = head.one_of(section_words(), "a section's name", "is not a section");
    for (auto const& row : sections()) {
        if (row.word != word.text) continue;
        row.read(head, lines, d);
        if (!row.has_lines && lines.inside_section())
            throw trouble{lines.take().here(), "'" + row.word + "' has no lines below it", {}};
    }
}

void expect_known_actors(draft const& d) {
    std::vector<std::string> known;
    for (auto const& [name, line] : d.actors) known.push_back(name);
    for (auto const& t : d.spoken_of)
        if (!d.actors.contains(t.text))
            throw trouble{t.at, "nobody here is called '" + t.text + "'",
                          suggestion(t.text, known)};
}

role role_of(std::string const& name, scenario const& s) {
    for (auto const& p : s.providers)
        if (p.name == name) return role::provider;
    for (auto const& m : s.servers)
        if (m.name == name) return role::mcp_server;
    return name == "proxy" ? role::gateway : role::client;
}

// An arrow that no trace can have would make `never` hold for nothing.
void expect_possible(arrow const& a, scenario const& s) {
    auto const* known = verbs_between(role_of(a.from, s), role_of(a.to, s));
    if (known == nullptr)
        throw trouble{a.where, "nothing passes from '" + a.from + "' to '" + a.to + "'",
                      "everybody speaks with the proxy"};
    if (a.what.empty()) return;
    auto const& verb = a.what.front();
    if (verb.what == token::kind::word &&
        std::find(known->begin(), known->end(), verb.text) != known->end())
        return;
    throw trouble{verb.at, "'" + to_text(verb) + "' is nothing that " + a.from + " says to " + a.to,
                  suggestion(verb.text, *known)};
}

void expect_possible_arrows(scenario const& s) {
    for (auto const* all : {&s.expect, &s.never})
        for (auto const& a : *all) expect_possible(a, s);
    for (auto const& w : s.mock_waits) expect_possible(w.until, s);
    for (auto const& c : s.clients)
        for (auto const& step : c.steps)
            if (step.verb == client_verb::wait) expect_possible(step.until, s);
}

void read_all(draft& d) {
    line_reader lines(d.made.lines);
    while (!lines.at_end()) read_section(lines, d);
    expect_known_actors(d);
    expect_possible_arrows(d.made);
}

// The sweep alone: what the other sections say is not known before its axes are.
void read_plan_only(draft& d) {
    auto lines = d.made.lines;
    bool inside = false;
    for (auto& line : lines) {
        auto const word = line.substr(0, line.find_first_of(" \t#"));
        if (!word.empty()) inside = word == "sweep";
        if (!inside) line.clear();
    }
    line_reader reader(lines);
    while (!reader.at_end()) read_section(reader, d);
}

// Reads with `read`, and tells trouble with the line that it is in.
scenario drafted(std::string const& text, std::string const& path, void (*read)(draft&),
                 recordings const* kept = nullptr) {
    draft d;
    d.kept = kept;
    d.made.path = path;
    d.made.name = std::filesystem::path(path).stem().string();
    d.made.lines = lines_of(text);
    d.made.title = title_of(d.made.lines, d.made.name);
    auto const line_text = [&](int number) {
        auto const index = static_cast<std::size_t>(number) - 1;
        return index < d.made.lines.size() ? d.made.lines[index] : std::string();
    };
    try {
        expect_text(d.made.lines);
        read(d);
    } catch (trouble const& t) {
        throw syntax_error(path, wire::to_utf8(line_text(t.at.line)), t.at, t.problem, t.hint);
    }
    return std::move(d.made);
}

}  // namespace

void draft::add_actor(std::string const& name, place at, std::string const& remedy) {
    auto const [entry, is_new] = actors.emplace(name, at.line);
    if (is_new) return;
    throw trouble{at, "somebody else is called '" + name + "' already",
                  entry->second == 0
                      ? "that is the gateway; write: " + remedy
                      : "in line " + std::to_string(entry->second) + "; write: " + remedy};
}

std::shared_ptr<replay::recording const> recording_named(token const& file, draft const& d) {
    if (!d.kept) return find_recording(file.text, d.made.path, file.at);
    auto const kept = d.kept->find(file.text);
    if (kept != d.kept->end()) return kept->second;
    throw trouble{file.at, "the recording '" + file.text + "' has not been kept", {}};
}

std::vector<std::string> section_words() {
    std::vector<std::string> words;
    for (auto const& row : sections()) words.push_back(row.word);
    return words;
}

sweep_plan read_plan(std::string const& text, std::string const& path) {
    return drafted(text, path, read_plan_only).sweep;
}

scenario parse_instance(std::string const& text, std::string const& path) {
    return drafted(text, path, read_all);
}

scenario parse_instance(std::string const& text, std::string const& path, recordings const& kept) {
    return drafted(text, path, read_all, &kept);
}

scenario parse(std::string const& text, std::string const& path) {
    auto const axes = read_plan(text, path).axes;
    if (axes.empty()) return parse_instance(text, path);
    sweep_choice first(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (!axes[i].values.empty()) first[i] = axes[i].values.front();
    auto made = parse_instance(with_values(text, path, axes, first), path);
    made.instance = label_of(axes, first);
    return made;
}

std::string read_text(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || !std::filesystem::is_regular_file(path))
        throw syntax_error(path, {}, {}, "this file cannot be read",
                           "does it exist, and is it a file?");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

scenario read_file(std::string const& path) { return parse(read_text(path), path); }

std::string scenario::id() const {
    auto const folder = std::filesystem::path(path).parent_path().filename().string();
    return (folder.empty() ? "" : folder + "/") + name + (instance.empty() ? "" : "@" + instance);
}

}  // namespace scenario
