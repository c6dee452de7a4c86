#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "scenarios/checks.hpp"
#include "scenarios/token.hpp"
#include "wire/json_members.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "tool-calls";

using nlohmann::json;

bool is_filled(json const& value) { return value.is_string() && value != ""; }

struct given_call {
    std::string   id;
    std::string   name;
    std::string   arguments;
    event_pointer last = nullptr;
};

struct choice {
    std::map<std::int64_t, given_call> calls;
    std::string                        finish;
    event_pointer                      finished = nullptr;
};

using choices = std::map<std::int64_t, choice>;

class reader {
public:
    reader(story const& told, std::vector<objection>& objections, wire_profile const& profile)
        : story_(told), objections_(objections), profile_(profile) {}

    void frame(runtime::event const& e) { read(e, "delta"); }
    void body(runtime::event const& e) { read(e, "message"); }

    void judge_end(bool arguments_are_json, bool finish_is_known) {
        told_.push_back(std::move(choices_));
        for (auto const& completion : told_) judge(completion, arguments_are_json, finish_is_known);
    }

private:
    void judge(choices const& all, bool arguments_are_json, bool finish_is_known) {
        for (auto const& [number, c] : all) {
            for (auto const& [index, call] : c.calls) {
                about_ = call.last;
                auto const name = "call " + std::to_string(index);
                if (call.id.empty()) wrong(name + " has no id");
                if (call.name.empty()) wrong(name + " has no name");
                if (arguments_are_json && c.finished != nullptr && c.finish != "length" &&
                    wire::read_json(call.arguments).is_discarded())
                    wrong("the arguments of " + name + " are not JSON", call.arguments);
            }
            judge_ids(c);
            if (c.finished == nullptr || !finish_is_known) continue;
            about_ = c.finished;
            if (c.finish == "tool_calls" && c.calls.empty())
                wrong("the finish_reason is tool_calls, but no call is left to the client");
            if (c.finish == "stop" && !c.calls.empty())
                wrong("calls are left to the client, but the finish_reason is stop");
        }
    }

    void wrong(std::string problem, std::string detail = {}) {
        objections_.push_back(object(id, about_, std::move(problem), std::move(detail)));
    }

    void read(runtime::event const& e, char const* part) {
        about_ = &e;
        auto const& chunk = story_.json_of(e);
        auto const& all = member(chunk, "choices");
        if (!all.is_array()) return;
        // Another turn, as a completion of its own.
        if (profile_.tells_turns_apart && member(chunk, "id") != id_)
            told_.push_back(std::exchange(choices_, {}));
        id_ = member(chunk, "id");
        for (auto const& one : all) {
            auto const& number = member(one, "index");
            auto&       c = choices_[number.is_number_integer() ? number.get<std::int64_t>() : 0];
            auto const& calls = member(member(one, part), "tool_calls");
            if (calls.is_array())
                for (std::size_t i = 0; i < calls.size(); ++i)
                    take(c, calls[i],
                         part == std::string_view("delta") ? member(calls[i], "index") : json(i));
            if (auto const& reason = member(one, "finish_reason"); reason.is_string()) {
                c.finish = reason;
                c.finished = &e;
            }
        }
    }

    void take(choice& c, json const& piece, json const& number) {
        if (!number.is_number_integer()) return wrong("a call has no index");
        auto const index = number.get<std::int64_t>();
        auto const next = static_cast<std::int64_t>(c.calls.size());
        auto const name = "call " + std::to_string(index);
        if (!c.calls.contains(index) && index != next)
            wrong("the index of a new call is " + std::to_string(index) + " instead of " +
                  std::to_string(next));
        auto& call = c.calls[index];
        call.last = about_;
        auto const& function = member(piece, "function");
        once(call.id, member(piece, "id"), name + " has its id a second time");
        once(call.name, member(function, "name"), name + " has its name a second time");
        if (auto const& more = member(function, "arguments"); more.is_string())
            call.arguments += more.get<std::string>();
        else if (!more.is_null())
            wrong("the arguments of " + name + " are not a text");
    }

    void once(std::string& kept, json const& value, std::string const& again) {
        if (!is_filled(value)) return;
        if (!kept.empty()) wrong(again);
        kept = value.get<std::string>();
    }

    void judge_ids(choice const& c) {
        std::set<std::string> seen;
        for (auto const& [index, call] : c.calls) {
            about_ = call.last;
            if (!call.id.empty() && !seen.insert(call.id).second)
                wrong("two calls have the id " + call.id);
        }
    }

    story const&            story_;
    std::vector<objection>& objections_;
    wire_profile const&     profile_;
    std::vector<choices>    told_;  // of the turns before, where each is a completion of its own
    json                    id_;
    choices                 choices_;
    event_pointer           about_ = nullptr;
};

// What the provider wrote is not always JSON, and the gateway need not mend it.
bool provider_kept_json(story const& told) {
    return std::none_of(told.turns.begin(), told.turns.end(), [](provider_turn const& turn) {
        return std::any_of(turn.said.begin(), turn.said.end(), [](event_pointer e) {
            if (e->verb == "bytes" || e->verb == "raw") return true;
            if (e->verb != "tool") return false;
            auto const words = tokens_of(e->words);
            return words.size() < 2 || words[1].what != token::kind::json;
        });
    });
}

// A tool that the client forces is called under `stop` (OpenAI API reference, tool_choice).
bool forces_a_tool(client_exchange const& x) {
    return member(member(member(x.request->detail, "body"), "tool_choice"), "function").is_object();
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    bool const             kept_json = provider_kept_json(told);
    for (auto const& x : told.exchanges) {
        if (!x.is_chat() || x.status != 200) continue;
        reader calls(told, objections, seen.profile);
        for (auto const* e : x.heard) {
            if (e->verb == "frame") calls.frame(*e);
            if (e->verb == "body") calls.body(*e);
        }
        bool const broken = x.first("error") != nullptr || x.first("cut") != nullptr;
        if (x.over != nullptr && !broken) calls.judge_end(kept_json, !forces_a_tool(x));
    }
    return objections;
}

}  // namespace

check tool_calls() {
    return {id,
            "indices run from 0, id and name come once, arguments are JSON, and the "
            "finish_reason is tool_calls if and only if calls are left to the client",
            "OpenAI API reference, tool_calls of a delta; BerriAI/litellm#21331", judge};
}

}  // namespace scenario::standing
