#include "runtime/real_network.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"
#include "runtime/real_child.hpp"
#include "runtime/real_inner.hpp"
#include "runtime/real_socket.hpp"

namespace runtime {

namespace {

using asio::ip::tcp;
using boost::system::system_error;

constexpr duration attempt_max = std::chrono::seconds(5);  // while other addresses are left
constexpr int      kernel_buffer = 64 * 1024;  // bytes of each direction of a connection
constexpr duration accept_pause = std::chrono::milliseconds(50);

std::unique_ptr<stream> connected(tcp::socket socket, census& open) {
    error_code ignored;  // one who has hung up meanwhile is told so by the first read
    socket.set_option(tcp::no_delay(true), ignored);
    // Left alone the kernel lets a socket's buffers grow to megabytes: what a slow client does not
    // read would pile up there, and the provider would never be held back.
    socket.set_option(asio::socket_base::send_buffer_size(kernel_buffer), ignored);
    socket.set_option(asio::socket_base::receive_buffer_size(kernel_buffer), ignored);
    return stream_over(std::move(socket), open);
}

// Awaits one of Asio's operations, which `start` gives the handler to.
template <class Start>
awaitable<error_code> outcome(Start& start) {
    auto const executor = co_await asio::this_coro::executor;
    auto       initiate = [&](auto handler) { start(io_handler(std::move(handler), executor)); };
    error_code why;
    auto       token = asio::redirect_error(asio::use_awaitable, why);
    co_await asio::async_initiate<decltype(token), void(error_code, std::size_t)>(initiate, token);
    co_return why;
}

awaitable<std::unique_ptr<stream>> connect_to(tcp::endpoint to, census& open) {
    auto const  executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor, to.protocol());
    auto        start = [&](io_handler done) { socket.async_connect(to, std::move(done)); };
    auto const  why = co_await outcome(start);
    if (why) throw system_error(why);
    co_return connected(std::move(socket), open);
}

// The name service cannot be interrupted. Who has waited long enough leaves, and the answer
// finds nobody.
struct lookup {
    explicit lookup(asio::any_io_executor const& e) : resolver(e) {}
    tcp::resolver              resolver;
    io_handler                 done;
    std::vector<tcp::endpoint> found;
};

awaitable<std::vector<tcp::endpoint>> ask_name_service(address of) {
    auto const executor = co_await asio::this_coro::executor;
    auto const asked = std::make_shared<lookup>(executor);
    auto       answered = [asked](error_code ec, tcp::resolver::results_type const& results) {
        if (!asked->done) return;
        for (auto const& entry : results) asked->found.push_back(entry.endpoint());
        complete(std::move(asked->done), ec, 0);
    };
    auto start = [&](io_handler done) {
        asked->done = std::move(done);
        if (auto slot = asked->done.get_cancellation_slot(); slot.is_connected())
            slot.assign([l = asked.get()](asio::cancellation_type) {
                if (l->done) complete_later(std::move(l->done), asio::error::operation_aborted);
            });
        asked->resolver.async_resolve(of.host, std::to_string(of.port),
                                      tcp::resolver::numeric_service, answered);
    };
    auto const why = co_await outcome(start);
    if (why) throw system_error(why, "no address for '" + of.host + "'");
    co_return std::move(asked->found);
}

// Nothing if only the name service can tell.
std::vector<tcp::endpoint> known_addresses(address const& of) {
    if (of.host.empty() || of.host == "localhost")  // RFC 6761: never asked of anybody
        return {{asio::ip::address_v4::loopback(), of.port},
                {asio::ip::address_v6::loopback(), of.port}};
    error_code not_numeric;
    auto const numeric = asio::ip::make_address(of.host, not_numeric);
    if (not_numeric) return {};
    return {{numeric, of.port}};
}

awaitable<std::unique_ptr<stream>> connect_to_any(std::vector<tcp::endpoint> all,
                                                  runtime::clock& clock, census& open) {
    error_code why = asio::error::host_not_found;
    for (std::size_t i = 0; i < all.size(); ++i) {
        try {
            auto attempt = connect_to(all[i], open);
            if (i + 1 == all.size()) co_return co_await std::move(attempt);
            co_return co_await within(clock, attempt_max, asio::error::timed_out,
                                      std::move(attempt));
        } catch (system_error const& e) {
            why = e.code();
        }
        if (why == asio::error::operation_aborted) break;
    }
    throw system_error(why);
}

// Held by accept() besides the listener, which may be destroyed while one is pending.
struct acceptor {
    acceptor(asio::any_io_executor const& e, counted c) : socket(e), entry(std::move(c)) {}
    tcp::acceptor socket;
    counted       entry;

