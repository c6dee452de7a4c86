#pragma once

#include <string>

namespace runtime {

// Tells the service manager how far we are, if one has started us and wants to know: "READY=1",
// "STOPPING=1" (sd_notify(3): one datagram to the socket that NOTIFY_SOCKET names).
void tell_service(std::string const& state);

}  // namespace runtime
