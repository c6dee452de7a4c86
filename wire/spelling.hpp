#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "wire/conversation.hpp"
#include "wire/delta.hpp"
#include "wire/provider_format.hpp"

// What more than one format needs to spell a conversation or an answer in its own words.
namespace wire {

using ordered_json = nlohmann::ordered_json;

// Compact; ill-formed UTF-8 comes out as U+FFFD.
std::string dump(ordered_json const&);

// A message's text: its content, or the text parts and refusals of it joined. Throws
// error::unsupported on a part that is no text.
std::string text_of(nlohmann::json const& message);

// The calls of an assistant's message. Throws error::unsupported on a custom tool's.
std::vector<tool_call> calls_of(nlohmann::json const& message);

// A call's arguments as an object. What a model once wrote instead is told, not lost.
nlohmann::json arguments_object(std::string_view arguments);

// A tool's schema, or that of a tool without parameters.
nlohmann::json schema_of(tool const&);

// The name of the tool that was called under this id; empty if nobody was.
std::string tool_called(nlohmann::json const& messages, std::string const& call_id);

// max_completion_tokens or else max_tokens; 0 if neither is said.
std::int64_t tokens_max_of(nlohmann::json const& options);

// `stop` as a list, however the caller wrote it.
nlohmann::json stop_words(nlohmann::json const& options);

// "none", "auto", "required"; the name of the one tool that must be called in `second`.
std::pair<std::string, std::string> choice_of(nlohmann::json const& tool_choice);

// A whole answer, gathered from its deltas: of choice 0.
struct whole_answer {
    std::string            text;
    std::string            thoughts;
    std::string            seal;  // the signature of the thoughts
    std::string            refused;
    std::vector<tool_call> calls;
    usage                  tokens;
    finish_reason          reason = finish_reason::stop;
    std::optional<failure> failed;
};

whole_answer gather(std::vector<delta> const&, usage const& tokens);

// A message of OpenAI's: what `question` gives for those who speak otherwise.
nlohmann::json openai_message(std::string const& role, std::string const& text,
                              std::vector<tool_call> const& calls = {});
nlohmann::json openai_result(std::string const& call_id, std::string const& text);

// The results that follow the last message of another role.
std::vector<std::pair<std::string, std::string>> last_results(nlohmann::json const& messages);

// The first `size` of a to z, A to Z, 0 to 9: how several services pad their events.
std::string padding(std::size_t size);

// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view);

// Without its query, the last part of a path: ".../models/NAME:method?alt=sse".
std::string_view last_part(std::string_view target);

}  // namespace wire
