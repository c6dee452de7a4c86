#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "scenarios/checks.hpp"
#include "scenarios/token.hpp"
#include "wire/mcp_modern.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "mcp-answers";

// A request of a client of MCP, and what belongs to it.
struct request {
    event_pointer              asked = nullptr;
    event_pointer              cancelled = nullptr;
    bool                       was_left = false;
    std::vector<event_pointer> heard;
    std::vector<event_pointer> answers;

    bool is_call() const { return asked->verb == "call"; }
    bool is_modern() const { return member(asked->detail, "era") == "modern"; }
};

bool is_answer(runtime::event const& e) {
    return e.detail.is_object() && e.detail.contains("ours");
}

std::vector<request> requests_in(evidence const& seen, story const& told) {
    std::vector<request> all;
    for (auto const* asked : told.mcp_requests) {
        request one;
        one.asked = asked;
        for (auto const& e : seen.events) {
            if (e.exchange != asked->exchange || e.number <= asked->number) continue;
            if (e.to == "proxy" && e.verb == "cancel" && one.answers.empty()) one.cancelled = &e;
            bool const left = e.to == "proxy" && (e.verb == "close" || e.verb == "abort");
            if (left) one.was_left = true;
            // Since 2026-07-28 whoever leaves has cancelled.
            if (left && one.is_modern() && one.answers.empty()) one.cancelled = &e;
            if (e.from != "proxy") continue;
            one.heard.push_back(&e);
            if (is_answer(e)) one.answers.push_back(&e);
        }
        all.push_back(std::move(one));
    }
    return all;
}

void judge_answers(evidence const& seen, request const& one, std::vector<objection>& objections) {
    for (auto const* e : one.answers)
        if (e->detail["ours"] != true)
            objections.push_back(object(id, e, "this answers another request"));
    if (one.answers.size() > 1)
        objections.push_back(object(id, one.answers[1], "this request was answered before"));
    if (one.cancelled != nullptr)
        for (auto const* e : one.answers)
            if (e->at > one.cancelled->at + seen.slack.late)
                objections.push_back(object(id, e, "a cancelled request is answered"));
    for (auto const* e : one.heard) {
        bool const late = !one.answers.empty() && e->number > one.answers.front()->number;
        bool const goes_on = late && one.answers.front()->verb == "task";
        if (late && !goes_on && e->verb == "progress")
            objections.push_back(object(id, e, "progress behind the answer"));
        bool const silent = one.answers.empty() && one.cancelled == nullptr;
        if (e->verb == "end" && silent)
            objections.push_back(object(id, e, "the stream ends without an answer"));
    }
}

bool same_call(request const& one, mcp_call const& call) {
    auto const words = tokens_of(one.asked->words);
    if (words.empty() || call.request->number < one.asked->number) return false;
    auto const& name = words.front().text;
    bool const  same = name == call.tool || name.ends_with("-" + call.tool);
    return same &&
           member(one.asked->detail, "arguments") == member(call.request->detail, "arguments");
}

// The only call that this request can have become; null if that cannot be told.
mcp_call const* call_of(request const& one, std::vector<request> const& all, story const& told) {
    mcp_call const* found = nullptr;
    for (auto const& call : told.calls) {
        if (!same_call(one, call)) continue;
        if (found != nullptr) return nullptr;
        auto const askers = std::count_if(all.begin(), all.end(), [&](request const& other) {
            return other.is_call() && same_call(other, call);
        });
        if (askers != 1) return nullptr;
        found = &call;
    }
    return found;
}

std::vector<std::string> progress_in(std::vector<event_pointer> const& events) {
    std::vector<std::string> words;
    for (auto const* e : events)
        if (e->verb == "progress") words.push_back(e->words);
    return words;
}

// What the server says of its progress before it answers is with the client, in that order.
void judge_progress(evidence const& seen, request const& one, mcp_call const& call,
                    std::vector<objection>& objections) {
    if (one.answers.empty() || one.was_left || call.answers.empty()) return;
    // What was lost on the way is, where its client is told of an error.
    if (!seen.played.network.empty() && one.answers.front()->verb == "error") return;
    if (one.answers.front()->verb == "task") return;  // whose progress goes on behind this answer
    std::vector<std::string> said;
    for (auto const& e : seen.events)
        if (e.from == call.server && e.exchange == call.exchange && e.verb == "progress" &&
            e.number < call.answers.front()->number)
            said.push_back(e.words);
    auto const heard = progress_in(one.heard);
    if (heard.empty() && said.empty()) return;
    if (heard.size() != said.size())
        objections.push_back(object(
            id, one.answers.front(), "progress was lost or invented",
            std::to_string(said.size()) + " said, " + std::to_string(heard.size()) + " heard"));
}

