#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/event_pattern.hpp"
#include "wire/provider_format.hpp"

// The short way through a decoder, for the many events that bring nothing but a few words.
namespace wire {

// Text as the provider has spelled it in its JSON, between the quotes: whoever writes JSON again
// need not read it first. Holds until the next feed().
struct words {
    std::string_view spelled;
    int              choice = 0;
};

using told = std::variant<words, delta>;

// Bytes in, what is told out, like the decoder of the format, which it has. An event goes to the
// decoder, unless it differs in its words only from the last one that did (event_pattern), which
// brought one piece of text and no more. OpenAI's and Anthropic's readers know no state in which
// two such events mean two things; for other formats every event goes to the decoder.
class word_lane {
public:
    word_lane(provider_format const&, std::size_t event_size_max);

    // As answer_decoder has them.
    void feed(std::string_view bytes, std::vector<told>& out);
    void end(std::vector<told>& out);
    bool finished() const { return decoder_->finished(); }

    // How many events the decoder was spared.
    std::size_t spared() const { return spared_; }

private:
    using place = bool (*)(std::string_view json, std::string_view& words,
                           std::string_view& padding);

    std::string_view completed(std::string_view bytes, std::vector<told>& out);
    void             events(std::string_view bytes, std::vector<told>& out);
    bool             passes(std::string_view& bytes, std::vector<told>& out);
    void             decode(std::string_view event, std::vector<told>& out);
    void             hand_over(std::string_view bytes, std::vector<told>& out);
    void             learn(std::string_view event, text const& said);

    std::size_t                     event_size_max_;
    std::size_t                     begun_max_;
    std::unique_ptr<answer_decoder> decoder_;
    place                           words_in_;  // null: none is understood
    std::optional<event_pattern>    pattern_;
    int                             choice_ = 0;  // of the pattern
    std::string                     begun_;       // an event whose end has not come
    std::string                     joined_;      // the one that has come in pieces
    std::vector<delta>              decoded_;
    bool                            between_ = false;     // the decoder waits for a new event
    bool                            line_ended_ = false;  // with the last byte it was given
    std::size_t                     spared_ = 0;
};

}  // namespace wire
