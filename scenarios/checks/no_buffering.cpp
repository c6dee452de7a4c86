#include <algorithm>
#include <array>
#include <cstdlib>

#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "no-buffering";

using mock::provider_verb;

// Faults that change how bytes are cut, and never when they arrive.
bool holds_nothing_back(std::string const& fault) {
    constexpr std::array<std::string_view, 4> quick{"slice", "shred", "refuse", "blackhole"};
    return std::find(quick.begin(), quick.end(), fault) != quick.end();
}

bool line_is_slow(scenario const& s, std::string const& client, std::string const& provider) {
    return std::any_of(s.network.begin(), s.network.end(), [&](arrow const& a) {
        auto const& peer = a.from == "proxy" ? a.to : a.from;
        return (peer == client || peer == provider) && !a.what.empty() &&
               !holds_nothing_back(a.what.front().text);
    });
}

bool client_is_slow(scenario const& s, std::string const& client) {
    for (auto const& script : s.clients) {
        if (script.name != client) continue;
        for (auto const& step : script.steps)
            if (step.verb == client_verb::pause || step.verb == client_verb::read) return true;
    }
    return false;
}

// Which text the client has at any moment, counted in bytes.
class progress {
public:
    explicit progress(client_exchange const& x) {
        for (auto const* e : x.heard) {
            if (e->verb != "text") continue;
            total_ += quoted_text(*e).size();
            heard_.push_back({e, total_});
        }
    }

    std::size_t total() const { return total_; }

    // What the client had before `moment`; null: in the end.
    std::size_t before(event_pointer moment) const {
        if (moment == nullptr) return total_;
        auto const later = std::partition_point(heard_.begin(), heard_.end(), [&](auto const& h) {
            return h.event->number < moment->number;
        });
        return later == heard_.begin() ? 0 : std::prev(later)->bytes;
    }

    // What it had at an instant before `end`: what comes together with the end was kept for it.
    std::size_t ahead_of(event_pointer end) const {
        if (end == nullptr) return total_;
        auto const together = std::partition_point(
            heard_.begin(), heard_.end(), [&](auto const& h) { return h.event->at < end->at; });
        return together == heard_.begin() ? 0 : std::prev(together)->bytes;
    }

    // The event that brought this byte; null: it never came.
    event_pointer bringing(std::size_t byte) const {
        for (auto const& h : heard_)
            if (h.bytes >= byte) return h.event;
        return nullptr;
    }

private:
    struct piece {
        event_pointer event;
        std::size_t   bytes;
    };
    std::vector<piece> heard_;
    std::size_t        total_ = 0;
};

// The script of a turn; null if it has none.
mock::turn const* script_of(scenario const& s, provider_turn const& turn) {
    for (auto const& p : s.providers) {
        if (p.name != turn.provider) continue;
        auto const number = std::strtoul(turn.request->words.c_str(), nullptr, 10);
        if (number > 0 && number <= p.turns.size()) return &p.turns[number - 1];
    }
    return nullptr;
}

// True if the provider, having said `count` things, waits until this client has something.
bool waits_for_client(scenario const& s, provider_turn const& turn, std::string const& client,
                      std::size_t count) {
    auto const* script = script_of(s, turn);
    if (script == nullptr) return false;
    std::size_t said = 0;
    for (auto const& step : script->steps) {
        if (step.verb == provider_verb::header) continue;
        if (said > count) return false;
        if (step.verb != provider_verb::wait) {
            said += step.verb == provider_verb::text
                        ? static_cast<std::size_t>(std::max(1, step.number))
                        : 1;
            continue;
        }
        if (said != count) continue;
        for (auto const& w : s.mock_waits)
            if (w.actor == turn.provider && w.line == step.line && w.until.from == "proxy" &&
                w.until.to == client)
                return true;
    }
    return false;
}

// What is said here can be told: text by text, into a stream.
bool can_be_told(provider_turn const& turn) {
    constexpr std::array<std::string_view, 3> opaque{"bytes", "raw", "recording"};
    if (member(member(turn.request->detail, "body"), "stream") != true) return false;
    return std::none_of(turn.said.begin(), turn.said.end(), [&](event_pointer e) {
        return std::find(opaque.begin(), opaque.end(), e->verb) != opaque.end();
    });
}

