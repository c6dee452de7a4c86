#include "proxy/mcp_guard.hpp"

#include <algorithm>

#include "proxy/mcp_failure.hpp"
#include "proxy/mcp_lists.hpp"
#include "wire/json_rpc.hpp"
#include "wire/json_slices.hpp"

namespace proxy {

namespace {

bool begins_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() &&
           std::equal(beginning.begin(), beginning.end(), text.begin(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

}  // namespace

bool leads_astray(std::string_view request) {
    constexpr std::string_view path[] = {"params", "url"};
    if (wire::slice(request, "method") != R"("elicitation/create")") return false;
    auto const spelled_url = wire::slice(request, path);
    if (!spelled_url) return false;
    auto const url = text_of(*spelled_url);
    return !begins_with(url, "https://") && !begins_with(url, "http://");
}

std::string for_client(mcp_server const& server, std::string answer) {
    if (wire::slice(answer, "error")) return in_public(server, std::move(answer));
    constexpr std::string_view path[] = {"result", "inputRequests"};
    auto const                 questions = wire::slice(answer, path);
    if (!questions) return answer;
    for (auto const& [key, question] : wire::members(*questions))
        if (leads_astray(question))
            return error_text({wire::rpc_internal_error,
                               "MCP server '" + server.name +
                                   "' asks for an address that is neither http nor https"},
                              wire::slice(answer, "id").value_or("null"));
    return answer;
}

}  // namespace proxy
