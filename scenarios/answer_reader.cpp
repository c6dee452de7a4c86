#include "scenarios/answer_reader.hpp"

#include <boost/system/system_error.hpp>

#include "runtime/media_type.hpp"
#include "wire/json_members.hpp"

namespace scenario {

answer_reader::answer_reader(note n)
    : tell_(std::move(n)),
      chat_(tell_),
      responses_(tell_),
      messages_(tell_),
      events_([this](wire::sse_event const& e) { frame(e); }) {
    events_.on_comment([this](std::string_view words) {
        if (words.starts_with(' ')) words.remove_prefix(1);
        tell_.say("comment", runtime::quoted(words));
    });
}

void answer_reader::head(runtime::http_response const& head) {
    status_ = head.status;
    streamed_ = runtime::is_of_type(head.fields, "text/event-stream");
    nlohmann::json detail;
    detail["status"] = head.status;
    detail["headers"] = nlohmann::json::array();
    for (auto const& [name, value] : head.fields) detail["headers"].push_back({name, value});
    tell_.quietly("head", {}, std::move(detail));
}

void answer_reader::body(std::string_view piece) {
    if (!streamed_) {
        whole_ += piece;
        return;
    }
    tell_.quietly("bytes", std::string(piece));
    try {
        events_.feed(piece);
    } catch (boost::system::system_error const&) {
        // An event beyond the limit: the bytes check has the bytes.
    }
}

void answer_reader::body_ended() {
    if (streamed_) return;
    tell_.quietly("body", whole_);
    whole(whole_);
}

void answer_reader::frame(wire::sse_event const& e) {
    tell_.quietly("frame", e.data, {{"type", e.type}});
    if (e.data == "[DONE]") {
        // The other grammars have said their end already.
        if (is_chat_) chat_.done();
        return;
    }
    auto const json = wire::read_json(e.data);
    if (json.is_discarded()) return tell_.say("garbage", runtime::quoted(e.data));
    bool const of_responses = responses_answer::is_event(json);
    bool const of_messages = messages_answer::is_event(json);
    if (of_responses || of_messages) is_chat_ = false;
    if (of_responses) return responses_.event(json);
    if (of_messages) return messages_.event(json);
    if (json.is_object() && json.contains("error")) return tell_.error(json["error"]);
    if (text_at(json, "type") == "error") return tell_.error(json);  // flat, as in the schema
    chat_.chunk(json);
}

void answer_reader::whole(std::string const& text) {
    auto const json = wire::read_json(text);
    if (status_ != 200) {
        tell_.fail();
        tell_.say("status", std::to_string(status_),
                  {{"body", json.is_discarded() ? nlohmann::json(runtime::quoted(text)) : json}});
        if (json.is_object() && json.contains("error")) tell_.error(json["error"]);
        return;
    }
    if (json.is_discarded()) return tell_.say("garbage", runtime::quoted(text));
    if (responses_answer::is_whole(json)) return responses_.whole(json);
    if (messages_answer::is_whole(json)) return messages_.whole(json);
    if (text_at(json, "object") != "chat.completion") return tell_.say("json", json.dump());
    chat_.whole(json);
}

}  // namespace scenario
