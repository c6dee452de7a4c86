#include "wire/providers/openai_dialect.hpp"

#include <map>
#include <set>
#include <utility>

#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"
#include "wire/providers/openai_encoder.hpp"
#include "wire/providers/openai_request.hpp"
#include "wire/sse.hpp"

namespace wire {
namespace {

using thoughts = openai_dialect::thoughts;
using counts = openai_dialect::counts;

ordered_json usage_of(openai_dialect const& told, usage const& tokens) {
    if (told.usage) return told.usage(tokens);
    ordered_json counted{{"prompt_tokens", tokens.input},
                         {"completion_tokens", tokens.output},
                         {"total_tokens", add_counts(tokens.input, tokens.output)},
                         {"prompt_tokens_details", {{"cached_tokens", tokens.cached}}}};
    if (tokens.reasoning > 0)
        counted["completion_tokens_details"] = {{"reasoning_tokens", tokens.reasoning}};
    return counted;
}

ordered_json error_of(openai_dialect const& told, failure const& failed) {
    if (told.error) return told.error(failed);
    return read_ordered_json(openai_failure_body(failed));
}

ordered_json call_object(tool_call const& call, int index) {
    return {{"index", index},
            {"id", call.id},
            {"type", "function"},
            {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

ordered_json thought_of(thoughts how, std::string const& piece) {
    switch (how) {
        case thoughts::reasoning_content:
            return {{"content", nullptr}, {"reasoning_content", piece}};
        case thoughts::reasoning:
            return {{"reasoning", piece}};
        case thoughts::details: {
            ordered_json one{
                {"type", "reasoning.text"}, {"text", piece}, {"index", 0}, {"format", nullptr}};
            return {{"content", ""},
                    {"reasoning", piece},
                    {"reasoning_details", ordered_json::array({std::move(one)})}};
        }
        case thoughts::parts: {
            ordered_json inner{{"type", "text"}, {"text", piece}};
            ordered_json part{{"type", "thinking"},
                              {"thinking", ordered_json::array({std::move(inner)})}};
            return {{"content", ordered_json::array({std::move(part)})}};
        }
    }
    return {};
}

class encoder final : public answer_encoder {
public:
    encoder(openai_dialect const& told, answer_identity const& given)
        : told_(told), identity_(given), tokens_(given.tokens) {}

    std::string begin() override { return told_.prelude ? told_.prelude(identity_) : ""; }

    std::string encode(delta const& said) override {
        return std::visit([this](auto const& words) { return spelled(words); }, said);
    }

    std::string end() override {
        if (failed_) return {};
        std::string out;
        bool const  own =
            told_.count == counts::own_chunk || told_.count == counts::finish_and_own_chunk;
        if (own && (identity_.include_usage || told_.counts_unasked)) {
            auto last = head();
            last["usage"] = usage_of(told_, tokens_);
            out = event(std::move(last));
        }
        return out + to_sse("[DONE]");
    }

private:
    std::string spelled(text const& said) { return words(said.choice, {{"content", said.piece}}); }
    std::string spelled(refusal const& said) {
        return words(said.choice, {{told_.refuses ? "refusal" : "content", said.piece}});
    }
    std::string spelled(thinking const& said) {
        if (said.piece.empty()) return {};
        return words(said.choice, thought_of(told_.thought, said.piece));
    }
    std::string spelled(tool_begins const& said) {
        open_ = {said.id, said.name, {}};
        return told_.whole_calls ? "" : call(said.choice, call_object(open_, said.index));
    }
    std::string spelled(tool_arguments const& said) {
        open_.arguments += said.piece;
        if (told_.whole_calls) return {};
        return call(said.choice,
                    {{"index", said.index}, {"function", {{"arguments", said.piece}}}});
    }
    std::string spelled(tool_ends const& said) {
        if (!told_.whole_calls) return {};
        auto whole = call_object(open_, said.index);
        if (!told_.calls_at_the_end) return call(said.choice, std::move(whole));
        waiting_[said.choice].push_back(std::move(whole));
        return {};
    }
    std::string spelled(usage const& said) {
        tokens_ = said;
        return {};
    }
    std::string spelled(finish const& said) {
        ordered_json last = ordered_json::object();
        if (auto const waiting = waiting_.find(said.choice); waiting != waiting_.end())
            last["tool_calls"] = waiting->second;
        auto const reason = to_text(said.reason);
        auto       end = chunk(said.choice, std::move(last), reason);
        if (told_.count == counts::own_chunk) return event(std::move(end));
        if (told_.count != counts::words) {
            end["usage"] = usage_of(told_, tokens_);
            return event(std::move(end));
        }
        // OpenRouter ends twice, the second time with the count.
        auto out = event(std::move(end));
        auto again = chunk(said.choice, ordered_json::object(), reason);
        again["usage"] = usage_of(told_, tokens_);
        return out + event(std::move(again));
    }
    std::string spelled(failure const& said) {
        failed_ = true;
        auto error = error_of(told_, said);
        if (told_.count == counts::words) {
            auto whole = chunk(0, ordered_json::object(), {});
            whole["error"] = error["error"];
            error = std::move(whole);
            if (told_.dress) told_.dress(error, identity_, chunk_count_++);
        }
        auto out = to_sse(spelled_json(error), told_.names_errors ? "error" : "");
        return told_.done_after_error ? out + to_sse("[DONE]") : out;
    }

    std::string call(int choice, ordered_json one) {
        return words(choice, {{"tool_calls", ordered_json::array({std::move(one)})}});
    }

    std::string words(int choice, ordered_json said) {
        std::string out;
        if (begun_.insert(choice).second) {
            ordered_json role{{"role", "assistant"}};
            if (told_.role_apart) {
                role["content"] = "";
                out = event(chunk(choice, std::move(role), {}));
            } else {
                role.update(said);
                said = std::move(role);
            }
        }
        return out + event(chunk(choice, std::move(said), {}));
    }

    ordered_json head() const {
        return {{"id", identity_.id},
                {"object", "chat.completion.chunk"},
                {"created", identity_.created},
                {"model", identity_.model},
                {"choices", ordered_json::array()}};
    }

    ordered_json chunk(int choice, ordered_json said, std::string const& reason) const {
        ordered_json one{{"index", choice}, {"delta", std::move(said)}, {"logprobs", nullptr}};
        if (!reason.empty())
            one["finish_reason"] = reason;
        else if (told_.null_reasons)
            one["finish_reason"] = nullptr;
        auto whole = head();
        whole["choices"].push_back(std::move(one));
        return whole;
    }

    std::string event(ordered_json told) {
        if (told_.dress) told_.dress(told, identity_, chunk_count_++);
        return to_sse(spelled_json(told));
    }

    std::string spelled_json(ordered_json const& told) const {
        return told_.sorted ? dump(nlohmann::json(told)) : dump(told);
    }

    openai_dialect const&       told_;
    answer_identity             identity_;
    usage                       tokens_;
    tool_call                   open_;
    std::map<int, ordered_json> waiting_;  // calls that come with the finish
    std::set<int>               begun_;    // choices whose role has been told
    std::size_t                 chunk_count_ = 0;
    bool                        failed_ = false;
};

}  // namespace

provider_request openai_dialect_request(openai_dialect const& told, conversation const& talk,
                                        account const& whose) {
    auto body = openai_body(talk);
    if (told.counts_unasked) body.erase("stream_options");
    if (told.body) told.body(body, talk);
    fields headers;
    if (told.key_field)
        headers.emplace_back(told.key_field, whose.api_key);
    else if (!whose.api_key.empty())
        headers.emplace_back("Authorization", "Bearer " + whose.api_key);
    headers.emplace_back("Content-Type", "application/json");
    return {told.path ? told.path(talk, whose) : "/chat/completions", std::move(headers),
            dump(body)};
}

provider_question openai_dialect_question(openai_dialect const& told, std::string_view,
                                          std::string_view      body) {
    auto read = openai_question(body);
    if (told.counts_unasked) read.include_usage = true;
    return read;
}

std::unique_ptr<answer_encoder> openai_dialect_encoder(openai_dialect const&  told,
                                                       answer_identity const& identity) {
    return std::make_unique<encoder>(told, identity);
}

std::string openai_dialect_whole(openai_dialect const& told, std::vector<delta> const& said,
                                 answer_identity const& identity) {
    auto const all = gather(said, identity.tokens);
    if (all.failed) return openai_dialect_failure(told, *all.failed);
    auto body = read_ordered_json(openai_whole_body(said, identity));
    body.erase("service_tier");
    body.erase("system_fingerprint");
    body["usage"] = usage_of(told, all.tokens);
    for (auto& choice : body["choices"]) {
        auto& message = choice["message"];
        message.erase("annotations");
        if (!told.refuses) {
            if (message["refusal"].is_string()) message["content"] = message["refusal"];
            message.erase("refusal");
        }
        auto const thought = message.find("reasoning_content");
        if (thought == message.end() || told.thought == thoughts::reasoning_content) continue;
        auto const piece = thought->get<std::string>();
        message.erase("reasoning_content");
        auto spelled = thought_of(told.thought, piece);
        if (told.thought == thoughts::parts) {
            if (message["content"].is_string())
                spelled["content"].push_back({{"type", "text"}, {"text", message["content"]}});
        } else {
            spelled.erase("content");
        }
        message.update(spelled);
    }
    if (told.dress) told.dress(body, identity, 0);
    return told.sorted ? dump(nlohmann::json(body)) : dump(body);
}

std::string openai_dialect_failure(openai_dialect const& told, failure const& failed) {
    return dump(error_of(told, failed));
}

failure openai_failed(int status, std::string_view body) { return read_failure(status, body); }

}  // namespace wire
