#pragma once

#include <memory>
#include <string>

#include "mock_providers/script.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/trace.hpp"
#include "runtime/world.hpp"
#include "wire/provider_format.hpp"

namespace mock {

// Plays a script to whoever connects, and writes down what passes: the nth request gets the
// nth turn. Speaks HTTP correctly unless the script says otherwise.
class mock_provider {
public:
    // `peer` is how the transcript calls whoever connects.
    mock_provider(runtime::world, runtime::trace&, provider_script, std::string peer = "proxy");

    // Takes connections from `at` until stop(). The listener is the stage's to choose.
    void                     start(std::unique_ptr<runtime::listener> at);
    runtime::awaitable<void> stop();

    // Where clients send their requests: below this path, for instance "/v1".
    static constexpr char base_path[] = "/v1";

    provider_script const& script() const { return script_; }

private:
    class answer;

    runtime::awaitable<void> accept();
    runtime::awaitable<void> serve(std::unique_ptr<runtime::stream>);
    runtime::awaitable<bool> serve_one(runtime::stream&, runtime::http_reader&,
                                       runtime::http_request);

    runtime::world                     world_;
    runtime::trace&                    trace_;
    provider_script                    script_;
    std::string                        peer_;
    wire::provider_format const&       format_;
    runtime::task_group                connections_;
    std::unique_ptr<runtime::listener> listener_;
    std::size_t                        turn_count_ = 0;
};

}  // namespace mock
