#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "tests/proxy/peers_play.hpp"
#include "tests/wire/shared_material.hpp"
#include "wire/sse.hpp"

// The corpus of JSON-RPC over real sockets: said to the gateway by a client of /mcp, and by an MCP
// server in answer to a call.

namespace {

using boost::asio::awaitable;
using nlohmann::json;

std::vector<json> cases() {
    return shared_material::read_lines(shared_material::folder() / "corpora/jsonrpc/cases.jsonl");
}

class RpcCorpus : public play::between_peers {
protected:
    void start(behaviour act) {
        auto const server = serve_mcp(std::move(act));
        auto const provider = serve_provider();
        between_peers::start(
            "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/m\n"
            "      api_base: http://" +
                runtime::to_text(provider) +
                "/v1\n      api_key: k\nmcp_servers:\n  s:\n    transport: http\n"
                "    url: http://" +
                runtime::to_text(server) +
                "/mcp\nlockstep_settings:\n  listen: 127.0.0.1:0\n"
                "  tool_call_timeout: 20s\n  mcp_sessions_per_key_max: 1000\n",
            1);
    }
    bool ping_works(std::string const& session) {
        auto const pong =
            one(post("/mcp", R"({"jsonrpc":"2.0","id":"good","method":"ping"})", session));
        return play::last_message(pong.body)["id"] == "good";
    }
};

bool allows(json const& all, unsigned status) {
    return std::any_of(all.begin(), all.end(), [&](json const& one) { return one == status; });
}

// The code that is wanted, and those that its note lets pass.
std::set<int> codes_of(json const& verdict) {
    std::set<int>    all{verdict["error"].get<int>()};
    auto const       note = verdict.value("note", "");
    std::regex const each("-32[0-9]{3}");
    for (auto at = std::sregex_iterator(note.begin(), note.end(), each);
         at != std::sregex_iterator(); ++at)
        all.insert(std::stoi(at->str()));
    return all;
}

bool is_number(json const& verdict, char const* name) {
    return verdict.contains(name) && verdict[name].is_number();
}

TEST_F(RpcCorpus, EachMessageOfAClientGetsItsVerdict) {
    NEED_SHARED("corpora/jsonrpc/cases.jsonl");
    start(nullptr);
    for (auto const& each : cases()) {
        auto const name = each["name"].get<std::string>();
        auto const verdict = each["as_server"];
        auto const session = open_session("/mcp");
        bool const without = name.starts_with("init-") && name != "init-twice";
        auto const heard = one(post("/mcp", shared_material::bytes_of(each["bytes"]),
                                    without || name == "call-before-init" ? "" : session));
        SCOPED_TRACE(name + ": " + each["why"].get<std::string>() + "\n" +
                     std::to_string(heard.status) + ' ' + heard.body.substr(0, 300));
        EXPECT_TRUE(ping_works(session));
        bool const allowed = allows(verdict["http"], heard.status);
        auto const reply = play::last_message(heard.body);
        if (verdict["reply"] == false) {
            EXPECT_TRUE(allowed);
            EXPECT_FALSE(reply.is_object() && (reply.contains("result") || reply.contains("id")));
            continue;
        }
        EXPECT_TRUE(allowed);
        ASSERT_TRUE(reply.is_object());
        if (is_number(verdict, "error"))
            EXPECT_TRUE(reply.contains("error") &&
                        codes_of(verdict).contains(reply["error"]["code"].get<int>()));
        else if (verdict.value("result", json()) == true)
            EXPECT_TRUE(reply.contains("result"));
        else
            EXPECT_TRUE(reply.contains("result") != reply.contains("error"));
        if (verdict.contains("id_raw") && verdict["id_raw"].is_string())
            EXPECT_NE(heard.body.find("\"id\":" + verdict["id_raw"].get<std::string>()),
                      std::string::npos);
        else if (reply.contains("id") && !reply["id"].is_null())
            EXPECT_EQ(reply["id"], verdict["id"]);
    }
}

// The same bytes from a server: as the whole answer to a call, and as an event before the answer.
class RpcOfServers : public RpcCorpus {
protected:
    void start() {
        RpcCorpus::start([this](runtime::stream& to, runtime::http_request const&,
                                json const&      message) { return act(to, message); });
    }
    // The case's own words, with the id of the call where it says 1.
    static std::string with_id(std::string text, json const& id) {
        for (std::string const end : {",", "}"}) {
            auto const from = "\"id\":1" + end;
            for (auto at = text.find(from); at != text.npos; at = text.find(from, at + 1))
                text.replace(at, from.size(), "\"id\":" + id.dump() + end);
        }
        return text;
    }
    awaitable<bool> act(runtime::stream& to, json const& message) {
        if (!message.is_object() || message.value("method", "") != "tools/call") co_return false;
        auto const words = with_id(bytes, message["id"]);
        auto       text = play::http_text(words);
        if (as_event) {
            json good{{"jsonrpc", "2.0"}, {"id", message["id"]}};
            good["result"]["content"] = json::array({{{"type", "text"}, {"text", "good"}}});
            text = play::http_text(wire::to_sse(words) + wire::to_sse(good.dump()),
                                   "text/event-stream");
        }
        co_await to.write(text);
        co_return true;
    }
    // "error", "good", "delivered": what the caller got.
    std::string called() {
        auto const session = open_session("/mcp/s");
        auto const heard = one(post("/mcp/s",
                                    R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":)"
                                    R"({"name":"echo","arguments":{}}})",
                                    session));
        auto const reply = play::last_message(heard.body);
        if (!reply.is_object() || reply.value("id", json()) != 7) return "none: " + heard.body;
        if (reply.contains("error") == reply.contains("result")) return "both: " + heard.body;
        if (reply.contains("error")) {
            auto const& error = reply["error"];
            bool const  is_one = error.is_object() && error.contains("code") &&
                                error["code"].is_number_integer() && error.contains("message");
            return is_one ? "error" : "bad error: " + heard.body;
        }
        return heard.body.find("good") != std::string::npos ? "good" : "delivered";
    }
    // The same through chat, where the gateway is the client.
    std::string called_in_chat() {
        auto const heard = ask_chat("m", "s");
        if (heard.status == 502) return "error";
        if (heard.status != 200) return "none: " + std::to_string(heard.status) + heard.body;
        // A refusal of the call is told to the model; our own words mark it.
        if (heard.body.find("MCP error") != std::string::npos) return "error";
        return heard.body.find("good") != std::string::npos ? "good" : "delivered";
    }
    void expect_one_of(std::set<std::string> const& all, std::string const& got) {
        EXPECT_TRUE(all.contains(got)) << got.substr(0, 300);
    }

