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

// What the model is told of a call that the client does not allow any more.
constexpr char const* beyond_limit =
    "Error: this call was not run; the request allows no more tool calls (max_tool_calls)";

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
      trace_(shared.trace),
      load_(shared.load),
      request_(std::move(request)),
      client_(client),
      log_(std::move(l)),
      asked_at_(world_.clock.now()),
      keep_warm_after_(request_.asked_model->keepalive_interval) {
    if (keep_warm_after_ == runtime::duration::zero())
        keep_warm_after_ = config_.keepalive_interval;
}

runtime::awaitable<void> exchange::list() {
    auto part = trace_.begin("list tools");
    part.note("mcp.method.name", "tools/list");
    table_ = co_await list_tools(world_, config_, pool_, request_.selection);
}

runtime::awaitable<void> exchange::run() {
    if (request_.selection.entries.empty())
        request_.talk.tools = request_.selection.own;
    else
        co_await list();
    if (table_) {
        for (auto const& left_out : table_->notes()) log_(left_out);
        refuse_if_nothing_selected(request_.selection, *table_);
        request_.talk.tools = table_->tools();
        shown_ = shown_tools(config_, request_.selection, *table_);
        client_.tools_listed(shown_, silent_labels(config_, request_.selection, *table_));
    }
    if (!request_.approved.empty()) co_await run_approved();
    for (std::size_t rounds = 0;; ++rounds) {
        bool const last = rounds >= config_.limits.rounds_max;
        turn       said = co_await ask_model(!last && may_run_more());
        bool       for_client = false;
        bool       for_us = false;
        for (auto const& c : said.calls) {
            bool const ours = c.by == call::runner::gateway || c.by == call::runner::nobody;
            (ours ? for_us : for_client) = true;
        }
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
        auto                           part = trace_.begin("chat " + deployment.upstream_name);
        try {
            co_await ask(deployment, talk, said, part);
        } catch (refused const& e) {
            why = e.problem();
            part.failed(cause_of(*why));
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
                                       turn& said, request_trace::part& part) {
    part.note("gen_ai.operation.name", "chat");
    part.note("gen_ai.provider.name", deployment.provider);
    part.note("gen_ai.request.model", deployment.upstream_name);
    part.note("server.address", deployment.api.at.host);
    part.note("server.port", deployment.api.at.port);
    provider_call provider(world_, deployment, config_.limits, load_);
    // Who stands in may be of another house; what the client wrote to the house it meant stays.
    auto          said_to_it = talk;
    if (deployment.provider != request_.asked_model->provider)
        keep_known_options(deployment.provider, said_to_it.options);
    auto headers = request_.passed_on;
    point_to(headers, part);
    co_await provider.ask(said_to_it, headers);
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
    part.note("gen_ai.usage.input_tokens", said.tokens.input);
    part.note("gen_ai.usage.output_tokens", said.tokens.output);
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
    } else if (c.by == call::runner::gateway && !may_run_more()) {
        c.by = call::runner::nobody;
        c.said.failed = true;
        c.said.result = beyond_limit;
    } else if (c.by == call::runner::gateway) {
        c.said.number = gateway_calls_++;
        client_.call_begins(c.said);
    }
    said.calls.push_back(std::move(c));
}

void exchange::remember(turn const& said) {
    std::vector<wire::tool_call> calls;
    for (auto const& c : said.calls) calls.push_back(c.said.whole);
    request_.talk.add_answer(said.text, calls, said.thinking_blocks);
    for (auto const& c : said.calls)
        if (c.by == call::runner::gateway || c.by == call::runner::nobody)
            request_.talk.add_result(c.said.whole, c.said.result);
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
