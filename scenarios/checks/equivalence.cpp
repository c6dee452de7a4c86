#include <algorithm>

#include "scenarios/checks.hpp"
#include "scenarios/token.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "equivalence";

// What a client was left with.
struct ending {
    bool        well = false;
    std::string finish;
    std::string text;
    std::string tools;  // calls that are left to the client
};

ending ending_of(client_exchange const& x) {
    ending      e;
    auto const* end = x.first("end");
    e.well = end != nullptr && x.first("error") == nullptr && x.first("cut") == nullptr;
    if (end != nullptr) e.finish = end->words;
    e.text = x.text();
    for (auto const* said : x.heard)
        if (said->verb == "tool") e.tools += said->words + "\n";
    return e;
}

// The exchanges of each client in their order: parallel clients may begin in any.
std::vector<client_exchange const*> by_client(story const& told) {
    std::vector<client_exchange const*> all;
    for (auto const& x : told.exchanges) all.push_back(&x);
    std::sort(all.begin(), all.end(), [](auto const* a, auto const* b) {
        return std::pair(a->request->from, a->number) < std::pair(b->request->from, b->number);
    });
    return all;
}

std::vector<std::string> calls_of(story const& told) {
    std::vector<std::string> all;
    for (auto const& call : told.calls) all.push_back(call.server + ": " + call.request->words);
    std::sort(all.begin(), all.end());
    return all;
}

std::string one_of_each(std::vector<std::string> const& here,
                        std::vector<std::string> const& there) {
    std::vector<std::string> only;
    std::set_difference(here.begin(), here.end(), there.begin(), there.end(),
                        std::back_inserter(only));
    return only.empty() ? std::string() : only.front();
}

char const* form(client_exchange const& x) { return x.streamed ? "streamed" : "unstreamed"; }

// An unstreamed answer may hold the last turn alone: what was said before the tools is lost in
// the format of every gateway known.
bool same_text(client_exchange const& a, ending const& ea, client_exchange const& b,
               ending const& eb) {
    if (ea.text == eb.text) return true;
    auto const& streamed = a.streamed ? ea.text : eb.text;
    auto const& whole = a.streamed ? eb.text : ea.text;
    return a.streamed != b.streamed && streamed.ends_with(whole);
}

void judge_pair(client_exchange const& x, client_exchange const& other,
                std::vector<objection>& objections) {
    auto const here = ending_of(x), there = ending_of(other);
    auto const about = x.over != nullptr ? x.over : x.request;
    if (here.well != there.well) {
        objections.push_back(object(id, about,
                                    std::string("the same request fails when it is ") +
                                        form(here.well ? other : x) + ", and only then"));
        return;
    }
    if (!here.well) return;
    if (!same_text(x, here, other, there))
        objections.push_back(object(id, about, "the text depends on whether it is streamed",
                                    std::string(form(x)) + " " + runtime::quoted(here.text) + ", " +
                                        form(other) + " " + runtime::quoted(there.text)));
    if (here.finish != there.finish)
        objections.push_back(object(
            id, about, "the finish_reason depends on whether it is streamed",
            std::string(form(x)) + " " + here.finish + ", " + form(other) + " " + there.finish));
    if (here.tools != there.tools)
        objections.push_back(object(
            id, about, "the calls left to the client depend on whether it is streamed",
            std::string(form(x)) + " " + here.tools + ", " + form(other) + " " + there.tools));
}

// The words of each endpoint for why an answer has ended.
struct finish_row {
    char const* word;
    char const* meaning;
};
constexpr finish_row finishes[] = {
    {"length", "the limit of tokens"},
    {"incomplete max_output_tokens", "the limit of tokens"},
    {"max_tokens", "the limit of tokens"},
    {"content_filter", "refused"},
    {"incomplete content_filter", "refused"},
    {"refusal", "refused"},
};

// Responses have no word of their own for an answer that ends with calls: the calls tell it.
std::string meaning_of(client_exchange const& x, ending const& e) {
    if (x.first("refusal") != nullptr) return "refused";
    for (auto const& row : finishes)
        if (e.finish == row.word) return row.meaning;
    return e.tools.empty() ? "said all" : "calls";
}

// A failure as the client is told of it. The status is none where the stream had begun: responses
// and messages tell of a tool before anything is said, chat does not.
struct failure {
    std::string status;
    std::string code;
};