    std::string bytes;
    bool        as_event = false;
};

TEST_F(RpcOfServers, AsTheWholeAnswerToACall) {
    NEED_SHARED("corpora/jsonrpc/cases.jsonl");
    start();
    for (auto const& each : cases()) {
        bytes = shared_material::bytes_of(each["bytes"]);
        auto const action = each["as_client"]["action"].get<std::string>();
        SCOPED_TRACE(each["name"].get<std::string>() + ": " + action);
        std::set<std::string> wanted{"error"};
        if (action == "deliver") wanted = {"delivered"};
        if (action == "deliver-or-fail") wanted = {"delivered", "error"};
        // There is but one call that such an answer can be of.
        if (each["name"] == "res-duplicate") wanted = {"delivered"};
        expect_one_of(wanted, called());
        // It is no result of a tool, which a model could be told.
        if (each["name"] == "res-duplicate") wanted = {"error"};
        expect_one_of(wanted, called_in_chat());
    }
}

TEST_F(RpcOfServers, AsAnEventBeforeTheAnswer) {
    NEED_SHARED("corpora/jsonrpc/cases.jsonl");
    start();
    as_event = true;
    for (auto const& each : cases()) {
        bytes = shared_material::bytes_of(each["bytes"]);
        auto const name = each["name"].get<std::string>();
        auto const action = each["as_client"]["action"].get<std::string>();
        SCOPED_TRACE(name + ": " + action);
        std::set<std::string> wanted{"good"};
        if (action == "deliver" || name == "res-duplicate") wanted = {"delivered"};
        if (action == "deliver-or-fail") wanted = {"delivered", "error", "good"};
        // What is no message names no call: in a stream it may be passed over, as over stdio.
        if (action == "fail-request") wanted = {"error"};
        if (action == "fail-request" && !name.starts_with("res-")) wanted = {"error", "good"};
        expect_one_of(wanted, called());
        if (name == "res-duplicate") wanted = {"error"};  // no result of a tool
        told_server.clear();
        expect_one_of(wanted, called_in_chat());
    }
}

// What a server asks of the gateway itself is answered under the server's own id.
TEST_F(RpcOfServers, QuestionsOfAServerAreAnswered) {
    NEED_SHARED("corpora/jsonrpc/cases.jsonl");
    start();
    as_event = true;
    for (auto const& each : cases()) {
        bytes = shared_material::bytes_of(each["bytes"]);
        auto const name = each["name"].get<std::string>();
        bool const asks = name.starts_with("srvreq-") || name == "method-unknown";
        if (!asks) continue;
        SCOPED_TRACE(name);
        auto const id = json::parse(bytes)["id"];
        told_server.clear();
        EXPECT_EQ(called_in_chat(), "good");
        // The answer is a request of its own, which may still be on its way.
        EXPECT_TRUE(status_of_a_good_request() == 200u);
        bool const fails = each["as_client"]["action"] == "answer-error";
        bool       answered = false;
        for (auto const& message : told_server) {
            if (!message.is_object() || message.contains("method")) continue;
            answered = answered || message.contains(fails ? "error" : "result");
            if (id != 1) EXPECT_EQ(message["id"], id);
        }
        EXPECT_TRUE(answered) << json(told_server).dump();
    }
}

}  // namespace
