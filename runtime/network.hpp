#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/stream.hpp"

namespace runtime {

// Where a connection goes. `tls` asks for TLS with verification of the host's name; the
// simulation takes it as a wish and carries plain bytes.
struct address {
    std::string   host;
    std::uint16_t port = 0;
    bool          tls = false;
    bool          operator==(address const&) const = default;
};

std::string to_text(address const&);  // "host:port"

class listener {
public:
    virtual ~listener() = default;
    virtual awaitable<std::unique_ptr<stream>> accept() = 0;  // operation_aborted after close()
    virtual address                            local() const = 0;
    virtual void                               close() = 0;
};

// A program to start: an argument list, never a shell line. `environment` is all that the
// child gets.
struct command {
    std::vector<std::string>           arguments;  // [0] is the program
    std::map<std::string, std::string> environment;
    std::size_t                        words_max = 64 << 10;  // kept of its stderr, in bytes
};

// A running child process. Reading its stream reads its stdout, writing writes its stdin,
// end() closes its stdin. stderr is drained always; the last of it is kept for error texts.
class child {
public:
    virtual ~child() = default;  // ends the process: SIGKILL to its own id, if it still runs
    virtual stream&        io() = 0;
    virtual awaitable<int> exited() = 0;            // its status; 128 + signal if one ended it
    virtual void           terminate() = 0;         // SIGTERM
    virtual void           kill() = 0;              // SIGKILL
    virtual std::string    last_words() const = 0;  // the end of its stderr, 64 KiB at most
};

// All that the house knows of other hosts and programs.
class network {
public:
    virtual ~network() = default;
    virtual awaitable<std::unique_ptr<stream>>                          connect(address to) = 0;
    // Port 0 lets the world choose one. Throws address_in_use and the like.
    virtual std::unique_ptr<listener>                                   listen(address at) = 0;
    virtual std::unique_ptr<child>                                      spawn(command const&) = 0;
    // Two ends of one connection that does not leave this process: what a scenario plays a
    // program on.
    virtual std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> pair() = 0;
};

}  // namespace runtime
