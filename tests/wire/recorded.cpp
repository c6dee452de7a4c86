#include "tests/wire/recorded.hpp"

#include <map>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "tests/wire/shared_material.hpp"

namespace {

using nlohmann::json;

std::string sha256_begin(std::string const& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned      size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    std::string out;
    for (int i = 0; i < 8; ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", digest[i]);
        out += two;
    }
    return out;
}

// Long texts are written down by their digest.
void expect_text(std::string const& got, json const& wanted, char const* what) {
    if (!wanted.is_object()) {
        EXPECT_EQ(got, wanted.is_string() ? wanted.get<std::string>() : "") << what;
        return;
    }
    EXPECT_EQ(got.size(), wanted["utf8_bytes"].get<std::size_t>()) << what;
    EXPECT_EQ(sha256_begin(got), wanted["sha256_16"].get<std::string>()) << what;
}

std::int64_t number(json const& told, char const* name) {
    return told.is_object() && told.contains(name) && told[name].is_number()
               ? told[name].get<std::int64_t>()
               : 0;
}

void expect_openai(heard const& got, json const& wanted) {
    if (wanted.contains("errors")) {
        ASSERT_TRUE(got.failed);
        EXPECT_EQ(got.failed->message, wanted["errors"][0]["message"].get<std::string>());
    } else {
        EXPECT_FALSE(got.failed);
    }
    ASSERT_EQ(got.choices.size(), wanted["choices"].size());
    for (auto const& choice : wanted["choices"]) {
        auto const& one = got.choices.at(choice["index"].get<int>());
        expect_text(one.text, choice["text"], "text");
        expect_text(one.thinking, choice.value("reasoning", json()), "reasoning");
        expect_text(one.refusal, choice.value("refusal", json()), "refusal");
        std::vector<wire::tool_call> calls;
        for (auto const& call : choice.value("tool_calls", json::array()))
            calls.push_back({call["id"], call["name"], call["arguments"]});
        EXPECT_EQ(one.calls, calls);
        if (got.failed) continue;
        ASSERT_TRUE(one.finish);
        EXPECT_EQ(wire::to_text(*one.finish), choice["finish_reason"].get<std::string>());
        EXPECT_EQ(one.order, wire::answer::finished);
    }
    auto const& usage = wanted["usage"];
    ASSERT_EQ(got.tokens.has_value(), !usage.is_null());
    if (usage.is_null()) return;
    EXPECT_EQ(got.tokens->input, number(usage, "prompt_tokens"));
    EXPECT_EQ(got.tokens->cached,
              number(usage.value("prompt_tokens_details", json()), "cached_tokens"));
    EXPECT_EQ(got.tokens->reasoning,
              number(usage.value("completion_tokens_details", json()), "reasoning_tokens"));
    EXPECT_EQ(got.tokens->input + got.tokens->output, number(usage, "total_tokens"));
}

std::int64_t last_word(json const& wanted, char const* name) {
    for (char const* where : {"usage_message_delta", "usage_message_start"})
        if (wanted.contains(where) && wanted[where].contains(name))
            return number(wanted[where], name);
    return 0;
}

wire::finish_reason reason_of(std::string const& word) {
    std::map<std::string, wire::finish_reason> const reasons{
        {"end_turn", wire::finish_reason::stop},
        {"stop_sequence", wire::finish_reason::stop},
        {"tool_use", wire::finish_reason::tool_calls},
        {"refusal", wire::finish_reason::content_filter},
        {"guardrail_intervened", wire::finish_reason::content_filter}};
    return reasons.at(word);
}

void expect_anthropic(heard const& got, json const& wanted) {
    EXPECT_FALSE(got.failed);
    ASSERT_EQ(got.choices.size(), 1u);
    auto const&                  one = got.choices.at(0);
    std::vector<wire::tool_call> calls;
    std::size_t                  text_size = 0;
    std::size_t                  text_count = 0;
    std::size_t                  seal_size = 0;
    std::string                  text;
    for (auto const& block : wanted["blocks"]) {
        auto const type = block["type"].get<std::string>();
        if (type == "text" && block["text"].is_string()) text += block["text"].get<std::string>();
        if (type == "text") {
            ++text_count;
            text_size += block["text"].is_string() ? block["text"].get<std::string>().size()
                                                   : block["text"]["utf8_bytes"].get<std::size_t>();
        }
        if (type == "thinking") {
            expect_text(one.thinking, block["thinking"], "thinking");
            seal_size += block["signature_chars"].get<std::size_t>();
        }
        if (type == "redacted_thinking") seal_size += block["data_chars"].get<std::size_t>();
        if (type == "tool_use") calls.push_back({block["id"], block["name"], block["input_json"]});
    }
    EXPECT_EQ(one.text.size(), text_size);
    if (text.size() == text_size) {
        EXPECT_EQ(one.text, text);
    }
    if (text_count == 1)
        for (auto const& block : wanted["blocks"])
            if (block["type"] == "text") expect_text(one.text, block["text"], "text");
    EXPECT_EQ(one.signature.size(), seal_size);
    EXPECT_EQ(one.calls, calls);

    EXPECT_EQ(one.finish, reason_of(wanted["stop_reason"]));
    EXPECT_EQ(one.order, wire::answer::finished);
    ASSERT_TRUE(got.tokens);
    auto const cached = last_word(wanted, "cache_read_input_tokens");
    EXPECT_EQ(got.tokens->input, last_word(wanted, "input_tokens") + cached +
                                     last_word(wanted, "cache_creation_input_tokens"));
    EXPECT_EQ(got.tokens->cached, cached);
    EXPECT_EQ(got.tokens->output, last_word(wanted, "output_tokens"));
}

// Of the text of several blocks only the length is known where one of them is long.
struct joined {
    std::size_t size = 0;
    std::string text;
    bool        known = true;

