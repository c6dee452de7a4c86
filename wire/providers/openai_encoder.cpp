#include "wire/providers/openai_encoder.hpp"

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "wire/json_members.hpp"

namespace wire {
namespace {

using ordered = nlohmann::ordered_json;

std::string dump_ordered(ordered const& value, int indent = -1) {
    return value.dump(indent, ' ', false, ordered::error_handler_t::replace);
}

answer_identity named(answer_identity identity) {
    if (identity.id.empty()) identity.id = "chatcmpl-00000000000000000000000000000";
    return identity;
}

ordered usage_object(usage const& tokens) {
    return {{"prompt_tokens", tokens.input},
            {"completion_tokens", tokens.output},
            {"total_tokens", add_counts(tokens.input, tokens.output)},
            {"prompt_tokens_details", {{"cached_tokens", tokens.cached}, {"audio_tokens", 0}}},
            {"completion_tokens_details",
             {{"reasoning_tokens", tokens.reasoning},
              {"audio_tokens", 0},
              {"accepted_prediction_tokens", 0},
              {"rejected_prediction_tokens", 0}}}};
}

ordered error_object(failure const& told) {
    ordered    details{{"message", told.message}};
    bool const ours = told.status >= 400 && told.status < 500;
    details["type"] = !told.type.empty() ? told.type
                      : ours             ? "invalid_request_error"
                                         : "server_error";
    details["param"] = nullptr;
    details["code"] = told.code.empty() ? ordered() : ordered(told.code);
    return {{"error", std::move(details)}};
}

char const role_text[] = R"({"role":"assistant","content":"","refusal":null})";
char const role_refusal[] = R"({"role":"assistant","content":null,"refusal":""})";
char const role_calls[] = R"({"role":"assistant","content":null})";

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given) : identity_(named(given)) {
        head_ = R"(data: {"id":)";
        append_quoted(head_, identity_.id);
        head_ += R"(,"object":"chat.completion.chunk","created":)";
        head_ += std::to_string(identity_.created) + R"(,"model":)";
        append_quoted(head_, identity_.model);
        head_ += R"(,"service_tier":"default","system_fingerprint":null,"choices":[)";
        tail_ = identity_.include_usage ? "],\"usage\":null}\n\n" : "]}\n\n";
        tokens_ = identity_.tokens;
    }

    std::string begin() override { return {}; }

    std::string encode(delta const& said) override {
        std::string out;
        std::visit([&](auto const& words) { spell(words, out); }, said);
        return out;
    }

    std::string end() override {
        if (failed_) return {};
        std::string out;
        if (identity_.include_usage)
            out = head_ + "],\"usage\":" + dump_ordered(usage_object(tokens_)) + "}\n\n";
        return out += "data: [DONE]\n\n";
    }

private:
    void spell(text const& said, std::string& out) {
        role(role_text, said.choice, out);
        chunk(said.choice, member("content", said.piece), out);
    }

    void spell(refusal const& said, std::string& out) {
        role(role_refusal, said.choice, out);
        chunk(said.choice, member("refusal", said.piece), out);
    }

    // OpenAI itself never says these; DeepSeek's word for the text and LiteLLM's for the seal.
    void spell(thinking const& said, std::string& out) {
        role(role_text, said.choice, out);
        std::string words = said.piece.empty() ? "" : member("reasoning_content", said.piece);
        if (!said.signature.empty()) {
            if (!words.empty()) words += ',';
            words += said.redacted ? R"("thinking_blocks":[{"type":"redacted_thinking",)" +
                                         member("data", said.signature)
                                   : R"("thinking_blocks":[{"type":"thinking","thinking":"",)" +
                                         member("signature", said.signature);
            words += "}]";
        }
        if (!words.empty()) chunk(said.choice, words, out);
    }

    void spell(tool_begins const& said, std::string& out) {
        role(role_calls, said.choice, out);
        chunk(said.choice,
              R"("tool_calls":[{"index":)" + std::to_string(said.index) + ',' +
                  member("id", said.id) + R"(,"type":"function","function":{)" +
                  member("name", said.name) + R"(,"arguments":""}}])",
              out);
    }

    void spell(tool_arguments const& said, std::string& out) {
        chunk(said.choice,
              R"("tool_calls":[{"index":)" + std::to_string(said.index) + R"(,"function":{)" +
                  member("arguments", said.piece) + "}}]",
              out);
    }

