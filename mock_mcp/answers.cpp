// How the mock answers, and what it says and asks before that.

#include <algorithm>

#include "mock_mcp/mock_mcp.hpp"
#include "mock_mcp/questions.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

runtime::awaitable<void> mock_mcp::ask_client(mcp_step const& s, reply& to) {
    auto const&       asked = question_of(s.words);
    wire::rpc_request request;
    request.id = "ask-" + std::to_string(++asked_count_);
    request.method = asked.method;
    request.params = s.json.is_null() ? asked.params : s.json;
    auto const id = wire::to_text(request.id);
    note_out(to.exchange, "ask", s.words + ' ' + id);
    auto text = wire::to_text(request);
    co_await to.message(std::move(text));
    while (!answered_.contains(id)) co_await heard_answer_.wait();
}

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

namespace {

// What a client that listens has to have asked for, to be told of this.
bool is_wanted(wire::rpc_notification const& note, nlohmann::json const& filter) {
    struct row {
        char const* method;
        char const* member;
    };
    constexpr row rows[] = {{"notifications/tools/list_changed", "toolsListChanged"},
                            {"notifications/prompts/list_changed", "promptsListChanged"},
                            {"notifications/resources/list_changed", "resourcesListChanged"}};
    for (auto const& [method, member] : rows)
        if (note.method == method) return filter.value(member, false);
    if (note.method != "notifications/resources/updated") return true;
    auto const uris = filter.value("resourceSubscriptions", nlohmann::json::array());
    auto const uri =
        note.params.is_object() ? note.params.value("uri", nlohmann::json()) : nlohmann::json();
    return std::find(uris.begin(), uris.end(), uri) != uris.end();
}

}  // namespace

// A notification that a script has. To one who listens in the modern era only what was asked for,
// with a mark of whom it is for.
runtime::awaitable<void> mock_mcp::tell(wire::rpc_notification   note,
                                        wire::rpc_request const& during, reply& to) {
    if (to.modern && during.method == wire::mcp::listen_method) {
        auto const params = during.params.is_object() ? during.params : nlohmann::json::object();
        auto const filter = params.value("notifications", nlohmann::json::object());
        if (!is_wanted(note, filter)) co_return;
        note.params["_meta"][wire::mcp::meta_subscription] = wire::to_json(during.id);
    }
    note_out(to.exchange, "notify", note.method);
    auto text = wire::to_text(note);
    co_await to.message(std::move(text));
}

}  // namespace mock_mcp
