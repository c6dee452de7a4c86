#include <algorithm>
#include <map>
#include <set>

#include "scenarios/mcp_judging.hpp"

// 8.2: streamable HTTP, and what it carries.
namespace scenario::rules {

namespace {

char const* const transports = "2025-11-25 basic/transports: Streamable HTTP";

// A client's side

void one_message_a_post(conversation const& c, finding& f) {
    std::string endpoint;
    bool const  old = is_of_old_sse(c);
    for (auto const& x : c.exchanges) {
        if (x.request.method != "POST") continue;
        auto const& said = x.asked();
        bool const  batch = said.is_array() && x.revision == "2025-03-26";
        f.expect(batch || is_request(said) || is_note(said) || is_response(said), x.place(),
                 "the body is not one message");
        if (endpoint.empty()) endpoint = x.request.target;
        if (!old) f.expect(x.request.target == endpoint, x.place(), "posted to another path");
    }
}

void post_accepts_both(conversation const& c, finding& f) {
    if (is_of_old_sse(c)) return;
    for (auto const& x : c.exchanges) {
        if (x.request.method != "POST") continue;
        auto const accept = x.field("accept");
        f.expect(accept.find("application/json") != accept.npos &&
                     accept.find("text/event-stream") != accept.npos,
                 x.place(), "Accept is '" + accept + "'");
    }
}

void get_accepts_events(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.request.method == "GET")
            f.expect(x.field("accept").find("text/event-stream") != std::string::npos, x.place(),
                     "Accept is '" + x.field("accept") + "'");
}

void post_is_json(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.request.method == "POST")
            f.expect(x.field("content-type").starts_with("application/json"), x.place(),
                     "Content-Type is '" + x.field("content-type") + "'");
}

// Up to 2025-11-25 a stream that is closed goes on, at the server.
void cancelling_is_said(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || m.modern || m.stream == 0 || !is_request(m.value)) continue;
        auto const* x = exchange_of(c, m);
        if (x == nullptr || !x->left || method_of(m.value) == "initialize") continue;
        if (answer_to(c, m) != nullptr || x->midway) continue;  // it was being answered
        bool goes_on = cancel_of(c, m) != nullptr;
        for (auto const& other : c.exchanges) {
            // In a session that is lost nobody can be told, nor in one whose stream is over.
            bool const lost = other.status == 404 && other.at <= x->over_at;
            bool const ends = other.request.method == "DELETE" || lost || is_old_stream_over(other);
            goes_on = goes_on || (ends && other.scope == m.scope) || resumed_by(c, other) == x;
        }
        f.expect(goes_on, m.place, "its stream is closed, and nothing says that it is cancelled");
    }
}

// A server's side

void notes_accepted(conversation const& c, finding& f) {
    for (char const* probe : {"notification", "note"})
        for (auto const* x : exchanges_for(c, probe)) {
            // In a trace its session may have gone meanwhile; then it is not accepted.
            if (c.is_traced() && (x->modern || x->status >= 400 || x->status == 0)) continue;
            f.expect(x->status == 202 && x->answer.empty() && x->events.empty(), x->place(),
                     x->status == 202 ? "a 202 with a body" : status_of(*x) + " instead of 202");
        }
}

void kinds_of_answers(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (x.modern || x.status != 200 || !x.is_request()) continue;
        if (c.is_traced() && (x.left || !x.trouble.empty())) continue;
        auto const type = x.header("content-type");
        bool const json_type = type.starts_with("application/json");
        bool const ok =
            x.streams() || (json_type && json::parse(x.answer, nullptr, false).is_object());
        f.expect(ok, x.place(),
                 json_type ? "the body is no JSON object"
                           : "Content-Type " + (type.empty() ? "is missing" : type));
    }
}

// The SDKs refuse a second stream of a session.
bool beside_another(conversation const& c, mcp_exchange const& x) {
    return std::any_of(c.exchanges.begin(), c.exchanges.end(), [&](auto const& other) {
        bool const open =
            other.at <= x.at && (!other.over && !other.left ? true : other.over_at >= x.at);
        return &other != &x && other.request.method == "GET" && other.scope == x.scope && open;
    });
}

void get_streams(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "listen")) {
        if (c.is_traced() && (x->status == 0 || beside_another(c, *x))) continue;
        f.expect((x->status == 200 && x->streams()) || x->status == 405, x->place(),
                 status_of(*x) + ", and neither a stream nor 405");
    }
}

