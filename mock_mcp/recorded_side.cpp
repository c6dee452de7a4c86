// The mock that is a recording: what passes is told as it would be told of a scripted server.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/mock_mcp.hpp"
#include "replay/lines.hpp"
#include "replay/message_watch.hpp"
#include "replay/server.hpp"
#include "wire/error.hpp"
#include "wire/json_members.hpp"
#include "wire/sse.hpp"

namespace mock_mcp {

namespace {

// The messages that a body holds so far.
std::vector<std::string> messages_in(replay::message_watch const& seen) {
    std::vector<std::string> all;
    auto const*              type = runtime::find_field(seen.fields(), "content-type");
    if (!type || !type->starts_with("text/event-stream")) {
        if (seen.done()) all.push_back(seen.body());
        return all;
    }
    wire::sse_parser parser([&](wire::sse_event const& e) { all.push_back(e.data); });
    parser.feed(seen.body());
    return all;
}

}  // namespace

// Tells what passes in both directions, message by message.
class mock_mcp::told_lines {
public:
    explicit told_lines(mock_mcp& owner) : owner_(owner) {}

    void to_server(std::string const& text) {
        wire::rpc_message message;
        try {
            message = wire::parse_rpc(text);
        } catch (boost::system::system_error const&) {
            return;
        }
        auto const* asked = std::get_if<wire::rpc_request>(&message);
        if (!asked) return owner_.hear(message, nullptr);
        auto& mine = asked_[asked->id];
        mine.method = asked->method;
        mine.exchange = owner_.trace_.new_exchange();
        if (asked->method == "initialize")
            return owner_.note_in("initialize", {}, {{"params", asked->params}});
        if (asked->method == "tools/list")
            return owner_.note_in("list", {}, nullptr, mine.exchange);
        if (asked->method != "tools/call") return owner_.note_in("request", asked->method);
        auto const params = asked->params.is_object() ? asked->params : nlohmann::json::object();
        auto const arguments = params.value("arguments", nlohmann::json::object());
        nlohmann::json detail;
        detail["id"] = wire::to_json(asked->id);
        detail["arguments"] = arguments;
        owner_.note_in("call", params.value("name", std::string()) + ' ' + arguments.dump(),
                       std::move(detail), mine.exchange);
    }

    void from_server(std::string const& text) {
        auto const message = wire::read_json(text);
        if (!message.is_object()) return;
        if (message.contains("method")) return notification(message);
        auto const found = asked_.find(id_of(message.value("id", nlohmann::json())));
        if (found == asked_.end()) return;
        auto const mine = found->second;
        asked_.erase(found);
        if (message.contains("error")) {
            auto const& error = message["error"];
            owner_.note_out(mine.exchange, "error",
                            error.value("code", nlohmann::json()).dump() + ' ' +
                                runtime::quoted(error.value("message", std::string())));
            return;
        }
        result(mine.method, mine.exchange, message.value("result", nlohmann::json::object()));
    }

private:
    struct question {
        std::string   method;
        std::uint64_t exchange = 0;
    };

    static wire::rpc_id id_of(nlohmann::json const& id) {
        if (id.is_string()) return id.get<std::string>();
        return id.is_number_integer() ? id.get<std::int64_t>() : std::int64_t{-1};
    }

    void notification(nlohmann::json const& message) {
        auto const params = message.value("params", nlohmann::json::object());
        if (message["method"] == "notifications/progress" && params.contains("progress"))
            owner_.note_out(
                0, "progress",
                params["progress"].dump() + '/' + params.value("total", nlohmann::json(0)).dump());
        if (message["method"] == "notifications/message" && params.contains("data"))
            owner_.note_out(
                0, "log",
                params.value("level", std::string()) + ' ' +
                    (params["data"].is_string() ? runtime::quoted(params["data"].get<std::string>())
                                                : params["data"].dump()));
    }

    void result(std::string const& method, std::uint64_t exchange, nlohmann::json const& said) {
        if (method == "tools/list")
            return owner_.note_out(exchange, "tools",
                                   std::to_string(said.value("tools", nlohmann::json()).size()));
        if (method != "tools/call") return;
        auto const content = said.value("content", nlohmann::json());
        bool const one_text = content.is_array() && content.size() == 1 &&
                              content[0].value("type", std::string()) == "text";
        bool const failed = said.value("isError", false);
        auto const words =
            one_text ? runtime::quoted(content[0].value("text", std::string())) : said.dump();
        owner_.note_out(exchange, failed ? "tool-error" : "result", words);
    }

    mock_mcp&                        owner_;
    std::map<wire::rpc_id, question> asked_;
};

runtime::awaitable<bool> mock_mcp::replay_one(runtime::stream&             stream,
                                              runtime::http_request const& request,
                                              std::string                  body) {
    if (!recorded_)
        recorded_ = std::make_unique<replay::matcher>(*script_.recorded, replay::match_options());
    auto const            began = world_.clock.now();
    replay::request const came{request.method, request.target, request.fields, std::move(body)};
    auto const*           found = recorded_->take(came);
    replay::answer        refusal;
    auto const*           said = &refusal;
    bool const            older = script_.transport == "sse";
    if (!told_ || !older) told_ = std::make_shared<told_lines>(*this);
    auto const told = told_;
    if (request.method == "DELETE") note_in("end-session");
    if (request.method == "GET") note_in(older ? "start" : "listen");
    told->to_server(came.body);
    if (found) {
        said = &found->answered;
    } else {
        auto const why = recorded_->nearest_miss(came);
        note_out(0, "miss", runtime::quoted(why));
        refusal = replay::not_recorded(why);
    }
    // Told at the instant at which it is written.
    replay::message_watch seen(replay::message_watch::kind::answer);
    std::size_t           count = 0;
    auto                  watch = [&](std::string_view bytes) {
        seen.feed(bytes, {});
        auto const messages = messages_in(seen);
        for (; count < messages.size(); ++count) told->from_server(messages[count]);
    };
    replay::before_write const before = watch;
    replay::pace const         recorded;
    co_return co_await replay::play(*said, stream, world_.clock, began, recorded, before);
}

runtime::awaitable<int> mock_mcp::replay_lines(runtime::stream& stdio) {
    told_lines told(*this);
    auto       tell = [&](bool to_program, std::string const& line) {
        to_program ? told.to_server(line) : told.from_server(line);
    };
    replay::line_player::observer const passed = tell;
    replay::pace const                  recorded;
    replay::line_player                 player(world_, *script_.recorded, recorded, passed);
    auto const                          status = co_await player.play(stdio);
    for (auto const& trouble : player.trouble()) note_out(0, "miss", runtime::quoted(trouble));
    if (player.trouble().empty()) note_in("close");
    stdio.close();
    co_return status;
}

}  // namespace mock_mcp
