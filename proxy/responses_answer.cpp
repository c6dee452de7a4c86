#include "proxy/responses_answer.hpp"

#include "proxy/response_items.hpp"
#include "wire/json_members.hpp"

namespace proxy {

namespace {

using json = nlohmann::ordered_json;

class answer final : public client_answer {
public:
    answer(client_line const& to, identity who, response_frame frame)
        : who_(std::move(who)),
          frame_(std::move(frame)),
          out_(to, who_, frame_.streamed),
          items_(out_, who_.id.substr(who_.id.find('_') + 1)),
          clock_(to.clock) {}

    void                     add(wire::delta const&) override;
    runtime::awaitable<void> flush() override { return out_.flush(); }

    void tools_listed(std::vector<shown_tool> const&   tools,
                      std::vector<silent_label> const& silent) override {
        tools_ = tools;
        silent_ = silent;
    }
    void call_begins(gateway_call const&) override;
    void call_arguments(gateway_call const&, std::string const&) override;
    void call_whole(gateway_call const&) override;
    void call_over(gateway_call const&) override;
    bool can_ask() const override { return true; }
    bool keeps_talk() const override { return true; }
    void ask(gateway_call const&) override;

    runtime::awaitable<void> keep_warm() override {
        if (!out_.started()) co_return;
        out_.comment("keep-alive");
        co_await out_.flush();
    }
    runtime::awaitable<void> finish(ending const&) override;
    runtime::awaitable<void> fail(request_problem const&) override;
    bool                     connection_usable() const override { return out_.usable(); }

private:
    // A call that runs: where its item is, and whether it is over.
    struct running {
        std::size_t place = 0;
        bool        over = false;
    };

    void begin();
    void tell_tools();
    void keep(ending const&, std::string body);
    json response(char const* status, json usage = nullptr) const;
    void tell(std::string_view type, std::string const& response) {
        items_.event(type, ",\"response\":" + response);
    }

