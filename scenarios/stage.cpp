#include "scenarios/stage.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "runtime/real.hpp"
#include "runtime/real_stopwatch.hpp"
#include "runtime/scaled_clock.hpp"
#include "scenarios/checks.hpp"
#include "scenarios/judgement.hpp"
#include "scenarios/performance.hpp"
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

// What was heard and found out in one performance, to be judged.
struct played {
    std::vector<runtime::event>       events;
    std::vector<runtime::event>       beside;
    std::vector<runtime::event>       twin;
    std::vector<std::string>          left_over;
    std::vector<std::string>          loop_trouble;
    std::vector<performance::waiting> hanging;
    std::string                       hang;  // why it did not come to its end; empty: it did
    duration                          length{};
    std::uint64_t                     steps = 0;
};

objection hang_of(played const& p) {
    objection hang;
    hang.check = "hang";
    hang.problem = p.hang;
    for (auto const& w : p.hanging) {
        hang.detail += (hang.detail.empty() ? "" : "\n") + w.who + ": " + w.what;
        if (hang.where.line == 0) hang.where = w.where;
    }
    return hang;
}

// The gateway's own ends of connections that should be closed when all exchanges are over. The
// standard streams of a program live on with its session; a mock that stalls keeps its end.
std::vector<std::string> open_connections(std::vector<std::string> left) {
    std::erase_if(left, [](std::string const& what) {
        bool const ours = what.starts_with("connection to") || what == "connection at proxy:80";
        return !ours || what.ends_with("a program");
    });
    return left;
}

// Sets a flag after a time: keeps a simulated world going until then.
runtime::awaitable<void> flag_after(runtime::clock& clock, duration time, bool& flag) {
    co_await clock.sleep_for(time);
    flag = true;
}

runtime::awaitable<void> strike(performance& p, bool& done) {
    co_await p.strike();
    done = true;
}

runtime::awaitable<void> ask_again(performance& p) { co_await p.ask_again(); }

