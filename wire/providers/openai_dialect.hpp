#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/provider_format.hpp"
#include "wire/providers/openai_answer.hpp"
#include "wire/spelling.hpp"

// Those who speak like OpenAI and yet otherwise: what differs, and nothing else. The decoder is
// OpenAI's, which understands all of them.
namespace wire {

struct openai_dialect {
    char const* name;
    char const* prefix;
    char const* prompt;
    char const* base;

    // Request: the path of a conversation (null: OpenAI's), how the key goes along (null: as a
    // bearer), what the body says otherwise (null: nothing).
    std::string (*path)(conversation const&, account const&) = nullptr;
    char const* key_field = nullptr;
    void (*body)(nlohmann::json&, conversation const&) = nullptr;
    bool counts_unasked = false;  // has no stream_options

    // Answer.
    enum class thoughts { reasoning_content, reasoning, details, parts };
    enum class counts { own_chunk, finish, finish_and_own_chunk, words };
    char const* answer_id = "chatcmpl-";
    char const* call_id = "call_";
    std::size_t call_id_size = 0;  // 0: any
    thoughts    thought = thoughts::reasoning_content;
    counts      count = counts::own_chunk;  // where the usage stands
    bool        role_apart = true;          // in a chunk of its own, before the first word
    bool        whole_calls = false;        // calls come in one piece,
    bool        calls_at_the_end = false;   // with the finish
    bool        null_reasons = true;        // before the end: null, or else no member at all
    bool        refuses = false;            // has a word for a refusal
    bool        sorted = false;             // members in the order of the alphabet
    bool        names_errors = false;       // `event: error`, and then nothing
    bool        done_after_error = false;
    // What precedes the first chunk.
    std::string (*prelude)(answer_identity const&) = nullptr;
    // The last hand at a chunk: `chunk_count` of them have been said before.
    void (*dress)(ordered_json& chunk, answer_identity const&, std::size_t chunk_count) = nullptr;
    ordered_json (*usage)(wire::usage const&) = nullptr;  // null: OpenAI's
    ordered_json (*error)(failure const&) = nullptr;      // null: OpenAI's
};

provider_request openai_dialect_request(openai_dialect const&, conversation const&, account const&);
provider_question openai_dialect_question(openai_dialect const&, std::string_view target,
                                          std::string_view body);
std::unique_ptr<answer_encoder> openai_dialect_encoder(openai_dialect const&,
                                                       answer_identity const&);
std::string openai_dialect_whole(openai_dialect const&, std::vector<delta> const&,
                                 answer_identity const&);
std::string openai_dialect_failure(openai_dialect const&, failure const&);
failure     openai_failed(int status, std::string_view body);

// The row of a dialect.
template <openai_dialect const& told>
provider_format openai_like() {
    provider_format row{};
    row.name = told.name;
    row.prefix = told.prefix;
    row.prompt = told.prompt;
    row.base = told.base;
    row.framing = framing::sse;
    row.request = [](conversation const& talk, account const& whose) {
        return openai_dialect_request(told, talk, whose);
    };
    row.decoder = openai_decoder;
    row.whole = openai_whole;
    row.failed = openai_failed;
    row.answer_id = told.answer_id;
    row.call_id = told.call_id;
    row.call_id_size = told.call_id_size;
    row.question = [](std::string_view target, std::string_view body) {
        return openai_dialect_question(told, target, body);
    };
    row.encoder = [](answer_identity const& identity) {
        return openai_dialect_encoder(told, identity);
    };
    row.whole_body = [](std::vector<delta> const& said, answer_identity const& identity) {
        return openai_dialect_whole(told, said, identity);
    };
    row.failure_body = [](failure const& failed) { return openai_dialect_failure(told, failed); };
    return row;
}

}  // namespace wire