void no_answers_on_get(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "listen")) {
        if (x->status != 200) continue;
        bool const clean = std::none_of(x->events.begin(), x->events.end(), [](auto const& e) {
            return e.said().is_object() && is_response(e.said());
        });
        f.expect(clean, x->place(), "an answer comes on the stream of nobody's request");
    }
}

// What a message is known by wherever it comes: its id, or its token and how far it has got.
std::string known_by(json const& said) {
    if (!said.is_object()) return {};
    if (is_response(said)) return "the answer to " + member(said, "id").dump();
    if (is_request(said)) return "the request " + said["id"].dump();
    if (method_of(said) != "notifications/progress") return {};
    return "progress " + member(member(said, "params"), "progress").dump() + " of " +
           token_told(said).dump();
}

void one_stream_only(conversation const& c, finding& f) {
    std::map<std::string, std::uint64_t> streams;
    for (auto const& x : c.exchanges) {
        if (x.modern || !x.field("last-event-id").empty() || x.probe == "duplicate") continue;
        if (x.probe == "to be duplicated") continue;
        for (auto const& e : x.events) {
            auto const known = known_by(e.said());
            if (known.empty()) continue;
            auto const at = streams.try_emplace(std::to_string(x.scope) + known, x.number).first;
            f.expect(at->second == x.number, x.place(), known + " came on another stream before");
        }
    }
}

// Progress is of the request whose stream it is on. A task's may come anywhere.
void what_belongs_to_it(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || m.modern || !is_request(m.value) || m.stream == 0) continue;
        auto const token = token_given(m.value);
        if (token.is_null() || member(m.value, "params").contains("task")) continue;
        for (auto const& x : c.exchanges) {
            auto const* first = resumed_by(c, x);
            bool const  own = x.number == m.stream || (first && first->number == m.stream);
            bool const  shared = !x.events.empty() && x.events.front().type == "endpoint";
            if (x.scope != m.scope || shared) continue;  // HTTP+SSE has one stream for all
            for (auto const& e : x.events)
                if (method_of(e.said()) == "notifications/progress" &&
                    token_told(e.said()) == token)
                    f.expect(own, x.place(), "progress of " + token.dump() + ", another request");
        }
    }
}

void nothing_behind_the_answer(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (x.modern || !x.streams() || !x.is_request() || x.probe == "duplicate") continue;
        auto const  id = x.asked()["id"];
        std::size_t behind = 0;
        bool        answered = false;
        for (auto const& e : x.events) {
            if (answered) ++behind;
            if (is_response(e.said()) && member(e.said(), "id") == id) answered = true;
        }
        if (!answered) continue;
        bool const stays = c.is_traced() ? false : !x.over;
        f.expect(behind == 0 && !stays, x.place(),
                 behind > 0 ? "the answer is not the last" : "the stream stays open");
    }
}

void streams_end_answered(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (x.modern || !x.streams() || !x.over || x.left || !x.is_request()) continue;
        if (x.probe == "cancelled" || (c.is_traced() && !x.trouble.empty())) continue;
        bool const cancelled =
            std::any_of(c.messages.begin(), c.messages.end(), [&](auto const& m) {
                return m.stream == x.number && !m.by_server && cancel_of(c, m) != nullptr;
            });
        if (cancelled) continue;
        bool const good = std::any_of(x.events.begin(), x.events.end(),
                                      [](auto const& e) { return !e.id.empty(); }) ||
                          answers(x, x.asked());
        f.expect(good, x.place(), "the stream ends without an answer or an id to go on from");
    }
}

void leaving_is_not_cancelling(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || m.modern || !is_request(m.value)) continue;
        auto const* x = exchange_of(c, m);
        if (x == nullptr || !x->left || answers(*x, m.value) || cancel_of(c, m) != nullptr)
            continue;
        for (auto const& again : c.exchanges)
            if (resumed_by(c, again) == x && again.status == 200 && again.over &&
                again.trouble.empty())
                f.expect(answer_to(c, m) != nullptr, m.place,
                         "its client has left, and its answer cannot be had");
    }
}

