#include "runtime/transports/heard_message.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <vector>

#include "wire/json_slices.hpp"
#include "wire/top_member.hpp"

namespace runtime {

namespace {

// A batch too, where there are none.
bool would_answer(std::string_view text, wire::rpc_id const& id) {
    std::vector<std::string_view> all{text};
    if (text.find_first_not_of(" \t\r\n") == text.find('[')) all = wire::elements(text);
    return std::any_of(all.begin(), all.end(), [&](std::string_view one) {
        wire::answer_passing seen;
        seen.feed(one);
        return seen.id() == wire::to_text(id);
    });
}

}  // namespace

bool heard_message::answers(wire::rpc_id const& id) const {
    auto const* response = std::get_if<wire::rpc_response>(&read);
    return response && (response->id ? *response->id == id : response->error.has_value());
}

std::optional<heard_message> read_message(std::string text, wire::rpc_id const& id) {
    heard_message heard;
    try {
        heard.read = wire::parse_rpc(text);
    } catch (boost::system::system_error const&) {
        if (would_answer(text, id)) throw;
        return std::nullopt;
    }
    auto const* response = std::get_if<wire::rpc_response>(&heard.read);
    heard.text = response && response->mended ? wire::to_text(*response) : std::move(text);
    return heard;
}

}  // namespace runtime
