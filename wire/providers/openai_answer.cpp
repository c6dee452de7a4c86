#include "wire/providers/openai_answer.hpp"

#include <utility>

#include "wire/answer_reader.hpp"
#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr int choice_number_max = 127;

bool says_error(nlohmann::json const& told) {
    auto const* error = find_member(told, "error");
    if (error && error->is_object() && !error->empty()) return true;
    if (error && error->is_string() && *error != "") return true;
    return text_member(told, "object") == "error";
}

usage read_usage(nlohmann::json const& told) {
    static nlohmann::json const nothing;
    auto const*                 input_details = find_member(told, "prompt_tokens_details");
    auto const*                 output_details = find_member(told, "completion_tokens_details");

    usage read;
    read.input = count_member(told, "prompt_tokens");
    read.output = count_member(told, "completion_tokens");
    read.cached = count_member(input_details ? *input_details : nothing, "cached_tokens");
    if (read.cached == 0) read.cached = count_member(told, "prompt_cache_hit_tokens");
    read.reasoning = count_member(output_details ? *output_details : nothing, "reasoning_tokens");
    // xAI counts reasoning beside the completion, not in it; only the total gives it away.
    auto const beside = add_counts(read.output, read.reasoning);
    if (read.reasoning > 0 && count_member(told, "total_tokens") == add_counts(read.input, beside))
        read.output = beside;
    return read;
}

// Mistral sends content as an array when there is thinking in it.
void read_parts(nlohmann::json const& parts, int number, openai_choice& choice,
                std::vector<delta>& out) {
    for (auto const& part : parts) {
        auto const type = text_member(part, "type");
        if (auto piece = text_member(part, "text"); type == "text" && !piece.empty())
            choice.say(text{std::move(piece), number}, out);
        auto const* inner = find_member(part, "thinking");
        if (type != "thinking" || !inner || !inner->is_array()) continue;
        for (auto const& thought : *inner)
            if (auto piece = text_member(thought, "text"); !piece.empty())
                choice.say(thinking{std::move(piece), {}, number}, out);
    }
}

}  // namespace

void openai_answer::read(nlohmann::json const& told, char const* part, std::vector<delta>& out) {
    if (id_.empty()) id_ = text_member(told, "id");
    if (auto const* choices = find_member(told, "choices"); choices && choices->is_array())
        for (auto const& entry : *choices) choice(entry, part, out);

    auto const* tokens = find_member(told, "usage");
    if (auto const* extra = find_member(told, "x_groq"); !tokens && extra)
        tokens = find_member(*extra, "usage");
    if (tokens && tokens->is_object()) usage_ = read_usage(*tokens);
    if (says_error(told)) failed_ = failure_of(0, told);
}

void openai_answer::choice(nlohmann::json const& entry, char const* part, std::vector<delta>& out) {
    if (!entry.is_object()) fail(error::malformed, "a choice that is not an object");
    int         number = 0;
    auto const* index = find_member(entry, "index");
    if (index && index->is_number_integer()) {
        auto const given = count_member(entry, "index");
        if (given > choice_number_max) fail(error::malformed, "a choice numbered beyond 127");
        number = static_cast<int>(given);
    }
    auto& choice = at(number);
    if (auto const* said = find_member(entry, part)) words(*said, number, out);
    if (auto const reason = text_member(entry, "finish_reason"); !reason.empty())
        finish(choice, reason);
}

void openai_answer::words(nlohmann::json const& said, int number, std::vector<delta>& out) {
    auto& choice = at(number);
    auto  thought = text_member(said, "reasoning_content");
    if (thought.empty()) thought = text_member(said, "reasoning");
    if (!thought.empty()) choice.say(thinking{std::move(thought), {}, number}, out);

    // The words of these blocks have just come as reasoning_content; they add the signature.
    if (auto const* blocks = find_member(said, "thinking_blocks"); blocks && blocks->is_array())
        for (auto const& block : *blocks) {
            bool const redacted = text_member(block, "type") == "redacted_thinking";
            auto       seal = text_member(block, redacted ? "data" : "signature");
            if (!seal.empty()) choice.say(thinking{{}, std::move(seal), number, redacted}, out);
        }

    if (auto const* content = find_member(said, "content")) {
        if (content->is_array()) read_parts(*content, number, choice, out);
        if (auto piece = text_member(said, "content"); !piece.empty())
            choice.say(text{std::move(piece), number}, out);
    }
    if (auto piece = text_member(said, "refusal"); !piece.empty())
        choice.say(refusal{std::move(piece), number}, out);
    if (auto const* calls = find_member(said, "tool_calls"); calls && calls->is_array())
        for (auto const& call : *calls) choice.call(call, id_, out);
}

void openai_answer::finish(openai_choice& choice, std::string const& reason) {
    if (reason == "length")
        choice.finish(finish_reason::length);
    else if (reason == "tool_calls" || reason == "function_call")
        choice.finish(finish_reason::tool_calls);
    else if (reason == "content_filter")
        choice.finish(finish_reason::content_filter);
    else if (reason == "error")
        failed_ = failure{0, "provider_error", "the provider ended its answer with an error", {}};
    else
        choice.finish(finish_reason::stop);
}

openai_choice& openai_answer::at(int number) {
    return choices_.try_emplace(number, number, waiting_max_).first->second;
}

bool openai_answer::complete() const {
    for (auto const& [number, choice] : choices_)
        if (!choice.finished()) return false;
    return !choices_.empty();
}

void openai_answer::end(std::vector<delta>& out) {
    if (!failed_)
        for (auto& [number, choice] : choices_) choice.end(out);
    if (usage_) out.push_back(*usage_);
    if (failed_) {
        out.push_back(*failed_);
        return;
    }
    for (auto const& [number, choice] : choices_)
        out.push_back(wire::finish{choice.reason(), number});
}

namespace {

class reader final : public answer_reader {
public:
    explicit reader(std::size_t waiting_max) : answer_(waiting_max) {}

    bool read(frame const& told, std::vector<delta>& out) override {
        auto           data = told.data;
        constexpr auto blank = " \t\r\n";
        auto const     begin = data.find_first_not_of(blank);
        if (begin == data.npos) return true;
        data = data.substr(begin, data.find_last_not_of(blank) + 1 - begin);
        if (data == "[DONE]") {
            // A reason may not be made up: whoever reads on would take a cut answer for whole.
            if (!answer_.complete()) fail(error::malformed, "[DONE] before a finish_reason");
            return answer_.end(out), false;
        }
        auto const said = parse_told(data);
        if (told.type == "error" && !says_error(said)) {
            out.push_back(failure_of(0, said));
            return false;
        }
        answer_.read(said, "delta", out);
        if (answer_.failed()) answer_.end(out);
        return !answer_.failed();
    }

    void end(std::string_view, std::vector<delta>& out) override {
        if (!answer_.complete())
            fail(error::stream_cut, "the answer ended without [DONE] and without a finish_reason");
        answer_.end(out);
    }

private:
    openai_answer answer_;
};

}  // namespace

std::unique_ptr<answer_decoder> openai_decoder(std::size_t event_size_max) {
    return framed_decoder(framing::sse, std::make_unique<reader>(event_size_max), openai_whole,
                          event_size_max);
}

std::vector<delta> openai_whole(std::string_view body) {
    auto const         told = parse_told(body);
    openai_answer      answer(body.size() + 4096);
    std::vector<delta> out;
    answer.read(told, "message", out);
    if (!answer.failed() && !answer.complete())
        fail(error::malformed, "a completion without a finished choice");
    answer.end(out);
    return out;
}

}  // namespace wire
