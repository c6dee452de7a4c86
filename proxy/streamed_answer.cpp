#include <boost/system/system_error.hpp>

#include "proxy/client_answer.hpp"
#include "wire/sse.hpp"

namespace proxy {

namespace {

// nlohmann keeps strings as they are; what reaches us has been checked for UTF-8 by the
// decoders, and a stray byte must not end the exchange.
std::string as_json(std::string const& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class streamed final : public client_answer {
public:
    streamed(runtime::stream& s, runtime::clock& c, runtime::http_limit write, identity who)
        : stream_(s), clock_(c), limit_(write), who_(std::move(who)), writer_(s, c, write) {
        prefix_ =
            "data: {\"id\":" + as_json(who_.id) +
            ",\"object\":\"chat.completion.chunk\",\"created\":" + std::to_string(who_.created) +
            ",\"model\":" + as_json(who_.model) + ",\"choices\":[{\"index\":";
        suffix_ = who_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
    }

    void add(wire::delta const&) override;

    runtime::awaitable<void> flush() override {
        if (pending_.empty()) co_return;
        begin();
        std::string out;
        out.swap(pending_);
        co_await writer_.write(out);
        out.clear();
        if (pending_.empty()) pending_.swap(out);  // its memory is used again
    }

    runtime::awaitable<void> keep_warm() override {
        if (!writer_.started()) co_return;
        pending_ += wire::to_sse_comment("keep-alive");
        co_await flush();
    }

    runtime::awaitable<void> finish(std::map<int, wire::finish_reason> const& reasons,
                                    nlohmann::json const&                     metadata,
                                    wire::usage const&                        usage) override;
    runtime::awaitable<void> fail(request_problem const&) override;

    bool connection_usable() const override { return !broken_; }

private:
    void begin() {
        if (begun_) return;
        begun_ = true;
        runtime::http_response head;
        head.fields = {{"Content-Type", "text/event-stream; charset=utf-8"},
                       {"Cache-Control", "no-cache"},
                       {"X-Accel-Buffering", "no"},
                       {"Transfer-Encoding", "chunked"},
                       {"X-Request-Id", who_.request_id}};
        if (!who_.keep_alive) head.fields.emplace_back("Connection", "close");
        writer_.head(head);
    }

    // One chunk: the role goes with whatever a choice says first.
    void chunk(int choice, std::string_view delta, std::string_view finish_reason = "null") {
        auto& known = choices_[choice];
        pending_ += prefix_;
        pending_ += std::to_string(choice);
        pending_ += ",\"delta\":{";
        if (!known.role_sent) {
            pending_ += "\"role\":\"assistant\"";
            if (!delta.empty()) pending_ += ',';
        }
        known.role_sent = true;
        pending_ += delta;
        pending_ += "},\"logprobs\":null,\"finish_reason\":";
        pending_ += finish_reason;
        pending_ += suffix_;
    }

    struct choice_state {
        bool role_sent = false;
    };

    runtime::stream&            stream_;
    runtime::clock&             clock_;
    runtime::http_limit         limit_;
    identity                    who_;
    runtime::http_chunk_writer  writer_;
    std::string                 prefix_;
    std::string                 suffix_;
    std::string                 pending_;
    std::map<int, choice_state> choices_;
    bool                        begun_ = false;
    bool                        broken_ = false;
};

void streamed::add(wire::delta const& d) {
    if (auto const* t = std::get_if<wire::text>(&d))
        return chunk(t->choice, "\"content\":" + as_json(t->piece));
    if (auto const* t = std::get_if<wire::thinking>(&d)) {
        if (!t->piece.empty()) chunk(t->choice, "\"reasoning_content\":" + as_json(t->piece));
        return;
    }
    if (auto const* t = std::get_if<wire::refusal>(&d))
        return chunk(t->choice, "\"refusal\":" + as_json(t->piece));
    if (auto const* t = std::get_if<wire::tool_begins>(&d))
        return chunk(t->choice, "\"tool_calls\":[{\"index\":" + std::to_string(t->index) +
                                    ",\"id\":" + as_json(t->id) +
                                    ",\"type\":\"function\",\"function\":{\"name\":" +
                                    as_json(t->name) + ",\"arguments\":\"\"}}]");
    if (auto const* t = std::get_if<wire::tool_arguments>(&d))
        return chunk(t->choice, "\"tool_calls\":[{\"index\":" + std::to_string(t->index) +
                                    ",\"function\":{\"arguments\":" + as_json(t->piece) + "}}]");
}

runtime::awaitable<void> streamed::finish(std::map<int, wire::finish_reason> const& reasons,
                                          nlohmann::json const&                     metadata,
                                          wire::usage const&                        usage) {
    for (auto const& [choice, reason] : reasons) {
        std::string delta;
        if (choice == 0 && !metadata.is_null())
            delta = "\"provider_specific_fields\":" +
                    metadata.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        auto const words = '"' + std::string(wire::to_text(reason)) + '"';
        chunk(choice, delta, words);
    }
    if (who_.include_usage) {
        auto const end = prefix_.size() - std::string_view("{\"index\":").size();
        pending_.append(prefix_, 0, end);
        pending_ +=
            "],\"usage\":{\"prompt_tokens\":" + std::to_string(usage.input) +
            ",\"completion_tokens\":" + std::to_string(usage.output) +
            ",\"total_tokens\":" + std::to_string(usage.input + usage.output) +
            ",\"prompt_tokens_details\":{\"cached_tokens\":" + std::to_string(usage.cached) +
            "},\"completion_tokens_details\":{\"reasoning_tokens\":" +
            std::to_string(usage.reasoning) + "}}}\n\n";
    }
    pending_ += "data: [DONE]\n\n";
    co_await flush();
    co_await writer_.finish();
}

runtime::awaitable<void> streamed::fail(request_problem const& problem) {
    if (!writer_.started()) co_return co_await send_problem(stream_, clock_, limit_, problem, who_);
    broken_ = true;
    pending_ += wire::to_sse(to_body(problem));
    co_await flush();
    co_await writer_.finish();
}

}  // namespace

std::unique_ptr<client_answer> streamed_answer(runtime::stream& s, runtime::clock& c,
                                               runtime::http_limit     write,
                                               client_answer::identity who) {
    return std::make_unique<streamed>(s, c, write, std::move(who));
}

}  // namespace proxy
