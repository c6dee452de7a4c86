#include <algorithm>
#include <charconv>
#include <filesystem>

#include "scenarios/checks.hpp"
#include "scenarios/parser_draft.hpp"
#include "scenarios/vocabulary.hpp"
#include "scenarios/wire_profile.hpp"

// The small sections: covers, gateway, network, expect, never, waive, virtual.
namespace scenario {

namespace {

// "litellm#19129", "RFC9112", "mcp/2025-11-25": a link has something that no family has.
bool is_link(std::string_view word) {
    return word.find_first_of("0123456789#/:.") != std::string_view::npos;
}

void only_once(draft& d, std::string const& section, place at) {
    auto const [entry, is_new] = d.sections.emplace(section, at.line);
    if (!is_new)
        throw trouble{at, "'" + section + "' stands here twice",
                      "the first is in line " + std::to_string(entry->second)};
}

void read_arrows(line_reader& lines, draft& d, std::vector<arrow>& into) {
    while (lines.inside_section()) {
        auto words = lines.take();
        into.push_back(read_arrow(words, d));
    }
}

// A whole configuration has what it reads of the scenario, and nothing else.
void expect_settings_read(scenario const& s) {
    auto const& name = s.gateway.config->value;
    auto const  path = std::filesystem::path(s.path).parent_path() / name;
    auto const  text = std::filesystem::exists(path) ? read_text(path.string()) : std::string();
    for (auto const& setting : s.gateway.settings) {
        auto key = setting.name;
        std::replace(key.begin(), key.end(), '-', '_');
        if (text.find("settings." + key) == text.npos)
            throw trouble{setting.where, "a setting beside a whole configuration has no effect",
                          "write it into " + name};
    }
}

}  // namespace

std::vector<std::string> const& family_words() {
    static std::vector<std::string> const words{"bytes",    "tools",   "ending",       "timeouts",
                                                "cancel",   "session", "backpressure", "fairness",
                                                "security", "routing"};
    return words;
}

void read_covers(phrase& head, line_reader&, draft& d) {
    head.form("covers FAMILY [LINK...]");
    auto const read_family = [&] {
        auto const family = head.one_of(family_words(), "a family", "is not a family of scenarios");
        d.made.families.push_back(family.text);
    };
    read_family();
    while (!head.done()) {
        if (is_link(head.peek()->text))
            d.made.links.push_back(head.take("a link").text);
        else
            read_family();
    }
}

void read_gateway(phrase& head, line_reader& lines, draft& d) {
    auto at = head.here();
    at.column = 1;
    at.width = 7;
    only_once(d, "gateway", at);
    head.form("gateway [NAME]");
    d.made.gateway.line = at.line;
    if (!head.done()) d.made.gateway.name = head.word("a name");
    head.finish();
    while (lines.inside_section()) {
        auto words = lines.take();
        words.form("NAME VALUE, for instance: idle-timeout 30s");
        auto const name = words.take_word("a setting's name");
        if (name.text == "profile") {
            words.form("profile NAME");
            std::vector<std::string> known;
            for (auto const& p : wire_profiles()) known.emplace_back(p.name);
            d.made.gateway.profile =
                words.one_of(known, "a wire profile", "is not a wire profile").text;
            words.finish();
            continue;
        }
        setting s{name.text, words.take("the setting's value").text, name.at};
        while (!words.done()) s.value += " " + words.take("a word").text;
        if (s.name == "config")
            d.made.gateway.config = std::move(s);
        else
            d.made.gateway.settings.push_back(std::move(s));
    }
    if (d.made.gateway.config) expect_settings_read(d.made);
}

namespace {

// "connection 3" before the fault: the third of this way, and no other.
void take_connection(phrase const& words, arrow& link) {
    auto& what = link.what;
    if (what.empty() || what.front().what != token::kind::word || what.front().text != "connection")
        return;
    if (what.size() < 2) words.missing("which connection, 1 for the first");
    auto const& number = what[1];
    auto const  end = number.text.data() + number.text.size();
    auto const [stopped, trouble_there] = std::from_chars(number.text.data(), end, link.connection);
    if (trouble_there != std::errc{} || stopped != end || link.connection < 1)
        throw trouble{number.at, "'" + number.text + "' is not the number of a connection",
                      "1 is the first of this way"};
    what.erase(what.begin(), what.begin() + 2);
    if (what.empty()) words.missing("the fault");
    auto const& fault = what.front();
    if (fault.text == "refuse" || fault.text == "blackhole")
        throw trouble{fault.at, "'" + fault.text + "' lies on every connection of a way",
                      "one alone can be reset, stalled and the like"};
}

}  // namespace

void read_network(phrase& head, line_reader& lines, draft& d) {
    head.finish();
    while (lines.inside_section()) {
        auto words = lines.take();
        auto link = read_arrow(words, d);
        words.form("who -> whom [connection N]  FAULT...");
        take_connection(words, link);
        if (link.what.empty()) words.missing("the fault");
        if (link.at.where.line != 0)
            throw trouble{link.at.where, "a fault lies on its way from the beginning",
                          "when it strikes it says itself: delay 2s after 300"};
        d.made.network.push_back(std::move(link));
    }
}

void read_expect(phrase& head, line_reader& lines, draft& d) {
    auto at = head.here();
    at.column = 1;
    at.width = 6;
    only_once(d, "expect", at);
    head.form("expect, or: expect exactly");
    d.made.expect_exactly = !head.done();
    if (d.made.expect_exactly) head.one_of({"exactly"}, "'exactly'", "does not belong to 'expect'");
    head.finish();
    read_arrows(lines, d, d.made.expect);
}

void read_never(phrase& head, line_reader& lines, draft& d) {
    head.finish();
    auto const first = d.made.never.size();
    read_arrows(lines, d, d.made.never);
    for (auto i = first; i < d.made.never.size(); ++i)
        if (auto const& at = d.made.never[i].at; at.what == when::kind::relative)
            throw trouble{at.where, "'never' has no line above to count from",
                          "leave the time away, or write a window: 0ms..5s"};
}

void read_waive(phrase& head, line_reader&, draft& d) {
    head.form("waive CHECK  # why");
    std::vector<std::string> known;
    for (auto const& c : checks()) known.emplace_back(c.id);
    auto const id = head.one_of(known, "a check", "is not a standing check");
    head.finish();
    if (head.comment().empty())
        throw trouble{head.here(), "the reason is missing", "the form is: waive CHECK  # why"};
    d.made.waivers.push_back({id.text, head.comment(), id.at});
}

void read_virtual(phrase& head, line_reader&, draft& d) {
    auto at = head.here();
    at.column = 1;
    at.width = 7;
    only_once(d, "virtual", at);
    head.form("virtual  # why");
    head.finish();
    if (head.comment().empty())
        throw trouble{at, "the reason is missing", "the form is: virtual  # why"};
    d.made.virtual_only = head.comment();
}

}  // namespace scenario
