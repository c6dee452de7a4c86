#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/framing.hpp"
#include "wire/provider_format.hpp"

// The half of a decoder that a format brings along; the other half is its framing.
namespace wire {

// What the frames of one streamed answer mean, wherever they came from.
class answer_reader {
public:
    virtual ~answer_reader() = default;

    // Appends what the frame says. False once the last word is said. Throws error::malformed.
    virtual bool read(frame const&, std::vector<delta>& out) = 0;

    // The body has ended and the last word has not been said. `rest` is what the framing had
    // left over. Throws error::stream_cut unless the answer was complete all the same.
    virtual void end(std::string_view rest, std::vector<delta>& out) = 0;
};

using whole_reader = std::vector<delta> (*)(std::string_view body);

// A decoder of frames that `reader` understands. Providers put a JSON error or a whole answer
// where a stream should be, and a portal puts its login page there: what begins like JSON goes
// to `whole` at the end (unless JSON is what the frames are made of).
std::unique_ptr<answer_decoder> framed_decoder(framing, std::unique_ptr<answer_reader>,
                                               whole_reader whole, std::size_t frame_size_max);

// JSON as providers say it: names may stand twice, integers may be rounded. Throws
// error::malformed unless it is an object.
nlohmann::json parse_told(std::string_view);

}  // namespace wire
