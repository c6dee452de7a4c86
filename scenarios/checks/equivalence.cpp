#include <algorithm>

#include "scenarios/checks.hpp"

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

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    if (seen.twin.empty()) return objections;
    auto const &told = seen.told, &twin = seen.told_by_twin;
    auto const  here = by_client(told), there = by_client(twin);
    bool        all_well = here.size() == there.size();
    for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
        judge_pair(*here[i], *there[i], objections);
        all_well = all_well && ending_of(*here[i]).well && ending_of(*there[i]).well;
    }
    // What failed may have failed before or after a tool was called.
    if (!all_well) return objections;
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
    return objections;
}

}  // namespace

check equivalence() {
    return {id, "a streamed and an unstreamed answer agree in text, calls and side effects",
            "maximhq/bifrost#1233", judge};
}

}  // namespace scenario::standing
