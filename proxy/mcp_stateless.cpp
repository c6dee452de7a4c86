#include "proxy/mcp_stateless.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/client_answer.hpp"
#include "proxy/error.hpp"
#include "proxy/mcp_guard.hpp"
#include "proxy/mcp_headers.hpp"
#include "proxy/progress_limit.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

constexpr std::string_view parameter_prefix = "mcp-param-";

bool is_parameter(std::string const& name) {
    if (name.size() <= parameter_prefix.size()) return false;
    for (std::size_t i = 0; i < parameter_prefix.size(); ++i)
        if ((name[i] | 0x20) != (parameter_prefix[i] | 0x20)) return false;
    return true;
}

std::string error_with_data(std::string const& id, wire::rpc_error const& why) {
    nlohmann::json error{{"code", why.code}, {"message", why.message}};
    if (!why.data.is_null()) error["data"] = why.data;
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":)" + error.dump() + '}';
}

}  // namespace

mcp_stateless::mcp_stateless(runtime::world const& w, config const& c, mcp_log log)
    : world_(w), config_(c), log_(std::move(log)) {}

bool mcp_stateless::takes(runtime::http_request const& request) {
    auto const* version = runtime::find_field(request.fields, "mcp-protocol-version");
    return version && wire::mcp::from_header(*version) == wire::mcp::modern_revision;
}

bool mcp_stateless::takes(runtime::http_request const& request, wire::rpc_message const& message) {
    auto const* asked = std::get_if<wire::rpc_request>(&message);
    if (takes(request)) return true;
    if (!asked) return false;
    if (wire::mcp::has_modern_meta(asked->params)) return true;
    // Newer clients name their method in a header in sessions of the legacy era, too.
    auto const* version = runtime::find_field(request.fields, "mcp-protocol-version");
    bool const  legacy = (version && wire::mcp::knows_revision(*version)) ||
                        runtime::find_field(request.fields, "mcp-session-id");
    return !legacy && asked->method != "initialize" &&
           runtime::find_field(request.fields, "mcp-method");
}

mcp_peer& mcp_stateless::peer_of(mcp_server const& server) {
    auto& peer = peers_[server.name];
    if (!peer) peer = std::make_unique<mcp_peer>(world_, config_, server);
    return *peer;
}

runtime::awaitable<bool> mcp_stateless::serve(visit v, std::string body,
                                              wire::rpc_request const& request) {
    call one;
    one.method = request.method;
    one.id_text = wire::slice(body, "id").value_or("null");
    one.prefixed = v.prefixed;
    runtime::http_limit const limit{config_.timeouts.client_write,
                                    make_error_code(error::client_write_timeout)};
    auto const&               fields = v.request.fields;
    auto                      why = wire::mcp::objection_to(
        request, [&](std::string_view name) { return runtime::find_field(fields, name); },
        {wire::mcp::modern_revision});
    unsigned status = 400;
    if (!why && wire::mcp::is_removed(request.method)) {
        why = wire::rpc_error{
            wire::rpc_method_not_found, "there is no " + request.method + " in this revision", {}};
        status = 404;
    }
    if (why) {
        client_line const line{v.stream, world_.clock, limit};
        auto              text = error_with_data(one.id_text, *why);
        co_await send_body(line, status, std::move(text), {}, v.request.keep_alive);
        co_return v.request.keep_alive;
    }
    for (auto const* server : v.servers) one.servers.push_back(&peer_of(*server));
    for (auto const& field : fields)
        if (is_parameter(field.first)) one.also.push_back(field);
    one.out = std::make_shared<mcp_outlet>(
        v.stream, world_.clock, limit, config_.keepalive_interval, config_.limits.mcp_replay_max);
    // What is said to it later is said to nobody.
    struct leaving {
        mcp_outlet& out;
        ~leaving() { out.finish({}); }
    } const mine{*one.out};
    auto working = work(one, std::move(body));
    auto writing = one.out->run(v.request.keep_alive);
    auto both = runtime::guarded(std::move(writing), std::move(working));
    auto watching = v.reader.hang_up();
    // A client that closes has cancelled: what it has asked for is left, and so is cancelled at its
    // server.
    co_await runtime::guarded(std::move(both), std::move(watching));
    co_return v.request.keep_alive;
}

void mcp_stateless::refuse_calls() {
    refuses_ = true;
    over_.ring();
}

void mcp_stateless::finish_streams() {
    finished_ = true;
    over_.ring();
}

runtime::awaitable<void> mcp_stateless::throw_when_over(bool const& flag) {
    while (!flag) co_await over_.wait();
    throw mcp_failure{mcp_connection_closed, shutting_down};
}

// Never returns, so that it ends with the writing of its answer.
runtime::awaitable<void> mcp_stateless::work(call& one, std::string text) {
    std::string answer;
    try {
        auto answering = answer_to(one, std::move(text));
        auto ending =
            throw_when_over(one.method == wire::mcp::listen_method ? finished_ : refuses_);
        answer = co_await runtime::guarded(std::move(answering), std::move(ending));
    } catch (mcp_failure const& why) {
        bool const listens = one.method == wire::mcp::listen_method;
        answer =
            listens && finished_ ? last_word(one) : error_text(why, std::string_view(one.id_text));
    }
    one.out->finish(std::move(answer));
    runtime::bell silence;
    for (;;) co_await silence.wait();
}

runtime::awaitable<std::string> mcp_stateless::pass(call& one, mcp_peer& to, std::string text) {
    auto const       out = one.out;
    mcp_peer::hearer heard = [out](std::string said) { return out->add(std::move(said)); };
    return pass(one, to, std::move(text), std::move(heard));
}

runtime::awaitable<std::string> mcp_stateless::pass(call& one, mcp_peer& to, std::string text,
                                                    mcp_peer::hearer heard) {
    auto const&      server = to.server();
    auto const       limit = one.method == "tools/call" ? server.tool_call : server.tool_listing;
    auto const       moving = std::make_shared<progress_limit>(world_.clock, limit, config_.limits,
                                                               config_.timeouts.request);
    mcp_peer::hearer told = [moving, heard](std::string said) {
        moving->moved();
        return heard(std::move(said));
    };
    auto also = one.also;
    auto asking = to.ask(std::move(text), std::move(also), std::move(told));
    // What is subscribed to may be silent for as long as it likes.
    if (one.method == wire::mcp::listen_method) co_return co_await std::move(asking);
    auto       guard = moving->guard();
    error_code why;
    try {
        auto answer = co_await runtime::guarded(std::move(asking), std::move(guard));
        co_return for_client(server, std::move(answer));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why != error::tool_timeout) throw system_error(why);
    throw mcp_failure{mcp_request_timeout, "MCP server '" + server.name + "': " + moving->passed()};
}

runtime::awaitable<void> mcp_stateless::stop() {
    for (auto const& [name, peer] : peers_) co_await peer->end();
}

}  // namespace proxy
