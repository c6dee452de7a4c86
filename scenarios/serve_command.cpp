#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cstdio>

#include "runtime/real.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/performance.hpp"

namespace scenario {

namespace {

runtime::awaitable<void> strike(performance& p, bool& struck) {
    co_await p.strike();
    struck = true;
}

runtime::awaitable<void> serve_stdio(mock_mcp::mock_mcp& server, runtime::stream& stdio,
                                     std::optional<int>& status) {
    status = co_await server.run(stdio);
}

// What passes, on stderr while it passes: stdout belongs to the URLs, or to the protocol.
void tell(runtime::trace& trace) {
    trace.observe([](runtime::event const& e) {
        if (!e.quiet) std::fprintf(stderr, "%s\n", e.to_text().c_str());
    });
}

int serve_on_ports(scenario s, serve_options const& options) {
    auto const wanted = [&](std::string const& name) {
        return options.only.empty() ||
               std::find(options.only.begin(), options.only.end(), name) != options.only.end();
    };
    std::erase_if(s.providers, [&](auto const& p) { return !wanted(p.name); });
    std::erase_if(s.servers,
                  [&](auto const& m) { return !wanted(m.name) || m.transport == "stdio"; });
    runtime::real_world  world;
    performance::choices choices;
    choices.own_addresses = true;
    choices.first_port = options.port;
    choices.with_gateway = choices.with_clients = false;
    performance stage(s, world.world(), choices);
    stage.start();
    tell(stage.trace());
    for (auto const& p : s.providers)
        std::printf("%s http://%s/v1\n", p.name.c_str(),
                    runtime::to_text(stage.where().of.at(p.name)).c_str());
    for (auto const& m : s.servers)
        std::printf("%s http://%s/mcp\n", m.name.c_str(),
                    runtime::to_text(stage.where().of.at(m.name)).c_str());
    std::fflush(stdout);
    bool asked = false;
    world.on_signals([&](int) { asked = true; });
    world.run([&] { return asked; });
    bool struck = false;
    boost::asio::co_spawn(world.world().executor, strike(stage, struck), [](std::exception_ptr) {});
    world.run([&] { return struck; });
    return 0;
}

int serve_on_stdio(scenario const& s, std::string const& name) {
    auto const found = std::find_if(s.servers.begin(), s.servers.end(),
                                    [&](auto const& m) { return m.name == name; });
    if (found == s.servers.end()) {
        std::fprintf(stderr, "%s has no MCP server '%s'\n", s.path.c_str(), name.c_str());
        return 2;
    }
    runtime::real_world world;
    runtime::trace      trace(world.world().clock.now());
    tell(trace);
    mock_mcp::mock_mcp server(world.world(), trace, *found);
    auto const         stdio = world.standard_streams();
    std::optional<int> status;
    boost::asio::co_spawn(world.world().executor, serve_stdio(server, *stdio, status),
                          [](std::exception_ptr) {});
    world.run([&] { return status.has_value(); });
    return status.value_or(0);
}

}  // namespace

int serve(serve_options const& options) {
    try {
        auto const s = read_file(options.path);
        if (!options.stdio.empty()) return serve_on_stdio(s, options.stdio);
        return serve_on_ports(s, options);
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