    void spell(tool_ends const&, std::string&) {}

    void spell(usage const& said, std::string&) { tokens_ = said; }

    void spell(finish const& said, std::string& out) {
        role(role_text, said.choice, out);
        out += head_ + R"({"index":)" + std::to_string(said.choice) +
               R"(,"delta":{},"logprobs":null,"finish_reason":")" + to_text(said.reason) + "\"}" +
               tail_;
    }

    void spell(failure const& said, std::string& out) {
        failed_ = true;
        out += "data: " + dump_ordered(error_object(said)) + "\n\n";
    }

    static std::string member(char const* name, std::string const& value) {
        std::string out = std::string("\"") + name + "\":";
        append_quoted(out, value);
        return out;
    }

    void role(char const* words, int choice, std::string& out) {
        if (!begun_.insert(choice).second) return;
        std::string_view const whole = words;
        chunk(choice, std::string(whole.substr(1, whole.size() - 2)), out);
    }

    void chunk(int choice, std::string const& words, std::string& out) {
        out.append(head_).append(R"({"index":)").append(std::to_string(choice));
        out.append(R"(,"delta":{)").append(words);
        out.append(R"(},"logprobs":null,"finish_reason":null})").append(tail_);
    }

    answer_identity identity_;
    std::string     head_;  // all that every chunk begins with
    std::string     tail_;
    usage           tokens_;
    std::set<int>   begun_;  // choices whose role has been told
    bool            failed_ = false;
};

// One choice of an unstreamed answer, gathered from its deltas.
struct whole_choice {
    std::string content;
    std::string refused;
    std::string thoughts;
    ordered     calls = ordered::array();
    std::string reason = "stop";

    ordered to_json(int number) const {
        ordered    message{{"role", "assistant"}};
        bool const silent = content.empty() && (!calls.empty() || !refused.empty());
        message["content"] = silent ? ordered() : ordered(content);
        if (!thoughts.empty()) message["reasoning_content"] = thoughts;
        if (!calls.empty()) message["tool_calls"] = calls;
        message["refusal"] = refused.empty() ? ordered() : ordered(refused);
        message["annotations"] = ordered::array();
        return {{"index", number},
                {"message", std::move(message)},
                {"logprobs", nullptr},
                {"finish_reason", reason}};
    }
};

struct gatherer {
    std::map<int, whole_choice> choices;
    usage                       tokens;
    failure const*              failed = nullptr;

    void operator()(text const& said) { choices[said.choice].content += said.piece; }
    void operator()(refusal const& said) { choices[said.choice].refused += said.piece; }
    void operator()(thinking const& said) { choices[said.choice].thoughts += said.piece; }
    void operator()(tool_begins const& said) {
        ordered function{{"name", said.name}, {"arguments", ""}};
        choices[said.choice].calls.push_back(
            {{"id", said.id}, {"type", "function"}, {"function", std::move(function)}});
    }
    void operator()(tool_arguments const& said) {
        auto& calls = choices[said.choice].calls;
        if (!calls.empty())
            calls.back()["function"]["arguments"].get_ref<std::string&>() += said.piece;
    }
    void operator()(tool_ends const&) {}
    void operator()(usage const& said) { tokens = said; }
    void operator()(finish const& said) { choices[said.choice].reason = to_text(said.reason); }
    void operator()(failure const& said) { failed = &said; }
};

}  // namespace

std::unique_ptr<answer_encoder> openai_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string openai_whole_body(std::vector<delta> const& said, answer_identity const& given) {
    auto const identity = named(given);
    gatherer   gathered;
    gathered.tokens = identity.tokens;
    for (auto const& one : said) std::visit(gathered, one);
    if (gathered.failed) return openai_failure_body(*gathered.failed);

    auto choices = ordered::array();
    for (auto const& [number, choice] : gathered.choices) choices.push_back(choice.to_json(number));
    return dump_ordered({{"id", identity.id},
                         {"object", "chat.completion"},
                         {"created", identity.created},
                         {"model", identity.model},
                         {"choices", std::move(choices)},
                         {"usage", usage_object(gathered.tokens)},
                         {"service_tier", "default"},
                         {"system_fingerprint", nullptr}});
}

std::string openai_failure_body(failure const& told) { return dump_ordered(error_object(told), 2); }

}  // namespace wire
