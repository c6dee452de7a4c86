#include "proxy/mcp_upstream.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/error.hpp"
#include "proxy/mcp_session.hpp"
#include "runtime/error.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

constexpr auto listening_patience = std::chrono::seconds(1);

std::string request_text(std::int64_t id, std::string const& method, std::string const& params) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
           R"(","params":)" + params + '}';
}

bool is_aborted(error_code why) { return why == boost::asio::error::operation_aborted; }

// A flag that is up while its scope lives; whoever waits is woken at its end.
struct turn {
    bool&          flag;
    runtime::bell& changed;
    turn(bool& f, runtime::bell& b) : flag(f), changed(b) { flag = true; }
    ~turn() {
        flag = false;
        changed.ring();
    }
};

}  // namespace

mcp_upstream::mcp_upstream(runtime::world const& w, config const& c, mcp_server const& s,
                           hearer standing)
    : world_(w),
      config_(c),
      server_(s),
      standing_(std::move(standing)),
      listening_(w.executor),
      endings_(w.executor) {
    // Sessions count from different numbers: an answer that a server gives to the wrong one is
    // nobody's there.
    constexpr std::uint64_t sessions = 900'000'000;
    constexpr std::uint64_t requests = 1'000'000;
    constexpr std::uint64_t first = 100'000'000;  // so that all are of one length
    last_id_ = static_cast<std::int64_t>((first + world_.entropy.below(sessions)) * requests);
}

bool mcp_upstream::can(std::string_view capability) const {
    std::array const path{std::string_view("capabilities"), capability};
    return wire::slice(result_, path).has_value();
}

void mcp_upstream::remember(std::string name, std::string request) {
    if (remembered_.size() < config_.limits.mcp_pending_max)
        remembered_[std::move(name)] = std::move(request);
}

