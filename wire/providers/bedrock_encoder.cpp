#include "wire/providers/bedrock_encoder.hpp"

#include <utility>

#include "wire/event_stream.hpp"
#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

using nlohmann::json;

constexpr std::size_t padding_min = 2;
constexpr std::size_t padding_count = 60;  // of lengths

char const* reason_word(finish_reason reason) {
    switch (reason) {
        case finish_reason::length:
            return "max_tokens";
        case finish_reason::tool_calls:
            return "tool_use";
        case finish_reason::content_filter:
            return "content_filtered";
        case finish_reason::stop:
            break;
    }
    return "end_turn";
}

json usage_of(usage const& tokens) {
    json told{{"inputTokens", tokens.input - tokens.cached},
              {"outputTokens", tokens.output},
              {"totalTokens", add_counts(tokens.input, tokens.output)}};
    if (tokens.cached > 0) {
        told["cacheReadInputTokens"] = tokens.cached;
        told["cacheWriteInputTokens"] = 0;
    }
    return told;
}

std::string exception_name(failure const& told) {
    if (!told.type.empty()) return told.type;
    switch (told.status) {
        case 400:
            return "validationException";
        case 424:
            return "modelStreamErrorException";
        case 429:
            return "throttlingException";
        case 503:
            return "serviceUnavailableException";
        default:
            return "internalServerException";
    }
}

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given) : tokens_(given.tokens) {}

    std::string begin() override { return event("messageStart", {{"role", "assistant"}}); }

    std::string encode(delta const& said) override {
        return std::visit([this](auto const& words) { return spelled(words); }, said);
    }

    std::string end() override {
        if (failed_) return {};
        return event("metadata", {{"metrics", {{"latencyMs", 522}}}, {"usage", usage_of(tokens_)}});
    }

private:
    enum class block { none, text, thinking, tool };

    std::string spelled(text const& said) {
        return turn_to(block::text) + delta_of({{"text", said.piece}});
    }
    // There is no word for it: it is said as text, and the reason tells.
    std::string spelled(refusal const& said) {
        return turn_to(block::text) + delta_of({{"text", said.piece}});
    }
    std::string spelled(thinking const& said) {
        auto out = turn_to(block::thinking);
        if (!said.piece.empty()) out += delta_of({{"reasoningContent", {{"text", said.piece}}}});
        if (!said.signature.empty())
            out +=
                delta_of({{"reasoningContent",
                           {{said.redacted ? "redactedContent" : "signature", said.signature}}}});
        return out;
    }
    std::string spelled(tool_begins const& said) {
        auto out = turn_to(block::none);
        open_ = block::tool;
        return out +=
               event("contentBlockStart",
                     {{"contentBlockIndex", number_},
                      {"start", {{"toolUse", {{"name", said.name}, {"toolUseId", said.id}}}}}});
    }
    std::string spelled(tool_arguments const& said) {
        return delta_of({{"toolUse", {{"input", said.piece}}}});
    }
    std::string spelled(tool_ends const&) { return turn_to(block::none); }
    std::string spelled(usage const& said) {
        tokens_ = said;
        return {};
    }
    std::string spelled(finish const& said) {
        return turn_to(block::none) +
               event("messageStop", {{"stopReason", reason_word(said.reason)}});
    }
    std::string spelled(failure const& said) {
        failed_ = true;
        return to_event_stream({{":exception-type", exception_name(said)},
                                {":content-type", "application/json"},
                                {":message-type", "exception"}},
                               dump(json{{"message", said.message}}));
    }

    std::string turn_to(block next) {
        if (open_ == next) return {};
        std::string out;
        if (open_ != block::none)
            out = event("contentBlockStop", {{"contentBlockIndex", number_++}});
        open_ = next;
        return out;
    }

    std::string delta_of(json said) {
        return event("contentBlockDelta",
                     {{"contentBlockIndex", number_}, {"delta", std::move(said)}});
    }

    std::string event(char const* type, json payload) {
        // Any length between the two, and the same at each run.
        payload["p"] = padding(padding_min + 17 * ++event_count_ % padding_count);
        return to_event_stream({{":event-type", type},
                                {":content-type", "application/json"},
                                {":message-type", "event"}},
                               dump(payload));
    }

    usage       tokens_;
    block       open_ = block::none;
    int         number_ = 0;
    std::size_t event_count_ = 0;
    bool        failed_ = false;
};

}  // namespace

std::unique_ptr<answer_encoder> bedrock_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string bedrock_whole_body(std::vector<delta> const& said, answer_identity const& identity) {
    auto const all = gather(said, identity.tokens);
    if (all.failed) return bedrock_failure_body(*all.failed);
    auto content = json::array();
    if (!all.thoughts.empty() || !all.seal.empty())
        content.push_back(
            {{"reasoningContent",
              {{"reasoningText", {{"text", all.thoughts}, {"signature", all.seal}}}}}});
    if (auto const words = all.text + all.refused; !words.empty())
        content.push_back({{"text", words}});
    for (auto const& call : all.calls)
        content.push_back({{"toolUse",
                            {{"toolUseId", call.id},
                             {"name", call.name},
                             {"input", arguments_object(call.arguments)}}}});
    return dump(json{{"output", {{"message", {{"role", "assistant"}, {"content", content}}}}},
                     {"stopReason", reason_word(all.reason)},
                     {"usage", usage_of(all.tokens)},
                     {"metrics", {{"latencyMs", 522}}}});
}

std::string bedrock_failure_body(failure const& told) {
    return dump(json{{"message", told.message}});
}

// Before a stream the exception is named in the head and written with a capital.
fields bedrock_failure_head(failure const& told) {
    auto name = exception_name(told);
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return {{"x-amzn-ErrorType", name + ":http://internal.amazon.com/coral/"}};
}

}  // namespace wire
