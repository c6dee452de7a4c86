#include <algorithm>
#include <map>
#include <set>

#include "scenarios/checks.hpp"
#include "scenarios/token.hpp"
#include "wire/json_members.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "no-cross-talk";

using nlohmann::json;

// Shorter words turn up anywhere by themselves.
bool is_distinct(std::string const& text) { return text.size() >= 4; }

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

bool says(json const& value, std::string const& text) {
    if (value.is_string()) return contains(value.get_ref<std::string const&>(), text);
    return value.is_structured() && std::any_of(value.begin(), value.end(),
                                                [&](auto const& part) { return says(part, text); });
}

json const& body_of(event_pointer request) { return member(request->detail, "body"); }

// A call of the model, as its turn has said it.
struct made_call {
    provider_turn const* turn = nullptr;
    std::string          tool;
    json                 arguments;
};

// What a tool has answered to a call.
struct tool_answer {
    std::string tool;
    json        arguments;
    std::string text;
};

class reader {
public:
    explicit reader(evidence const& seen) : told_(seen.told), beside_(seen.told_beside) {
        for (auto const& turn : told_.turns) {
            if (auto const* whose = told_.owner(turn)) turns_of_[whose].push_back(&turn);
            for (auto const* e : turn.said) remember_call(turn, *e);
        }
        for (auto const& call : told_.calls)
            for (auto const* e : call.answers) {
                auto text = quoted_text(*e);
                if (e->verb == "result" && text.empty()) text = text_of_result(e->words);
                answers_.push_back(
                    {call.tool, member(call.request->detail, "arguments"), std::move(text)});
            }
    }

    std::vector<objection> judge() {
        if (told_.exchanges.size() > 1)
            for (auto const& x : told_.exchanges) {
                judge_text(x);
                judge_calls_told(x);
            }
        judge_ids();
        judge_beside();
        for (auto const& turn : told_.turns) {
            judge_questions(turn);
            judge_results(turn);
        }
        return std::move(found_);
    }

private:
    void wrong(event_pointer about, std::string problem, std::string detail = {}) {
        found_.push_back(object(id, about, std::move(problem), std::move(detail)));
    }

    // The text blocks of a result that a script wrote as JSON.
    static std::string text_of_result(std::string const& words) {
        auto const  result = wire::read_json(words);
        auto const& content = member(result, "content");
        if (!content.is_array() || content.size() != 1) return {};
        auto const& text = member(content[0], "text");
        return text.is_string() ? text.get<std::string>() : std::string();
    }

    void remember_call(provider_turn const& turn, runtime::event const& e) {
        auto const& call = member(e.detail, "id");
        if (e.verb != "tool" || !call.is_string()) return;
        auto const words = tokens_of(e.words);
        made_call  made{&turn, words.empty() ? "" : words.front().text, nullptr};
        if (words.size() > 1 && words[1].what == token::kind::json) made.arguments = words[1].json;
        auto const name = call.get<std::string>();
        // An id that is used again tells nothing any more.
        if (!calls_.emplace(name, std::move(made)).second) calls_[name] = {};
    }

    // All that this exchange's own providers have said, and what was asked.
    std::string own_words(client_exchange const& x) const {
        std::string all = x.question;
        auto const  own = turns_of_.find(&x);
        if (own == turns_of_.end()) return all;
        for (auto const* turn : own->second)
            for (auto const* e : turn->said)
                if (e->verb == "text") all += quoted_text(*e);
        return all;
    }

    bool is_readable(client_exchange const& x) const {
        auto const turns = told_.turns_of(x);
        return turns && std::all_of(turns->begin(), turns->end(), [](auto const* turn) {
                   return turn->text(nullptr).has_value();
               });
    }

    void judge_text(client_exchange const& x) {
        auto const heard = x.text();
        auto const own = own_words(x);
        if (heard.empty() || contains(own, heard) || !is_readable(x)) return;
        for (auto const& turn : told_.turns) {
            auto const* whose = told_.owner(turn);
            if (whose == nullptr || whose == &x) continue;
            for (auto const* e : turn.said) {
                auto const text = e->verb == "text" ? quoted_text(*e) : std::string();
                auto const at = heard.find(text);
                if (!is_distinct(text) || at == heard.npos || contains(own, text)) continue;
                return wrong(event_at(x, at), "this was said in the answer to another question",
                             "to " + runtime::quoted(whose->question));
            }
        }
    }

