#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/gemini_answer.hpp"
#include "wire/providers/gemini_encoder.hpp"
#include "wire/providers/gemini_request.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

provider_request request(conversation const& talk, account const& whose) {
    // Whether to stream is a matter of the path.
    char const* method = talk.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    return {"/models/" + percent_encoded(talk.model) + method,
            {{"x-goog-api-key", whose.api_key}, {"Content-Type", "application/json"}},
            dump(gemini_body(talk))};
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

struct understood {
    nlohmann::json messages = nlohmann::json::array();

    void add(nlohmann::json const& content) {
        std::string            said;
        std::vector<tool_call> calls;
        auto const*            parts = find_member(content, "parts");
        if (!parts || !parts->is_array()) fail(error::malformed, "a content without parts");
        for (auto const& part : *parts) {
            said += text_member(part, "text");
            if (auto const* call = find_member(part, "functionCall")) {
                auto const* args = find_member(*call, "args");
                calls.push_back({text_member(*call, "id"), text_member(*call, "name"),
                                 args ? dump(*args) : "{}"});
            }
            if (auto const* result = find_member(part, "functionResponse")) {
                auto const* told = find_member(*result, "response");
                auto        words = told ? text_member(*told, "result") : std::string();
                if (told && words.empty()) words = dump(*told);
                messages.push_back(openai_result(text_member(*result, "id"), words));
            }
        }
        bool const answer = text_member(content, "role") == "model";
        if (!said.empty() || !calls.empty())
            messages.push_back(openai_message(answer ? "assistant" : "user", said, calls));
    }
};

provider_question question(std::string_view target, std::string_view body) {
    auto const asked = parse_json(body);
    auto const part = last_part(target);
    auto const colon = part.find(':');
    bool const stream = colon != part.npos && part.substr(colon) == ":streamGenerateContent";
    if (!stream && (colon == part.npos || part.substr(colon) != ":generateContent"))
        fail(error::malformed, "a path that names no method");
    if (stream && target.find("alt=sse") == target.npos)
        fail(error::malformed, "a stream that is not asked for as events");
    auto const* contents = find_member(asked, "contents");
    if (!contents || !contents->is_array() || contents->empty())
        fail(error::malformed, "contents is not specified");

    provider_question read;
    read.model = part.substr(0, colon);
    read.stream = stream;
    read.include_usage = true;
    if (auto const* tools = find_member(asked, "tools"); tools && tools->is_array())
        for (auto const& group : *tools)
            if (auto const* all = find_member(group, "functionDeclarations");
                all && all->is_array())
                for (auto const& one : *all) read.tools.push_back(text_member(one, "name"));
    understood all;
    if (auto const* system = find_member(asked, "systemInstruction")) {
        all.add(*system);
        if (!all.messages.empty()) all.messages.back()["role"] = "system";
    }
    for (auto const& content : *contents) all.add(content);
    read.results = last_results(all.messages);
    read.messages = std::move(all.messages);
    return read;
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format gemini();

provider_format gemini() {
    return {
        .name = "gemini",
        .prefix = "gemini",
        .prompt = "Google Gemini, generateContent",
        .base = "https://generativelanguage.googleapis.com/v1beta",
        .framing = framing::sse,
        .request = request,
        .decoder = gemini_decoder,
        .whole = gemini_whole,
        .failed = failed,
        .answer_id = "",
        .call_id = "",
        .question = question,
        .encoder = gemini_encoder,
        .whole_body = gemini_whole_body,
        .failure_body = gemini_failure_body,
    };
}

}  // namespace wire
