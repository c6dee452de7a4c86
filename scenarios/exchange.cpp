#include "scenarios/exchange.hpp"

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>

#include "scenarios/token.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

using runtime::event;

constexpr std::array<std::string_view, 4> requests{"ask", "post", "get", "raw"};
constexpr std::array<std::string_view, 3> mcp_verbs{"call", "list", "request"};

// A subscription of the modern era is a request; the stream of a GET is none.
bool is_mcp_request(event const& e) {
    return std::find(mcp_verbs.begin(), mcp_verbs.end(), e.verb) != mcp_verbs.end() ||
           (e.verb == "listen" && member(e.detail, "era") == "modern");
}
constexpr std::array<std::string_view, 6> ends_of_answer{"end",   "error",    "cut",
                                                         "close", "body-end", "status"};

template <class List>
bool is_one_of(std::string_view word, List const& list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

event_pointer first_of(std::vector<event_pointer> const& events, std::string_view verb) {
    for (auto const* e : events)
        if (e->verb == verb) return e;
    return nullptr;
}

std::string detail_text(event const& e, char const* key) {
    auto const& found = member(e.detail, key);
    return found.is_string() ? found.get<std::string>() : "";
}

// A message's text, whether it is a string or a list of parts.
std::string text_of_content(nlohmann::json const& content) {
    if (content.is_string()) return content.get<std::string>();
    std::string text;
    if (content.is_array())
        for (auto const& part : content)
            if (part.is_object() && part.contains("text") && part["text"].is_string())
                text += part["text"].get<std::string>();
    return text;
}

std::string last_user_text(nlohmann::json const& body) {
    std::string text;
    // The Responses have an `input`: the question itself, or items like messages.
    auto const& input = member(body, "input");
    auto const& messages = input.is_null() ? member(body, "messages") : input;
    if (messages.is_string()) return messages.get<std::string>();
    if (!messages.is_array()) return text;
    for (auto const& message : messages) {
        if (member(message, "role") != "user") continue;
        auto said = text_of_content(member(message, "content"));
        if (!said.empty()) text = std::move(said);
    }
    return text;
}

bool says_somewhere(nlohmann::json const& value, std::string const& text) {
    if (value.is_string())
        return value.get_ref<std::string const&>().find(text) != std::string::npos;
    return value.is_structured() && std::any_of(value.begin(), value.end(), [&](auto const& part) {
               return says_somewhere(part, text);
           });
}

nlohmann::json const& body_of(event const& e) { return member(e.detail, "body"); }

bool was_open_at(client_exchange const& x, event const& e) {
    return x.request->number < e.number && (x.over == nullptr || x.over->number > e.number) &&
           (x.hang_up == nullptr || x.hang_up->number > e.number);
}

// Requests that may make the gateway ask a provider.
bool may_ask(client_exchange const& x) { return x.request->verb != "get"; }

}  // namespace

event_pointer client_exchange::first(std::string_view verb) const { return first_of(heard, verb); }

std::string client_exchange::text() const {
    std::string all;
    for (auto const* e : heard)
        if (e->verb == "text") all += quoted_text(*e);
    return all;
}

bool client_exchange::asks_a_model() const {
    return is_chat() || path.ends_with("/responses") || path.ends_with("/messages");
}

bool client_exchange::is_chat_stream() const { return is_chat() && streamed && status == 200; }

event_pointer provider_turn::first(std::string_view verb) const { return first_of(said, verb); }

event_pointer provider_turn::complete() const {
    constexpr std::array<std::string_view, 6> last_words{"finish", "end",    "close",
                                                         "reset",  "status", "failure"};
    for (auto const* e : said)
        if (is_one_of(e->verb, last_words)) return e;
    return nullptr;
}

