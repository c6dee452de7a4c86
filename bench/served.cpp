#include "bench/served.hpp"

#include <boost/asio/post.hpp>
#include <ctime>
#include <future>

#include "bench/allocations.hpp"
#include "bench/bare_relay.hpp"

namespace bench {

namespace asio = boost::asio;

namespace {

runtime::address const anywhere{"127.0.0.1", 0};

}  // namespace

server::server(runtime::real_world& w, std::string const& role, runtime::address provider)
    : world_(w), beside_(w) {
    auto const waist = w.world();
    if (role == "relay") {
        auto door = waist.network.listen(anywhere);
        at_ = door->local();
        beside_.run(relay(waist, std::move(door), std::move(provider)));
        return;
    }
    gateway_.emplace(waist, gateway_config(role, std::move(provider), anywhere));
    gateway_->start();
    at_ = gateway_->address();
}

server::~server() {
    if (gateway_) run_on(world_, gateway_->stop());
}

served::served(std::vector<place> const& places) {
    std::promise<void> opened;
    auto const         serve = [&, places] {
        runtime::real_world                  world;
        std::vector<std::unique_ptr<server>> all;
        for (auto const& p : places) {
            all.push_back(std::make_unique<server>(world, p.role, p.provider));
            at_.push_back(all.back()->address());
        }
        world_ = &world;
        executor_ = world.world().executor;
        opened.set_value();
        world.run();
    };
    thread_ = std::thread(serve);
    opened.get_future().wait();
}

served::~served() {
    asio::post(executor_, [this] { world_->stop(); });
    thread_.join();
}

served::usage served::used() const {
    std::promise<usage> told;
    asio::post(executor_, [&told] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        told.set_value({std::int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec, allocations()});
    });
    return told.get_future().get();
}

}  // namespace bench
