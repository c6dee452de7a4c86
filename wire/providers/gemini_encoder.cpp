#include "wire/providers/gemini_encoder.hpp"

#include <map>
#include <utility>

#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

// As Google's servers write JSON on one line: a blank behind each colon, none behind commas.
void spell(ordered_json const& value, std::string& out) {
    if (value.is_object()) {
        out += '{';
        bool first = true;
        for (auto const& [name, member] : value.items()) {
            if (!std::exchange(first, false)) out += ',';
            append_quoted(out, name);
            out += ": ";
            spell(member, out);
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (auto const& element : value) {
            if (!std::exchange(first, false)) out += ',';
            spell(element, out);
        }
        out += ']';
    } else {
        out += dump(value);
    }
}

ordered_json usage_of(usage const& tokens, bool at_the_end) {
    ordered_json told{{"promptTokenCount", tokens.input}};
    auto const   answered = tokens.output - tokens.reasoning;
    // What is zero is left out.
    if (at_the_end && answered > 0) told["candidatesTokenCount"] = answered;
    told["totalTokenCount"] = at_the_end ? add_counts(tokens.input, tokens.output) : tokens.input;
    if (tokens.cached > 0) told["cachedContentTokenCount"] = tokens.cached;
    told["promptTokensDetails"] = {{{"modality", "TEXT"}, {"tokenCount", tokens.input}}};
    if (at_the_end && tokens.reasoning > 0) told["thoughtsTokenCount"] = tokens.reasoning;
    return told;
}

char const* reason_word(finish_reason reason) {
    switch (reason) {
        case finish_reason::length:
            return "MAX_TOKENS";
        case finish_reason::content_filter:
            return "SAFETY";
        case finish_reason::stop:
        case finish_reason::tool_calls:  // there is no word for it
            break;
    }
    return "STOP";
}

ordered_json call_part(tool_call const& call, std::string& seal) {
    ordered_json part{{"functionCall",
                       {{"name", call.name},
                        {"args", ordered_json(arguments_object(call.arguments))},
                        {"id", call.id}}}};
    if (!seal.empty()) part["thoughtSignature"] = std::exchange(seal, {});
    return part;
}

struct status_row {
    int         status;
    char const* word;
};
constexpr status_row statuses[] = {{400, "INVALID_ARGUMENT"}, {403, "PERMISSION_DENIED"},
                                   {404, "NOT_FOUND"},        {429, "RESOURCE_EXHAUSTED"},
                                   {499, "CANCELLED"},        {500, "INTERNAL"},
                                   {503, "UNAVAILABLE"},      {504, "DEADLINE_EXCEEDED"}};

ordered_json error_object(failure const& told) {
    int         status = told.status;
    std::string word = told.type;
    for (auto const& row : statuses) {
        if (status == 0 && word == row.word) status = row.status;
        if (word.empty() && status == row.status) word = row.word;
    }
    if (status == 0) status = 500;
    if (word.empty()) word = status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
    return {{"error", {{"code", status}, {"message", told.message}, {"status", word}}}};
}

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given) : identity_(given), tokens_(given.tokens) {}

    std::string begin() override { return {}; }

    std::string encode(delta const& said) override {
        return std::visit([this](auto const& words) { return spelled(words); }, said);
    }

    std::string end() override { return {}; }

private:
    std::string spelled(text const& said) { return chunk({{"text", said.piece}}, said.choice); }
    // There is no word for it: it is said as text, and the reason tells.
    std::string spelled(refusal const& said) { return chunk({{"text", said.piece}}, said.choice); }
    std::string spelled(thinking const& said) {
        seal_ += said.signature;
        if (said.piece.empty()) return {};
        return chunk({{"text", said.piece}, {"thought", true}}, said.choice);
    }
    std::string spelled(tool_begins const& said) {
        open_ = {said.id, said.name, {}};
        return {};
    }
    std::string spelled(tool_arguments const& said) {
        open_.arguments += said.piece;
        return {};
    }
    std::string spelled(tool_ends const& said) {
        return chunk(call_part(open_, seal_), said.choice);
    }
    std::string spelled(usage const& said) {
        tokens_ = said;
        return {};
    }
    std::string spelled(finish const& said) {
        ordered_json candidate{{"content", {{"parts", {{{"text", ""}}}}, {"role", "model"}}},
                               {"finishReason", reason_word(said.reason)},
                               {"index", said.choice}};
        return event(std::move(candidate), true);
    }
    std::string spelled(failure const& said) {
        std::string out = "data: ";
        spell(error_object(said), out);
        return out += "\r\n\r\n";
    }

    std::string chunk(ordered_json part, int number) {
        auto parts = ordered_json::array();
        parts.push_back(std::move(part));
        return event(
            {{"content", {{"parts", std::move(parts)}, {"role", "model"}}}, {"index", number}},
            false);
    }

    std::string event(ordered_json candidate, bool last) {
        auto candidates = ordered_json::array();
        candidates.push_back(std::move(candidate));
        std::string out = "data: ";
        spell({{"candidates", std::move(candidates)},
               {"usageMetadata", usage_of(tokens_, last)},
               {"modelVersion", identity_.model},
               {"responseId", identity_.id}},
              out);
        return out += "\r\n\r\n";
    }

    answer_identity identity_;
    usage           tokens_;
    tool_call       open_;
    std::string     seal_;  // goes along with the next call
};

}  // namespace

std::unique_ptr<answer_encoder> gemini_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string gemini_whole_body(std::vector<delta> const& said, answer_identity const& identity) {
    auto all = gather(said, identity.tokens);
    if (all.failed) return gemini_failure_body(*all.failed);
    auto parts = ordered_json::array();
    if (!all.thoughts.empty()) parts.push_back({{"text", all.thoughts}, {"thought", true}});
    if (auto const words = all.text + all.refused; !words.empty())
        parts.push_back({{"text", words}});
    for (auto const& call : all.calls) parts.push_back(call_part(call, all.seal));
    ordered_json candidate{{"content", {{"parts", std::move(parts)}, {"role", "model"}}},
                           {"finishReason", reason_word(all.reason)},
                           {"index", 0}};
    auto         candidates = ordered_json::array();
    candidates.push_back(std::move(candidate));
    ordered_json const body{{"candidates", std::move(candidates)},
                            {"usageMetadata", usage_of(all.tokens, true)},
                            {"modelVersion", identity.model},
                            {"responseId", identity.id}};
    return body.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string gemini_failure_body(failure const& told) {
    return error_object(told).dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace wire
