#include <algorithm>
#include <map>
#include <set>

#include "replay/recording.hpp"
#include "scenarios/checks.hpp"
#include "scenarios/exchange.hpp"
#include "scenarios/tool_traffic.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "side-effects";

using nlohmann::json;

void judge_number_of_turns(evidence const& seen, story const& told,
                           std::vector<objection>& objections) {
    for (auto const& script : seen.played.providers) {
        std::size_t count = 0;
        for (auto const& turn : told.turns)
            if (turn.provider == script.name && ++count == script.turns.size() + 1)
                objections.push_back(
                    object(id, turn.request, "this turn is in no script",
                           script.name + " has " + std::to_string(script.turns.size())));
    }
}

// A recording is either used, all of it, or stale.
void judge_recordings(evidence const& seen, std::vector<objection>& objections) {
    for (auto const& e : seen.events)
        if (e.verb == "miss")
            objections.push_back(
                object(id, &e, "the request is not the one that was recorded", e.words));
    struct use {
        int                      line = 0;
        std::size_t              count = 0;
        std::set<std::size_t>    played;
        replay::recording const* file = nullptr;
    };
    std::map<std::string, use> files;
    for (auto const& script : seen.played.providers)
        for (auto const& turn : script.turns)
            for (auto const& step : turn.steps) {
                if (!step.recorded) continue;
                auto& mine = files[step.text];
                mine.line = step.line;
                mine.count = step.recorded->exchanges.size();
                mine.file = step.recorded.get();
                mine.played.insert(static_cast<std::size_t>(step.number));
            }
    for (auto const& [name, mine] : files)
        for (std::size_t number = 1; number <= mine.count; ++number) {
            if (mine.played.contains(number)) continue;
            auto const& asked = mine.file->exchanges[number - 1].asked;
            objection   unused;
            unused.check = id;
            unused.problem =
                "exchange " + std::to_string(number) + " of " + name + " is in no turn";
            unused.detail = asked.method + ' ' + asked.target;
            unused.where = {mine.line, 1, 1};
            objections.push_back(std::move(unused));
        }
}

// Each recorded request that no client made. A program that is a recording runs once.
void judge_recorded_servers(evidence const& seen, std::vector<objection>& objections) {
    static std::set<std::string> const messages{"initialize", "initialized", "list",
                                                "call",       "cancel",      "answer",
                                                "notify",     "request",     "end-session"};
    for (auto const& script : seen.played.servers) {
        if (!script.recorded) continue;
        // Over HTTP a stream is asked for too.
        bool const by_http = !script.recorded->over_stdio;
        auto const is_asked = [&](runtime::event const& e) {
            bool const gets = by_http && (e.verb == "start" || e.verb == "listen");
            return e.to == script.name && (gets || messages.contains(e.verb));
        };
        auto const is_said = [](replay::spoken_line const& l) {
            return l.what == replay::spoken_line::kind::to_program;
        };
        auto const& file = *script.recorded;
        auto const  asked = std::count_if(seen.events.begin(), seen.events.end(), is_asked);
        auto const  recorded = file.over_stdio
                                   ? std::count_if(file.lines.begin(), file.lines.end(), is_said)
                                   : static_cast<std::ptrdiff_t>(file.exchanges.size());
        if (asked >= recorded) continue;
        objection unused;
        unused.check = id;
        unused.problem = std::to_string(recorded - asked) + " of the " + std::to_string(recorded) +
                         " requests in " + script.recording_name + " are never made";
        unused.where = {script.line, 1, 1};
        objections.push_back(std::move(unused));
    }
}

void judge_turns_after_error(story const& told, std::vector<objection>& objections) {
    for (auto const& turn : told.turns) {
        auto const* x = told.owner(turn);
        auto const* error = x == nullptr ? nullptr : x->first("error");
        if (error != nullptr && error->number < turn.request->number)
            objections.push_back(object(id, turn.request,
                                        "the provider is asked again after the client was told "
                                        "of an error"));
    }
}

