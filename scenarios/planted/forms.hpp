#pragma once

#include <memory>
#include <string>
#include <utility>

#include "scenarios/http_hop.hpp"
#include "scenarios/planted.hpp"
#include "wire/sse.hpp"

// The shapes that planted faults come in, and the words that their editors share.
namespace scenario::planting {

using json = nlohmann::json;
using std::chrono::milliseconds;

// Which messages are edited.
enum class way { to_client, from_client, to_provider, from_provider, to_server, from_server };

using editors = std::function<std::unique_ptr<message_editor>()>;

// Each connection has an editor of its own.
planted_fault::maker edited(way, editors);
planted_fault::maker passes_all();

template <class Editor, class... Settings>
planted_fault::maker edits(way where, Settings... settings) {
    return edited(where, [=] { return std::make_unique<Editor>(settings...); });
}

template <class Seam, class... Settings>
planted_fault::maker laid(Settings... settings) {
    return [=](seam_ground g) { return std::make_unique<Seam>(std::move(g), settings...); };
}

template <class Editor, class... Arguments>
std::unique_ptr<runtime::fault> hop(Arguments&&... arguments) {
    return std::make_unique<http_hop>(
        std::make_unique<Editor>(std::forward<Arguments>(arguments)...));
}

// A chunk of an OpenAI stream: the member of its first choice, or null.
json const& choice_of(sse_block const&);
json const& delta_of(sse_block const&);
std::string text_of(sse_block const&);
std::string finish_of(sse_block const&);
bool        is_done(sse_block const&);
bool        is_error(sse_block const&);
bool        is_usage(sse_block const&);  // and nothing else
bool        has_calls(sse_block const&);
std::string with_text(sse_block const&, std::string const& text);  // the event, saying this
std::string as_event(json const&);
std::string bare_chunk(sse_block const& like, json delta, json finish);
inline bool has_text(sse_block const& b) { return !text_of(b).empty(); }

}  // namespace scenario::planting
