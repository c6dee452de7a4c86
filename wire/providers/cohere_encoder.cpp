#include "wire/providers/cohere_encoder.hpp"

#include <optional>
#include <utility>

#include "wire/json_members.hpp"
#include "wire/spelling.hpp"
#include "wire/sse.hpp"

namespace wire {
namespace {

char const* reason_word(finish_reason reason) {
    switch (reason) {
        case finish_reason::length:
            return "MAX_TOKENS";
        case finish_reason::tool_calls:
            return "TOOL_CALL";
        case finish_reason::stop:
        case finish_reason::content_filter:  // there is no word for it
            break;
    }
    return "COMPLETE";
}

// What is billed is less than what is counted.
ordered_json usage_of(usage const& tokens) {
    ordered_json told{
        {"billed_units",
         {{"input_tokens", tokens.input / 2}, {"output_tokens", tokens.output / 2}}},
        {"tokens", {{"input_tokens", tokens.input}, {"output_tokens", tokens.output}}}};
    if (tokens.cached > 0) told["cached_tokens"] = tokens.cached;
    return told;
}

ordered_json call_object(tool_call const& call) {
    return {{"id", call.id},
            {"type", "function"},
            {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given) : identity_(given), tokens_(given.tokens) {}

    std::string begin() override {
        ordered_json const message{{"role", "assistant"},
                                   {"content", ordered_json::array()},
                                   {"tool_plan", ""},
                                   {"tool_calls", ordered_json::array()},
                                   {"citations", ordered_json::array()}};
        ordered_json const told{
            {"id", identity_.id}, {"type", "message-start"}, {"delta", {{"message", message}}}};
        return to_sse(dump(told), "message-start");
    }

    std::string encode(delta const& said) override {
        return std::visit([this](auto const& words) { return spelled(words); }, said);
    }

    std::string end() override { return failed_ ? "" : to_sse("[DONE]"); }

private:
    std::string spelled(text const& said) { return content("text", said.piece); }
    std::string spelled(refusal const& said) { return content("text", said.piece); }
    std::string spelled(thinking const& said) {
        return said.piece.empty() ? "" : content("thinking", said.piece);
    }
    std::string spelled(tool_begins const& said) {
        return end_content() + event("tool-call-start", said.index,
                                     {{"tool_calls", call_object({said.id, said.name, {}})}});
    }
    std::string spelled(tool_arguments const& said) {
        return event("tool-call-delta", said.index,
                     {{"tool_calls", {{"function", {{"arguments", said.piece}}}}}});
    }
    std::string spelled(tool_ends const& said) {
        return event("tool-call-end", said.index, nullptr);
    }
    std::string spelled(usage const& said) {
        tokens_ = said;
        return {};
    }
    std::string spelled(finish const& said) {
        ordered_json const told{
            {"type", "message-end"},
            {"delta", {{"finish_reason", reason_word(said.reason)}, {"usage", usage_of(tokens_)}}}};
        return end_content() + to_sse(dump(told), "message-end");
    }
    std::string spelled(failure const& said) {
        failed_ = true;
        ordered_json const told{{"type", "message-end"},
                                {"delta", {{"finish_reason", "ERROR"}, {"error", said.message}}}};
        return to_sse(dump(told), "message-end");
    }

    std::string content(char const* kind, std::string const& piece) {
        std::string out;
        if (open_ != kind) {
            out = end_content();
            out += event("content-start", number_, {{"content", {{"type", kind}, {kind, ""}}}});
            open_ = kind;
        }
        return out += event("content-delta", number_, {{"content", {{kind, piece}}}});
    }

    std::string end_content() {
        if (std::exchange(open_, {}).empty()) return {};
        return event("content-end", number_++, nullptr);
    }

    static std::string event(char const* type, int index, ordered_json message) {
        ordered_json told{{"type", type}, {"index", index}};
        if (!message.is_null()) told["delta"] = {{"message", std::move(message)}};
        return to_sse(dump(told), type);
    }

    answer_identity identity_;
    usage           tokens_;
    std::string     open_;  // the kind of the content that is being said
    int             number_ = 0;
    bool            failed_ = false;
};

}  // namespace

std::unique_ptr<answer_encoder> cohere_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string cohere_whole_body(std::vector<delta> const& said, answer_identity const& identity) {
    auto const all = gather(said, identity.tokens);
    if (all.failed) return cohere_failure_body(*all.failed);
    ordered_json message{{"role", "assistant"}};
    auto         content = ordered_json::array();
    if (!all.thoughts.empty())
        content.push_back({{"type", "thinking"}, {"thinking", all.thoughts}});
    // Beside calls the words are the plan.
    auto const words = all.text + all.refused;
    if (!all.calls.empty() && !words.empty()) message["tool_plan"] = words;
    if (all.calls.empty()) content.push_back({{"type", "text"}, {"text", words}});
    if (!content.empty()) message["content"] = std::move(content);
    for (auto const& call : all.calls) message["tool_calls"].push_back(call_object(call));
    return dump(ordered_json{{"id", identity.id},
                             {"finish_reason", reason_word(all.reason)},
                             {"message", std::move(message)},
                             {"usage", usage_of(all.tokens)}});
}

std::string cohere_failure_body(failure const& told) {
    return dump(
        ordered_json{{"id", "00000000-0000-0000-0000-000000000000"}, {"message", told.message}});
}

}  // namespace wire
