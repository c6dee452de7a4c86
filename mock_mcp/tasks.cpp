// Tools that run as tasks (2025-11-25, basic/utilities/tasks): the call is answered at once, and
// its result is fetched later.

#include <boost/system/system_error.hpp>

#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "wire/json_members.hpp"

namespace mock_mcp {

namespace {

using boost::system::system_error;
using nlohmann::json;

constexpr char related[] = "io.modelcontextprotocol/related-task";
// Steps have virtual time, and the trace has the real one: nobody reads these.
constexpr char beginning[] = "2026-01-01T00:00:00Z";
constexpr int  poll_interval = 100;

void relate(json& object, std::string const& id) { object["_meta"][related] = {{"taskId", id}}; }

}  // namespace

struct mock_mcp::task {
    std::string       id;
    wire::rpc_request request;
    running_call      call;

    std::shared_ptr<visitor> who;
    json                     ttl;
    std::string              answer;  // of the call, as a text; empty: none yet
    std::string              asked;   // what the client was asked last
    std::string              status = "working";
    reply*                   waiting = nullptr;  // a request for the result
    runtime::bell            changed;

    bool is_over() const { return status != "working"; }
};

// Where the steps of a task say what they say.
class mock_mcp::task_reply final : public reply {
public:
    task_reply(mock_mcp& owner, task& t) : owner_(owner), task_(t) {
        exchange = t.call.exchange;
        who = t.who;
    }

    runtime::awaitable<void> message(std::string text) override {
        auto       said = wire::read_json(text);
        auto const id = said.find("id");
        if (id != said.end() && id->is_string()) {
            task_.asked = *id;
            co_await owner_.tell_status(task_);
        }
        relate(said["params"], task_.id);
        if (auto* const to = target()) {
            auto made = said.dump();
            co_await to->message(std::move(made));
        }
    }

    runtime::awaitable<void> answer(std::string text) override {
        auto const said = wire::read_json(text);
        auto const result = said.value("result", json::object());
        bool const failed = said.contains("error") || wire::flag_member(result, "isError");
        task_.answer = std::move(text);
        task_.status = failed ? "failed" : "completed";
        task_.changed.ring();
        co_await owner_.tell_status(task_);
    }

    runtime::awaitable<void> raw(std::string bytes) override {
        if (auto* const to = target()) co_await to->raw(std::move(bytes));
    }
    runtime::awaitable<void> status(int, std::string) override { co_return; }
    runtime::awaitable<void> end() override { co_return; }
    runtime::awaitable<void> hang_up(runtime::duration) override { co_return; }
    void                     close() override {
        if (auto* const to = target()) to->close();
    }
    void reset() override {
        if (auto* const to = target()) to->reset();
    }

private:
    reply* target() const { return task_.waiting ? task_.waiting : task_.who->out; }