failure failure_of(client_exchange const& x) {
    failure f;
    if (auto const* status = x.first("status")) f.status = status->words;
    if (x.first("cut") != nullptr) {
        f.code = "cut";
    } else if (auto const* error = x.first("error")) {
        auto const words = tokens_of(error->words);
        if (!words.empty()) f.code = words.front().text;
    }
    return f;
}

// Messages have no refusals beside their text.
std::string spoken(client_exchange const& x) {
    std::string all;
    for (auto const* e : x.heard)
        if (e->verb == "text" || e->verb == "refusal") all += quoted_text(*e);
    return all;
}

std::string thought(client_exchange const& x) {
    std::string all;
    for (auto const* e : x.heard)
        if (e->verb == "thinking") all += quoted_text(*e);
    return all;
}

struct endpoint {
    char const*  name;
    story const& told;
};

// What both say of one thing, if it is not the same.
void compare(char const* what, std::string const& chat, std::string const& other,
             endpoint const& there, event_pointer about, std::vector<objection>& objections) {
    if (chat == other) return;
    objections.push_back(
        object(id, about, std::string("over ") + there.name + " " + what,
               "chat " + runtime::quoted(chat) + ", " + there.name + " " + runtime::quoted(other)));
}

void judge_over(endpoint const& there, story const& told, std::vector<objection>& objections) {
    auto const here = by_client(told), others = by_client(there.told);
    compare("another number of requests is made", std::to_string(here.size()),
            std::to_string(others.size()), there, nullptr, objections);
    for (std::size_t i = 0; i < std::min(here.size(), others.size()); ++i) {
        auto const &x = *here[i], &other = *others[i];
        auto const* about = x.over != nullptr ? x.over : x.request;
        auto const  chat = ending_of(x), its = ending_of(other);
        auto const  same = [&](char const* what, std::string const& a, std::string const& b) {
            compare(what, a, b, there, about, objections);
        };
        same("the text is another", spoken(x), spoken(other));
        same("the thinking is another", thought(x), thought(other));
        same("the calls left to the client are others", chat.tools, its.tools);
        if (chat.well != its.well) {
            same("it ends otherwise", chat.well ? "well" : "badly", its.well ? "well" : "badly");
        } else if (chat.well) {
            same("the end means another thing", meaning_of(x, chat), meaning_of(other, its));
        } else {
            auto const failed = failure_of(x), others_failed = failure_of(other);
            same("the error means another thing", failed.code, others_failed.code);
            if (!failed.status.empty() && !others_failed.status.empty())
                same("the status is another", failed.status, others_failed.status);
        }
    }
    auto const calls = calls_of(told), its = calls_of(there.told);
    compare("other tools are called", one_of_each(calls, its), one_of_each(its, calls), there,
            nullptr, objections);
    compare("the model has other turns", std::to_string(told.turns.size()),
            std::to_string(there.told.turns.size()), there, nullptr, objections);
}

void judge_twin(evidence const& seen, std::vector<objection>& objections) {
    auto const &told = seen.told, &twin = seen.told_by_twin;
    auto const  here = by_client(told), there = by_client(twin);
    bool        all_well = here.size() == there.size();
    for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
        judge_pair(*here[i], *there[i], objections);
        all_well = all_well && ending_of(*here[i]).well && ending_of(*there[i]).well;
    }
    // What failed may have failed before or after a tool was called.
    if (!all_well) return;
    auto const calls = calls_of(told), others = calls_of(twin);
    if (calls != others) {
        auto const surplus = one_of_each(calls, others);
        auto const missing = one_of_each(others, calls);
        objections.push_back(object(
            id, nullptr, "the tools called depend on whether it is streamed",
            surplus.empty() ? "not called here: " + missing : "called only here: " + surplus));
    }
    if (told.turns.size() != twin.turns.size())
        objections.push_back(object(id, nullptr,
                                    "the turns of the model depend on whether it is streamed",
                                    std::to_string(told.turns.size()) + " here, " +
                                        std::to_string(twin.turns.size()) + " in the other form"));
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    if (!seen.twin.empty()) judge_twin(seen, objections);
    if (!seen.over_responses.empty())
        judge_over({"responses", seen.told_over_responses}, seen.told, objections);
    if (!seen.over_messages.empty())
        judge_over({"messages", seen.told_over_messages}, seen.told, objections);
    return objections;
}

}  // namespace

check equivalence() {
    return {id,
            "a streamed and an unstreamed answer agree in text, calls and side effects, and so do "
            "the answers of the three endpoints, and in what their ends and errors mean",
            "maximhq/bifrost#1233 BerriAI/litellm#40121", judge};
}

}  // namespace scenario::standing
