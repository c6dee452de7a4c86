#include "wire/providers/anthropic_answer.hpp"

#include <optional>
#include <string>
#include <utility>

#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

finish_reason read_reason(std::string const& stop_reason, bool calls) {
    // A paused turn is no whole answer either: to call that `stop` would tell the client so.
    if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded" ||
        stop_reason == "pause_turn")
        return finish_reason::length;
    if (stop_reason == "refusal") return finish_reason::content_filter;
    return calls || stop_reason == "tool_use" ? finish_reason::tool_calls : finish_reason::stop;
}

// Every event that counts tells totals: the last word on each number holds.
class token_counts {
public:
    void read(nlohmann::json const* told) {
        if (!told || !told->is_object()) return;
        seen_ = true;
        take(*told, "input_tokens", input_);
        take(*told, "cache_creation_input_tokens", cache_written_);
        take(*told, "cache_read_input_tokens", cache_read_);
        take(*told, "output_tokens", output_);
        if (auto const* details = find_member(*told, "output_tokens_details"))
            take(*details, "thinking_tokens", thinking_);
    }

    std::optional<usage> sum() const {
        if (!seen_) return std::nullopt;
        return usage{add_counts(input_, add_counts(cache_written_, cache_read_)), output_,
                     cache_read_, thinking_};
    }

private:
    static void take(nlohmann::json const& told, char const* name, std::int64_t& count) {
        if (find_member(told, name)) count = count_member(told, name);
    }

    bool         seen_ = false;
    std::int64_t input_ = 0;
    std::int64_t cache_written_ = 0;
    std::int64_t cache_read_ = 0;
    std::int64_t output_ = 0;
    std::int64_t thinking_ = 0;
};

// What the events of one answer have said so far.
class anthropic_answer {
public:
    // False once the last word is said.
    bool read(nlohmann::json const& told, std::vector<delta>& out) {
        auto const type = text_member(told, "type");
        if (type == "error") {
            out.push_back(failure_of(0, told));
            return false;
        }
        if (type == "message_start") return begin(told), true;
        bool const speaks = type.starts_with("content_block_") || type.starts_with("message_");
        if (speaks && !begun_) fail(error::malformed, type + " before message_start");
        if (type == "content_block_start") begin_block(told, out);
        if (type == "content_block_delta") read_delta(told, out);
        if (type == "content_block_stop") end_block(out);
        if (type == "message_delta") read_message_delta(told, out);
        if (type == "message_stop") return finish(out), false;
        return true;
    }

    void read_whole(nlohmann::json const& message, std::vector<delta>& out) {
        auto const* content = find_member(message, "content");
        if (!content || !content->is_array()) fail(error::malformed, "a message without content");
        for (auto const& block : *content) {
            open_block(block, out);
            if (auto seal = text_member(block, "signature"); !seal.empty())
                out.push_back(thinking{{}, std::move(seal)});
            end_block(out);
        }
        read_stop(message, out);
        tokens_.read(find_member(message, "usage"));
        finish(out);
    }

private:
    enum class kind { none, text, thinking, tool, other };

    void begin(nlohmann::json const& told) {
        // A box between us and the provider has tried again and spliced two answers.
        if (begun_) fail(error::malformed, "a second message_start");
        begun_ = true;
        if (auto const* message = find_member(told, "message"))
            tokens_.read(find_member(*message, "usage"));
    }

    void begin_block(nlohmann::json const& told, std::vector<delta>& out) {
        if (open_ != kind::none) end_block(out);
        auto const* block = find_member(told, "content_block");
        if (!block) fail(error::malformed, "content_block_start without a block");
        number_ = count_member(told, "index");
        open_block(*block, out);
    }

    void open_block(nlohmann::json const& block, std::vector<delta>& out) {
        auto const type = text_member(block, "type");
        open_ = kind::other;
        if (type == "text") {
            open_ = kind::text;
            say_text(text_member(block, "text"), out);
        } else if (type == "thinking") {
            open_ = kind::thinking;
            say_thinking(text_member(block, "thinking"), out);
        } else if (type == "redacted_thinking") {
            out.push_back(thinking{{}, text_member(block, "data"), 0, true});
        } else if (type == "tool_use") {
            open_ = kind::tool;
            arguments_told_ = false;
            out.push_back(
                tool_begins{call_count_, text_member(block, "id"), text_member(block, "name")});
            auto const* input = find_member(block, "input");
            whole_input_ = input && input->is_object() && !input->empty() ? dump(*input) : "{}";
        }
    }

