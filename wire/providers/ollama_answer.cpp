#include "wire/providers/ollama_answer.hpp"

#include <string>
#include <utility>

#include <boost/system/system_error.hpp>

#include "wire/answer_reader.hpp"
#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr int call_count_max = 256;

class ollama_answer final : public answer_reader {
public:
    bool read(frame const& told, std::vector<delta>& out) override {
        return read(parse_told(told.data), out);
    }

    bool read(nlohmann::json const& told, std::vector<delta>& out) {
        if (find_member(told, "error")) {
            out.push_back(failure_of(0, told));
            return false;
        }
        if (time_.empty()) time_ = digits_of(text_member(told, "created_at"));
        if (auto const* message = find_member(told, "message")) words(*message, out);
        if (!flag_member(told, "done")) return true;
        out.push_back(
            usage{count_member(told, "prompt_eval_count"), count_member(told, "eval_count"), 0, 0});
        out.push_back(finish{reason(text_member(told, "done_reason"))});
        return false;
    }

    // The last line may lack its end.
    void end(std::string_view rest, std::vector<delta>& out) override {
        bool over = false;
        if (rest.find_first_not_of(" \t\r\n") != rest.npos) {
            nlohmann::json told;
            try {
                told = parse_told(rest);
            } catch (boost::system::system_error const&) {
                fail(error::stream_cut, "the answer ended in the middle of a line");
            }
            over = !read(told, out);
        }
        if (!over) fail(error::stream_cut, "the answer ended before it was done");
    }

private:
    // Older servers give a call no id: when the answer began is as good as any.
    static std::string digits_of(std::string const& time) {
        std::string out;
        for (char const c : time)
            if (c >= '0' && c <= '9') out += c;
        return out;
    }

    void words(nlohmann::json const& message, std::vector<delta>& out) {
        if (auto piece = text_member(message, "thinking"); !piece.empty())
            out.push_back(thinking{std::move(piece), {}});
        if (auto piece = text_member(message, "content"); !piece.empty())
            out.push_back(text{std::move(piece)});
        auto const* calls = find_member(message, "tool_calls");
        if (!calls || !calls->is_array()) return;
        for (auto const& call : *calls) this->call(call, out);
    }

    // A call comes whole. Its `index` is missing, or counts on from line to line.
    void call(nlohmann::json const& told, std::vector<delta>& out) {
        if (call_count_ == call_count_max) fail(error::malformed, "more than 256 tool calls");
        auto const* function = find_member(told, "function");
        auto        name = function ? text_member(*function, "name") : std::string();
        if (name.empty()) fail(error::malformed, "a tool call without a name");
        auto id = text_member(told, "id");
        if (id.empty()) id = "call_" + time_ + "_" + std::to_string(call_count_);
        int const index = call_count_++;
        out.push_back(tool_begins{index, std::move(id), std::move(name)});
        auto const* arguments = find_member(*function, "arguments");
        out.push_back(tool_arguments{index, !arguments               ? "{}"
                                            : arguments->is_string() ? arguments->get<std::string>()
                                                                     : dump(*arguments)});
        out.push_back(tool_ends{index});
    }

    // The service says `stop` after calls, too.
    finish_reason reason(std::string const& word) const {
        if (word == "length") return finish_reason::length;
        return call_count_ > 0 ? finish_reason::tool_calls : finish_reason::stop;
    }

    int         call_count_ = 0;
    std::string time_;
};

}  // namespace

std::unique_ptr<answer_decoder> ollama_decoder(std::size_t line_size_max) {
    return framed_decoder(framing::ndjson, std::make_unique<ollama_answer>(), ollama_whole,
                          line_size_max);
}

std::vector<delta> ollama_whole(std::string_view body) {
    ollama_answer      answer;
    std::vector<delta> out;
    if (answer.read(parse_told(body), out)) fail(error::malformed, "an answer that is not done");
    return out;
}

}  // namespace wire
