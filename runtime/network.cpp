#include "runtime/network.hpp"

namespace runtime {

std::string to_text(address const& a) {
    bool const v6 = a.host.find(':') != std::string::npos;
    return (v6 ? "[" + a.host + "]" : a.host) + ":" + std::to_string(a.port);
}

}  // namespace runtime