// The client has gone, and no other is there that might want the tool.
bool nobody_wants(story const& told, mcp_call const& call, runtime::duration slack) {
    bool anybody_left = false;
    for (auto const& x : told.exchanges) {
        if (x.request->number > call.request->number) continue;
        if (x.hang_up == nullptr) {
            if (x.over == nullptr || x.over->number > call.request->number) return false;
            continue;
        }
        // At the same instant the call may have been on its way.
        if (call.request->at <= x.hang_up->at + slack) return false;
        anybody_left = true;
    }
    return anybody_left;
}

void judge_calls(evidence const& seen, story const& told, std::vector<objection>& objections) {
    for (auto const& call : told.calls) {
        if (nobody_wants(told, call, seen.slack.late))
            objections.push_back(
                object(id, call.request, "a tool is called after the client has left"));
        if (call.answers.size() > 1)
            objections.push_back(object(id, call.answers[1], "this call was answered before"));
    }
}

// JSON-RPC ids, where the trace tells them: unique within one session of one server.
void judge_request_ids(story const& told, std::vector<objection>& objections) {
    std::set<std::string> seen;
    for (auto const& call : told.calls) {
        auto const& detail = call.request->detail;
        if (!detail.is_object() || !detail.contains("id") || !detail.contains("session")) continue;
        auto const key = call.server + " " + detail["session"].dump() + " " + detail["id"].dump();
        if (!seen.insert(key).second)
            objections.push_back(object(id, call.request, "this request id was used before",
                                        "id " + detail["id"].dump()));
    }
}

// How often a request hands each result to the model: OpenAI's tool messages and
// Anthropic's tool_result blocks.
std::map<std::string, int> results_in(json const& messages) {
    std::map<std::string, int> results;
    auto const                 count = [&](json const& call_id) {
        if (call_id.is_string()) ++results[call_id.get<std::string>()];
    };
    if (!messages.is_array()) return results;
    for (auto const& message : messages) {
        count(member(message, "tool_call_id"));
        auto const& content = member(message, "content");
        if (!content.is_array()) continue;
        for (auto const& part : content) count(member(part, "tool_use_id"));
    }
    return results;
}

// How often each id stands in the calls that one message of the model has.
std::map<std::string, int> calls_in(json const& message) {
    std::map<std::string, int> calls;
    auto const                 count = [&](json const& call_id) {
        if (call_id.is_string()) ++calls[call_id.get<std::string>()];
    };
    auto const& tool_calls = member(message, "tool_calls");
    if (tool_calls.is_array())
        for (auto const& call : tool_calls) count(member(call, "id"));
    auto const& content = member(message, "content");
    if (content.is_array())
        for (auto const& part : content)
            if (member(part, "type") == "tool_use") count(member(part, "id"));
    return calls;
}

void judge_conversation(provider_turn const& turn, std::vector<objection>& objections) {
    auto const& messages = messages_of(*turn.request);
    if (!messages.is_array()) return;
    for (auto const& message : messages)
        for (auto const& [call, times] : calls_in(message))
            if (times > 1)
                objections.push_back(
                    object(id, turn.request, "the call " + call + " stands twice in one message"));

    // A provider may use an id again in a later message; then it has as many results.
    std::map<std::string, int> called;
    for (auto const& message : messages)
        for (auto const& [call, times] : calls_in(message)) called[call] += times;
    for (auto const& [call, times] : results_in(messages))
        if (times > std::max(1, called[call]))
            objections.push_back(object(
                id, turn.request,
                "the result of " + call + " is handed over " + std::to_string(times) + " times"));
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    judge_number_of_turns(seen, told, objections);
    judge_recordings(seen, objections);
    judge_recorded_servers(seen, objections);
    judge_turns_after_error(told, objections);
    judge_calls(seen, told, objections);
    judge_request_ids(told, objections);
    for (auto const& turn : told.turns) judge_conversation(turn, objections);
    for (auto& o : judge_tool_traffic(id, seen, told)) objections.push_back(std::move(o));
    return objections;
}

}  // namespace

check side_effects() {
    return {
        id,
        "providers and tools are asked as often as the script says and for what the model wants, "
        "each call has one result, which is the server's, and nobody is asked for a client that "
        "has left or was told of an error",
        "BerriAI/litellm#37031", judge};
}

}  // namespace scenario::standing
