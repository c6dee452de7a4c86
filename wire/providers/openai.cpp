#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/openai_answer.hpp"
#include "wire/providers/openai_encoder.hpp"
#include "wire/providers/openai_request.hpp"

namespace wire {
namespace {

provider_request request(conversation const& talk, account const& whose) {
    return {"/chat/completions",
            {{"Authorization", "Bearer " + whose.api_key}, {"Content-Type", "application/json"}},
            dump(openai_body(talk))};
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

provider_question question(std::string_view, std::string_view body) {
    return openai_question(body);
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format openai();

provider_format openai() {
    return {
        .name = "openai",
        .prefix = "openai",
        .prompt = "OpenAI chat completions, and everybody who speaks like them",
        .base = "https://api.openai.com/v1",
        .framing = framing::sse,
        .request = request,
        .decoder = openai_decoder,
        .whole = openai_whole,
        .failed = failed,
        .answer_id = "chatcmpl-",
        .call_id = "call_",
        .question = question,
        .encoder = openai_encoder,
        .whole_body = openai_whole_body,
        .failure_body = openai_failure_body,
    };
}

}  // namespace wire
