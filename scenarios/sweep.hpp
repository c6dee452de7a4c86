#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/scenario.hpp"

namespace scenario {

// One value of each axis, in the order of the file. An axis that is still to be measured has
// none: lines of `network` that speak of it are left out.
using sweep_choice = std::vector<std::optional<sweep_value>>;

// What a file sweeps, no axes if it has no `sweep`. Throws syntax_error.
sweep_plan read_plan(std::string const& text, std::string const& path);

// The text with each "$name" and "${name}" replaced; line numbers stay as they are. Throws
// syntax_error for a name that nobody sweeps, and for an axis that stands nowhere.
std::string with_values(std::string const& text, std::string const& path,
                        std::vector<sweep_axis> const&, sweep_choice const&);

// "byte=17,over=stdio".
std::string label_of(std::vector<sweep_axis> const&, sweep_choice const&);

// The sizes of what was written on a way, in order, on its nth connection.
using measure_way = std::function<std::vector<std::size_t>(scenario const&, std::string const&,
                                                           std::string const&, int connection)>;

// The scenarios of a file: one, or as many as its sweep makes. A path may name one instance
// alone: "cut.scenario@byte=17". Throws syntax_error.
//
// Instances stand in the order of the product of all axes, the last one turning fastest. What an
// axis of `every byte` or `every event` has for values is measured by playing the others' instance
// without the lines that name it.
std::vector<scenario> instances(std::string const& path, measure_way const&);

}  // namespace scenario
