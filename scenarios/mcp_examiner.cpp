#include "scenarios/mcp_examiner.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "scenarios/exchange.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace scenario {

using json = nlohmann::json;
using boost::system::system_error;

runtime::awaitable<bool> mcp_examiner::until(std::function<bool()> const& it_is_so,
                                             duration                     limit) {
    auto const end = clock().now() + limit;
    while (!it_is_so()) {
        auto const left = end - clock().now();
        if (left <= duration::zero()) co_return false;
        co_await changed_.wait_for(clock(), left);
    }
    co_return true;
}

runtime::awaitable<json> mcp_examiner::ask(std::string probe, std::string method, json params) {
    auto const                  id = begin(std::move(probe), std::move(method), std::move(params));
    std::function<bool()> const answered = [&] { return !answer_for(id).is_null(); };
    co_await until(answered, patience);
    co_return answer_for(id);
}

json mcp_examiner::answer_for(json const& id) const {
    for (auto const& m : kept_.messages)
        if (m.by_server && is_response(m.value) && member(m.value, "id") == id) return m.value;
    return nullptr;
}

std::size_t mcp_examiner::progress_for(json const& id) const {
    return static_cast<std::size_t>(
        std::count_if(kept_.messages.begin(), kept_.messages.end(), [&](mcp_message const& m) {
            return m.by_server && member(member(m.value, "params"), "progressToken") == id;
        }));
}

json mcp_examiner::message(std::string method, json params) {
    json said{{"jsonrpc", "2.0"}, {"id", new_id()}, {"method", std::move(method)}};
    if (modern)
        params = wire::mcp::with_meta(params.is_null() ? json::object() : std::move(params),
                                      "lockstep check-mcp", "1.0");
    if (!params.is_null()) said["params"] = std::move(params);
    if (said["method"] == "tools/call") said["params"]["_meta"]["progressToken"] = said["id"];
    return said;
}

void mcp_examiner::keep(bool by_server, json value, mcp_exchange const* on, std::string probe,
                        bool utf8) {
    mcp_message m;
    m.at = clock().now();
    m.by_server = by_server;
    m.modern = on != nullptr ? on->modern : modern;
    m.utf8 = utf8;
    m.scope = on != nullptr ? on->scope : 0;
    m.stream = on != nullptr ? on->number : 0;
    m.place = on != nullptr ? on->place() : by_server ? "standard output" : probe;
    m.probe = std::move(probe);
    m.value = std::move(value);
    kept_.messages.push_back(std::move(m));
    changed_.ring();
}

mcp_program_examiner::mcp_program_examiner(runtime::world w, runtime::command const& what)
    : mcp_examiner(w), what_(what), child_(w.network.spawn(what)) {
    begin_to_listen();
}

void mcp_program_examiner::begin_to_listen() {
    tasks_.spawn("standard output", read());
    tasks_.spawn("its end", watch());
}

// What the first one has not said to its end is lost.
runtime::awaitable<void> mcp_program_examiner::restart() {
    co_await stop();
    ended_ = false;
    ++scope_;
    child_ = world_.network.spawn(what_);
    begin_to_listen();
}

json mcp_program_examiner::begin(std::string probe, std::string method, json params) {
    auto said = message(std::move(method), std::move(params));
    auto id = said["id"];
    auto line = said.dump() + '\n';
    keep(false, std::move(said), nullptr, std::move(probe));
    kept_.messages.back().scope = scope_;
    tasks_.spawn("standard input", write(std::move(line)));
    return id;
}

runtime::awaitable<void> mcp_program_examiner::tell(std::string probe, std::string method,
                                                    json params) {
    json message{{"jsonrpc", "2.0"}, {"method", std::move(method)}};
    if (!params.is_null()) message["params"] = std::move(params);
    auto line = message.dump() + '\n';
    keep(false, std::move(message), nullptr, std::move(probe));
    kept_.messages.back().scope = scope_;
    co_await write(std::move(line));
}

// One that has ended already takes nothing; that it answers nothing is seen elsewhere.
runtime::awaitable<void> mcp_program_examiner::write(std::string line) {
    try {
        co_await child_->io().write(line);
    } catch (system_error const& why) {
        if (why.code() == boost::asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<void> mcp_program_examiner::read() {
    std::string rest;
    char        bytes[16384];
    for (;;) {
        auto const count = co_await child_->io().read(boost::asio::buffer(bytes));
        if (count == 0) co_return;
        rest.append(bytes, count);
        std::size_t from = 0;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', from)) {
            hear(rest.substr(from, end - from));
            from = end + 1;
        }
        rest.erase(0, from);
    }
}

void mcp_program_examiner::hear(std::string const& line) {
    auto value = wire::read_json(line);
    if (value.is_structured()) {
        keep(true, std::move(value), nullptr, {}, wire::is_utf8(line));
        kept_.messages.back().scope = scope_;
        return;
    }
    kept_.noise.push_back(line.substr(0, 200));
    changed_.ring();
}

runtime::awaitable<void> mcp_program_examiner::watch() {
    co_await child_->exited();
    ended_ = true;
    changed_.ring();
}

runtime::awaitable<void> mcp_program_examiner::end_of_input() {
    if (ended_) co_return;
    child_->io().end();
    std::function<bool()> const over = [this] { return ended_; };
    kept_.ended_by_itself = co_await until(over, patience);
}

runtime::awaitable<void> mcp_program_examiner::stop() {
    std::function<bool()> const over = [this] { return ended_; };
    if (!ended_) child_->terminate();
    bool const went = co_await until(over, patience);
    if (!went) child_->kill();
    co_await until(over, patience);
    co_await tasks_.stop();
}

}  // namespace scenario
