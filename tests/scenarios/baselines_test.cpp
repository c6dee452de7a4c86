#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "scenarios/gateway_file.hpp"
#include "scenarios/runner.hpp"

// What is known of gateways (scenarios/gateways/NAME.baseline), as far as it can be seen without
// any of them.

namespace fs = std::filesystem;

TEST(Baselines, NameScenariosThatThereAreAndSayWhoseFaultItIs) {
    std::set<std::string> ids;
    for (auto const& c :
         scenario::selected({{LOCKSTEP_SOURCE_DIR "/scenarios/library"}, {}, {}, {}, 0}))
        ids.insert(c.id);
    int files = 0;
    for (auto const& entry : fs::directory_iterator(LOCKSTEP_SOURCE_DIR "/scenarios/gateways")) {
        auto const& path = entry.path();
        if (path.extension() != ".baseline") continue;
        ++files;
        EXPECT_NO_THROW(scenario::find_gateway(path.stem().string())) << path;
        for (auto const& [id, why] : scenario::read_baseline(path.string())) {
            auto const begin = id.substr(0, id.find('*'));
            auto const first = ids.lower_bound(begin);
            bool const is_there =
                first != ids.end() && (begin == id ? *first == id : first->starts_with(begin));
            EXPECT_TRUE(is_there) << path << ": nothing is called " << id;
            EXPECT_TRUE(why.starts_with("defect: ") || why.starts_with("choice: "))
                << path << ": " << id << "  # " << why;
        }
    }
    EXPECT_GE(files, 2);
}
