#include "wire/json_rpc.hpp"

#include <gtest/gtest.h>

#include "tests/wire/shared_material.hpp"
#include "tests/wire/throws.hpp"

namespace {

TEST(ParseRpc, TellsTheThreeKindsApart) {
    auto const request = std::get<wire::rpc_request>(
        wire::parse_rpc(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}})"));
    EXPECT_EQ(request.id, wire::rpc_id(7));
    EXPECT_EQ(request.method, "tools/call");
    EXPECT_EQ(request.params["name"], "x");

    auto const note = std::get<wire::rpc_notification>(
        wire::parse_rpc(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
    EXPECT_EQ(note.method, "notifications/initialized");
    EXPECT_TRUE(note.params.is_null());

    auto const result = std::get<wire::rpc_response>(
        wire::parse_rpc(R"({"jsonrpc":"2.0","id":"a","result":{"b":1}})"));
    EXPECT_EQ(result.id, wire::rpc_id("a"));
    EXPECT_EQ(result.result["b"], 1);
    EXPECT_FALSE(result.error);

    auto const error = std::get<wire::rpc_response>(wire::parse_rpc(
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"bad","data":[1]}})"));
    EXPECT_FALSE(error.id);
    ASSERT_TRUE(error.error);
    EXPECT_EQ(error.error->code, -32600);
    EXPECT_EQ(error.error->message, "bad");
    EXPECT_EQ(error.error->data[0], 1);
}

TEST(ParseRpc, AnAnswerThatBreaksTheRulesStillFailsItsOwnRequest) {
    for (auto const* text :
         {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}})",
          R"({"jsonrpc":"2.0","id":1,"error":"boom"})",
          R"({"jsonrpc":"2.0","id":1,"error":{"message":"x"}})",
          R"({"jsonrpc":"2.0","id":1,"error":{"code":"-32000","message":"x"}})",
          R"({"jsonrpc":"2.0","id":1,"error":{"code":99999999999,"message":"x"}})",
          R"({"jsonrpc":"2.0","id":1,"error":{"code":18446744073709551615,"message":"x"}})",
          R"({"jsonrpc":"2.0","id":1,"result":"ok"})"}) {
        auto const answer = std::get<wire::rpc_response>(wire::parse_rpc(text));
        EXPECT_EQ(answer.id, wire::rpc_id(1)) << text;
        ASSERT_TRUE(answer.error) << text;
        EXPECT_EQ(answer.error->code, wire::rpc_internal_error) << text;
        EXPECT_FALSE(answer.error->message.empty()) << text;
    }
}

TEST(RpcText, IsReadBackAsItWas) {
    wire::rpc_request const request{std::int64_t{9223372036854775807}, "ping", nullptr};
    EXPECT_EQ(wire::to_text(request),
              R"({"id":9223372036854775807,"jsonrpc":"2.0","method":"ping"})");
    wire::rpc_notification const note{"n", {{"a", 1}}};
    EXPECT_EQ(wire::to_text(note), R"({"jsonrpc":"2.0","method":"n","params":{"a":1}})");

    wire::rpc_response failed;
    failed.error = wire::rpc_error{-32601, "no", nullptr};
    EXPECT_EQ(wire::to_text(failed),
              R"({"error":{"code":-32601,"message":"no"},"id":null,"jsonrpc":"2.0"})");
    wire::rpc_response result;
    result.id = "a\"\n";
    result.result = nlohmann::json::object();
    auto const back = std::get<wire::rpc_response>(wire::parse_rpc(wire::to_text(result)));
    EXPECT_EQ(back.id, result.id);
    EXPECT_EQ(wire::to_text(wire::rpc_id(7)), "7");
    EXPECT_EQ(wire::to_text(wire::rpc_id("abc")), "\"abc\"");
}

// What of a corpus case is decided here, and not by a method, a session or a transport.
std::string verdict(nlohmann::json const& told) {
    auto const& server = told["as_server"];
    auto const  action = told["as_client"]["action"].get<std::string>();
    auto const  code = server.value("error", nlohmann::json());
    if (told["name"].get<std::string>().starts_with("res-")) {
        if (action == "fail-request") return "fail";
        return action == "deliver" ? "accept" : "either";
    }
    if (code.is_number_integer() && code == -32700) return "parse-error";
    if (code.is_number_integer() && code == -32600) return "invalid";
    return "accept";
}

TEST(RpcCorpus, EveryVerdictOfTheEnvelopeHolds) {
    NEED_SHARED("corpora/jsonrpc/cases.jsonl");
    for (auto const& told :
         shared_material::read_lines(shared_material::folder() / "corpora/jsonrpc/cases.jsonl")) {
        auto const name = told["name"].get<std::string>();
        SCOPED_TRACE(name);
        auto const                       bytes = shared_material::bytes_of(told["bytes"]);
        std::optional<wire::rpc_message> message;
        auto const                       code = error_of([&] { message = wire::parse_rpc(bytes); });
        auto const                       wanted = verdict(told);
        if (wanted == "accept") {
            EXPECT_FALSE(code) << code.message();
        }
        if (wanted == "invalid") {
            EXPECT_TRUE(code == wire::error::not_json_rpc || code == wire::error::id_too_large)
                << code.message();
        }
        if (wanted == "parse-error") {
            EXPECT_TRUE(code);
            EXPECT_NE(code, wire::error::not_json_rpc);
        }
        if (wanted == "fail") {
            bool const is_error = message && std::holds_alternative<wire::rpc_response>(*message) &&
                                  std::get<wire::rpc_response>(*message).error;
            EXPECT_TRUE(code || is_error);
        }
        auto const& server = told["as_server"];
        if (!code && server.contains("id_raw")) {
            auto const& request = std::get<wire::rpc_request>(*message);
            EXPECT_EQ(wire::to_json(request.id),
                      nlohmann::json::parse(server["id_raw"].get<std::string>()));
        }
    }
}

}  // namespace
