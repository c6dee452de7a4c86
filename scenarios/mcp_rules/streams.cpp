#include <algorithm>
#include <set>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"
#include "wire/json_members.hpp"

// 8.3: event streams and going on from them.
namespace scenario::rules {

namespace {

using json = nlohmann::json;
using conversation = mcp_conversation;
using finding = mcp_finding;

char const* const resuming = "2025-11-25 basic/transports: Resumability and Redelivery";

void events(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        for (auto const& e : x.events) {
            if (e.data.empty()) continue;
            bool const one = wire::read_json(e.data).is_object() &&
                             e.data.find('\n') == std::string::npos && e.type == "message";
            f.expect(one || e.type == "endpoint", x.place(),
                     "an event of type " + e.type + " that is no message in one line");
        }
}

// Whoever begins with an id and no data lets its client come back before there is a word.
bool is_primed(mcp_exchange const& x) {
    return !x.events.empty() && x.events.front().data.empty() && !x.events.front().id.empty();
}

void priming(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const asked = wire::read_json(x.body);
        if (x.modern || !x.streams() || x.events.empty() || !is_request(asked)) continue;
        if (member(asked, "method") == "initialize" || x.revision.empty()) continue;
        if (x.probe == "no version") continue;  // then it is of an older one
        bool const gives_ids = !x.events.back().id.empty();
        if (x.revision == "2025-11-25" && gives_ids)
            f.expect(is_primed(x), x.place(), "no event with an id and without data begins it");
        if (x.revision != "2025-11-25")
            f.expect(!is_primed(x), x.place(), "an event without data, at " + x.revision);
    }
}

void unique_ids(conversation const& c, finding& f) {
    std::set<std::string> seen;
    for (auto const& x : c.exchanges) {
        if (x.probe == "resume" || x.probe == "unknown Last-Event-ID") continue;
        for (auto const& e : x.events)
            if (!e.id.empty())
                f.expect(seen.insert(std::to_string(x.scope) + ' ' + e.id).second, x.place(),
                         "the id " + e.id + " is that of two events");
    }
}

json token_of(json const& note) { return member(member(note, "params"), "progressToken"); }

// What is said on a resumed stream is of the request whose stream it was.
void own_stream_only(conversation const& c, finding& f) {
    auto const* cut = sent_for(c, "cut off");
    if (cut == nullptr) return;
    auto const token = member(member(member(cut->value, "params"), "_meta"), "progressToken");
    for (auto const* x : exchanges_for(c, "resume"))
        for (auto const& e : x->events) {
            auto const said = wire::read_json(e.data);
            if (!said.is_object() || said.empty()) continue;
            bool const of_another =
                (is_response(said) && member(said, "id") != member(cut->value, "id")) ||
                (!token_of(said).is_null() && token_of(said) != token);
            f.expect(!of_another, x->place(), "what belongs to another stream: " + e.data);
        }
}

std::vector<double> progress_on(mcp_exchange const& x, json const& token) {
    std::vector<double> values;
    for (auto const& e : x.events) {
        auto const said = wire::read_json(e.data);
        auto const value = member(member(said, "params"), "progress");
        if (token_of(said) == token && value.is_number()) values.push_back(value.get<double>());
    }
    return values;
}

// The steps of the slow call, half of them before the cut and half behind: as evenly as the call
// that nobody cut has said them.
void whole_replay(conversation const& c, finding& f) {
    auto const before = exchanges_for(c, "cut off");
    auto const behind = exchanges_for(c, "resume");
    auto const whole = exchanges_for(c, "slow");
    if (before.empty() || behind.empty() || whole.empty()) return;
    if (behind[0]->status != 200) return;
    auto const token = [](mcp_exchange const& x) {
        auto const asked = wire::read_json(x.body);
        return member(member(member(asked, "params"), "_meta"), "progressToken");
    };
    auto       heard = progress_on(*before[0], token(*before[0]));
    auto const more = progress_on(*behind[0], token(*before[0]));
    heard.insert(heard.end(), more.begin(), more.end());
    auto const expected = progress_on(*whole[0], token(*whole[0]));
    if (expected.empty()) return;
    f.expect(heard == expected, behind[0]->place(),
             std::to_string(heard.size()) + " notes of progress on both, " +
                 std::to_string(expected.size()) + " where nothing was cut");
}

void answer_is_kept(conversation const& c, finding& f) {
    auto const* cut = sent_for(c, "cut off");
    if (cut == nullptr) return;
    for (auto const* x : exchanges_for(c, "resume")) {
        if (x->status != 200) continue;
        bool const there = std::any_of(x->events.begin(), x->events.end(), [&](auto const& e) {
            auto const said = wire::read_json(e.data);
            return is_response(said) && member(said, "id") == member(cut->value, "id");
        });
        f.expect(there, x->place(), "the answer does not come on the resumed stream");
        if (there) f.expect(x->over && !x->left, x->place(), "it stays open behind the answer");
    }
}

void strange_last_event(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "unknown Last-Event-ID"))
        f.expect(x->status >= 400 || x->events.empty(), x->place(), "it is given events");
    for (auto const* x : exchanges_for(c, "resume"))
        for (auto const& e : x->events)
            f.expect(e.data != "{}", x->place(), "an event that says {}");
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