    // The event that brought this byte of the client's text.
    static event_pointer event_at(client_exchange const& x, std::size_t byte) {
        std::size_t end = 0;
        for (auto const* e : x.heard)
            if (e->verb == "text" && (end += quoted_text(*e).size()) > byte) return e;
        return x.request;
    }

    client_exchange const* owner_of_call(std::string const& call) const {
        auto const known = calls_.find(call);
        if (known == calls_.end() || known->second.turn == nullptr) return nullptr;
        return told_.owner(*known->second.turn);
    }

    // Ids of calls in what the client was given: calls left to it, and what is told of tools.
    void judge_calls_told(client_exchange const& x) {
        for (auto const* e : x.heard) {
            if (e->verb != "frame" && e->verb != "body") continue;
            for (auto const& call : ids_of_calls(told_.json_of(*e))) {
                auto const* whose = owner_of_call(call);
                if (whose != nullptr && whose != &x && !says(body_of(x.request), call))
                    return wrong(e, "the call " + call + " was made for another question");
            }
        }
    }

    static void collect_ids(json const& value, std::set<std::string>& into) {
        if (value.is_object())
            for (auto const* key : {"id", "call_id", "tool_call_id", "tool_use_id"})
                if (auto const& text = member(value, key); text.is_string())
                    into.insert(text.get<std::string>());
        if (value.is_structured())
            for (auto const& part : value) collect_ids(part, into);
    }

    static std::set<std::string> ids_of_calls(json const& value) {
        std::set<std::string> all;
        collect_ids(value, all);
        return all;
    }

    // An answer's own name, which no other answer may have.
    static std::string own_id(story const& told, runtime::event const& e) {
        if (e.verb != "frame" && e.verb != "body") return {};
        auto const& all = told.json_of(e);
        auto const* name = &member(all, "id");
        for (auto const* whole : {"response", "message"})
            if (name->is_null()) name = &member(member(all, whole), "id");
        return name->is_string() ? name->get<std::string>() : std::string();
    }

    void judge_ids() {
        std::map<std::string, client_exchange const*> owners;
        for (auto const& x : beside_.exchanges)
            for (auto const* e : x.heard) owners.emplace(own_id(beside_, *e), &x);
        for (auto const& x : told_.exchanges) {
            if (!is_readable(x)) continue;  // a recording may be played twice
            for (auto const* e : x.heard) {
                auto const name = own_id(told_, *e);
                if (name.empty()) continue;
                auto const [known, is_new] = owners.emplace(name, &x);
                if (is_new || known->second == &x) continue;
                wrong(e, "the id " + name + " is another answer's");
                break;
            }
        }
    }

    // The canary has a trace of its own, and nothing in common with the scenario.
    void judge_beside() {
        auto const in_scenario = texts_of(told_);
        auto const in_canary = texts_of(beside_);
        for (auto const& x : told_.exchanges) {
            auto const heard = x.text();
            for (auto const& [text, said] : in_canary)
                if (auto const at = heard.find(text); at != std::string::npos)
                    if (!in_scenario.contains(text)) {
                        wrong(event_at(x, at), "this was said in the answer to another question",
                              "to the canary's");
                        break;
                    }
        }
        for (auto const& x : beside_.exchanges) {
            auto const heard = x.text();
            for (auto const& [text, said] : in_scenario)
                if (contains(heard, text) && !in_canary.contains(text))
                    return wrong(said, "the canary was given this, which was not said to it");
        }
        if (beside_.exchanges.empty()) return;
        auto const question = beside_.exchanges.front().question;
        for (auto const& turn : told_.turns)
            if (is_distinct(question) && says(body_of(turn.request), question))
                wrong(turn.request, "this request holds the question of another client",
                      runtime::quoted(question));
    }

