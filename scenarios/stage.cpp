#include "scenarios/stage.hpp"

#include <algorithm>

#include "scenarios/checks.hpp"
#include "scenarios/judgement.hpp"
#include "scenarios/stage_parts.hpp"
#include "scenarios/twin.hpp"

namespace scenario {

namespace {

using runtime::duration;

// How long the story may go on by itself when the clients have what they came for: long enough
// for a late answer that should have been cancelled.
constexpr auto settling = std::chrono::minutes(10);

// Longer than any story. The actors wait a year for what nobody limits, and the loop would jump
// there: whoever still waits then waits for ever.
constexpr auto patience = std::chrono::hours(24 * 300);

// The gateway's own ends of connections that should be closed when all exchanges are over. The
// standard streams of a program live on with its session, and so does the one stream of HTTP+SSE; a
// mock that stalls keeps its end.
std::vector<std::string> open_connections(std::vector<std::string> left, scenario const& s) {
    std::erase_if(left, [](std::string const& what) {
        bool const ours = what.starts_with("connection to") || what == "connection at proxy:80";
        return !ours || what.ends_with("a program");
    });
    for (auto const& server : s.servers) {
        if (server.transport != "sse") continue;
        auto const one =
            std::find(left.begin(), left.end(), "connection to " + server.name + ":80");
        if (one != left.end()) left.erase(one);
    }
    return left;
}

using parts::ask_again;
using parts::flag_after;
using parts::start;
using parts::strike;

enum class beside { canary, nobody };

outcome play_once(scenario const& s, play_options const& options, beside sings) {
    runtime::simulation_options world_options;
    world_options.seed = options.seed;
    world_options.order = options.order;
    auto                 kept_world = std::make_unique<runtime::simulation>(world_options);
    auto&                world = *kept_world;
    auto const           waist = world.world();
    performance::choices choices;
    choices.cut = options.cut;
    choices.planted = options.planted;
    choices.with_canary = sings == beside::canary;
    choices.run_loop = [&world] { world.run([] { return true; }); };
    outcome result;
    auto    kept_stage = std::make_unique<performance>(s, waist, choices);
    auto&   stage = *kept_stage;
    stage.start();
    using enum runtime::simulation::ended;
    auto const told = [&] { return waist.clock.now() - runtime::simulation::beginning; };
    auto const ended = world.run([&] { return stage.clients_done() || told() > patience; });
    result.length = told();
    if (!stage.clients_done()) {
        result.objections.push_back(parts::hang_of(
            stage, ended == livelock ? "work without end: no virtual time passes any more"
                                     : "nothing is due and somebody still waits"));
        auto const& passed = stage.trace().events();
        if (!passed.empty()) result.length = passed.back().at.time_since_epoch();
    } else {
        bool settled = false;
        start(waist, ask_again(stage));
        start(waist, flag_after(waist.clock, settling, settled));
        world.run([&] { return settled; });
        result.left_over = open_connections(world.left_over(), s);
    }
    stage.trace().hush();
    stage.mcp_trace().hush();
    bool struck = false;
    start(waist, strike(stage, struck));
    world.run([&] { return struck; });
    // One instant for what was let go of just now. An alarm that is set even then is forgotten,
    // and must not be waited for.
    bool over = false;
    start(waist, flag_after(waist.clock, std::chrono::nanoseconds(1), over));
    world.run([&] { return over; });
    result.events = stage.trace().take_events();
    result.mcp = stage.mcp_trace().take_events();
    result.beside = stage.take_beside();
    result.steps = world.steps();
    if (!struck)
        result.loop_trouble.push_back("the stage could not be struck: somebody never ends");
    for (auto& trouble : world.watch().trouble()) result.loop_trouble.push_back(trouble);
    if (result.objections.empty())
        for (auto& left : world.left_over()) result.left_over.push_back(left);
    if (!struck) {  // somebody still holds on to it: it is left standing, with its world
        kept_stage.release();
        kept_world.release();
    }
    return result;
}

bool was_blocked(outcome const& p) {
    return std::any_of(p.loop_trouble.begin(), p.loop_trouble.end(),
                       [](auto const& trouble) { return trouble.starts_with("blocked loop"); });
}

// The story is the same every time, so a handler that blocks the loop does it again. What does not
// come again was the machine: a lock whose holder had lost its processor.
outcome play_simulated(scenario const& s, play_options const& options,
                       beside sings = beside::canary) {
    constexpr int again_max = 3;
    auto          result = play_once(s, options, sings);
    for (int again = 0; again < again_max && was_blocked(result); ++again)
        result = play_once(s, options, sings);
    return result;
}

}  // namespace

outcome play(scenario const& s, play_options const& options) {
    auto       result = play_simulated(s, options);
    bool const compared = !options.real && !is_waived(s, "equivalence") &&
                          (options.only_check.empty() || options.only_check == "equivalence");
    // Of a twin and of a sister only the story is compared.
    if (auto const twin = compared ? twin_of(s) : std::nullopt)
        result.twin = play_simulated(*twin, options, beside::nobody).events;
    if (auto const sister = compared ? sister_of(s, "responses") : std::nullopt)
        result.over_responses = play_simulated(*sister, options, beside::nobody).events;
    if (auto const sister = compared ? sister_of(s, "messages") : std::nullopt)
        result.over_messages = play_simulated(*sister, options, beside::nobody).events;
    // The simulation has told how long the story is.
    if (options.real) result = parts::play_on_sockets(s, options, result.length);
    pass_judgement(s, result, options.only_check);
    return result;
}

std::int64_t factor_against(external_gateway const& gateway, scenario const& s,
                            play_options const& options) {
    return parts::factor_against(gateway, s, play_simulated(s, options).length);
}

std::vector<std::size_t> measure(scenario const& s, std::string const& from, std::string const& to,
                                 int connection) {
    runtime::simulation  world;
    auto const           waist = world.world();
    performance::choices choices;
    choices.with_canary = false;
    choices.measured = {from, to, connection};
    performance stage(s, waist, choices);
    stage.start();
    world.run([&] { return stage.clients_done(); });
    auto const sizes = stage.measured();
    bool       struck = false;
    start(waist, strike(stage, struck));
    world.run();
    return sizes;
}

}  // namespace scenario
