#include "proxy/mcp_peer.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/error.hpp"
#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_session.hpp"
#include "runtime/error.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;
using nlohmann::json;

constexpr std::string_view token_path[] = {"params", "_meta", "progressToken"};
constexpr std::string_view progress_path[] = {"params", "progressToken"};
constexpr std::string_view mark_path[] = {"params", "_meta", wire::mcp::meta_subscription};
constexpr std::string_view last_mark_path[] = {"result", "_meta", wire::mcp::meta_subscription};
constexpr auto             probe_patience = std::chrono::seconds(3);

wire::rpc_id id_in(std::string const& request) {
    auto const message = wire::parse_rpc(request);
    return std::get<wire::rpc_request>(message).id;
}

std::string with_id(std::string const& answer, std::string const& id) {
    auto const error = wire::slice(answer, "error");
    if (!wire::slice(answer, "id") && error)
        return R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":)" + std::string(*error) + '}';
    return wire::with_value(answer, "id", id);
}

// An answer with an HTTP status of its own: whether a server of the modern era says so.
bool is_modern_refusal(unsigned status, std::string_view answer) {
    std::array const path{std::string_view("error"), std::string_view("code")};
    auto const       code = std::atoi(std::string(wire::slice(answer, path).value_or("0")).c_str());
    return wire::mcp::is_modern_error(code) ||
           (status == 404 && code == wire::rpc_method_not_found);
}

}  // namespace

mcp_peer::mcp_peer(runtime::world const& w, config const& c, mcp_server const& s)
    : world_(w), config_(c), server_(s), listening_(w.executor), tasks_(w.executor) {
    if (!server_.may_be_modern()) era_ = mcp_era::legacy;
}

mcp_peer::channel mcp_peer::open_channel() const {
    auto const  limits = channel_limits(config_.limits, config_.timeouts.connect);
    auto const  endpoint = endpoint_of(server_);
    auto const* transport = runtime::find_mcp_transport(endpoint.transport);
    channel     made = transport->open(world_, endpoint, limits);
    made->agreed(wire::mcp::modern_revision);
    return made;
}

runtime::awaitable<std::string> mcp_peer::ask(std::string request, runtime::http_fields also,
                                              hearer heard) {
    bool const is_program = server_.is_program();
    if (is_program && era_ != mcp_era::legacy) co_await start_program();
    if (era_ == mcp_era::legacy) co_return co_await ask_legacy(request, heard);
    if (is_program) co_return co_await ask_program(request, heard);
    auto const answer = co_await ask_over_http(request, std::move(also), heard);
    if (!answer.empty()) co_return answer;
    co_return co_await ask_legacy(request, heard);
}

// Empty if the server turns out to be of the legacy era.
runtime::awaitable<std::string> mcp_peer::ask_over_http(std::string const&   request,
                                                        runtime::http_fields also, hearer heard) {
    auto const  to = open_channel();
    std::string answer;
    error_code  why;
    try {
        auto copy = request;
        answer = co_await to->relay(std::move(copy), id_in(request), heard, std::move(also));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why == boost::asio::error::operation_aborted) throw system_error(why);
    auto const status = to->refused_with();
    if (!era_) {
        if (why && is_refusal_of_modern(why, *to, false)) era_ = mcp_era::legacy;
        if (!why)
            era_ = status == 0 || is_modern_refusal(status, answer) ? mcp_era::modern
                                                                    : mcp_era::legacy;
        if (era_ == mcp_era::legacy) co_return std::string();
    }
    if (why) throw to_failure(server_, why, to->last_words(), config_.limits);
    co_return with_id(answer, std::string(wire::slice(request, "id").value_or("null")));
}

// Whoever comes first finds out; the others wait.
runtime::awaitable<void> mcp_peer::start_program() {
    while (opening_) co_await changed_.wait();
    if (era_ == mcp_era::legacy || (program_ && program_->alive())) co_return;
    struct turn {
        mcp_peer& peer;
        explicit turn(mcp_peer& p) : peer(p) { peer.opening_ = true; }
        ~turn() {
            peer.opening_ = false;
            peer.changed_.ring();
        }
    } const mine(*this);
    auto const now = world_.clock.now();
    if (program_) {
        pace_.died(program_->gone_at(), config_.limits);
        tasks_.spawn("mcp end", end_channel(std::move(program_)));
        program_ = nullptr;
    }
    if (auto const why_not = pace_.down(now, server_.name, config_.limits))
        throw mcp_failure{mcp_server_down, *why_not};
    if (now < pace_.next()) co_await world_.clock.sleep_until(pace_.next());
    error_code why;
    channel    fresh;
    bool       modern = era_.has_value();
    try {
        fresh = open_channel();
        if (!modern) {
            auto const        id = ++last_id_;
            wire::rpc_request question{id, wire::mcp::discover_method,
                                       wire::mcp::with_meta(nullptr, "lockstep", "0.1")};
            auto              asking = fresh->call(std::move(question), nullptr, {});
            auto const        late = make_error_code(error::listing_timeout);
            auto const        answer = co_await runtime::within(
                world_.clock, runtime::duration(probe_patience), late, std::move(asking));
            modern = wire::mcp::speaks_modern(answer);
        }
    } catch (system_error const& e) {
        why = e.code();
    }
    if (fresh && (why || !modern)) tasks_.spawn("mcp end", end_channel(fresh));
    if (why == boost::asio::error::operation_aborted) throw system_error(why);
    if (why && !(fresh && is_refusal_of_modern(why, *fresh, true)))
        throw to_failure(server_, why, fresh ? fresh->last_words() : std::string(), config_.limits);
    era_ = modern ? mcp_era::modern : mcp_era::legacy;
    if (!modern) co_return;
    program_ = fresh;
    listening_.spawn("mcp listen", listen_to(fresh));
}

