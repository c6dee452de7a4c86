#include <map>
#include <set>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/shared_material.hpp"

// Recorded answers of the real services, decoded whole and however they are cut, against
// what other readers have understood of them (recordings/expected.json).
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

    std::map<std::string, wire::finish_reason> const reasons{
        {"end_turn", wire::finish_reason::stop},
        {"stop_sequence", wire::finish_reason::stop},
        {"tool_use", wire::finish_reason::tool_calls}};
    EXPECT_EQ(one.finish, reasons.at(wanted["stop_reason"]));
    EXPECT_EQ(one.order, wire::answer::finished);
    ASSERT_TRUE(got.tokens);
    auto const cached = last_word(wanted, "cache_read_input_tokens");
    EXPECT_EQ(got.tokens->input, last_word(wanted, "input_tokens") + cached +
                                     last_word(wanted, "cache_creation_input_tokens"));
    EXPECT_EQ(got.tokens->cached, cached);
    EXPECT_EQ(got.tokens->output, last_word(wanted, "output_tokens"));
}

// Longer than most events, so that an event is seldom cut twice.
constexpr std::size_t piece_size = 251;

// Cut after byte `first` and then regularly: over all values of `first` every byte of the
// recording has been the last of a piece once.
std::vector<std::string_view> pieces_of(std::string_view bytes, std::size_t first) {
    std::vector<std::string_view> pieces{bytes.substr(0, first)};
    for (std::size_t at = first; at < bytes.size(); at += piece_size)
        pieces.push_back(bytes.substr(at, piece_size));
    return pieces;
}

void check(std::string const& folder) {
    auto const  root = shared_material::folder() / "recordings";
    auto const  expected = json::parse(shared_material::read(root / "expected.json"));
    auto const& format =
        *wire::find_provider_format(folder == "anthropic" ? "anthropic" : "openai");
    int count = 0;
    for (auto const& [name, wanted] : expected.items()) {
        if (!name.starts_with(folder + "/") || !name.ends_with(".sse")) continue;
        SCOPED_TRACE(name);
        ++count;
        auto const bytes = shared_material::read(root / name);
        auto const whole = put_together(said_by(format, bytes));
        folder == "anthropic" ? expect_anthropic(whole, wanted) : expect_openai(whole, wanted);

        EXPECT_EQ(put_together(decode(format, bytewise(bytes))), whole) << "byte by byte";
        for (std::size_t first = 0; first < piece_size; ++first)
            ASSERT_EQ(put_together(decode(format, pieces_of(bytes, first))), whole)
                << "cut after byte " << first << " and then every " << piece_size;
    }
    EXPECT_GT(count, 0) << "no recording in " << folder;
}

class Recordings : public testing::TestWithParam<char const*> {};

TEST_P(Recordings, AreUnderstoodHoweverTheyAreCut) {
    NEED_SHARED("recordings/expected.json");
    check(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Services, Recordings,
                         testing::Values("openai-chat", "azure-openai", "deepseek", "groq", "xai",
                                         "openrouter", "anthropic"),
                         [](auto const& info) {
                             std::string name = info.param;
                             std::erase(name, '-');
                             return name;
                         });

}  // namespace
