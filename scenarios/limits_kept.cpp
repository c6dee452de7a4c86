#include "scenarios/limits_kept.hpp"

#include <algorithm>
#include <string_view>

namespace scenario {

namespace {

using namespace std::chrono_literals;
using runtime::duration;
using runtime::time_point;

struct limit_row {
    char const* code;     // of the error that tells it
    char const* setting;  // of the section `gateway`
    duration    otherwise;
};

constexpr limit_row idle{"idle-timeout", "idle-timeout", 120s};
constexpr limit_row first_byte{"first-byte-timeout", "first-byte-timeout", 300s};
constexpr limit_row request{"request-timeout", "request-timeout", 1800s};
constexpr limit_row tool_call{"tool-timeout", "tool-call-timeout", 60s};
constexpr limit_row tool_call_total{"tool-timeout", "tool-call-total", 300s};
constexpr limit_row tool_listing{"listing-timeout", "tool-listing-timeout", 30s};

// Nobody has told: longer than any story.
constexpr duration unknown = 24h * 365 * 100;

duration value_of(evidence const& seen, limit_row const& limit) {
    for (auto const& setting : seen.played.gateway.settings)
        if (setting.name == limit.setting)
            if (auto const value = runtime::parse_duration(setting.value)) return *value;
    return seen.has_our_defaults ? limit.otherwise : unknown;
}

// A comment, a head: words that carry nothing on.
bool carries_on(event_pointer e) { return e->verb != "comment" && e->verb != "head"; }

bool is_opaque(provider_turn const& turn) {
    return turn.first("bytes") != nullptr || turn.first("raw") != nullptr ||
           turn.first("recording") != nullptr;
}

bool before(event_pointer e, event_pointer end) {
    return end == nullptr || e->number < end->number;
}

class limit_judge {
public:
    limit_judge(char const* check, evidence const& seen, story const& told)
        : check_(check), seen_(seen), told_(told) {}

    std::vector<objection> judge() {
        for (auto const& x : told_.exchanges) {
            judge_told(x);
            if (x.over != nullptr && x.asks_a_model())
                judge_length(request, limit_of(x), x.request->at, x.over,
                             "this request was answered");
        }
        for (auto const& turn : told_.turns) judge_silence(turn);
        for (auto const& call : told_.calls) judge_call(call);
        for (auto const& e : seen_.events)
            if (e.verb == "list") judge_listing(e);
        return std::move(objections_);
    }

private:
    duration limit(limit_row const& row) const { return value_of(seen_, row); }

    // Of the whole request: the gateway's, or the `timeout` in seconds that it names itself.
    duration limit_of(client_exchange const& x) const {
        auto const  own = limit(request);
        auto const& asked = member(member(x.request->detail, "body"), "timeout");
        if (!asked.is_number() || asked.get<double>() <= 0) return own;
        auto const seconds = std::chrono::duration<double>(asked.get<double>());
        return std::min(own, std::chrono::duration_cast<duration>(seconds));
    }

    // An error that tells of a limit: has it run out, and only just?
    void judge_told(client_exchange const& x) {
        auto const* error = x.first("error");
        // A request that does not arrive has a limit of its own.
        if (error == nullptr || x.status == 408) return;
        auto const code = error->words.substr(0, error->words.find(' '));
        for (auto const& row : {idle, first_byte, request, tool_call, tool_listing}) {
            if (code != row.code) continue;
            if (row.code == tool_call.code && is_over_in_all(x, *error)) return;
            auto const since = beginning_of(row, x, *error);
            if (!since) return;
            auto const took = error->at - *since;
            auto const value = row.code == request.code ? limit_of(x) : limit(row);
            if (value == unknown) return;
            auto const detail =
                "after " + runtime::to_text(took) + ", the limit is " + runtime::to_text(value);
            if (took < value - seen_.slack.early - seen_.slack.late)
                add(error, std::string(row.code) + " fires too early", detail);
            else if (took > value + seen_.slack.late)
                add(error, std::string(row.code) + " fires too late", detail);
        }
    }

    // Progress begins the time of a call anew, but not for ever.
    bool is_over_in_all(client_exchange const& x, runtime::event const& error) const {
        auto const total = limit(tool_call_total);
        if (total == unknown) return false;
        auto const least = total - seen_.slack.early - seen_.slack.late;
        return std::any_of(told_.calls.begin(), told_.calls.end(), [&](mcp_call const& call) {
            if (told_.owner(call) != &x || !call.answers.empty()) return false;
            auto const took = error.at - call.request->at;
            return took >= least && took <= total + seen_.slack.late;
        });
    }

