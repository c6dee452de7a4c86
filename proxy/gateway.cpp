#include "proxy/gateway.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "proxy/log_line.hpp"
#include "proxy/request_body.hpp"
#include "proxy/routes.hpp"
#include "runtime/guarded.hpp"

namespace proxy {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

request_problem problem(int status, std::string type, std::string code, std::string message) {
    return {status, std::move(type), std::move(code), std::move(message), {}, {}};
}

}  // namespace

gateway::gateway(runtime::world w, config c, log l, log access)
    : world_(w),
      own_commons_(std::make_unique<gateway_commons>()),
      commons_(*own_commons_),
      log_(std::move(l)),
      access_(std::move(access)),
      ground_(make_ground(std::make_shared<gateway_plan>(std::move(c)))),
      beside_(world_.executor),
      connections_(world_.executor),
      started_at_(world_.clock.unix_seconds()) {
    commons_.add(meters_);
}

gateway::gateway(runtime::world w, std::shared_ptr<gateway_plan> plan, gateway_commons& commons,
                 loop which, log l, log access)
    : world_(w),
      commons_(commons),
      loop_(which),
      log_(std::move(l)),
      access_(std::move(access)),
      meters_(which.number),
      ground_(make_ground(std::move(plan))),
      beside_(world_.executor),
      connections_(world_.executor),
      started_at_(world_.clock.unix_seconds()) {
    commons_.add(meters_);
}

gateway::~gateway() { commons_.remove(meters_); }

void gateway::listen(runtime::address const& at) {
    listener_ = world_.network.listen(at);
    if (loop_.count > 1) door_ = world_.network.listen(door_of(loop_.number));
}

void gateway::start() {
    if (!listener_) listen(ground_->settings().listen);
    ground_->begin();
    beside_.spawn("accept", accept(*listener_, caller::client));
    if (door_) beside_.spawn("accept from other loops", accept(*door_, caller::loop));
}

runtime::awaitable<void> gateway::stop() {
    if (listener_) listener_->close();
    if (door_) door_->close();
    co_await beside_.stop();
    co_await connections_.stop();
    for (auto const& ground : left_) co_await ground->end();
    co_await ground_->end();
}

runtime::awaitable<void> gateway::drain(runtime::duration patience) {
    draining_ = true;
    if (listener_) listener_->close();
    auto const idle = std::exchange(idle_, {});
    for (auto* stream : idle) stream->close();
    auto const farewell = ground_->settings().timeouts.client_write;
    if (!co_await none_within(asked_count_, patience)) {
        closing_ = true;
        closes_.ring();
        ground_->mcp.refuse_calls();
        for (auto const& ground : left_) ground->mcp.refuse_calls();
        co_await none_within(asked_count_, farewell);
    }
    ground_->mcp.finish_streams();
    for (auto const& ground : left_) ground->mcp.finish_streams();
    co_await none_within(listening_count_, farewell);
}

runtime::awaitable<bool> gateway::none_within(std::size_t const& count,
                                              runtime::duration  patience) {
    auto const until = world_.clock.now() + patience;
    while (count > 0 && world_.clock.now() < until)
        co_await answered_.wait_for(world_.clock, until - world_.clock.now());
    co_return count == 0;
}

runtime::awaitable<void> gateway::throw_when_closing() {
    while (!closing_) co_await closes_.wait();
    throw refused(problem(503, "server_error", "shutting_down", shutting_down));
}

bool gateway::keeps(runtime::http_request const& r) const { return r.keep_alive && !draining_; }

void gateway::note(std::string const& line) const {
    if (log_) log_(log_line(line));
}

runtime::http_limit gateway::write_limit(config const& settings) {
    return {settings.timeouts.client_write, make_error_code(error::client_write_timeout)};
}

runtime::awaitable<void> gateway::accept(runtime::listener& at, caller who) {
    for (;;) {
        auto stream = co_await at.accept();
        if (who == caller::client) meters_.connection_accepted();
        connections_.spawn("connection", serve(std::move(stream), who));
    }
}

