#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "proxy/config.hpp"
#include "wire/conversation.hpp"

// What a request's `tools` ask for: which MCP servers, which of their tools, who runs them,
// and the caller's own functions.
//
// A request names servers; it never brings an address, a header or a key of its own.
namespace proxy {

// Why a request is turned away, as the client will read it.
struct request_problem {
    int         status = 400;
    std::string type = "invalid_request_error";
    std::string code;
    std::string message;
    std::string param;        // "tools[2].server_url"
    std::string retry_after;  // the provider's own Retry-After, passed on; empty: none
};

class refused : public std::runtime_error {
public:
    explicit refused(request_problem problem)
        : std::runtime_error(problem.message), problem_(std::move(problem)) {}
    request_problem const& problem() const noexcept { return problem_; }

private:
    request_problem problem_;
};

// Place in config::servers; from its size on, in tool_selection::visiting.
using server_index = std::size_t;

// One element of `tools` with type "mcp". Filters hold bare or prefixed names and count for
// this entry only.
struct mcp_entry {
    std::size_t               position = 0;  // in `tools`
    std::vector<server_index> servers;
    std::string               server_url;  // as given
    std::string               server_label;
    std::vector<std::string>  allowed_tools;     // empty: all
    std::vector<std::string>  disallowed_tools;  // of these
    bool                      run_here = false;  // require_approval: "never"
    std::vector<std::string>  run_here_tools;    // require_approval: {"never": {"tool_names": ...}}
    std::vector<std::string>  ask_first_tools;   // {"always": ...}: wins over the line above
};

struct tool_selection {
    std::vector<mcp_entry>  entries;
    std::vector<mcp_server> visiting;  // by an absolute URL that allowed_mcp_urls lets in
    std::vector<wire::tool> own;       // the caller's functions, in order

    mcp_server const&         server(config const&, server_index) const;
    // All that must be asked for their tools, each once, in the order they were named.
    std::vector<server_index> servers() const;
};

// `tools` may be null. Throws refused.
tool_selection select_tools(nlohmann::json const& tools, config const&);

}  // namespace proxy
