#include "proxy/messages_answer.hpp"

#include <boost/system/system_error.hpp>

#include "proxy/event_outlet.hpp"
#include "proxy/json_text.hpp"
#include "proxy/messages_problem.hpp"
#include "wire/json_guard.hpp"

namespace proxy {

namespace {

using json = nlohmann::ordered_json;

class answer final : public client_answer {
public:
    answer(client_line const& to, identity who, bool streamed)
        : who_(std::move(who)), out_(to, who_, streamed) {}

    void                     add(wire::delta const&) override;
    runtime::awaitable<void> flush() override { return out_.flush(); }

    void call_begins(gateway_call const&) override;
    void call_arguments(gateway_call const&, std::string const& piece) override { input(piece); }
    void call_whole(gateway_call const&) override { close(); }
    void call_over(gateway_call const&) override;

    runtime::awaitable<void> keep_warm() override {
        if (!out_.started()) co_return;
        out_.event("ping", R"({"type": "ping"})");
        co_await out_.flush();
    }
    runtime::awaitable<void> finish(ending const&) override;
    runtime::awaitable<void> fail(request_problem const&) override;
    bool                     connection_usable() const override { return out_.usable(); }

private:
    enum class speaking { nothing, text, thinking, input };

    json message() const;
    void begin();
    void open(speaking, json block);
    void close();
    void delta(char const* type, char const* member, std::string const& piece);
    void text(std::string const& piece);
    void think(wire::thinking const&);
    void input(std::string const& piece);

