#include "wire/providers/ollama_encoder.hpp"

#include <cstdio>
#include <ctime>
#include <utility>

#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

// Six digits of a second, of which the mock knows none: they count the lines.
std::string time_text(std::int64_t seconds, int line) {
    std::time_t const given = seconds;
    std::tm           parts{};
    gmtime_r(&given, &parts);
    char out[64];
    std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  line % 1'000'000);
    return out;
}

ordered_json call_object(tool_call const& call, int index) {
    ordered_json function = ordered_json::object();
    if (index > 0) function["index"] = index;  // the first call says none
    function["name"] = call.name;
    function["arguments"] = ordered_json(arguments_object(call.arguments));
    return {{"id", call.id}, {"function", std::move(function)}};
}

void add_end(ordered_json& line, finish_reason reason, usage const& tokens) {
    line["done_reason"] = reason == finish_reason::length ? "length" : "stop";
    line["done"] = true;
    line["total_duration"] = 171946792;
    line["load_duration"] = 38473250;
    // What is zero is left out.
    if (tokens.input > 0) line["prompt_eval_count"] = tokens.input;
    line["prompt_eval_duration"] = 27608250;
    if (tokens.output > 0) line["eval_count"] = tokens.output;
    line["eval_duration"] = 105611917;
}

class encoder final : public answer_encoder {
public:
    explicit encoder(answer_identity const& given) : identity_(given), tokens_(given.tokens) {}

    std::string begin() override { return {}; }

    std::string encode(delta const& said) override {
        return std::visit([this](auto const& words) { return spelled(words); }, said);
    }

    std::string end() override { return {}; }

private:
    std::string spelled(text const& said) { return line({{"content", said.piece}}); }
    std::string spelled(refusal const& said) { return line({{"content", said.piece}}); }
    std::string spelled(thinking const& said) {
        if (said.piece.empty()) return {};
        return line({{"content", ""}, {"thinking", said.piece}});
    }
    std::string spelled(tool_begins const& said) {
        open_ = {said.id, said.name, {}};
        return {};
    }
    std::string spelled(tool_arguments const& said) {
        open_.arguments += said.piece;
        return {};
    }
    std::string spelled(tool_ends const& said) {
        auto calls = ordered_json::array();
        calls.push_back(call_object(open_, said.index));
        return line({{"content", ""}, {"tool_calls", std::move(calls)}});
    }
    std::string spelled(usage const& said) {
        tokens_ = said;
        return {};
    }
    std::string spelled(finish const& said) {
        auto last = head({{"content", ""}});
        add_end(last, said.reason, tokens_);
        return dump(last) + '\n';
    }
    std::string spelled(failure const& said) { return ollama_failure_body(said) + '\n'; }

    ordered_json head(ordered_json const& words) {
        ordered_json message{{"role", "assistant"}};
        message.update(words);
        return {{"model", identity_.model},
                {"created_at", time_text(identity_.created, ++line_count_)},
                {"message", std::move(message)}};
    }

    std::string line(ordered_json const& words) {
        auto told = head(words);
        told["done"] = false;
        return dump(told) + '\n';
    }

    answer_identity identity_;
    usage           tokens_;
    tool_call       open_;
    int             line_count_ = 0;
};

}  // namespace

std::unique_ptr<answer_encoder> ollama_encoder(answer_identity const& identity) {
    return std::make_unique<encoder>(identity);
}

std::string ollama_whole_body(std::vector<delta> const& said, answer_identity const& identity) {
    auto const all = gather(said, identity.tokens);
    if (all.failed) return ollama_failure_body(*all.failed);
    ordered_json message{{"role", "assistant"}, {"content", all.text + all.refused}};
    if (!all.thoughts.empty()) message["thinking"] = all.thoughts;
    int index = 0;
    for (auto const& call : all.calls) message["tool_calls"].push_back(call_object(call, index++));
    ordered_json body{{"model", identity.model},
                      {"created_at", time_text(identity.created, 0)},
                      {"message", std::move(message)}};
    add_end(body, all.reason, all.tokens);
    return dump(body);
}

std::string ollama_failure_body(failure const& told) {
    return dump(ordered_json{{"error", told.message}});
}

}  // namespace wire
