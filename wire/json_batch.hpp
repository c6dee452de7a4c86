#pragma once

#include <string>
#include <string_view>
#include <vector>

// Batches of JSON-RPC: several messages in one array. Of all revisions of MCP one alone has them;
// who speaks it must take them (2025-03-26, basic/index).
namespace wire {

inline constexpr char revision_with_batches[] = "2025-03-26";

// Whether a text that may be JSON is an array.
bool is_batch(std::string_view text);

// The messages of an array, as they are spelled. Throws error::malformed (and what parse_json
// throws) if it is no JSON, error::not_json_rpc if it is no array or an empty one.
std::vector<std::string> messages_of_batch(std::string_view text);

// What a peer says at once, in a session of this revision: the messages of a batch where there may
// be batches and it is one, and otherwise the text itself.
std::vector<std::string> messages_in(std::string text, std::string_view revision);

}  // namespace wire
