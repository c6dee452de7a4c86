#include <algorithm>
#include <map>
#include <set>

#include "scenarios/mcp_judging.hpp"

// 8.3: event streams and going on from them, at the server.
namespace scenario::rules {

namespace {

using namespace std::chrono_literals;

char const* const resuming = "2025-11-25 basic/transports: Resumability and Redelivery";

void events(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        for (auto const& e : x.events) {
            if (e.data.empty()) continue;
            bool const one = e.said().is_structured() && e.data.find('\n') == std::string::npos &&
                             e.type == "message";
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
        if (x.modern || !x.streams() || x.events.empty() || !x.is_request()) continue;
        if (method_of(x.asked()) == "initialize" || x.revision.empty()) continue;
        if (x.probe == "no version" || x.probe == "several")
            continue;  // then it is of an older one
        bool const gives_ids = !x.events.back().id.empty();
        if (x.revision == "2025-11-25" && gives_ids)
            f.expect(is_primed(x), x.place(), "no event with an id and without data begins it");
        if (x.revision != "2025-11-25")
            f.expect(!is_primed(x), x.place(), "an event without data, at " + x.revision);
    }
}

// Closed before the answer, so that its client has to come back.
bool is_closed_early(conversation const& c, mcp_exchange const& x) {
    if (x.modern || !x.is_request() || !x.streams() || !x.over || !x.trouble.empty()) return false;
    if (x.events.empty() || x.events.back().id.empty() || answers(x, x.asked())) return false;
    bool wanted = true;  // neither cancelled nor of a session that is no more
    for (auto const& m : c.messages)
        if (m.stream == x.number && !m.by_server) wanted = wanted && cancel_of(c, m) == nullptr;
    for (auto const& other : c.exchanges)
        wanted = wanted && !(other.request.method == "DELETE" && other.scope == x.scope &&
                             other.at <= x.over_at);
    return wanted;
}

void retry_is_said(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (is_closed_early(c, x))
            f.expect(names_retry(x), x.place(), "it is closed early, and no retry was said");
}

void unique_ids(conversation const& c, finding& f) {
    std::set<std::string> seen;
    for (auto const& x : c.exchanges) {
        if (is_resume(x)) continue;
        for (auto const& e : x.events) {
            if (e.id.empty()) continue;
            // One without data is none: it says where a stream is that is opened once more.
            bool const fresh = seen.insert(std::to_string(x.scope) + ' ' + e.id).second;
            f.expect(fresh || e.data.empty(), x.place(),
                     "the id " + e.id + " is that of two events");
        }
    }
}

// What is said on a resumed stream is of the request whose stream it was.
void own_stream_only(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const* origin = resumed_by(c, x);
        if (origin == nullptr || x.status != 200) continue;
        bool const of_nobody = !origin->is_request();
        auto const token = of_nobody ? json() : token_given(origin->asked());
        for (auto const& e : x.events) {
            auto const& said = e.said();
            if (!said.is_object() || said.empty()) continue;
            bool const another =
                is_response(said) && (of_nobody || member(said, "id") != origin->asked()["id"]);
            bool const strange = !token_told(said).is_null() && token_told(said) != token;
            f.expect(!another && !strange, x.place(), "what belongs to another stream: " + e.data);
        }
    }
}

std::vector<json> progress_on(mcp_exchange const& x, json const& token) {
    std::vector<json> values;
    for (auto const& e : x.events)
        if (token_told(e.said()) == token)
            values.push_back(member(member(e.said(), "params"), "progress"));
    return values;
}

// What the stream has had before the cut does not come again, and nothing is left out: the steps of
// the slow call come as evenly as the call that nobody cut has said them.
void whole_replay(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const* origin = resumed_by(c, x);
        if (origin == nullptr || x.status != 200) continue;
        auto const last = behind(*origin, x.field("last-event-id"));
        bool       fresh = true;
        for (auto const& e : x.events)
            for (std::size_t i = 0; i < last; ++i)
                fresh = fresh && (e.data.empty() || e.data != origin->events[i].data ||
                                  e.id.empty() || e.id != origin->events[i].id);
        f.expect(fresh, x.place(), "what had been heard comes again");
        auto const whole = exchanges_for(c, "slow");
        if (!origin->is_request() || whole.empty()) continue;
        auto const token = token_given(origin->asked());
        auto       heard = progress_on(*origin, token);
        auto const more = progress_on(x, token);
        heard.insert(heard.end(), more.begin(), more.end());
        auto const expected = progress_on(*whole[0], token_given(whole[0]->asked()));
        if (expected.empty()) continue;
        f.expect(heard == expected, x.place(),
                 std::to_string(heard.size()) + " notes of progress on both, " +
                     std::to_string(expected.size()) + " where nothing was cut");
    }
}

