#include "wire/providers/anthropic_encoder.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "wire/json_members.hpp"

namespace wire {
namespace {

using ordered = nlohmann::ordered_json;

constexpr char request_id[] = "req_000000000000000000000000";

std::string dump_ordered(ordered const& value) {
    return value.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

answer_identity named(answer_identity identity) {
    if (identity.id.empty()) identity.id = "msg_000000000000000000000000";
    return identity;
}

std::string event(char const* type, std::string const& data) {
    return std::string("event: ") + type + "\ndata: " + data + "\n\n";
}

std::string quoted(std::string const& text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

std::int64_t uncached(usage const& tokens) {
    return std::max<std::int64_t>(0, tokens.input - tokens.cached);
}

ordered begin_usage(usage const& tokens, std::int64_t output) {
    return {
        {"input_tokens", uncached(tokens)},
        {"cache_creation_input_tokens", 0},
        {"cache_read_input_tokens", tokens.cached},
        {"cache_creation", {{"ephemeral_5m_input_tokens", 0}, {"ephemeral_1h_input_tokens", 0}}},
        {"output_tokens", output},
        {"service_tier", "standard"},
        {"inference_geo", "not_available"}};
}

ordered end_usage(usage const& tokens) {
    ordered counted{{"input_tokens", uncached(tokens)},
                    {"cache_creation_input_tokens", 0},
                    {"cache_read_input_tokens", tokens.cached},
                    {"output_tokens", tokens.output}};
    if (tokens.reasoning > 0)
        counted["output_tokens_details"] = {{"thinking_tokens", tokens.reasoning}};
    return counted;
}

char const* stop_reason(finish_reason reason) {
    switch (reason) {
        case finish_reason::stop:
            return "end_turn";
        case finish_reason::length:
            return "max_tokens";
        case finish_reason::tool_calls:
            return "tool_use";
        case finish_reason::content_filter:
            return "refusal";
    }
    return "end_turn";
}

// The table of the error types; the mock's script may have named one itself.
std::string error_type(failure const& told) {
    if (!told.type.empty()) return told.type;
    switch (told.status) {
        case 400:
            return "invalid_request_error";
        case 401:
            return "authentication_error";
        case 402:
            return "billing_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 504:
            return "timeout_error";
        case 529:
            return "overloaded_error";
        default:
            return "api_error";
    }
}

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given)
        : identity_(named(given)), tokens_(identity_.tokens) {}

    std::string begin() override {
        ordered const message{
            {"model", identity_.model},    {"id", identity_.id},
            {"type", "message"},           {"role", "assistant"},
            {"content", ordered::array()}, {"stop_reason", nullptr},
            {"stop_sequence", nullptr},    {"usage", begin_usage(identity_.tokens, 1)}};
        return event("message_start",
                     R"({"type":"message_start","message":)" + dump_ordered(message) + "}");
    }

    std::string encode(delta const& said) override {
        std::string out;
        std::visit([&](auto const& words) { spell(words, out); }, said);
        return out;
    }

    std::string end() override {
        return failed_ ? std::string() : event("message_stop", R"({"type":"message_stop"})");
    }

private:
    enum class kind { none, text, thinking, tool };

    void spell(text const& said, std::string& out) {
        if (open_ != kind::text) open(kind::text, R"({"type":"text","text":""})", out);
        tell(R"({"type":"text_delta","text":)" + quoted(said.piece), out);
    }

    void spell(thinking const& said, std::string& out) {
        if (said.redacted) {
            open(kind::text,
                 R"({"type":"redacted_thinking","data":)" + quoted(said.signature) + "}", out);
            return close(out);
        }
        if (open_ != kind::thinking)
            open(kind::thinking, R"({"type":"thinking","thinking":"","signature":""})", out);
        if (!said.piece.empty())
            tell(R"({"type":"thinking_delta","thinking":)" + quoted(said.piece), out);
        if (said.signature.empty()) return;
        tell(R"({"type":"signature_delta","signature":)" + quoted(said.signature), out);
        close(out);
    }

    // Anthropic refuses without a block; the words stand beside the stop reason.
    void spell(refusal const& said, std::string&) { refused_ += said.piece; }

    void spell(tool_begins const& said, std::string& out) {
        open(kind::tool,
             R"({"type":"tool_use","id":)" + quoted(said.id) + R"(,"name":)" + quoted(said.name) +
                 R"(,"input":{}})",
             out);
        tell(R"({"type":"input_json_delta","partial_json":"")", out);
    }

    void spell(tool_arguments const& said, std::string& out) {
        if (open_ != kind::tool) return;
        tell(R"({"type":"input_json_delta","partial_json":)" + quoted(said.piece), out);
    }

    void spell(tool_ends const&, std::string& out) { close(out); }

    void spell(usage const& said, std::string&) { tokens_ = said; }

    void spell(finish const& said, std::string& out) {
        close(out);
        bool const refuses = !refused_.empty();
        ordered    how{{"stop_reason", refuses ? "refusal" : stop_reason(said.reason)},
                       {"stop_sequence", nullptr}};
        if (refuses)
            how["stop_details"] = {
                {"type", "refusal"}, {"category", nullptr}, {"explanation", refused_}};
        out += event("message_delta", R"({"type":"message_delta","delta":)" + dump_ordered(how) +
                                          R"(,"usage":)" + dump_ordered(end_usage(tokens_)) + "}");
    }

    void spell(failure const& said, std::string& out) {
        failed_ = true;
        ordered const details{
            {"details", nullptr}, {"type", error_type(said)}, {"message", said.message}};
        out += event("error", R"({"type":"error","error":)" + dump_ordered(details) +
                                  R"(,"request_id":")" + request_id + "\"}");
    }

