#pragma once

#include "runtime/clock.hpp"
#include "runtime/stream.hpp"

namespace runtime {

// The limit of a read or a write that the same frame awaits: read_within() and write_within() for
// those who cannot afford a frame for each chunk of an answer.
class limit_alarm final : public alarm {
public:
    using direction = void (stream::*)();  // cancel_read or cancel_write

    limit_alarm(runtime::clock& c, stream& s, direction cancel, duration limit)
        : alarm(c), stream_(s), cancel_(cancel) {
        set(c.now() + limit);
    }

    // What has ended the operation: `late` if it was this.
    error_code reason(error_code why, error_code late) const {
        return why == asio::error::operation_aborted && rang_ ? late : why;
    }

private:
    void ring() override {
        rang_ = true;
        (stream_.*cancel_)();
    }

    stream&   stream_;
    direction cancel_;
    bool      rang_ = false;
};

}  // namespace runtime
