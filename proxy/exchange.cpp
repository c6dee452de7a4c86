#include "proxy/exchange.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/known_options.hpp"
#include "proxy/route.hpp"
#include "proxy/shown_tools.hpp"
#include "proxy/tool_listing.hpp"
#include "runtime/task_group.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace proxy {

namespace {

// What a turn may still be told to the client of a tool's own trouble.
std::string bad_arguments(std::string const& tool, std::string const& why) {
    return "Error: the arguments of '" + tool + "' are not a JSON object: " + why;
}

void add_to(wire::usage& sum, wire::usage const& more) {
    sum.input = wire::add_counts(sum.input, more.input);
    sum.output = wire::add_counts(sum.output, more.output);
    sum.cached = wire::add_counts(sum.cached, more.cached);
    sum.reasoning = wire::add_counts(sum.reasoning, more.reasoning);
}

bool was_cut(std::map<int, wire::finish_reason> const& reasons) {
    return std::any_of(reasons.begin(), reasons.end(), [](auto const& ended) {
        return ended.second == wire::finish_reason::length ||
               ended.second == wire::finish_reason::content_filter;
    });
}

}  // namespace

exchange::exchange(services const& shared, question request, client_answer& client, log l)
    : world_(shared.world),
      config_(shared.config),
      router_(shared.router),
      pool_(shared.pool),
      meters_(shared.meters),
      load_(shared.load),
      request_(std::move(request)),
      client_(client),
      log_(std::move(l)),
      asked_at_(world_.clock.now()),
      keep_warm_after_(request_.asked_model->keepalive_interval) {
    if (keep_warm_after_ == runtime::duration::zero())
        keep_warm_after_ = config_.keepalive_interval;
}

runtime::awaitable<void> exchange::run() {
    if (request_.selection.entries.empty())
        request_.talk.tools = request_.selection.own;
    else
        table_ = co_await list_tools(world_, config_, pool_, request_.selection);
    if (table_) {
        for (auto const& left_out : table_->notes()) log_(left_out);
        refuse_if_nothing_selected(request_.selection, *table_);
        request_.talk.tools = table_->tools();
        shown_ = shown_tools(config_, request_.selection, *table_);
        client_.tools_listed(shown_);
    }
    if (!request_.approved.empty()) co_await run_approved();
    for (std::size_t rounds = 0;; ++rounds) {
        bool const last = rounds >= config_.limits.rounds_max;
        turn       said = co_await ask_model(!last);
        bool       for_client = false;
        bool       for_us = false;
        for (auto const& c : said.calls)
            (c.by == call::runner::gateway ? for_us : for_client) = true;
        if (last && for_us)
            throw refused(to_problem(error::too_many_rounds,
                                     "the model asked for tools in more than " +
                                         std::to_string(config_.limits.rounds_max) + " rounds"));
        // Behind `length` nobody knows what the last call would have been: none of them runs.
        if (was_cut(said.reasons)) {
            said.calls.clear();
            co_return co_await finish(said);
        }
        if (for_us) co_await run_tools(said);
        // With a call that only the client can run the turn is the client's; what ran here
        // beside it goes along.
        for (auto const& c : said.calls)
            if (c.by == call::runner::client_if_it_likes) client_.ask(c.said);
        if (for_client || !for_us) co_return co_await finish(said);
        remember(said);
    }
}

exchange::call exchange::make_call(wire::tool_call whole) const {
    call c;
    c.said.whole = std::move(whole);
    c.said.tool = c.said.whole.name;
    // Without tools of ours the client knows its own business.
    if (!table_) return c;
    c.target = table_->resolve(c.said.whole.name);
    if (auto const* mcp = std::get_if<mcp_function>(&c.target)) {
        auto shown_as = shown(config_, request_.selection, *mcp);
        c.said.server = std::move(shown_as.server);
        c.said.tool = std::move(shown_as.name);
        if (mcp->run_here)
            c.by = call::runner::gateway;
        else if (client_.can_ask())
            c.by = call::runner::client_if_it_likes;
    } else if (std::holds_alternative<unknown_tool>(c.target)) {
        // The model is told that nobody has that name.
        c.by = call::runner::gateway;
    }
    return c;
}

// Of one deployment or of several, one after another, until one has answered.
runtime::awaitable<exchange::turn> exchange::ask_model(bool tools_allowed) {
    auto talk = request_.talk;
    if (!tools_allowed && !talk.tools.empty()) talk.tool_choice = "none";
    route way(router_, world_, config_, request_.asked_model->name, answered_by_);
    for (;;) {
        auto const&                    deployment = way.next();
        turn                           said;
        std::optional<request_problem> why;
        try {
            co_await ask(deployment, talk, said);
        } catch (refused const& e) {
            why = e.problem();
        }
        if (!why) {
            way.worked();
            answered_by_ = &deployment;
            co_return said;
        }
        meters_.upstream_error(deployment.name, cause_of(*why));
        auto const pause = way.failed(*why, said.is_heard);
        if (!pause) throw refused(way.told());
        log_(why->code + ": " + why->message + "; asking again in " + runtime::to_text(*pause));
        co_await rest(*pause);
    }
}

