#include "runtime/simulation_network.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

}  // namespace

// Both directions of one connection. Each end reads from its own inbox; what it writes goes
// into the other's. The rules are those that TCP on Linux showed in the conformance table.
struct simulation_network::pipe {
    struct half {
        end_of_pipe* end = nullptr;  // null once closed
        std::string  inbox;          // arrived, not yet read
        std::size_t  read_from = 0;
        bool         finished = false;  // the other side has ended: eof behind the inbox
        error_code   broken;            // told once, to whoever asks first
        bool         end_told = false;  // eof or an error has been reported to a reader

        std::size_t waiting() const { return inbox.size() - read_from; }
    };
    std::size_t capacity;
    half        halves[2];
};

class simulation_network::end_of_pipe final : public stream {
public:
    end_of_pipe(simulation_network& net, std::shared_ptr<pipe> p, int side, std::string name)
        : net_(net), pipe_(std::move(p)), side_(side), name_(std::move(name)) {
        mine().end = this;
        number_ = ++net_.connection_count_;
        net_.open_.insert({number_, this});
    }
    ~end_of_pipe() override { close(); }

    asio::any_io_executor executor() const override { return net_.loop_.executor(); }
    std::string const&    name() const { return name_; }

    void start_read(asio::mutable_buffer into, io_handler done) override {
        if (read_.done) net_.loop_.watch.note("overlapping read on one connection");
        if (mine().end_told) net_.loop_.watch.note("read after the end of a stream was reported");
        into_ = into;
        begin(read_, std::move(done), &end_of_pipe::cancel_read);
        move_on();
    }

    void start_write(std::span<asio::const_buffer const> from, io_handler done) override {
        if (write_.done) net_.loop_.watch.note("overlapping write on one connection");
        left_to_write_.assign(from.begin(), from.end());
        written_ = 0;
        begin(write_, std::move(done), &end_of_pipe::cancel_write);
        move_on();
    }

    void cancel_read() override { finish(read_, asio::error::operation_aborted, 0); }
    void cancel_write() override { finish(write_, asio::error::operation_aborted, written_); }

    void end() override {
        if (closed_ || ended_) return;
        ended_ = true;
        theirs().finished = true;
        wake_other();
    }

    void close() override {
        if (closed_) return;
        bool const unread = mine().waiting() > 0;
        leave();
        if (unread) return break_other();
        theirs().finished = true;
        wake_other();
    }

    void reset() override {
        if (closed_) return;
        leave();
        break_other();
    }

private:
    using half = pipe::half;

    struct operation {
        io_handler done;
    };

    half& mine() const { return pipe_->halves[side_]; }
    half& theirs() const { return pipe_->halves[1 - side_]; }

    void begin(operation& op, io_handler done, void (end_of_pipe::*cancel)()) {
        op.done = std::move(done);
        if (auto slot = op.done.get_cancellation_slot(); slot.is_connected())
            slot.assign([this, cancel](asio::cancellation_type) { (this->*cancel)(); });
    }

    void finish(operation& op, error_code ec, std::size_t n) {
        if (!op.done) return;
        if (auto slot = op.done.get_cancellation_slot(); slot.is_connected()) slot.clear();
        auto executor = op.done.get_executor();
        asio::post(executor, [done = std::move(op.done), ec, n]() mutable { done(ec, n); });
    }

    // Whatever can complete now, does. Writes are looked at first, as Asio's reactor does:
    // with both pending it is the write that gets a reset, and the read sees end-of-file.
    void move_on() {
        if (write_.done) try_write();
        if (read_.done) try_read();
    }

    void try_write() {
        if (closed_) return finish(write_, asio::error::operation_aborted, 0);
        if (ended_) return finish(write_, asio::error::broken_pipe, 0);
        if (auto const why = take_error()) return finish(write_, why, written_);
        auto& other = theirs();
        if (!other.end) {
            // The first write to a closed side still goes out; what comes back is a reset.
            bool const known = mine().finished;
            auto const n = asio::buffer_size(left_to_write_) + written_;
            mine().broken = known ? asio::error::broken_pipe : asio::error::connection_reset;
            left_to_write_.clear();
            finish(write_, {}, n);
            return;
        }
        bool moved = false;
        while (!left_to_write_.empty()) {
            auto&      first = left_to_write_.front();
            auto const room = pipe_->capacity - std::min(pipe_->capacity, other.waiting());
            auto const n = std::min(room, first.size());
            if (n == 0 && first.size() > 0) break;
            other.inbox.append(static_cast<char const*>(first.data()), n);
            written_ += n;
            moved = moved || n > 0;
            first += n;
            if (first.size() == 0) left_to_write_.erase(left_to_write_.begin());
        }
        if (left_to_write_.empty()) finish(write_, {}, written_);
        if (moved) wake_other();
    }

