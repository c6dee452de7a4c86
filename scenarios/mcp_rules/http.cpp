#include <algorithm>
#include <cmath>
#include <set>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"
#include "wire/json_members.hpp"

// 8.2: streamable HTTP with sessions.
namespace scenario::rules {

namespace {

using json = nlohmann::json;
using conversation = mcp_conversation;
using finding = mcp_finding;

char const* const transports = "2025-11-25 basic/transports: Streamable HTTP";

std::string status_of(mcp_exchange const& x) {
    return x.status == 0 ? "no answer: " + x.trouble : "status " + std::to_string(x.status);
}

void expect_status(conversation const& c, finding& f, char const* probe, unsigned wanted) {
    for (auto const* x : exchanges_for(c, probe))
        f.expect(x->status == wanted, x->place(),
                 status_of(*x) + " instead of " + std::to_string(wanted));
}

int code_in(mcp_exchange const& x) {
    auto text = x.answer;
    for (auto const& e : x.events)
        if (!e.data.empty()) text = e.data;
    auto const said = wire::read_json(text);
    auto const code = member(member(said, "error"), "code");
    return code.is_number_integer() ? code.get<int>() : 0;
}

void notes_accepted(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "notification"))
        f.expect(x->status == 202 && x->answer.empty() && x->events.empty(), x->place(),
                 x->status == 202 ? "a 202 with a body" : status_of(*x) + " instead of 202");
}

void kinds_of_answers(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const asked = wire::read_json(x.body);
        if (x.modern || x.status != 200 || !is_request(asked)) continue;
        auto const* type = runtime::find_field(x.fields, "content-type");
        bool const  json_type = type && type->starts_with("application/json");
        bool const  ok = x.streams() || (json_type && wire::read_json(x.answer).is_object());
        f.expect(ok, x.place(),
                 json_type ? "the body is no JSON object"
                           : "Content-Type " + (type ? *type : "is missing"));
    }
}

void get_streams(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "listen"))
        f.expect((x->status == 200 && x->streams()) || x->status == 405, x->place(),
                 status_of(*x) + ", and neither a stream nor 405");
}

void no_answers_on_get(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "listen")) {
        if (x->status != 200) continue;
        bool const clean = std::none_of(x->events.begin(), x->events.end(), [](auto const& e) {
            auto const said = wire::read_json(e.data);
            return said.is_object() && is_response(said);
        });
        f.expect(clean, x->place(), "an answer comes on the stream of nobody's request");
    }
}

void nothing_behind_the_answer(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const asked = wire::read_json(x.body);
        if (x.modern || !x.streams() || !is_request(asked) || x.probe == "duplicate") continue;
        std::size_t behind = 0;
        bool        answered = false;
        for (auto const& e : x.events) {
            if (answered) ++behind;
            auto const said = wire::read_json(e.data);
            if (is_response(said) && member(said, "id") == asked["id"]) answered = true;
        }
        if (!answered) continue;
        f.expect(behind == 0 && x.over, x.place(),
                 behind > 0 ? "the answer is not the last" : "the stream stays open");
    }
}

void streams_end_answered(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const asked = wire::read_json(x.body);
        if (x.modern || !x.streams() || !x.over || x.left || !is_request(asked)) continue;
        if (x.probe == "cancelled") continue;
        bool const good = std::any_of(x.events.begin(), x.events.end(), [&](auto const& e) {
            auto const said = wire::read_json(e.data);
            return !e.id.empty() || (is_response(said) && member(said, "id") == asked["id"]);
        });
        f.expect(good, x.place(), "the stream ends without an answer or an id to go on from");
    }
}

void leaving_is_not_cancelling(conversation const& c, finding& f) {
    auto const* cut = sent_for(c, "cut off");
    auto const  again = exchanges_for(c, "resume");
    if (cut == nullptr || again.empty() || again[0]->status != 200) return;
    f.expect(answer_to(c, *cut) != nullptr, cut->place,
             "its client has left, and its answer cannot be had");
}

