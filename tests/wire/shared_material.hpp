#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

// The recordings and corpora that lie beside the repository and not in it: in the folder that
// LOCKSTEP_SHARED names, or in `../shared`.
namespace shared_material {

std::filesystem::path folder();

std::string                 read(std::filesystem::path const& file);
std::vector<nlohmann::json> read_lines(std::filesystem::path const& file);

// {"text"}, {"b64"}, {"hex"} or {"build": [parts with a repeat]}: how the corpora write bytes.
std::string bytes_of(nlohmann::json const& told);

}  // namespace shared_material

// A missing folder is said out loud: a test that silently tests nothing is worse than none.
#define NEED_SHARED(part)                                                           \
    if (!std::filesystem::exists(shared_material::folder() / (part)))               \
    GTEST_SKIP() << "no " << (part) << " in " << shared_material::folder().string() \
                 << " (set LOCKSTEP_SHARED)"