void at_the_same_time(conversation const& c, finding& f) {
    auto const *slow = sent_for(c, "slow"), *quick = sent_for(c, "beside the slow one");
    if (slow == nullptr || quick == nullptr) return;
    auto const *late = answer_to(c, *slow), *soon = answer_to(c, *quick);
    if (late == nullptr) return;
    f.expect(soon != nullptr && soon < late, quick->place, "it has to wait for the slow call");
}

// A gateway's

void copes_with_both(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs)
        if (auto const* x = exchange_of(*p.behind, *p.back); x && x->status == 200)
            expect_answer(
                p, f, x->streams() ? "an answer on a stream is lost" : "an answer in JSON is lost");
}

void served_together(mcp_view const& view, finding& f) {
    for (auto const& a : view.pairs)
        for (auto const& b : view.pairs) {
            if (a.front != b.front || a.asked->scope != b.asked->scope || view.has_faults) continue;
            if (!a.answer || !b.answer || !a.back_answer || !b.back_answer) continue;
            bool const overtakes = a.asked->at <= b.asked->at && b.asked->at < a.back_answer->at &&
                                   b.back_answer->at + a.front->slack < a.back_answer->at;
            if (&a != &b && overtakes)
                f.expect(b.answer->at < a.answer->at, b.asked->place, "it waits for an older one");
        }
}

// The nth note of a request's progress is with the client when the server has said it.
void events_pass_at_once(mcp_view const& view, finding& f) {
    if (view.has_faults || view.has_pauses) return;
    for (auto const& p : view.pairs) {
        auto const said = progress_of(*p.behind, *p.back), heard = progress_of(*p.front, *p.asked);
        for (std::size_t i = 0; i < said.size() && i < heard.size(); ++i) {
            auto const* x = exchange_of(*p.front, *heard[i]);
            if (x == nullptr || x->number != p.asked->stream) continue;  // it has come back for it
            f.expect(heard[i]->at <= said[i]->at + p.front->slack, heard[i]->place,
                     "the server has said it " + runtime::to_text(heard[i]->at - said[i]->at) +
                         " before");
        }
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"H01",
     "C P",
     must,
     "each message of a client is a POST of its own",
     transports,
     {.client = one_message_a_post}},
    {"H02",
     "C P",
     must,
     "a POST accepts JSON and event streams",
     transports,
     {.client = post_accepts_both}},
    {"H03", "C P", must, "a GET accepts event streams", transports, {.client = get_accepts_events}},
    {"H04", "C P", practice, "a POST is application/json", transports, {.client = post_is_json}},
    {"H05",
     "S P",
     must,
     "a notification is accepted with 202 and no body",
     transports,
     {.server = notes_accepted}},
    {"H06",
     "S P",
     must,
     "a request is answered with one JSON object or an event stream",
     transports,
     {.server = kinds_of_answers}},
    {"H07", "C P", must, "a client copes with both", transports, {.gateway = copes_with_both}},
    {"H08",
     "S P",
     must,
     "GET is answered with a stream or 405",
     transports,
     {.server = get_streams}},
    {"H09",
     "S P",
     must,
     "no answer on a GET stream that resumes nothing",
     transports,
     {.server = no_answers_on_get}},
    {"H10",
     "S P",
     must,
     "a message is on one stream only",
     transports,
     {.server = one_stream_only}},
    {"H11",
     "S P",
     should,
     "progress is on the stream of its request",
     transports,
     {.server = what_belongs_to_it}},
    {"H12",
     "S P",
     should,
     "the stream ends behind the answer",
     transports,
     {.server = nothing_behind_the_answer}},
    {"H13",
     "S P",
     should,
     "no stream ends without the answer, or an id to go on from",
     transports,
     {.server = streams_end_answered}},
    {"H14",
     "S P",
     should,
     "who leaves has not cancelled",
     transports,
     {.server = leaving_is_not_cancelling}},
    {"H15", "C P", should, "who cancels says so", transports, {.client = cancelling_is_said}},
    {"H31",
     "S P",
     practice,
     "requests of one session are served at the same time",
     transports,
     {.server = at_the_same_time, .gateway = served_together, .timed = true}},
    {"H33",
     "P",
     practice,
     "events pass at once",
     "java-sdk#848",
     {.gateway = events_pass_at_once, .timed = true}},
};

}  // namespace

std::span<mcp_rule const> http() { return all; }

}  // namespace scenario::rules
