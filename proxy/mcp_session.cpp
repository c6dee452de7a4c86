#include "proxy/mcp_session.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/mcp_failure.hpp"
#include "proxy/mcp_lists.hpp"
#include "proxy/progress_limit.hpp"
#include "runtime/error.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

// A server that answered, with an error: its words are for the caller.
struct rpc_refusal {
    wire::rpc_error error;
};

// The request that a call belongs to ends at its own limit, and the call with it.
constexpr auto whole_request = std::chrono::hours(24 * 365);

constexpr auto discover_patience = runtime::duration(std::chrono::seconds(3));

}  // namespace

bool is_refusal_of_modern(error_code why, runtime::mcp_channel const& channel, bool is_program) {
    // A program that does not know the method may say nothing, or go.
    if (is_program) return why == error::listing_timeout || why == runtime::error::server_gone;
    auto const status = channel.refused_with();
    return why == runtime::error::not_accepted && status / 100 == 4 && status != 401 &&
           status != 403;
}

runtime::mcp_endpoint endpoint_of(mcp_server const& server) {
    runtime::mcp_endpoint e;
    switch (server.transport) {
        case mcp_transport::streamable_http:
            e.transport = "streamable-http";
            break;
        case mcp_transport::either_http:
            e.transport = "streamable-http";
            e.may_be_older = true;
            break;
        case mcp_transport::sse:
            e.transport = "sse";
            break;
        case mcp_transport::stdio:
            e.transport = "stdio";
            break;
    }
    e.at = server.url.at;
    e.path = server.url.path.empty() ? "/" : server.url.path;
    e.headers = server.headers;
    e.program = server.command;
    return e;
}

runtime::mcp_channel_limits channel_limits(limits const& l, runtime::duration connect) {
    runtime::mcp_channel_limits made;
    made.message_max = l.tool_result_max;
    made.line_max = l.stdio_line_max;
    made.connect = connect;
    return made;
}

mcp_session::mcp_session(runtime::world const& w, mcp_server const& s, limits const& l,
                         runtime::duration connect, mcp_era first)
    : world_(w),
      server_(s),
      limits_(l),
      connect_(connect),
      era_(s.may_be_modern() ? first : mcp_era::legacy) {}

runtime::awaitable<nlohmann::json> mcp_session::ask(wire::rpc_request              request,
                                                    runtime::mcp_channel::listener heard,
                                                    runtime::http_fields           also) {
    if (era_ == mcp_era::modern)
        request.params = wire::mcp::with_meta(std::move(request.params), "lockstep", "0.1");
    auto response = co_await channel_->call(std::move(request), std::move(heard), std::move(also));
    if (response.error) throw rpc_refusal{*response.error};
    co_return std::move(response.result);
}

void mcp_session::translate(error_code why, error late, error failed, std::string const& doing) {
    if (why == boost::asio::error::operation_aborted) throw system_error(why);
    auto const who = "MCP server '" + server_.name + "': " + doing;
    if (why == late) throw refused(to_problem(late, who + " took too long"));
    if (why == boost::asio::error::timed_out)
        throw refused(
            to_problem(error::connect_timeout,
                       who + ": its address did not answer within " + runtime::to_text(connect_)));
    lost_ = why == runtime::error::session_lost;
    if (auto const too_large = oversize(why, limits_))
        throw refused(to_problem(failed, who + ": " + *too_large));
    auto said = in_public(server_, channel_ ? channel_->last_words() : std::string());
    while (!said.empty() && said.back() == '\n') said.pop_back();
    if (auto const at = said.rfind('\n'); at != said.npos) said.erase(0, at + 1);
    auto text = who + " failed: " + why.message();
    if (!said.empty()) text += " (" + said + ")";
    throw refused(to_problem(failed, text));
}

void mcp_session::connect_channel() {
    auto const  endpoint = endpoint_of(server_);
    auto const* transport = runtime::find_mcp_transport(endpoint.transport);
    channel_ = transport->open(world_, endpoint, channel_limits(limits_, connect_));
}

runtime::awaitable<void> mcp_session::initialize() {
    era_ = mcp_era::legacy;
    auto       hello = wire::mcp::initialize(next_id(), "lockstep", "0.1");
    auto const result = co_await ask(std::move(hello), nullptr);
    channel_->agreed(wire::mcp::read_initialized(result));
    co_await channel_->notify(wire::mcp::initialized());
}

// Whether the server speaks the modern era. What is no evidence of either is thrown.
runtime::awaitable<bool> mcp_session::discover() {
    channel_->agreed(wire::mcp::modern_revision);
    wire::rpc_request question{next_id(), wire::mcp::discover_method,
                               wire::mcp::with_meta(nullptr, "lockstep", "0.1")};
    bool const        is_program = server_.is_program();
    error_code        why;
    try {
        auto       asking = channel_->call(std::move(question), nullptr, {});
        auto const patience = is_program ? discover_patience : server_.tool_listing;
        auto const late = make_error_code(error::listing_timeout);
        auto const answer =
            co_await runtime::within(world_.clock, patience, late, std::move(asking));
        if (wire::mcp::speaks_modern(answer)) {
            era_ = mcp_era::modern;
            co_return true;
        }
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why && !is_refusal_of_modern(why, *channel_, is_program)) throw system_error(why);
    if (!channel_->alive()) {
        co_await channel_->end();
        connect_channel();  // old programs exit on what they do not know
    }
    channel_->agreed({});
    co_return false;
}

