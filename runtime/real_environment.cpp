#include "runtime/real_environment.hpp"

#include <unistd.h>

namespace runtime {

std::map<std::string, std::string> own_environment() {
    std::map<std::string, std::string> all;
    for (char** entry = environ; entry && *entry; ++entry) {
        std::string const text = *entry;
        auto const        equals = text.find('=');
        if (equals != text.npos) all[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return all;
}

}  // namespace runtime
