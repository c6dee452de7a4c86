#include <algorithm>

#include "runtime/real.hpp"
#include "runtime/real_doors.hpp"
#include "runtime/real_stopwatch.hpp"
#include "runtime/scaled_clock.hpp"
#include "scenarios/external_gateway.hpp"
#include "scenarios/growth.hpp"
#include "scenarios/judgement.hpp"
#include "scenarios/stage_parts.hpp"

namespace scenario::parts {

namespace {

using runtime::duration;

constexpr auto length_max = std::chrono::seconds(3);  // of one scenario, by the machine's clock
constexpr auto patience = std::chrono::seconds(30);   // until it counts as hanging
constexpr auto our_slack = std::chrono::milliseconds(50);
constexpr auto building = std::chrono::milliseconds(5);  // of a stage, on a machine at leisure
constexpr auto settling = std::chrono::milliseconds(60);

// The machine's own hiccups: beats that came late although nobody blocked the loop. They are
// summed, for in a story where each step waits for the one before lateness adds up; a millisecond
// is what a timer may be late on a machine at leisure. Counted from `last` on, for the actors may
// have begun before the first beat could.
runtime::awaitable<void> beat(runtime::clock& clock, runtime::time_point last, duration& lost) {
    constexpr auto interval = std::chrono::milliseconds(5);
    constexpr auto grain = std::chrono::milliseconds(1);
    for (;; last = clock.now()) {
        auto const due = last + interval;
        co_await clock.sleep_until(due);
        lost += std::max(duration::zero(), clock.now() - due - grain);
    }
}

// A tenth of a millisecond is all that a reader wants to know of the machine's clock.
void rounded(std::vector<runtime::event>& events) {
    constexpr std::int64_t grain = 100'000;
    for (auto& e : events) e.at -= duration(e.at.time_since_epoch().count() % grain);
}

std::shared_ptr<void> block(runtime::address const& at, connect_fault how) {
    if (how == connect_fault::refuse) return runtime::shut_door(at.port);
    return runtime::deaf_door(at.port);
}

performance::choices choices_for(scenario const& s, play_options const& options,
                                 runtime::real_world& world, bool is_last) {
    performance::choices c;
    c.cut = options.cut;
    c.planted = options.planted;
    c.run_loop = [&world] { world.run([] { return true; }); };
    c.own_addresses = true;
    if (auto* gateway = options.gateway) {
        c.with_gateway = false;
        c.with_canary = !gateway->file().is_direct;  // it is the gateway that it watches
        auto& there = c.gateway_elsewhere.emplace();
        there.where = gateway->where(s);
        there.key = gateway->file().key;
        // A gateway may keep the connection after an error in a stream; asked like this it may not.
        there.headers_of = [gateway, &s](std::string const& model) {
            auto fields = gateway->headers_of(s, model);
            fields.emplace_back("Connection", "close");
            return fields;
        };
        there.body = gateway->file().body;
        there.block = block;
        if (is_last && !gateway->file().kept)
            there.stop = [gateway, base = world.world()] { return gateway->stop_on(base); };
    }
    return c;
}

// What an error is called in the scenarios.
void translate(std::map<std::string, std::string> const& errors,
               std::vector<runtime::event>&              events) {
    for (auto& e : events) {
        auto const known = e.verb == "error" ? errors.find(e.words) : errors.end();
        if (known != errors.end() && e.from == "proxy") e.words = known->second;
    }
}

// `is_last`: of its rounds; a gateway that is not kept is stopped at its end.
outcome play_once(scenario const& s, play_options const& options, std::int64_t factor,
                  bool is_last = true) {
    runtime::real_world world(true);
    auto const          base = world.world();
    auto const          worked = runtime::thread_cpu_nanoseconds();
    auto const          queued = options.gateway ? options.gateway->queued() : duration();
    outcome             result;
    duration            lost{};
    {
        auto const            begun = base.clock.now();
        runtime::scaled_clock faster(base.clock, factor);
        runtime::world const  waist{base.executor, faster, base.network, base.entropy};
        performance           stage(s, waist, choices_for(s, options, world, is_last));
        runtime::task_group   around(waist.executor);
        bool                  late = false;
        auto const            beginning = faster.now();
        stage.start();
        // The story begins when the stage is built, and nobody has heard a beat yet.
        auto const built = base.clock.now();
        lost += std::max(duration::zero(), built - begun - building);
        around.spawn("patience", flag_after(base.clock, patience, late));
        around.spawn("beat", beat(base.clock, built, lost));
        world.run([&] { return stage.clients_done() || late; });
        result.length = std::chrono::floor<std::chrono::milliseconds>(faster.now() - beginning);
        if (!stage.clients_done())
            result.objections.push_back(
                hang_of(stage, "not over after " + runtime::to_text(patience)));
        bool settled = false;
        if (stage.clients_done()) around.spawn("next", ask_again(stage));
        around.spawn("settling", flag_after(base.clock, settling, settled));
        world.run([&] { return settled && (stage.asked_again() || late); });
        // While this thread works for one actor the others wait: of a story in thousands of pieces
        // that is longer than any answer of a gateway. Where our gateway runs on this thread its
        // own work is in there too: by how much it is late in itself virtual time tells, to the
        // nanosecond, and whether it blocks the loop is watched.
        lost += duration(runtime::thread_cpu_nanoseconds() - worked);
        if (options.gateway) lost += options.gateway->queued() - queued;
        stage.trace().hush();
        stage.mcp_trace().hush();
        around.cancel();
        bool struck = false;
        start(waist, strike(stage, struck));
        world.run([&] { return struck && around.size() == 0; });
        result.events = stage.trace().take_events();
        result.mcp = stage.mcp_trace().take_events();
        result.beside = stage.take_beside();
        rounded(result.events);
        rounded(result.mcp);
        if (faster.alarm_count() > 0) result.left_over.push_back("alarms still set");
    }
    // With a gateway elsewhere the loop is that of the mocks alone: its troubles are ours.
    if (!options.gateway)
        for (auto& trouble : world.watch().trouble()) result.loop_trouble.push_back(trouble);
    if (result.objections.empty())
        for (auto& left : world.left_over()) result.left_over.push_back(left);
    auto const slack = options.gateway ? options.gateway->file().slack : duration(our_slack);
    result.slack = {std::chrono::milliseconds(2) * factor, slack * factor};
    if (lost > slack / 2)
        result.inconclusive =
            "the machine stood still or was busy for " + runtime::to_text(lost) + " in all";
    return result;
}

objection about_gateway(std::string problem, std::string detail) {
    objection o;
    o.check = "gateway";
    o.problem = std::move(problem);
    o.detail = std::move(detail);
    return o;
}

// Against the same process, as often as is asked for; the first round that does not hold is the
// one to tell of. What the process has gained in every round is told as left over.
outcome play_rounds(scenario const& s, play_options const& options, std::int64_t factor) {
    auto&   gateway = *options.gateway;
    growth  grown;
    outcome result;
    // One that serves many is warm when it counts: a rehearsal, which nobody judges.
    if (gateway.file().kept && gateway.is_fresh()) play_once(s, options, factor, false);
    for (int round = 1; round <= options.rounds; ++round) {
        result = play_once(s, options, factor, round == options.rounds);
        translate(gateway.file().errors, result.events);
        result.profile = gateway.file().profile->name;
        result.gateway = gateway.file().asked;
        result.runs_on = gateway.file().kept || round < options.rounds;
        result.said = gateway.words();
        if (auto const status = gateway.ended())
            result.objections.push_back(about_gateway("the gateway ended by itself",
                                                      "with status " + std::to_string(*status)));
        if (gateway.stopped_badly())
            result.objections.push_back(about_gateway(
                "the gateway had to be killed",
                "it did not end within " + runtime::to_text(gateway.file().stop_within)));
        if (auto const now = gateway.figures(grown.last())) grown.add(*now);
        auto judged = result;
        pass_judgement(s, judged, options.only_check);
        if (judged.is != verdict::passed) return result;
    }
    for (auto& what : grown.told()) result.left_over.push_back(std::move(what));
    return result;
}

}  // namespace

std::int64_t factor_against(external_gateway const& gateway, scenario const& s, duration length) {
    return gateway.factor_for(s, length, length_max);
}

outcome play_on_sockets(scenario const& s, play_options const& options, duration length) {
    if (!options.gateway) return play_once(s, options, length / length_max + 1);
    auto&      gateway = *options.gateway;
    auto const factor = factor_against(gateway, s, length);
    if (auto const trouble = gateway.bring_up(s, factor); !trouble.empty()) {
        outcome result;
        result.objections.push_back(about_gateway(gateway_missing, trouble));
        result.profile = gateway.file().profile->name;
        result.gateway = gateway.file().asked;
        return result;
    }
    return play_rounds(s, options, factor);
}

}  // namespace scenario::parts
