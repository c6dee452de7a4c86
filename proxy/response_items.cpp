#include "proxy/response_items.hpp"

namespace proxy {

namespace {

using json = nlohmann::ordered_json;

std::string member(char const* name, json const& value) {
    return std::string(",\"") + name + "\":" + json_text(value);
}

}  // namespace

void response_items::event(std::string_view type, std::string_view members) {
    std::string text = "{\"type\":\"";
    text += type;
    text += "\",\"sequence_number\":";
    text += std::to_string(number_++);
    text += members;
    text += '}';
    out_.event(type, text);
}

std::size_t response_items::add(char const* prefix, json item) {
    auto const place = items_.size();
    json       made;
    made["id"] = prefix + token_ + "_" + std::to_string(place);
    for (auto& [name, value] : item.items()) made[name] = std::move(value);
    items_.push_back(std::move(made));
    event("response.output_item.added",
          ",\"output_index\":" + std::to_string(place) + member("item", items_[place]));
    return place;
}

void response_items::done(std::size_t place) {
    event("response.output_item.done",
          ",\"output_index\":" + std::to_string(place) + member("item", items_[place]));
}

std::string response_items::about(std::size_t place) const {
    return member("item_id", items_[place]["id"]) + ",\"output_index\":" + std::to_string(place);
}

void response_items::speak(speaking what, json item, char const* prefix) {
    close();
    place_ = add(prefix, std::move(item));
    now_ = what;
    part_ = 0;
    whole_.clear();
}

void response_items::open_part(speaking what) {
    now_ = what;
    whole_.clear();
    bool const summary = what == speaking::summary;
    json       part;
    part["type"] = summary ? "summary_text" : what == speaking::refusal ? "refusal" : "output_text";
    part[what == speaking::refusal ? "refusal" : "text"] = "";
    if (what == speaking::text) part["annotations"] = part["logprobs"] = json::array();
    auto& parts = items_[place_][summary ? "summary" : "content"];
    part_ = parts.size();
    parts.push_back(part);
    about_part_ = about(place_) + (summary ? ",\"summary_index\":" : ",\"content_index\":") +
                  std::to_string(part_);
    event(summary ? "response.reasoning_summary_part.added" : "response.content_part.added",
          about_part_ + member("part", part));
}

void response_items::close_part() {
    bool const        summary = now_ == speaking::summary;
    bool const        refusing = now_ == speaking::refusal;
    char const* const name = refusing ? "refusal" : "text";
    auto&             part = items_[place_][summary ? "summary" : "content"][part_];
    part[name] = whole_;
    auto const words = about_part_ + member(name, part[name]);
    if (now_ == speaking::text)
        event("response.output_text.done", words + ",\"logprobs\":[]");
    else
        event(refusing ? "response.refusal.done" : "response.reasoning_summary_text.done", words);
    event(summary ? "response.reasoning_summary_part.done" : "response.content_part.done",
          about_part_ + member("part", part));
}

void response_items::said(std::string_view type, std::string const& piece, bool with_logprobs) {
    whole_ += piece;
    if (!out_.streamed()) return;
    auto words = about_part_ + ",\"delta\":" + json_text(piece);
    if (with_logprobs) words += ",\"logprobs\":[]";
    event(type, words);
}

void response_items::text(std::string const& piece) {
    if (piece.empty()) return;
    if (now_ == speaking::refusal) {
        close_part();
        open_part(speaking::text);
    } else if (now_ != speaking::text) {
        speak(speaking::text,
              {{"type", "message"},
               {"status", "in_progress"},
               {"role", "assistant"},
               {"content", json::array()}},
              "msg_");
        open_part(speaking::text);
    }
    said("response.output_text.delta", piece, true);
}

void response_items::refusal(std::string const& piece) {
    if (piece.empty()) return;
    if (now_ == speaking::text) {
        close_part();
        open_part(speaking::refusal);
    } else if (now_ != speaking::refusal) {
        speak(speaking::refusal,
              {{"type", "message"},
               {"status", "in_progress"},
               {"role", "assistant"},
               {"content", json::array()}},
              "msg_");
        open_part(speaking::refusal);
    }
    said("response.refusal.delta", piece, false);
}

void response_items::summary(std::string const& piece) {
    if (piece.empty()) return;
    if (now_ != speaking::summary) {
        speak(speaking::summary, {{"type", "reasoning"}, {"summary", json::array()}}, "rs_");
        open_part(speaking::summary);
    }
    said("response.reasoning_summary_text.delta", piece, false);
}

void response_items::seal(std::string const& sealed) {
    if (now_ == speaking::summary) {
        items_[place_]["encrypted_content"] = sealed;
        return close();
    }
    // Sealed as a whole: there was nothing to read.
    close();
    auto const place = add("rs_", {{"type", "reasoning"}, {"summary", json::array()}});
    items_[place]["encrypted_content"] = sealed;
    done(place);
}

void response_items::function_begins(std::string const& id, std::string const& name) {
    speak(speaking::function,
          {{"type", "function_call"},
           {"status", "in_progress"},
           {"arguments", ""},
           {"call_id", id},
           {"name", name}},
          "fc_");
    about_part_ = about(place_);
}

void response_items::function_arguments(std::string const& piece) {
    if (!piece.empty()) said("response.function_call_arguments.delta", piece, false);
}

void response_items::close(char const* status) {
    if (now_ == speaking::nothing) return;
    auto& item = items_[place_];
    if (now_ == speaking::function) {
        item["arguments"] = whole_;
        event("response.function_call_arguments.done",
              about_part_ + member("arguments", item["arguments"]) + member("name", item["name"]));
    } else {
        close_part();
    }
    if (item.contains("status")) item["status"] = status;
    now_ = speaking::nothing;
    done(place_);
}

}  // namespace proxy
