#include "wire/json_batch.hpp"

#include <utility>

#include <boost/system/system_error.hpp>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_slices.hpp"

namespace wire {

bool is_batch(std::string_view text) {
    auto const first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && text[first] == '[';
}

std::vector<std::string> messages_of_batch(std::string_view text) {
    json_limits limits;
    limits.exact_integers = false;
    if (!is_batch(text)) fail(error::not_json_rpc, "not a batch");
    parse_json(text, limits);
    std::vector<std::string> all;
    for (auto const one : elements(text)) all.emplace_back(one);
    if (all.empty()) fail(error::not_json_rpc, "a batch of nothing");
    return all;
}

std::vector<std::string> messages_in(std::string text, std::string_view revision) {
    try {
        if (revision == revision_with_batches && is_batch(text)) return messages_of_batch(text);
    } catch (boost::system::system_error const&) {
        // No message, as its reader will see.
    }
    std::vector<std::string> one;
    one.push_back(std::move(text));
    return one;
}

}  // namespace wire
