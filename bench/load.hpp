#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/bell.hpp"
#include "runtime/world.hpp"

// A provider and clients that cost next to nothing themselves: the answer is framed before it is
// asked for, and what arrives is looked at for its end only.
namespace bench {

enum class pace {
    steady,    // a write every 5 ms
    burst,     // as fast as they are taken
    lockstep,  // the next one when the client has read something of the last; one stream only
};

struct load {
    std::size_t streams = 1;
    std::size_t events = 0;  // of each stream, and one for its end
    std::size_t events_a_write = 1;
    bench::pace pace = pace::burst;
};

// Serves each that connects, all at the same time, until it is cancelled.
using stream_server = std::function<runtime::awaitable<void>(std::unique_ptr<runtime::stream>)>;
runtime::awaitable<void> serve_each(runtime::world, std::unique_ptr<runtime::listener> at,
                                    stream_server);

// One load, asked and answered on one loop.
class loaded {
public:
    // The provider's spelling is a name of wire/provider_format.hpp.
    loaded(runtime::world, load, std::string const& provider);

    // Answers every request with the same events, until it is cancelled.
    runtime::awaitable<void> provide(std::unique_ptr<runtime::listener> at);

    // Asks for all streams at once and hears them to their end. Throws if one of them is cut.
    runtime::awaitable<void> ask(runtime::address to);

    double chunks() const { return static_cast<double>(load_.streams * load_.events); }

private:
    runtime::awaitable<void> answer(std::unique_ptr<runtime::stream>);
    runtime::awaitable<void> listen(runtime::address to);

    runtime::world           world_;
    load                     load_;
    std::vector<std::string> writes_;  // chunks of HTTP
    runtime::bell            heard_;
    std::size_t              reads_ = 0;
};

// The request that all of bench/ asks with, for a model called "model".
std::string request_text(runtime::address const& host);

}  // namespace bench
