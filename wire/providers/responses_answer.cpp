#include "wire/providers/responses_answer.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "wire/answer_reader.hpp"
#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_members.hpp"
#include "wire/providers/openai_choice.hpp"

namespace wire {
namespace {

usage read_usage(nlohmann::json const& told) {
    static nlohmann::json const nothing;
    auto const*                 input = find_member(told, "input_tokens_details");
    auto const*                 output = find_member(told, "output_tokens_details");
    return {count_member(told, "input_tokens"), count_member(told, "output_tokens"),
            count_member(input ? *input : nothing, "cached_tokens"),
            count_member(output ? *output : nothing, "reasoning_tokens")};
}

class responses_answer final : public answer_reader {
public:
    explicit responses_answer(std::size_t waiting_max) : choice_(0, waiting_max) {}

    bool read(frame const& told, std::vector<delta>& out) override {
        if (told.data.empty() || told.data == "[DONE]") return true;
        auto const said = parse_told(told.data);
        auto       type = text_member(said, "type");
        if (type.empty()) type = told.type;
        if (type == "error" || find_member(said, "error")) {
            // Nested on the wire and flat in the schema, where the type is but the event's.
            auto failed = failure_of(0, said);
            if (failed.type == "error") failed.type = failed.code;
            out.push_back(std::move(failed));
            return false;
        }
        if (type == "response.output_text.delta") say<text>(said, out);
        if (type == "response.refusal.delta") say<refusal>(said, out);
        if (type == "response.reasoning_summary_text.delta" ||
            type == "response.reasoning_text.delta")
            think(text_member(said, "delta"), out);
        if (type == "response.reasoning_summary_part.added" &&
            count_member(said, "summary_index") > 0)
            think("\n\n", out);
        if (type == "response.output_item.added") begin_item(said, out);
        if (type == "response.function_call_arguments.delta")
            say_arguments(said, text_member(said, "delta"), out);
        if (type == "response.function_call_arguments.done") end_arguments(said, out);
        if (type == "response.output_item.done") end_item(said, out);
        bool const over = type == "response.completed" || type == "response.incomplete" ||
                          type == "response.failed";
        if (!over) return true;
        auto const* response = find_member(said, "response");
        if (!response) fail(error::malformed, type + " without a response");
        finish(*response, out);
        return false;
    }

    void end(std::string_view, std::vector<delta>&) override {
        fail(error::stream_cut, "the answer ended without response.completed");
    }

    void read_whole(nlohmann::json const& response, std::vector<delta>& out) {
        auto const* output = find_member(response, "output");
        if (!output || !output->is_array()) fail(error::malformed, "a response without output");
        std::int64_t number = 0;
        for (auto const& item : *output) {
            nlohmann::json const told{{"output_index", number++}, {"item", item}};
            say_item(item, out);
            begin_item(told, out);
            end_item(told, out);
        }
        finish(response, out);
    }

private:
    template <class word>
    void say(nlohmann::json const& told, std::vector<delta>& out) {
        if (auto piece = text_member(told, "delta"); !piece.empty())
            choice_.say(word{std::move(piece)}, out);
    }

    void think(std::string piece, std::vector<delta>& out) {
        if (!piece.empty()) choice_.say(thinking{std::move(piece), {}}, out);
    }

    void begin_item(nlohmann::json const& told, std::vector<delta>& out) {
        auto const* item = find_member(told, "item");
        if (!item || text_member(*item, "type") != "function_call") return;
        choice_.call({{"index", count_member(told, "output_index")},
                      {"id", text_member(*item, "call_id")},
                      {"function", {{"name", text_member(*item, "name")}}}},
                     {}, out);
    }

    void say_arguments(nlohmann::json const& told, std::string piece, std::vector<delta>& out) {
        if (piece.empty()) return;
        auto const number = count_member(told, "output_index");
        told_.insert(number);
        choice_.call({{"index", number}, {"function", {{"arguments", std::move(piece)}}}}, {}, out);
    }

    // Some servers send no pieces.
    void end_arguments(nlohmann::json const& told, std::vector<delta>& out) {
        if (!told_.contains(count_member(told, "output_index")))
            say_arguments(told, text_member(told, "arguments"), out);
    }

    void end_item(nlohmann::json const& told, std::vector<delta>& out) {
        auto const* item = find_member(told, "item");
        if (!item) return;
        auto const type = text_member(*item, "type");
        if (type == "function_call" && !told_.contains(count_member(told, "output_index")))
            say_arguments(told, text_member(*item, "arguments"), out);
        // Of the two, the sealed thoughts at the end count; they go back under their id.
        auto const seal = text_member(*item, "encrypted_content");
        if (type == "reasoning" && !seal.empty())
            choice_.say(thinking{{}, text_member(*item, "id") + ":" + seal}, out);
    }

    void say_item(nlohmann::json const& item, std::vector<delta>& out) {
        auto const type = text_member(item, "type");
        auto const parts = [&](char const* name, auto const& each) {
            auto const* all = find_member(item, name);
            if (all && all->is_array())
                for (auto const& part : *all) each(part);
        };
        if (type == "message")
            parts("content", [&](nlohmann::json const& part) {
                if (auto piece = text_member(part, "text"); !piece.empty())
                    choice_.say(text{std::move(piece)}, out);
                if (auto piece = text_member(part, "refusal"); !piece.empty())
                    choice_.say(refusal{std::move(piece)}, out);
            });
        if (type != "reasoning") return;
        bool first = true;
        parts("summary", [&](nlohmann::json const& part) {
            if (!std::exchange(first, false)) think("\n\n", out);
            think(text_member(part, "text"), out);
        });
        parts("content",
              [&](nlohmann::json const& part) { think(text_member(part, "text"), out); });
    }

    void finish(nlohmann::json const& response, std::vector<delta>& out) {
        auto const  status = text_member(response, "status");
        auto const* failed = find_member(response, "error");
        if (!failed && status != "failed" && status != "cancelled") choice_.end(out);
        if (auto const* tokens = find_member(response, "usage")) out.push_back(read_usage(*tokens));
        if (failed) {
            auto told = failure_of(0, response);
            if (told.type.empty()) told.type = told.code;
            out.push_back(std::move(told));
            return;
        }
        if (status == "failed" || status == "cancelled") {
            out.push_back(failure{0, status, "the response has " + status, {}});
            return;
        }
        auto reason = finish_reason::stop;
        if (status == "incomplete") {
            auto const* why = find_member(response, "incomplete_details");
            bool const  filtered = why && text_member(*why, "reason") == "content_filter";
            reason = filtered ? finish_reason::content_filter : finish_reason::length;
        }
        choice_.finish(reason);
        out.push_back(wire::finish{choice_.reason()});
    }

    openai_choice          choice_;  // puts calls that are told side by side into their order
    std::set<std::int64_t> told_;    // places of calls whose arguments have begun
};

}  // namespace

std::unique_ptr<answer_decoder> responses_decoder(std::size_t event_size_max) {
    return framed_decoder(framing::sse, std::make_unique<responses_answer>(event_size_max),
                          responses_whole, event_size_max);
}

std::vector<delta> responses_whole(std::string_view body) {
    auto const         told = parse_told(body);
    std::vector<delta> out;
    if (find_member(told, "error") && !find_member(told, "output"))
        out.push_back(failure_of(0, told));
    else
        responses_answer(body.size() + 4096).read_whole(told, out);
    return out;
}

}  // namespace wire