void answer_is_kept(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const* origin = resumed_by(c, x);
        if (origin == nullptr || x.status != 200 || !origin->is_request()) continue;
        auto const& asked = origin->asked();
        bool const  before = answers(*origin, asked);
        bool const  there = answers(x, asked);
        if (before || (c.is_traced() && (x.left || !x.over || !x.trouble.empty()))) continue;
        bool cancelled = false, again = false;
        for (auto const& m : c.messages)
            if (m.stream == origin->number && !m.by_server) cancelled = cancel_of(c, m) != nullptr;
        for (auto const& other : c.exchanges)
            again = again || (other.number > x.number && resumed_by(c, other) == origin);
        if (cancelled || (c.is_traced() && again)) continue;
        f.expect(there, x.place(), "the answer does not come on the resumed stream");
        if (there && !c.is_traced())
            f.expect(x.over && !x.left, x.place(), "it stays open behind the answer");
    }
}

bool has_words(mcp_exchange const& x) {
    return std::any_of(x.events.begin(), x.events.end(),
                       [](auto const& e) { return !e.data.empty(); });
}

// Of this id in any other session.
bool is_of_another(conversation const& c, mcp_exchange const& x) {
    auto const last = x.field("last-event-id");
    for (auto const& other : c.exchanges)
        for (auto const& e : other.events)
            if (other.scope != x.scope && e.id == last) return true;
    return false;
}

void strange_last_event(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (!is_resume(x) || x.modern) continue;
        if (resumed_by(c, x) == nullptr) {
            if (!is_of_another(c, x))
                f.expect(x.status >= 400 || !has_words(x), x.place(), "it is given events");
            continue;
        }
        for (auto const& e : x.events) f.expect(e.data != "{}", x.place(), "an event that says {}");
    }
}

void not_of_another_session(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (is_resume(x) && !x.modern && resumed_by(c, x) == nullptr && is_of_another(c, x))
            f.expect(x.status >= 400 || !has_words(x), x.place(),
                     "it is given the events of another session");
}

// A comment now and then keeps a silent stream from being cut by those in between.
void warm_streams(conversation const& c, finding& f) {
    constexpr auto silence_max = 25s;
    if (c.may_be_silent) return;
    for (auto const& x : c.exchanges) {
        if (!x.streams()) continue;
        auto times = x.comments;
        for (auto const& e : x.events) times.push_back(e.at);
        if (x.over || x.left) times.push_back(x.over_at);
        std::ranges::sort(times);
        auto last = x.at;
        for (auto const t : times) {
            if (t - last > silence_max)
                f.expect(false, x.place(), "nothing is said for " + runtime::to_text(t - last));
            last = t;
        }
        if (last - x.at > silence_max) f.expect(true, x.place(), {});
    }
}

void clean_errors_of_the_store(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (is_resume(x) && resumed_by(c, x) != nullptr && x.status != 0)
            f.expect(x.status < 500, x.place(), "an id that it has given: " + status_of(x));
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"E02",
     "S P",
     practice,
     "one message an event, in one line, of type message",
     "the SDKs",
     {.server = events}},
    {"E04",
     "S P",
     should,
     "since 2025-11-25 a resumable stream begins with an id and no data; not before",
     resuming,
     {.server = priming}},
    {"E05",
     "S P",
     should,
     "retry is said before a stream is closed early",
     resuming,
     {.server = retry_is_said}},
    {"E12",
     "S P",
     must,
     "the ids of events are unique in a session",
     resuming,
     {.server = unique_ids}},
    {"E13",
     "S P",
     must,
     "a resumed stream has no messages of another stream",
     resuming,
     {.server = own_stream_only}},
    {"E14",
     "S P",
     practice,
     "what is resumed is complete, in order and without repetition",
     "the SDKs",
     {.server = whole_replay}},
    {"E15",
     "S P",
     practice,
     "a resumed stream has the answer, and ends",
     "the SDKs",
     {.server = answer_is_kept}},
    {"E16",
     "S P",
     practice,
     "an unknown Last-Event-ID gives nothing, and no event is empty",
     "servers#4099",
     {.server = strange_last_event}},
    {"E17",
     "S P",
     should,
     "no session gets the events of another",
     resuming,
     {.server = not_of_another_session}},
    {"E19",
     "S P",
     practice,
     "a silent stream has a comment every 25 seconds",
     "typescript-sdk#270",
     {.server = warm_streams, .timed = true}},
    {"E20",
     "S P",
     practice,
     "what is not kept any more is refused with a clean error",
     "mcp-proxy#72",
     {.server = clean_errors_of_the_store}},
};

}  // namespace

std::span<mcp_rule const> streams() { return all; }

}  // namespace scenario::rules
