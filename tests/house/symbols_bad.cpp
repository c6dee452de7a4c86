// One use of each kind of thing that the gateway and the mocks may not link, with the symbols
// that the lint must find in the object of this file. Compiled, never linked.

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <thread>

long symbols_bad(boost::asio::io_context& loop) {
    auto sum = std::chrono::steady_clock::now()
                   .time_since_epoch()
                   .count();  // bad: std::chrono::_V2::steady_clock::now()
    sum += std::chrono::system_clock::now()
               .time_since_epoch()
               .count();        // bad: std::chrono::_V2::system_clock::now()
    sum += std::time(nullptr);  // bad: time
    timespec const moment{0, 1};
    sum += nanosleep(&moment, nullptr);      // bad: nanosleep
    sum += static_cast<long>(loop.run());    // bad: boost::asio::io_context::run()
    sum += socket(AF_INET, SOCK_STREAM, 0);  // bad: socket
    addrinfo* found = nullptr;
    sum += getaddrinfo("localhost", nullptr, nullptr, &found);  // bad: getaddrinfo
    sum += std::rand();                                         // bad: rand
    if (std::getenv("HOME")) ++sum;                             // bad: getenv
    if (fork() == 0) ++sum;                                     // bad: fork
    return sum;
}
