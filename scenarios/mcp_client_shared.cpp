// Answers to several requests on one stream: over HTTP+SSE all of a session, and those of a batch.

#include <algorithm>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_answers.hpp"
#include "scenarios/mcp_client.hpp"
#include "scenarios/mcp_paths.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;

bool has(std::vector<std::string> const& options, char const* option) {
    return std::find(options.begin(), options.end(), option) != options.end();
}

}  // namespace

// Of the ways to ask this server alone, the one that it is asked by already, or one like it.
std::string mcp_client::path_of_server(std::string const& name) const {
    if (path_ == '/' + name + "/mcp" || path_ == '/' + name + "/sse") return path_;
    return (is_sse_path(path_) ? "/sse/" : "/mcp/") + name;
}

bool mcp_client::begun(session const& at) {
    return at.over_sse ? at.events && !at.events->over && !at.events->left : !at.id.empty();
}

// A GET; the session is there once the server has said where messages go.
runtime::awaitable<void> mcp_client::open_events(session& at, client_step const& s) {
    auto e = std::make_shared<exchange>();
    e->number = trace_.new_exchange();
    e->at = &at;
    e->listening = true;
    e->silent = has(s.options, "silent");
    e->options = s.options;
    at.events = e;
    at.endpoint.clear();
    at.revision.clear();
    at.asked.clear();
    note(e->number, true, "listen", {}, {{"path", at.path}});
    co_await get(e);
    while (at.endpoint.empty() && !e->over) co_await changed_.wait();
}

runtime::awaitable<void> mcp_client::close_events(session& at) {
    auto const events = at.events;
    if (!events) co_return;
    leave(*events, false);
    while (!events->over) co_await changed_.wait();
    at.events = nullptr;
}

runtime::awaitable<void> mcp_client::post_to_endpoint(exchange_pointer e, std::string body) {
    auto carrier = std::make_shared<exchange>();
    carrier->number = e->number;
    carrier->at = e->at;
    carrier->options = e->options;
    carrier->posted = true;
    co_await send(*carrier, "POST", std::move(body));
    co_await read(carrier);
    if (carrier->refused && !e->over) forget(*e);
}

void mcp_client::hear_event(exchange_pointer stream, std::string const& type,
                            std::string const& data) {
    if (type == "endpoint") {
        stream->at->endpoint = data;
        note(stream->number, false, "endpoint");
        return changed_.ring();
    }
    if (data.empty()) return;
    auto const message = wire::read_json(data);
    auto&      asked = stream->at->asked;
    hear_shared(std::move(stream), asked, message);
}

// A message, or a batch of them, for whichever request it belongs to.
void mcp_client::hear_shared(exchange_pointer stream, requests& asked, json const& message) {
    if (message.is_array()) {
        for (auto const& one : message) hear_shared(stream, asked, one);
        return;
    }
    if (!message.is_object())
        return note(stream->number, false, "bytes", std::to_string(message.dump().size()));
    auto const method = message.value("method", "");
    auto const waiting = std::count_if(asked.begin(), asked.end(),
                                       [](auto const& one) { return !one.second->answered; });
    auto       whose = stream;
    for (auto const& [id, one] : asked)
        if (waiting == 1 && !one->answered) whose = one;
    auto const with_id = [&](json const& id) {
        auto const found = asked.find(id.dump());
        whose = found == asked.end() ? stream : found->second;
    };
    if (method.empty()) {
        with_id(member(message, "id"));
        hear_answer(whose, message);
        if (whose != stream) forget(*whose);
        return;
    }
    if (message.contains("id")) {
        whose->silent = whose->silent || stream->silent;
        return hear_question(*whose, message);
    }
    if (method == "notifications/progress")
        with_id(member(member(message, "params"), "progressToken"));
    hear_note(*whose, method, message);
}

// Nobody waits for its answer any more: over HTTP+SSE no stream of its own tells that none comes.
void mcp_client::forget(exchange& one) {
    one.over = true;
    std::erase_if(open_, [&](auto const& e) { return e.get() == &one; });
    changed_.ring();
}

// The stream is over: whoever still waits for an answer on it waits for ever.
void mcp_client::nothing_follows(exchange const& stream, requests const& asked) {
    for (auto const& [id, one] : asked) {
        if (one->over) continue;
        one->over = true;
        if (!one->answered && !stream.left && !stream.refused) note(one->number, false, "end");
        std::erase(open_, one);
    }
}

// Requests get ids; whose method is a notification's gets none.
runtime::awaitable<void> mcp_client::ask_batch(session& at, client_step const& s) {
    auto all = wire::read_json(s.body);
    auto carrier = std::make_shared<exchange>();
    carrier->number = trace_.new_exchange();
    carrier->at = &at;
    carrier->options = s.options;
    carrier->posted = at.over_sse;
    carrier->answered = true;  // its parts are
    std::vector<exchange_pointer> parts;
    for (auto& message : all) {
        if (!message.is_object()) continue;
        message["jsonrpc"] = "2.0";
        auto const method = message.value("method", "");
        if (method.empty() || method.starts_with("notifications/")) {
            note(carrier->number, true, "notify", method);
            continue;
        }
        auto one = std::make_shared<exchange>();
        one->number = trace_.new_exchange();
        one->at = &at;
        one->method = method;
        one->what = method;
        if (!message.contains("id")) message["id"] = at.next_id++;
        one->id = message["id"];
        (at.over_sse ? at.asked : carrier->parts)[one->id.dump()] = one;
        if (at.over_sse) open_.push_back(one);
        parts.push_back(one);
        json detail{{"id", one->id}, {"method", method}, {"path", at.path}, {"message", message}};
        if (method != "tools/call") {
            note(one->number, true, "request", method, std::move(detail));
            continue;
        }
        auto const params = member(message, "params");
        auto const arguments = params.value("arguments", json::object());
        one->what = params.value("name", "?");
        detail["arguments"] = arguments;
        note(one->number, true, "call", one->what + ' ' + arguments.dump(), std::move(detail));
    }
    if (!at.over_sse) {
        current_ = carrier;
        open_.push_back(carrier);
    }
    auto body = all.dump();
    co_await send(*carrier, "POST", std::move(body));
    tasks_.spawn(name_ + ": answers", read_batch(carrier, std::move(parts)));
}

// Of a batch that is refused nothing is answered.
runtime::awaitable<void> mcp_client::read_batch(exchange_pointer              carrier,
                                                std::vector<exchange_pointer> parts) {
    co_await read(carrier);
    if (!carrier->refused) co_return;
    for (auto const& one : parts) forget(*one);
}

}  // namespace scenario
