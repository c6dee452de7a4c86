#include "scenarios/test_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "scenarios/answer_reader.hpp"
#include "scenarios/meet_gateway.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using boost::system::system_error;

constexpr auto for_ever = std::chrono::hours(24 * 365);

}  // namespace

// One request and its answer.
struct test_client::exchange {
    std::uint64_t                       number = 0;
    std::unique_ptr<runtime::stream>    stream;
    std::optional<runtime::http_reader> reader;
    std::optional<answer_reader>        answer;
    bool                                over = false;
    bool                                left = false;  // the client went by its own will
};

test_client::test_client(runtime::world w, runtime::trace& t, gatekeeper& g, client_script s,
                         common_request common, runtime::address gateway,
                         std::function<runtime::link_faults()> faults)
    : world_(w),
      trace_(t),
      gates_(g),
      script_(std::move(s)),
      common_(std::move(common)),
      gateway_(std::move(gateway)),
      faults_(std::move(faults)),
      reading_(w.executor),
      mcp_(world_, trace_, script_.name, common_.servers, common_.key, gateway_, faults_) {}

void test_client::note(exchange const& e, bool from_client, std::string verb, std::string words,
                       nlohmann::json detail, bool quiet) {
    runtime::event event;
    event.at = world_.clock.now();
    event.from = from_client ? script_.name : "proxy";
    event.to = from_client ? "proxy" : script_.name;
    event.verb = std::move(verb);
    event.words = std::move(words);
    event.exchange = e.number;
    event.quiet = quiet;
    event.detail = std::move(detail);
    trace_.add(std::move(event));
}

std::string test_client::doing() const {
    if (done_) return {};
    if (at_) return "is at this step";
    return "waits for the end of its answer";
}

runtime::awaitable<void> test_client::run() {
    for (auto const& s : script_.steps) {
        at_ = &s;
        if (s.after > runtime::duration::zero()) co_await world_.clock.sleep_for(s.after);
        co_await step(s);
    }
    at_ = nullptr;
    co_await until_exchange_is_over();
    co_await reading_.wait();
    co_await mcp_.end();
    done_ = true;
}

runtime::awaitable<void> test_client::stop() {
    co_await reading_.stop();
    co_await mcp_.stop();
}

runtime::awaitable<void> test_client::until_exchange_is_over() {
    while (current_ && !current_->over && !current_->left) co_await changed_.wait();
    co_await mcp_.until_answered();
}

runtime::awaitable<void> test_client::step(client_step const& s) {
    if (mcp_client::does(s.verb)) {
        while (current_ && !current_->over && !current_->left) co_await changed_.wait();
        co_return co_await mcp_.step(s);
    }
    switch (s.verb) {
        default:
            break;  // the MCP client's
        case client_verb::ask: {
            co_await until_exchange_is_over();
            auto const asked = spell(common_, s, last_);
            last_ = {};
            auto detail = request_detail(asked.path, asked.body);
            auto bytes = http_request("POST", asked.path, asked.body, s);
            co_await begin("ask", runtime::quoted(s.text), std::move(bytes), std::move(detail));
            break;
        }
        case client_verb::post:
            co_await request(s, "POST", "post");
            break;
        case client_verb::get:
            co_await request(s, "GET", "get");
            break;
        case client_verb::erase:
            co_await request(s, "DELETE", "delete");
            break;
        case client_verb::raw: {
            co_await until_exchange_is_over();
            auto copy = s.text;
            auto detail = request_detail("", {});
            co_await begin("raw", std::to_string(s.text.size()), std::move(copy),
                           std::move(detail));
            break;
        }
        case client_verb::read:
            paused_ = false;
            metered_ = s.number > 0;
            allowance_ = static_cast<std::size_t>(s.number);
            changed_.ring();
            break;
        case client_verb::pause:
            paused_ = true;
            mcp_.pause(true);
            break;
        case client_verb::resume:
            paused_ = metered_ = false;
            mcp_.pause(false);
            changed_.ring();
            break;
        case client_verb::disconnect:
            leave(false);
            break;
        case client_verb::abort:
            leave(true);
            break;
        case client_verb::terminate: {
            exchange told;
            told.number = trace_.new_exchange();
            note(told, true, "terminate");
            if (common_.terminate) common_.terminate();
            break;
        }
        case client_verb::wait: {
            auto until = s.until;
            co_await gates_.wait(std::move(until));
            break;
        }
    }
}

// "{{response}}" is the id of the last response.
runtime::awaitable<void> test_client::request(client_step const& s, char const* method,
                                              char const* verb) {
    co_await until_exchange_is_over();
    auto const filled = [&](std::string text) {
        constexpr std::string_view mark = "{{response}}";
        for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at))
            text.replace(at, mark.size(), last_.id);
        return text;
    };
    auto const path = filled(s.text);
    auto const body = filled(s.body);
    auto       detail = request_detail(path, body);
    auto       bytes = http_request(method, path, body, s);
    co_await begin(verb, path, std::move(bytes), std::move(detail));
}

void test_client::leave(bool reset) {
    mcp_.leave(reset);
    if (!current_ || current_->over || current_->left) return;
    current_->left = true;
    note(*current_, true, reset ? "abort" : "close");
    if (reset)
        current_->stream->reset();
    else
        current_->stream->close();
    changed_.ring();
}

