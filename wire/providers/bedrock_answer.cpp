#include "wire/providers/bedrock_answer.hpp"

#include <string>
#include <utility>

#include <openssl/evp.h>

#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"
#include "wire/providers/anthropic_answer.hpp"

namespace wire {
namespace {

constexpr int call_count_max = 256;

usage read_usage(nlohmann::json const& told) {
    usage read;
    read.cached = count_member(told, "cacheReadInputTokens");
    read.input = add_counts(count_member(told, "inputTokens"),
                            add_counts(read.cached, count_member(told, "cacheWriteInputTokens")));
    read.output = count_member(told, "outputTokens");
    return read;
}

std::string from_base64(std::string const& text) {
    if (text.size() % 4 != 0) fail(error::malformed, "bytes that are not base64");
    std::string out(text.size() / 4 * 3, '\0');
    auto const  size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<unsigned char const*>(text.data()),
                                       static_cast<int>(text.size()));
    if (size < 0) fail(error::malformed, "bytes that are not base64");
    auto const filled = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
    out.resize(static_cast<std::size_t>(size) - filled);
    return out;
}

class bedrock_answer final : public answer_reader {
public:
    bool read(frame const& told, std::vector<delta>& out) override {
        if (told.failed) {
            auto failed = failure_of(0, parse_told(told.data));
            failed.type = told.type;
            out.push_back(std::move(failed));
            return false;
        }
        if (told.type == "chunk") return read_native(parse_told(told.data), out);
        if (told.type == "contentBlockStart") begin_block(parse_told(told.data), out);
        if (told.type == "contentBlockDelta") read_delta(parse_told(told.data), out);
        if (told.type == "contentBlockStop") end_block(out);
        if (told.type == "messageStop") read_stop(parse_told(told.data));
        if (told.type != "metadata") return true;
        auto const  said = parse_told(told.data);
        auto const* tokens = find_member(said, "usage");
        if (tokens) out.push_back(read_usage(*tokens));
        finish(out);
        return false;
    }

    // The metadata may be missing; the reason may not.
    void end(std::string_view rest, std::vector<delta>& out) override {
        if (!rest.empty()) fail(error::stream_cut, "the answer ended in the middle of a frame");
        if (native_) return native_->end({}, out);
        if (reason_.empty()) fail(error::stream_cut, "the answer ended without messageStop");
        finish(out);
    }

    void read_whole(nlohmann::json const& told, std::vector<delta>& out) {
        auto const* output = find_member(told, "output");
        auto const* message = output ? find_member(*output, "message") : nullptr;
        auto const* content = message ? find_member(*message, "content") : nullptr;
        if (!content || !content->is_array()) fail(error::malformed, "an answer without content");
        for (auto const& block : *content) {
            if (auto const* tool = find_member(block, "toolUse")) {
                begin_call(*tool, out);
                auto const* input = find_member(*tool, "input");
                say_arguments(input ? dump(*input) : "{}", out);
            } else if (auto const* thought = find_member(block, "reasoningContent")) {
                auto const* inner = find_member(*thought, "reasoningText");
                say_thinking(inner ? *inner : *thought, out);
            } else if (auto piece = text_member(block, "text"); !piece.empty()) {
                out.push_back(text{std::move(piece)});
            }
            end_block(out);
        }
        read_stop(told);
        if (reason_.empty()) fail(error::malformed, "an answer without a stopReason");
        if (auto const* tokens = find_member(told, "usage")) out.push_back(read_usage(*tokens));
        finish(out);
    }

private:
    // invoke-with-response-stream: the model's own events. Those of Claude are understood.
    bool read_native(nlohmann::json const& told, std::vector<delta>& out) {
        if (!native_) native_ = anthropic_reader();
        auto const event = from_base64(text_member(told, "bytes"));
        return native_->read({{}, event}, out);
    }