    static std::map<std::string, event_pointer> texts_of(story const& told) {
        std::map<std::string, event_pointer> all;
        for (auto const& turn : told.turns)
            for (auto const* e : turn.said)
                if (e->verb == "text")
                    if (auto const text = quoted_text(*e); is_distinct(text)) all.emplace(text, e);
        return all;
    }

    // A response goes on from an earlier one of the same client: all that was said belongs to it.
    static bool goes_on_from(client_exchange const& x, client_exchange const& before) {
        return before.request->from == x.request->from &&
               !member(body_of(x.request), "previous_response_id").is_null();
    }

    void judge_questions(provider_turn const& turn) {
        auto const* whose = told_.owner(turn);
        if (whose == nullptr) return;
        auto const own = own_words(*whose);
        for (auto const& x : told_.exchanges) {
            if (&x == whose || x.request->number > turn.request->number ||
                !is_distinct(x.question) || !says(body_of(turn.request), x.question))
                continue;
            bool const is_own = goes_on_from(*whose, x) || contains(own, x.question) ||
                                says(body_of(whose->request), x.question) ||
                                said_by_a_tool(x.question);
            if (!is_own)
                wrong(turn.request, "this request holds the question of another client",
                      runtime::quoted(x.question));
        }
    }

    bool said_by_a_tool(std::string const& text) const {
        return std::any_of(answers_.begin(), answers_.end(),
                           [&](tool_answer const& a) { return contains(a.text, text); });
    }

    // OpenAI's tool messages and Anthropic's tool_result blocks: whose they are, what they say.
    void judge_results(provider_turn const& turn) {
        auto const& messages = messages_of(*turn.request);
        if (!messages.is_array()) return;
        for (auto const& message : messages) {
            judge_result(turn, member(message, "tool_call_id"), member(message, "content"));
            auto const& content = member(message, "content");
            if (!content.is_array()) continue;
            for (auto const& part : content)
                judge_result(turn, member(part, "tool_use_id"), member(part, "content"));
        }
    }

    void judge_result(provider_turn const& turn, json const& call_id, json const& content) {
        if (!call_id.is_string()) return;
        auto const  call = call_id.get<std::string>();
        auto const* whose = owner_of_call(call);
        auto const* asks = told_.owner(turn);
        // A client that ran its own function hands the result over in a question of its own.
        if (asks != nullptr && says(body_of(asks->request), call)) return;
        if (whose != nullptr && asks != nullptr && whose != asks && !goes_on_from(*asks, *whose))
            return wrong(turn.request,
                         "the result of " + call + " is handed to the model for another question");
        auto const known = calls_.find(call);
        if (known == calls_.end() || known->second.turn == nullptr) return;
        auto const& made = known->second;
        if (made.arguments.is_null()) return;
        auto const is_own = [&](tool_answer const& a) {
            return a.tool == made.tool && a.arguments == made.arguments;
        };
        bool was_answered = false;
        for (auto const& a : answers_) {
            if (!is_own(a)) continue;
            if (a.text.empty() || says(content, a.text)) return;
            was_answered = true;
        }
        if (!was_answered) return;
        for (auto const& a : answers_)
            if (!is_own(a) && is_distinct(a.text) && says(content, a.text))
                return wrong(turn.request, call + " is answered with the result of another call",
                             runtime::quoted(a.text) + " is what " + a.tool + " " +
                                 a.arguments.dump() + " gave");
    }

    story const&                                                        told_;
    story const&                                                        beside_;  // the canary's
    std::map<client_exchange const*, std::vector<provider_turn const*>> turns_of_;
    std::map<std::string, made_call>                                    calls_;  // by id
    std::vector<tool_answer>                                            answers_;
    std::vector<objection>                                              found_;
};

std::vector<objection> judge(evidence const& seen) { return reader(seen).judge(); }

}  // namespace

check no_cross_talk() {
    return {id,
            "nothing of one exchange appears in another: no text, no question, no call, no result "
            "and no id",
            "IBM/mcp-context-forge#4205", judge};
}

}  // namespace scenario::standing
