#include "wire/providers/responses_encoder.hpp"

#include <algorithm>
#include <utility>

#include "wire/json_members.hpp"
#include "wire/providers/openai_encoder.hpp"
#include "wire/spelling.hpp"
#include "wire/sse.hpp"

namespace wire {
namespace {

constexpr std::size_t filled_up_to = 16;

ordered_json usage_of(usage const& tokens) {
    return {{"input_tokens", tokens.input},
            {"input_tokens_details", {{"cached_tokens", tokens.cached}}},
            {"output_tokens", tokens.output},
            {"output_tokens_details", {{"reasoning_tokens", tokens.reasoning}}},
            {"total_tokens", add_counts(tokens.input, tokens.output)}};
}

ordered_json response_object(answer_identity const& identity, char const* status) {
    return {{"id", identity.id},
            {"object", "response"},
            {"created_at", identity.created},
            {"status", status},
            {"background", false},
            {"error", nullptr},
            {"incomplete_details", nullptr},
            {"instructions", nullptr},
            {"max_output_tokens", nullptr},
            {"max_tool_calls", nullptr},
            {"model", identity.model},
            {"output", ordered_json::array()},
            {"parallel_tool_calls", true},
            {"previous_response_id", nullptr},
            {"prompt_cache_key", nullptr},
            {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
            {"safety_identifier", nullptr},
            {"service_tier", "default"},
            {"store", false},
            {"temperature", 1.0},
            {"text", {{"format", {{"type", "text"}}}, {"verbosity", "medium"}}},
            {"tool_choice", "auto"},
            {"tools", ordered_json::array()},
            {"top_logprobs", 0},
            {"top_p", 1.0},
            {"truncation", "disabled"},
            {"usage", nullptr},
            {"user", nullptr},
            {"metadata", ordered_json::object()}};
}

// The status of the response and of its last item.
char const* status_of(finish_reason reason) {
    return reason == finish_reason::length || reason == finish_reason::content_filter ? "incomplete"
                                                                                      : "completed";
}

void end_response(ordered_json& response, finish_reason reason, usage const& tokens) {
    response["status"] = status_of(reason);
    if (reason == finish_reason::length)
        response["incomplete_details"] = ordered_json::object({{"reason", "max_output_tokens"}});
    if (reason == finish_reason::content_filter)
        response["incomplete_details"] = ordered_json::object({{"reason", "content_filter"}});
    response["usage"] = usage_of(tokens);
}

ordered_json output_text(std::string const& words) {
    return {{"type", "output_text"},
            {"annotations", ordered_json::array()},
            {"logprobs", ordered_json::array()},
            {"text", words}};
}

ordered_json refusal_part(std::string const& words) {
    return {{"type", "refusal"}, {"refusal", words}};
}

ordered_json summary_text(std::string const& words) {
    return {{"type", "summary_text"}, {"text", words}};
}

std::size_t character_count(std::string const& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given)
        : identity_(given), tokens_(given.tokens), suffix_(given.id) {
        if (suffix_.starts_with("resp_")) suffix_.erase(0, 5);
    }

    std::string begin() override {
        auto const told =
            ordered_json::object({{"response", response_object(identity_, "in_progress")}});
        auto out = event("response.created", told);
        return out += event("response.in_progress", told);
    }

    std::string encode(delta const& said) override {
        return std::visit([this](auto const& words) { return spelled(words); }, said);
    }

    std::string end() override { return {}; }

private:
    enum class kind { none, message, refusal, reasoning, call };

    std::string spelled(text const& said) { return part(kind::message, said.piece); }
    std::string spelled(refusal const& said) { return part(kind::refusal, said.piece); }
    std::string spelled(thinking const& said) {
        if (said.piece.empty()) return {};
        return part(kind::reasoning, said.piece);
    }

    std::string spelled(tool_begins const& said) {
        auto out = close("completed");
        open_ = kind::call;
        item_ = {{"id", item_id("fc_")}, {"type", "function_call"}, {"status", "in_progress"},
                 {"arguments", ""},      {"call_id", said.id},      {"name", said.name}};
        return out +=
               event("response.output_item.added", {{"output_index", place_}, {"item", item_}});
    }
    std::string spelled(tool_arguments const& said) {
        words_ += said.piece;
        return delta_event("response.function_call_arguments.delta", said.piece,
                           {{"item_id", item_["id"]}, {"output_index", place_}});
    }
    std::string spelled(tool_ends const&) { return close("completed"); }

    std::string spelled(usage const& said) {
        tokens_ = said;
        return {};
    }
    std::string spelled(finish const& said) {
        auto out = close(status_of(said.reason));
        auto response = response_object(identity_, "");
        response["output"] = output_;
        end_response(response, said.reason, tokens_);
        auto const type = std::string("response.") + status_of(said.reason);
        return out += event(type, ordered_json::object({{"response", std::move(response)}}));
    }
    // Nested, as on the wire, and then the response that has failed.
    std::string spelled(failure const& said) {
        auto const         code = said.code.empty() ? said.type : said.code;
        ordered_json const error{
            {"type", said.type}, {"code", code}, {"message", said.message}, {"param", nullptr}};
        auto out = event("error", ordered_json::object({{"error", error}}));
        auto response = response_object(identity_, "failed");
        response["error"] = {{"code", code}, {"message", said.message}};
        return out +=
               event("response.failed", ordered_json::object({{"response", std::move(response)}}));
    }

    std::string part(kind what, std::string const& piece) {
        std::string out;
        if (open_ != what) {
            out = close("completed");
            out += open(what);
        }
        words_ += piece;
        if (what == kind::reasoning)
            return out += delta_event("response.reasoning_summary_text.delta", piece, where());
        auto at = where();
        if (what == kind::message) at["logprobs"] = ordered_json::array();
        return out += delta_event(
                   what == kind::message ? "response.output_text.delta" : "response.refusal.delta",
                   piece, std::move(at));
    }

    std::string open(kind what) {
        open_ = what;
        if (what == kind::reasoning)
            item_ = {
                {"id", item_id("rs_")}, {"type", "reasoning"}, {"summary", ordered_json::array()}};
        else
            item_ = {{"id", item_id("msg_")},
                     {"type", "message"},
                     {"status", "in_progress"},
                     {"content", ordered_json::array()},
                     {"role", "assistant"}};
        auto out = event("response.output_item.added", {{"output_index", place_}, {"item", item_}});
        auto at = where();
        at["part"] = whole_part({});
        return out += event(what == kind::reasoning ? "response.reasoning_summary_part.added"
                                                    : "response.content_part.added",
                            std::move(at));
    }

    std::string close(char const* status) {
        auto const was = std::exchange(open_, kind::none);
        if (was == kind::none) return {};
        open_ = was;
        std::string out;
        if (was == kind::call) {
            out =
                event("response.function_call_arguments.done",
                      {{"item_id", item_["id"]}, {"output_index", place_}, {"arguments", words_}});
            item_["arguments"] = words_;
        } else {
            auto at = where();
            at[was == kind::refusal ? "refusal" : "text"] = words_;
            if (was == kind::message) at["logprobs"] = ordered_json::array();
            out = event(was == kind::message   ? "response.output_text.done"
                        : was == kind::refusal ? "response.refusal.done"
                                               : "response.reasoning_summary_text.done",
                        at);
            at = where();
            at["part"] = whole_part(words_);
            out += event(was == kind::reasoning ? "response.reasoning_summary_part.done"
                                                : "response.content_part.done",
                         std::move(at));
            item_[was == kind::reasoning ? "summary" : "content"].push_back(whole_part(words_));
        }
        if (was != kind::reasoning) item_["status"] = status;
        out += event("response.output_item.done", {{"output_index", place_}, {"item", item_}});
        output_.push_back(std::move(item_));
        ++place_;
        words_.clear();
        open_ = kind::none;
        return out;
    }

    ordered_json whole_part(std::string const& words) const {
        if (open_ == kind::reasoning) return summary_text(words);
        return open_ == kind::refusal ? refusal_part(words) : output_text(words);
    }

    ordered_json where() const {
        return {{"item_id", item_["id"]},
                {"output_index", place_},
                {open_ == kind::reasoning ? "summary_index" : "content_index", 0}};
    }

    std::string item_id(char const* begin) const {
        return begin + suffix_ + std::to_string(place_);
    }

    std::string delta_event(char const* type, std::string const& piece, ordered_json where) {
        auto const over = character_count(piece) % filled_up_to;
        where["delta"] = piece;
        where["obfuscation"] = padding((filled_up_to - over) % filled_up_to);
        return event(type, std::move(where));
    }

    std::string event(std::string const& type, ordered_json told) {
        ordered_json whole{{"type", type}, {"sequence_number", event_count_++}};
        whole.update(told);
        return to_sse(dump(whole), type);
    }

    answer_identity identity_;
    usage           tokens_;
    std::string     suffix_;  // of the ids of items
    kind            open_ = kind::none;
    ordered_json    item_;
    std::string     words_;  // of the open item
    int             place_ = 0;
    ordered_json    output_ = ordered_json::array();
    int             event_count_ = 0;
};

}  // namespace

std::unique_ptr<answer_encoder> responses_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string responses_whole_body(std::vector<delta> const& said, answer_identity const& identity) {
    auto const all = gather(said, identity.tokens);
    if (all.failed) return responses_failure_body(*all.failed);
    auto       response = response_object(identity, "");
    auto&      output = response["output"];
    auto const id = [&](char const* begin) {
        return begin + identity.id + "_" + std::to_string(output.size());
    };
    if (!all.thoughts.empty())
        output.push_back({{"id", id("rs_")},
                          {"type", "reasoning"},
                          {"summary", ordered_json::array({summary_text(all.thoughts)})}});
    auto content = ordered_json::array();
    if (!all.text.empty()) content.push_back(output_text(all.text));
    if (!all.refused.empty()) content.push_back(refusal_part(all.refused));
    if (!content.empty())
        output.push_back({{"id", id("msg_")},
                          {"type", "message"},
                          {"status", status_of(all.reason)},
                          {"content", std::move(content)},
                          {"role", "assistant"}});
    for (auto const& call : all.calls)
        output.push_back({{"id", id("fc_")},
                          {"type", "function_call"},
                          {"status", "completed"},
                          {"arguments", call.arguments},
                          {"call_id", call.id},
                          {"name", call.name}});
    end_response(response, all.reason, all.tokens);
    return response.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string responses_failure_body(failure const& told) { return openai_failure_body(told); }

}  // namespace wire