    void close() {
        error_code ignored;
        socket.close(ignored);
        entry.release();
    }
};

bool lacks_resources(error_code ec) {
    return ec == asio::error::no_descriptors || ec == asio::error::no_memory ||
           ec == asio::error::no_buffer_space ||
           ec == boost::system::errc::too_many_files_open_in_system;
}

// What a client may do to its own connection before we take it (accept(2)).
bool of_one_connection(error_code ec) {
    return ec == asio::error::connection_aborted || ec == asio::error::network_down ||
           ec == asio::error::host_unreachable || ec == asio::error::network_unreachable ||
           ec == boost::system::errc::protocol_error;
}

awaitable<std::unique_ptr<stream>> accept_one(std::shared_ptr<acceptor> from, runtime::clock& clock,
                                              census& open) {
    auto const executor = co_await asio::this_coro::executor;
    while (from->socket.is_open()) {
        tcp::socket socket(executor);
        auto start = [&](io_handler done) { from->socket.async_accept(socket, std::move(done)); };
        auto const why = co_await outcome(start);
        if (!why) co_return connected(std::move(socket), open);
        // Trying again at once would spin until somebody gives a descriptor back.
        if (lacks_resources(why))
            co_await clock.sleep_for(accept_pause);
        else if (!of_one_connection(why))
            throw system_error(why);
    }
    throw system_error(asio::error::operation_aborted);
}

awaitable<std::unique_ptr<stream>> accept_tls(std::shared_ptr<acceptor> from, runtime::clock& clock,
                                              census& open, shown_identity identity) {
    auto wire = co_await accept_one(from, clock, open);
    co_return (*identity)->accept(std::move(wire));
}

class tcp_listener final : public listener {
public:
    tcp_listener(std::shared_ptr<acceptor> a, runtime::clock& clock, census& open,
                 shown_identity identity)
        : acceptor_(std::move(a)), clock_(clock), open_(open), identity_(std::move(identity)) {
        auto const at = acceptor_->socket.local_endpoint();
        local_ = {at.address().to_string(), at.port(), identity_ != nullptr};
    }
    ~tcp_listener() override { close(); }

    awaitable<std::unique_ptr<stream>> accept() override {
        if (!identity_) return accept_one(acceptor_, clock_, open_);
        return accept_tls(acceptor_, clock_, open_, identity_);
    }
    address local() const override { return local_; }
    void    close() override { acceptor_->close(); }

private:
    std::shared_ptr<acceptor> acceptor_;
    runtime::clock&           clock_;
    census&                   open_;
    shown_identity            identity_;  // null: without TLS
    address                   local_;
};

std::string port_text(tcp::endpoint const& at) {
    return at.address().to_string() + ' ' + std::to_string(at.port());
}

// The kernel shares out what connects among all who listen so. Another process of the same user
// could join them and take half of our clients away: who comes first must find nobody there.
void share_port(tcp::acceptor& socket, tcp::endpoint const& at, real_crew& crew) {
    if (at.port() != 0 && !crew.takes_port(port_text(at))) {
        tcp::acceptor alone(socket.get_executor(), at.protocol());
        alone.set_option(tcp::acceptor::reuse_address(true));
        alone.bind(at);
    }
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    socket.set_option(reuse_port(true));
}

}  // namespace

awaitable<std::unique_ptr<stream>> real_network::connect(address to) {
    if (crew_ && real_crew::is_door(to.host)) co_return connect_within(to, *crew_, loop_, open_);
    auto all = known_addresses(to);
    if (all.empty()) all = co_await ask_name_service(to);
    auto wire = co_await connect_to_any(std::move(all), clock_, open_);
    if (!to.tls) co_return wire;
    if (!tls_) tls_ = crew_ ? crew_->trust() : std::make_shared<tls_client>(options_);
    co_return co_await tls_->handshake(std::move(wire), to.host);
}

std::unique_ptr<listener> real_network::listen(address at) {
    if (crew_ && real_crew::is_door(at.host)) return listen_within(at, crew_, loop_, open_);
    auto const all = known_addresses(at);
    if (all.empty())
        throw system_error(asio::error::invalid_argument, "'" + at.host + "' is no own address");
    if (at.tls && !*identity_)
        throw system_error(asio::error::invalid_argument, "no certificate to listen with");
    auto const made = std::make_shared<acceptor>(loop_.get_executor(), counted(open_.listeners));
    made->socket.open(all[0].protocol());
    close_on_exec(made->socket.native_handle());
    made->socket.set_option(tcp::acceptor::reuse_address(true));
    if (crew_) share_port(made->socket, all[0], *crew_);
    made->socket.bind(all[0]);
    made->socket.listen();
    if (crew_) crew_->takes_port(port_text(made->socket.local_endpoint()));
    return std::make_unique<tcp_listener>(made, clock_, open_, at.tls ? identity_ : nullptr);
}

std::unique_ptr<child> real_network::spawn(command const& c) {
    auto started = start_child(c, loop_.get_executor(), counted(open_.children));
    if (auto* watch = loop_watch::current()) watch->excuse();
    return started;
}

std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> real_network::pair() {
    asio::local::stream_protocol::socket one(loop_);
    asio::local::stream_protocol::socket other(loop_);
    asio::local::connect_pair(one, other);
    return {stream_over(std::move(one), open_), stream_over(std::move(other), open_)};
}

}  // namespace runtime
