#pragma once

#include <functional>

#include "runtime/mcp_transport.hpp"
#include "tests/runtime/simulated_play.hpp"
#include "wire/mcp.hpp"

// Calls over an MCP channel as the tests of both transports make them.
namespace play {

// "text of the result", "error CODE message", or the name of what was thrown.
inline awaitable<std::string> call(runtime::mcp_channel& channel, wire::rpc_request request,
                                   runtime::mcp_channel::listener heard = {}) {
    std::optional<wire::rpc_response> response;
    error_code                        why;
    try {
        response = co_await channel.call(std::move(request), std::move(heard));
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    if (why) co_return name_of(why);
    if (response->error)
        co_return "error " + std::to_string(response->error->code) + ' ' + response->error->message;
    auto const result = response->result.value("content", nlohmann::json::array());
    co_return result.empty() ? response->result.dump() : result[0].value("text", std::string());
}

inline wire::rpc_request tool_call(std::int64_t id, std::string const& name) {
    auto const arguments = nlohmann::json::object();
    return wire::mcp::call_tool(id, name, arguments, nlohmann::json(id));
}

inline std::string text_answer(wire::rpc_id id, std::string const& text) {
    wire::rpc_response answer;
    answer.id = std::move(id);
    answer.result = wire::mcp::text_result(text);
    return wire::to_text(answer);
}

// As proxy/mcp_session opens one.
inline awaitable<std::string> hello(runtime::mcp_channel& channel) {
    auto question = wire::mcp::initialize(std::int64_t{0}, "test", "1");
    auto response = co_await channel.call(std::move(question), {});
    auto revision = wire::mcp::read_initialized(response.result);
    channel.agreed(revision);
    auto note = wire::mcp::initialized();
    co_await channel.notify(std::move(note));
    co_return revision;
}

}  // namespace play
