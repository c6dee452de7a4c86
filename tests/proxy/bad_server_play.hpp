#pragma once

#include "tests/proxy/peers_play.hpp"
#include "tests/wire/shared_material.hpp"
#include "wire/sse.hpp"

// A bad MCP server of the corpus over HTTP: does what its case says at the moment it says, and
// behaves otherwise.
namespace play {

// A text, or {"text", "repeat"}.
inline std::string text_of(json const& told) {
    if (told.is_string()) return told.get<std::string>();
    return shared_material::bytes_of({{"build", json::array({told})}});
}

// What is nested deeper than this program's own stack bears stands in a message as this text, until
// that is written.
inline constexpr char const* deep = "stands for objects in objects";

inline std::string with_deep(std::string text, int depth) {
    std::string objects;
    for (int i = 1; i < depth; ++i) objects += R"({"a":)";
    objects += "{}" + std::string(static_cast<std::size_t>(depth - 1), '}');
    auto const mark = '"' + std::string(deep) + '"';
    auto const at = text.find(mark);
    return at == text.npos ? text : text.replace(at, mark.size(), objects);
}

inline json rpc_answer(json const& id, json result) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

inline json good_result() { return {{"content", {{{"type", "text"}, {"text", "good"}}}}}; }

class bad_http_server : public between_peers {
protected:
    // Whether the case's moment is this.
    bool is_now(std::string const& on, runtime::http_request const& request,
                json const& message) const {
        auto const method = message.is_object() ? message.value("method", "") : std::string();
        if (on == "GET") return request.method == "GET";
        if (request.method != "POST" || method.empty()) return false;
        if (on == "any") return method == "tools/call" || does.contains("http");
        if (on == "tools/list twice") return method == "tools/list";
        if (on == "3 calls") return method == "tools/call";
        return method == on;
    }

    awaitable<bool> act(runtime::stream& to, runtime::http_request const& request,
                        json const& message) {
        auto const on = what["on"].get<std::string>();
        if (message.is_object() && message.value("method", "") == "tools/call") ++calls;
        if (!is_now(on, request, message)) co_return false;
        auto const id = message.is_object() ? message.value("id", json()) : json();
        if (does.contains("hold")) co_return co_await silence();
        if (does.contains("after_ms")) co_await pause(does["after_ms"]);
        if (does.contains("delay_ms")) co_return co_await silence();
        if (does.contains("http")) co_return co_await say_status(to, id);
        if (does.contains("sse") || does.contains("sse_repeat"))
            co_return co_await say_events(to, message);
        if (does.contains("drip_ms")) co_return co_await drip(to);
        if (on == "GET") co_return true;  // closes at once
        json reply = rpc_answer(id, on == "tools/call" || on == "any" ? good_result() : json());
        std::string text;
        std::string before;
        std::string fields;
        if (does.contains("reply")) {
            reply.erase("result");
            reply.update(does["reply"]);
        }
        if (does.contains("headers"))
            for (auto const& [name, value] : does["headers"].items())
                fields += name + ": " + text_of(value) + "\r\n";
        if (on == "initialize" && !does.contains("reply")) reply["result"] = hello();
        if (on == "tools/list") reply["result"] = listing();
        if (on == "tools/list twice") reply["result"] = changing_listing();
        if (does.contains("reply_raw")) text = with_id(does["reply_raw"], id);
        if (does.contains("result_bytes"))
            reply["result"]["content"][0]["text"] =
                std::string(does["result_bytes"].get<std::size_t>(), 'r');
        if (does.contains("result_depth")) reply["result"]["structuredContent"] = deep;
        if (does.contains("result_hex"))
            text = R"({"jsonrpc":"2.0","id":)" + id.dump() + R"(,"result":)" +
                   shared_material::bytes_of({{"hex", does["result_hex"]}}) + "}";
        if (does.contains("id_as")) reply["id"] = id.dump();
        if (does.contains("send_first")) before = wire::to_sse(does["send_first"].dump());
        if (does.contains("request")) {
            json asked{{"jsonrpc", "2.0"}, {"id", "q"}, {"method", does["request"]}};
            if (does.contains("url")) asked["params"] = {{"url", does["url"]}, {"mode", "url"}};
            before = wire::to_sse(asked.dump());
        }
        auto const note = [](json const& method, json params) {
            json one{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
            return wire::to_sse(one.dump());
        };
        if (does.contains("notification"))
            before = note(does["notification"], {{"progressToken", "another's"}, {"progress", 1}});
        if (does.contains("notification_repeat"))
            for (int i = 0; i < 10'000; ++i)
                before += note("notifications/message", {{"level", "info"}, {"data", i}});
        if (does.contains("request_repeat"))
            for (int i = 0; i < 200; ++i)
                before +=
                    wire::to_sse(json{{"jsonrpc", "2.0"}, {"id", i}, {"method", "ping"}}.dump());
        if (text.empty()) text = reply.dump(-1, ' ', false, json::error_handler_t::ignore);
        for (auto const* how : {"result_depth", "inputSchema_depth"})
            if (does.contains(how)) text = with_deep(std::move(text), does[how]);
        if (!before.empty())
            co_await to.write(http_text(before + wire::to_sse(text), "text/event-stream"));
        else
            co_await to.write(http_text(text, "application/json", "200 OK", fields));
        co_return true;
    }

    json what;  // the case
    json does;
    int  calls = 0;

private:
    static std::string with_id(std::string text, json const& id) {
        auto const spelled = id.dump();
        for (std::string const mark : {"\"$id\"", "$id"})
            for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1))
                text.replace(at, mark.size(), spelled);
        return text;
    }
    static json hello() {
        return {{"protocolVersion", "2025-11-25"},
                {"capabilities", {{"tools", json::object()}}},
                {"serverInfo", {{"name", "s"}, {"version", "1"}}}};
    }
    static json tool(std::string const& name, json schema = {{"type", "object"}}) {
        json one{{"name", name}};
        if (!schema.is_null()) one["inputSchema"] = std::move(schema);
        return one;
    }
    json listing() {
        json        result;
        auto&       tools = result["tools"] = json::array({tool("echo")});
        auto const& named = does.value("tools", json());
        if (named.is_number())
            for (int i = 1; i < named; ++i) tools.push_back(tool("t" + std::to_string(i)));
        if (named.is_array())
            for (auto const& name : named) tools.push_back(tool(text_of(name)));
        if (does.contains("nextCursor")) {
            bool const same = does["nextCursor"] == "same";
            result["nextCursor"] = same ? "same" : std::string(1 << std::min(++pages_, 16), 'c');
        }
        if (does.contains("inputSchema")) tools.push_back(tool("odd", does["inputSchema"]));
        if (does.contains("inputSchema_depth")) tools.push_back(tool("deep", deep));
        if (does.contains("x-mcp-header")) {
            json schema{{"type", "object"}};
            schema["properties"]["a"] = {{"type", "string"},
                                         {"x-mcp-header", does["x-mcp-header"]}};
            tools.push_back(tool("marked", schema));
        }
        if (does.contains("description")) tools[0]["description"] = does["description"];
        if (does.contains("description_bytes")) {
            tools.push_back(tool("wordy"));
            tools.back()["description"] =
                std::string(does["description_bytes"].get<std::size_t>(), 'd');
        }
        return result;
    }
    json changing_listing() {
        json result;
        result["tools"] = json::array({tool("echo")});
        result["tools"][0]["description"] = "version " + std::to_string(++pages_);
        return result;
    }

