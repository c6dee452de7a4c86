#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "scenarios/mcp_judging.hpp"
#include "wire/mcp_modern.hpp"

// 8.4: what is said beside calls: ping, progress, cancelling, logging.
namespace scenario::rules {

namespace {

using namespace std::chrono_literals;

char const* const progress = "2025-11-25 basic/utilities/progress";
char const* const cancelling = "2025-11-25 basic/utilities/cancellation";

// The judges of one side: `server` is whose.

template <bool server>
void pings(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server == server || m.modern || method_of(m.value) != "ping") continue;
        bool const  plain = m.stream == 0 || m.probe == "ping" || m.probe == "listen";
        auto const* said = answer_to(c, m);
        if (!is_request(m.value) || (server && !plain)) continue;
        if (said == nullptr && (c.is_traced() || m.probe != "ping")) continue;  // J04 has it
        // A relay says so where the one whom it has asked is silent for too long.
        bool const relayed = c.is_traced() && !server;
        if (relayed && said && member(said->value, "error").is_object()) continue;
        auto const result = said ? member(said->value, "result") : json();
        f.expect(result.is_object() && result.empty(), m.place,
                 said ? "the result is " + result.dump() : "no answer");
    }
}

template <bool server>
void tokens(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (!is_progress(m) || m.by_server != server) continue;
        auto const token = token_told(m.value);
        bool const known = std::any_of(c.messages.begin(), c.messages.end(), [&](auto const& call) {
            return call.by_server != server && call.scope == m.scope && is_request(call.value) &&
                   token_given(call.value) == token && !token.is_null();
        });
        f.expect(known, m.place, "nobody has given the token " + token.dump());
    }
}

template <bool server>
void increasing(conversation const& c, finding& f) {
    for (auto const& call : c.messages) {
        if (call.by_server == server || !is_request(call.value)) continue;
        json last;
        for (auto const* note : progress_of(c, call)) {
            auto const value = member(member(note->value, "params"), "progress");
            f.expect(value.is_number() && (last.is_null() || value > last), note->place,
                     value.dump() + " behind " + last.dump());
            last = value;
        }
    }
}

template <bool server>
void progress_before_the_answer(conversation const& c, finding& f) {
    for (auto const& call : c.messages) {
        if (call.by_server == server || !is_request(call.value)) continue;
        auto const* answer = answer_to(c, call);
        if (answer == nullptr || call.probe == "cut off" || call.probe == "to be duplicated")
            continue;
        if (member(call.value, "params").contains("task")) continue;  // its token lives on
        for (auto const* note : progress_of(c, call))
            f.expect(note < answer, note->place, "progress behind the answer");
    }
}

void unique_tokens(conversation const& c, finding& f) {
    for (auto const& call : c.messages) {
        auto const token = token_given(call.value);
        if (call.by_server || token.is_null() || !is_request(call.value)) continue;
        bool unique = true;
        for (auto const& other : c.messages) {
            if (&other >= &call) break;
            if (other.by_server || other.scope != call.scope || token_given(other.value) != token)
                continue;
            auto const* answer = answer_to(c, other);
            bool const  open = answer == nullptr || answer > &call;
            unique = unique && !(open && cancel_of(c, other) == nullptr && c.ended.empty());
        }
        f.expect(unique, call.place, "the token " + token.dump() + " is in use");
    }
}

template <bool server>
void cancels_what_it_asked(conversation const& c, finding& f) {
    for (auto const& note : c.messages) {
        if (note.by_server != server || method_of(note.value) != "notifications/cancelled")
            continue;
        auto const         id = member(member(note.value, "params"), "requestId");
        mcp_message const* call = nullptr;
        for (auto const& m : c.messages) {
            if (&m >= &note) break;
            if (m.by_server == server && m.scope == note.scope && is_request(m.value) &&
                m.value["id"] == id)
                call = &m;
        }
        // A request whose connection was closed at once may never have arrived.
        if (call == nullptr && c.is_traced() && note.stream != 0) continue;
        auto const* answer = call ? answer_to(c, *call) : nullptr;
        bool const  late = answer != nullptr && answer < &note && answer->at + c.slack < note.at;
        f.expect(call != nullptr && !late, note.place,
                 call == nullptr ? "nobody has asked with the id " + id.dump()
                                 : "the request " + id.dump() + " was answered before");
    }
}

