#include "proxy/provider_call.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"
#include "runtime/media_type.hpp"
#include "wire/error.hpp"
#include "wire/retry_hint.hpp"

namespace proxy {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Only inside this file: the caller's patience is over, the provider's limit is not.
error_code impatient() { return asio::error::try_again; }

[[noreturn]] void tell(error what, std::string message) {
    throw refused(to_problem(what, std::move(message)));
}

}  // namespace

provider_call::provider_call(runtime::world const& w, model const& m, limits const& l, load& all)
    : world_(w),
      model_(m),
      limits_(l),
      kept_(all),
      format_(*wire::find_provider_format(m.provider)) {}

// What the deployment has for what the request leaves open.
wire::conversation provider_call::as_deployed(wire::conversation talk) const {
    talk.model = model_.upstream_name;
    for (auto const& [key, value] : model_.options.items())
        if (!talk.options.contains(key)) talk.options[key] = value;
    return talk;
}

runtime::awaitable<void> provider_call::ask(wire::conversation const& talk,
                                            wire::fields const&       more) {
    error_code why;
    auto       connecting = world_.network.connect(model_.api.at);
    try {
        connection_ = co_await runtime::within(world_.clock, model_.timeouts.connect,
                                               make_error_code(error::connect_timeout),
                                               std::move(connecting));
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    if (why == asio::error::operation_aborted) throw boost::system::system_error(why);
    if (why == error::connect_timeout)
        tell(error::connect_timeout,
             model_.name + ": no connection within " + runtime::to_text(model_.timeouts.connect));
    if (why) tell(error::provider_unreachable, model_.name + ": no connection: " + why.message());

    wire::account whose(model_.api_key);
    whose.api_version = model_.api_version;
    whose.secret_key = model_.aws_secret_key;
    whose.session_token = model_.aws_session_token;
    whose.region = model_.aws_region;
    whose.host = runtime::to_text(model_.api.at);
    whose.base_path = model_.api.path;
    whose.now = world_.clock.unix_seconds();
    auto const            asked = format_.request(as_deployed(talk), whose);
    runtime::http_request request;
    request.method = "POST";
    request.target = model_.api.path + asked.path;
    request.fields = {{"Host", runtime::to_text(model_.api.at)},
                      {"Accept-Encoding", "identity"},
                      {"Connection", "close"}};
    for (auto const& field : asked.headers) request.fields.push_back(field);
    for (auto const& field : more) request.fields.push_back(field);
    request.fields.emplace_back("Content-Length", std::to_string(asked.body.size()));
    auto const               head = runtime::to_text(request);
    asio::const_buffer const parts[] = {asio::buffer(head), asio::buffer(asked.body)};
    try {
        co_await runtime::write_within(*connection_, parts, world_.clock,
                                       model_.timeouts.first_byte,
                                       make_error_code(error::first_byte_timeout));
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    if (why) translate(why);

    reader_.emplace(*connection_, world_.clock, of_answers(limits_));
    due_ = world_.clock.now() + model_.timeouts.first_byte;
}

runtime::awaitable<provider_call::heard> provider_call::next(std::vector<wire::told>& out,
                                                             runtime::duration        patience) {
    if (trouble_) translate(trouble_);
    if (ended_) co_return heard::end;
    // The earlier of two moments: the caller gets restless, or the silence is too long. Bytes
    // that say nothing yet (half an event, a comment) move neither.
    auto       until = due_;
    error_code late = said_something_ ? make_error_code(error::idle_timeout)
                                      : make_error_code(error::first_byte_timeout);
    if (patience > runtime::duration::zero() && world_.clock.now() + patience < due_) {
        until = world_.clock.now() + patience;
        late = impatient();
    }
    auto const had = out.size();
    error_code why;
    try {
        while (!ended_ && out.size() == had) {
            auto const left = std::max(until - world_.clock.now(), runtime::duration(1));
            runtime::http_limit const limit{left, late};
            if (!head_seen_) {
                co_await read_head(limit);
                continue;
            }
            auto const piece = co_await reader_->body(limit);
            take(piece, out);
        }
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    bool const something = out.size() > had;
    if (something) {
        said_something_ = true;
        due_ = world_.clock.now() + model_.timeouts.idle;
    }
    if (why == impatient()) co_return something ? heard::something : heard::nothing;
    if (why && !something) translate(why);
    trouble_ = why;
    co_return something ? heard::something : heard::end;
}

runtime::awaitable<void> provider_call::read_head(runtime::http_limit limit) {
    head_ = co_await reader_->response(limit);
    head_seen_ = true;
    if (head_.status / 100 == 3)
        tell(error::provider_redirect, model_.name + ": HTTP " + std::to_string(head_.status) +
                                           " points elsewhere, and nobody goes there");
    if (head_.status != 200) {
        bool        is_cut = false;
        auto const  body = co_await error_body(is_cut);
        auto        said = format_.failed(static_cast<int>(head_.status), body);
        // Amazon names the error in the head.
        auto const* type = runtime::find_field(head_.fields, "x-amzn-errortype");
        if (type && said.type.empty()) said.type = type->substr(0, type->find(':'));
        auto problem = to_problem(said, model_.name, model_.api_key);
        if (is_cut) problem.message += " [" + passed_text("upstream_error_max", limits_) + "]";
        auto const* later = runtime::find_field(head_.fields, "retry-after");
        problem.retry_after = later ? *later : wire::retry_hint(body);
        throw refused(std::move(problem));
    }
    bool const whole = runtime::is_of_type(head_.fields, "application/json");
    if (!whole) decoder_.emplace(format_, limits_.event_size_max);
}

runtime::awaitable<std::string> provider_call::error_body(bool& is_cut) {
    std::string body;
    auto const  until = world_.clock.now() + model_.timeouts.idle;
    try {
        while (!is_cut) {
            auto const left = std::max(until - world_.clock.now(), runtime::duration(1));
            runtime::http_limit const limit{left, make_error_code(error::idle_timeout)};
            auto const                piece = co_await reader_->body(limit);
            if (piece.empty()) break;
            auto const room = limits_.upstream_error_max - body.size();
            is_cut = piece.size() > room;
            body += piece.substr(0, room);
        }
    } catch (boost::system::system_error const& e) {
        // The status is said: what there is of its reason is better than none.
        if (e.code() == asio::error::operation_aborted) throw;
    }
    co_return body;
}

// Nothing: the body is at its end.
void provider_call::take(std::string_view piece, std::vector<wire::told>& out) {
    if (decoder_) {
        auto const had = out.size();
        if (piece.empty())
            decoder_->end(out);
        else
            decoder_->feed(piece, out);
        ended_ = piece.empty() || decoder_->finished();
        kept_.set(out.size() > had ? 0 : kept_.size() + piece.size());
    } else if (!piece.empty()) {
        whole_ += piece;
        kept_.set(whole_.size());
        if (whole_.size() > limits_.upstream_body_max)
            throw boost::system::system_error(make_error_code(error::provider_too_large));
    } else {
        ended_ = true;
        for (auto& d : format_.whole(whole_)) out.emplace_back(std::move(d));
    }
}

void provider_call::translate(error_code why) const {
    auto const& name = model_.name;
    if (why == asio::error::operation_aborted) throw boost::system::system_error(why);
    if (why == error::first_byte_timeout)
        tell(error::first_byte_timeout,
             name + ": nothing came within " + runtime::to_text(model_.timeouts.first_byte));
    if (why == error::idle_timeout)
        tell(error::idle_timeout, name + ": silent for " + runtime::to_text(model_.timeouts.idle));
    if (why == error::provider_too_large || why == runtime::error::body_too_large)
        tell(error::provider_too_large, name + ": " + passed_text("upstream_body_max", limits_));
    if (why == wire::error::event_too_large)
        tell(error::provider_too_large, name + ": " + passed_text("event_size_max", limits_));
    if (why == runtime::error::head_too_large)
        tell(error::provider_protocol, name + ": " + passed_text("upstream_header_max", limits_));
    if (why == runtime::error::too_many_fields)
        tell(error::provider_protocol, name + ": " + passed_text("upstream_fields_max", limits_));
    if (why == runtime::error::too_many_interim)
        tell(error::provider_protocol, name + ": " + passed_text("upstream_interim_max", limits_));
    bool const is_chunks =
        why == wire::error::bad_chunk || why == wire::error::chunk_line_too_large ||
        why == wire::error::trailers_too_large || why == wire::error::too_many_trailers;
    if (is_chunks || why == runtime::error::bad_http || why == runtime::error::unsupported_coding ||
        why == runtime::error::unsupported_transfer)
        tell(error::provider_protocol, name + ": " + why.message());
    bool const garbage = why.category() == wire::error_category() && why != wire::error::stream_cut;
    if (garbage || why == error::provider_garbage)
        tell(error::provider_garbage, name + ": " + why.message());
    if (!head_seen_) tell(error::provider_reset, name + ": " + why.message());
    tell(error::stream_cut, name + ": the answer broke off: " + why.message());
}

}  // namespace proxy