    identity     who_;
    event_outlet out_;
    json         blocks_ = json::array();
    std::string  whole_;  // of the open block
    speaking     now_ = speaking::nothing;
    bool         begun_ = false;
    bool         refused_ = false;
};

json answer::message() const {
    json m;
    m["id"] = who_.id;
    m["type"] = "message";
    m["role"] = "assistant";
    m["model"] = who_.model;
    m["content"] = blocks_;
    m["stop_reason"] = nullptr;
    m["stop_sequence"] = nullptr;
    m["usage"]["input_tokens"] = 0;
    m["usage"]["output_tokens"] = 0;
    return m;
}

void answer::begin() {
    if (begun_) return;
    begun_ = true;
    out_.event("message_start",
               R"({"type":"message_start","message":)" + json_text(message()) + '}');
}

void answer::open(speaking what, json block) {
    begin();
    close();
    out_.event("content_block_start", R"({"type":"content_block_start","index":)" +
                                          std::to_string(blocks_.size()) +
                                          ",\"content_block\":" + json_text(block) + '}');
    blocks_.push_back(std::move(block));
    now_ = what;
    whole_.clear();
    if (what == speaking::nothing)
        out_.event("content_block_stop", R"({"type":"content_block_stop","index":)" +
                                             std::to_string(blocks_.size() - 1) + '}');
}

// The input must be an object. What a model wrote instead is told, not lost.
json read_input(std::string const& arguments) {
    if (arguments.find_first_not_of(" \t\r\n") == arguments.npos) return json::object();
    wire::json_limits limits;
    limits.unique_names = limits.exact_integers = false;
    try {
        auto input = wire::parse_json(arguments, limits);
        if (input.is_object()) return input;
    } catch (boost::system::system_error const&) {
        // Cut by max_tokens, or simply wrong.
    }
    return {{"_raw", arguments}};
}

void answer::close() {
    if (now_ == speaking::nothing) return;
    auto& block = blocks_.back();
    if (now_ == speaking::text) block["text"] = whole_;
    if (now_ == speaking::thinking) block["thinking"] = whole_;
    if (now_ == speaking::input && !out_.streamed()) block["input"] = read_input(whole_);
    now_ = speaking::nothing;
    out_.event("content_block_stop", R"({"type":"content_block_stop","index":)" +
                                         std::to_string(blocks_.size() - 1) + '}');
}

void answer::delta(char const* type, char const* member, std::string const& piece) {
    whole_ += piece;
    if (!out_.streamed()) return;
    out_.event("content_block_delta", R"({"type":"content_block_delta","index":)" +
                                          std::to_string(blocks_.size() - 1) +
                                          R"(,"delta":{"type":")" + type + "\",\"" + member +
                                          "\":" + json_text(piece) + "}}");
}

void answer::text(std::string const& piece) {
    if (piece.empty()) return;
    if (now_ != speaking::text) open(speaking::text, {{"type", "text"}, {"text", ""}});
    delta("text_delta", "text", piece);
}

void answer::think(wire::thinking const& t) {
    if (t.redacted)
        return open(speaking::nothing, {{"type", "redacted_thinking"}, {"data", t.signature}});
    if (t.piece.empty() && t.signature.empty()) return;
    if (now_ != speaking::thinking)
        open(speaking::thinking, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
    if (!t.piece.empty()) delta("thinking_delta", "thinking", t.piece);
    if (t.signature.empty()) return;
    auto const thought = whole_;
    delta("signature_delta", "signature", t.signature);
    whole_ = thought;
    blocks_.back()["signature"] = t.signature;
    close();
}

void answer::input(std::string const& piece) {
    if (now_ == speaking::input && !piece.empty()) delta("input_json_delta", "partial_json", piece);
}

void answer::add(wire::delta const& d) {
    if (auto const* t = std::get_if<wire::text>(&d)) text(t->piece);
    if (auto const* t = std::get_if<wire::thinking>(&d)) think(*t);
    if (auto const* t = std::get_if<wire::refusal>(&d)) {
        refused_ = true;
        text(t->piece);
    }
    if (auto const* t = std::get_if<wire::tool_begins>(&d))
        open(speaking::input,
             {{"type", "tool_use"}, {"id", t->id}, {"name", t->name}, {"input", json::object()}});
    if (auto const* t = std::get_if<wire::tool_arguments>(&d)) input(t->piece);
    if (std::holds_alternative<wire::tool_ends>(d)) close();
}

void answer::call_begins(gateway_call const& c) {
    open(speaking::input, {{"type", "mcp_tool_use"},
                           {"id", c.whole.id},
                           {"name", c.tool},
                           {"server_name", c.server},
                           {"input", json::object()}});
}

void answer::call_over(gateway_call const& c) {
    auto content = json::array();
    content.push_back({{"type", "text"}, {"text", c.result}});
    open(speaking::nothing, {{"type", "mcp_tool_result"},
                             {"tool_use_id", c.whole.id},
                             {"is_error", c.failed},
                             {"content", std::move(content)}});
}

char const* stop_reason(wire::finish_reason reason) {
    switch (reason) {
        case wire::finish_reason::length:
            return "max_tokens";
        case wire::finish_reason::tool_calls:
            return "tool_use";
        case wire::finish_reason::content_filter:
            return "refusal";
        case wire::finish_reason::stop:
            break;
    }
    return "end_turn";
}

runtime::awaitable<void> answer::finish(ending const& end) {
    begin();
    close();
    auto const reason =
        end.reasons.empty() ? wire::finish_reason::stop : end.reasons.begin()->second;
    bool const refused = refused_ && reason == wire::finish_reason::stop;
    json       stop;
    stop["stop_reason"] = refused ? "refusal" : stop_reason(reason);
    stop["stop_sequence"] = nullptr;
    json usage;
    usage["input_tokens"] = end.tokens.input - end.tokens.cached;
    usage["cache_read_input_tokens"] = end.tokens.cached;
    usage["output_tokens"] = end.tokens.output;
    std::string body;
    if (out_.streamed()) {
        json last;
        last["type"] = "message_delta";
        last["delta"] = std::move(stop);
        last["usage"] = std::move(usage);
        out_.event("message_delta", json_text(last));
        out_.event("message_stop", R"({"type":"message_stop"})");
    } else {
        auto whole = message();
        whole.update(stop);
        whole["usage"] = std::move(usage);
        body = json_text(whole);
    }
    co_await out_.end(std::move(body));
}

runtime::awaitable<void> answer::fail(request_problem const& why) {
    auto body = to_messages_body(why, who_.request_id);
    if (!out_.started()) {
        co_await out_.refuse(why, std::move(body));
        co_return;
    }
    out_.event("error", body);
    co_await out_.break_off();
}

}  // namespace

std::unique_ptr<client_answer> messages_answer(client_line const& to, client_answer::identity who,
                                               bool streamed) {
    return std::make_unique<answer>(to, std::move(who), streamed);
}

}  // namespace proxy
