#pragma once

#include <exception>
#include <map>
#include <string>
#include <vector>

#include "scenarios/parser_lines.hpp"
#include "scenarios/parser_phrase.hpp"
#include "scenarios/recording.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// A scenario while it is read. What can only be judged at the end of the file is kept aside.
struct draft {
    scenario                   made;
    std::vector<token>         spoken_of;  // names in arrows: may come before their owner's section
    std::map<std::string, int> actors{{"proxy", 0}};  // and the lines that brought them
    std::map<std::string, int> sections;              // those that may stand only once
    recordings const*          kept = nullptr;        // instead of the files beside the scenario

    void add_actor(std::string const& name, place at, std::string const& remedy);
};

// One function per section. `head` stands behind the section's word; the lines below are
// taken from `lines` as long as they are indented.
void read_covers(phrase& head, line_reader& lines, draft&);
void read_gateway(phrase& head, line_reader& lines, draft&);
void read_provider(phrase& head, line_reader& lines, draft&);
void read_mcp(phrase& head, line_reader& lines, draft&);
void read_client(phrase& head, line_reader& lines, draft&);
void read_network(phrase& head, line_reader& lines, draft&);
void read_expect(phrase& head, line_reader& lines, draft&);
void read_never(phrase& head, line_reader& lines, draft&);
void read_sweep(phrase& head, line_reader& lines, draft&);
void read_waive(phrase& head, line_reader& lines, draft&);
void read_virtual(phrase& head, line_reader& lines, draft&);

// A whole file in which no "$name" is left.
scenario parse_instance(std::string const& text, std::string const& path);

// "[when] who -> whom  what...": the rest of the line.
arrow read_arrow(phrase&, draft&);

// "who -> whom": the two names, which must be somebody's.
struct way {
    token from;
    token to;
};
way read_way(phrase&, draft&);

// "wait ARROW" behind its first word: an arrow without a time.
arrow read_wait(phrase&, draft&);

// The recording that a word names: kept with the scenario, or a file.
std::shared_ptr<replay::recording const> recording_named(token const& file, draft const&);

// "[+after]" before a verb.
runtime::duration read_after(phrase&);

// The verb of a step: a row of `rows` by its word, or trouble with the nearest one. Each row
// has a `word` and a `form`.
template <class Rows>
auto const& read_verb(phrase& words, Rows const& rows) {
    std::vector<std::string> known;
    for (auto const& row : rows) known.emplace_back(row.word);
    auto const verb = words.one_of(known, "what happens", "is not something this actor can do");
    for (auto const& row : rows) {
        if (row.word != verb.text) continue;
        words.form(row.form);
        return row;
    }
    std::terminate();  // one_of has thrown before
}

}  // namespace scenario
