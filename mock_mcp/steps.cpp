// What each step of a script does.

#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

std::string number_text(double value) {
    auto text = nlohmann::json(value).dump();
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

nlohmann::json number_json(double value) {
    auto const whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return whole;
    return value;
}

// Up to 2025-11-25 a client sets the level of the log once; since then each request says which
// messages it wants.
bool wants_log(wire::rpc_request const& request, reply const& to, std::string const& level) {
    auto const* meta = wire::find_member(request.params, "_meta");
    std::string least;
    if (to.modern)
        least = meta ? wire::text_member(*meta, wire::mcp::meta_log_level) : std::string();
    else if (to.who)
        least = to.who->log_level;
    if (least.empty()) return !to.modern;
    return log_rank(level) >= log_rank(least);
}

std::string times(std::string const& text, int count) {
    std::string all = text;
    if (count > 1) all.reserve(text.size() * static_cast<std::size_t>(count));
    for (int i = 1; i < count; ++i) all += text;
    return all;
}

}  // namespace

// False if nothing can follow.
runtime::awaitable<bool> mock_mcp::step(mcp_step const& s, wire::rpc_request const& request,
                                        reply& to) {
    using enum mcp_verb;
    switch (s.verb) {
        case result: {
            bool const     whole = !s.json.is_null();
            auto const     text = filled(s.text, to.known);
            nlohmann::json said;
            if (whole)
                said = filled(s.json, to.known);
            else
                said = result_of(request, text, to.known);
            note_out(to.exchange, "result", whole ? said.dump() : runtime::quoted(text));
            co_await answer_result(request, std::move(said), to);
            co_return true;
        }
        case tool_error: {
            auto const text = filled(s.text, to.known);
            note_out(to.exchange, "tool-error", runtime::quoted(text));
            auto said = wire::mcp::text_result(text, true);
            co_await answer_result(request, std::move(said), to);
            co_return true;
        }
        case error:
            note_out(to.exchange, "error",
                     std::to_string(s.number) + ' ' + runtime::quoted(s.text));
            co_await answer_error(request, s.number, s.text, to);
            co_return true;
        case progress: {
            auto const meta = request.params.is_object()
                                  ? request.params.value("_meta", nlohmann::json::object())
                                  : nlohmann::json::object();
            if (!meta.contains("progressToken")) co_return true;  // nobody asked to be told
            note_out(to.exchange, "progress", number_text(s.value) + '/' + number_text(s.total));
            wire::rpc_notification told;
            told.method = "notifications/progress";
            told.params["progressToken"] = meta["progressToken"];
            told.params["progress"] = number_json(s.value);
            told.params["total"] = number_json(s.total);
            if (!s.text.empty()) told.params["message"] = s.text;
            auto text = wire::to_text(told);
            co_await to.message(std::move(text));
            co_return true;
        }
        case log: {
            if (!wants_log(request, to, s.words)) co_return true;
            auto const data = filled(s.text, to.known);
            note_out(to.exchange, "log", s.words + ' ' + runtime::quoted(data));
            wire::rpc_notification told;
            told.method = "notifications/message";
            told.params["level"] = s.words;
            told.params["data"] = data;
            auto text = wire::to_text(told);
            co_await to.message(std::move(text));
            co_return true;
        }
        case mcp_verb::notify: {
            wire::rpc_notification told{s.words, s.json};
            co_await tell(std::move(told), request, to);
            co_return true;
        }
        case mcp_verb::hang_up:
            note_out(to.exchange, "hang-up");
            co_await to.hang_up(s.pause);
            co_return true;
        case ask: {
            std::span const alone(&s, 1);
            co_await ask_client(alone, to);
            co_return true;
        }
        case mcp_verb::announce:
            tell_all(s.words);
            co_return true;
        case stall: {
            note_out(to.exchange, "stall");
            runtime::bell silence;
            co_await silence.wait();
            co_return false;
        }
        case end:
            note_out(to.exchange, "end");
            co_await to.end_early();
            co_return false;
        case close:
            note_out(to.exchange, "close");
            to.close();
            co_return false;
        case reset:
            note_out(to.exchange, "reset");
            to.reset();
            co_return false;
        case mcp_verb::exit:
            note_out(to.exchange, "exit", std::to_string(s.number));
            exited_ = s.number;
            exit_.ring();
            to.close();
            if (listener_) listener_->close();
            co_return false;
        case status: {
            note_out(to.exchange, "status", std::to_string(s.number));
            auto text = filled(s.text, to.known);
            co_await to.status(s.number, std::move(text));
            co_return false;
        }
        case header:
            to.field(s.words, times(s.text, s.number));
            co_return true;
        case mcp_verb::message: {
            auto text = filled(s.text, to.known);
            note_out(to.exchange, "bytes", std::to_string(text.size()));
            for (int i = 0; i < std::max(1, s.number); ++i) {
                auto copy = text;
                co_await to.message(std::move(copy));
            }
            co_return true;
        }
        case complain: {
            auto text = times(s.text, s.number);
            note_out(to.exchange, "stderr", std::to_string(text.size()));
            to.complain(std::move(text));
            co_return true;
        }
        case bytes: {
            auto text = times(filled(s.text, to.known), s.number);
            note_out(to.exchange, "bytes", std::to_string(text.size()));
            co_await to.raw(std::move(text));
            co_return true;
        }
        case wait:
            if (s.until) co_await s.until();
            co_return true;
    }
    co_return true;
}

}  // namespace mock_mcp
