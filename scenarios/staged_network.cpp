#include "scenarios/staged_network.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "runtime/guarded.hpp"

namespace scenario {

namespace {

using boost::system::error_code;
using boost::system::system_error;

class linked_listener final : public runtime::listener {
public:
    linked_listener(std::unique_ptr<runtime::listener> inner, runtime::world w,
                    std::function<runtime::link_faults()> faults)
        : inner_(std::move(inner)), world_(w), faults_(std::move(faults)) {}

    runtime::awaitable<std::unique_ptr<runtime::stream>> accept() override {
        auto stream = co_await inner_->accept();
        auto faults = faults_();
        co_return runtime::linked(std::move(stream), world_, std::move(faults));
    }
    runtime::address local() const override { return inner_->local(); }
    void             close() override { inner_->close(); }

private:
    std::unique_ptr<runtime::listener>    inner_;
    runtime::world                        world_;
    std::function<runtime::link_faults()> faults_;
};

}  // namespace

std::unique_ptr<runtime::listener> linked(std::unique_ptr<runtime::listener>    inner,
                                          runtime::world                        w,
                                          std::function<runtime::link_faults()> faults) {
    return std::make_unique<linked_listener>(std::move(inner), w, std::move(faults));
}

// What a child and the coroutine that plays it share.
struct staged_network::life {
    mock_mcp::surroundings around;
    std::optional<int>     status;
    std::string            said;  // to stderr
    bool                   may_stay = false;

    void kill() {
        around.killed = true;
        around.changed.ring();
    }
    void terminate() {
        if (!may_stay) return kill();
        around.asked_to_go = true;
        around.changed.ring();
    }
};

class staged_network::played_child final : public runtime::child {
public:
    played_child(std::unique_ptr<runtime::stream> io, std::shared_ptr<life> l)
        : io_(std::move(io)), life_(std::move(l)) {}
    ~played_child() override { life_->kill(); }

    runtime::stream& io() override { return *io_; }

    runtime::awaitable<int> exited() override {
        while (!life_->status) co_await life_->around.changed.wait();
        co_return *life_->status;
    }

    void        terminate() override { life_->terminate(); }
    void        kill() override { life_->kill(); }
    std::string last_words() const override { return life_->said; }

private:
    std::unique_ptr<runtime::stream> io_;
    std::shared_ptr<life>            life_;
};

void staged_network::install(std::string name, program p) {
    programs_[std::move(name)] = std::move(p);
}

void staged_network::fail_connects(std::string host, std::uint16_t port, connect_fault how,
                                   runtime::duration pause) {
    failing_[{std::move(host), port}] = {how, pause};
}

runtime::awaitable<std::unique_ptr<runtime::stream>> staged_network::connect(runtime::address to) {
    auto const found = failing_.find({to.host, to.port});
    auto const how = found == failing_.end() ? failing() : found->second;
    if (how.how == connect_fault::refuse)
        throw system_error(boost::asio::error::connection_refused);
    if (how.how == connect_fault::blackhole) {
        runtime::bell silence;
        co_await silence.wait();
    }
    if (how.how == connect_fault::hesitate) co_await world_.clock.sleep_for(how.pause);
    co_return co_await world_.network.connect(to);
}

std::unique_ptr<runtime::listener> staged_network::listen(runtime::address at) {
    return world_.network.listen(at);
}

std::unique_ptr<runtime::child> staged_network::spawn(runtime::command const& c) {
    auto const found = c.arguments.empty() ? programs_.end() : programs_.find(c.arguments.back());
    if (found == programs_.end())
        throw system_error(error_code(ENOENT, boost::system::system_category()));
    auto ends = world_.network.pair();
    auto shared = std::make_shared<life>();
    shared->may_stay = found->second.may_stay;
    shared->around.errors = [said = &shared->said](std::string const& text) {
        constexpr std::size_t last_words_max = 64 * 1024;  // as runtime::child has it
        said->append(text);
        if (said->size() > last_words_max) said->erase(0, said->size() - last_words_max);
    };
    running_.spawn("program " + found->first, play(found->second, std::move(ends.second), shared));
    return std::make_unique<played_child>(std::move(ends.first), std::move(shared));
}

namespace {

runtime::awaitable<void> until_killed(runtime::bell& changed, bool const& killed) {
    while (!killed) co_await changed.wait();
    throw system_error(boost::asio::error::interrupted);
}

}  // namespace

runtime::awaitable<void> staged_network::play(program const&                   program,
                                              std::unique_ptr<runtime::stream> stdio,
                                              std::shared_ptr<life>            shared) {
    if (program.tap) stdio = program.tap(std::move(stdio));
    auto               faults = program.faults();
    auto               line = runtime::linked(std::move(stdio), world_, std::move(faults));
    auto               playing = program.play(*line, shared->around);
    auto               watching = until_killed(shared->around.changed, shared->around.killed);
    std::exception_ptr stopped;
    int                status = 128 + 9;
    try {
        status = co_await runtime::guarded(std::move(playing), std::move(watching));
    } catch (system_error const& e) {
        if (e.code() == boost::asio::error::operation_aborted) stopped = std::current_exception();
    }
    line->close();
    shared->status = status;
    shared->around.changed.ring();
    if (stopped) std::rethrow_exception(stopped);
}

}  // namespace scenario
