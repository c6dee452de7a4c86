#include "runtime/mcp_transport.hpp"

#include <array>

namespace runtime {

// One row per file in runtime/transports/.
mcp_transport streamable_http(), sse(), stdio();

std::span<mcp_transport const> mcp_transports() {
    static std::array const all{streamable_http(), sse(), stdio()};
    return all;
}

mcp_transport const* find_mcp_transport(std::string_view name) {
    for (auto const& row : mcp_transports())
        if (name == row.name) return &row;
    return nullptr;
}

}  // namespace runtime