    mock_mcp& owner_;
    task&     task_;
};

nlohmann::json mock_mcp::shown(task const& t) const {
    bool const waits = !t.is_over() && !t.asked.empty() && !answered_.contains(t.asked);
    json       all{{"taskId", t.id},         {"status", waits ? "input_required" : t.status},
                   {"createdAt", beginning}, {"lastUpdatedAt", beginning},
                   {"ttl", t.ttl},           {"pollInterval", poll_interval}};
    if (t.status == "failed") all["statusMessage"] = "the tool has failed";
    return all;
}

// Whoever listens is told; nobody has to.
runtime::awaitable<void> mock_mcp::tell_status(task& t) {
    auto* const to = t.who->out;
    if (!to) co_return;
    wire::rpc_notification note{"notifications/tasks/status", shown(t)};
    note_out(t.call.exchange, "notify", note.method);
    auto text = wire::to_text(note);
    co_await to->message(std::move(text));
}

// A tool that must run as a task, or must not (tools, Tool-Level Negotiation).
runtime::awaitable<bool> mock_mcp::refuse_task(wire::rpc_request const& request,
                                               tool_script const& tool, reply& to) {
    bool const wanted = wire::find_member(request.params, "task") != nullptr;
    if (to.modern || (wanted ? !tool.task.empty() : tool.task != "required")) co_return false;
    std::string why = wanted ? "this tool does not run as a task" : "this tool runs as a task only";
    note_out(to.exchange, "error",
             std::to_string(wire::rpc_method_not_found) + ' ' + runtime::quoted(why));
    co_await answer_error(request, wire::rpc_method_not_found, std::move(why), to);
    co_return true;
}

runtime::awaitable<void> mock_mcp::begin_task(wire::rpc_request const& request, std::string tool,
                                              std::vector<mcp_step> steps, reply& to) {
    auto const mine = std::make_shared<task>();
    mine->id = "task-" + std::to_string(++task_count_);
    mine->request = request;
    mine->who = to.who;
    mine->call.tool = std::move(tool);
    mine->call.exchange = to.exchange;
    mine->ttl = request.params["task"].value("ttl", json());
    task_table_[mine->id] = mine;
    json result;
    result["task"] = shown(*mine);
    note_out(to.exchange, "task", "working");
    co_await answer_result(request, std::move(result), to);
    // It is let go with whoever would hear of it.
    if (to.shares_channel()) co_return co_await play_task(mine, std::move(steps));
    tasks_.spawn(script_.name + ": task", play_task(mine, std::move(steps)));
}

runtime::awaitable<void> mock_mcp::play_task(std::shared_ptr<task> mine,
                                             std::vector<mcp_step> steps) {
    task_reply to(*this, *mine);
    to.known = known_of(mine->request);
    try {
        co_await play_until_cancelled(mine->call, steps, mine->request, to, {});
    } catch (system_error const& e) {
        // Whom it would have told has gone; its result can still be fetched.
        if (e.code() == boost::asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<void> mock_mcp::about_task(wire::rpc_request const& request, reply& to) {
    if (request.method == "tasks/list") {
        json all = json::array();
        for (auto const& [id, one] : task_table_) all.push_back(shown(*one));
        note_out(to.exchange, "tasks", std::to_string(all.size()));
        json result;
        result["tasks"] = std::move(all);
        co_return co_await answer_result(request, std::move(result), to);
    }
    auto const  id = wire::text_member(request.params, "taskId");
    auto const  found = task_table_.find(id);
    std::string why;
    if (found == task_table_.end())
        why = "there is no task " + id;
    else if (request.method == "tasks/cancel" && found->second->is_over())
        why = "this task is over already: " + found->second->status;
    if (!why.empty()) {
        note_out(to.exchange, "error",
                 std::to_string(wire::rpc_invalid_params) + ' ' + runtime::quoted(why));
        co_return co_await answer_error(request, wire::rpc_invalid_params, std::move(why), to);
    }
    auto const one = found->second;
    if (request.method == "tasks/result") co_return co_await task_result(request, *one, to);
    if (request.method == "tasks/cancel") {
        one->status = "cancelled";
        one->call.cancelled = true;
        one->call.changed.ring();
        one->changed.ring();
        co_await tell_status(*one);
    }
    auto status = shown(*one);
    note_out(to.exchange, "task", status["status"].get<std::string>());
    co_await answer_result(request, std::move(status), to);
}

// The answer that the call would have had, when it is there.
runtime::awaitable<void> mock_mcp::task_result(wire::rpc_request const& request, task& one,
                                               reply& to) {
    struct turn {
        task&  t;
        reply* mine;
        turn(task& x, reply* r) : t(x), mine(r) { t.waiting = r; }
        ~turn() {
            if (t.waiting == mine) t.waiting = nullptr;
        }
    } const waiting(one, &to);
    while (!one.is_over()) co_await one.changed.wait();
    if (one.answer.empty())
        co_return co_await answer_error(request, wire::rpc_internal_error,
                                        "this task was cancelled", to);
    auto const message = wire::parse_rpc(one.answer);
    auto       said = std::get<wire::rpc_response>(message);
    note_out(to.exchange, "task", one.status);
    if (said.error) {
        auto error = *said.error;
        co_return co_await answer_error(request, std::move(error), to);
    }
    relate(said.result, one.id);
    co_await answer_result(request, std::move(said.result), to);
}

}  // namespace mock_mcp
