#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wire {

// An event that has been understood, and all others that say the same in other words.
//
// Of a thousand events of an answer nearly all differ inside of one JSON string and nowhere else.
// Whoever has understood one of them as a document knows what the others say without building a
// document: what stands before and behind the words is compared byte by byte, and the words are
// read as strictly as a document's (escapes, surrogates, control bytes, UTF-8).
class event_pattern {
public:
    // `words` is the inside of a JSON string in `event`; what is inside of `padding`, another one,
    // means nothing (null data: there is none).
    event_pattern(std::string_view event, std::string_view words, std::string_view padding = {});

    struct match {
        std::string_view words;     // as they are spelled
        std::size_t      size = 0;  // of the event
    };
    // Whether `bytes` begin with such an event, whole.
    std::optional<match> at(std::string_view bytes) const;

private:
    struct part {
        std::string literal;  // and behind it a string, up to its closing quote
        bool        is_words = false;
    };
    std::array<part, 2> parts_;
    std::size_t         count_ = 1;
    std::string         last_;
};

// The size of a JSON string's inside, of which these are the first bytes: where its closing quote
// is. Nothing if it is not there, or if a document would be refused for what comes before it.
std::optional<std::size_t> spelled_size(std::string_view bytes);

// The text that such an inside, which spelled_size() has measured, stands for; appended.
void append_unquoted(std::string& out, std::string_view spelled);

}  // namespace wire
