#pragma once

#include <map>
#include <string>

namespace runtime {

// What a program that we start in our own place is to find, as we have found it.
std::map<std::string, std::string> own_environment();

}  // namespace runtime
