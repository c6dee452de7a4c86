#include "runtime/real_spawn.hpp"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <string>
#include <vector>

namespace runtime {

namespace {

[[noreturn]] void fail(int number, std::string const& what) {
    throw boost::system::system_error(number, boost::system::system_category(), what);
}

class spawn_plan {
public:
    spawn_plan() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&how);
    }
    ~spawn_plan() {
        ::posix_spawnattr_destroy(&how);
        ::posix_spawn_file_actions_destroy(&files);
    }
    spawn_plan(spawn_plan const&) = delete;
    spawn_plan& operator=(spawn_plan const&) = delete;

    posix_spawn_file_actions_t files;
    posix_spawnattr_t          how;
};

}  // namespace

int spawn_process(command const& c, int in, int out, int err) {
    if (c.arguments.empty()) fail(EINVAL, "a command without a program");
    spawn_plan plan;
    ::posix_spawn_file_actions_adddup2(&plan.files, in, 0);
    ::posix_spawn_file_actions_adddup2(&plan.files, out, 1);
    ::posix_spawn_file_actions_adddup2(&plan.files, err, 2);
    ::posix_spawn_file_actions_addclosefrom_np(&plan.files, 3);

    // We ignore SIGPIPE and an ignored signal stays ignored across exec.
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&plan.how, &all);
    ::posix_spawnattr_setsigmask(&plan.how, &none);
    ::posix_spawnattr_setpgroup(&plan.how, 0);
    ::posix_spawnattr_setflags(
        &plan.how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

    std::vector<std::string> settings;
    for (auto const& [name, value] : c.environment) settings.push_back(name + "=" + value);
    auto const pointers = [](std::vector<std::string> const& texts) {
        std::vector<char*> p;
        for (auto const& t : texts) p.push_back(const_cast<char*>(t.c_str()));
        p.push_back(nullptr);
        return p;
    };
    auto const arguments = pointers(c.arguments);
    auto const environment = pointers(settings);

    pid_t     id = 0;
    int const why = ::posix_spawnp(&id, arguments[0], &plan.files, &plan.how, arguments.data(),
                                   environment.data());
    if (why != 0) fail(why, "cannot start '" + c.arguments[0] + "'");
    return id;
}

}  // namespace runtime
