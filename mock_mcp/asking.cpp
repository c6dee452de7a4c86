// What a server asks its client: up to 2025-11-25 by requests of its own, since 2026-07-28 by an
// answer that says what it wants to know.

#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "mock_mcp/questions.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

namespace mock_mcp {

namespace {

using nlohmann::json;

// The client capability without which this may not be asked.
char const* capability_for(std::string const& word) {
    if (word == "sampling") return "sampling";
    return word == "roots" ? "roots" : "elicitation";
}

json params_of(mcp_step const& s, json const& known) {
    return s.json.is_null() ? question_of(s.words).params : filled(s.json, known);
}

json answer_in(wire::rpc_response const& response) {
    if (!response.error) return response.result;
    return "error " + std::to_string(response.error->code) + ' ' + response.error->message;
}

}  // namespace

// What the client has said, for the texts that come: by its key, and as the last answer.
void mock_mcp::took(reply& to, std::string const& key, nlohmann::json const& answer) {
    auto const text = answer.is_string() ? answer.get<std::string>() : said_in(answer);
    to.known[key] = text;
    to.known["answer"] = text;
}

runtime::awaitable<void> mock_mcp::ask_client(std::span<mcp_step const> steps, reply& to) {
    std::vector<std::pair<std::string, std::string>> asked;  // ids, and by what key
    for (auto const& s : steps) {
        bool const can = to.who && to.who->capabilities.is_object() &&
                         to.who->capabilities.contains(capability_for(s.words));
        if (s.if_offered && !can) continue;
        wire::rpc_request request;
        request.id = "ask-" + std::to_string(++asked_count_);
        request.method = question_of(s.words).method;
        request.params = params_of(s, to.known);
        asked.emplace_back(wire::to_text(request.id), s.key);
        note_out(to.exchange, "ask", s.words + ' ' + asked.back().first);
        auto text = wire::to_text(request);
        co_await to.message(std::move(text));
    }
    for (auto const& one : asked) {
        while (!answered_.contains(one.first)) co_await heard_answer_.wait();
        auto const& key = one.second.empty() ? one.first : one.second;
        took(to, key, answer_in(answered_.at(one.first)));
    }
}

// True: all that is asked has been answered, and the script goes on. Else the client has been told
// what it is asked; with its next try the script goes on from there.
runtime::awaitable<bool> mock_mcp::ask_back(wire::rpc_request const& request, reply& to,
                                            asked_back mine, std::size_t end) {
    auto const& steps = *mine.steps;
    auto const* meta = wire::find_member(request.params, "_meta");
    auto const* can = meta ? wire::find_member(*meta, wire::mcp::meta_capabilities) : nullptr;
    auto const* given = wire::find_member(request.params, "inputResponses");
    bool const  first = mine.keys.empty();
    for (auto i = mine.at; first && i < end; ++i) {
        std::string const needed = capability_for(steps[i].words);
        bool const        offered = can && can->contains(needed);
        if (!offered && !steps[i].if_offered) {
            wire::rpc_error why;
            why.code = wire::mcp::capability_missing;
            why.message = "the client does not offer " + needed;
            why.data["requiredCapabilities"][needed] = json::object();
            note_out(to.exchange, "error",
                     std::to_string(why.code) + ' ' + runtime::quoted(why.message));
            co_await answer_error(request, std::move(why), to);
            co_return false;
        }
        auto key = steps[i].key;
        if (key.empty()) key = "ask-" + std::to_string(++asked_count_);
        mine.keys.push_back(offered ? key : std::string());
    }
    json questions;
    for (auto i = mine.at; i < end; ++i) {
        auto const& key = mine.keys[i - mine.at];
        if (key.empty()) continue;
        auto const* answer = given ? wire::find_member(*given, key.c_str()) : nullptr;
        bool const  answered = answer && answer->is_object();
        if (answered) took(to, key, *answer);
        if (answered || !first)
            note_in("answer", runtime::quoted(key) + (answered ? " result" : " missing"), nullptr,
                    to.exchange);
        if (answered) continue;
        if (first) note_out(to.exchange, "ask", steps[i].words + ' ' + runtime::quoted(key));
        questions[key] = {{"method", question_of(steps[i].words).method},
                          {"params", params_of(steps[i], to.known)}};
    }
    if (questions.is_null()) co_return true;
    if (first) mine.state = "state-" + world_.entropy.token(16);
    mine.exchange = to.exchange;
    mine.known = to.known;
    json result;
    result["resultType"] = "input_required";
    result["requestState"] = mine.state;
    result["inputRequests"] = std::move(questions);
    auto const state = mine.state;
    asked_back_[state] = std::move(mine);
    co_await answer_result(request, std::move(result), to);
    co_return false;
}

// False if there is nothing to go on with, and the client has been told so.
runtime::awaitable<bool> mock_mcp::try_again(wire::rpc_request const& request, reply& to,
                                             asked_back& before) {
    auto const* state = wire::find_member(request.params, "requestState");
    if (!state) {
        if (!to.exchange) to.exchange = trace_.new_exchange();
        co_return true;
    }
    auto const found =
        state->is_string() ? asked_back_.find(state->get<std::string>()) : asked_back_.end();
    if (found == asked_back_.end()) {
        to.exchange = trace_.new_exchange();
        note_in("answer", "unknown state");
        co_await answer_error(request, wire::rpc_invalid_params, "this state is not ours", to);
        co_return false;
    }
    before = found->second;
    to.exchange = before.exchange;
    auto const id = to.known["id"];
    to.known.update(before.known);
    to.known["id"] = id;
    co_return true;
}

}  // namespace mock_mcp
