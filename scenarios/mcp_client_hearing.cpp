// What a client of MCP hears on its streams.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_answers.hpp"
#include "scenarios/mcp_client.hpp"
#include "wire/json_members.hpp"
#include "wire/sse.hpp"

namespace scenario {

namespace {

using boost::system::system_error;
using json = nlohmann::json;

constexpr auto for_ever = std::chrono::hours(24 * 365);

}  // namespace

runtime::awaitable<void> mcp_client::read(exchange_pointer e) {
    boost::system::error_code why;
    bool const                met = e->stream != nullptr;
    try {
        // One that has ended takes no connection, and is told of as one that closes it.
        if (!met) throw system_error(make_error_code(runtime::error::closed_early));
        co_await read_body(e);
    } catch (system_error const& error) {
        why = error.code();
    }
    if (why == boost::asio::error::operation_aborted && !e->left) throw system_error(why);
    if (why && !e->left)
        note(e->number, false, why == runtime::error::closed_early ? "close" : "cut");
    e->over = true;
    if (met) e->stream->close();
    std::erase(open_, e);
    if (e == e->at->events) nothing_follows(*e, e->at->asked);
    nothing_follows(*e, e->parts);
    changed_.ring();
}

runtime::awaitable<void> mcp_client::read_body(exchange_pointer whose) {
    auto&                     e = *whose;
    runtime::http_limit const limit{for_ever, boost::asio::error::timed_out};
    auto const                head = co_await e.reader->response(limit);
    auto const*               session = runtime::find_field(head.fields, "mcp-session-id");
    auto const*               type = runtime::find_field(head.fields, "content-type");
    if (session && e.modern) note(e.number, false, "session");
    if (head.status == 200 && session && e.method == "initialize") e.at->id = *session;
    for (auto const& option : e.options) {
        if (!option.starts_with("shows ")) continue;
        auto const name = option.substr(6);
        if (auto const* value = runtime::find_field(head.fields, name))
            note(e.number, false, "header", name + ' ' + runtime::quoted(*value));
    }
    bool const taken = head.status / 100 == 2;
    if (!taken) note(e.number, false, "status", std::to_string(head.status));
    if (head.status == 404 && !e.modern) e.at->id.clear();
    e.refused = !taken;
    if (!type || !type->starts_with("text/event-stream")) {
        auto const text = co_await e.reader->whole_body(limit);
        if (e.posted) co_return;
        bool const says_why = e.modern && type && type->starts_with("application/json");
        if ((taken || says_why) && !text.empty()) hear(whose, text);
        co_return;
    }
    wire::sse_parser parser([&](wire::sse_event const& event) {
        e.last_event = event.id;
        if (whose == e.at->events) return hear_event(whose, event.type, event.data);
        if (!event.data.empty()) hear(whose, event.data);
    });
    for (;;) {
        while (paused_ && !e.left) co_await changed_.wait();
        auto const piece = co_await e.reader->body(limit);
        if (piece.empty()) break;
        parser.feed(piece);
        if (!parser.last_id().empty()) e.last_event = parser.last_id();
    }
    if (!e.answered) note(e.number, false, "end");
}

void mcp_client::hear(exchange_pointer whose, std::string const& text) {
    auto&      e = *whose;
    auto const message = wire::read_json(text);
    if (!e.parts.empty()) return hear_shared(whose, e.parts, message);
    if (!message.is_object()) return note(e.number, false, "bytes", std::to_string(text.size()));
    auto const method = message.value("method", "");
    if (method.empty()) return hear_answer(std::move(whose), message);
    if (!message.contains("id")) return hear_note(e, method, message);
    hear_question(e, message);
}

void mcp_client::hear_question(exchange& e, json const& message) {
    note(e.number, false, "ask", word_of_question(message.value("method", "")),
         {{"message", message}});
    if (e.silent || e.modern) return;
    tasks_.spawn(name_ + ": answers", answer(*e.at, message, e.number, e.answers_in));
}

void mcp_client::hear_answer(exchange_pointer whose, json const& message) {
    auto&      e = *whose;
    bool const ours = message.contains("id") && message["id"] == e.id;
    auto const result = member(message, "result");
    if (ours && e.modern && !e.answered && member(result, "resultType") == "input_required") {
        e.answered = true;
        return tasks_.spawn(name_ + ": answers", ask_again(std::move(whose), result));
    }
    auto said = told_of_answer(e.method, message);
    if (ours && e.method == "initialize" && said.verb == "revision") e.at->revision = said.words;
    auto const about = result.contains("task") ? member(result, "task") : result;
    if (auto const id = member(about, "taskId"); id.is_string()) e.at->task = id;
    json detail{{"message", message}, {"ours", ours}, {"again", e.answered}};
    if (ours) e.answered = true;
    note(e.number, false, std::move(said.verb), std::move(said.words), std::move(detail));
}

void mcp_client::hear_note(exchange& e, std::string const&, json const& message) {
    auto said = told_of_notification(message);
    note(e.number, false, std::move(said.verb), std::move(said.words), {{"message", message}});
}

}  // namespace scenario
