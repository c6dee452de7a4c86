#include "scenarios/canary.hpp"

namespace scenario {

namespace {

using namespace std::chrono_literals;

// Short enough for every timeout that a scenario may set, and many enough for its length.
constexpr auto beat = 20ms;
constexpr int  beats = 2;
constexpr int  round_count = 16;
constexpr auto first_distance = 150ms;

mock::provider_script script() {
    mock::provider_script p;
    p.name = "canary-provider";
    p.format = "openai";
    for (int round = 0; round <= round_count; ++round) {
        mock::turn turn;
        for (int i = 0; i < beats; ++i) {
            mock::provider_step say;
            say.after = beat;
            say.text = "canary " + std::to_string(round) + "." + std::to_string(i) + " ";
            turn.steps.push_back(std::move(say));
        }
        mock::provider_step finish;
        finish.verb = mock::provider_verb::finish;
        finish.text = "stop";
        turn.steps.push_back(std::move(finish));
        p.turns.push_back(std::move(turn));
    }
    return p;
}

}  // namespace

canary::canary(runtime::world w, std::string key, request_headers headers_of)
    : world_(w),
      key_(std::move(key)),
      headers_of_(std::move(headers_of)),
      trace_(w.clock.now()),
      gates_(trace_),
      singing_(w.executor) {}

void canary::open(std::unique_ptr<runtime::listener> at) {
    provider_.emplace(world_, trace_, script());
    provider_->start(std::move(at));
}

void canary::add_client(std::string name, int rounds) {
    client_script played;
    played.name = std::move(name);
    runtime::duration distance{};
    for (int round = 0; round < rounds; ++round) {
        client_step ask;
        ask.after = distance;
        ask.text = "Keep the beat.";
        ask.options = {"no tools"};
        played.steps.push_back(std::move(ask));
        distance = round == 0 ? runtime::duration(first_distance) : distance * 2;
    }
    common_request common;
    common.model = model;
    common.key = key_;
    common.headers_of = headers_of_;
    clients_.emplace_back(world_, trace_, gates_, std::move(played), std::move(common), gateway_,
                          [] { return runtime::link_faults(); });
}

void canary::start(runtime::address gateway) {
    gateway_ = std::move(gateway);
    add_client("canary", round_count);
    singing_.spawn("canary", clients_.back().run());
}

runtime::awaitable<void> canary::ask_again() {
    co_await singing_.stop();
    co_await clients_.back().stop();
    clients_.pop_back();  // and with it its connection
    add_client(next, 1);
    singing_.spawn(next, clients_.back().run());
    co_await singing_.wait();
    asked_again_ = true;
}

runtime::awaitable<void> canary::stop() {
    co_await singing_.stop();
    for (auto& client : clients_) co_await client.stop();
    if (provider_) co_await provider_->stop();
}

}  // namespace scenario
