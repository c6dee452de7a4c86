#include <algorithm>
#include <map>

#include "scenarios/checks/stream_grammar.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "chat-grammar";

using nlohmann::json;

bool says_something(json const& delta) {
    auto const has = [&](char const* key) {
        auto const& value = member(delta, key);
        return value.is_string() ? !value.get_ref<std::string const&>().empty()
                                 : value.is_array() && !value.empty();
    };
    return has("content") || has("refusal") || has("tool_calls") || has("reasoning_content");
}

struct choice {
    bool begun = false;
    bool finished = false;
};

// Reads one stream frame by frame and objects to whatever comes out of turn.
class grammar {
public:
    grammar(std::vector<objection>& objections, wire_profile const& profile)
        : objections_(objections), profile_(profile) {}

    void read(runtime::event const& frame, json const& chunk) {
        about_ = &frame;
        if (frame.words == "[DONE]") return done();
        if (!chunk.is_object()) return wrong("this frame is not a JSON object");
        if (!member(chunk, "error").is_null()) return failed();
        if (member(chunk, "object") != "chat.completion.chunk")
            return wrong("this frame is not a chat.completion.chunk");
        if (done_ || failed_)
            wrong(done_ ? "a chunk comes after [DONE]" : "a chunk comes after an error");
        if (profile_.tells_turns_apart && is_finished() && member(chunk, "id") != id_) begin_anew();
        judge_constant(chunk, "id", id_);
        judge_constant(chunk, "model", model_);
        judge_constant(chunk, "created", created_);

        auto const& choices = member(chunk, "choices");
        if (!choices.is_array()) return wrong("this chunk has no choices");
        for (auto const& one : choices) judge_choice(one);
        if (!member(chunk, "usage").is_null()) judge_usage(choices.empty());
    }

    // The body is over, and the client did not leave.
    void over(event_pointer over) {
        about_ = over;
        if (!done_ && !failed_) return wrong("the stream ends with neither [DONE] nor an error");
        if (failed_) return;
        if (choices_.empty()) wrong("the stream ends well, but no choice was given");
        for (auto const& [index, c] : choices_)
            if (!c.finished) wrong("choice " + std::to_string(index) + " has no finish_reason");
    }

private:
    void wrong(std::string problem) {
        objections_.push_back(object(id, about_, std::move(problem)));
    }

    bool is_finished() const {
        return !choices_.empty() && std::all_of(choices_.begin(), choices_.end(),
                                                [](auto const& c) { return c.second.finished; });
    }

    // The next turn, as a completion of its own.
    void begin_anew() {
        id_ = model_ = created_ = nullptr;
        choices_.clear();
        counted_ = false;
    }

    void done() {
        if (done_) wrong("[DONE] comes a second time");
        if (failed_) wrong("[DONE] comes after an error");
        done_ = true;
    }

    void failed() {
        if (failed_) wrong("an error comes a second time");
        if (done_) wrong("an error comes after [DONE]");
        failed_ = true;
    }

    void judge_constant(json const& chunk, char const* key, json& first) {
        auto const& value = member(chunk, key);
        if (value.is_null() || value == "") return wrong(std::string("this chunk has no ") + key);
        if (first.is_null()) first = value;
        if (value != first)
            wrong(std::string(key) + " changes from " + first.dump() + " to " + value.dump());
    }

    void judge_choice(json const& one) {
        auto const& number = member(one, "index");
        if (!number.is_number_integer()) return wrong("a choice has no index");
        auto const  index = number.get<std::int64_t>();
        auto const  name = "choice " + std::to_string(index);
        auto&       c = choices_[index];
        auto const& delta = member(one, "delta");
        auto const& role = member(delta, "role");
        if (!c.begun && role != "assistant")
            wrong(name + " begins without the role of the assistant");
        if (c.begun && !role.is_null()) wrong(name + " has its role a second time");
        c.begun = true;
        if (c.finished && says_something(delta)) wrong(name + " goes on after its finish_reason");
        if (counted_ && says_something(delta)) wrong(name + " goes on after the usage");
        if (member(one, "finish_reason").is_null()) return;
        if (c.finished) wrong(name + " has a second finish_reason");
        c.finished = true;
    }

    void judge_usage(bool alone) {
        // With choices beside it, it is a running count, as some providers send.
        if (!alone) return;
        if (counted_) wrong("the usage comes a second time");
        counted_ = true;
        for (auto const& [index, c] : choices_)
            if (!c.finished)
                wrong("the usage comes before the finish_reason of choice " +
                      std::to_string(index));
        if (choices_.empty()) wrong("the usage comes before any choice");
    }

    std::vector<objection>&        objections_;
    wire_profile const&            profile_;
    event_pointer                  about_ = nullptr;
    json                           id_, model_, created_;
    std::map<std::int64_t, choice> choices_;
    bool                           done_ = false;
    bool                           failed_ = false;
    bool                           counted_ = false;
};

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    for (auto const& x : told.exchanges) {
        auto const* body = x.first("body");
        if (x.is_chat() && !x.streamed && x.status == 200 && body != nullptr &&
            !member(told.json_of(*body), "error").is_null())
            objections.push_back(object(id, body, "an error comes with status 200"));
        if (x.is_chat_stream()) judge_stream<grammar>(told, x, objections, seen.profile);
    }
    return objections;
}

}  // namespace

check chat_grammar() {
    return {id,
            "one id, model and date; the role once and first; one finish_reason per choice; the "
            "usage after it; then one [DONE] or one error",
            "OpenAI API reference, chat.completion.chunk; BerriAI/litellm#31910", judge};
}

}  // namespace scenario::standing
