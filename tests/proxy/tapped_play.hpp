#pragma once

#include "runtime/link.hpp"
#include "tests/proxy/gateway_play.hpp"

// Every byte that the gateway says to anybody, kept to be searched.
namespace play {

// Keeps what passes.
class tap final : public runtime::fault {
public:
    explicit tap(std::string& into) : into_(into) {}
    std::vector<runtime::parcel> pass(runtime::parcel sent) override {
        into_ += sent.bytes;
        return {sent};
    }

private:
    std::string& into_;
};

// A network that keeps what is said to each host, and under "client" what is said to clients.
class tapped_network final : public runtime::network {
public:
    explicit tapped_network(runtime::world w) : world_(w) {}

    awaitable<std::unique_ptr<runtime::stream>> connect(runtime::address to) override {
        auto stream = co_await world_.network.connect(to);
        co_return tapped(std::move(stream), said[to.host]);
    }
    std::unique_ptr<runtime::listener> listen(runtime::address at) override {
        class tapped_listener final : public runtime::listener {
        public:
            tapped_listener(std::unique_ptr<runtime::listener> inner, tapped_network& net)
                : inner_(std::move(inner)), net_(net) {}
            awaitable<std::unique_ptr<runtime::stream>> accept() override {
                auto stream = co_await inner_->accept();
                co_return net_.tapped(std::move(stream), net_.said["client"]);
            }
            runtime::address local() const override { return inner_->local(); }
            void             close() override { inner_->close(); }

        private:
            std::unique_ptr<runtime::listener> inner_;
            tapped_network&                    net_;
        };
        return std::make_unique<tapped_listener>(world_.network.listen(at), *this);
    }
    std::unique_ptr<runtime::child> spawn(runtime::command const& c) override {
        programs.push_back(c.arguments.front());
        return world_.network.spawn(c);
    }
    std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>> pair() override {
        return world_.network.pair();
    }

    std::map<std::string, std::string> said;      // to each host
    std::vector<std::string>           programs;  // that were started

private:
    std::unique_ptr<runtime::stream> tapped(std::unique_ptr<runtime::stream> s, std::string& into) {
        runtime::link_faults taps;
        taps.outgoing.push_back(std::make_unique<tap>(into));
        return runtime::linked(std::move(s), world_, std::move(taps));
    }

    runtime::world world_;
};

}  // namespace play
