#include "scenarios/mcp_judging.hpp"

#include <algorithm>

#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"

namespace scenario::rules {

std::string as_text(json const& j) { return j.is_string() ? j.get<std::string>() : j.dump(); }

std::string status_of(mcp_exchange const& x) {
    return x.status == 0 ? "no answer: " + x.trouble : "status " + std::to_string(x.status);
}

void expect_status(conversation const& c, finding& f, char const* probe, unsigned wanted) {
    for (auto const* x : exchanges_for(c, probe)) {
        if (c.is_traced() && (x->status == 0 || !x->trouble.empty())) continue;
        f.expect(x->status == wanted, x->place(),
                 status_of(*x) + " instead of " + std::to_string(wanted));
    }
}

int code_in(mcp_exchange const& x) {
    auto text = x.answer;
    for (auto const& e : x.events)
        if (!e.data.empty()) text = e.data;
    auto const said = wire::read_json(text);
    auto const code = member(member(said, "error"), "code");
    return code.is_number_integer() ? code.get<int>() : 0;
}

json code_of(mcp_message const& answer) { return member(member(answer.value, "error"), "code"); }

std::string told_code(json const& code) {
    return code.is_null() ? std::string("a result") : "code " + code.dump();
}

void expect_code(conversation const& c, finding& f, mcp_message const& asked, int wanted) {
    auto const* said = answer_to(c, asked);
    if (said == nullptr) return;
    auto const code = code_of(*said);
    f.expect(code == wanted, asked.place,
             told_code(code) + " instead of " + std::to_string(wanted));
}

std::string spelled_member(std::string const& text, std::string_view name) {
    auto const found = wire::slice(text, name);
    return found ? std::string(*found) : std::string();
}

mcp_exchange const* resumed_by(conversation const& c, mcp_exchange const& x) {
    auto const last = x.field("last-event-id");
    if (x.request.method != "GET" || last.empty()) return nullptr;
    mcp_exchange const* found = nullptr;
    for (auto const& other : c.exchanges) {
        if (other.number >= x.number || other.scope != x.scope) continue;
        for (auto const& e : other.events)
            if (e.id == last) found = &other;
    }
    // One that was gone on with itself belongs to the first.
    if (found != nullptr)
        if (auto const* first = resumed_by(c, *found)) return first;
    return found;
}

std::size_t behind(mcp_exchange const& x, std::string const& id) {
    for (std::size_t i = 0; i < x.events.size(); ++i)
        if (x.events[i].id == id) return i + 1;
    return x.events.size();
}

bool answers(mcp_exchange const& x, json const& asked, std::size_t from) {
    for (auto i = from; i < x.events.size(); ++i) {
        auto const& said = x.events[i].said();
        if (is_response(said) && member(said, "id") == member(asked, "id")) return true;
    }
    return false;
}

bool is_resume(mcp_exchange const& x) {
    return x.request.method == "GET" && !x.field("last-event-id").empty();
}

bool names_retry(mcp_exchange const& x) {
    return std::any_of(x.events.begin(), x.events.end(),
                       [](auto const& e) { return e.retry >= 0; });
}

bool is_progress(mcp_message const& m) { return method_of(m.value) == "notifications/progress"; }

std::vector<mcp_message const*> progress_of(conversation const& c, mcp_message const& asked) {
    std::vector<mcp_message const*> found;
    auto const                      token = token_given(asked.value);
    for (auto const& m : c.messages)
        if (!token.is_null() && m.by_server != asked.by_server && m.scope == asked.scope &&
            m.probe != "resume" && is_progress(m) && token_told(m.value) == token)
            found.push_back(&m);
    return found;
}

void expect_answer(mcp_view::pair const& p, finding& f, std::string fact) {
    auto const* x = exchange_of(*p.front, *p.asked);
    if (p.back_answer == nullptr || x == nullptr) return;
    if (p.answer == nullptr && (!x->over || !x->trouble.empty())) return;
    if (p.answer == nullptr && cancel_of(*p.front, *p.asked) != nullptr) return;
    f.expect(p.answer != nullptr, p.asked->place, std::move(fact));
}

mcp_message const* cancel_of(conversation const& c, mcp_message const& asked) {
    for (auto const& m : c.messages)
        if (m.by_server == asked.by_server && m.scope == asked.scope &&
            method_of(m.value) == "notifications/cancelled" &&
            member(member(m.value, "params"), "requestId") == member(asked.value, "id"))
            return &m;
    return nullptr;
}

namespace {

bool is_old_stream(mcp_exchange const& x) {
    return std::ranges::any_of(x.events, [](auto const& e) { return e.type == "endpoint"; });
}

}  // namespace

bool is_of_old_sse(conversation const& c) {
    return std::ranges::any_of(c.exchanges, is_old_stream);
}

bool is_old_stream_over(mcp_exchange const& x) { return is_old_stream(x) && (x.over || x.left); }

}  // namespace scenario::rules