    // When the time began that has run out. Nothing if it cannot be told.
    std::optional<time_point> beginning_of(limit_row const& row, client_exchange const& x,
                                           runtime::event const& error) const {
        std::optional<time_point> since;
        if (row.code == request.code) since = x.request->at;
        for (auto const& turn : told_.turns) {
            if (told_.owner(turn) != &x || !before(turn.request, &error)) continue;
            if (row.code == first_byte.code) since = turn.request->at;
            if (row.code == idle.code) {
                if (is_opaque(turn)) return {};  // nobody knows which of it carries on
                for (auto const* e : turn.said)
                    if (before(e, &error) && carries_on(e) && e->verb != "stall") since = e->at;
            }
        }
        if (row.code == tool_call.code) {
            std::size_t running = 0;
            for (auto const& call : told_.calls) {
                if (told_.owner(call) != &x || !call.answers.empty()) continue;
                since = last_sign(call, &error);
                ++running;
            }
            if (running > 1) return {};  // whose time was it?
        }
        if (row.code == tool_listing.code)
            for (auto const& e : seen_.events) {
                bool const own = e.number > x.request->number && e.number < error.number &&
                                 error.words.find('\'' + e.to + '\'') != error.words.npos;
                if (own && (e.verb == "initialize" || e.verb == "list")) since = e.at;
            }
        return since;
    }

    time_point last_sign(mcp_call const& call, event_pointer end) const {
        auto at = call.request->at;
        for (auto const& e : seen_.events) {
            if (!before(&e, end)) continue;
            bool const moves = e.exchange == call.exchange && e.verb == "progress";
            // What it has asked takes as long as it takes.
            bool const answered = e.to == call.server && e.verb == "answer";
            if (moves || answered) at = std::max(at, e.at);
        }
        return at;
    }

    // The provider was silent for longer than may be, and its next word was waited for.
    void judge_silence(provider_turn const& turn) {
        auto since = turn.request->at;
        auto row = first_byte;
        for (auto const* e : turn.said) {
            if (!carries_on(e)) continue;
            if (turn.let_go != nullptr && turn.let_go->number < e->number) break;
            judge_length(row, limit(row), since, e, "the gateway still waited for this");
            since = e->at;
            row = idle;
        }
        if (turn.let_go != nullptr && turn.complete() == nullptr)
            judge_length(row, limit(row), since, turn.let_go, "the provider was let go of");
    }

    void judge_call(mcp_call const& call) {
        for (auto const& e : seen_.events)
            if (e.exchange == call.exchange && e.from == call.server && e.verb == "bytes")
                return;  // an answer, perhaps
        auto const* end = call.broken != nullptr ? call.broken : call.let_go;
        if (!call.answers.empty() && (end == nullptr || before(call.answers.front(), end)))
            end = call.answers.front();
        if (end != nullptr)
            judge_length(tool_call, limit(tool_call), last_sign(call, end), end,
                         "the gateway still waited for this");
    }

    void judge_listing(runtime::event const& list) {
        for (auto const& e : seen_.events) {
            if (e.number < list.number) continue;
            bool const answered = e.exchange == list.exchange && e.from == list.to &&
                                  (e.verb == "tools" || e.verb == "result" || e.verb == "error");
            bool const given_up = e.verb == "cancel" && e.to == list.to &&
                                  (e.exchange == list.exchange || e.exchange == 0);
            if (!answered && !given_up) continue;
            judge_length(tool_listing, limit(tool_listing), list.at, &e,
                         "the gateway still waited for this");
            return;
        }
    }

    void judge_length(limit_row const& row, duration value, time_point since, event_pointer end,
                      std::string const& what) {
        auto const took = end->at - since;
        if (took <= value + seen_.slack.late) return;
        add(end, std::string(row.setting) + " has run out unnoticed",
            what + " after " + runtime::to_text(took) + ", the limit is " +
                runtime::to_text(value));
    }

    void add(event_pointer about, std::string problem, std::string detail) {
        objections_.push_back(object(check_, about, std::move(problem), std::move(detail)));
    }

    char const*            check_;
    evidence const&        seen_;
    story const&           told_;
    std::vector<objection> objections_;
};

}  // namespace

std::vector<objection> judge_limits(char const* check, evidence const& seen, story const& told) {
    return limit_judge(check, seen, told).judge();
}

}  // namespace scenario
