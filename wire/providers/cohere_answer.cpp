#include "wire/providers/cohere_answer.hpp"

#include <string>
#include <utility>

#include "wire/answer_reader.hpp"
#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr int call_count_max = 256;

usage read_usage(nlohmann::json const& told) {
    static nlohmann::json const nothing;
    auto const*                 tokens = find_member(told, "tokens");
    usage                       read;
    read.input = count_member(tokens ? *tokens : nothing, "input_tokens");
    read.output = count_member(tokens ? *tokens : nothing, "output_tokens");
    read.cached = count_member(told, "cached_tokens");
    return read;
}

nlohmann::json const& member(nlohmann::json const& object, char const* name) {
    static nlohmann::json const nothing;
    auto const*                 found = find_member(object, name);
    return found ? *found : nothing;
}

class cohere_answer final : public answer_reader {
public:
    bool read(frame const& told, std::vector<delta>& out) override {
        if (told.data.empty() || told.data == "[DONE]") return true;
        auto const said = parse_told(told.data);
        auto       type = text_member(said, "type");
        if (type.empty()) type = told.type;
        auto const& words = member(member(said, "delta"), "message");
        if (type == "error" || find_member(said, "error")) {
            out.push_back(failure_of(0, said));
            return false;
        }
        if (type == "tool-plan-delta") say_text(text_member(words, "tool_plan"), out);
        if (type == "content-start" || type == "content-delta")
            say_content(member(words, "content"), out);
        if (type == "tool-call-start") begin_call(member(words, "tool_calls"), out);
        if (type == "tool-call-delta")
            say_arguments(member(member(words, "tool_calls"), "function"), out);
        if (type == "tool-call-end") end_call(out);
        if (type != "message-end") return true;
        auto const& end = member(said, "delta");
        finish(text_member(end, "finish_reason"), member(end, "usage"), text_member(end, "error"),
               out);
        return false;
    }

    void end(std::string_view, std::vector<delta>&) override {
        fail(error::stream_cut, "the answer ended without message-end");
    }

    void read_whole(nlohmann::json const& told, std::vector<delta>& out) {
        auto const& message = member(told, "message");
        if (!message.is_object()) fail(error::malformed, "an answer without a message");
        say_text(text_member(message, "tool_plan"), out);
        if (auto const& content = member(message, "content"); content.is_array())
            for (auto const& part : content) say_content(part, out);
        if (auto const& calls = member(message, "tool_calls"); calls.is_array())
            for (auto const& call : calls) {
                begin_call(call, out);
                end_call(out);
            }
        finish(text_member(told, "finish_reason"), member(told, "usage"), {}, out);
    }

private:
    void say_text(std::string piece, std::vector<delta>& out) {
        end_call(out);
        if (!piece.empty()) out.push_back(text{std::move(piece)});
    }

    void say_content(nlohmann::json const& told, std::vector<delta>& out) {
        if (auto piece = text_member(told, "thinking"); !piece.empty()) {
            end_call(out);
            out.push_back(thinking{std::move(piece), {}});
        }
        say_text(text_member(told, "text"), out);
    }

    void begin_call(nlohmann::json const& told, std::vector<delta>& out) {
        end_call(out);
        if (call_count_ == call_count_max) fail(error::malformed, "more than 256 tool calls");
        auto const& function = member(told, "function");
        if (text_member(function, "name").empty())
            fail(error::malformed, "a tool call without a name");
        calling_ = true;
        arguments_told_ = false;
        out.push_back(
            tool_begins{call_count_, text_member(told, "id"), text_member(function, "name")});
        say_arguments(function, out);
    }

    void say_arguments(nlohmann::json const& function, std::vector<delta>& out) {
        auto piece = text_member(function, "arguments");
        if (piece.empty()) return;
        if (!calling_) fail(error::malformed, "arguments for a call that is not open");
        arguments_told_ = true;
        out.push_back(tool_arguments{call_count_, std::move(piece)});
    }

    // A call without arguments sends none.
    void end_call(std::vector<delta>& out) {
        if (!std::exchange(calling_, false)) return;
        if (!arguments_told_) out.push_back(tool_arguments{call_count_, "{}"});
        out.push_back(tool_ends{call_count_++});
    }

    void finish(std::string const& reason, nlohmann::json const& tokens, std::string why,
                std::vector<delta>& out) {
        end_call(out);
        if (reason.empty()) fail(error::malformed, "message-end without a finish_reason");
        if (tokens.is_object()) out.push_back(read_usage(tokens));
        if (reason.starts_with("ERROR") || reason == "TIMEOUT") {
            if (why.empty()) why = "the provider ended its answer with " + reason;
            out.push_back(failure{0, reason, std::move(why), {}});
            return;
        }
        out.push_back(wire::finish{reason == "MAX_TOKENS" ? finish_reason::length
                                   : call_count_ > 0      ? finish_reason::tool_calls
                                                          : finish_reason::stop});
    }

    bool calling_ = false;
    bool arguments_told_ = false;
    int  call_count_ = 0;
};

}  // namespace

std::unique_ptr<answer_decoder> cohere_decoder(std::size_t event_size_max) {
    return framed_decoder(framing::sse, std::make_unique<cohere_answer>(), cohere_whole,
                          event_size_max);
}

std::vector<delta> cohere_whole(std::string_view body) {
    auto const         told = parse_told(body);
    std::vector<delta> out;
    auto const&        message = member(told, "message");
    if (message.is_string() || find_member(told, "error"))
        out.push_back(failure_of(0, told));
    else
        cohere_answer().read_whole(told, out);
    return out;
}

}  // namespace wire