// Everything that may come next: what the provider says in any turn, and the end.
class moments {
public:
    moments(client_exchange const& x, std::vector<provider_turn const*> const& turns)
        : end_(x.hang_up != nullptr ? x.hang_up : x.over) {
        for (auto const* turn : turns)
            said_.insert(said_.end(), turn->said.begin(), turn->said.end());
        std::sort(said_.begin(), said_.end(),
                  [](auto const* a, auto const* b) { return a->number < b->number; });
    }

    // The first one for which time was left; null if there is none.
    event_pointer after(runtime::event const& said, runtime::duration slack) const {
        if (end_ != nullptr && end_->number < said.number) return nullptr;
        auto const later = [&](event_pointer e) { return e->at - said.at > slack; };
        auto const next = std::partition_point(said_.begin(), said_.end(),
                                               [&](auto const* e) { return !later(e); });
        if (next != said_.end() && (end_ == nullptr || (*next)->number < end_->number))
            return *next;
        return end_ != nullptr && later(end_) ? end_ : nullptr;
    }

    event_pointer end() const { return end_; }

private:
    std::vector<event_pointer> said_;
    event_pointer              end_;
};

// Nothing if the client has these bytes in time. `count` things have been said by then.
std::optional<objection> judge_text(evidence const& seen, client_exchange const& x,
                                    provider_turn const& turn, std::size_t count, std::size_t bytes,
                                    progress const& heard, moments const& later) {
    auto const& said = *turn.said[count - 1];
    auto const* next = later.after(said, seen.slack.late);
    auto const* late = heard.bringing(bytes);
    auto const  wrong = [&](char const* problem) {
        auto const when = runtime::to_text(said.at.time_since_epoch());
        return object(id, late != nullptr ? late : &said, problem,
                       "said at " + when + ": " + said.words);
    };
    bool const was_last = count == turn.said.size();
    auto const had =
        next != nullptr && next == later.end() ? heard.ahead_of(next) : heard.before(next);
    if (was_last && (next != nullptr ? had : heard.before(later.end())) < bytes &&
        waits_for_client(seen.played, turn, x.request->from, count))
        return wrong("the provider waits until the client has this, and it is held back");
    if (next == nullptr || had >= bytes) return {};
    // Words like these are about time: a machine that stood still excuses them.
    return wrong("came to the client only after the provider had gone on");
}

void judge_exchange(evidence const& seen, story const& told, client_exchange const& x,
                    std::vector<objection>& objections) {
    if (!x.streamed || client_is_slow(seen.played, x.request->from)) return;
    auto const turns = told.turns_of(x);
    if (!turns) return;

    std::size_t all = 0;
    for (auto const* turn : *turns) {
        if (!can_be_told(*turn) || line_is_slow(seen.played, x.request->from, turn->provider))
            return;
        all += turn->text(nullptr).value_or("").size();
    }
    progress const heard(x);
    // Text that is lost for good is another check's business.
    if (x.first("end") != nullptr && heard.total() != all) return;
    moments const later(x, *turns);
    std::size_t   bytes = 0;
    for (auto const* turn : *turns)
        for (std::size_t i = 0; i < turn->said.size() && turn->said[i]->verb != "finish"; ++i) {
            if (turn->said[i]->verb != "text") continue;
            bytes += quoted_text(*turn->said[i]).size();
            auto wrong = judge_text(seen, x, *turn, i + 1, bytes, heard, later);
            if (!wrong) continue;
            // What comes behind it is late for the same reason.
            objections.push_back(std::move(*wrong));
            return;
        }
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    for (auto const& x : told.exchanges) judge_exchange(seen, told, x, objections);
    return objections;
}

}  // namespace

check no_buffering() {
    return {id,
            "what the provider has said is with the client before the provider says more, wherever "
            "the script leaves time or a gate between the two",
            "BerriAI/litellm#29557 dstackai/dstack#4269", judge};
}

}  // namespace scenario::standing
