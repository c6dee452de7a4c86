#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/event_outlet.hpp"
#include "proxy/json_text.hpp"

namespace proxy {

// The output of a response: its items, and the events that tell of them. One item is spoken at a
// time; a call that runs stays open beside it.
class response_items {
public:
    response_items(event_outlet& out, std::string token) : out_(out), token_(std::move(token)) {}

    nlohmann::ordered_json const& all() const { return items_; }

    // An event with the next number. `members` begin with a comma, or are empty.
    void event(std::string_view type, std::string_view members);

    // Adds an item and gives its place; its id is `prefix`, the answer's token and the place.
    std::size_t add(char const* prefix, nlohmann::ordered_json item);
    void        done(std::size_t place);
    std::string about(std::size_t place) const;  // ,"item_id":"...","output_index":0
    auto&       at(std::size_t place) { return items_[place]; }

    void text(std::string const& piece);
    void refusal(std::string const& piece);
    void summary(std::string const& piece);
    void seal(std::string const& sealed);  // ends the item of the thinking
    void function_begins(std::string const& id, std::string const& name);
    void function_arguments(std::string const& piece);

    // Ends what is being spoken: all .done events, from the inside out.
    void close(char const* status = "completed");

private:
    enum class speaking { nothing, text, refusal, summary, function };

    void        speak(speaking, nlohmann::ordered_json item, char const* prefix);
    void        open_part(speaking);
    void        close_part();
    std::string about_part() const;
    void        said(std::string_view type, std::string const& piece, bool with_logprobs);

    event_outlet&          out_;
    std::string            token_;
    nlohmann::ordered_json items_ = nlohmann::ordered_json::array();
    std::int64_t           number_ = 0;
    speaking               now_ = speaking::nothing;
    std::size_t            place_ = 0;   // of what is spoken
    std::size_t            part_ = 0;    // of that item
    std::string            whole_;       // of the part, or of the arguments
    std::string            about_part_;  // as about(), with the part's index
};

}  // namespace proxy
