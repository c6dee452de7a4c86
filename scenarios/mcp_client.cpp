#include "scenarios/mcp_client.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_answers.hpp"
#include "scenarios/mcp_paths.hpp"
#include "scenarios/meet_gateway.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"
#include "wire/sse.hpp"

namespace scenario {

namespace {

using boost::system::system_error;
using json = nlohmann::json;

bool has(client_step const& s, char const* option) {
    return std::find(s.options.begin(), s.options.end(), option) != s.options.end();
}

std::optional<std::string> value_of(std::vector<std::string> const& options,
                                    std::string const&              option) {
    for (auto const& o : options)
        if (o.starts_with(option + ' ')) return o.substr(option.size() + 1);
    return std::nullopt;
}

json parsed(std::string const& text) {
    auto value = wire::read_json(text);
    return value.is_discarded() ? json(text) : value;
}

}  // namespace

mcp_client::mcp_client(runtime::world w, runtime::trace& t, std::string name,
                       std::vector<std::string> servers, std::string key, runtime::address gateway,
                       std::function<runtime::link_faults()> faults)
    : world_(w),
      trace_(t),
      name_(std::move(name)),
      servers_(std::move(servers)),
      key_(std::move(key)),
      gateway_(std::move(gateway)),
      faults_(std::move(faults)),
      tasks_(w.executor) {
    path_ = servers_.size() == 1 ? "/mcp/" + servers_.front() : "/mcp";
}

bool mcp_client::does(client_verb verb) {
    using enum client_verb;
    return verb == call || verb == list || verb == request || verb == notify || verb == cancel ||
           verb == batch || verb == listen || verb == reconnect || verb == end_session ||
           verb == initialize;
}

void mcp_client::note(std::uint64_t exchange, bool from_client, std::string verb, std::string words,
                      json detail) {
    runtime::event e;
    e.at = world_.clock.now();
    e.from = from_client ? name_ : "proxy";
    e.to = from_client ? "proxy" : name_;
    e.verb = std::move(verb);
    e.words = std::move(words);
    e.exchange = exchange;
    e.detail = std::move(detail);
    trace_.add(std::move(e));
}

runtime::awaitable<void> mcp_client::until_answered() {
    auto const waiting = [&] {
        return std::any_of(open_.begin(), open_.end(),
                           [](auto const& e) { return !e->listening && !e->over && !e->left; });
    };
    while (waiting()) co_await changed_.wait();
}

mcp_client::session& mcp_client::session_for(client_step const& s) {
    if (auto const path = value_of(s.options, "path")) path_ = *path;
    auto const slash = s.text.find('/');
    if (s.verb == client_verb::call && slash != s.text.npos)
        path_ = path_of_server(s.text.substr(0, slash));
    auto& at = sessions_[path_];
    at.path = path_;
    at.over_sse = is_sse_path(path_);
    return at;
}

runtime::awaitable<void> mcp_client::step(client_step const& s) {
    step_key_ = value_of(s.options, "key").value_or(has(s, "no key") ? std::string() : key_);
    bool const waits = !has(s, "meanwhile") && s.verb != client_verb::cancel &&
                       s.verb != client_verb::reconnect && s.verb != client_verb::end_session;
    if (waits) co_await until_answered();
    auto& at = session_for(s);
    if (s.verb == client_verb::initialize) {
        if (!s.text.empty()) wanted_revision_ = s.text;
        at.id.clear();
        co_await close_events(at);
        co_return co_await open(at, s);
    }
    if (s.verb == client_verb::cancel) {
        if (!current_ || current_->id.is_null()) co_return;
        if (current_->modern) co_return leave(*current_, false);
        json message{{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}};
        message["params"] = {{"requestId", current_->id},
                             {"reason", "the client has changed its mind"}};
        note(current_->number, true, "cancel", current_->what);
        auto const unwanted = current_;
        co_await tell(*unwanted->at, message.dump());
        if (unwanted->at->over_sse) forget(*unwanted);
        co_return;
    }
    if (s.verb == client_verb::end_session) co_return co_await remove(at);
    if (s.verb == client_verb::reconnect) {
        if (!current_) co_return;
        note(current_->number, true, "reconnect", current_->last_event);
        co_return co_await get(current_);
    }
    bool const modern = has(s, "modern");
    if (!begun(at) && !modern) co_await open(at, s);
    if (s.verb == client_verb::batch) co_return co_await ask_batch(at, s);
    if (s.verb == client_verb::listen && modern) {
        json params;
        params["notifications"] =
            s.body.empty() ? parsed(R"({"toolsListChanged":true,"promptsListChanged":true,)"
                                    R"("resourcesListChanged":true})")
                           : parsed(s.body);
        co_return co_await ask(at, s, wire::mcp::listen_method, std::move(params), "listen", {});
    }
    if (s.verb == client_verb::listen) {
        auto e = std::make_shared<exchange>();
        e->number = trace_.new_exchange();
        e->at = &at;
        e->listening = true;
        e->silent = has(s, "silent");
        current_ = e;
        e->options = s.options;
        note(e->number, true, "listen", {}, {{"path", at.path}});
        co_return co_await get(e);
    }
    if (s.verb == client_verb::notify) {
        json message{{"jsonrpc", "2.0"}, {"method", s.text}};
        if (!s.body.empty()) message["params"] = parsed(s.body);
        note(trace_.new_exchange(), true, "notify", s.text);
        co_return co_await tell(at, message.dump());
    }
    if (s.verb == client_verb::list) {
        auto const method = s.text == "templates" ? "resources/templates/list" : s.text + "/list";
        co_return co_await ask(at, s, method, nullptr, "list", s.text);
    }
    if (s.verb == client_verb::request) {
        auto const body = with_task(s.body, at.task);
        auto       params = body.empty() ? json() : parsed(body);
        co_return co_await ask(at, s, s.text, std::move(params), "request", s.text);
    }
    json params{{"name", s.text.substr(s.text.find('/') + 1)}};
    params["arguments"] = s.body.empty() ? json::object() : parsed(s.body);
    auto words = params["name"].get<std::string>() + ' ' + params["arguments"].dump();
    co_await ask(at, s, "tools/call", std::move(params), "call", std::move(words));
}

// initialize and notifications/initialized, as any client begins.
runtime::awaitable<void> mcp_client::open(session& at, client_step const& s) {
    json params{{"protocolVersion", wanted_revision_}};
    params["capabilities"] = {{"roots", {{"listChanged", true}}},
                              {"sampling", json::object()},
                              {"elicitation", json::object()}};
    params["capabilities"]["tasks"]["requests"] = {
        {"sampling", {{"createMessage", json::object()}}},
        {"elicitation", {{"create", json::object()}}}};
    params["clientInfo"] = {{"name", name_}, {"version", "1.0"}};
    client_step hello = s;
    if (s.verb != client_verb::initialize) hello.options.clear();
    if (at.over_sse) co_await open_events(at, hello);
    if (at.over_sse && at.endpoint.empty()) co_return;
    at.id.clear();
    at.revision.clear();
    at.next_id = 0;
    co_await ask(at, hello, "initialize", std::move(params), "initialize", {});
    co_await until_answered();
    if (at.revision.empty()) co_return;
    note(trace_.new_exchange(), true, "initialized");
    co_await tell(at, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
}

runtime::awaitable<void> mcp_client::ask(session& at, client_step const& s, std::string method,
                                         json params, std::string verb, std::string words) {
    auto e = std::make_shared<exchange>();
    e->number = trace_.new_exchange();
    e->at = &at;
    e->id = at.next_id++;
    e->method = method;
    e->what = method == "tools/call" ? params["name"].get<std::string>() : method;
    e->silent = has(s, "silent");
    e->modern = has(s, "modern");
    e->listening = e->modern && method == wire::mcp::listen_method;
    e->options = s.options;
    if (auto const after = value_of(s.options, "answers-in"))
        e->answers_in = *runtime::parse_duration(*after);
    if (has(s, "as task")) params["task"]["ttl"] = 60'000;
    if (method == "tools/call" && !has(s, "no progress")) params["_meta"]["progressToken"] = e->id;
    e->params = std::move(params);
    co_await post(std::move(e), std::move(verb), std::move(words));
}

runtime::awaitable<void> mcp_client::post(exchange_pointer e, std::string verb, std::string words) {
    json message{{"jsonrpc", "2.0"}, {"id", e->id}, {"method", e->method}};
    if (!e->params.is_null()) message["params"] = e->params;
    if (e->modern) say_who(message, name_, e->options);
    json detail{{"id", e->id}, {"method", e->method}, {"path", e->at->path}};
    detail["message"] = message;
    if (e->modern) detail["era"] = "modern";
    if (e->method == "tools/call") detail["arguments"] = e->params["arguments"];
    note(e->number, true, std::move(verb), std::move(words), std::move(detail));
    current_ = e;
    open_.push_back(e);
    auto body = message.dump();
    if (e->at->over_sse) {
        e->at->asked[e->id.dump()] = e;
        tasks_.spawn(name_ + ": request", post_to_endpoint(e, std::move(body)));
        co_return;
    }
    co_await send(*e, "POST", std::move(body));
    tasks_.spawn(name_ + ": answer", read(e));
}

runtime::awaitable<void> mcp_client::tell(session& at, std::string body) {
    auto e = std::make_shared<exchange>();
    e->number = trace_.new_exchange();
    e->at = &at;
    e->posted = at.over_sse;
    co_await send(*e, "POST", std::move(body));
    co_await read(e);
}

runtime::awaitable<void> mcp_client::get(exchange_pointer e) {
    while (e->left && !e->over) co_await changed_.wait();
    e->reader.reset();
    e->over = e->left = false;
    if (std::find(open_.begin(), open_.end(), e) == open_.end()) open_.push_back(e);
    co_await send(*e, "GET", {});
    tasks_.spawn(name_ + ": stream", read(e));
}

runtime::awaitable<void> mcp_client::remove(session& at) {
    if (at.over_sse) co_return co_await close_events(at);
    if (at.id.empty()) co_return;
    auto e = std::make_shared<exchange>();
    e->number = trace_.new_exchange();
    e->at = &at;
    note(e->number, true, "end-session");
    co_await send(*e, "DELETE", {});
    at.id.clear();
    co_await read(e);
}

runtime::awaitable<void> mcp_client::answer(session& at, json request, std::uint64_t number,
                                            runtime::duration after) {
    if (after > runtime::duration::zero()) co_await world_.clock.sleep_for(after);
    auto const said = sensible_answer(request);
    note(number, true, "answer",
         word_of_question(request.value("method", "")) + (said.contains("error") ? " error" : ""));
    auto body = said.dump();
    co_await tell(at, std::move(body));
}

runtime::awaitable<void> mcp_client::send(exchange& e, std::string method, std::string body) {
    runtime::http_request request;
    request.method = method;
    request.target = e.posted ? e.at->endpoint : e.at->path;
    request.fields = headers_of(e, method, body);
    e.stream = co_await meet_gateway(world_, gateway_, faults_);
    if (!e.stream) co_return;  // read() tells of it
    runtime::http_limits limits;
    limits.body_max = 256 << 20;
    e.reader.emplace(*e.stream, world_.clock, limits);
    auto const bytes = runtime::to_text(request) + body;
    try {
        co_await e.stream->write(bytes);
    } catch (system_error const& why) {
        // The answer, or its absence, is what counts.
        if (why.code() == boost::asio::error::operation_aborted && !e.left) throw;
    }
}

void mcp_client::pause(bool pauses) {
    paused_ = pauses;
    changed_.ring();
}

void mcp_client::leave(bool reset) {
    if (!current_) return;
    auto const& at = *current_->at;
    leave(at.over_sse && at.events ? *at.events : *current_, reset);
}

void mcp_client::leave(exchange& e, bool reset) {
    if (e.over || e.left || !e.stream) return;
    e.left = true;
    note(e.number, true, reset ? "abort" : "close");
    if (reset)
        e.stream->reset();
    else
        e.stream->close();
    changed_.ring();
}

runtime::awaitable<void> mcp_client::end() {
    co_await until_answered();
    step_key_ = key_;
    auto const open = open_;
    for (auto const& e : open)
        if (e->modern && e->listening) leave(*e, false);
    for (auto& [path, at] : sessions_) co_await remove(at);
    co_await tasks_.wait();
}

}  // namespace scenario
