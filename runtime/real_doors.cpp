#include "runtime/real_doors.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <vector>

namespace runtime {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

class tcp_socket {
public:
    tcp_socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        int const yes = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    }
    tcp_socket(tcp_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    tcp_socket& operator=(tcp_socket&&) = delete;
    ~tcp_socket() {
        if (fd_ >= 0) ::close(fd_);
    }

    bool bind(std::uint16_t port) {
        auto const at = loopback(port);
        return ::bind(fd_, reinterpret_cast<sockaddr const*>(&at), sizeof at) == 0;
    }
    void listen(int backlog) { ::listen(fd_, backlog); }
    void connect(std::uint16_t port) {
        auto const at = loopback(port);
        ::connect(fd_, reinterpret_cast<sockaddr const*>(&at), sizeof at);
    }

private:
    int fd_;
};

class shut final : public real_door {
public:
    explicit shut(std::uint16_t port) {
        if (!socket_.bind(port))
            throw boost::system::system_error(errno, boost::system::system_category(), "bind");
    }

private:
    tcp_socket socket_;
};

class deaf final : public real_door {
public:
    explicit deaf(std::uint16_t port) {
        if (!socket_.bind(port))
            throw boost::system::system_error(errno, boost::system::system_category(), "bind");
        socket_.listen(0);
        // A queue of length 0 holds one; the second is for kernels that count otherwise.
        for (int i = 0; i < 2; ++i) callers_.emplace_back().connect(port);
    }

private:
    tcp_socket              socket_;
    std::vector<tcp_socket> callers_;
};

}  // namespace

std::unique_ptr<real_door> shut_door(std::uint16_t port) { return std::make_unique<shut>(port); }

std::unique_ptr<real_door> deaf_door(std::uint16_t port) { return std::make_unique<deaf>(port); }

port_block claim_ports() {
    constexpr std::uint16_t lowest = 18'000, size = 500, count = 28;
    for (std::uint16_t i = 0; i < count; ++i) {
        auto const first = static_cast<std::uint16_t>(lowest + i * size);
        try {
            return {deaf_door(first), static_cast<std::uint16_t>(first + 1)};
        } catch (boost::system::system_error const&) {
            // Somebody else's.
        }
    }
    throw boost::system::system_error(EADDRINUSE, boost::system::system_category(),
                                      "no free block of ports");
}

std::uint16_t free_port(std::uint16_t first) {
    for (std::uint32_t port = first; port < 65536; ++port) {
        tcp_socket probe;
        if (probe.bind(static_cast<std::uint16_t>(port))) return static_cast<std::uint16_t>(port);
    }
    throw boost::system::system_error(EADDRINUSE, boost::system::system_category(), "no free port");
}

}  // namespace runtime
