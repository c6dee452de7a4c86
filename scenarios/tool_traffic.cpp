#include "scenarios/tool_traffic.hpp"

#include <algorithm>
#include <map>

#include "scenarios/token.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using nlohmann::json;

// A model may know `echo` as "everything-echo".
bool same_tool(std::string const& called, std::string const& tool) {
    if (called == tool) return true;
    return called.size() > tool.size() && called.ends_with(tool) &&
           std::string_view("-_./:").find(called[called.size() - tool.size() - 1]) !=
               std::string_view::npos;
}

json arguments_of(std::string const& text) {
    if (text.empty()) return json::object();
    return wire::read_json(text);
}

// One call as a model has made it.
struct model_call {
    std::string id;
    std::string tool;
    json        arguments;
};

// What a provider said in plain words; nothing if it also said bytes that nobody has read.
std::optional<std::vector<model_call>> calls_said(story const& told) {
    std::vector<model_call> all;
    for (auto const& turn : told.turns) {
        for (auto const* verb : {"bytes", "raw", "recording"})
            if (turn.first(verb) != nullptr) return {};
        for (auto const* e : turn.said) {
            if (e->verb != "tool") continue;
            auto const words = tokens_of(e->words);
            if (words.size() < 2) return {};
            bool const is_json = words[1].what == token::kind::json;
            all.push_back(
                {{}, words[0].text, is_json ? words[1].json : arguments_of(words[1].text)});
        }
    }
    return all;
}

// The calls of a conversation, in OpenAI's and in Anthropic's form.
std::vector<model_call> calls_in(json const& messages) {
    std::vector<model_call> all;
    if (!messages.is_array()) return all;
    auto const text = [](json const& value) {
        return value.is_string() ? value.get<std::string>() : std::string();
    };
    for (auto const& message : messages) {
        auto const& tool_calls = member(message, "tool_calls");
        if (tool_calls.is_array())
            for (auto const& call : tool_calls) {
                auto const& function = member(call, "function");
                all.push_back({text(member(call, "id")), text(member(function, "name")),
                               arguments_of(text(member(function, "arguments")))});
            }
        auto const& content = member(message, "content");
        if (!content.is_array()) continue;
        for (auto const& part : content)
            if (member(part, "type") == "tool_use")
                all.push_back(
                    {text(member(part, "id")), text(member(part, "name")), member(part, "input")});
    }
    std::erase_if(all, [](auto const& call) { return call.id.empty() || call.tool.empty(); });
    return all;
}

void append_texts(json const& content, std::string& out) {
    if (content.is_string()) out += content.get<std::string>();
    if (content.is_array())
        for (auto const& part : content) append_texts(member(part, "text"), out);
}

// What a conversation hands to the model for each call, by its id.
std::map<std::string, std::string> results_in(json const& messages) {
    std::map<std::string, std::string> all;
    if (!messages.is_array()) return all;
    for (auto const& message : messages) {
        auto const& content = member(message, "content");
        if (auto const& id = member(message, "tool_call_id"); id.is_string())
            append_texts(content, all[id.get<std::string>()]);
        if (!content.is_array()) continue;
        for (auto const& part : content)
            if (auto const& id = member(part, "tool_use_id"); id.is_string())
                append_texts(member(part, "content"), all[id.get<std::string>()]);
    }
    return all;
}

class traffic_judge {
public:
    traffic_judge(char const* check, evidence const& seen, story const& told)
        : check_(check), seen_(seen), told_(told) {}

    std::vector<objection> judge() {
        judge_known();
        judge_asked_for();
        for (auto const& turn : told_.turns) judge_results(turn);
        return std::move(objections_);
    }

private:
    void add(event_pointer about, std::string problem, std::string detail = {}) {
        objections_.push_back(object(check_, about, std::move(problem), std::move(detail)));
    }

    void judge_known() {
        for (auto const& call : told_.calls)
            for (auto const& server : seen_.played.servers) {
                if (server.name != call.server || server.recorded) continue;
                bool const lists =
                    std::any_of(server.methods.begin(), server.methods.end(),
                                [](auto const& method) { return method.method == "tools/list"; });
                bool const has =
                    std::any_of(server.tools.begin(), server.tools.end(),
                                [&](auto const& tool) { return tool.name == call.tool; });
                if (!has && !lists) add(call.request, "the server has no such tool");
            }
    }

    // A call whose server broke may be made again.
    void judge_asked_for() {
        auto open = calls_said(told_);
        if (!open) return;
        for (auto const* e : told_.mcp_requests)
            if (auto const words = tokens_of(e->words); e->verb == "call" && !words.empty())
                open->push_back({{}, words.front().text, member(e->detail, "arguments")});
        for (auto const& call : told_.calls) {
            if (call.broken != nullptr || !call.request->detail.contains("arguments")) continue;
            auto const& arguments = member(call.request->detail, "arguments");
            auto const  asked = std::find_if(open->begin(), open->end(), [&](auto const& said) {
                return same_tool(said.tool, call.tool) && said.arguments == arguments;
            });
            if (asked == open->end()) {
                add(call.request, "nobody has asked for this call");
                return;
            }
            open->erase(asked);
        }
    }

    void judge_results(provider_turn const& turn) {
        auto const* x = told_.owner(turn);
        if (x == nullptr) return;
        auto const& messages = messages_of(*turn.request);
        auto const  results = results_in(messages);
        auto        calls = calls_in(messages);
        // What the client brings along is its own affair.
        auto const  brought = calls_in(member(member(x->request->detail, "body"), "messages"));
        std::erase_if(calls, [&](auto const& call) {
            return std::any_of(brought.begin(), brought.end(),
                               [&](auto const& other) { return other.id == call.id; });
        });
        for (auto const& call : calls) {
            auto const result = results.find(call.id);
            if (result == results.end())
                add(turn.request, "the result of " + call.id + " is missing");
            else
                judge_result(turn, call, calls, result->second);
        }
    }

    // Only where it is certain which of the server's answers is meant, and what it says.
    void judge_result(provider_turn const& turn, model_call const& call,
                      std::vector<model_call> const& calls, std::string const& result) {
        constexpr std::size_t shortened = 1000;  // longer ones may be
        auto const            alike = [&](model_call const& other) {
            return other.tool == call.tool && other.arguments == call.arguments;
        };
        if (std::count_if(calls.begin(), calls.end(), alike) != 1) return;
        mcp_call const* made = nullptr;
        for (auto const& one : told_.calls) {
            if (!same_tool(call.tool, one.tool) ||
                member(one.request->detail, "arguments") != call.arguments)
                continue;
            if (made != nullptr) return;
            made = &one;
        }
        if (made == nullptr || made->answers.size() != 1 ||
            made->answers.front()->number > turn.request->number)
            return;
        auto const said = quoted_text(*made->answers.front());
        if (said.size() > shortened || result.find(said) != result.npos) return;
        add(turn.request, "the result of " + call.id + " is another than the server gave",
            "the server said " + runtime::quoted(said) + ", the model is told " +
                runtime::quoted(result.substr(0, 80)));
    }

    char const*            check_;
    evidence const&        seen_;
    story const&           told_;
    std::vector<objection> objections_;
};

}  // namespace

std::vector<objection> judge_tool_traffic(char const* check, evidence const& seen,
                                          story const& told) {
    return traffic_judge(check, seen, told).judge();
}

}  // namespace scenario