// What the server has answered is what its client hears: no error for a result, no other words.
void judge_meaning(evidence const& seen, request const& one, mcp_call const& call,
                   std::vector<objection>& objections) {
    if (one.answers.empty() || call.answers.empty()) return;
    auto const &said = *call.answers.front(), &heard = *one.answers.front();
    // What it has written may be lost on the way; then its client is told of an error.
    if (!seen.played.network.empty() && heard.verb == "error") return;
    if (said.number > heard.number || heard.detail["ours"] != true) return;
    if (said.verb == heard.verb && said.words == heard.words) return;
    objections.push_back(
        object(id, &heard, "the server has answered otherwise", said.verb + ' ' + said.words));
}

void judge_cancel(evidence const& seen, request const& one, mcp_call const& call,
                  std::vector<objection>& objections) {
    auto const& wish = *one.cancelled;
    auto const  before = [&](event_pointer e) { return e != nullptr && e->number < wish.number; };
    if (!call.answers.empty() && before(call.answers.front())) return;
    if (before(call.broken)) return;
    if (call.let_go != nullptr && call.let_go->at <= wish.at + seen.slack.late) return;
    if (!call.answers.empty() && call.answers.front()->at <= wish.at + seen.slack.late) return;
    objections.push_back(object(id, &wish, "the server is not told that its call is cancelled"));
}

// What only holds since 2026-07-28.
void judge_era(request const& one, std::vector<objection>& objections) {
    auto const status = std::find_if(one.heard.begin(), one.heard.end(),
                                     [](auto const* e) { return e->verb == "status"; });
    bool const streams = member(one.asked->detail, "method") == wire::mcp::listen_method;
    bool       first = true;
    for (auto const* e : one.heard) {
        auto const message = member(e->detail, "message");
        auto const result = member(message, "result");
        auto const code = member(member(message, "error"), "code");
        if (e->verb == "session")
            objections.push_back(object(id, e, "a session, in an era that has none"));
        if (e->verb == "ask" && message.is_object())
            objections.push_back(object(id, e, "a server of this era asks nobody"));
        if (result.is_object() && !result.contains("resultType"))
            objections.push_back(object(id, e, "a result without its resultType"));
        if (code.is_number_integer()) {
            auto const wanted = wire::mcp::status_of_error(code.get<int>());
            auto const said = status == one.heard.end() ? std::string("200") : (*status)->words;
            if (wanted != 200 && said != std::to_string(wanted))
                objections.push_back(object(id, e, "an error with the wrong HTTP status",
                                            said + " instead of " + std::to_string(wanted)));
        }
        if (!streams || !message.is_object() || !message.contains("method")) continue;
        auto const params = member(message, "params");
        if (first && message["method"] != "notifications/subscriptions/acknowledged")
            objections.push_back(object(id, e, "a subscription does not begin with what it tells"));
        first = false;
        if (member(member(params, "_meta"), wire::mcp::meta_subscription) !=
            member(one.asked->detail, "id"))
            objections.push_back(object(id, e, "this belongs to another subscription"));
    }
}

// What a server says by itself is told to a client as often as it was said, however often either of
// them has broken off. In 2026-07-28 one saying may be for several subscriptions.
void judge_notes(evidence const& seen, std::vector<objection>& objections) {
    std::map<std::string, int>                         said;
    std::map<std::pair<std::string, std::string>, int> heard;
    std::set<std::uint64_t>                            modern;
    for (auto const& e : seen.events) {
        if (e.to == "proxy" && member(e.detail, "era") == "modern") modern.insert(e.exchange);
        if (e.to == "proxy" && e.verb == "bytes") return;  // who knows what they said
        if ((e.verb != "log" && e.verb != "notify") || modern.contains(e.exchange)) continue;
        auto const words = e.verb + ' ' + e.words;
        if (e.to == "proxy") ++said[words];
        if (e.from != "proxy" || said[words] == 0) continue;
        if (++heard[{e.to, words}] == said[words] + 1)
            objections.push_back(object(id, &e, "this was told before, and said once"));
    }
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    auto const             all = requests_in(seen, told);
    for (auto const& one : all) {
        judge_answers(seen, one, objections);
        if (one.is_modern()) judge_era(one, objections);
        auto const* call = one.is_call() ? call_of(one, all, told) : nullptr;
        if (call == nullptr) continue;
        judge_progress(seen, one, *call, objections);
        judge_meaning(seen, one, *call, objections);
        if (one.cancelled != nullptr) judge_cancel(seen, one, *call, objections);
    }
    judge_notes(seen, objections);
    return objections;
}

}  // namespace

check mcp_answers() {
    return {
        id,
        "a request of a client of MCP is answered once, by its own id, with what the server has "
        "answered and behind all of its progress; one that it has cancelled is not, and the "
        "server is told so; what a server says by itself is told as often as it was said; since "
        "2026-07-28 no session, a status for each error, a type for each "
        "result",
        "modelcontextprotocol/typescript-sdk#2433 sweetrb/apple-photos-mcp#56", judge};
}

}  // namespace scenario::standing