std::optional<std::string> provider_turn::text(event_pointer end) const {
    std::string all;
    bool        finished = false;
    for (auto const* e : said) {
        if (end != nullptr && e->number > end->number) break;
        if (e->verb == "finish") finished = true;
        if (e->verb == "text") {
            if (finished) return {};  // who takes what is said after the end?
            all += quoted_text(*e);
        } else if (e->verb == "bytes" || e->verb == "raw" || e->verb == "recording") {
            if (!e->detail.is_object() || !e->detail.contains("text")) return {};
            all += detail_text(*e, "text");
        }
    }
    return all;
}

story::story(std::vector<event> const& events) {
    for (auto const& e : events) {
        hear_client(e);
        hear_provider(e);
        hear_server(e);
    }
    if (std::count_if(exchanges.begin(), exchanges.end(), may_ask) == 1)
        only_ = &*std::find_if(exchanges.begin(), exchanges.end(), may_ask);
    for (std::size_t i = 0; i < exchanges.size(); ++i)
        if (may_ask(exchanges[i])) asking_.emplace(exchanges[i].question, i);
    for (auto const& turn : turns) owners_[&turn] = find_owner(turn);
}

void story::hear_client(event const& e) {
    if (e.to == "proxy" && is_mcp_request(e)) return mcp_requests.push_back(&e);
    if (e.to == "proxy" && is_one_of(e.verb, requests)) {
        client_exchange x;
        x.number = e.exchange;
        x.request = &e;
        x.path = detail_text(e, "path");
        if (x.path.empty() && e.verb == "ask") x.path = "/v1/chat/completions";
        x.streamed = member(e.detail, "stream") == true;
        x.question = last_user_text(body_of(e));
        exchange_at_[x.number] = exchanges.size();
        exchanges.push_back(std::move(x));
        return;
    }
    if (e.to == "proxy" && (e.verb == "close" || e.verb == "abort")) {
        for (auto& x : exchanges)
            if (x.request->from == e.from && (e.exchange == x.number || e.exchange == 0) &&
                x.over == nullptr && x.hang_up == nullptr)
                x.hang_up = &e;
        return;
    }
    auto const known = exchange_at_.find(e.exchange);
    if (known == exchange_at_.end()) return;
    auto& x = exchanges[known->second];
    if (e.from != "proxy" || e.to != x.request->from) return;
    x.heard.push_back(&e);
    if (e.verb == "head")
        if (auto const& status = member(e.detail, "status"); status.is_number_integer())
            x.status = status.get<int>();
    if (x.over == nullptr && x.hang_up == nullptr && is_one_of(e.verb, ends_of_answer)) x.over = &e;
}

void story::hear_provider(event const& e) {
    if (e.from == "proxy" && e.verb == "turn") {
        turn_at_[e.exchange] = turns.size();
        turns.push_back({e.exchange, e.to, &e, {}, nullptr});
        return;
    }
    auto const known = turn_at_.find(e.exchange);
    if (known == turn_at_.end()) return;
    auto& turn = turns[known->second];
    if (e.from == turn.provider && e.to == "proxy") turn.said.push_back(&e);
    if (e.from == "proxy" && e.to == turn.provider && e.verb == "close" && turn.let_go == nullptr)
        turn.let_go = &e;
}

void story::hear_server(event const& e) {
    if (e.from == "proxy" && e.verb == "call") {
        auto const words = tokens_of(e.words);
        calls.push_back(
            {e.exchange, e.to, words.empty() ? "" : words.front().text, &e, {}, {}, {}});
        return;
    }
    constexpr std::array<std::string_view, 3> answers{"result", "tool-error", "error"};
    constexpr std::array<std::string_view, 2> refusals{"status", "end"};
    // A server that goes may take all its calls with it, whatever exchange told of it.
    constexpr std::array<std::string_view, 3> breaks{"close", "reset", "exit"};
    constexpr std::array<std::string_view, 3> partings{"cancel", "close", "end-session"};
    for (auto& call : calls) {
        bool const own = call.exchange == e.exchange;
        if (e.from == call.server && e.to == "proxy") {
            if (own && is_one_of(e.verb, answers)) call.answers.push_back(&e);
            if (((own && is_one_of(e.verb, refusals)) || is_one_of(e.verb, breaks)) &&
                call.broken == nullptr)
                call.broken = &e;
        }
        if (e.from == "proxy" && e.to == call.server && is_one_of(e.verb, partings) &&
            call.let_go == nullptr) {
            auto const words = tokens_of(e.words);
            auto const same_tool = !words.empty() && words.front().text == call.tool;
            if (own || e.verb != "cancel" || same_tool) call.let_go = &e;
        }
    }
}

