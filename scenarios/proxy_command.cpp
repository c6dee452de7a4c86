#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "proxy/gateway.hpp"
#include "runtime/real.hpp"
#include "runtime/scaled_clock.hpp"
#include "runtime/task_group.hpp"
#include "scenarios/commands.hpp"

namespace scenario {

namespace {

std::optional<std::string> from_environment(std::string const& name) {
    auto const* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
}

// An alarm a second shows how late the loop is.
runtime::awaitable<void> measure_lag(proxy::gateway& gateway, runtime::clock& clock) {
    for (;;) {
        auto const due = clock.now() + std::chrono::seconds(1);
        co_await clock.sleep_until(due);
        gateway.measured().loop_lag(clock.now() - due);
    }
}

runtime::awaitable<void> drain(proxy::gateway& gateway, runtime::duration patience, bool& drained) {
    co_await gateway.drain(patience);
    drained = true;
}

runtime::awaitable<void> stop(proxy::gateway& gateway, runtime::task_group& beside, bool& stopped) {
    co_await beside.stop();
    co_await gateway.stop();
    stopped = true;
}

void start(runtime::real_world& world, runtime::awaitable<void> work) {
    boost::asio::co_spawn(world.world().executor, std::move(work), [](std::exception_ptr) {});
}

}  // namespace

int proxy(proxy_options const& options) {
    std::ifstream file(options.config);
    if (!file) {
        std::fprintf(stderr, "%s: cannot be read\n", options.config.c_str());
        return 2;
    }
    std::stringstream text;
    text << file.rdbuf();
    std::vector<std::string> warnings;
    proxy::config            config;
    try {
        config = proxy::read_config(text.str(), options.config, from_environment, warnings);
        if (!options.listen.empty()) config.listen = proxy::parse_listen_address(options.listen);
    } catch (proxy::config_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    } catch (proxy::bad_url const& e) {
        std::fprintf(stderr, "--listen: %s\n", e.problem.c_str());
        return 2;
    }
    for (auto const& warning : warnings) std::fprintf(stderr, "%s\n", warning.c_str());
    if (options.print_config) std::printf("%s", proxy::describe(config).c_str());
    if (options.print_config || options.check) return 0;

    // Reading the certificates takes long enough to hold up a stream: before the first one.
    runtime::tls_options tls;
    for (auto const& m : config.models) tls.read_at_start = tls.read_at_start || m.api.at.tls;
    for (auto const& s : config.servers) tls.read_at_start = tls.read_at_start || s.url.at.tls;
    runtime::real_world   world(false, tls);
    auto const            base = world.world();
    runtime::scaled_clock faster(base.clock, options.faster);
    runtime::world const  waist{base.executor, faster, base.network, base.entropy};
    auto const            patience = config.timeouts.drain;
    std::ofstream         access_file;
    proxy::gateway::log   access;
    if (!options.access_log.empty()) {
        access_file.open(options.access_log == "-" ? "/dev/stdout" : options.access_log,
                         std::ios::app);
        if (!access_file) {
            std::fprintf(stderr, "--access-log: %s cannot be written\n",
                         options.access_log.c_str());
            return 2;
        }
        access = [&](std::string const& line) { access_file << line << std::endl; };
    }
    proxy::gateway gateway(
        options.faster > 1 ? waist : base, std::move(config),
        [](std::string const& line) { std::fprintf(stderr, "%s\n", line.c_str()); }, access);
    try {
        gateway.start();
    } catch (boost::system::system_error const& e) {
        std::fprintf(stderr, "cannot listen: %s\n", e.code().message().c_str());
        return 2;
    }
    std::printf("listening on http://%s\n", runtime::to_text(gateway.address()).c_str());
    std::fflush(stdout);
    runtime::task_group beside(base.executor);
    beside.spawn("loop lag", measure_lag(gateway, base.clock));
    // The first signal lets what was asked come to its end, the second one does not.
    int  asked = 0;
    bool drained = false, stopped = false;
    world.on_signals([&](int) { ++asked; });
    world.run([&] { return asked > 0; });
    start(world, drain(gateway, patience, drained));
    world.run([&] { return drained || asked > 1; });
    start(world, stop(gateway, beside, stopped));
    world.run([&] { return stopped && drained; });
    return 0;
}

}  // namespace scenario