char const* const a_client = "of a client; an examination has only our own";
char const* const long_run = "takes longer than an examination may";

mcp_rule const all[] = {
    {"E01", "C P", must, "a parser takes all forms of server-sent events", "WHATWG HTML 9.2",
     nullptr, a_client},
    {"E02", "S P", practice, "one message an event, in one line, of type message", "the SDKs",
     events, nullptr},
    {"E03", "C P", practice, "events without data are no messages", "typescript-sdk#1184", nullptr,
     a_client},
    {"E04", "S P", should,
     "since 2025-11-25 a resumable stream begins with an id and no data; not before", resuming,
     priming, nullptr},
    {"E05", "S P", should, "retry is said before a stream is closed early", resuming, nullptr,
     "no server closes early unless it is made to"},
    {"E06", "C P", must, "a client waits for retry", resuming, nullptr, a_client},
    {"E07", "C P", should, "a client comes back with the last id", resuming, nullptr, a_client},
    {"E08", "C P", practice, "a client does not come back for an answered request",
     "typescript-sdk#1191", nullptr, a_client},
    {"E09", "C P", practice, "a client comes back seldom, and not for ever", "python-sdk#3257",
     nullptr, a_client},
    {"E10", "C P", practice, "405 on GET: a client does not ask again", "the SDKs", nullptr,
     a_client},
    {"E11", "C P", practice, "a request whose stream is gone fails at once", "typescript-sdk#2739",
     nullptr, a_client},
    {"E12", "S P", must, "the ids of events are unique in a session", resuming, unique_ids,
     nullptr},
    {"E13", "S P", must, "a resumed stream has no messages of another stream", resuming,
     own_stream_only, nullptr},
    {"E14", "S P", practice, "what is resumed is complete, in order and without repetition",
     "the SDKs", whole_replay, nullptr},
    {"E15", "S P", practice, "a resumed stream has the answer, and ends", "the SDKs",
     answer_is_kept, nullptr},
    {"E16", "S P", practice, "an unknown Last-Event-ID gives nothing, and no event is empty",
     "servers#4099", strange_last_event, nullptr},
    {"E17", "S P", should, "no session gets the events of another", resuming, nullptr,
     "needs two principals, of which an examination has one"},
    {"E18", "P", practice, "a gateway's ids are its own", "gateways only", nullptr,
     "needs both sides of a gateway"},
    {"E19", "S P", practice, "a silent stream has a comment every 25 seconds", "typescript-sdk#270",
     nullptr, long_run},
    {"E20", "S P", practice, "what is kept for those who come back is bounded", "mcp-proxy#72",
     nullptr, long_run},
};

}  // namespace

std::span<mcp_rule const> streams() { return all; }

}  // namespace scenario::rules