    void try_read() {
        auto& m = mine();
        if (closed_) return finish(read_, asio::error::operation_aborted, 0);
        if (m.waiting() > 0) {
            auto const n = std::min(into_.size(), m.waiting());
            std::memcpy(into_.data(), m.inbox.data() + m.read_from, n);
            m.read_from += n;
            if (m.read_from == m.inbox.size()) {
                m.inbox.clear();
                m.read_from = 0;
            }
            finish(read_, {}, n);
            wake_other();  // there is room again
            return;
        }
        if (auto const why = take_error()) {
            m.end_told = true;
            return finish(read_, why, 0);
        }
        if (m.finished) {
            m.end_told = true;
            return finish(read_, asio::error::eof, 0);
        }
    }

    // The error of a socket is one value, told to whichever operation sees it first;
    // afterwards writes give broken_pipe and reads end-of-file.
    error_code take_error() {
        auto& m = mine();
        if (!m.broken) return {};
        auto const why = m.broken;
        m.broken = {};
        m.finished = true;
        ended_ = true;
        return why;
    }

    void wake_other() {
        if (auto* other = theirs().end) other->move_on();
    }

    void break_other() {
        auto& other = theirs();
        if (!other.end) return;
        other.broken = other.finished ? asio::error::broken_pipe : asio::error::connection_reset;
        other.end->move_on();
    }

    void leave() {
        closed_ = true;
        mine().end = nullptr;
        net_.open_.erase({number_, this});
        finish(read_, asio::error::operation_aborted, 0);
        finish(write_, asio::error::operation_aborted, written_);
    }

    simulation_network&             net_;
    std::shared_ptr<pipe>           pipe_;
    int                             side_;
    std::string                     name_;
    std::uint64_t                   number_ = 0;
    bool                            closed_ = false;
    bool                            ended_ = false;
    operation                       read_;
    operation                       write_;
    asio::mutable_buffer            into_;
    std::vector<asio::const_buffer> left_to_write_;
    std::size_t                     written_ = 0;
};

// A listener that has accepted nothing yet keeps what has connected, as a backlog does.
class simulation_network::port final : public listener {
public:
    port(simulation_network& net, address at) : net_(net), at_(std::move(at)) {
        net_.ports_[{at_.host, at_.port}] = this;
    }
    ~port() override { close(); }

    awaitable<std::unique_ptr<stream>> accept() override {
        while (backlog_.empty()) {
            if (closed_) fail(asio::error::operation_aborted);
            co_await arrived_.wait();
        }
        auto first = std::move(backlog_.front());
        backlog_.pop_front();
        co_return first;
    }

    address local() const override { return at_; }

    void close() override {
        if (closed_) return;
        closed_ = true;
        net_.ports_.erase({at_.host, at_.port});
        for (auto& waiting : backlog_) waiting->reset();
        backlog_.clear();
        arrived_.ring();
    }

    void arrive(std::unique_ptr<stream> s) {
        backlog_.push_back(std::move(s));
        arrived_.ring();
    }

private:
    simulation_network&                 net_;
    address                             at_;
    std::deque<std::unique_ptr<stream>> backlog_;
    bell                                arrived_;
    bool                                closed_ = false;
};

awaitable<std::unique_ptr<stream>> simulation_network::connect(address to) {
    auto const found = ports_.find({to.host, to.port});
    if (found == ports_.end()) fail(asio::error::connection_refused);
    auto ends = connected(to_text(to));
    found->second->arrive(std::move(ends.second));
    co_return std::move(ends.first);
}

std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> simulation_network::connected(
    std::string const& where) {
    auto shared = std::make_shared<pipe>();
    shared->capacity = pipe_capacity_;
    return {std::make_unique<end_of_pipe>(*this, shared, 0, "connection to " + where),
            std::make_unique<end_of_pipe>(*this, shared, 1, "connection at " + where)};
}

std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> simulation_network::pair() {
    return connected("a program");
}

std::unique_ptr<listener> simulation_network::listen(address at) {
    if (at.port == 0) at.port = next_port_++;
    if (ports_.contains({at.host, at.port})) fail(asio::error::address_in_use);
    return std::make_unique<port>(*this, std::move(at));
}

std::unique_ptr<child> simulation_network::spawn(command const&) {
    // Programs of a scenario are played by its stage (scenarios/staged_network.hpp).
    fail(asio::error::operation_not_supported);
}

std::vector<std::string> simulation_network::left_over() const {
    std::vector<std::string> all;
    for (auto const& [number, end] : open_) all.push_back(end->name());
    for (auto const& [at, port] : ports_)
        all.push_back("listener at " + to_text(address{at.first, at.second}));
    return all;
}

}  // namespace runtime
