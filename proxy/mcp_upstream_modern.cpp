// A session of the legacy era with a server of the modern one, which knows none.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/error.hpp"
#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_session.hpp"
#include "proxy/mcp_upstream.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;
using nlohmann::json;

constexpr std::string_view uri_path[] = {"params", "uri"};
constexpr std::string_view level_path[] = {"params", "level"};
constexpr int              tries_max = 20;  // of one request, with answers to ever more questions

std::string request_of(std::int64_t id, std::string const& method, json params) {
    return wire::to_text(wire::rpc_request{id, method, std::move(params)});
}

// One more member of a request's params.
std::string with_param(std::string request, std::string_view name, std::string_view value) {
    if (!wire::slice(request, "params")) request = wire::with_member(request, "params", "{}");
    auto const params = wire::with_member(*wire::slice(request, "params"), name, value);
    return wire::with_value(request, "params", params);
}

}  // namespace

// Fills in what initialize would have said. False if the server does not speak this era either.
runtime::awaitable<bool> mcp_upstream::discover() {
    auto const channel = channel_;
    if (!channel || !channel->alive() || !server_.may_be_modern()) co_return false;
    channel->agreed(wire::mcp::modern_revision);
    auto const id = next_id();
    auto text = with_session(request_of(id, wire::mcp::discover_method, json::object()), false);
    std::string answer;
    error_code  why;
    try {
        auto       asking = channel->relay(std::move(text), id, nullptr);
        auto const late = make_error_code(error::listing_timeout);
        answer =
            co_await runtime::within(world_.clock, server_.tool_listing, late, std::move(asking));
    } catch (system_error const& e) {
        why = e.code();
    }
    if (why == boost::asio::error::operation_aborted) throw system_error(why);
    if (why) co_return false;
    auto const  message = wire::parse_rpc(answer);
    auto const* response = std::get_if<wire::rpc_response>(&message);
    if (!response || response->error || !wire::mcp::speaks_modern(*response)) co_return false;
    auto const& said = response->result;
    json        result;
    result["protocolVersion"] = text_of(wire::slice(params_, "protocolVersion").value_or("null"));
    auto const* can = wire::find_member(said, "capabilities");
    result["capabilities"] = can ? *can : json::object();
    // The level of a session is said in each of its requests.
    result["capabilities"]["logging"] = json::object();
    result["serverInfo"] = {{"name", server_.name}, {"version", "unknown"}};
    if (auto const* meta = wire::find_member(said, "_meta"))
        if (auto const* info = wire::find_member(*meta, wire::mcp::meta_server))
            result["serverInfo"] = *info;
    if (auto const* words = wire::find_member(said, "instructions"))
        result["instructions"] = *words;
    result_ = wire::dump(result);
    modern_ = true;
    co_return true;
}

// Who asks and what it can: once said, in this era in every request.
std::string mcp_upstream::with_session(std::string request, bool logs) const {
    auto const  hello = wire::read_json(params_);
    json        meta;
    auto const* can = wire::find_member(hello, "capabilities");
    meta[wire::mcp::meta_capabilities] = can ? *can : json::object();
    if (auto const* who = wire::find_member(hello, "clientInfo"))
        meta[wire::mcp::meta_client] = *who;
    if (logs && !level_.empty()) meta[wire::mcp::meta_log_level] = level_;
    meta[wire::mcp::meta_version] = wire::mcp::modern_revision;
    std::string_view const path[] = {"params", "_meta"};
    if (!wire::slice(request, path)) request = with_param(std::move(request), "_meta", "{}");
    for (auto const& [name, value] : meta.items()) {
        auto const all = wire::with_member(*wire::slice(request, path), name, value.dump());
        request = wire::with_value(request, path, all);
    }
    return request;
}

// What a session would have kept is kept here.
std::optional<std::string> mcp_upstream::answered_here(std::string const& request) {
    auto const method = text_of(wire::slice(request, "method").value_or("null"));
    bool const here = method == "logging/setLevel" || method == "resources/subscribe" ||
                      method == "resources/unsubscribe";
    if (!here) return std::nullopt;
    if (method == "logging/setLevel") {
        level_ = text_of(wire::slice(request, level_path).value_or("null"));
    } else {
        auto const uri = text_of(wire::slice(request, uri_path).value_or("null"));
        if (method == "resources/subscribe")
            uris_.insert(uri);
        else
            uris_.erase(uri);
        changed_.ring();
    }
    return result_text(wire::slice(request, "id").value_or("null"), "{}");
}

