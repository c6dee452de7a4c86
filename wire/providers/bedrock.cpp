#include "wire/aws_signature.hpp"
#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/bedrock_answer.hpp"
#include "wire/providers/bedrock_encoder.hpp"
#include "wire/providers/bedrock_request.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

constexpr char stream_method[] = "converse-stream";
constexpr char whole_method[] = "converse";

provider_request request(conversation const& talk, account const& whose) {
    auto const       method = talk.stream ? stream_method : whole_method;
    provider_request asked{"/model/" + percent_encoded(talk.model) + "/" + method,
                           {{"Content-Type", "application/json"}},
                           dump(bedrock_body(talk))};
    if (whose.secret_key.empty()) {
        asked.headers.emplace_back("Authorization", "Bearer " + whose.api_key);
    } else {
        auto const signed_fields = aws_signature(whose, "bedrock", whose.base_path + asked.path,
                                                 asked.headers, asked.body);
        asked.headers.insert(asked.headers.end(), signed_fields.begin(), signed_fields.end());
    }
    return asked;
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

std::string result_text(nlohmann::json const& result) {
    std::string joined;
    if (auto const* content = find_member(result, "content"); content && content->is_array())
        for (auto const& part : *content) {
            joined += text_member(part, "text");
            if (auto const* json = find_member(part, "json")) joined += dump(*json);
        }
    return joined;
}

void understand(nlohmann::json const& message, nlohmann::json& messages) {
    auto const* content = find_member(message, "content");
    if (!content || !content->is_array()) fail(error::malformed, "a message without content");
    std::string            said;
    std::vector<tool_call> calls;
    for (auto const& block : *content) {
        said += text_member(block, "text");
        if (auto const* tool = find_member(block, "toolUse")) {
            auto const* input = find_member(*tool, "input");
            if (!input || !input->is_object()) fail(error::malformed, "an input that is no object");
            calls.push_back(
                {text_member(*tool, "toolUseId"), text_member(*tool, "name"), dump(*input)});
        }
        if (auto const* result = find_member(block, "toolResult"))
            messages.push_back(
                openai_result(text_member(*result, "toolUseId"), result_text(*result)));
    }
    if (!said.empty() || !calls.empty())
        messages.push_back(openai_message(text_member(message, "role"), said, calls));
}

provider_question question(std::string_view target, std::string_view body) {
    auto const asked = parse_json(body);
    auto const method = last_part(target);
    if (method != stream_method && method != whole_method)
        fail(error::malformed, "a path that names no operation");
    auto const* messages = find_member(asked, "messages");
    if (!messages || !messages->is_array()) fail(error::malformed, "a request without messages");

    provider_question read;
    auto const        before = target.substr(0, target.size() - method.size() - 1);
    read.model = last_part(before);
    read.stream = method == stream_method;
    read.include_usage = true;
    auto const* config = find_member(asked, "toolConfig");
    auto const* tools = config ? find_member(*config, "tools") : nullptr;
    if (tools && tools->is_array())
        for (auto const& offered : *tools)
            if (auto const* told = find_member(offered, "toolSpec"))
                read.tools.push_back(text_member(*told, "name"));
    read.messages = nlohmann::json::array();
    if (auto const* system = find_member(asked, "system"); system && system->is_array())
        for (auto const& block : *system)
            read.messages.push_back(openai_message("system", text_member(block, "text")));
    for (auto const& message : *messages) understand(message, read.messages);
    read.results = last_results(read.messages);
    for (auto const& message : read.messages)
        if (find_member(message, "tool_calls") && !config)
            fail(error::malformed, "toolConfig must be defined when there are tool blocks");
    return read;
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format bedrock();

provider_format bedrock() {
    return {
        .name = "bedrock",
        .prefix = "bedrock",
        .prompt = "Amazon Bedrock, ConverseStream in binary frames",
        .base = nullptr,
        .framing = framing::event_stream,
        .request = request,
        .decoder = bedrock_decoder,
        .whole = bedrock_whole,
        .failed = failed,
        .answer_id = "",
        .call_id = "tooluse_",
        .question = question,
        .encoder = bedrock_encoder,
        .whole_body = bedrock_whole_body,
        .failure_body = bedrock_failure_body,
        .failure_head = bedrock_failure_head,
    };
}

}  // namespace wire
