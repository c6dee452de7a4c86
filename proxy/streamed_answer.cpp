#include <boost/system/system_error.hpp>

#include "proxy/chat_metadata.hpp"
#include "proxy/json_text.hpp"
#include "wire/json_members.hpp"
#include "wire/sse.hpp"

namespace proxy {

namespace {

// One id, the role once and first, one finish reason per choice, the metadata on the last chunk,
// usage after it, one [DONE].
class streamed final : public client_answer {
public:
    streamed(client_line const& to, identity who, bool include_usage)
        : line_(to),
          who_(std::move(who)),
          include_usage_(include_usage),
          writer_(to.stream, to.clock, to.write) {
        prefix_ =
            "data: {\"id\":" + json_text(who_.id) +
            ",\"object\":\"chat.completion.chunk\",\"created\":" + std::to_string(who_.created) +
            ",\"model\":" + json_text(who_.model) + ",\"choices\":[{\"index\":";
        suffix_ = include_usage_ ? "}],\"usage\":null}\n\n" : "}]}\n\n";
        before_words_ = prefix_ + "0,\"delta\":{\"content\":\"";
        behind_words_ = "\"},\"logprobs\":null,\"finish_reason\":null" + suffix_;
    }

    void add(wire::delta const&) override;
    void add_words(wire::words const&) override;

    // Without a frame of its own: this is done for every chunk.
    runtime::awaitable<void> flush() override {
        if (pending_.empty()) return nothing();
        begin();
        going_.clear();
        going_.swap(pending_);  // the memory of both is used again and again
        return writer_.write(going_);
    }

    runtime::awaitable<void> keep_warm() override {
        if (!writer_.started()) co_return;
        pending_ += wire::to_sse_comment("keep-alive");
        co_await flush();
    }

    runtime::awaitable<void> finish(ending const&) override;
    runtime::awaitable<void> fail(request_problem const&) override;

    bool connection_usable() const override { return !broken_; }

private:
    static runtime::awaitable<void> nothing() { co_return; }

    void begin() {
        if (begun_) return;
        begun_ = true;
        writer_.head(stream_head(who_));
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
        bool        role_sent = false;
        std::string thought;  // since the last seal
    };

    void think(wire::thinking const&);

    client_line                 line_;
    identity                    who_;
    bool                        include_usage_;
    runtime::http_chunk_writer  writer_;
    std::string                 prefix_;
    std::string                 suffix_;
    std::string                 before_words_;  // of choice 0, once its role is told
    std::string                 behind_words_;
    std::string                 pending_;
    std::string                 going_;  // what is being written
    std::map<int, choice_state> choices_;
    bool                        role_told_ = false;  // of choice 0, by words
    bool                        begun_ = false;
    bool                        broken_ = false;
};

// Copied once, from what was read to what is written.
void streamed::add_words(wire::words const& w) {
    if (w.choice != 0 || !role_told_) {
        chunk(w.choice, "\"content\":\"" + std::string(w.spelled) + '"');
        role_told_ = role_told_ || w.choice == 0;
        return;
    }
    pending_ += before_words_;
    pending_ += w.spelled;
    pending_ += behind_words_;
}

void streamed::add(wire::delta const& d) {
    if (auto const* t = std::get_if<wire::text>(&d)) {
        std::string content = "\"content\":";
        wire::append_quoted(content, t->piece);
        return chunk(t->choice, content);
    }
    if (auto const* t = std::get_if<wire::thinking>(&d)) return think(*t);
    if (auto const* t = std::get_if<wire::refusal>(&d))
        return chunk(t->choice, "\"refusal\":" + json_text(t->piece));
    if (auto const* t = std::get_if<wire::tool_begins>(&d))
        return chunk(t->choice, "\"tool_calls\":[{\"index\":" + std::to_string(t->index) +
                                    ",\"id\":" + json_text(t->id) +
                                    ",\"type\":\"function\",\"function\":{\"name\":" +
                                    json_text(t->name) + ",\"arguments\":\"\"}}]");
    if (auto const* t = std::get_if<wire::tool_arguments>(&d))
        return chunk(t->choice, "\"tool_calls\":[{\"index\":" + std::to_string(t->index) +
                                    ",\"function\":{\"arguments\":" + json_text(t->piece) + "}}]");
}

// A provider that seals its thoughts wants them back with the next question. The block has all of
// its words once more: a client that only keeps the blocks has what it must send.
void streamed::think(wire::thinking const& t) {
    auto&       thought = choices_[t.choice].thought;
    std::string delta;
    if (!t.piece.empty()) delta = "\"reasoning_content\":" + json_text(t.piece);
    if (!t.redacted) thought += t.piece;
    if (!t.signature.empty()) {
        if (!delta.empty()) delta += ',';
        delta += "\"thinking_blocks\":[{\"type\":";
        if (t.redacted)
            delta += "\"redacted_thinking\",\"data\":";
        else
            delta +=
                "\"thinking\",\"thinking\":" + json_text(std::exchange(thought, std::string())) +
                ",\"signature\":";
        delta += json_text(t.signature) + "}]";
    }
    if (!delta.empty()) chunk(t.choice, delta);
}

runtime::awaitable<void> streamed::finish(ending const& end) {
    auto const  metadata = chat_metadata(end);
    auto const& usage = end.tokens;
    for (auto const& [choice, reason] : end.reasons) {
        std::string delta;
        if (choice == 0 && !metadata.is_null())
            delta = "\"provider_specific_fields\":" + json_text(metadata);
        auto const words = '"' + std::string(wire::to_text(reason)) + '"';
        chunk(choice, delta, words);
    }
    if (include_usage_) {
        auto const size = prefix_.size() - std::string_view("{\"index\":").size();
        pending_.append(prefix_, 0, size);
        pending_ +=
            "],\"usage\":{\"prompt_tokens\":" + std::to_string(usage.input) +
            ",\"completion_tokens\":" + std::to_string(usage.output) +
            ",\"total_tokens\":" + std::to_string(wire::add_counts(usage.input, usage.output)) +
            ",\"prompt_tokens_details\":{\"cached_tokens\":" + std::to_string(usage.cached) +
            "},\"completion_tokens_details\":{\"reasoning_tokens\":" +
            std::to_string(usage.reasoning) + "}}}\n\n";
    }
    pending_ += "data: [DONE]\n\n";
    co_await flush();
    co_await writer_.finish();
}

runtime::awaitable<void> streamed::fail(request_problem const& problem) {
    auto body = to_body(problem);
    if (!writer_.started()) {
        co_await send_problem(line_, problem, std::move(body), who_);
        co_return;
    }
    broken_ = true;
    pending_ += wire::to_sse(body);
    co_await flush();
    co_await writer_.finish();
}

}  // namespace

std::unique_ptr<client_answer> streamed_answer(client_line const& to, client_answer::identity who,
                                               bool include_usage) {
    return std::make_unique<streamed>(to, std::move(who), include_usage);
}

}  // namespace proxy