runtime::awaitable<std::string> mcp_upstream::initialize() {
    auto const now = world_.clock.now();
    if (auto const why_not = pace_.down(now, server_.name, config_.limits))
        throw mcp_failure{mcp_server_down, *why_not};
    if (now < pace_.next()) co_await world_.clock.sleep_until(pace_.next());
    auto const  limits = channel_limits(config_.limits, config_.timeouts.connect);
    auto const  endpoint = endpoint_of(server_);
    auto const* transport = runtime::find_mcp_transport(endpoint.transport);
    auto const  id = next_id();
    std::string answer;
    error_code  why;
    try {
        channel_ = transport->open(world_, endpoint, limits);
        auto       asking = channel_->relay(request_text(id, "initialize", params_), id, nullptr);
        auto const late = make_error_code(error::listing_timeout);
        answer =
            co_await runtime::within(world_.clock, server_.tool_listing, late, std::move(asking));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (is_aborted(why)) {
        retire();  // nobody knows how far it has come
        throw system_error(why);
    }
    if (why) {
        auto const said = channel_ ? channel_->last_words() : std::string();
        if (shares_channel()) pace_.died(world_.clock.now(), config_.limits);
        retire();
        throw to_failure(server_, why, said, config_.limits);
    }
    auto const result = wire::slice(answer, "result");
    if (!result) {
        bool const modern = co_await discover();
        if (modern) co_return result_text(std::to_string(id), result_);
        retire();
        co_return answer;
    }
    result_ = *result;
    auto const spelled = wire::slice(*result, "protocolVersion").value_or("\"\"");
    auto const revision = std::string(spelled.substr(1, spelled.size() - 2));
    if (!wire::mcp::knows_revision(revision)) {
        retire();
        throw mcp_failure{
            mcp_connection_closed,
            "MCP server '" + server_.name + "': its revision is not known here: " + revision};
    }
    channel_->agreed(revision);
    co_return answer;
}

runtime::awaitable<std::string> mcp_upstream::open(std::string params) {
    params_ = std::move(params);
    co_return co_await initialize();
}

runtime::awaitable<void> mcp_upstream::say_initialized() {
    auto const channel = channel_;
    if (!channel) co_return;
    if (modern_) {
        if (shares_channel()) listening_.spawn("mcp listen", listen(channel));
        listening_.spawn("mcp subscribe", subscribe(channel));
        co_return;
    }
    auto       saying = channel->notify(wire::mcp::initialized());
    auto const late = make_error_code(error::listing_timeout);
    error_code why;
    try {
        co_await runtime::within(world_.clock, server_.tool_listing, late, std::move(saying));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (is_aborted(why)) throw system_error(why);
    // A lost session is renewed by the request that finds it so; any other refusal ends this one.
    if (why && why != runtime::error::session_lost)
        throw to_failure(server_, why, channel->last_words(), config_.limits);
    if (!wants_stream_ && !shares_channel()) co_return;
    // What a server asks as soon as it may must find somebody who listens.
    listens_ = false;
    listening_.spawn("mcp listen", listen(channel));
    auto const due = world_.clock.now() + listening_patience;
    while (!listens_ && world_.clock.now() < due)
        co_await changed_.wait_for(world_.clock, due - world_.clock.now());
}

void mcp_upstream::want_stream(bool wants) {
    if (wants == wants_stream_) return;
    wants_stream_ = wants;
    if (stage_ != stage::begun || !channel_ || shares_channel()) return;
    if (wants)
        listening_.spawn("mcp listen", listen(channel_));
    else
        listening_.cancel();
}

runtime::awaitable<void> mcp_upstream::listen(channel from) {
    auto const opened = [this] {
        listens_ = true;
        changed_.ring();
    };
    hearer const heard = [this](std::string text) -> runtime::awaitable<void> {
        // What a subscription begins with is for us.
        bool const ours = modern_ && wire::slice(text, "method") ==
                                         R"("notifications/subscriptions/acknowledged")";
        if (!ours) co_await standing_(std::move(text));
    };
    try {
        co_await from->listen(heard, opened);
    } catch (system_error const& e) {
        if (is_aborted(e.code())) throw;
        // A server that cannot be listened to may answer all the same.
    }
    opened();
}

runtime::awaitable<void> mcp_upstream::begin() {
    while (stage_ == stage::beginning) co_await changed_.wait();
    if (stage_ == stage::begun) co_return;
    stage_ = stage::beginning;
    struct back {
        stage&         at;
        runtime::bell& changed;
        stage          to = stage::new_;
        ~back() {
            at = to;
            changed.ring();
        }
    } done{stage_, changed_};
    co_await say_initialized();
    done.to = stage::begun;
}

runtime::awaitable<void> mcp_upstream::renew(channel lost, bool forgotten) {
    while (renewing_) co_await changed_.wait();
    if (channel_ && channel_ != lost && channel_->alive()) co_return;
    turn const mine(renewing_, changed_);
    bool const died = channel_ && shares_channel() && !forgotten;
    if (died) pace_.died(channel_->gone_at(), config_.limits);
    retire();
    co_await listening_.stop();
    auto const answer = co_await initialize();
    if (!channel_)
        throw mcp_failure{mcp_connection_closed,
                          "MCP server '" + server_.name + "' does not take a session again"};
    co_await say_initialized();
    auto const channel = channel_;
    for (auto const& [name, request] : remembered_) {
        auto const id = next_id();
        auto       text = wire::with_value(request, "id", std::to_string(id));
        auto       asking = channel->relay(std::move(text), id, nullptr);
        auto const late = make_error_code(error::listing_timeout);
        try {
            co_await runtime::within(world_.clock, server_.tool_listing, late, std::move(asking));
        } catch (system_error const& e) {
            if (is_aborted(e.code())) throw;
        }
    }
}

runtime::awaitable<std::string> mcp_upstream::relay(std::string request, wire::rpc_id id,
                                                    hearer heard) {
    if (modern_) co_return co_await relay_modern(std::move(request), std::move(id), heard);
    co_return co_await relay_once(std::move(request), std::move(id), std::move(heard));
}

runtime::awaitable<std::string> mcp_upstream::relay_once(std::string request, wire::rpc_id id,
                                                         hearer heard) {
    for (bool again = false;; again = true) {
        auto const channel = channel_;
        error_code why = runtime::error::session_lost;
        bool const asks = channel && channel->alive();
        if (asks) {
            why = {};
            auto copy = request;
            auto asking = channel->relay(std::move(copy), id, heard);
            try {
                co_return co_await std::move(asking);
            } catch (system_error const& e) {
                why = e.code();
            }
        }
        if (is_aborted(why)) throw system_error(why);
        if (again || why != runtime::error::session_lost)
            throw to_failure(server_, why, channel ? channel->last_words() : std::string(),
                             config_.limits);
        co_await renew(channel, asks);
    }
}

runtime::awaitable<void> mcp_upstream::say(std::string text) {
    auto const channel = channel_;
    if (!channel || !channel->alive()) co_return;
    bool const cancels = wire::slice(text, "method") == R"("notifications/cancelled")";
    // What ran in the lost session runs no more, and the new one is not there yet.
    if (cancels && renewing_) co_return;
    if (modern_) {
        take_answer(text);
        // All that is left to say: over HTTP the close has said it.
        if (!cancels || !shares_channel()) co_return;
        // A question was the answer of the try before: while the client thinks nothing runs.
        constexpr std::string_view path[] = {"params", "requestId"};
        auto const                 id = wire::slice(text, path);
        auto const                 now = tries_.find(std::string(id.value_or("")));
        if (now == tries_.end()) co_return;
        text = wire::with_value(text, path, now->second);
    }
    auto       saying = channel->say(std::move(text));
    auto const late = make_error_code(error::listing_timeout);
    try {
        co_await runtime::within(world_.clock, server_.tool_listing, late, std::move(saying));
    } catch (system_error const& e) {
        if (is_aborted(e.code())) throw;
        // What a server does not take is not said again; its requests find out for themselves.
    }
}

runtime::awaitable<void> mcp_upstream::end_channel(channel c) { co_await c->end(); }

void mcp_upstream::retire() {
    if (!channel_) return;
    endings_.spawn("mcp end", end_channel(std::move(channel_)));
    channel_ = nullptr;
}

runtime::awaitable<void> mcp_upstream::end() {
    co_await listening_.stop();
    retire();
    co_await endings_.wait();
}

}  // namespace proxy