void session_characters(conversation const& c, finding& f) {
    for (auto const& id : c.sessions)
        f.expect(!id.empty() && std::all_of(id.begin(), id.end(),
                                            [](char x) { return x >= 0x21 && x <= 0x7E; }),
                 "initialize", "a session id with other characters than 0x21 to 0x7E");
}

// An estimate from above: how many ids of this length and these characters there are.
double bits_of(std::string const& id) {
    bool hex = true;
    int  length = 0;
    for (char const x : id) {
        if (!std::isalnum(static_cast<unsigned char>(x))) continue;
        ++length;
        hex = hex && std::isxdigit(static_cast<unsigned char>(x));
    }
    return length * (hex ? 4.0 : std::log2(62.0));
}

void session_guesses(conversation const& c, finding& f) {
    std::set<std::string> seen;
    for (auto const& id : c.sessions) {
        f.expect(seen.insert(id).second, "initialize", "a session id is given twice");
        f.expect(bits_of(id) >= 100, "initialize",
                 "a session id of " + std::to_string(id.size()) + " characters can be guessed");
    }
}

void session_missing(conversation const& c, finding& f) { expect_status(c, f, "no session", 400); }

void session_unknown(conversation const& c, finding& f) {
    expect_status(c, f, "unknown session", 404);
    expect_status(c, f, "ended session", 404);
}

void session_ends(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "ended session"))
        f.expect(x->status >= 400, x->place(), "a session that was deleted goes on");
    for (auto const* x : exchanges_for(c, "listen to the end"))
        if (x->status == 200)
            f.expect(x->over && !x->left, x->place(), "the stream of a deleted session stays open");
}

void bad_version(conversation const& c, finding& f) {
    expect_status(c, f, "version 1999-01-01", 400);
}

void no_version(conversation const& c, finding& f) { expect_status(c, f, "no version", 200); }

void bad_requests(conversation const& c, finding& f) {
    expect_status(c, f, "bad JSON", 400);
    for (auto const* x : exchanges_for(c, "bad JSON"))
        if (x->status == 400)
            f.expect(code_in(*x) == -32700, x->place(),
                     "code " + std::to_string(code_in(*x)) + " instead of -32700");
    expect_status(c, f, "not JSON-RPC", 400);
    expect_status(c, f, "empty batch", 400);
    expect_status(c, f, "text/plain", 415);
    expect_status(c, f, "Accept text/html", 406);
    expect_status(c, f, "PUT", 405);
}

void second_initialize(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "second initialize"))
        f.expect(x->status == 400 || code_in(*x) != 0, x->place(), "it is taken");
}

void at_the_same_time(conversation const& c, finding& f) {
    auto const *slow = sent_for(c, "slow"), *quick = sent_for(c, "beside the slow one");
    if (slow == nullptr || quick == nullptr) return;
    auto const *late = answer_to(c, *slow), *soon = answer_to(c, *quick);
    if (late == nullptr) return;
    f.expect(soon != nullptr && soon < late, quick->place, "it has to wait for the slow call");
}

void same_id_twice(conversation const& c, finding& f) {
    auto const first = exchanges_for(c, "to be duplicated");
    auto const second = exchanges_for(c, "duplicate");
    if (first.empty() || second.empty()) return;
    f.expect(second[0]->status >= 400 || code_in(*second[0]) != 0, second[0]->place(),
             "it is taken: " + status_of(*second[0]));
    auto const asked = wire::read_json(first[0]->body);
    bool const answered =
        std::any_of(first[0]->events.begin(), first[0]->events.end(), [&](auto const& e) {
            auto const said = wire::read_json(e.data);
            return is_response(said) && member(said, "id") == asked["id"];
        });
    f.expect(answered || !first[0]->answer.empty(), first[0]->place(),
             "the first request with this id is never answered");
}

void strange_verbs(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "behind OPTIONS"))
        f.expect(x->status == 200, x->place(), status_of(*x) + " behind OPTIONS");
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

char const* const a_client = "of a client; an examination has only our own";
char const* const both_sides = "needs both sides of a gateway";

