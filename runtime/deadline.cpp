#include "runtime/deadline.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace runtime {

namespace {

using direction = void (stream::*)();

class limit_alarm final : public alarm {
public:
    limit_alarm(runtime::clock& c, stream& s, direction cancel)
        : alarm(c), stream_(s), cancel_(cancel) {}
    bool rang() const { return rang_; }

private:
    void ring() override {
        rang_ = true;
        (stream_.*cancel_)();
    }

    stream&   stream_;
    direction cancel_;
    bool      rang_ = false;
};

[[noreturn]] void give_up(limit_alarm const& alarm, error_code why, error_code late) {
    bool const ours = why == asio::error::operation_aborted && alarm.rang();
    throw boost::system::system_error(ours ? late : why);
}

}  // namespace

awaitable<std::size_t> read_within(stream& s, asio::mutable_buffer into, runtime::clock& clock,
                                   duration limit, error_code late) {
    limit_alarm alarm(clock, s, &stream::cancel_read);
    alarm.set(clock.now() + limit);
    error_code why;
    auto const n = co_await s.async_read_some(into, asio::redirect_error(asio::use_awaitable, why));
    alarm.stop();
    if (why == asio::error::eof) co_return 0;
    if (why) give_up(alarm, why, late);
    co_return n;
}

awaitable<void> write_within(stream& s, std::span<asio::const_buffer const> bytes,
                             runtime::clock& clock, duration limit, error_code late) {
    limit_alarm alarm(clock, s, &stream::cancel_write);
    alarm.set(clock.now() + limit);
    error_code why;
    co_await s.async_write(bytes, asio::redirect_error(asio::use_awaitable, why));
    alarm.stop();
    if (why) give_up(alarm, why, late);
}

}  // namespace runtime
