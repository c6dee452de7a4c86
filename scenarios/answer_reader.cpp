#include "scenarios/answer_reader.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

namespace scenario {

namespace {

std::string text_of(nlohmann::json const& object, char const* name) {
    if (!object.is_object()) return {};
    auto const at = object.find(name);
    if (at == object.end() || !at->is_string()) return {};
    return at->get<std::string>();
}

std::string compact(std::string const& arguments) {
    auto const parsed = nlohmann::json::parse(arguments, nullptr, false);
    return parsed.is_discarded() ? runtime::quoted(arguments) : parsed.dump();
}

}  // namespace

answer_reader::answer_reader(note n)
    : note_(std::move(n)), events_([this](wire::sse_event const& e) { frame(e); }) {
    events_.on_comment([this](std::string_view words) {
        if (words.starts_with(' ')) words.remove_prefix(1);
        note_("comment", runtime::quoted(words), nullptr, false);
    });
}

void answer_reader::head(runtime::http_response const& head) {
    status_ = head.status;
    auto const* type = runtime::find_field(head.fields, "content-type");
    streamed_ = type && type->starts_with("text/event-stream");
    nlohmann::json detail;
    detail["status"] = head.status;
    detail["headers"] = nlohmann::json::array();
    for (auto const& [name, value] : head.fields) detail["headers"].push_back({name, value});
    note_("head", {}, std::move(detail), true);
}

void answer_reader::body(std::string_view piece) {
    if (!streamed_) {
        whole_ += piece;
        return;
    }
    note_("bytes", std::string(piece), nullptr, true);
    try {
        events_.feed(piece);
    } catch (boost::system::system_error const&) {
        // An event beyond the limit: the bytes check has the bytes.
    }
}

void answer_reader::body_ended() {
    if (streamed_) return;
    note_("body", whole_, nullptr, true);
    whole(whole_);
}

void answer_reader::frame(wire::sse_event const& e) {
    note_("frame", e.data, {{"type", e.type}}, true);
    if (e.data == "[DONE]") return note_("end", finish_reason_, nullptr, false);
    auto const json = nlohmann::json::parse(e.data, nullptr, false);
    if (json.is_discarded()) return note_("garbage", runtime::quoted(e.data), nullptr, false);
    if (json.is_object() && json.contains("error")) return error(json["error"]);
    chunk(json);
}

void answer_reader::chunk(nlohmann::json const& json) {
    if (!json.is_object()) return;
    if (auto const choices = json.find("choices"); choices != json.end() && choices->is_array())
        for (auto const& choice : *choices) {
            if (!choice.is_object()) continue;
            int const  index = choice.value("index", 0);
            auto const d = choice.value("delta", nlohmann::json::object());
            delta(d, index);
            auto const reason = text_of(choice, "finish_reason");
            if (!reason.empty()) {
                finish_reason_ = reason;
                tell_calls(index);
            }
            metadata(d);
        }
    if (auto const usage = json.find("usage"); usage != json.end() && usage->is_object())
        note_("usage", usage->dump(), nullptr, false);
}

void answer_reader::delta(nlohmann::json const& d, int choice) {
    if (auto const t = text_of(d, "reasoning_content"); !t.empty())
        note_("thinking", runtime::quoted(t), nullptr, false);
    if (auto const t = text_of(d, "content"); !t.empty())
        note_("text", runtime::quoted(t), nullptr, false);
    if (auto const t = text_of(d, "refusal"); !t.empty())
        note_("refusal", runtime::quoted(t), nullptr, false);
    if (d.is_object() && d.contains("tool_calls") && d["tool_calls"].is_array())
        for (auto const& piece : d["tool_calls"]) {
            if (!piece.is_object()) continue;
            auto&      c = calls_[choice][piece.value("index", 0)];
            auto const function = piece.value("function", nlohmann::json::object());
            c.name += text_of(function, "name");
            c.arguments += text_of(function, "arguments");
        }
}

// Calls are told once they are whole: when their choice has finished.
void answer_reader::tell_calls(int choice) {
    for (auto const& [index, c] : calls_[choice])
        note_("tool", c.name + ' ' + compact(c.arguments), nullptr, false);
    calls_[choice].clear();
}

// Where LiteLLM puts what it did: beside the message, or on a chunk's delta.
void answer_reader::metadata(nlohmann::json const& said) {
    auto const fields = said.find("provider_specific_fields");
    if (fields == said.end() || !fields->is_object()) return;
    std::string names;
    for (auto const& [name, value] : fields->items()) names += (names.empty() ? "" : " ") + name;
    note_("metadata", names, *fields, false);
}

void answer_reader::error(nlohmann::json const& e) {
    failed_ = true;
    std::string code = text_of(e, "code");
    if (code.empty()) code = text_of(e, "type");
    if (code.empty()) code = "unnamed";
    std::replace(code.begin(), code.end(), '_', '-');
    note_("error", code + ' ' + runtime::quoted(text_of(e, "message")), e, false);
}

void answer_reader::whole(std::string const& text) {
    auto const json = nlohmann::json::parse(text, nullptr, false);
    if (status_ != 200) {
        failed_ = true;
        note_("status", std::to_string(status_),
              {{"body", json.is_discarded() ? nlohmann::json(runtime::quoted(text)) : json}},
              false);
        if (json.is_object() && json.contains("error")) error(json["error"]);
        return;
    }
    if (json.is_discarded()) return note_("garbage", runtime::quoted(text), nullptr, false);
    if (!json.is_object() || json.value("object", std::string()) != "chat.completion")
        return note_("json", json.dump(), nullptr, false);
    for (auto const& choice : json.value("choices", nlohmann::json::array())) {
        auto const message = choice.value("message", nlohmann::json::object());
        delta(message, choice.value("index", 0));
        // A whole message has its calls in a list, without an index.
        calls_.clear();
        for (auto const& c : message.value("tool_calls", nlohmann::json::array())) {
            auto const function = c.value("function", nlohmann::json::object());
            note_("tool", text_of(function, "name") + ' ' + compact(text_of(function, "arguments")),
                  nullptr, false);
        }
        metadata(message);
        finish_reason_ = text_of(choice, "finish_reason");
    }
    if (json.contains("usage")) note_("usage", json["usage"].dump(), nullptr, false);
    note_("end", finish_reason_, nullptr, false);
}

}  // namespace scenario
