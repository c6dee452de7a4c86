#include <gtest/gtest.h>

#include <algorithm>

#include "tests/proxy/program_play.hpp"
#include "tests/wire/shared_material.hpp"

// The corpora of JSON and of UTF-8 as bodies of requests, over real sockets.

namespace {

using nlohmann::json;

class JsonCorpus : public play::gateway_program {
protected:
    void start() {
        gateway_program::start(R"(
model_list:
  - model_name: some
    litellm_params:
      model: openai/some
      api_base: http://127.0.0.1:1/v1
      api_key: k
lockstep_settings:
  listen: 127.0.0.1:0
)",
                               1);
    }
    // The body is refused as JSON, and not for what it says.
    bool is_refused(std::string const& name, std::string const& body) {
        auto const heard =
            say("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body,
                1 << 20, 1);
        EXPECT_EQ(status_of_a_good_request(), 200u) << name;
        if (heard.answers.size() != 1) return ADD_FAILURE() << name << play::told(heard), false;
        auto const& answer = heard.answers[0];
        EXPECT_GE(answer.status, 400u) << name << answer.body;
        EXPECT_LT(answer.status, 500u) << name << answer.body;
        auto const error = json::parse(answer.body)["error"];
        return std::string(error["message"]).find("no usable JSON") != std::string::npos;
    }
};

TEST_F(JsonCorpus, EachDocumentGetsItsVerdictAndTheNextClientIsServed) {
    NEED_SHARED("corpora/json/expected.json");
    start();
    auto const folder = shared_material::folder() / "corpora/json";
    auto const all = json::parse(shared_material::read(folder / "expected.json"));
    for (auto const& [name, expected] : all.items()) {
        std::string const verdict = expected["verdict"];
        bool const        refused = is_refused(name, shared_material::read(folder / name));
        // What must be kept or be refused is either: of its digits json_guard_test speaks.
        // A request is a control message: in it no name may stand twice.
        if (name == "y_object_duplicated_key.json") continue;
        if (verdict == "accept") EXPECT_FALSE(refused) << name << ": " << expected["why"];
        if (verdict == "reject") EXPECT_TRUE(refused) << name << ": " << expected["why"];
    }
}

TEST_F(JsonCorpus, TextThatIsNotUtf8IsRefused) {
    NEED_SHARED("corpora/utf8/cases.jsonl");
    start();
    auto const file = shared_material::folder() / "corpora/utf8/cases.jsonl";
    for (auto const& one : shared_material::read_lines(file)) {
        auto const bytes = shared_material::bytes_of(one);
        bool const needs_escape = std::any_of(bytes.begin(), bytes.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
        });
        if (needs_escape) continue;
        EXPECT_EQ(is_refused(one["name"], "{\"model\":\"" + bytes + "\"}"), !one["valid"])
            << one["name"] << ": " << one["why"];
    }
}

}  // namespace
