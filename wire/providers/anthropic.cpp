#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/anthropic_answer.hpp"
#include "wire/providers/anthropic_encoder.hpp"
#include "wire/providers/anthropic_request.hpp"

namespace wire {
namespace {

provider_request request(conversation const& talk, account const& whose) {
    return {"/messages",
            {{"x-api-key", whose.api_key},
             {"anthropic-version", "2023-06-01"},
             {"content-type", "application/json"}},
            dump(anthropic_body(talk))};
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

std::string result_text(nlohmann::json const& block) {
    auto const* content = find_member(block, "content");
    if (!content) return {};
    if (content->is_string()) return content->get<std::string>();
    std::string joined;
    if (content->is_array())
        for (auto const& part : *content) joined += text_member(part, "text");
    return joined;
}

provider_question question(std::string_view, std::string_view body) {
    auto const asked = parse_json(body);
    if (!asked.is_object()) fail(error::malformed, "a request that is not an object");
    auto const* messages = find_member(asked, "messages");
    if (!messages || !messages->is_array()) fail(error::malformed, "a request without messages");
    if (count_member(asked, "max_tokens") == 0)
        fail(error::malformed, "max_tokens: Field required");

    provider_question read;
    read.model = text_member(asked, "model");
    read.stream = flag_member(asked, "stream");
    read.include_usage = true;
    if (auto const* tools = find_member(asked, "tools"); tools && tools->is_array())
        for (auto const& offered : *tools) read.tools.push_back(text_member(offered, "name"));
    if (messages->empty()) return read;
    auto const* content = find_member(messages->back(), "content");
    if (content && content->is_array())
        for (auto const& block : *content)
            if (text_member(block, "type") == "tool_result")
                read.results.emplace_back(text_member(block, "tool_use_id"), result_text(block));
    return read;
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format anthropic();

provider_format anthropic() {
    return {
        .name = "anthropic",
        .prefix = "anthropic",
        .prompt = "Anthropic messages",
        .base = "https://api.anthropic.com/v1",
        .framing = framing::sse,
        .request = request,
        .decoder = anthropic_decoder,
        .whole = anthropic_whole,
        .failed = failed,
        .answer_id = "msg_",
        .call_id = "toolu_",
        .question = question,
        .encoder = anthropic_encoder,
        .whole_body = anthropic_whole_body,
        .failure_body = anthropic_failure_body,
    };
}

}  // namespace wire
