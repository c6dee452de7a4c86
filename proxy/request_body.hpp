#pragma once

#include <string>

#include "proxy/limits.hpp"
#include "proxy/load.hpp"
#include "runtime/http.hpp"

namespace proxy {

// The body of the request whose head was read, all of it: no more than the limit of that name, and
// within body_timeout; beyond it only as long as it comes at body_rate_min. A peer that drips bytes
// gains nothing. What there is of it counts as kept; where nobody keeps it, nothing is given.
// Throws refused (413), or timed_out.
runtime::awaitable<std::string> read_body(runtime::http_reader&, runtime::clock&, limits const&,
                                          char const* limit_name, load::kept*);

}  // namespace proxy
