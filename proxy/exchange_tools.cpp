#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/exchange.hpp"
#include "runtime/task_group.hpp"
#include "wire/json_guard.hpp"

// The tools of an exchange: how calls run, and what becomes of one that gives no result.
namespace proxy {

namespace {

// What a turn may still be told to the client of a tool's own trouble.
std::string bad_arguments(std::string const& tool, std::string const& why) {
    return "Error: the arguments of '" + tool + "' are not a JSON object: " + why;
}

}  // namespace

// What the client has said yes to, whoever would run it otherwise; then the model is asked.
runtime::awaitable<void> exchange::run_approved() {
    turn allowed;
    for (auto const& yes : request_.approved) {
        auto c = make_call(yes.call);
        c.by = call::runner::gateway;
        c.said.number = gateway_calls_++;
        c.said.approval = yes.request;
        client_.call_begins(c.said);
        client_.call_arguments(c.said, c.said.whole.arguments);
        client_.call_whole(c.said);
        allowed.calls.push_back(std::move(c));
    }
    co_await client_.flush();
    co_await run_tools(allowed);
    for (std::size_t i = 0; i < allowed.calls.size(); ++i)
        request_.talk.messages[request_.approved[i].position]["content"] =
            allowed.calls[i].said.result;
}

// The calls of one turn at the same time; their results keep the order of the calls. Only this
// coroutine writes to the client, so that a tool that fails cuts no event in two.
runtime::awaitable<void> exchange::run_tools(turn& said) {
    runtime::task_group running(world_.executor);
    for (auto& c : said.calls)
        if (c.by == call::runner::gateway) running.spawn("tool " + c.said.whole.name, run_tool(c));
    runtime::duration interval = std::chrono::hours(24 * 365);
    if (keep_warm_after_ != runtime::duration::zero()) interval = keep_warm_after_;
    auto const meanwhile = [this](bool ended) {
        return ended ? client_.flush() : client_.keep_warm();
    };
    co_await running.join(world_.clock, interval, meanwhile);
    for (auto const& c : said.calls)
        if (c.by == call::runner::gateway) ran_.push_back(c.said);
    co_await client_.flush();
}

runtime::awaitable<void> exchange::run_tool(call& c) {
    std::exception_ptr failed;
    try {
        if (auto const* target = std::get_if<mcp_function>(&c.target)) {
            co_await result_of(*target, c.said);
        } else {
            c.said.failed = true;
            c.said.result = "Error: there is no tool '" + c.said.whole.name + "'";
        }
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        if (config_.on_tool_failure == tool_failure::fail || is_cancelled(failed))
            std::rethrow_exception(failed);
        c.said.failed = true;
        c.said.result = "Error executing tool: " + to_problem(failed).message;
    }
    client_.call_over(c.said);
}

runtime::awaitable<void> exchange::result_of(mcp_function target, gateway_call& of) {
    nlohmann::json parsed = nlohmann::json::object();
    auto const&    arguments = of.whole.arguments;
    if (!arguments.empty()) {
        std::string why;
        try {
            parsed = wire::parse_json(arguments);
        } catch (boost::system::system_error const& e) {
            why = e.what();
        }
        if (why.empty() && !parsed.is_object()) why = arguments.substr(0, 80);
        // The server is not bothered; the model may do better.
        if (!why.empty()) {
            of.failed = true;
            of.result = bad_arguments(target.tool, why);
            co_return;
        }
    }
    auto const& server = request_.selection.server(config_, target.server);
    auto const  began = world_.clock.now();
    auto        part = trace_.begin("execute_tool " + target.tool);
    part.note("gen_ai.operation.name", "execute_tool");
    part.note("gen_ai.tool.name", target.tool);
    part.note("gen_ai.tool.call.id", of.whole.id);
    part.note("lockstep.mcp_server", server.name);
    for (int attempt = 0;; ++attempt) {
        auto               session = co_await pool_.session(server);
        std::exception_ptr failed;
        try {
            auto const result = co_await session->call_tool(target.tool, parsed);
            of.failed = result.is_error;
            if (result.is_error) part.failed("tool_error");
            of.result = wire::mcp::to_model_text(result);
            meters_.tool_call(server.name, result.is_error, world_.clock.now() - began);
            co_return;
        } catch (...) {
            failed = std::current_exception();
        }
        if (session->was_lost() && attempt == 0) continue;
        meters_.tool_call(server.name, true, world_.clock.now() - began);
        part.failed(cause_of(to_problem(failed)));
        std::rethrow_exception(failed);
    }
}

}  // namespace proxy