runtime::awaitable<void> exchange::rest(runtime::duration pause) {
    auto const until = world_.clock.now() + pause;
    while (world_.clock.now() < until) {
        bool const warm = keep_warm_after_ > runtime::duration::zero() &&
                          world_.clock.now() + keep_warm_after_ < until;
        co_await world_.clock.sleep_until(warm ? world_.clock.now() + keep_warm_after_ : until);
        if (warm) co_await client_.keep_warm();
    }
}

runtime::awaitable<void> exchange::ask(model const& deployment, wire::conversation const& talk,
                                       turn& said) {
    provider_call provider(world_, deployment, config_.limits, load_);
    // Who stands in may be of another house; what the client wrote to the house it meant stays.
    auto          said_to_it = talk;
    if (deployment.provider != request_.asked_model->provider)
        keep_known_options(deployment.provider, said_to_it.options);
    co_await provider.ask(said_to_it, request_.passed_on);
    said.from = &deployment;
    auto const              measured = meters_.stream(deployment.name);
    std::vector<wire::told> deltas;
    auto                    last = world_.clock.now();
    for (;;) {
        deltas.clear();
        bool const         begun = said.is_heard;
        auto const         heard = co_await provider.next(deltas, keep_warm_after_);
        // What was said before a failure is the client's, also if both came in one read.
        std::exception_ptr failed;
        try {
            for (auto const& d : deltas) take(said, d);
        } catch (refused const&) {
            failed = std::current_exception();
        }
        co_await client_.flush();
        if (failed) std::rethrow_exception(failed);
        auto const now = world_.clock.now();
        if (begun && !deltas.empty()) measured.chunk(now - last);
        if (!deltas.empty()) last = now;
        if (said.is_heard && !first_token_) {
            first_token_ = now - asked_at_;
            measured.first_token(*first_token_);
        }
        if (heard == provider_call::heard::nothing) co_await client_.keep_warm();
        if (heard == provider_call::heard::end) break;
    }
    if (said.reasons.empty())
        throw refused(
            to_problem(error::stream_cut, deployment.name + ": the answer has no finish reason"));
}

void exchange::take(turn& said, wire::told const& t) {
    std::visit([&](auto const& what) { take(said, what); }, t);
}

void exchange::take(turn& said, wire::words const& w) {
    said.is_heard = true;
    if (w.choice == 0 && keeps_words()) wire::append_unquoted(said.text, w.spelled);
    client_.add_words(w);
}

// Who reads them again: the model in its next turn, or a later request of the client.
bool exchange::keeps_words() const { return table_ || client_.keeps_talk(); }

// A call for the client goes out as it comes, piece by piece; one that runs here is gathered.
void exchange::take(turn& said, wire::delta const& d) {
    if (auto const* failure = std::get_if<wire::failure>(&d))
        throw refused(to_problem(*failure, said.from->name, said.from->api_key));
    said.is_heard = said.is_heard || !std::holds_alternative<wire::usage>(d);
    if (auto const* begins = std::get_if<wire::tool_begins>(&d)) return take_call(said, *begins);
    if (auto const* piece = std::get_if<wire::tool_arguments>(&d); piece && piece->choice == 0) {
        auto& c = said.calls.at(static_cast<std::size_t>(piece->index));
        c.said.whole.arguments += piece->piece;
        if (c.by == call::runner::gateway) client_.call_arguments(c.said, piece->piece);
        if (c.by == call::runner::client)
            client_.add(wire::tool_arguments{c.shown_as, piece->piece, 0});
        return;
    }
    if (auto const* ends = std::get_if<wire::tool_ends>(&d); ends && ends->choice == 0) {
        auto const& c = said.calls.at(static_cast<std::size_t>(ends->index));
        if (c.by == call::runner::gateway) client_.call_whole(c.said);
        if (c.by == call::runner::client) client_.add(wire::tool_ends{c.shown_as, 0});
        return;
    }
    if (auto const* piece = std::get_if<wire::text>(&d)) {
        if (piece->choice == 0 && keeps_words()) said.text += piece->piece;
    } else if (auto const* piece = std::get_if<wire::thinking>(&d)) {
        wire::add_thinking(said.thinking_blocks, *piece);
    } else if (auto const* tokens = std::get_if<wire::usage>(&d)) {
        said.tokens = *tokens;
        return;
    } else if (auto const* end = std::get_if<wire::finish>(&d)) {
        said.reasons[end->choice] = end->reason;
        return;
    }
    client_.add(d);
}

void exchange::take_call(turn& said, wire::tool_begins const& begins) {
    // Several choices are several answers, and MCP tools are not run for them.
    if (begins.choice != 0) return client_.add(begins);
    auto c = make_call({begins.id, begins.name, {}});
    if (c.by == call::runner::client) {
        auto to_show = begins;
        to_show.index = c.shown_as = shown_count_++;
        client_.add(to_show);
    } else if (c.by == call::runner::gateway) {
        c.said.number = gateway_calls_++;
        client_.call_begins(c.said);
    }
    said.calls.push_back(std::move(c));
}

