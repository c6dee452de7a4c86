#include "mock_providers/mock_provider.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_providers/answer.hpp"
#include "replay/recording.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"

namespace mock {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

constexpr auto for_ever = std::chrono::hours(24 * 365);

nlohmann::json as_json(runtime::http_fields const& fields) {
    auto all = nlohmann::json::array();
    for (auto const& [name, value] : fields) all.push_back({name, value});
    return all;
}

nlohmann::json body_as_json(std::string const& body) {
    auto parsed = wire::read_json(body);
    return parsed.is_discarded() ? nlohmann::json(runtime::quoted(body)) : parsed;
}

}  // namespace

mock_provider::mock_provider(runtime::world w, runtime::trace& t, provider_script s,
                             std::string peer)
    : world_(w),
      trace_(t),
      script_(std::move(s)),
      peer_(std::move(peer)),
      format_(*wire::find_provider_format(script_.format)),
      connections_(w.executor) {}

void mock_provider::start(std::unique_ptr<runtime::listener> at) {
    listener_ = std::move(at);
    connections_.spawn(script_.name + ": accept", accept());
}

runtime::awaitable<void> mock_provider::stop() {
    if (listener_) listener_->close();
    co_await connections_.stop();
}

runtime::awaitable<void> mock_provider::accept() {
    for (;;) {
        auto stream = co_await listener_->accept();
        connections_.spawn(script_.name + ": connection", serve(std::move(stream)));
    }
}

runtime::awaitable<void> mock_provider::serve(std::unique_ptr<runtime::stream> stream) {
    runtime::http_reader      reader(*stream, world_.clock);
    runtime::http_limit const limit{for_ever, asio::error::timed_out};
    try {
        for (;;) {
            auto request = co_await reader.request(limit);
            if (!request) co_return;
            bool const go_on = co_await serve_one(*stream, reader, std::move(*request));
            if (!go_on) co_return;
        }
    } catch (system_error const& e) {
        // A peer that breaks off is part of the story; the transcript has it.
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<bool> mock_provider::serve_one(runtime::stream&      stream,
                                                  runtime::http_reader& reader,
                                                  runtime::http_request request) {
    runtime::http_limit const limit{for_ever, asio::error::timed_out};
    auto const                body = co_await reader.whole_body(limit);
    runtime::event            asked;
    asked.at = world_.clock.now();
    asked.from = peer_;
    asked.to = script_.name;
    asked.verb = "turn";
    asked.words = std::to_string(++turn_count_);
    asked.exchange = trace_.new_exchange();
    asked.detail["body"] = body_as_json(body);
    asked.detail["headers"] = as_json(request.fields);
    asked.detail["target"] = request.target;
    auto const exchange = asked.exchange;
    auto const number = turn_count_;

    wire::provider_question question;
    turn                    extra;
    auto const*             script = &extra;
    try {
        question = format_.question(request.target, body);
        // How it is spelled is the format's; what it says is judged in one shape.
        if (!question.messages.is_null()) asked.detail["messages"] = question.messages;
        if (number <= script_.turns.size()) script = &script_.turns[number - 1];
    } catch (system_error const&) {
        // Told to the peer below, as the real service would.
    }
    trace_.add(asked);
    if (script == &extra) {
        provider_step no_more;
        no_more.verb = provider_verb::status;
        no_more.number = number <= script_.turns.size() ? 400 : 500;
        no_more.text = no_more.number == 400 ? "the request is not understood"
                                             : "the scenario has no turn " + std::to_string(number);
        extra.steps.push_back(std::move(no_more));
    }

    answer one(*this, stream, std::move(question), exchange, number);
    one.came({request.method, request.target, request.fields, body});
    auto       playing = one.play(*script);
    auto       watching = reader.hang_up();
    error_code why;
    try {
        co_await runtime::guarded(std::move(playing), std::move(watching));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why == asio::error::operation_aborted && one.connection_usable()) throw system_error(why);
    if (why && one.connection_usable()) {
        runtime::event gone;
        gone.at = world_.clock.now();
        gone.from = peer_;
        gone.to = script_.name;
        gone.verb = "close";
        gone.exchange = exchange;
        gone.quiet = one.finished();
        trace_.add(std::move(gone));
    }
    co_return !why && one.connection_usable() && request.keep_alive;
}

}  // namespace mock