runtime::awaitable<void> mcp_peer::listen_to(channel from) {
    hearer const heard = [this](std::string text) { return hear(std::move(text)); };
    co_await from->listen(heard, nullptr);
}

runtime::awaitable<void> mcp_peer::end_channel(channel c) { co_await c->end(); }

runtime::awaitable<void> mcp_peer::say(channel to, std::string text) {
    try {
        co_await to->say(std::move(text));
    } catch (system_error const& e) {
        if (e.code() == boost::asio::error::operation_aborted) throw;
        // A program that has gone need not be told.
    }
}

// All requests share the program: their ids, progress tokens and marks are ours on the way.
runtime::awaitable<std::string> mcp_peer::ask_program(std::string const& request, hearer heard) {
    auto const  to = program_;
    auto const  id = ++last_id_;
    auto const  spelled_id = std::to_string(id);
    auto const  message = wire::parse_rpc(request);
    auto const& asked = std::get<wire::rpc_request>(message);
    auto const* meta = wire::find_member(asked.params, "_meta");
    call        mine;
    mine.id_text = wire::slice(request, "id").value_or("null");
    mine.token = wire::slice(request, token_path).value_or("");
    mine.wants_log = meta && wire::find_member(*meta, wire::mcp::meta_log_level);
    mine.heard = std::move(heard);
    auto const id_text = mine.id_text;
    struct in_flight {
        mcp_peer&    peer;
        channel      to;
        std::int64_t id;
        bool         answered = false;
        ~in_flight() {
            peer.calls_.erase(id);
            if (answered || !to->alive()) return;
            auto text = wire::to_text(wire::mcp::cancelled(id, "the caller has gone"));
            peer.tasks_.spawn("mcp cancel", peer.say(to, std::move(text)));
        }
    } flying{*this, to, id};
    calls_[id] = std::move(mine);
    auto text = wire::with_value(request, "id", spelled_id);
    text = wire::with_value(text, token_path, spelled_id);
    error_code  why;
    std::string answer;
    try {
        answer = co_await to->relay(std::move(text), id, nullptr, {});
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why == boost::asio::error::operation_aborted) throw system_error(why);
    flying.answered = true;
    if (why) throw to_failure(server_, why, to->last_words(), config_.limits);
    co_return wire::with_value(with_id(answer, id_text), last_mark_path, id_text);
}

mcp_peer::call* mcp_peer::call_of(std::string_view spelled_id) {
    for (auto& [id, one] : calls_)
        if (std::to_string(id) == spelled_id) return &one;
    return nullptr;
}

runtime::awaitable<void> mcp_peer::hear(std::string text) {
    wire::rpc_message message;
    try {
        message = wire::parse_rpc(text);
    } catch (system_error const&) {
        co_return;
    }
    if (auto const* asked = std::get_if<wire::rpc_request>(&message)) {
        if (era_ == mcp_era::legacy)
            tasks_.spawn("mcp answer to the server",
                         say_legacy(wire::to_text(wire::mcp::answer_to_server(*asked))));
        co_return;
    }
    auto const* note = std::get_if<wire::rpc_notification>(&message);
    if (!note) co_return;
    call* whose = nullptr;
    if (note->method == "notifications/progress") {
        whose = call_of(wire::slice(text, progress_path).value_or(""));
        if (whose) text = wire::with_value(text, progress_path, whose->token);
    } else if (auto const mark = wire::slice(text, mark_path)) {
        whose = call_of(*mark);
        if (whose) text = wire::with_value(text, mark_path, whose->id_text);
    } else if (note->method == "notifications/message") {
        // Nothing says whose it is: the oldest request that wants any is as good a guess as
        // another.
        for (auto& [id, one] : calls_)
            if (one.wants_log && !whose) whose = &one;
    } else if (era_ == mcp_era::legacy) {
        co_return co_await tell_listeners(note->method, std::move(text));
    }
    if (!whose || !whose->heard) co_return;
    auto const heard = whose->heard;
    co_await heard(std::move(text));
}

runtime::awaitable<void> mcp_peer::end() {
    co_await listening_.stop();
    co_await tasks_.wait();
    if (program_) co_await program_->end();
    program_ = nullptr;
    if (legacy_) co_await legacy_->end();
}

}  // namespace proxy