    void open(kind wanted, std::string const& block, std::string& out) {
        close(out);
        open_ = wanted;
        out += event("content_block_start", R"({"type":"content_block_start","index":)" +
                                                std::to_string(block_count_) +
                                                R"(,"content_block":)" + block + "}");
        if (block_count_ == 0) out += event("ping", R"({"type": "ping"})");
    }

    void tell(std::string const& words, std::string& out) {
        out += event("content_block_delta", R"({"type":"content_block_delta","index":)" +
                                                std::to_string(block_count_) + R"(,"delta":)" +
                                                words + "}}");
    }

    void close(std::string& out) {
        if (open_ == kind::none) return;
        open_ = kind::none;
        out += event("content_block_stop", R"({"type":"content_block_stop","index":)" +
                                               std::to_string(block_count_++) + "}");
    }

    answer_identity identity_;
    usage           tokens_;
    kind            open_ = kind::none;
    int             block_count_ = 0;  // blocks that have ended: also the index of the open one
    std::string     refused_;
    bool            failed_ = false;
};

ordered parse_input(std::string const& arguments) {
    if (arguments.empty()) return ordered::object();
    auto input = ordered::parse(arguments, nullptr, false);
    return input.is_object() ? input : ordered{{"_raw", arguments}};
}

// The blocks of an unstreamed answer, gathered from its deltas.
struct gatherer {
    ordered        blocks = ordered::array();
    std::string    arguments;
    std::string    refused;
    usage          tokens;
    finish_reason  reason = finish_reason::stop;
    failure const* failed = nullptr;

    std::string& words_of(char const* type, ordered const& fresh) {
        if (blocks.empty() || blocks.back()["type"] != type) blocks.push_back(fresh);
        return blocks.back()[type].get_ref<std::string&>();
    }

    void operator()(text const& said) {
        words_of("text", {{"type", "text"}, {"text", ""}}) += said.piece;
    }
    void operator()(thinking const& said) {
        if (said.redacted) {
            blocks.push_back({{"type", "redacted_thinking"}, {"data", said.signature}});
            return;
        }
        words_of("thinking", {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}}) +=
            said.piece;
        blocks.back()["signature"].get_ref<std::string&>() += said.signature;
    }
    void operator()(refusal const& said) { refused += said.piece; }
    void operator()(tool_begins const& said) {
        arguments.clear();
        blocks.push_back({{"type", "tool_use"},
                          {"id", said.id},
                          {"name", said.name},
                          {"input", ordered::object()}});
    }
    void operator()(tool_arguments const& said) { arguments += said.piece; }
    void operator()(tool_ends const&) {
        if (!blocks.empty()) blocks.back()["input"] = parse_input(arguments);
    }
    void operator()(usage const& said) { tokens = said; }
    void operator()(finish const& said) { reason = said.reason; }
    void operator()(failure const& said) { failed = &said; }
};

}  // namespace

std::unique_ptr<answer_encoder> anthropic_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string anthropic_whole_body(std::vector<delta> const& said, answer_identity const& given) {
    auto const identity = named(given);
    gatherer   gathered;
    gathered.tokens = identity.tokens;
    for (auto const& one : said) std::visit(gathered, one);
    if (gathered.failed) return anthropic_failure_body(*gathered.failed);

    bool const refuses = !gathered.refused.empty();
    ordered    body{{"model", identity.model},
                    {"id", identity.id},
                    {"type", "message"},
                    {"role", "assistant"},
                    {"content", std::move(gathered.blocks)},
                    {"stop_reason", refuses ? "refusal" : stop_reason(gathered.reason)},
                    {"stop_sequence", nullptr}};
    if (refuses)
        body["stop_details"] = {
            {"type", "refusal"}, {"category", nullptr}, {"explanation", gathered.refused}};
    body["usage"] = begin_usage(gathered.tokens, gathered.tokens.output);
    return dump_ordered(body);
}

std::string anthropic_failure_body(failure const& told) {
    return dump_ordered({{"type", "error"},
                         {"error", {{"type", error_type(told)}, {"message", told.message}}},
                         {"request_id", request_id}});
}

}  // namespace wire
