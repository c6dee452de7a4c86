// How the mock answers.

#include "mock_mcp/mock_mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

runtime::awaitable<void> mock_mcp::answer_result(wire::rpc_request const& request,
                                                 nlohmann::json result, reply& to) {
    wire::rpc_response response;
    response.id = request.id;
    response.result = std::move(result);
    auto& said = response.result;
    if (to.modern && said.is_object()) {
        if (!said.contains("resultType")) said["resultType"] = "complete";
        if (wire::mcp::is_cacheable(request.method)) {
            if (!said.contains("ttlMs")) said["ttlMs"] = 0;
            if (!said.contains("cacheScope")) said["cacheScope"] = "public";
        }
        auto& meta = said["_meta"];
        if (meta.is_null() || meta.is_object())
            meta[wire::mcp::meta_server] = {{"name", script_.name}, {"version", "1.0.0"}};
    }
    auto text = wire::to_text(response);
    co_await to.answer(std::move(text));
}

runtime::awaitable<void> mock_mcp::answer_error(wire::rpc_request const& request, int code,
                                                std::string message, reply& to) {
    wire::rpc_error error;
    error.code = code;
    error.message = std::move(message);
    co_await answer_error(request, std::move(error), to);
}

runtime::awaitable<void> mock_mcp::answer_error(wire::rpc_request const& request,
                                                wire::rpc_error error, reply& to) {
    wire::rpc_response response;
    response.id = request.id;
    response.error = std::move(error);
    auto text = wire::to_text(response);
    co_await to.answer(std::move(text));
}

}  // namespace mock_mcp
