#include <array>
#include <map>
#include <set>
#include <tuple>

#include "scenarios/checks/stream_grammar.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "responses-grammar";

using nlohmann::json;

std::string text_of(json const& object, char const* key) {
    auto const& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

// What is said in pieces and then once more as a whole.
struct spoken_row {
    std::string_view stem;   // response.STEM.delta and response.STEM.done
    char const*      whole;  // the name of the whole in `done`
    std::string_view of;     // the type of the part or item that it belongs to
    bool             in_part = false;
};

constexpr std::array<spoken_row, 8> spoken_rows{{
    {"output_text", "text", "output_text", true},
    {"refusal", "refusal", "refusal", true},
    {"reasoning_text", "text", "reasoning_text", true},
    {"reasoning_summary_text", "text", "summary_text", true},
    {"function_call_arguments", "arguments", "function_call"},
    {"mcp_call_arguments", "arguments", "mcp_call"},
    {"custom_tool_call_input", "input", "custom_tool_call"},
    {"code_interpreter_call_code", "code", "code_interpreter_call"},
}};

struct spoken {
    std::string text;
    bool        done = false;
};

struct part {
    std::string type;
    spoken      said;
    bool        done = false;
};

struct item {
    std::string                        id;
    std::string                        type;
    std::vector<part>                  content;
    std::vector<part>                  summary;
    std::map<std::string_view, spoken> said;   // by the row's stem
    json                               whole;  // null: not done
};

// What a terminal response must repeat of an item; the rest is the service's own business.
json essence(json const& whole) {
    json known;
    for (auto const* key : {"id", "type", "name", "call_id", "arguments", "input", "output"})
        known[key] = member(whole, key);
    for (auto const* key : {"content", "summary"}) {
        auto const& parts = member(whole, key);
        if (!parts.is_array()) continue;
        for (auto const& one : parts)
            known[key].push_back(text_of(one, "text") + text_of(one, "refusal"));
    }
    return known;
}

// Reads one stream event by event and objects to whatever comes out of turn.
class grammar {
public:
    explicit grammar(std::vector<objection>& objections) : objections_(objections) {}

    void read(runtime::event const& frame, json const& e) {
        about_ = &frame;
        if (frame.words == "[DONE]") return wrong("[DONE] is no event of a response");
        if (!e.is_object()) return wrong("this frame is not a JSON object");
        auto const type = text_of(e, "type");
        if (type.empty()) return wrong("this event has no type");
        auto const name = text_of(frame.detail, "type");
        if (name != type) wrong("the event is called " + name + ", but its type is " + type);
        judge_number(e);
        // OpenAI says both: the error, and then the response that has failed.
        bool const second_half = ended_by_ == "error" && type == "response.failed";
        if (!ended_by_.empty() && !second_half)
            wrong(type +
                  (type == ended_by_ ? " comes a second time" : " comes after " + ended_by_));
        if (is_terminal(type)) return end(e, type);
        if (!type.starts_with("response.")) return wrong(type + " is no event of a response");
        if (begun_.empty() && type != "response.created")
            wrong("the stream begins with " + type + " instead of response.created");
        if (type == "response.created" || type == "response.queued" ||
            type == "response.in_progress")
            return begin(type);
        begun_.insert(type);
        if (type == "response.output_item.added") return add_item(e);
        if (member(e, "output_index").is_null()) return;  // an event that nobody knows yet
        if (auto* one = find_item(e)) in_item(*one, e, type);
    }

    // The body is over, and the client did not leave.
    void over(event_pointer over) {
        about_ = over;
        if (ended_by_.empty()) wrong("the stream ends without a terminal event");
    }

private:
    static bool is_terminal(std::string const& type) {
        return type == "response.completed" || type == "response.incomplete" ||
               type == "response.failed" || type == "error";
    }

    static std::string name_of(std::size_t index) { return "item " + std::to_string(index); }

    std::string name_of(item const& one) const {
        return name_of(static_cast<std::size_t>(&one - items_.data()));
    }

    void wrong(std::string problem, std::string detail = {}) {
        objections_.push_back(object(id, about_, std::move(problem), std::move(detail)));
    }

    void judge_number(json const& e) {
        auto const& number = member(e, "sequence_number");
        if (!number.is_number_integer()) return wrong("this event has no sequence_number");
        auto const given = number.get<std::int64_t>();
        if (given != next_number_)
            wrong("the sequence_number is " + number.dump() + " instead of " +
                  std::to_string(next_number_));
        next_number_ = given + 1;
    }

    void begin(std::string const& type) {
        if (!items_.empty()) wrong(type + " comes after the first item");
        if (!begun_.insert(type).second) wrong(type + " comes a second time");
    }

    void add_item(json const& e) {
        auto const& index = member(e, "output_index");
        if (!index.is_number_integer()) return wrong("a new item has no output_index");
        auto const due = static_cast<std::int64_t>(items_.size());
        auto const given = index.get<std::int64_t>();
        if (given >= 0 && given < due)
            return wrong("the output_index " + index.dump() + " was used before");
        if (given != due)
            return wrong("the output_index of a new item is " + index.dump() + " instead of " +
                         std::to_string(due));
        auto const& whole = member(e, "item");
        item        one;
        one.id = text_of(whole, "id");
        one.type = text_of(whole, "type");
        if (one.id.empty()) wrong(name_of(items_.size()) + " has no id");
        for (auto const& other : items_)
            if (!one.id.empty() && other.id == one.id) wrong("two items have the id " + one.id);
        items_.push_back(std::move(one));
    }

    // The item that an event is about, if it may still be spoken of.
    item* find_item(json const& e) {
        auto const& index = member(e, "output_index");
        auto const  at = index.is_number_integer() ? index.get<std::int64_t>() : -1;
        if (at < 0 || at >= static_cast<std::int64_t>(items_.size())) {
            wrong("item " + index.dump() + " was not added");
            return nullptr;
        }
        auto& one = items_[static_cast<std::size_t>(at)];
        auto  said = text_of(e, "item_id");
        if (e.contains("item")) said = text_of(e["item"], "id");
        if (said != one.id)
            wrong("the id of " + name_of(one) + " changes from " + runtime::quoted(one.id) +
                  " to " + runtime::quoted(said));
        if (one.whole.is_null()) return &one;
        wrong(text_of(e, "type") + " comes after " + name_of(one) + " is done");
        return nullptr;
    }

    void in_item(item& one, json const& e, std::string const& type) {
        if (type == "response.output_item.done") return finish_item(one, member(e, "item"));
        for (auto const& [word, key, parts] :
             {std::tuple("content_part", "content_index", &one.content),
              std::tuple("reasoning_summary_part", "summary_index", &one.summary)}) {
            auto const stem = "response." + std::string(word);
            if (type == stem + ".added") return add_part(one, *parts, e, key);
            if (type == stem + ".done") return finish_part(one, *parts, e, key);
        }
        for (auto const& row : spoken_rows) {
            auto const stem = "response." + std::string(row.stem);
            if (type != stem + ".delta" && type != stem + ".done") continue;
            if (auto* said = find_spoken(one, row, e))
                speak(*said, type, type.ends_with(".delta"), e, row);
        }
    }

    void speak(spoken& said, std::string const& type, bool is_delta, json const& e,
               spoken_row const& row) {
        if (said.done) return wrong(type + " comes after its end");
        if (is_delta) {
            said.text += text_of(e, "delta");
            return;
        }
        said.done = true;
        judge_whole(said, text_of(e, row.whole));
    }

    void judge_whole(spoken const& said, std::string const& whole) {
        if (said.text == whole) return;
        wrong("the deltas, joined, are not what the end of it says",
              runtime::quoted(said.text) + " and " + runtime::quoted(whole));
    }

    spoken* find_spoken(item& one, spoken_row const& row, json const& e) {
        if (!row.in_part) {
            if (one.type != row.of)
                wrong(std::string(row.stem) + " is said in an item of " + one.type);
            return &one.said[row.stem];
        }
        bool const summary = row.of == "summary_text";
        auto*      found = find_part(one, summary ? one.summary : one.content, e,
                                summary ? "summary_index" : "content_index");
        if (found == nullptr) return nullptr;
        if (found->type != row.of)
            wrong(std::string(row.stem) + " is said in a part of " + found->type);
        return &found->said;
    }

    static std::int64_t number_at(json const& e, char const* key) {
        auto const& index = member(e, key);
        return index.is_number_integer() ? index.get<std::int64_t>() : -1;
    }

    void add_part(item const& one, std::vector<part>& parts, json const& e, char const* key) {
        auto const given = number_at(e, key);
        if (given != static_cast<std::int64_t>(parts.size()))
            return wrong("the " + std::string(key) + " of a new part of " + name_of(one) + " is " +
                         member(e, key).dump() + " instead of " + std::to_string(parts.size()));
        parts.push_back({text_of(member(e, "part"), "type"), {}, false});
    }

    // The part that an event is about, if it is open.
    part* find_part(item const& one, std::vector<part>& parts, json const& e, char const* key) {
        auto const at = number_at(e, key);
        auto const name = "part " + member(e, key).dump() + " of " + name_of(one);
        if (at < 0 || at >= static_cast<std::int64_t>(parts.size())) {
            wrong(name + " was not added");
            return nullptr;
        }
        auto& found = parts[static_cast<std::size_t>(at)];
        if (!found.done) return &found;
        wrong(text_of(e, "type") + " comes after " + name + " is done");
        return nullptr;
    }

    void finish_part(item const& one, std::vector<part>& parts, json const& e, char const* key) {
        auto* found = find_part(one, parts, e, key);
        if (found == nullptr) return;
        found->done = true;
        auto const& whole = member(e, "part");
        judge_whole(found->said, text_of(whole, "text") + text_of(whole, "refusal"));
    }

    void finish_item(item& one, json const& whole) {
        one.whole = whole.is_object() ? whole : json::object();
        for (auto const& [key, parts] :
             {std::pair("content", &one.content), std::pair("summary", &one.summary)}) {
            auto const& given = member(whole, key);
            if (given.is_array() && given.size() != parts->size() &&
                (one.type == "message" || one.type == "reasoning"))
                wrong(name_of(one) + " is done with " + std::to_string(given.size()) +
                      " parts, the stream had " + std::to_string(parts->size()));
            for (std::size_t i = 0; i < parts->size(); ++i) {
                auto const& p = (*parts)[i];
                if (!p.done)
                    wrong(name_of(one) + " is done, but its part " + std::to_string(i) + " is not");
                auto const said = given.is_array() && i < given.size() ? given[i] : json::object();
                judge_whole(p.said, text_of(said, "text") + text_of(said, "refusal"));
            }
        }
        for (auto const& row : spoken_rows) {
            if (row.in_part || one.type != row.of) continue;
            auto const& said = one.said[row.stem];
            auto const  all = text_of(whole, row.whole);
            if (!said.done && !(said.text.empty() && all.empty()))
                wrong(name_of(one) + " is done, but its " + std::string(row.stem) + " is not");
            judge_whole(said, all);
        }
        if (text_of(whole, "type") != one.type)
            wrong("the type of " + name_of(one) + " changes from " + one.type + " to " +
                  text_of(whole, "type"));
    }

    void end(json const& e, std::string const& type) {
        bool const failed = type == "error" || type == "response.failed";
        if (begun_.empty() && !failed)
            wrong("the stream begins with " + type + " instead of response.created");
        ended_by_ = type;
        if (failed) return;  // what was begun stays as it is
        for (auto const& one : items_)
            if (one.whole.is_null()) wrong(type + " comes, but " + name_of(one) + " is not done");
        auto const& output = member(member(e, "response"), "output");
        if (!output.is_array()) return wrong("the response has no output");
        if (output.size() != items_.size())
            return wrong("the response's output has " + std::to_string(output.size()) +
                         " items, the stream had " + std::to_string(items_.size()));
        for (std::size_t i = 0; i < items_.size(); ++i)
            if (!items_[i].whole.is_null() && essence(output[i]) != essence(items_[i].whole))
                wrong(name_of(i) + " of the response's output is not as it was done");
    }

    std::vector<objection>& objections_;
    event_pointer           about_ = nullptr;
    std::vector<item>       items_;
    std::set<std::string>   begun_;     // types seen
    std::string             ended_by_;  // the terminal event
    std::int64_t            next_number_ = 0;
};

std::vector<objection> judge(evidence const& seen) {
    return judge_streams<grammar>(seen, "/responses");
}

}  // namespace

check responses_grammar() {
    return {id,
            "response.created first; every event by its name and numbered from 0; items and parts "
            "added once, done once, their pieces joined equal to the whole; then one terminal "
            "event that repeats the items",
            "OpenAI API reference, streaming events of Responses; BerriAI/litellm#40118", judge};
}

}  // namespace scenario::standing
