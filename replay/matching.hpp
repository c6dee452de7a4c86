#pragma once

#include <string>
#include <vector>

#include "replay/recording.hpp"

namespace replay {

// What a request must have in common with a recorded one, beyond method, target and body.
struct match_options {
    std::vector<std::string> headers;   // these must be equal too
    std::vector<std::string> redacted;  // names that were redacted when it was recorded
    std::vector<std::string> ignored;   // JSON pointers into the body: may be anything, or nothing
};

// Is this the request that was recorded? Empty if it is; otherwise what differs, a line each:
// the method, the target, where in a JSON body, a header. Bodies are compared as JSON if both are,
// and secrets not at all.
std::vector<std::string> differences(request const& recorded, request const& came,
                                     match_options const& = {});

// What the recording itself says of how it is compared, added to `how`.
match_options options_of(recording const&, match_options how = {});

// A recording while it is played: each exchange answers one request.
class matcher {
public:
    matcher(recording const& r, match_options how);

    // The first exchange that fits and was not played yet; null if there is none.
    exchange const* take(request const& came);

    // Why there was none: the nearest exchange, and what differs.
    std::string nearest_miss(request const& came) const;

    std::vector<exchange const*> unused() const;

private:
    recording const&     recording_;
    match_options        how_;
    std::vector<request> asked_;  // of each exchange, as it is compared
    std::vector<bool>    used_;
};

}  // namespace replay
