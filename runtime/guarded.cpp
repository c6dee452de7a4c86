#include "runtime/guarded.hpp"

namespace runtime {

awaitable<void> throw_after(runtime::clock& clock, duration limit, error_code late) {
    co_await clock.sleep_for(limit);
    throw boost::system::system_error(late);
}

}  // namespace runtime
