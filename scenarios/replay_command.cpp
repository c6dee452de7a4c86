#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <cstdio>
#include <sstream>

#include "proxy/config_url.hpp"
#include "replay/lines.hpp"
#include "replay/rehearsal.hpp"
#include "replay/server.hpp"
#include "runtime/real.hpp"
#include "runtime/simulation.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/recording_text.hpp"

namespace scenario {

namespace {

std::optional<replay::pace> pace_of(std::string const& word) {
    if (word == "recorded") return replay::pace{1};
    if (word == "fast") return replay::pace{0};
    double      factor = 0;
    auto const* end = word.data() + word.size();
    if (!word.starts_with('x')) return {};
    auto const read = std::from_chars(word.data() + 1, end, factor);
    if (read.ec != std::errc() || read.ptr != end || factor <= 0) return {};
    return replay::pace{factor};
}

runtime::awaitable<void> stop(replay::server& server, bool& stopped) {
    co_await server.stop();
    stopped = true;
}

int replay_http(replay::recording const& r, replay_options const& options, replay::pace speed) {
    runtime::real_world   world;
    std::size_t           played = 0;
    replay::match_options how;
    how.headers = options.headers;
    how.redacted = options.redact;
    replay::server server(
        world.world(), r, std::move(how), speed,
        [&](replay::request const& came, replay::exchange const* found, std::string const& why) {
            if (found) {
                ++played;
                std::fprintf(stderr, "%s %s: line %d\n", came.method.c_str(), came.target.c_str(),
                             found->line);
            } else {
                std::fprintf(stderr, "%s %s: not recorded; %s\n", came.method.c_str(),
                             came.target.c_str(), why.c_str());
            }
        });
    try {
        auto const door = proxy::parse_listen_address(with_host(options.listen));
        auto       listener = world.world().network.listen(door);
        std::printf("replaying on http://%s\n", runtime::to_text(listener->local()).c_str());
        std::fflush(stdout);
        server.start(std::move(listener));
    } catch (proxy::bad_url const& e) {
        std::fprintf(stderr, "--listen: %s\n", e.problem.c_str());
        return 2;
    } catch (boost::system::system_error const& e) {
        std::fprintf(stderr, "cannot listen: %s\n", e.code().message().c_str());
        return 2;
    }
    bool asked = false;
    bool stopped = false;
    world.on_signals([&](int) { asked = true; });
    world.run([&] { return asked; });
    boost::asio::co_spawn(world.world().executor, stop(server, stopped), [](std::exception_ptr) {});
    world.run([&] { return stopped; });
    auto const unused = server.matching().unused();
    for (auto const* x : unused)
        std::fprintf(stderr, "%s:%d: nobody asked for this: %s %s\n", options.path.c_str(), x->line,
                     x->asked.method.c_str(), x->asked.target.c_str());
    std::printf("%zu played, %zu not asked for, %zu requests that were not recorded\n", played,
                unused.size(), server.missed());
    return unused.empty() && server.missed() == 0 ? 0 : 1;
}

runtime::awaitable<void> play(replay::line_player& player, runtime::stream& client,
                              std::optional<int>& status) {
    status = co_await player.play(client);
}

int replay_stdio(replay::recording const& r, replay_options const& options, replay::pace speed) {
    runtime::real_world world;
    replay::line_player player(world.world(), r, speed);
    auto const          client = world.standard_streams();
    std::optional<int>  status;
    bool                over = false;
    world.on_signals([&](int) { over = true; });
    boost::asio::co_spawn(world.world().executor, play(player, *client, status),
                          [&](std::exception_ptr) { over = true; });
    world.run([&] { return over; });
    for (auto const& t : player.trouble())
        std::fprintf(stderr, "%s: %s\n", options.path.c_str(), t.c_str());
    return player.trouble().empty() ? status.value_or(1) : 1;
}

void tell(replay::recording const& r) {
    for (auto const& x : r.exchanges) {
        auto const& a = x.answered;
        auto const  what = x.asked.method.empty() ? "*" : x.asked.method + ' ' + x.asked.target;
        std::printf("%s: %u, %zu pieces in %s, %s\n", what.c_str(), a.status, a.pieces.size(),
                    runtime::to_text(a.ended_at).c_str(), replay::to_text(a.how));
    }
    if (r.over_stdio) std::printf("%zu lines over stdio\n", r.lines.size());
}

// The first line of a recording that is not in its place when it was recorded again.
std::string first_difference(std::string const& recorded, std::string const& again) {
    std::istringstream one(recorded);
    std::istringstream other(again);
    std::string        was;
    std::string        is;
    do {
        if (!std::getline(one, was)) was = "nothing";
        if (!std::getline(other, is)) is = "nothing";
    } while (was == is && was != "nothing");
    std::size_t const length_max = 200;
    return "recorded: " + was.substr(0, length_max) + "\n  again:    " + is.substr(0, length_max);
}

// In virtual time, to its own requests.
int rehearse(replay::recording const& r, replay_options const& options) {
    runtime::simulation world;
    replay::rehearsed   played;
    bool                over = false;
    auto                story = [&]() -> runtime::awaitable<void> {
        played = co_await replay::rehearse(world.world(), r);
    };
    std::exception_ptr thrown;
    boost::asio::co_spawn(world.world().executor, story(), [&](std::exception_ptr e) {
        thrown = e;
        over = true;
    });
    world.run([&] { return over; });
    if (thrown) std::rethrow_exception(thrown);
    if (!over) played.trouble.push_back("it waits for something that never comes");
    tell(played.again);
    auto const again = to_text(played.again);
    bool const same = over && again == to_text(r);
    if (!same) played.trouble.push_back(first_difference(to_text(r), again));
    for (auto const& t : played.trouble)
        std::fprintf(stderr, "%s: %s\n", options.path.c_str(), t.c_str());
    auto const length = world.world().clock.now() - runtime::simulation::beginning;
    std::printf("%s of virtual time; recorded again it is %s\n", runtime::to_text(length).c_str(),
                same ? "the same" : "another");
    if (!options.out.empty()) save_text(options.out, again);
    return same && played.trouble.empty() ? 0 : 1;
}

}  // namespace

int replay(replay_options const& options) {
    auto const speed = pace_of(options.pace);
    if (!speed) {
        std::fprintf(stderr, "--pace %s: recorded, fast, or for instance x10\n",
                     options.pace.c_str());
        return 2;
    }
    try {
        auto const r = read_recording_file(options.path);
        if (options.virtual_time) return rehearse(r, options);
        return r.over_stdio ? replay_stdio(r, options, *speed) : replay_http(r, options, *speed);
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