    identity                               who_;
    response_frame                         frame_;
    event_outlet                           out_;
    response_items                         items_;
    runtime::clock&                        clock_;
    std::vector<shown_tool>                tools_;
    std::vector<silent_label>              silent_;
    std::map<std::size_t, running>         running_;  // by the call's number
    std::map<std::string, wire::tool_call> asked_;    // approvals, by their ids
    bool                                   begun_ = false;
};

json answer::response(char const* status, json usage) const {
    json r;
    r["id"] = who_.id;
    r["object"] = "response";
    r["created_at"] = who_.created;
    r["status"] = status;
    r["background"] = false;
    r["error"] = nullptr;
    r["incomplete_details"] = nullptr;
    r["model"] = who_.model;
    r["output"] = items_.all();
    for (auto const& [name, value] : frame_.echo.items()) r[name] = value;
    r["usage"] = std::move(usage);
    return r;
}

// Nothing is told before there is something to tell: until then a failure is a status.
void answer::begin() {
    if (begun_) return;
    begun_ = true;
    auto const first = json_text(response("in_progress"));
    tell("response.created", first);
    tell("response.in_progress", first);
    tell_tools();
}

void answer::tell_tools() {
    std::vector<std::string> labels;
    for (auto const& tool : tools_)
        if (frame_.listed.insert(tool.server).second) labels.push_back(tool.server);
    for (auto const& label : labels) {
        auto const place = items_.add(
            "mcpl_",
            {{"type", "mcp_list_tools"}, {"server_label", label}, {"tools", json::array()}});
        items_.event("response.mcp_list_tools.in_progress", items_.about(place));
        items_.event("response.mcp_list_tools.completed", items_.about(place));
        for (auto const& tool : tools_)
            if (tool.server == label)
                items_.at(place)["tools"].push_back({{"name", tool.name},
                                                     {"description", tool.told->description},
                                                     {"input_schema", tool.told->parameters},
                                                     {"annotations", nullptr}});
        items_.at(place)["error"] = nullptr;
        items_.done(place);
    }
    // One that is silent now may tell its tools next time: it is not remembered as listed.
    for (auto const& [label, trouble] : silent_) {
        auto const place = items_.add(
            "mcpl_",
            {{"type", "mcp_list_tools"}, {"server_label", label}, {"tools", json::array()}});
        items_.event("response.mcp_list_tools.in_progress", items_.about(place));
        items_.event("response.mcp_list_tools.failed", items_.about(place));
        items_.at(place)["error"] = trouble;
        items_.done(place);
    }
}

void answer::add(wire::delta const& d) {
    if (auto const* t = std::get_if<wire::text>(&d)) {
        begin();
        items_.text(t->piece);
    } else if (auto const* t = std::get_if<wire::refusal>(&d)) {
        begin();
        items_.refusal(t->piece);
    } else if (auto const* t = std::get_if<wire::thinking>(&d)) {
        begin();
        items_.summary(t->piece);
        // What the provider wants back travels in the member that nobody reads.
        if (frame_.sealed_thinking && !t->signature.empty())
            items_.seal((t->redacted ? "redacted:" : "signed:") + t->signature);
    } else if (auto const* t = std::get_if<wire::tool_begins>(&d)) {
        begin();
        items_.function_begins(t->id, t->name);
    } else if (auto const* t = std::get_if<wire::tool_arguments>(&d)) {
        items_.function_arguments(t->piece);
    } else if (std::holds_alternative<wire::tool_ends>(d)) {
        items_.close();
    }
}

void answer::call_begins(gateway_call const& c) {
    begin();
    items_.close();
    auto const place =
        items_.add("mcp_", {{"type", "mcp_call"},
                            {"status", "in_progress"},
                            {"approval_request_id", c.approval.empty() ? json() : json(c.approval)},
                            {"arguments", ""},
                            {"error", nullptr},
                            {"name", c.tool},
                            {"output", nullptr},
                            {"server_label", c.server}});
    running_[c.number].place = place;
    items_.event("response.mcp_call.in_progress", items_.about(place));
}

void answer::call_arguments(gateway_call const& c, std::string const& piece) {
    if (piece.empty()) return;
    items_.event("response.mcp_call_arguments.delta",
                 items_.about(running_[c.number].place) + ",\"delta\":" + json_text(piece));
}

void answer::call_whole(gateway_call const& c) {
    auto const place = running_[c.number].place;
    items_.at(place)["arguments"] = c.whole.arguments;
    items_.event("response.mcp_call_arguments.done",
                 items_.about(place) + ",\"arguments\":" + json_text(c.whole.arguments));
}

void answer::call_over(gateway_call const& c) {
    auto& known = running_[c.number];
    known.over = true;
    auto& item = items_.at(known.place);
    item["status"] = c.failed ? "failed" : "completed";
    item[c.failed ? "error" : "output"] = c.result;
    items_.event(c.failed ? "response.mcp_call.failed" : "response.mcp_call.completed",
                 items_.about(known.place));
    items_.done(known.place);
}

void answer::ask(gateway_call const& c) {
    begin();
    items_.close();
    auto const place = items_.add("mcpr_", {{"type", "mcp_approval_request"},
                                            {"arguments", c.whole.arguments},
                                            {"name", c.tool},
                                            {"server_label", c.server}});
    asked_[items_.at(place)["id"].get<std::string>()] = c.whole;
    items_.done(place);
}

void answer::keep(ending const& end, std::string body) {
    if (!frame_.store) return;
    kept_response kept;
    kept.owner = frame_.owner;
    for (std::size_t i = frame_.not_kept; i < end.talk.messages.size(); ++i)
        kept.messages.push_back(end.talk.messages[i]);
    kept.approvals = asked_;
    kept.listed = frame_.listed;
    kept.input = frame_.input;
    kept.body = std::move(body);
    frame_.store->keep(who_.id, std::move(kept));
}

runtime::awaitable<void> answer::finish(ending const& end) {
    begin();
    auto const reason =
        end.reasons.empty() ? wire::finish_reason::stop : end.reasons.begin()->second;
    bool const cut =
        reason == wire::finish_reason::length || reason == wire::finish_reason::content_filter;
    char const* const status = cut ? "incomplete" : "completed";
    items_.close(status);
    // Begun by the model and never run: the answer was cut before.
    for (auto const& [number, call] : running_) {
        if (call.over) continue;
        items_.at(call.place)["status"] = "incomplete";
        items_.done(call.place);
    }
    json usage;
    usage["input_tokens"] = end.tokens.input;
    usage["input_tokens_details"]["cached_tokens"] = end.tokens.cached;
    usage["output_tokens"] = end.tokens.output;
    usage["output_tokens_details"]["reasoning_tokens"] = end.tokens.reasoning;
    usage["total_tokens"] = wire::add_counts(end.tokens.input, end.tokens.output);
    auto last = response(status, std::move(usage));
    if (cut)
        last["incomplete_details"]["reason"] =
            reason == wire::finish_reason::length ? "max_output_tokens" : "content_filter";
    else
        last["completed_at"] = clock_.unix_seconds();
    // Before the client hears of the end: it may go on at once.
    auto body = json_text(last);
    keep(end, body);
    tell(std::string("response.") + status, body);
    co_await out_.end(std::move(body));
}

runtime::awaitable<void> answer::fail(request_problem const& why) {
    auto body = to_body(why);
    if (!out_.started()) {
        co_await out_.refuse(why, std::move(body));
        co_return;
    }
    auto const  error = wire::read_ordered_json(body)["error"];
    // Nested as OpenAI sends it, flat as OpenAI describes it: clients know one or the other.
    std::string members = ",\"error\":" + json_text(error);
    for (auto const* name : {"code", "message", "param"})
        members += std::string(",\"") + name + "\":" + json_text(error[name]);
    items_.event("error", members);
    auto last = response("failed");
    last["error"]["code"] = why.code;
    last["error"]["message"] = why.message;
    tell("response.failed", json_text(last));
    co_await out_.break_off();
}

}  // namespace

std::unique_ptr<client_answer> responses_answer(client_line const& to, client_answer::identity who,
                                                response_frame frame) {
    return std::make_unique<answer>(to, std::move(who), std::move(frame));
}

}  // namespace proxy
