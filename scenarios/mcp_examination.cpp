#include "scenarios/mcp_examination.hpp"

#include "scenarios/exchange.hpp"

// What is asked whichever way the server is reached.
namespace scenario {

using json = nlohmann::json;
using namespace std::chrono_literals;

json mcp_examination::slow_params() const {
    return {{"name", slow_tool}, {"arguments", slow_arguments}};
}

// From the first answer to initialize.
void mcp_examination::learn(mcp_examiner& e) {
    auto const* asked = sent_for(e.kept(), "version");
    auto const* said = asked ? answer_to(e.kept(), *asked) : nullptr;
    auto const  result = said ? member(said->value, "result") : json();
    if (!result.is_object()) return;
    e.kept().offered = result.value("capabilities", json::object());
    auto const info = member(result, "serverInfo");
    if (info.is_object()) name = info.value("name", "") + ' ' + info.value("version", "");
    revisions = result.value("protocolVersion", "");
}

runtime::awaitable<void> mcp_examination::basics(mcp_examiner& e) {
    auto const can = [&](char const* what) { return member(e.kept().offered, what).is_object(); };
    co_await e.ask("ping", "ping", nullptr);
    co_await e.ask("unknown method", "lockstep/nothing", nullptr);
    for (char const* kind : {"tools", "prompts", "resources"}) {
        if (!can(kind)) continue;
        json params;
        for (int page = 0; page < 20; ++page) {
            auto const answer = co_await e.ask({}, kind + std::string("/list"), params);
            auto const next = member(member(answer, "result"), "nextCursor");
            if (!next.is_string()) break;
            params = json::object();
            params["cursor"] = next;
        }
    }
    if (can("tools")) {
        json cursor = json::object(), call = json::object();
        cursor["cursor"] = "no cursor of this server";
        co_await e.ask("bad cursor", "tools/list", std::move(cursor));
        call["name"] = "no_tool_of_this_server";
        call["arguments"] = json::object();
        co_await e.ask("unknown tool", "tools/call", std::move(call));
    }
    if (can("logging")) {
        json level = json::object(), none = json::object();
        level["level"] = "error";
        none["level"] = "loudest";
        co_await e.ask("set level", "logging/setLevel", std::move(level));
        co_await e.ask("bad level", "logging/setLevel", std::move(none));
    }
}

// One that nobody disturbs, and one that is cancelled.
runtime::awaitable<void> mcp_examination::slow_calls(mcp_examiner& e) {
    if (slow_tool.empty()) co_return;
    auto const                  began = e.clock().now();
    auto                        id = e.begin("slow", "tools/call", slow_params());
    std::function<bool()> const speaks = [&] {
        return e.progress_for(id) > 0 || !e.answer_for(id).is_null();
    };
    std::function<bool()> const answered = [&] { return !e.answer_for(id).is_null(); };
    co_await e.until(speaks, 10s);
    co_await e.ask("beside the slow one", "ping", nullptr);
    co_await e.until(answered, 30s);
    slow_takes_ = e.clock().now() - began;

    id = e.begin("cancelled", "tools/call", slow_params());
    co_await e.until(speaks, 10s);
    json params = json::object();
    params["requestId"] = id;
    params["reason"] = "an examination";
    co_await e.tell("cancel", "notifications/cancelled", std::move(params));
    co_await e.until(answered, slow_takes_ + 500ms);
}

runtime::awaitable<void> mcp_examination::examine(mcp_program_examiner& e) {
    json params = json::object();
    params["protocolVersion"] = "2025-11-25";
    params["capabilities"] = json::object();
    params["clientInfo"]["name"] = "lockstep check-mcp";
    params["clientInfo"]["version"] = "1.0";
    auto const                  id = e.begin("version", "initialize", std::move(params));
    std::function<bool()> const answered = [&] { return !e.answer_for(id).is_null(); };
    co_await e.until(answered, 15s);  // it may be a program that has much to load
    learn(e);
    if (!revisions.empty()) {
        co_await e.tell("initialized", "notifications/initialized", nullptr);
        co_await basics(e);
        co_await slow_calls(e);
    }
    co_await e.end_of_input();
}

}  // namespace scenario
