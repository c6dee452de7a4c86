#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/framing.hpp"

// Amazon's binary event stream. A frame is
//
//     total length (4) | header length (4) | CRC of these 8 | headers | payload | CRC of all
//
// with big-endian integers and zlib's CRC-32. `:message-type` tells an event from an exception
// (a modeled one, named by `:exception-type`, its words in the payload) and from an error
// (`:error-code` and `:error-message`, no payload).
namespace wire {

std::unique_ptr<frame_parser> make_event_stream_parser(frame_parser::sink,
                                                       std::size_t frame_size_max);

// One frame with headers of type string.
std::string to_event_stream(std::vector<std::pair<std::string, std::string>> const& headers,
                            std::string_view                                        payload);

// Each whole frame gets the checksum that its bytes have now: for who has changed some of them and
// the length of none.
void mend_checksums(std::string& stream);

}  // namespace wire
