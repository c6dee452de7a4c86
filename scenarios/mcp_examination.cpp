#include "scenarios/mcp_examination.hpp"

#include "scenarios/exchange.hpp"
#include "wire/mcp_modern.hpp"

// What is asked whichever way the server is reached.
namespace scenario {

using json = nlohmann::json;
using namespace std::chrono_literals;

namespace {

// Once for a whole examination: so much may be sent to anybody, or refused.
constexpr std::size_t large = 1 << 20;

json hello_params(char const* revision) {
    json params = json::object();
    params["protocolVersion"] = revision;
    params["capabilities"] = json::object();
    params["clientInfo"]["name"] = "lockstep check-mcp";
    params["clientInfo"]["version"] = "1.0";
    return params;
}

}  // namespace

json mcp_examination::slow_params() const {
    return {{"name", slow_tool}, {"arguments", slow_arguments}};
}

bool mcp_examination::runs_as_task() const {
    auto const support = member(member(slow_tool_told_, "execution"), "taskSupport");
    return support == "required" || support == "optional";
}

// From the first answer to initialize.
void mcp_examination::learn(mcp_examiner& e) {
    auto const* asked = sent_for(e.kept(), "version");
    auto const* said = asked ? answer_to(e.kept(), *asked) : nullptr;
    auto const  result = said ? member(said->value, "result") : json();
    if (!result.is_object()) return;
    offered_ = result.value("capabilities", json::object());
    auto const info = member(result, "serverInfo");
    if (info.is_object()) name = info.value("name", "") + ' ' + info.value("version", "");
    revisions = result.value("protocolVersion", "");
}

// Of a program, or over HTTP+SSE.
runtime::awaitable<void> mcp_examination::begin_session(mcp_examiner& e) {
    auto                        params = hello_params("2025-11-25");
    auto const                  id = e.begin("version", "initialize", std::move(params));
    std::function<bool()> const answered = [&] { return !e.answer_for(id).is_null(); };
    co_await e.until(answered, 15s);  // it may be a program that has much to load
    learn(e);
    if (!revisions.empty()) co_await e.tell("initialized", "notifications/initialized", nullptr);
}

runtime::awaitable<void> mcp_examination::lists(mcp_examiner& e) {
    for (char const* kind : {"tools", "prompts", "resources"}) {
        if (!member(offered_, kind).is_object()) continue;
        json params;
        for (int page = 0; page < 20; ++page) {
            auto const answer = co_await e.ask({}, kind + std::string("/list"), params);
            auto const result = member(answer, "result");
            for (auto const& tool : member(result, "tools"))
                if (member(tool, "name") == slow_tool) slow_tool_told_ = tool;
            auto const next = member(result, "nextCursor");
            if (!next.is_string()) break;
            params = json::object();
            params["cursor"] = next;
        }
    }
}

runtime::awaitable<void> mcp_examination::basics(mcp_examiner& e) {
    auto const can = [&](char const* what) { return member(offered_, what).is_object(); };
    co_await e.ask("ping", "ping", nullptr);
    co_await e.ask("unknown method", "lockstep/nothing", nullptr);
    co_await lists(e);
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
    json padded = json::object();
    padded["_meta"]["lockstep/padding"] = std::string(large, 'x');
    co_await e.ask("large", "ping", std::move(padded));
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

// The slow call once more, as a task, if it can be one: to its end, and one that is cancelled.
runtime::awaitable<void> mcp_examination::tasks(mcp_examiner& e) {
    if (!member(offered_, "tasks").is_object() || !runs_as_task()) co_return;
    auto params = slow_params();
    params["task"]["ttl"] = 60'000;
    auto const begun = co_await e.ask("task", "tools/call", params);
    json       which = json::object();
    which["taskId"] = member(member(member(begun, "result"), "task"), "taskId");
    if (!which["taskId"].is_string()) co_return;
    for (int asked = 0; asked < 100; ++asked) {
        auto const told = co_await e.ask({}, "tasks/get", which);
        auto const status = member(member(told, "result"), "status");
        if (status != "working") break;
        std::function<bool()> const never = [] { return false; };
        co_await e.until(never, 200ms);
    }
    co_await e.ask("task result", "tasks/result", which);
    auto const second = co_await e.ask("task", "tools/call", params);
    which["taskId"] = member(member(member(second, "result"), "task"), "taskId");
    if (!which["taskId"].is_string()) co_return;
    co_await e.ask({}, "tasks/cancel", which);
    co_await e.ask({}, "tasks/get", which);
}

runtime::awaitable<void> mcp_examination::examine(mcp_program_examiner& e) {
    co_await begin_session(e);
    if (!revisions.empty()) {
        co_await basics(e);
        co_await slow_calls(e);
        co_await tasks(e);
    }
    co_await e.end_of_input();
    // initialize has chosen the era for as long as a process lives.
    co_await e.restart();
    co_await modern_program(e);
}

runtime::awaitable<void> mcp_examination::modern_program(mcp_program_examiner& e) {
    e.modern = true;
    auto const first = e.kept().messages.size();
    auto const id = e.begin("modern: discover", wire::mcp::discover_method, nullptr);
    std::function<bool()> const answered = [&] { return !e.answer_for(id).is_null(); };
    co_await e.until(answered, mcp_examiner::patience);
    auto const found = member(e.answer_for(id), "result");
    if (!found.is_object()) {
        // It is of the era before: then this was no fair question, and what it has said to it is
        // no matter of ours.
        e.modern = false;
        e.kept().messages.resize(first);
        co_return;
    }
    bool const alone = revisions.empty();
    revisions += (alone ? "" : " ") + std::string(wire::mcp::modern_revision);
    if (name.empty()) name = "a server of " + std::string(wire::mcp::modern_revision);
    offered_ = member(found, "capabilities");
    co_await lists(e);
    co_await e.ask("modern: unknown method", "lockstep/nothing", nullptr);
    if (!slow_tool.empty()) {
        auto const                  call = e.begin("modern: slow", "tools/call", slow_params());
        std::function<bool()> const over = [&] { return !e.answer_for(call).is_null(); };
        co_await e.until(over, 30s);
    }
    e.modern = false;
    // One that speaks both eras may take it for a request of the other.
    if (alone) co_await e.ask("modern: no _meta", "tools/list", nullptr);
}

}  // namespace scenario
