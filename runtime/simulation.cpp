#include "runtime/simulation.hpp"

#include "runtime/simulation_loop.hpp"
#include "runtime/simulation_network.hpp"

namespace runtime {

struct simulation::inside {
    explicit inside(simulation_options const& options)
        : loop(options), network(loop, options.pipe_capacity), random(options.seed) {}

    simulation_loop    loop;
    simulation_network network;
    entropy            random;
};

simulation::simulation(simulation_options options) : inside_(std::make_unique<inside>(options)) {}

simulation::~simulation() = default;

world simulation::world() {
    return {inside_->loop.executor(), inside_->loop, inside_->network, inside_->random};
}

loop_watch& simulation::watch() { return inside_->loop.watch; }

simulation::ended simulation::run(std::function<bool()> until) { return inside_->loop.run(until); }

std::uint64_t simulation::steps() const { return inside_->loop.steps; }

std::vector<std::string> simulation::left_over() const {
    auto all = inside_->network.left_over();
    if (auto const n = inside_->loop.alarm_count(); n > 0)
        all.push_back(std::to_string(n) + (n == 1 ? " alarm" : " alarms") + " still set");
    return all;
}

}  // namespace runtime