void cancelled(conversation const& c, finding& f) {
    auto const grace = c.is_traced() ? c.slack : runtime::duration(300ms);
    for (auto const& call : c.messages) {
        if (call.by_server || call.modern || !is_request(call.value)) continue;
        auto const* note = cancel_of(c, call);
        auto const* answer = answer_to(c, call);
        if (note == nullptr || (answer != nullptr && answer < note)) continue;
        std::size_t more = 0;
        for (auto const* told : progress_of(c, call))
            more += told > note && told->at > note->at + grace;
        bool const answered = answer != nullptr && answer->at > note->at + grace;
        f.expect(more == 0 && !answered, call.place,
                 std::to_string(more) + " notes of progress behind its cancelling" +
                     (answered ? ", and an answer" : ""));
    }
}

constexpr std::array levels{"debug", "info",     "notice", "warning",
                            "error", "critical", "alert",  "emergency"};

std::size_t rank_of(json const& level) {
    return static_cast<std::size_t>(std::ranges::find(levels, as_text(level)) - levels.begin());
}

void log_levels(conversation const& c, finding& f) {
    std::map<std::uint64_t, std::size_t> least;
    for (auto const& m : c.messages) {
        auto const rank = rank_of(member(member(m.value, "params"), "level"));
        if (m.by_server && method_of(m.value) == "notifications/message" && least.contains(m.scope))
            f.expect(rank >= least[m.scope], m.place,
                     "the level " + as_text(member(member(m.value, "params"), "level")) +
                         " is below what was set");
        if (m.by_server || m.modern || method_of(m.value) != "logging/setLevel") continue;
        if (rank == levels.size()) {
            expect_code(c, f, m, wire::rpc_invalid_params);
            continue;
        }
        auto const* said = answer_to(c, m);
        if (said == nullptr || (c.is_traced() && said->value.contains("error"))) continue;
        auto const result = member(said->value, "result");
        f.expect(result.is_object() && result.empty(), m.place, "the result is " + result.dump());
        least[m.scope] = rank;
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"L10",
     "C S P",
     must,
     "ping is answered with {}",
     "2025-11-25 basic/utilities/ping",
     {.server = pings<true>, .client = pings<false>}},
    {"L11",
     "S C P",
     must,
     "progress has the token of a request, of its type",
     progress,
     {.server = tokens<true>, .client = tokens<false>}},
    {"L12",
     "S C P",
     must,
     "progress increases",
     progress,
     {.server = increasing<true>, .client = increasing<false>, .relayed = true}},
    {"L13",
     "S C P",
     must,
     "no progress behind the answer",
     progress,
     {.server = progress_before_the_answer<true>, .client = progress_before_the_answer<false>}},
    {"L15", "C P", must, "tokens in use are unique", progress, {.client = unique_tokens}},
    {"L16",
     "C S P",
     must,
     "only what is in flight is cancelled",
     cancelling,
     {.server = cancels_what_it_asked<true>,
      .client = cancels_what_it_asked<false>,
      .timed = true}},
    {"L17",
     "S P",
     should,
     "what is cancelled has no answer and no more progress",
     cancelling,
     {.server = cancelled, .timed = true}},
    {"L21",
     "S P",
     practice,
     "logging/setLevel: {}, -32602 for a level that is none, and nothing below the level",
     "2025-11-25 server/utilities/logging",
     {.server = log_levels, .relayed = true}},
};

}  // namespace

std::span<mcp_rule const> utilities() { return all; }

}  // namespace scenario::rules
