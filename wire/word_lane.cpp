#include "wire/word_lane.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/json_slices.hpp"
#include "wire/providers/anthropic_answer.hpp"
#include "wire/providers/openai_answer.hpp"

namespace wire {
namespace {

constexpr std::string_view end_of_event = "\n\n";
constexpr std::size_t      few_words_max = 16 * 1024;

// Other line ends may end an event too: nothing of that kind is kept waiting.
bool may_wait(std::string_view begun) { return begun.find('\r') == begun.npos; }

using object = std::vector<std::pair<std::string_view, std::string_view>>;

// Names that stand twice, or are spelled otherwise than they might be, are a document's business.
bool is_plain(object const& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].first.find('\\') != std::string_view::npos) return false;
        for (std::size_t j = 0; j < i; ++j)
            if (all[i].first == all[j].first) return false;
    }
    return !all.empty();
}

// Null data: there is none.
std::string_view member(object const& all, std::string_view name) {
    auto const at = std::ranges::find(all, name, &object::value_type::first);
    return at == all.end() ? std::string_view() : at->second;
}

bool says_nothing(object const& all, std::string_view name) {
    auto const value = member(all, name);
    return !value.data() || value == "null" || value == "\"\"" || value == "[]";
}

bool inside(std::string_view quoted, std::string_view& found) {
    if (!quoted.starts_with('"') || quoted.size() < 2) return false;
    found = quoted.substr(1, quoted.size() - 2);
    return true;
}

// A chunk with one choice whose delta has some content, and nothing else that the reader looks at.
bool openai_words(std::string_view json, std::string_view& found, std::string_view& padding) {
    auto const chunk = members(json);
    if (!is_plain(chunk) || member(chunk, "error").data() || member(chunk, "x_groq").data() ||
        !says_nothing(chunk, "usage") || member(chunk, "object") == "\"error\"")
        return false;
    auto const choices = elements(member(chunk, "choices"));
    if (choices.size() != 1) return false;
    auto const choice = members(choices[0]);
    if (!is_plain(choice) || !says_nothing(choice, "finish_reason")) return false;
    auto const said = members(member(choice, "delta"));
    if (!is_plain(said)) return false;
    constexpr std::array<std::string_view, 5> others{"reasoning_content", "reasoning",
                                                     "thinking_blocks", "refusal", "tool_calls"};
    for (auto const name : others)
        if (!says_nothing(said, name)) return false;
    // What OpenAI makes all chunks of one length with.
    inside(member(chunk, "obfuscation"), padding);
    return inside(member(said, "content"), found);
}

bool anthropic_words(std::string_view json, std::string_view& found, std::string_view&) {
    auto const event = members(json);
    if (!is_plain(event) || member(event, "type") != "\"content_block_delta\"") return false;
    auto const said = members(member(event, "delta"));
    return is_plain(said) && member(said, "type") == "\"text_delta\"" &&
           inside(member(said, "text"), found);
}

// The data of an event that has one line of it, and perhaps one with its type before.
std::string_view data_of(std::string_view event) {
    event.remove_suffix(end_of_event.size());
    if (event.starts_with("event: "))
        event.remove_prefix(std::min(event.find('\n'), event.size() - 1) + 1);
    constexpr std::string_view name = "data: ";
    if (!event.starts_with(name) || event.find_first_of("\r\n") != event.npos) return {};
    return event.substr(name.size());
}

}  // namespace

word_lane::word_lane(provider_format const& format, std::size_t event_size_max)
    : event_size_max_(event_size_max),
      begun_max_(std::min(event_size_max, few_words_max)),
      decoder_(format.decoder(event_size_max)),
      words_in_(format.decoder == openai_decoder      ? openai_words
                : format.decoder == anthropic_decoder ? anthropic_words
                                                      : nullptr) {}

void word_lane::feed(std::string_view bytes, std::vector<told>& out) {
    if (!words_in_) return decode(bytes, out);
    bytes = completed(bytes, out);
    if (!bytes.empty() && !finished()) events(bytes, out);
}

void word_lane::end(std::vector<told>& out) {
    auto const last = std::exchange(begun_, {});
    if (!last.empty()) decode(last, out);
    decoded_.clear();
    std::exception_ptr failed;
    try {
        decoder_->end(decoded_);
    } catch (...) {
        failed = std::current_exception();
    }
    for (auto& d : decoded_) out.emplace_back(std::move(d));
    if (failed) std::rethrow_exception(failed);
}

// The event that an earlier feed has begun; gives what stands behind it.
std::string_view word_lane::completed(std::string_view bytes, std::vector<told>& out) {
    if (begun_.empty()) return bytes;
    joined_.clear();
    joined_.swap(begun_);
    auto const seam = joined_.back() == '\n' && bytes.starts_with('\n');
    auto const found = bytes.find(end_of_event);
    auto const size = seam ? 1 : found == bytes.npos ? found : found + end_of_event.size();
    auto const piece = bytes.substr(0, size);
    joined_.append(piece);
    bytes.remove_prefix(piece.size());
    std::string_view joined = joined_;
    if (joined.ends_with(end_of_event))
        events(joined, out);
    else if (joined.size() > begun_max_ || !may_wait(piece))
        hand_over(joined, out);
    else
        begun_.swap(joined_);
    return bytes;
}

void word_lane::events(std::string_view bytes, std::vector<told>& out) {
    while (!bytes.empty() && !finished()) {
        if (passes(bytes, out)) continue;
        auto const end = bytes.find(end_of_event);
        auto const event = bytes.substr(0, end == bytes.npos ? end : end + end_of_event.size());
        bytes.remove_prefix(event.size());
        if (end == event.npos && between_ && event.size() <= begun_max_ && may_wait(event))
            begun_ = event;
        else
            hand_over(event, out);
    }
}

bool word_lane::passes(std::string_view& bytes, std::vector<told>& out) {
    if (!pattern_ || !between_) return false;
    auto const same = pattern_->at(bytes);
    // What may be too large is the decoder's business.
    if (!same || same->size > event_size_max_) return false;
    // Empty words are nothing: the decoder would not tell of them either.
    if (!same->words.empty()) out.emplace_back(words{same->words, choice_});
    bytes.remove_prefix(same->size);
    ++spared_;
    return true;
}

void word_lane::hand_over(std::string_view bytes, std::vector<told>& out) {
    bool const whole = between_ && bytes.ends_with(end_of_event);
    between_ = false;
    pattern_.reset();
    auto const had = out.size();
    decode(bytes, out);
    between_ = bytes.ends_with(end_of_event) || (line_ended_ && bytes == "\n");
    line_ended_ = bytes.ends_with('\n');
    if (!whole || out.size() != had + 1) return;
    auto const& said = std::get<delta>(out.back());
    if (auto const* t = std::get_if<text>(&said)) learn(bytes, *t);
}

void word_lane::decode(std::string_view bytes, std::vector<told>& out) {
    decoded_.clear();
    std::exception_ptr failed;
    try {
        decoder_->feed(bytes, decoded_);
    } catch (...) {
        failed = std::current_exception();
    }
    for (auto& d : decoded_) out.emplace_back(std::move(d));
    if (failed) std::rethrow_exception(failed);
}

void word_lane::learn(std::string_view event, text const& said) {
    auto const       json = data_of(event);
    std::string_view found, padding;
    if (json.empty() || !words_in_(json, found, padding)) return;
    std::string meant;
    append_unquoted(meant, found);
    if (meant != said.piece) return;
    pattern_.emplace(event, found, padding);
    choice_ = said.choice;
}

}  // namespace wire