    // Only calls have a beginning; what the service runs itself is no call of ours.
    void begin_block(nlohmann::json const& told, std::vector<delta>& out) {
        end_block(out);
        number_ = count_member(told, "contentBlockIndex");
        auto const* start = find_member(told, "start");
        auto const* tool = start ? find_member(*start, "toolUse") : nullptr;
        if (tool && text_member(*tool, "type") != "server_tool_use") begin_call(*tool, out);
    }

    void begin_call(nlohmann::json const& tool, std::vector<delta>& out) {
        if (call_count_ == call_count_max) fail(error::malformed, "more than 256 tool calls");
        calling_ = true;
        arguments_told_ = false;
        out.push_back(
            tool_begins{call_count_, text_member(tool, "toolUseId"), text_member(tool, "name")});
    }

    void read_delta(nlohmann::json const& told, std::vector<delta>& out) {
        auto const* said = find_member(told, "delta");
        if (!said) fail(error::malformed, "contentBlockDelta without a delta");
        auto const number = count_member(told, "contentBlockIndex");
        if (auto const* tool = find_member(*said, "toolUse")) {
            if (calling_ && number == number_) say_arguments(text_member(*tool, "input"), out);
            return;
        }
        if (calling_) {
            if (number == number_) fail(error::malformed, "words in the block of a call");
            end_block(out);
        }
        if (auto const* thought = find_member(*said, "reasoningContent"))
            say_thinking(*thought, out);
        else if (auto piece = text_member(*said, "text"); !piece.empty())
            out.push_back(text{std::move(piece)});
    }

    static void say_thinking(nlohmann::json const& told, std::vector<delta>& out) {
        auto piece = text_member(told, "text");
        auto seal = text_member(told, "signature");
        if (!piece.empty() || !seal.empty())
            out.push_back(thinking{std::move(piece), std::move(seal)});
        if (auto data = text_member(told, "redactedContent"); !data.empty())
            out.push_back(thinking{{}, std::move(data), 0, true});
    }

    void say_arguments(std::string piece, std::vector<delta>& out) {
        if (piece.empty()) return;
        arguments_told_ = true;
        out.push_back(tool_arguments{call_count_, std::move(piece)});
    }

    void end_block(std::vector<delta>& out) {
        if (!std::exchange(calling_, false)) return;
        if (!arguments_told_) out.push_back(tool_arguments{call_count_, "{}"});
        out.push_back(tool_ends{call_count_++});
    }

    void read_stop(nlohmann::json const& told) { reason_ = text_member(told, "stopReason"); }

    void finish(std::vector<delta>& out) {
        end_block(out);
        if (reason_.empty()) fail(error::malformed, "metadata before messageStop");
        if (reason_.starts_with("malformed_")) {
            out.push_back(failure{0, reason_, "the model's answer could not be understood", {}});
            return;
        }
        auto reason = call_count_ > 0 ? finish_reason::tool_calls : finish_reason::stop;
        if (reason_ == "max_tokens" || reason_ == "model_context_window_exceeded")
            reason = finish_reason::length;
        if (reason_ == "guardrail_intervened" || reason_ == "content_filtered")
            reason = finish_reason::content_filter;
        out.push_back(wire::finish{reason});
    }

    std::int64_t number_ = 0;  // the service's index of the block
    bool         calling_ = false;
    bool         arguments_told_ = false;
    int          call_count_ = 0;
    std::string  reason_;

    std::unique_ptr<answer_reader> native_;
};

}  // namespace

std::unique_ptr<answer_decoder> bedrock_decoder(std::size_t frame_size_max) {
    return framed_decoder(framing::event_stream, std::make_unique<bedrock_answer>(), bedrock_whole,
                          frame_size_max);
}

std::vector<delta> bedrock_whole(std::string_view body) {
    auto const         told = parse_told(body);
    std::vector<delta> out;
    if (!find_member(told, "output") && (told.contains("message") || told.contains("Message")))
        out.push_back(failure_of(0, told));
    else
        bedrock_answer().read_whole(told, out);
    return out;
}

}  // namespace wire