runtime::awaitable<void> mcp_session::find_era() {
    bool const modern_first = era_ == mcp_era::modern;
    if (modern_first) {
        bool const modern = co_await discover();
        if (modern) co_return;
    }
    std::optional<wire::rpc_error> refusal;
    try {
        co_await initialize();
    } catch (rpc_refusal const& r) {
        refusal = r.error;
    }
    if (!refusal) co_return;
    bool modern = false;
    if (!modern_first && server_.may_be_modern() && wire::mcp::may_be_modern(*refusal))
        modern = co_await discover();
    if (!modern) throw rpc_refusal{*refusal};
}

runtime::awaitable<void> mcp_session::open() {
    error_code  why;
    std::string refusal;
    try {
        connect_channel();
        auto       finding = find_era();
        auto const late = make_error_code(error::listing_timeout);
        co_await runtime::within(world_.clock, server_.tool_listing, late, std::move(finding));
    } catch (rpc_refusal const& r) {
        refusal = in_public(server_, r.error.message);
    } catch (system_error const& e) {
        why = e.code();
    }
    if (!refusal.empty())
        throw refused(to_problem(error::listing_failed,
                                 "MCP server '" + server_.name + "': initialize: " + refusal));
    if (why) translate(why, error::listing_timeout, error::listing_failed, "initialize");
}

void mcp_session::refuse_list(std::string const& what) const {
    throw refused(to_problem(error::listing_failed,
                             "MCP server '" + server_.name + "': tools/list failed: " + what));
}

runtime::awaitable<std::vector<wire::mcp::tool>> mcp_session::list_pages() {
    std::vector<wire::mcp::tool> all;
    std::optional<std::string>   cursor;
    for (std::size_t page_count = 0;; ++page_count) {
        if (page_count == limits_.list_pages_max)
            refuse_list(passed_text("list_pages_max", limits_));
        auto       question = wire::mcp::list_tools(next_id(), cursor);
        auto const result = co_await ask(std::move(question), nullptr);
        auto       page = wire::mcp::read_tool_page(result);
        for (auto& tool : page.tools) {
            if (era_ == mcp_era::modern) {
                // Nobody may call a tool that marks its parameters in a way that no client may.
                auto marked = wire::mcp::mirrored_parameters(tool.input_schema);
                if (!marked) continue;
                mirrored_[tool.name] = std::move(*marked);
            }
            if (all.size() == limits_.tools_max) refuse_list(passed_text("tools_max", limits_));
            all.push_back(std::move(tool));
        }
        if (page.next_cursor && page.next_cursor->size() > cursor_size_max)
            refuse_list("a cursor of more than " + std::to_string(cursor_size_max) + " bytes");
        if (!page.next_cursor) break;
        // It would be asked for ever.
        if (page.next_cursor == cursor) refuse_list("the same cursor comes twice");
        cursor = page.next_cursor;
    }
    co_return all;
}

runtime::awaitable<std::vector<wire::mcp::tool>> mcp_session::list_tools() {
    error_code  why;
    std::string refusal;
    try {
        auto listing = list_pages();
        co_return co_await runtime::within(world_.clock, server_.tool_listing,
                                           make_error_code(error::listing_timeout),
                                           std::move(listing));
    } catch (rpc_refusal const& r) {
        refusal = r.error.message.empty() ? "refused" : in_public(server_, r.error.message);
    } catch (system_error const& e) {
        why = e.code();
    }
    if (!refusal.empty())
        throw refused(to_problem(error::listing_failed,
                                 "MCP server '" + server_.name + "': tools/list: " + refusal));
    translate(why, error::listing_timeout, error::listing_failed, "tools/list");
}

runtime::awaitable<wire::mcp::call_result> mcp_session::call_tool(std::string    tool,
                                                                  nlohmann::json arguments) {
    error_code             why;
    wire::mcp::call_result result;
    try {
        progress_limit limit(world_.clock, server_.tool_call, limits_, whole_request);
        auto const     id = next_id();
        auto           also = wire::mcp::parameter_headers(mirrored_[tool], arguments);
        auto request = wire::mcp::call_tool(id, tool, std::move(arguments), nlohmann::json(id));
        runtime::mcp_channel::listener heard = [&limit, id](wire::rpc_message const& message) {
            auto const* note = std::get_if<wire::rpc_notification>(&message);
            if (!note || note->method != "notifications/progress") return;
            auto const token = note->params.find("progressToken");
            if (token != note->params.end() && *token == id) limit.moved();
        };
        auto       asking = ask(std::move(request), std::move(heard), std::move(also));
        auto       guard = limit.guard();
        auto const said = co_await runtime::guarded(std::move(asking), std::move(guard));
        result = wire::mcp::read_call_result(said);
    } catch (rpc_refusal const& r) {
        // The server took the call and says no: unknown tool, bad arguments. The model can make
        // use of that, as of a result that calls itself an error.
        result.is_error = true;
        nlohmann::json text;
        text["type"] = "text";
        text["text"] = "MCP error " + std::to_string(r.error.code) + ": " +
                       in_public(server_, r.error.message);
        result.content = nlohmann::json::array({text});
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why) translate(why, error::tool_timeout, error::tool_failed, "tool '" + tool + "'");
    co_return result;
}

runtime::awaitable<void> mcp_session::end() {
    if (channel_) co_await channel_->end();
}

}  // namespace proxy