    void add(json const& told) {
        if (told.is_object()) {
            size += told["utf8_bytes"].get<std::size_t>();
            known = false;
            return;
        }
        text += told.get<std::string>();
        size += told.get<std::string>().size();
    }
    void expect(std::string const& got) const {
        EXPECT_EQ(got.size(), size);
        if (known) {
            EXPECT_EQ(got, text);
        }
    }
};

heard_choice const& only_choice(heard const& got) {
    static heard_choice const nothing;
    EXPECT_EQ(got.choices.size(), 1u);
    auto const at = got.choices.find(0);
    return at == got.choices.end() ? nothing : at->second;
}

// The arguments of a call that came in pieces, each with its place.
std::vector<std::pair<std::string, json>> gemini_calls(json const& told) {
    std::vector<std::pair<std::string, json>> calls;
    for (auto const& one : told) {
        if (one.contains("name"))
            calls.emplace_back(one["name"], one.value("args", json::object()));
        for (auto const& part : one.value("partialArgs", json::array())) {
            auto&      text = calls.back().second[part["jsonPath"].get<std::string>().substr(2)];
            auto const more = part["stringValue"].get<std::string>();
            text = text.is_string() ? text.get<std::string>() + more : more;
        }
    }
    return calls;
}

void expect_gemini(heard const& got, recorded_stream const& told) {
    auto const& wanted = told.expected;
    auto const& one = only_choice(got);
    expect_text(one.text, wanted["text"], "text");
    expect_text(one.thinking, wanted.value("thoughts", json("")), "thoughts");
    EXPECT_EQ(one.signature.empty(), wanted["thought_signatures"] == 0);
    auto const calls = gemini_calls(wanted.value("function_calls", json::array()));
    ASSERT_EQ(one.calls.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(one.calls[i].name, calls[i].first);
        EXPECT_EQ(json::parse(one.calls[i].arguments), calls[i].second);
    }
    // The error stands behind the last event and is none, which expected.json does not tell.
    if (told.name == "gemini/error-mid-stream.sse") {
        ASSERT_TRUE(got.failed);
        EXPECT_EQ(got.failed->message, "The operation was cancelled.");
        EXPECT_EQ(got.failed->type, "CANCELLED");
        EXPECT_FALSE(one.finish);
        return;
    }
    EXPECT_FALSE(got.failed);
    EXPECT_EQ(one.finish, wanted.contains("block_reason") ? wire::finish_reason::content_filter
                          : calls.empty()                 ? wire::finish_reason::stop
                                                          : wire::finish_reason::tool_calls);
    if (wanted["usage"].is_null()) return;
    ASSERT_TRUE(got.tokens);
    EXPECT_EQ(got.tokens->input, number(wanted["usage"], "promptTokenCount"));
    EXPECT_EQ(got.tokens->reasoning, number(wanted["usage"], "thoughtsTokenCount"));
    EXPECT_EQ(got.tokens->input + got.tokens->output, number(wanted["usage"], "totalTokenCount"));
}

void expect_bedrock(heard const& got, json const& wanted) {
    auto const&                  one = only_choice(got);
    std::vector<wire::tool_call> calls;
    joined                       text, thoughts;
    std::size_t                  seal_size = 0;
    for (auto const& block : wanted["blocks"]) {
        if (block.contains("text")) text.add(block["text"]);
        if (block.contains("reasoning")) thoughts.add(block["reasoning"]);
        seal_size += block.value("signature_chars", std::size_t(0));
        if (block.contains("toolUse"))
            calls.push_back(
                {block["toolUse"]["toolUseId"], block["toolUse"]["name"], block["input"]});
    }
    text.expect(one.text);
    thoughts.expect(one.thinking);
    if (text.size > 0 && wanted["blocks"][0].contains("text"))
        expect_text(one.text, wanted["blocks"][0]["text"], "text");
    EXPECT_EQ(one.signature.size(), seal_size);
    EXPECT_EQ(one.calls, calls);
    EXPECT_EQ(one.finish, reason_of(wanted["stopReason"]));
    EXPECT_FALSE(got.failed);
    ASSERT_TRUE(got.tokens);
    EXPECT_EQ(got.tokens->input, number(wanted["usage"], "inputTokens"));
    EXPECT_EQ(got.tokens->output, number(wanted["usage"], "outputTokens"));
}

void expect_ollama(heard const& got, json const& wanted) {
    auto const& one = only_choice(got);
    expect_text(one.text, wanted["text"], "text");
    auto const calls = wanted.value("tool_calls", json::array());
    ASSERT_EQ(one.calls.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(one.calls[i].name, calls[i]["function"]["name"].get<std::string>());
        EXPECT_EQ(json::parse(one.calls[i].arguments), calls[i]["function"]["arguments"]);
        EXPECT_FALSE(one.calls[i].id.empty());
    }
    EXPECT_EQ(one.finish,
              calls.empty() ? wire::finish_reason::stop : wire::finish_reason::tool_calls);
    ASSERT_TRUE(got.tokens);
    EXPECT_EQ(got.tokens->input, number(wanted["usage"], "prompt_eval_count"));
    EXPECT_EQ(got.tokens->output, number(wanted["usage"], "eval_count"));
}

void expect_cohere(heard const& got, json const& wanted) {
    auto const& one = only_choice(got);
    joined      text;
    text.add(wanted["tool_plan"]);
    text.add(wanted["text"]);
    text.expect(one.text);
    std::vector<wire::tool_call> calls;
    for (auto const& call : wanted["tool_calls"])
        calls.push_back({call["id"], call["name"], call["arguments"]});
    EXPECT_EQ(one.calls, calls);
    EXPECT_EQ(one.finish, wire::finish_reason::tool_calls);
    ASSERT_TRUE(got.tokens);
    EXPECT_EQ(got.tokens->input, number(wanted["usage"]["tokens"], "input_tokens"));
    EXPECT_EQ(got.tokens->output, number(wanted["usage"]["tokens"], "output_tokens"));
}

void expect_responses(heard const& got, json const& wanted) {
    if (wanted.contains("error")) {
        ASSERT_TRUE(got.failed);
        EXPECT_EQ(got.failed->message, wanted["error"]["message"].get<std::string>());
        EXPECT_EQ(got.failed->code, wanted["error"]["code"].get<std::string>());
        return;
    }
    EXPECT_FALSE(got.failed);
    auto const& one = only_choice(got);
    expect_text(one.text, wanted["text"], "text");
    expect_text(one.thinking, wanted.value("reasoning_summary", json("")), "summary");
    // What the service ran itself is no call of ours.
    std::vector<wire::tool_call> calls;
    for (auto const& item : wanted["items"])
        if (item["type"] == "function_call")
            calls.push_back({item["call_id"], item["name"], item["arguments"]});
    EXPECT_EQ(one.calls, calls);
    EXPECT_EQ(one.finish, wanted["status"] == "incomplete" ? wire::finish_reason::length
                          : calls.empty()                  ? wire::finish_reason::stop
                                                           : wire::finish_reason::tool_calls);
    EXPECT_EQ(one.order, wire::answer::finished);
    ASSERT_TRUE(got.tokens);
    EXPECT_EQ(got.tokens->input, number(wanted["usage"], "input_tokens"));
    EXPECT_EQ(got.tokens->output, number(wanted["usage"], "output_tokens"));
    EXPECT_EQ(got.tokens->reasoning,
              number(wanted["usage"].value("output_tokens_details", json()), "reasoning_tokens"));
}

std::string format_of(std::string const& folder) {
    if (folder == "openai-chat" || folder == "perplexity") return "openai";
    if (folder == "azure-openai") return "azure";
    return folder == "openai-responses" ? "responses" : folder;
}

// Some sources have kept the payloads alone, one a line.
std::string framed_again(std::string const& lines, std::string const& line_end) {
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
        auto const end = std::min(lines.find('\n', at), lines.size());
        out += "data: " + lines.substr(at, end - at) + line_end + line_end;
        at = end + 1;
    }
    return out;
}

}  // namespace