    awaitable<void> pause(json const& ms) {
        co_await world.world().clock.sleep_for(std::chrono::milliseconds(ms.get<int>()));
    }
    awaitable<bool> silence() {
        runtime::bell never;
        for (;;) co_await never.wait();
    }
    awaitable<bool> say_status(runtime::stream& to, json const& id) {
        std::string fields;
        if (does.contains("headers"))
            for (auto const& [name, value] : does["headers"].items())
                fields += name + ": " + text_of(value) + "\r\n";
        auto const body = with_id(does.value("body", "no"), id);
        co_await to.write(http_text(body, does.value("content_type", "application/json"),
                                    std::to_string(does["http"].get<int>()) + " X", fields));
        co_return true;
    }
    awaitable<bool> say_events(runtime::stream& to, json const& asked) {
        auto const id = asked.value("id", json());
        co_await to.write(
            std::string("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        "Connection: close\r\n\r\n"));
        for (auto const& one : does.value("sse", json::array())) {
            std::string text;
            if (one.contains("id")) text += "id: " + text_of(one["id"]) + "\n";
            json message{{"jsonrpc", "2.0"}, {"method", one.value("notification", "")}};
            message["params"]["progressToken"] = "x";
            if (one.contains("answer")) message = rpc_answer(id, good_result());
            text += wire::to_sse(message.dump());
            co_await to.write(text);
        }
        while (does.contains("sse_repeat")) {
            auto const token =
                asked.value(json::json_pointer("/params/_meta/progressToken"), json());
            json message{{"jsonrpc", "2.0"}, {"method", "notifications/progress"}};
            message["params"] = {{"progressToken", token}, {"progress", ++pages_}};
            co_await to.write(wire::to_sse(message.dump()));
            co_await pause(does["sse_repeat"]["every_ms"]);
        }
        if (does.value("then", "") == "hold") co_return co_await silence();
        co_return true;
    }
    awaitable<bool> drip(runtime::stream& to) {
        auto const text = http_text(rpc_answer(1, good_result()).dump());
        for (char const c : text) {
            co_await to.write(std::string_view(&c, 1));
            co_await pause(does["drip_ms"]);
        }
        co_return true;
    }

    int pages_ = 0;
};

}  // namespace play
