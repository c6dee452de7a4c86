#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/gateway.hpp"
#include "proxy/request_body.hpp"
#include "runtime/guarded.hpp"
#include "runtime/media_type.hpp"

// A question, from its body to the end of its answer.
namespace proxy {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;

request_problem problem(int status, std::string type, std::string code, std::string message) {
    return {status, std::move(type), std::move(code), std::move(message), {}, {}};
}

// One of the answers that may be given at a time, if there is one left.
class stream_place {
public:
    stream_place(std::atomic<std::size_t>& taken, std::size_t most)
        : all_(taken), is_taken_(++taken <= most) {
        if (!is_taken_) --all_;
    }
    ~stream_place() {
        if (is_taken_) --all_;
    }
    stream_place(stream_place const&) = delete;
    bool is_taken() const { return is_taken_; }

private:
    std::atomic<std::size_t>& all_;
    bool                      is_taken_;
};

}  // namespace

runtime::awaitable<bool> gateway::serve_question(connection&                  client,
                                                 runtime::http_request const& request) {
    asked const        counted(*this);
    auto&              ground = *client.ground;
    auto const&        settings = ground.settings();
    auto const&        limits = settings.limits;
    stream_place const place(commons_.streams, limits.streams_max);
    auto const         whose = presented(request);
    auto const turn = commons_.load.begin(ground.keys.client(whose), limits.requests_per_key_max);
    auto const full = too_much(limits, turn.has_value(), place.is_taken());
    // What is not wanted is read all the same: a connection that is closed upon unread bytes takes
    // its last answer with it.
    load::kept kept(commons_.load);
    auto const body = co_await read_body(client.reader, world_.clock, limits, "request_body_max",
                                         full ? nullptr : &kept);
    if (full) {
        runtime::http_fields const fields{{"Retry-After", "1"}};
        bool const                 goes_on = keeps(request);
        co_await refuse(client, *full, goes_on, fields);
        co_return goes_on;
    }
    auto const&               spoken = *client.spoken;
    std::optional<understood> read;
    std::exception_ptr        failed;
    try {
        bool const typed = runtime::find_field(request.fields, "content-type") != nullptr;
        if (typed && !runtime::is_of_type(request.fields, "application/json"))
            throw refused(problem(415, "invalid_request_error", "unsupported_media_type",
                                  "the request body must be application/json"));
        asking const by{settings, commons_.responses, ground.keys.holder(whose)};
        read = spoken.read(body, by);
    } catch (refused const&) {
        failed = std::current_exception();
    }
    if (failed) {
        auto const why = to_problem(failed);
        bool const goes_on = keeps(request) && why.status != 415;
        co_await refuse(client, why, goes_on);
        co_return goes_on;
    }

    auto& question = read->asked;
    client.entry.model = question.asked_model->name;
    client.entry.stream = question.stream;
    question.passed_on = passed_on(request, client.entry.request_id);
    client_answer::identity who;
    who.id = spoken.answer_id + world_.entropy.token(24);
    who.request_id = client.entry.request_id;
    who.model = question.model_name;
    who.created = world_.clock.unix_seconds();
    who.keep_alive = keeps(request);
    client_line const line{client.stream, world_.clock, write_limit(settings)};
    auto const        answer = read->answer(line, who);
    auto const        own_limit = question.asked_model->timeouts.request;
    auto const        whole_limit = std::min(own_limit, question.timeout.value_or(own_limit));
    {
        auto const log = [this, &who](std::string const& line) {
            note(who.request_id + ' ' + line);
        };
        exchange::services const shared{world_,  settings,      ground.router, ground.pool,
                                        meters_, *client.trace, commons_.load};
        exchange                 one(shared, std::move(question), *answer, log);
        auto                     running = one.run();
        auto                     limited = runtime::within(world_.clock, whole_limit,
                                                           make_error_code(error::request_timeout), std::move(running));
        auto                     watching = client.reader.hang_up();
        auto                     closing = throw_when_closing();
        auto watched = runtime::guarded(std::move(limited), std::move(watching));
        try {
            co_await runtime::guarded(std::move(watched), std::move(closing));
        } catch (...) {
            failed = std::current_exception();
        }
        client.entry.first_token = one.first_token();
    }
    if (!failed) {
        client.entry.status = 200;
        co_return keeps(request) && answer->connection_usable();
    }
    // Everything that the exchange had started is let go by now. A client that has gone, or
    // does not read, cannot be told.
    auto const why = to_problem(failed);
    try {
        std::rethrow_exception(failed);
    } catch (system_error const& e) {
        auto const code = e.code();
        if (code == asio::error::operation_aborted) throw;
        if (code == runtime::error::closed_early || code == asio::error::connection_reset ||
            code == asio::error::broken_pipe) {
            blame(client, to_problem(error::client_gone, {}));
            throw system_error(make_error_code(error::client_gone));
        }
        if (code == error::client_write_timeout) {
            blame(client, why);
            throw;
        }
    } catch (...) {
        // Told below.
    }
    blame(client, why);
    note(who.request_id + ' ' + why.code + ": " + why.message);
    co_await answer->fail(why);
    co_return keeps(request) && answer->connection_usable();
}

}  // namespace proxy
