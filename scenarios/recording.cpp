#include "scenarios/recording.hpp"

#include <filesystem>

#include "scenarios/recording_text.hpp"
#include "scenarios/token.hpp"

namespace scenario {

namespace {

namespace fs = std::filesystem;

fs::path find(std::string const& file, std::string const& scenario_path, place at) {
    auto folder = fs::path(scenario_path).parent_path();
    if (fs::is_regular_file(folder / file)) return folder / file;
    for (int up = 0; up < 3; ++up, folder /= "..")
        if (fs::is_regular_file(folder / "recordings" / file)) return folder / "recordings" / file;
    throw trouble{at, "there is no recording '" + file + "'",
                  "looked beside the scenario, and in recordings/ there and above"};
}

}  // namespace

std::shared_ptr<replay::recording const> find_recording(std::string const& file,
                                                        std::string const& scenario_path,
                                                        place              at) {
    auto const path = find(file, scenario_path, at);
    return std::make_shared<replay::recording const>(read_recording_file(path.string()));
}

}  // namespace scenario
