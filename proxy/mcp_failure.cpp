#include "proxy/mcp_failure.hpp"

#include <boost/asio/error.hpp>

#include "proxy/error.hpp"
#include "wire/json_members.hpp"
#include "wire/json_rpc.hpp"

namespace proxy {

std::string in_public(mcp_server const& server, std::string text) {
    for (auto const& [name, value] : server.headers) {
        text = without_secret(std::move(text), value);
        text = without_secret(std::move(text), value.substr(value.find(' ') + 1));  // "Bearer x"
    }
    for (auto const& [name, value] : server.command.environment)
        if (!value.starts_with('/')) text = without_secret(std::move(text), value);
    return text;
}

std::optional<std::string> oversize(boost::system::error_code const& why, limits const& l) {
    if (why == runtime::error::line_too_large) return passed_text("stdio_line_max", l);
    if (why == runtime::error::body_too_large || why == wire::error::event_too_large)
        return passed_text("tool_result_max", l);
    return {};
}

mcp_failure to_failure(mcp_server const& server, boost::system::error_code why,
                       std::string last_words, limits const& l) {
    if (auto const too_large = oversize(why, l))
        return {wire::rpc_internal_error, "MCP server '" + server.name + "': " + *too_large};
    auto said = in_public(server, std::move(last_words));
    while (!said.empty() && said.back() == '\n') said.pop_back();
    if (auto const at = said.rfind('\n'); at != said.npos) said.erase(0, at + 1);
    bool const late = why == boost::asio::error::timed_out || why == error::tool_timeout ||
                      why == error::listing_timeout;
    auto text = "MCP server '" + server.name + "': " + why.message();
    if (!said.empty()) text += " (" + said + ")";
    return {late ? mcp_request_timeout : mcp_connection_closed, std::move(text)};
}

std::string error_text(mcp_failure const& why, std::optional<std::string_view> id) {
    std::string text = R"({"jsonrpc":"2.0",)";
    if (id) text += "\"id\":" + std::string(*id) + ',';
    text += R"("error":{"code":)" + std::to_string(why.code) + R"(,"message":)";
    wire::append_quoted(text, why.message);
    return text + "}}";
}

std::string result_text(std::string_view id, std::string_view result) {
    std::string text = R"({"jsonrpc":"2.0","id":)";
    text += id;
    text += R"(,"result":)";
    text += result;
    return text + '}';
}

}  // namespace proxy
