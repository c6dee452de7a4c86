#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/responses_answer.hpp"
#include "wire/providers/responses_encoder.hpp"
#include "wire/providers/responses_request.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

provider_request request(conversation const& talk, account const& whose) {
    return {"/responses",
            {{"Authorization", "Bearer " + whose.api_key}, {"Content-Type", "application/json"}},
            dump(responses_body(talk))};
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

// Successive calls are those of one answer.
void understand(nlohmann::json const& item, nlohmann::json& messages) {
    auto const type = text_member(item, "type");
    if (type == "function_call_output") {
        messages.push_back(
            openai_result(text_member(item, "call_id"), text_member(item, "output")));
    } else if (type == "function_call") {
        auto const one = openai_message("assistant", "",
                                        {{text_member(item, "call_id"), text_member(item, "name"),
                                          text_member(item, "arguments")}});
        if (messages.empty() || text_member(messages.back(), "role") != "assistant")
            messages.push_back(one);
        else
            messages.back()["tool_calls"].push_back(one["tool_calls"][0]);
    } else if (type.empty() || type == "message") {
        messages.push_back(openai_message(text_member(item, "role"), text_of(item)));
    }
}

provider_question question(std::string_view, std::string_view body) {
    auto const  asked = parse_json(body);
    auto const* input = find_member(asked, "input");
    if (!input || !(input->is_array() || input->is_string()))
        fail(error::malformed, "a request without input");

    provider_question read;
    read.model = text_member(asked, "model");
    read.stream = flag_member(asked, "stream");
    read.include_usage = true;
    if (auto const* tools = find_member(asked, "tools"); tools && tools->is_array())
        for (auto const& offered : *tools) read.tools.push_back(text_member(offered, "name"));
    read.messages = nlohmann::json::array();
    if (auto const above = text_member(asked, "instructions"); !above.empty())
        read.messages.push_back(openai_message("system", above));
    if (input->is_string())
        read.messages.push_back(openai_message("user", *input));
    else
        for (auto const& item : *input) understand(item, read.messages);
    read.results = last_results(read.messages);
    return read;
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format responses();

provider_format responses() {
    return {
        .name = "responses",
        .prefix = "responses",
        .prompt = "OpenAI Responses",
        .base = "https://api.openai.com/v1",
        .framing = framing::sse,
        .request = request,
        .decoder = responses_decoder,
        .whole = responses_whole,
        .failed = failed,
        .answer_id = "resp_",
        .call_id = "call_",
        .question = question,
        .encoder = responses_encoder,
        .whole_body = responses_whole_body,
        .failure_body = responses_failure_body,
    };
}

}  // namespace wire
