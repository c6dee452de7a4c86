#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "runtime/loop_watch.hpp"
#include "runtime/world.hpp"

namespace runtime {

// Where TLS takes its trust from. Empty: the system's certificates.
struct tls_options {
    std::string authority_file;  // PEM, in addition to the system's

    // Read the certificates when the world is made, not on the loop when the first connection
    // wants them: that is 60 ms of work, in which nobody else is served.
    bool read_at_start = false;
};

class real_crew;     // runtime/real_crew.hpp
class tls_identity;  // runtime/real_tls_server.hpp

// The machine's own world: sockets, TLS, child processes, the monotonic clock. One loop, one
// thread.
class real_world {
public:
    // With `watch`, every handler is measured (about half a microsecond each).
    explicit real_world(bool watch = false, tls_options = {});
    // One of several in this process, each on a thread of its own.
    explicit real_world(std::shared_ptr<real_crew>);
    ~real_world();

    runtime::world world();
    loop_watch&    watch();

    // Runs until `until` says so (asked after every handler), until stop(), or until nothing
    // is left to wait for. Refuses to be nested.
    void run(std::function<bool()> until = {});
    void stop();

    // `on_signal` runs on the loop, with the number, for SIGINT and SIGTERM (and SIGHUP).
    void on_signals(std::function<void(int)> on_signal);

    // What listeners with `tls` show from their next connection on.
    void show(std::shared_ptr<tls_identity const>);

    // Our own standard input and output as one stream: for a program that is somebody's MCP
    // server. Both are made non-blocking.
    std::unique_ptr<stream> standard_streams();

    // Open sockets, children and set alarms, for people: empty if nothing is left over.
    std::vector<std::string> left_over() const;

private:
    struct inside;
    real_world(tls_options, std::shared_ptr<real_crew>);

    std::unique_ptr<inside> inside_;
};

}  // namespace runtime