runtime::awaitable<std::string> mcp_upstream::relay_modern(std::string request, wire::rpc_id id,
                                                           hearer heard) {
    if (auto answer = answered_here(request)) co_return *answer;
    auto const original = with_session(std::move(request), true);
    auto       text = original;
    auto const own_id = wire::to_json(id).dump();
    auto       try_id = id;
    struct running {
        mcp_upstream& owner;
        std::string   own_id;
        ~running() { owner.tries_.erase(own_id); }
    } const mine{*this, own_id};
    for (int tries = 0; tries < tries_max; ++tries) {
        tries_[own_id] = wire::to_json(try_id).dump();
        auto const answer = co_await relay_once(text, try_id, heard);
        tries_.erase(own_id);
        auto const result = wire::slice(answer, "result").value_or("{}");
        if (wire::slice(result, "resultType") != R"("input_required")")
            co_return wire::with_value(answer, "id", own_id);
        auto const questions = std::string(wire::slice(result, "inputRequests").value_or("{}"));
        auto const state = std::string(wire::slice(result, "requestState").value_or(""));
        auto const answers = co_await answers_of_client(questions, heard);
        // The same request once more, under an id of its own.
        auto const fresh = next_id();
        try_id = fresh;
        text = wire::with_value(original, "id", std::to_string(fresh));
        if (!answers.empty()) text = with_param(std::move(text), "inputResponses", answers);
        if (!state.empty()) text = with_param(std::move(text), "requestState", state);
    }
    throw mcp_failure{wire::rpc_internal_error,
                      "MCP server '" + server_.name + "' does not stop to ask"};
}

// Asks the client all of it at once, as a server of its own era would.
runtime::awaitable<std::string> mcp_upstream::answers_of_client(std::string_view questions,
                                                                hearer           heard) {
    struct mine {
        mcp_upstream&            owner;
        std::vector<std::string> ids, keys;
        ~mine() {
            for (auto const& id : ids) owner.asked_.erase(id);
        }
    } all{*this, {}, {}};
    for (auto const& [key, question] : wire::members(questions)) {
        auto const id = "input-" + std::to_string(++asked_count_);
        auto       text = wire::with_member(question, "id", spelled(id));
        text = wire::with_member(text, "jsonrpc", R"("2.0")");
        all.ids.push_back(id);
        all.keys.emplace_back(key);
        asked_[id] = std::nullopt;
        if (!heard) throw mcp_failure{wire::rpc_internal_error, "nobody is there to be asked"};
        co_await heard(std::move(text));
    }
    std::string made;
    for (std::size_t i = 0; i < all.ids.size(); ++i) {
        while (!asked_[all.ids[i]]) co_await changed_.wait();
        auto const& answer = *asked_[all.ids[i]];
        auto const  result = wire::slice(answer, "result");
        if (!result) {
            std::string_view const path[] = {"error", "message"};
            throw mcp_failure{wire::rpc_internal_error,
                              "the client does not answer what the server wants to know: " +
                                  text_of(wire::slice(answer, path).value_or("null"))};
        }
        made += (made.empty() ? "{\"" : ",\"") + all.keys[i] + "\":" + std::string(*result);
    }
    co_return made.empty() ? made : made + '}';
}

void mcp_upstream::take_answer(std::string const& text) {
    if (wire::slice(text, "method")) return;
    auto const found = asked_.find(text_of(wire::slice(text, "id").value_or("null")));
    if (found == asked_.end() || found->second) return;
    found->second = text;
    changed_.ring();
}

// What the stream of a GET would have told; anew with each change of what is subscribed to.
runtime::awaitable<void> mcp_upstream::subscribe(channel to) {
    for (int failures = 0; failures < 5 && to->alive();) {
        auto const known = uris_;
        json       wanted{{"toolsListChanged", true},
                          {"promptsListChanged", true},
                          {"resourcesListChanged", true}};
        if (!known.empty()) wanted["resourceSubscriptions"] = known;
        auto const id = next_id();
        json       params{{"notifications", std::move(wanted)}};
        auto       text = with_session(request_of(id, wire::mcp::listen_method, params), false);
        hearer     heard = [this](std::string said) -> runtime::awaitable<void> {
            constexpr std::string_view first = R"("notifications/subscriptions/acknowledged")";
            if (wire::slice(said, "method") != first) co_await standing_(std::move(said));
        };
        auto const until_changed = [this, &known]() -> runtime::awaitable<void> {
            while (uris_ == known) co_await changed_.wait();
            throw system_error(boost::asio::error::try_again);
        };
        auto       asking = to->relay(std::move(text), id, std::move(heard));
        auto       watching = until_changed();
        error_code why;
        bool       ended = false;
        try {
            co_await runtime::guarded(std::move(asking), std::move(watching));
            ended = true;
        } catch (system_error const& e) {
            why = e.code();
        }
        if (why == boost::asio::error::operation_aborted) throw system_error(why);
        if (ended) co_return;
        if (why == boost::asio::error::try_again) {
            if (!shares_channel()) continue;
            auto cancel = wire::to_text(wire::mcp::cancelled(id, "subscribed anew"));
            co_await say(std::move(cancel));
            continue;
        }
        co_await world_.clock.sleep_for(std::chrono::seconds(1) * (1 << failures++));
    }
}

}  // namespace proxy