    void read_delta(nlohmann::json const& told, std::vector<delta>& out) {
        auto const* said = find_member(told, "delta");
        if (!said) fail(error::malformed, "content_block_delta without a delta");
        bool const elsewhere = find_member(told, "index") && count_member(told, "index") != number_;
        if (open_ == kind::none || elsewhere)
            fail(error::malformed, "a delta for a block that is not open");

        auto const type = text_member(*said, "type");
        if (type == "text_delta" && open_ == kind::text)
            say_text(text_member(*said, "text"), out);
        else if (type == "thinking_delta" && open_ == kind::thinking)
            say_thinking(text_member(*said, "thinking"), out);
        else if (type == "signature_delta" && open_ == kind::thinking)
            out.push_back(thinking{{}, text_member(*said, "signature")});
        else if (type == "input_json_delta" && open_ == kind::tool)
            say_arguments(text_member(*said, "partial_json"), out);
    }

    void end_block(std::vector<delta>& out) {
        if (open_ == kind::tool) {
            if (!arguments_told_) say_arguments(whole_input_, out);
            out.push_back(tool_ends{call_count_++});
        }
        open_ = kind::none;
    }

    void read_message_delta(nlohmann::json const& told, std::vector<delta>& out) {
        if (auto const* said = find_member(told, "delta")) read_stop(*said, out);
        tokens_.read(find_member(told, "usage"));
    }

    void read_stop(nlohmann::json const& told, std::vector<delta>& out) {
        if (auto reason = text_member(told, "stop_reason"); !reason.empty())
            stop_reason_ = std::move(reason);
        auto const* details = find_member(told, "stop_details");
        if (!details || stop_reason_ != "refusal") return;
        if (open_ != kind::none) end_block(out);
        if (auto why = text_member(*details, "explanation"); !why.empty())
            out.push_back(refusal{std::move(why)});
    }

    void finish(std::vector<delta>& out) {
        if (open_ != kind::none) end_block(out);
        // Without a reason nobody can tell a whole answer from a cut one.
        if (stop_reason_.empty()) fail(error::malformed, "message_stop before a stop_reason");
        if (auto const counted = tokens_.sum()) out.push_back(*counted);
        out.push_back(wire::finish{read_reason(stop_reason_, call_count_ > 0)});
    }

    void say_text(std::string piece, std::vector<delta>& out) {
        if (!piece.empty()) out.push_back(text{std::move(piece)});
    }

    void say_thinking(std::string piece, std::vector<delta>& out) {
        if (!piece.empty()) out.push_back(thinking{std::move(piece), {}});
    }

    void say_arguments(std::string piece, std::vector<delta>& out) {
        if (piece.empty()) return;
        arguments_told_ = true;
        out.push_back(tool_arguments{call_count_, std::move(piece)});
    }

    bool         begun_ = false;
    kind         open_ = kind::none;
    std::int64_t number_ = 0;      // the provider's index of the open block
    int          call_count_ = 0;  // calls that have ended: also the index of the open one
    bool         arguments_told_ = false;
    std::string  whole_input_;  // of the open call, for a server that sends it at once
    std::string  stop_reason_;
    token_counts tokens_;
};

class reader final : public answer_reader {
public:
    bool read(frame const& told, std::vector<delta>& out) override {
        if (told.data.empty()) return true;
        auto said = parse_told(told.data);
        // The name of the event is the fallback: some servers leave one of the two out.
        if (text_member(said, "type").empty()) said["type"] = told.type;
        return answer_.read(said, out);
    }

    void end(std::string_view, std::vector<delta>&) override {
        fail(error::stream_cut, "the answer ended without message_stop");
    }

private:
    anthropic_answer answer_;
};

}  // namespace

std::unique_ptr<answer_reader> anthropic_reader() { return std::make_unique<reader>(); }

std::unique_ptr<answer_decoder> anthropic_decoder(std::size_t event_size_max) {
    return framed_decoder(framing::sse, anthropic_reader(), anthropic_whole, event_size_max);
}

std::vector<delta> anthropic_whole(std::string_view body) {
    auto const         told = parse_told(body);
    std::vector<delta> out;
    if (text_member(told, "type") == "error" || find_member(told, "error"))
        out.push_back(failure_of(0, told));
    else
        anthropic_answer().read_whole(told, out);
    return out;
}

}  // namespace wire