// What the client has said yes to, whoever would run it otherwise; then the model is asked.
runtime::awaitable<void> exchange::run_approved() {
    turn allowed;
    for (auto const& yes : request_.approved) {
        auto c = make_call(yes.call);
        c.by = call::runner::gateway;
        c.said.number = gateway_calls_++;
        c.said.approval = yes.request;
        client_.call_begins(c.said);
        client_.call_arguments(c.said, c.said.whole.arguments);
        client_.call_whole(c.said);
        allowed.calls.push_back(std::move(c));
    }
    co_await client_.flush();
    co_await run_tools(allowed);
    for (std::size_t i = 0; i < allowed.calls.size(); ++i)
        request_.talk.messages[request_.approved[i].position]["content"] =
            allowed.calls[i].said.result;
}

// The calls of one turn at the same time; their results keep the order of the calls. Only this
// coroutine writes to the client, so that a tool that fails cuts no event in two.
runtime::awaitable<void> exchange::run_tools(turn& said) {
    runtime::task_group running(world_.executor);
    for (auto& c : said.calls)
        if (c.by == call::runner::gateway) running.spawn("tool " + c.said.whole.name, run_tool(c));
    runtime::duration interval = std::chrono::hours(24 * 365);
    if (keep_warm_after_ != runtime::duration::zero()) interval = keep_warm_after_;
    auto const meanwhile = [this](bool ended) {
        return ended ? client_.flush() : client_.keep_warm();
    };
    co_await running.join(world_.clock, interval, meanwhile);
    for (auto const& c : said.calls)
        if (c.by == call::runner::gateway) ran_.push_back(c.said);
    co_await client_.flush();
}

runtime::awaitable<void> exchange::run_tool(call& c) {
    std::exception_ptr failed;
    try {
        if (auto const* target = std::get_if<mcp_function>(&c.target)) {
            co_await result_of(*target, c.said);
        } else {
            c.said.failed = true;
            c.said.result = "Error: there is no tool '" + c.said.whole.name + "'";
        }
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        if (config_.on_tool_failure == tool_failure::fail || is_cancelled(failed))
            std::rethrow_exception(failed);
        c.said.failed = true;
        c.said.result = "Error executing tool: " + to_problem(failed).message;
    }
    client_.call_over(c.said);
}

runtime::awaitable<void> exchange::result_of(mcp_function target, gateway_call& of) {
    nlohmann::json parsed = nlohmann::json::object();
    auto const&    arguments = of.whole.arguments;
    if (!arguments.empty()) {
        std::string why;
        try {
            parsed = wire::parse_json(arguments);
        } catch (boost::system::system_error const& e) {
            why = e.what();
        }
        if (why.empty() && !parsed.is_object()) why = arguments.substr(0, 80);
        // The server is not bothered; the model may do better.
        if (!why.empty()) {
            of.failed = true;
            of.result = bad_arguments(target.tool, why);
            co_return;
        }
    }
    auto const& server = request_.selection.server(config_, target.server);
    auto const  began = world_.clock.now();
    for (int attempt = 0;; ++attempt) {
        auto               session = co_await pool_.session(server);
        std::exception_ptr failed;
        try {
            auto const result = co_await session->call_tool(target.tool, parsed);
            of.failed = result.is_error;
            of.result = wire::mcp::to_model_text(result);
            meters_.tool_call(server.name, result.is_error, world_.clock.now() - began);
            co_return;
        } catch (...) {
            failed = std::current_exception();
        }
        if (session->was_lost() && attempt == 0) continue;
        meters_.tool_call(server.name, true, world_.clock.now() - began);
        std::rethrow_exception(failed);
    }
}

void exchange::remember(turn const& said) {
    std::vector<wire::tool_call> calls;
    for (auto const& c : said.calls) calls.push_back(c.said.whole);
    request_.talk.add_answer(said.text, calls, said.thinking_blocks);
    for (auto const& c : said.calls)
        if (c.by == call::runner::gateway) request_.talk.add_result(c.said.whole, c.said.result);
    add_to(tokens_, said.tokens);
    // A demand to call a tool was met by the first turn; kept, it would never let the model
    // answer, as LiteLLM has it.
    request_.talk.tool_choice = nullptr;
}

runtime::awaitable<void> exchange::finish(turn const& said) {
    remember(said);
    auto reasons = said.reasons;
    for (auto& [choice, reason] : reasons)
        if (choice == 0 && reason == wire::finish_reason::tool_calls && shown_count_ == 0)
            reason = wire::finish_reason::stop;
    ending const end{reasons, tokens_, table_ ? &shown_ : nullptr, ran_, request_.talk};
    co_await client_.finish(end);
}

}  // namespace proxy
