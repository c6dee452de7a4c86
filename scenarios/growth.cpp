#include "scenarios/growth.hpp"

#include <functional>

namespace scenario {

namespace {

constexpr std::size_t rounds_min = 4;

// Memory is taken by pages and arenas: so much in every round is no accident any more.
constexpr std::size_t memory_grain = 64 * 1024;

using figure = std::function<std::size_t(runtime::process_figures const&)>;

void tell(std::vector<std::string>& all, char const* what,
          std::vector<runtime::process_figures> const& rounds, figure const& of,
          std::size_t grain = 1) {
    std::string series;
    bool        grows = true;
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        if (i > 1) grows = grows && of(rounds[i]) >= of(rounds[i - 1]) + grain;
        series += ' ' + std::to_string(of(rounds[i]));
    }
    if (grows) all.push_back(std::string(what) + " after each round:" + series);
}

}  // namespace

std::vector<std::string> growth::told() const {
    std::vector<std::string> all;
    if (rounds_.size() < rounds_min) return all;
    using figures = runtime::process_figures;
    auto const count = [](int figures::* of) {
        return [of](figures const& f) { return static_cast<std::size_t>(f.*of); };
    };
    tell(all, "processes", rounds_, count(&figures::processes));
    tell(all, "threads", rounds_, count(&figures::threads));
    tell(all, "file descriptors", rounds_, count(&figures::descriptors));
    tell(
        all, "bytes of memory", rounds_, [](figures const& f) { return f.resident; }, memory_grain);
    return all;
}

}  // namespace scenario
