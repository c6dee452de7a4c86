#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/network.hpp"
#include "runtime/real_guardian.hpp"

namespace runtime {

// A program that runs beside us and that we only start, look after and end: it has no input, and
// what it says goes to a file. It needs no loop, so it may outlive any.
//
// It is ended, too, when this process is: by SIGHUP, SIGINT or SIGTERM, unless somebody handles
// these otherwise; and by SIGKILL, of which we do not hear, but its guardian does.
//
// Its id stays reserved until this is gone (it is not reaped before), so no signal hits a
// stranger.
class background_program {
public:
    // Its output is appended to `log`. Throws system_error if it cannot be started.
    background_program(command const&, std::string const& log);
    ~background_program();  // SIGKILL to its group, if anything of it still runs
    background_program(background_program const&) = delete;
    background_program& operator=(background_program const&) = delete;

    int id() const { return id_; }  // of the process, and of its group

    // Its exit status; 128 + signal if one ended it. Nothing while it runs.
    std::optional<int> status() const;

    void signal(int number);

    // Asks it to end by `signal` and waits for it. False: it did not within `patience`, and was
    // killed.
    bool stop(int signal, std::chrono::milliseconds patience);

private:
    int                     id_ = 0;
    int                     watch_ = -1;  // a pidfd
    std::optional<guardian> guardian_;
};

// What a program and the programs that it has started hold at this moment.
struct process_figures {
    int         processes = 0;
    int         threads = 0;
    int         descriptors = 0;
    std::size_t resident = 0;  // bytes
    bool        operator==(process_figures const&) const = default;
};

// Of a process and its descendants, from /proc.
process_figures figures_of(int id);

// The same once they are no more than `before`; after a fifth of a second as they are. What was
// let go of a moment ago takes an instant to be gone.
process_figures settled_figures(int id, process_figures const& before);

// How long its threads have been ready to run while others had the processors, in nanoseconds: a
// lateness that is the machine's and not the program's. 0 where the kernel does not tell.
std::int64_t queued_nanoseconds_of(int id);

// A folder of our own for files that nobody needs afterwards; removed with all that is in it.
class own_folder {
public:
    own_folder();  // throws system_error
    ~own_folder();
    own_folder(own_folder const&) = delete;
    own_folder& operator=(own_folder const&) = delete;

    std::string const& path() const { return path_; }

private:
    std::string path_;
};

// The file of this very program.
std::string program_path();

}  // namespace runtime
