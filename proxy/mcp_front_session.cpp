#include "proxy/mcp_front_session.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_tasks.hpp"
#include "runtime/guarded.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"

namespace proxy {

namespace {

constexpr std::string_view version_path[] = {"params", "protocolVersion"};
constexpr std::string_view token_path[] = {"params", "_meta", "progressToken"};
constexpr std::string_view request_id_path[] = {"params", "requestId"};

constexpr auto farewell_limit = std::chrono::seconds(1);

}  // namespace

mcp_front_session::mcp_front_session(runtime::world const& w, config const& c, identity who)
    : world_(w),
      config_(c),
      who_(std::move(who)),
      standing_(std::make_shared<mcp_replay>(0, c.limits.mcp_replay_max, !who_.one_stream)),
      tasks_(w.executor),
      cancels_(w.executor) {
    for (auto const* server : who_.servers) {
        auto const index = upstreams_.size();
        auto       standing = [this, index](std::string text) {
            return hear(*upstreams_[index], nullptr, std::move(text));
        };
        upstreams_.push_back(
            std::make_unique<mcp_upstream>(world_, config_, *server, std::move(standing)));
    }
}

runtime::awaitable<void> mcp_front_session::open_one(
    std::size_t index, std::string params, std::vector<std::string>& answers,
    std::vector<std::optional<mcp_failure>>& failures) {
    try {
        answers[index] = co_await upstreams_[index]->open(std::move(params));
    } catch (mcp_failure const& why) {
        failures[index] = why;
    }
}

runtime::awaitable<std::string> mcp_front_session::open(std::string request) {
    auto const  id = std::string(wire::slice(request, "id").value_or("null"));
    auto        params = std::string(wire::slice(request, "params").value_or("{}"));
    auto const  asked = text_of(wire::slice(request, version_path).value_or("null"));
    std::string agreed = wire::mcp::knows_revision(asked) ? asked : wire::mcp::revision;
    params = wire::with_value(params, "protocolVersion", spelled(agreed));

    std::vector<std::string>                answers(upstreams_.size());
    std::vector<std::optional<mcp_failure>> failures(upstreams_.size());
    {
        runtime::task_group opening(world_.executor);
        for (std::size_t i = 0; i < upstreams_.size(); ++i)
            opening.spawn("mcp open", open_one(i, params, answers, failures));
        co_await opening.join();
    }
    revision_ = agreed;
    if (!who_.prefixed) {
        if (failures.front()) co_return error_text(*failures.front(), id);
        auto const& answer = answers.front();
        auto const  version = wire::slice(upstreams_.front()->result(), "protocolVersion");
        if (version) revision_ = text_of(*version);
        co_return wire::with_value(answer, "id", id);
    }
    bool const any = std::any_of(upstreams_.begin(), upstreams_.end(),
                                 [](auto const& one) { return one->is_open(); });
    for (std::size_t i = 0; i < upstreams_.size(); ++i) {
        bool const forgiven = any && config_.on_listing_failure == listing_failure::leave_out;
        if (upstreams_[i]->is_open() || forgiven) continue;
        if (failures[i]) co_return error_text(*failures[i], id);
        co_return wire::with_value(answers[i], "id", id);
    }
    co_return merged_answer(id);
}

std::string mcp_front_session::merged_answer(std::string_view id) const {
    std::vector<std::string_view> capabilities;
    std::string                   instructions;
    for (auto const& one : upstreams_) {
        if (auto const said = wire::slice(one->result(), "capabilities"))
            capabilities.push_back(*said);
        auto const text = text_of(wire::slice(one->result(), "instructions").value_or("null"));
        if (text.empty()) continue;
        if (!instructions.empty()) instructions += "\n\n";
        instructions += text;
    }
    std::string result = R"({"protocolVersion":)" + spelled(revision_) + R"(,"capabilities":)" +
                         merged_capabilities(capabilities) +
                         R"(,"serverInfo":{"name":"lockstep","version":"0.1"})";
    if (!instructions.empty()) result += R"(,"instructions":)" + spelled(instructions);
    return result_text(id, result + '}');
}

void mcp_front_session::open_on_stream(std::string request) {
    tasks_.spawn("mcp open", open_and_tell(std::move(request)));
}

runtime::awaitable<void> mcp_front_session::open_and_tell(std::string request) {
    auto const id = std::string(wire::slice(request, "id").value_or("null"));
    auto       answer = co_await open(std::move(request));
    bool const taken = wire::slice(answer, "result").has_value();
    if (!taken) revision_.clear();
    standing_->answer(std::move(answer));
    if (!taken) standing_->finish();
}

std::shared_ptr<mcp_replay> mcp_front_session::ask(std::vector<asked>    all,
                                                   std::shared_ptr<void> work) {
    if (calls_.size() + all.size() > config_.limits.mcp_pending_max) return nullptr;
    for (auto one = all.begin(); one != all.end(); ++one) {
        auto const same = [&](asked const& other) { return other.second.id == one->second.id; };
        if (calls_.contains(one->second.id) || std::any_of(all.begin(), one, same)) return nullptr;
    }
    auto stream = standing_;
    if (!who_.one_stream) {
        forget_stream();
        stream = std::make_shared<mcp_replay>(++stream_count_, config_.limits.mcp_replay_max);
        stream->expect(all.size());
        streams_[stream->stream()] = stream;
    }
    for (auto& one : all) begin_call(std::move(one), stream, work);
    return stream;
}

void mcp_front_session::begin_call(asked one, std::shared_ptr<mcp_replay> stream,
                                   std::shared_ptr<void> work) {
    auto& [text, request] = one;
    auto made = std::make_shared<call>();
    made->id = request.id;
    made->id_text = wire::slice(text, "id").value_or("null");
    made->method = request.method;
    made->token = wire::slice(text, token_path).value_or("");
    made->stream = std::move(stream);
    made->work = std::move(work);
    calls_[made->id] = made;
    tasks_.spawn("mcp call", serve(std::move(made), std::move(text)));
}

// Answered streams are kept for a while, in case the client has not heard the end.
void mcp_front_session::forget_stream() {
    auto const answered = std::count_if(streams_.begin(), streams_.end(),
                                        [](auto const& entry) { return entry.second->finished(); });
    if (answered < static_cast<std::ptrdiff_t>(config_.limits.mcp_streams_max)) return;
    auto const oldest = std::find_if(streams_.begin(), streams_.end(), [](auto const& entry) {
        return entry.second->finished() && !entry.second->attached();
    });
    if (oldest != streams_.end()) streams_.erase(oldest);
}

std::shared_ptr<mcp_replay> mcp_front_session::stream(std::uint64_t number) {
    if (number == 0) return standing_;
    auto const found = streams_.find(number);
    return found == streams_.end() ? nullptr : found->second;
}

namespace {

runtime::awaitable<void> begin_with(mcp_upstream& one) {
    try {
        co_await one.begin();
    } catch (mcp_failure const&) {
        // The requests that need it try again, and say why not.
    }
}

}  // namespace

runtime::awaitable<void> mcp_front_session::tell(std::string text, wire::rpc_message const& said) {
    if (auto const* answer = std::get_if<wire::rpc_response>(&said))
        co_return co_await answer_server(std::move(text), *answer);
    auto const& note = std::get<wire::rpc_notification>(said);
    if (note.method == "notifications/initialized") {
        runtime::task_group beginning(world_.executor);
        for (auto const& one : upstreams_)
            if (one->is_open()) beginning.spawn("mcp begin", begin_with(*one));
        co_return co_await beginning.join();
    }
    if (note.method == "notifications/cancelled") {
        auto const spelled_id = wire::slice(text, request_id_path);
        for (auto const& [id, one] : calls_) {
            if (!spelled_id || wire::to_text(id) != *spelled_id) continue;
            if (one->cancelled || one->method == "initialize") co_return;
            one->cancelled = true;
            auto* const at = one->at;
            if (at)
                text = wire::with_value(text, request_id_path, std::to_string(one->upstream_id));
            one->changed.ring();
            if (at) co_await at->say(std::move(text));
            co_return;
        }
        co_return;
    }
    if (note.method == "notifications/progress") {
        constexpr std::string_view path[] = {"params", "progressToken"};
        auto const                 token = wire::slice(text, path);
        for (auto const& [id, one] : questions_)
            if (token && one.token == *token) co_return co_await one.from->say(std::move(text));
        co_return;
    }
    if (note.method == "notifications/tasks/status") {
        // The client's own task is known to whoever has asked for it.
        auto const id = task_in(text);
        auto const whose = id ? client_tasks_.find(*id) : client_tasks_.end();
        if (whose != client_tasks_.end()) co_await whose->second->say(std::move(text));
        co_return;
    }
    for (auto const& one : upstreams_) {
        auto copy = text;
        co_await one->say(std::move(copy));
    }
}

void mcp_front_session::refuse_calls() {
    refuses_ = true;
    for (auto const& [id, one] : calls_) one->changed.ring();
}

runtime::awaitable<void> mcp_front_session::end() {
    struct closing {
        bool& over;
        ~closing() { over = true; }
    } const done{over_};
    for (auto const& [id, one] : calls_)
        one->stream->answer(error_text({mcp_connection_closed, "the session has ended"},
                                       std::string_view(one->id_text)));
    standing_->finish();
    co_await tasks_.stop();
    // A server that works for nobody is told so before its session ends, if it listens.
    auto                            telling = cancels_.wait();
    boost::system::error_code const late = boost::asio::error::timed_out;
    try {
        co_await runtime::within(world_.clock, farewell_limit, late, std::move(telling));
    } catch (boost::system::system_error const& e) {
        if (e.code() != late) throw;
    }
    co_await cancels_.stop();
    for (auto const& one : upstreams_) co_await one->end();
}

}  // namespace proxy