// What a later request may go on from.
void test_client::remember(std::string const& verb, std::string const& words,
                           nlohmann::json const& detail) {
    if (verb == "response") last_.id = words;
    if (verb == "metadata" && words.starts_with("mcp_approval_request"))
        last_.approvals.push_back(text_at(detail, "id"));
}

std::string test_client::http_request(std::string const& method, std::string const& path,
                                      std::string const& body, client_step const& s) const {
    runtime::http_request request;
    request.method = method;
    request.target = path;
    request.fields = {{"Host", runtime::to_text(gateway_)}, {"Accept", "*/*"}};
    auto const key = option(s, "key").value_or(common_.key);
    for (auto& field : client_fields(path, option(s, "no key") ? std::string() : key))
        request.fields.push_back(std::move(field));
    if (common_.headers_of) {
        auto const parsed = wire::read_json(body);
        auto const model =
            parsed.is_object() ? parsed.value("model", nlohmann::json()) : nlohmann::json();
        for (auto& field :
             common_.headers_of(model.is_string() ? model.get<std::string>() : common_.model)) {
            std::erase_if(request.fields, [&](auto const& f) { return f.first == field.first; });
            request.fields.push_back(std::move(field));
        }
    }
    if (method == "POST") {
        request.fields.emplace_back("Content-Type", "application/json");
        request.fields.emplace_back("Content-Length", std::to_string(body.size()));
    }
    return runtime::to_text(request) + body;
}

nlohmann::json test_client::request_detail(std::string const& path, std::string const& body) const {
    nlohmann::json detail;
    auto const     parsed = wire::read_json(body);
    detail["path"] = path;
    detail["body"] = parsed.is_discarded() ? nlohmann::json(runtime::quoted(body)) : parsed;
    detail["stream"] = parsed.is_object() && parsed.value("stream", nlohmann::json(false)) == true;
    return detail;
}

runtime::awaitable<void> test_client::begin(std::string verb, std::string words,
                                            std::string request, nlohmann::json detail) {
    auto e = std::make_shared<exchange>();
    e->number = trace_.new_exchange();
    current_ = e;
    e->stream = co_await meet_gateway(world_, gateway_, faults_);
    bool const met = e->stream != nullptr;
    if (met) {
        runtime::http_limits limits;
        limits.read_size = 4096;
        limits.body_max = 256 << 20;
        e->reader.emplace(*e->stream, world_.clock, limits);
    }
    e->answer.emplace(
        [this, raw = e.get()](std::string v, std::string w, nlohmann::json d, bool q) {
            remember(v, w, d);
            note(*raw, false, std::move(v), std::move(w), std::move(d), q);
        });
    note(*e, true, std::move(verb), std::move(words), std::move(detail));
    reading_.spawn(script_.name + ": answer", read_answer(e));
    if (!met) co_return;
    try {
        co_await e->stream->write(request);
    } catch (system_error const& why) {
        // The answer, or its absence, is what counts.
        if (why.code() == boost::asio::error::operation_aborted && !e->left) throw;
    }
}

runtime::awaitable<void> test_client::read_answer(std::shared_ptr<exchange> e) {
    boost::system::error_code why;
    bool const                met = e->stream != nullptr;
    try {
        // One that has ended takes no connection, and is told of as one that closes it.
        if (!met) throw system_error(make_error_code(runtime::error::closed_early));
        runtime::http_limit const limit{for_ever, boost::asio::error::timed_out};
        auto const                head = co_await e->reader->response(limit);
        e->answer->head(head);
        co_await read_body(*e);
        note(*e, false, "body-end", {}, {{"clean", true}, {"trailing", e->reader->surplus()}},
             true);
        e->answer->body_ended();
        auto const* connection = runtime::find_field(head.fields, "connection");
        bool const  closing = e->answer->failed() && (head.status == 200 || connection);
        if (closing) co_await read_until_closed(*e);
    } catch (system_error const& error) {
        why = error.code();
    }
    if (why == boost::asio::error::operation_aborted && !e->left) throw system_error(why);
    if (why && !e->left) {
        bool const before = why == runtime::error::closed_early;
        if (!before) note(*e, false, "body-end", {}, {{"clean", false}, {"trailing", 0}}, true);
        note(*e, false, before ? "close" : "cut");
    }
    e->over = true;
    if (met) e->stream->close();
    changed_.ring();
}

runtime::awaitable<void> test_client::read_body(exchange& e) {
    runtime::http_limit const limit{for_ever, boost::asio::error::timed_out};
    for (;;) {
        while (paused_ && !e.left) co_await changed_.wait();
        auto const piece = co_await e.reader->body(limit);
        if (piece.empty()) co_return;
        e.answer->body(piece);
        if (!metered_) continue;
        allowance_ -= std::min(allowance_, piece.size());
        if (allowance_ == 0) paused_ = true;
    }
}

// After an error inside a stream the gateway must close, so that nobody waits for more.
runtime::awaitable<void> test_client::read_until_closed(exchange& e) {
    try {
        co_await e.reader->hang_up();
    } catch (system_error const& why) {
        if (why.code() == boost::asio::error::operation_aborted) throw;
    }
    note(e, false, "close");
}

}  // namespace scenario
