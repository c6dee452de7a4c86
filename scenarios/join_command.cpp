#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <cstdio>

#include "runtime/real.hpp"
#include "scenarios/commands.hpp"

namespace scenario {

namespace {

using boost::system::system_error;

runtime::awaitable<void> carry(runtime::stream& from, runtime::stream& to) {
    std::string buffer(16 * 1024, '\0');
    for (;;) {
        auto const n = co_await from.read(boost::asio::buffer(buffer));
        if (n == 0) co_return;
        co_await to.write(std::string_view(buffer).substr(0, n));
    }
}

// What the gateway says; the end of it is the end of our input, as a program sees it.
runtime::awaitable<void> carry_input(runtime::stream& standard, runtime::stream& stage) {
    try {
        co_await carry(standard, stage);
    } catch (system_error const&) {
        // Nobody listens any more: carry_output() tells.
    }
    stage.end();
}

// What the scenario's server says; when it ends, so does this program.
runtime::awaitable<void> carry_output(runtime::stream& stage, runtime::stream& standard,
                                      int& status, bool& over) {
    try {
        co_await carry(stage, standard);
    } catch (system_error const&) {
        status = 1;
    }
    over = true;
}

runtime::awaitable<void> connect(runtime::world w, runtime::address at,
                                 std::unique_ptr<runtime::stream>& stage, bool& failed) {
    try {
        stage = co_await w.network.connect(at);
    } catch (system_error const& e) {
        std::fprintf(stderr, "%s: %s\n", runtime::to_text(at).c_str(), e.what());
        failed = true;
    }
}

template <class Work>
void start(runtime::real_world& world, Work work) {
    boost::asio::co_spawn(world.world().executor, std::move(work), [](std::exception_ptr) {});
}

}  // namespace

int join(std::string const& where) {
    auto const    colon = where.rfind(':');
    std::uint16_t port = 0;
    if (colon != where.npos)
        std::from_chars(where.data() + colon + 1, where.data() + where.size(), port);
    if (port == 0) {
        std::fprintf(stderr, "'%s' is not HOST:PORT\n", where.c_str());
        return 2;
    }
    runtime::real_world              world;
    std::unique_ptr<runtime::stream> stage;
    bool                             failed = false;
    start(world, connect(world.world(), {where.substr(0, colon), port}, stage, failed));
    world.run([&] { return stage || failed; });
    if (failed) return 1;
    auto const standard = world.standard_streams();
    int        status = 0;
    bool       over = false;
    start(world, carry_input(*standard, *stage));
    start(world, carry_output(*stage, *standard, status, over));
    world.run([&] { return over; });
    return status;
}

}  // namespace scenario