template <class Spawned>
void start(runtime::world const& w, Spawned work) {
    boost::asio::co_spawn(w.executor, std::move(work), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

played play_once(scenario const& s, play_options const& options) {
    runtime::simulation_options world_options;
    world_options.seed = options.seed;
    world_options.order = options.order;
    runtime::simulation  world(world_options);
    auto const           waist = world.world();
    performance::choices choices;
    choices.cut = options.cut;
    choices.planted = options.planted;
    choices.run_loop = [&world] { world.run([] { return true; }); };
    played      result;
    performance stage(s, waist, choices);
    stage.start();
    using enum runtime::simulation::ended;
    auto const told = [&] { return waist.clock.now() - runtime::simulation::beginning; };
    auto const ended = world.run([&] { return stage.clients_done() || told() > patience; });
    result.length = told();
    if (!stage.clients_done()) {
        result.hang = ended == livelock ? "work without end: no virtual time passes any more"
                                        : "nothing is due and somebody still waits";
        result.hanging = stage.still_waiting();
        auto const& passed = stage.trace().events();
        if (!passed.empty()) result.length = passed.back().at.time_since_epoch();
    } else {
        bool settled = false;
        start(waist, ask_again(stage));
        start(waist, flag_after(waist.clock, settling, settled));
        world.run([&] { return settled; });
        result.left_over = open_connections(world.left_over());
    }
    stage.trace().hush();
    bool struck = false;
    start(waist, strike(stage, struck));
    world.run([&] { return struck; });
    // One instant for what was let go of just now. An alarm that is set even then is forgotten,
    // and must not be waited for.
    bool over = false;
    start(waist, flag_after(waist.clock, std::chrono::nanoseconds(1), over));
    world.run([&] { return over; });
    result.events = stage.trace().events();
    result.beside = stage.beside();
    result.steps = world.steps();
    if (!struck)
        result.loop_trouble.push_back("the stage could not be struck: somebody never ends");
    for (auto& trouble : world.watch().trouble()) result.loop_trouble.push_back(trouble);
    if (result.hang.empty())
        for (auto& left : world.left_over()) result.left_over.push_back(left);
    return result;
}

bool was_blocked(played const& p) {
    return std::any_of(p.loop_trouble.begin(), p.loop_trouble.end(),
                       [](auto const& trouble) { return trouble.starts_with("blocked loop"); });
}

// The story is the same every time, so a handler that blocks the loop does it again. What does not
// come again was the machine: a lock whose holder had lost its processor.
played play_simulated(scenario const& s, play_options const& options) {
    constexpr int again_max = 3;
    auto          result = play_once(s, options);
    for (int again = 0; again < again_max && was_blocked(result); ++again)
        result = play_once(s, options);
    return result;
}

// The machine's own hiccups: beats that came late although nobody blocked the loop. They are
// summed, for in a story where each step waits for the one before lateness adds up; a millisecond
// is what a timer may be late on a machine at leisure.
runtime::awaitable<void> beat(runtime::clock& clock, duration& lost) {
    constexpr auto interval = std::chrono::milliseconds(5);
    constexpr auto grain = std::chrono::milliseconds(1);
    for (;;) {
        auto const due = clock.now() + interval;
        co_await clock.sleep_until(due);
        lost += std::max(duration::zero(), clock.now() - due - grain);
    }
}

constexpr auto real_length_max =
    std::chrono::seconds(3);                              // of one scenario, by the machine's clock
constexpr auto real_patience = std::chrono::seconds(30);  // until it counts as hanging
constexpr auto real_slack = std::chrono::milliseconds(50);
constexpr auto real_settling = std::chrono::milliseconds(60);

// A tenth of a millisecond is all that a reader wants to know of the machine's clock.
void rounded(std::vector<runtime::event>& events) {
    constexpr std::int64_t grain = 100'000;
    for (auto& e : events) e.at -= duration(e.at.time_since_epoch().count() % grain);
}

played play_real(scenario const& s, play_options const& options, std::int64_t factor,
                 duration& lost) {
    runtime::real_world  world(true);
    auto const           base = world.world();
    performance::choices choices;
    choices.cut = options.cut;
    choices.planted = options.planted;
    choices.run_loop = [&world] { world.run([] { return true; }); };
    choices.own_addresses = true;
    played result;
    {
        runtime::scaled_clock faster(base.clock, factor);
        runtime::world const  waist{base.executor, faster, base.network, base.entropy};
        performance           stage(s, waist, choices);
        runtime::task_group   around(waist.executor);
        bool                  late = false;
        auto const            beginning = faster.now();
        stage.start();
        around.spawn("patience", flag_after(base.clock, real_patience, late));
        around.spawn("beat", beat(base.clock, lost));
        world.run([&] { return stage.clients_done() || late; });
        result.length = std::chrono::floor<std::chrono::milliseconds>(faster.now() - beginning);
        if (!stage.clients_done()) {
            result.hang = "not over after " + runtime::to_text(real_patience);
            result.hanging = stage.still_waiting();
        }
        bool settled = false;
        if (stage.clients_done()) around.spawn("next", ask_again(stage));
        around.spawn("settling", flag_after(base.clock, real_settling, settled));
        world.run([&] { return settled && (stage.asked_again() || late); });
        stage.trace().hush();
        around.cancel();
        bool struck = false;
        start(waist, strike(stage, struck));
        world.run([&] { return struck && around.size() == 0; });
        result.events = stage.trace().events();
        result.beside = stage.beside();
        rounded(result.events);
        if (faster.alarm_count() > 0) result.left_over.push_back("alarms still set");
    }
    for (auto& trouble : world.watch().trouble()) result.loop_trouble.push_back(trouble);
    if (result.hang.empty())
        for (auto& left : world.left_over()) result.left_over.push_back(left);
    return result;
}

}  // namespace

outcome play(scenario const& s, play_options const& options) {
    outcome    result;
    played     seen = play_simulated(s, options);
    tolerance  slack;
    bool const compared = !options.real && !is_waived(s, "equivalence") &&
                          (options.only_check.empty() || options.only_check == "equivalence");
    if (auto const twin = compared ? twin_of(s) : std::nullopt)
        seen.twin = play_simulated(*twin, options).events;
    if (options.real) {
        // The simulation has told how long the story is.
        auto const factor = std::max<std::int64_t>(1, seen.length / real_length_max + 1);
        duration   lost{};
        seen = play_real(s, options, factor, lost);
        slack.early = std::chrono::milliseconds(2) * factor;
        slack.late = real_slack * factor;
        if (lost > real_slack / 2)
            result.inconclusive =
                "the machine stood still for " + runtime::to_text(lost) + " in all";
    }
    if (!seen.hang.empty()) result.objections.push_back(hang_of(seen));
    result.events = std::move(seen.events);
    result.left_over = std::move(seen.left_over);
    result.loop_trouble = std::move(seen.loop_trouble);
    result.beside = std::move(seen.beside);
    result.twin = std::move(seen.twin);
    result.slack = slack;
    result.length = seen.length;
    result.steps = seen.steps;
    pass_judgement(s, result, options.only_check);
    return result;
}

std::vector<std::size_t> measure(scenario const& s, std::string const& from,
                                 std::string const& to) {
    runtime::simulation  world;
    auto const           waist = world.world();
    performance::choices choices;
    choices.with_canary = false;
    choices.measured = std::pair(from, to);
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