std::vector<recorded_stream> recorded_streams() {
    std::vector<recorded_stream> all;
    auto const                   root = shared_material::folder() / "recordings";
    auto const expected = json::parse(shared_material::read(root / "expected.json"));
    for (auto const& [name, wanted] : expected.items()) {
        recorded_stream one{name, format_of(name.substr(0, name.find('/'))),
                            shared_material::read(root / name), wanted};
        if (name.ends_with(".txt"))
            one.bytes = framed_again(one.bytes, one.format == "gemini" ? "\r\n" : "\n");
        all.push_back(std::move(one));
    }
    return all;
}

void expect_understood(heard const& got, recorded_stream const& told) {
    auto const format = told.expected["format"].get<std::string>();
    if (format == "openai-chat") return expect_openai(got, told.expected);
    if (format == "gemini") return expect_gemini(got, told);
    if (format == "bedrock-converse") return expect_bedrock(got, told.expected);
    if (format == "ollama") return expect_ollama(got, told.expected);
    if (format == "cohere-v2") return expect_cohere(got, told.expected);
    if (format == "openai-responses") return expect_responses(got, told.expected);
    if (format == "anthropic" || format == "bedrock-invoke(anthropic)")
        return expect_anthropic(got, told.expected);
    ADD_FAILURE() << "nobody judges a stream of " << format;
}