runtime::awaitable<void> gateway::serve(std::unique_ptr<runtime::stream> stream, caller who) {
    auto const& limits = ground_->settings().limits;
    connection  client{*stream,
                      runtime::http_reader(*stream, world_.clock, of_requests(limits)),
                      &chat_completions,
                      ground_,
                       {},
                       {},
                       {},
                       {}};
    struct counted {
        std::atomic<std::size_t>& all;
        std::size_t               one;
        counted(std::atomic<std::size_t>& a, std::size_t n) : all(a), one(n) { all += one; }
        ~counted() { all -= one; }
    } const mine(commons_.connections, who == caller::client ? 1 : 0);
    try {
        if (who == caller::client && commons_.connections > limits.connections_max) {
            auto const                 full = problem(503, "overloaded", "too_many_connections",
                                                      passed_text("connections_max", limits));
            runtime::http_fields const fields{{"Retry-After", "1"}};
            co_await refuse(client, full, false, fields);
            co_return;
        }
        co_await converse(client);
    } catch (system_error const& e) {
        // Who cannot be told of an end, as one who is not there any more, ends without a word.
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<void> gateway::converse(connection& client) {
    auto* const        stream = &client.stream;
    error_code         why;
    std::exception_ptr trouble;
    bool               asked = false;
    try {
        bool first = true;
        for (bool go_on = true; go_on; first = false) {
            asked = false;
            auto const& limits = client.ground->settings().limits;
            auto const  patience = first ? limits.header_timeout : limits.connection_idle;
            runtime::http_limit const limit{patience, asio::error::timed_out};
            idle_.insert(stream);
            auto const request = co_await client.reader.request(limit);
            idle_.erase(stream);
            if (!request) co_return;
            asked = true;
            begins(client, *request);
            go_on = co_await serve_one(client, *request) && !draining_;
            over(client);
        }
    } catch (system_error const& e) {
        why = e.code();
        trouble = std::current_exception();
    } catch (refused const&) {
        trouble = std::current_exception();
    } catch (std::exception const& e) {
        // A mistake of ours ends this connection and nobody else's.
        note(std::string("internal_error: ") + e.what());
    }
    idle_.erase(stream);
    if (why == error::client_write_timeout) {
        note("client_write_timeout: a client did not read for " +
             runtime::to_text(client.ground->settings().timeouts.client_write));
        stream->reset();
    }
    auto const broken = told_of(client, why, trouble, asked || client.reader.surplus() > 0);
    if (broken) blame(client, *broken);
    over(client);
    if (broken) co_await refuse(client, *broken, false);
}

// What the client is told when its connection ends by that; nothing if it cannot hear or has asked
// nothing.
std::optional<request_problem> gateway::told_of(connection const& client, error_code const& why,
                                                std::exception_ptr trouble, bool asked) {
    if (!trouble || why == asio::error::operation_aborted || why == error::client_gone ||
        why == error::client_write_timeout || why == asio::error::connection_reset ||
        why == asio::error::broken_pipe)
        return {};
    if (why != asio::error::timed_out) return to_problem(trouble, client.ground->settings().limits);
    // Between two requests silence is the normal end of a kept connection.
    if (!asked) return {};
    return problem(408, "invalid_request_error", "request_timeout",
                   "the request did not arrive in time");
}

void gateway::begins(connection& client, runtime::http_request const& request) {
    serve_on(client, ground_);
    client.entry = {};
    client.entry.began = world_.clock.unix_seconds();
    client.entry.request_id = request_id_of(request, world_.entropy);
    client.entry.method = request.method;
    client.entry.path = path_of(request);
    client.began = world_.clock.now();
    auto* const spans = client.ground->spans ? &*client.ground->spans : nullptr;
    client.trace.emplace(spans, world_, spans ? unix_now() : 0, request);
}

// Once for each request; of what has not begun nothing is said.
void gateway::over(connection& client) {
    auto&       e = client.entry;
    auto const* row = find_route(mcp_endpoint::owns(e.path) ? "/mcp" : e.path);
    bool const  traced = row && (row->to == route_to::ask || row->to == route_to::mcp);
    trace_over(client, traced && !e.method.empty());
    client.in_use.reset();
    if (e.method.empty()) return;
    e.took = world_.clock.now() - client.began;
    if (row && row->to == route_to::ask && e.status)
        meters_.answered(e.path, e.model, static_cast<int>(*e.status), e.took);
    if (access_) access_(to_line(e));
    e = {};
}

// True if the connection may serve another request.
runtime::awaitable<bool> gateway::serve_one(connection&                  client,
                                            runtime::http_request const& request) {
    auto const* row = find_route(mcp_endpoint::owns(path_of(request)) ? "/mcp" : path_of(request));
    auto const& settings = client.ground->settings();
    client.spoken = row ? row->spoken : &chat_completions;
    if (auto const why = stranger(request, settings); why && !(row && row->to == route_to::mcp)) {
        co_await refuse(client, *why, false);
        co_return false;
    }
    if (!row || (!row->method.empty() && row->method != request.method)) {
        auto                 why = problem(404, "invalid_request_error", "not_found",
                                           "there is nothing at " + std::string(path_of(request)));
        runtime::http_fields fields;
        if (row) {
            why = problem(405, "invalid_request_error", "method_not_allowed",
                          std::string(row->path) + " takes " + std::string(row->method) + " only");
            fields.emplace_back("Allow", row->method);
        }
        co_await refuse(client, why, false, fields);
        co_return false;
    }
    bool const needs_key =
        row->needs_key || (row->to == route_to::metrics && settings.metrics_need_key);
    if (needs_key && client.ground->keys(presented(request)) != key_verdict::right) {
        auto const                 why = problem(401, "auth_error", "invalid_api_key",
                                                 "a valid key is needed: Authorization: Bearer KEY");
        runtime::http_fields const fields{{"WWW-Authenticate", "Bearer"}};
        co_await refuse(client, why, false, fields);
        co_return false;
    }
    if (row->to == route_to::mcp) co_return co_await serve_mcp(client, request);
    if (row->to == route_to::ask) co_return co_await serve_question(client, request);
    if (row->to == route_to::kept_response) co_return co_await serve_kept(client, request);

    load::kept kept(commons_.load);
    co_await read_body(client.reader, world_.clock, settings.limits, "request_body_max", &kept);
    std::string          body;
    runtime::http_fields fields;
    if (row->to == route_to::metrics) {
        body = commons_.metrics();
        fields = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    }
    if (row->to == route_to::models) body = models_body(settings);
    if (row->to == route_to::alive) body = "\"I'm alive!\"";
    if (row->to == route_to::ready) body = R"({"status":"connected","db":"Not connected"})";
    co_await answer(client, 200, std::move(body), keeps(request), std::move(fields));
    co_return keeps(request);
}

runtime::awaitable<bool> gateway::serve_mcp(connection&                  client,
                                            runtime::http_request const& request) {
    // A stream of news may last for ever: it is ended when all questions are.
    std::shared_ptr<asked>   counted;
    std::optional<listening> news;
    if (mcp_endpoint::is_for_news(request))
        news.emplace(*this);
    else
        counted = std::make_shared<asked>(*this);
    if (auto const loop = other_loop(request)) co_return co_await pass_on(client, request, *loop);
    if (auto older = ground_of(request)) serve_on(client, std::move(older));
    auto&       ground = *client.ground;
    auto const& limits = ground.settings().limits;
    auto const  whose = presented(request);
    // A stream of news is no work. A session has a limit of its own, as an answer that a server
    // waits for, or a cancel, must get through.
    bool const  limited = counted && !mcp_endpoint::session_in(request);
    auto const  turn = commons_.load.begin(limited ? ground.keys.client(whose) : std::string(),
                                          limits.requests_per_key_max);
    load::kept kept(commons_.load);
    if (auto const full = too_much(limits, turn.has_value(), true)) {
        co_await read_body(client.reader, world_.clock, limits, "mcp_body_max", nullptr);
        runtime::http_fields const fields{{"Retry-After", "1"}};
        bool const                 goes_on = keeps(request);
        co_await refuse(client, *full, goes_on, fields);
        co_return goes_on;
    }
    // Whoever shows this key may use the MCP sessions that were begun by showing it.
    mcp_caller who{ground.keys.holder(whose), ground.keys.client(whose), kept, counted};
    co_return co_await ground.mcp.serve(client.stream, client.reader, request, std::move(who));
}

void gateway::blame(connection& client, request_problem const& why) {
    client.entry.status = static_cast<unsigned>(why.status);
    client.entry.error = why.code;
}

runtime::awaitable<void> gateway::answer(connection& client, unsigned status, std::string body,
                                         bool keep_alive, runtime::http_fields fields) {
    client.entry.status = status;
    auto const        limit = write_limit(client.ground->settings());
    client_line const line{client.stream, world_.clock, limit};
    co_await send_body(line, status, std::move(body), std::move(fields), keep_alive);
}

runtime::awaitable<void> gateway::refuse(connection& client, request_problem const& why,
                                         bool keep_alive, runtime::http_fields fields) {
    blame(client, why);
    auto body = client.spoken->problem_body(why, {});
    co_await answer(client, static_cast<unsigned>(why.status), std::move(body), keep_alive,
                    std::move(fields));
}

std::string gateway::models_body(config const& settings) const {
    nlohmann::ordered_json all;
    all["object"] = "list";
    all["data"] = nlohmann::ordered_json::array();
    auto const add = [&](std::string const& name, model const& m) {
        nlohmann::ordered_json one;
        one["id"] = name;
        one["object"] = "model";
        one["created"] = started_at_;
        one["owned_by"] = m.provider;
        all["data"].push_back(std::move(one));
    };
    for (auto const& m : settings.models)
        if (settings.find_model(m.name) == &m)
            add(m.name, m);  // once, however often it is deployed
    for (auto const& [alias, name] : settings.routing.aliases)
        add(alias, *settings.find_model(name));
    return all.dump();
}

}  // namespace proxy