mcp_rule const all[] = {
    {"H01", "C P", must, "each message of a client is a POST of its own", transports, nullptr,
     a_client},
    {"H02", "C P", must, "a POST accepts JSON and event streams", transports, nullptr, a_client},
    {"H03", "C P", must, "a GET accepts event streams", transports, nullptr, a_client},
    {"H04", "C P", practice, "a POST is application/json", transports, nullptr, a_client},
    {"H05", "S P", must, "a notification is accepted with 202 and no body", transports,
     notes_accepted, nullptr},
    {"H06", "S P", must, "a request is answered with one JSON object or an event stream",
     transports, kinds_of_answers, nullptr},
    {"H07", "C P", must, "a client copes with both", transports, nullptr, a_client},
    {"H08", "S P", must, "GET is answered with a stream or 405", transports, get_streams, nullptr},
    {"H09", "S P", must, "no answer on a GET stream that resumes nothing", transports,
     no_answers_on_get, nullptr},
    {"H10", "S P", must, "a message is on one stream only", transports, nullptr,
     "equal messages cannot be told from one that is said twice"},
    {"H11", "S P", should, "what precedes an answer relates to it", transports, nullptr,
     "only a server's script knows what relates to what; E13 judges progress"},
    {"H12", "S P", should, "the stream ends behind the answer", transports,
     nothing_behind_the_answer, nullptr},
    {"H13", "S P", should, "no stream ends without the answer, or an id to go on from", transports,
     streams_end_answered, nullptr},
    {"H14", "S P", should, "who leaves has not cancelled", transports, leaving_is_not_cancelling,
     nullptr},
    {"H15", "C P", should, "who cancels says so", transports, nullptr, a_client},
    {"H16", "S P", must, "a session id is of visible ASCII", transports, session_characters,
     nullptr},
    {"H17", "S P", should, "a session id is unique and cannot be guessed", transports,
     session_guesses, nullptr},
    {"H18", "C P", must, "the session id is in all later requests", transports, nullptr, a_client},
    {"H19", "S P", should, "a request without its session id: 400", transports, session_missing,
     nullptr},
    {"H20", "S P", must, "an unknown or ended session: 404", transports, session_unknown, nullptr},
    {"H21", "C P", must, "a client begins anew after that 404", transports, nullptr, a_client},
    {"H22", "C P", practice, "once, and leaves nothing pending", transports, nullptr, a_client},
    {"H23", "C P", should, "a client deletes its session", transports, nullptr, a_client},
    {"H24", "S P", must, "a deleted session is dead, and its stream ends", transports, session_ends,
     nullptr},
    {"H25", "C P", must, "the version header is in all requests behind initialize", transports,
     nullptr, a_client},
    {"H26", "S P", must, "an unknown version header: 400", transports, bad_version, nullptr},
    {"H27", "S", should, "without a version header 2025-03-26 is meant", transports, no_version,
     nullptr},
    {"H28", "S P", practice,
     "bad JSON 400 with -32700, no JSON-RPC 400, wrong type 415, wrong Accept 406, unknown verb "
     "405",
     "the SDKs", bad_requests, nullptr},
    {"H29", "S P", practice, "a second initialize is refused", "the SDKs", second_initialize,
     nullptr},
    {"H30", "C P", practice, "a session id on an error is not taken", "typescript-sdk#2466",
     nullptr, a_client},
    {"H31", "S P", practice, "requests of one session are served at the same time", transports,
     at_the_same_time, nullptr},
    {"H32", "S P", practice, "an id that is in flight is refused; the first call still ends",
     "typescript-sdk#2433", same_id_twice, nullptr},
    {"H33", "P", practice, "events pass at once", "java-sdk#848", nullptr, both_sides},
    {"H34", "P", practice, "OPTIONS does not break the endpoint", "RFC 9110", strange_verbs,
     nullptr},
};

}  // namespace

std::span<mcp_rule const> http() { return all; }

}  // namespace scenario::rules