bool story::could_own(client_exchange const& x, provider_turn const& turn) const {
    if (!may_ask(x) || x.request->number > turn.request->number) return false;
    return x.question.empty() || says_somewhere(body_of(*turn.request), x.question);
}

client_exchange const* story::owner(provider_turn const& turn) const {
    auto const known = owners_.find(&turn);
    return known == owners_.end() ? nullptr : known->second;
}

client_exchange const* story::find_owner(provider_turn const& turn) const {
    if (only_ != nullptr) return only_;
    std::vector<client_exchange const*> able;
    auto const                          add = [&](std::string const& question) {
        auto const [begin, end] = asking_.equal_range(question);
        for (auto at = begin; at != end; ++at)
            if (exchanges[at->second].request->number < turn.request->number)
                able.push_back(&exchanges[at->second]);
    };
    auto const neutral = member(turn.request->detail, "messages");
    auto const asked =
        last_user_text(neutral.is_null() ? body_of(*turn.request) : turn.request->detail);
    if (!asked.empty()) add(asked);
    // Nobody asked in these very words: perhaps the question stands among other words.
    if (able.empty()) {
        for (auto const& x : exchanges)
            if (could_own(x, turn)) able.push_back(&x);
    } else {
        add("");  // those whose question cannot be told
    }
    if (able.size() > 1)
        std::erase_if(able, [&](auto const* x) { return !was_open_at(*x, *turn.request); });
    return able.size() == 1 ? able.front() : nullptr;
}

client_exchange const* story::owner(mcp_call const& call) const {
    if (only_ != nullptr) return only_;
    client_exchange const* found = nullptr;
    for (auto const& x : exchanges) {
        if (!may_ask(x) || !was_open_at(x, *call.request)) continue;
        if (found != nullptr) return nullptr;
        found = &x;
    }
    return found;
}

std::optional<std::vector<provider_turn const*>> story::turns_of(client_exchange const& x) const {
    std::vector<provider_turn const*> own;
    for (auto const& turn : turns) {
        auto const* whose = owner(turn);
        if (whose == nullptr && could_own(x, turn)) return {};
        if (whose == &x) own.push_back(&turn);
    }
    return own;
}

nlohmann::json const& story::json_of(event const& e) const {
    auto const [known, is_new] = read_.try_emplace(&e, nlohmann::json::value_t::discarded);
    if (!is_new || e.words == "[DONE]") return known->second;
    try {
        known->second = wire::parse_json(e.words);
    } catch (boost::system::system_error const&) {
        // Somebody's garbage: it stays discarded.
    }
    return known->second;
}

std::string quoted_text(event const& e) {
    auto const words = tokens_of(e.words);
    return !words.empty() && words.front().what == token::kind::text ? words.front().text : "";
}

nlohmann::json const& member(nlohmann::json const& object, char const* key) {
    static nlohmann::json const none;
    if (!object.is_object()) return none;
    auto const found = object.find(key);
    return found == object.end() ? none : *found;
}

nlohmann::json member(nlohmann::json&& object, char const* key) {
    return member(std::as_const(object), key);
}

nlohmann::json const& messages_of(event const& turn) {
    auto const& neutral = member(turn.detail, "messages");
    return neutral.is_null() ? member(body_of(turn), "messages") : neutral;
}

objection object(char const* check, event_pointer about, std::string problem, std::string detail) {
    objection o;
    o.check = check;
    o.problem = std::move(problem);
    o.detail = std::move(detail);
    if (about != nullptr) o.event = about->number;
    return o;
}

}  // namespace scenario
