#include "proxy/chat_metadata.hpp"
#include "proxy/json_text.hpp"
#include "wire/json_members.hpp"

namespace proxy {

namespace {

// Without a seal nobody wants it back, and its words stand in reasoning_content.
bool is_sealed(nlohmann::json const& thinking_block) {
    return thinking_block.contains("data") ||
           !wire::text_member(thinking_block, "signature").empty();
}

class whole final : public client_answer {
public:
    whole(client_line const& to, identity who) : line_(to), who_(std::move(who)) {}

    void                     add(wire::delta const&) override;
    runtime::awaitable<void> flush() override { co_return; }
    runtime::awaitable<void> keep_warm() override { co_return; }

    runtime::awaitable<void> finish(ending const&) override;
    runtime::awaitable<void> fail(request_problem const& problem) override {
        return send_problem(line_, problem, to_body(problem), who_);
    }

    bool connection_usable() const override { return true; }

private:
    struct message {
        std::string                  text;
        std::string                  thinking;
        nlohmann::json               thinking_blocks;
        std::string                  refusal;
        std::vector<wire::tool_call> calls;
    };

    client_line            line_;
    identity               who_;
    std::map<int, message> choices_;
};

void whole::add(wire::delta const& d) {
    if (auto const* t = std::get_if<wire::text>(&d)) choices_[t->choice].text += t->piece;
    if (auto const* t = std::get_if<wire::thinking>(&d)) {
        choices_[t->choice].thinking += t->piece;
        wire::add_thinking(choices_[t->choice].thinking_blocks, *t);
    }
    if (auto const* t = std::get_if<wire::refusal>(&d)) choices_[t->choice].refusal += t->piece;
    if (auto const* t = std::get_if<wire::tool_begins>(&d))
        choices_[t->choice].calls.push_back({t->id, t->name, ""});
    if (auto const* t = std::get_if<wire::tool_arguments>(&d))
        choices_[t->choice].calls.at(static_cast<std::size_t>(t->index)).arguments += t->piece;
}

runtime::awaitable<void> whole::finish(ending const& end) {
    auto const  metadata = chat_metadata(end);
    auto const& usage = end.tokens;
    using json = nlohmann::ordered_json;
    auto choices = json::array();
    for (auto const& [index, reason] : end.reasons) {
        auto const& said = choices_[index];
        json        m;
        m["role"] = "assistant";
        m["content"] = said.text.empty() && !said.calls.empty() ? json() : json(said.text);
        m["refusal"] = said.refusal.empty() ? json() : json(said.refusal);
        if (!said.thinking.empty()) m["reasoning_content"] = said.thinking;
        for (auto const& block : said.thinking_blocks)
            if (is_sealed(block)) m["thinking_blocks"].push_back(json(block));
        for (auto const& call : said.calls) {
            json one;
            one["id"] = call.id;
            one["type"] = "function";
            one["function"]["name"] = call.name;
            one["function"]["arguments"] = call.arguments;
            m["tool_calls"].push_back(std::move(one));
        }
        if (index == 0 && !metadata.is_null()) m["provider_specific_fields"] = metadata;
        json choice;
        choice["index"] = index;
        choice["message"] = std::move(m);
        choice["logprobs"] = nullptr;
        choice["finish_reason"] = wire::to_text(reason);
        choices.push_back(std::move(choice));
    }
    json body;
    body["id"] = who_.id;
    body["object"] = "chat.completion";
    body["created"] = who_.created;
    body["model"] = who_.model;
    body["choices"] = std::move(choices);
    body["usage"]["prompt_tokens"] = usage.input;
    body["usage"]["completion_tokens"] = usage.output;
    body["usage"]["total_tokens"] = wire::add_counts(usage.input, usage.output);
    body["usage"]["prompt_tokens_details"]["cached_tokens"] = usage.cached;
    body["usage"]["completion_tokens_details"]["reasoning_tokens"] = usage.reasoning;
    runtime::http_fields fields{{"X-Request-Id", who_.request_id}};
    auto                 text = json_text(body);
    co_await send_body(line_, 200, std::move(text), std::move(fields), who_.keep_alive);
}

}  // namespace

std::unique_ptr<client_answer> whole_answer(client_line const& to, client_answer::identity who) {
    return std::make_unique<whole>(to, std::move(who));
}

void client_answer::add_words(wire::words const& w) {
    wire::text said;
    wire::append_unquoted(said.piece, w.spelled);
    said.choice = w.choice;
    add(said);
}

runtime::http_response stream_head(client_answer::identity const& who) {
    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream; charset=utf-8"},
                   {"Cache-Control", "no-cache"},
                   {"X-Accel-Buffering", "no"},
                   {"Transfer-Encoding", "chunked"},
                   {"X-Request-Id", who.request_id}};
    if (!who.keep_alive) head.fields.emplace_back("Connection", "close");
    return head;
}

runtime::awaitable<void> send_problem(client_line const& to, request_problem const& problem,
                                      std::string body, client_answer::identity const& who) {
    runtime::http_fields fields{{"X-Request-Id", who.request_id}};
    if (!problem.retry_after.empty()) fields.emplace_back("Retry-After", problem.retry_after);
    co_await send_body(to, static_cast<unsigned>(problem.status), std::move(body),
                       std::move(fields), who.keep_alive);
}

runtime::awaitable<void> send_body(client_line const& to, unsigned status, std::string body,
                                   runtime::http_fields more_fields, bool keep_alive) {
    runtime::http_response head;
    head.status = status;
    if (!runtime::find_field(more_fields, "content-type"))
        head.fields.emplace_back("Content-Type", "application/json");
    head.fields.emplace_back("Content-Length", std::to_string(body.size()));
    for (auto& field : more_fields) head.fields.push_back(std::move(field));
    if (!keep_alive) head.fields.emplace_back("Connection", "close");
    auto const                      text = runtime::to_text(head);
    boost::asio::const_buffer const parts[] = {boost::asio::buffer(text),
                                               boost::asio::buffer(body)};
    co_await runtime::write_within(to.stream, parts, to.clock, to.write.limit, to.write.late);
}

}  // namespace proxy
