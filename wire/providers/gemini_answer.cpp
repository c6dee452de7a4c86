#include "wire/providers/gemini_answer.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <boost/system/system_error.hpp>

#include "wire/answer_reader.hpp"
#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/providers/gemini_arguments.hpp"

namespace wire {
namespace {

constexpr int candidate_number_max = 127;
constexpr int call_count_max = 256;

bool is_one_of(std::string const& word, std::initializer_list<char const*> all) {
    for (auto const* one : all)
        if (word == one) return true;
    return false;
}

bool is_filtered(std::string const& reason) {
    return reason.starts_with("IMAGE_") ||
           is_one_of(reason, {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
                              "LANGUAGE"});
}

// The model wanted to call and could not: no answer, whatever the reason is called.
bool is_failed(std::string const& reason) {
    return is_one_of(reason,
                     {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"});
}

usage read_usage(nlohmann::json const& told) {
    usage read;
    read.input = add_counts(count_member(told, "promptTokenCount"),
                            count_member(told, "toolUsePromptTokenCount"));
    read.reasoning = count_member(told, "thoughtsTokenCount");
    read.output = add_counts(count_member(told, "candidatesTokenCount"), read.reasoning);
    read.cached = count_member(told, "cachedContentTokenCount");
    return read;
}

// One candidate: a choice of ours.
class candidate {
public:
    explicit candidate(int number) : number_(number) {}

    void part(nlohmann::json const& told, std::string const& answer_id, std::vector<delta>& out) {
        auto const* call = find_member(told, "functionCall");
        if (auto seal = text_member(told, "thoughtSignature"); !seal.empty()) {
            close(out);
            out.push_back(thinking{{}, std::move(seal), number_});
        }
        if (call) return this->call(*call, answer_id, out);
        auto piece = text_member(told, "text");
        if (piece.empty()) return;
        close(out);
        if (flag_member(told, "thought"))
            out.push_back(thinking{std::move(piece), {}, number_});
        else
            out.push_back(text{std::move(piece), number_});
    }

    // Old services send a reason with every chunk: the last one holds.
    void reason(std::string word) { reason_ = std::move(word); }
    bool finished() const { return !reason_.empty(); }

    void end(std::vector<delta>& out) { close(out); }

    // Nothing is left to do after a call that failed.
    std::optional<failure> failed() const {
        if (!is_failed(reason_)) return {};
        return failure{0, reason_, "the model's call could not be understood", reason_};
    }

    finish_reason finish() const {
        if (reason_ == "MAX_TOKENS") return finish_reason::length;
        if (is_filtered(reason_)) return finish_reason::content_filter;
        return call_count_ > 0 ? finish_reason::tool_calls : finish_reason::stop;
    }

private:
    void call(nlohmann::json const& told, std::string const& answer_id, std::vector<delta>& out) {
        auto const  name = text_member(told, "name");
        auto const* parts = find_member(told, "partialArgs");
        bool const  more = flag_member(told, "willContinue");
        if (!name.empty()) {
            close(out);
            begin(name, text_member(told, "id"), answer_id, out);
            if (auto const* whole = find_member(told, "args")) arguments_ = dump(*whole);
        } else if (!open_) {
            if (parts) fail(error::malformed, "arguments for a call that is not open");
            return;  // an end that was said twice
        }
        if (parts && parts->is_array())
            for (auto const& one : *parts) pieces_.add(one);
        if (!more) close(out);
    }

    void begin(std::string const& name, std::string id, std::string const& answer_id,
               std::vector<delta>& out) {
        if (call_count_ == call_count_max) fail(error::malformed, "more than 256 tool calls");
        if (id.empty()) id = "call_" + answer_id + "_" + std::to_string(call_count_);
        open_ = true;
        arguments_.clear();
        pieces_ = {};
        out.push_back(tool_begins{call_count_++, std::move(id), name, number_});
    }

    void close(std::vector<delta>& out) {
        if (!std::exchange(open_, false)) return;
        int const index = call_count_ - 1;
        auto      whole = arguments_.empty() ? dump(pieces_.value()) : std::move(arguments_);
        out.push_back(tool_arguments{index, std::move(whole), number_});
        out.push_back(tool_ends{index, number_});
    }

    int              number_;
    int              call_count_ = 0;
    bool             open_ = false;  // a call that may get more arguments
    std::string      arguments_;     // those that came whole
    gemini_arguments pieces_;
    std::string      reason_;
};

class gemini_answer final : public answer_reader {
public:
    bool read(frame const& told, std::vector<delta>& out) override {
        if (told.data.empty()) return true;
        return read(parse_told(told.data), out);
    }

    bool read(nlohmann::json const& told, std::vector<delta>& out) {
        if (find_member(told, "error")) {
            out.push_back(failure_of(0, told));
            return false;
        }
        if (id_.empty()) id_ = text_member(told, "responseId");
        if (auto const* all = find_member(told, "candidates"); all && all->is_array())
            for (auto const& one : *all) candidate_of(one, out);
        if (auto const* feedback = find_member(told, "promptFeedback"))
            if (!text_member(*feedback, "blockReason").empty()) at(0).reason("SAFETY");
        if (auto const* tokens = find_member(told, "usageMetadata")) usage_ = read_usage(*tokens);
        return true;
    }

    // The stream has no last word but its end. An error may stand there that is no event, and
    // the last event may lack the blank line that ends it.
    void end(std::string_view rest, std::vector<delta>& out) override {
        if (rest.find_first_not_of(" \t\r\n") != rest.npos && !read_rest(rest, out)) return;
        bool complete = !candidates_.empty();
        for (auto const& [number, one] : candidates_) complete = complete && one.finished();
        if (!complete) fail(error::stream_cut, "the answer ended without a finishReason");
        finish(out);
    }

private:
    bool read_rest(std::string_view rest, std::vector<delta>& out) {
        nlohmann::json told;
        try {
            told = parse_told(rest);
        } catch (boost::system::system_error const&) {
            fail(error::stream_cut, "the answer ended in the middle of an event");
        }
        return read(told, out);
    }

    void finish(std::vector<delta>& out) {
        for (auto& [number, one] : candidates_) one.end(out);
        if (usage_) out.push_back(*usage_);
        for (auto const& [number, one] : candidates_)
            if (auto const failed = one.failed()) return out.push_back(*failed);
        for (auto const& [number, one] : candidates_)
            out.push_back(wire::finish{one.finish(), number});
    }

    void candidate_of(nlohmann::json const& told, std::vector<delta>& out) {
        auto const number = count_member(told, "index");
        if (number > candidate_number_max) fail(error::malformed, "a candidate beyond 127");
        auto& one = at(static_cast<int>(number));
        if (auto const* content = find_member(told, "content"))
            if (auto const* parts = find_member(*content, "parts"); parts && parts->is_array())
                for (auto const& part : *parts) one.part(part, id_, out);
        if (auto reason = text_member(told, "finishReason"); !reason.empty())
            one.reason(std::move(reason));
    }

    candidate& at(int number) { return candidates_.try_emplace(number, number).first->second; }

    std::string              id_;
    std::map<int, candidate> candidates_;
    std::optional<usage>     usage_;
};

}  // namespace

std::unique_ptr<answer_decoder> gemini_decoder(std::size_t event_size_max) {
    return framed_decoder(framing::sse, std::make_unique<gemini_answer>(), gemini_whole,
                          event_size_max);
}

// Without alt=sse a stream is a list of the same objects, and so is an error.
std::vector<delta> gemini_whole(std::string_view body) {
    json_limits limits;
    limits.unique_names = limits.exact_integers = false;
    auto const         told = parse_json(body, limits);
    gemini_answer      answer;
    std::vector<delta> out;
    bool               goes_on = true;
    auto const         all = told.is_array() ? told : nlohmann::json::array({told});
    for (auto const& one : all)
        if (goes_on) goes_on = answer.read(one, out);
    if (!goes_on) return out;
    try {
        answer.end({}, out);
    } catch (boost::system::system_error const&) {
        fail(error::malformed, "an answer without a finished candidate");
    }
    return out;
}

}  // namespace wire
