#include <gtest/gtest.h>

#include "tests/scenarios/tale.hpp"

// The check of errors' shapes: one that is right for each endpoint, as a body and in a stream, and
// one change for each way to be wrong.

namespace {

using json = nlohmann::json;

json openai() {
    return {
        {"error",
         {{"message", "m"}, {"type", "invalid_request_error"}, {"param", nullptr}, {"code", "c"}}}};
}

json anthropic() {
    return {{"type", "error"}, {"error", {{"type", "invalid_request_error"}, {"message", "m"}}}};
}

std::string of_body(std::string const& path, std::string const& body, int status = 400) {
    tale t;
    t.say("client", "proxy", "post", path, 1, {{"path", path}, {"stream", false}}).head(1, status);
    return t.say("proxy", "client", "body", body, 1, nullptr, true).objections("error-shape");
}

std::string of_event(std::string const& path, json const& event) {
    tale t;
    t.say("client", "proxy", "post", path, 1, {{"path", path}, {"stream", true}}).head();
    return t.frame(event.dump()).objections("error-shape");
}

json without(json error, char const* name) {
    error["error"].erase(name);
    return error;
}

constexpr char chat[] = "/v1/chat/completions", responses[] = "/v1/responses",
               messages[] = "/v1/messages";

}  // namespace

TEST(ErrorShapeCheck, FindsNothingInErrorsOfTheEndpoint) {
    for (auto const* path : {chat, responses, "/v1/responses/resp_1", "/v1/models"}) {
        EXPECT_EQ(of_body(path, openai().dump()), "") << path;
        EXPECT_EQ(of_event(path, openai()), "") << path;
    }
    EXPECT_EQ(of_body(messages, anthropic().dump()), "");
    EXPECT_EQ(of_event(messages, anthropic()), "");
}

TEST(ErrorShapeCheck, LeavesAnswersAndOtherPathsAlone) {
    EXPECT_EQ(of_body(chat, R"({"choices":[]})", 200), "");
    EXPECT_EQ(of_body("/mcp", "{}"), "");
    EXPECT_EQ(of_event(responses, {{"type", "response.failed"}, {"response", {{"error", {}}}}}),
              "");
}

TEST(ErrorShapeCheck, WantsTheShapeOfTheEndpointInABody) {
    auto const body = [](char const* path, json const& error) {
        return of_body(path, error.dump());
    };
    std::string const start = "the body of status 400 has not the shape of ";
    EXPECT_EQ(of_body(chat, "<html>"), start + chat + ": it has no 'error'");
    EXPECT_EQ(body(messages, openai()), start + messages + ": its type is not 'error'");
    EXPECT_EQ(body(chat, anthropic()), start + chat + ": its error has no 'code'");
    EXPECT_EQ(body(chat, without(openai(), "message")), start + chat + ": it has no message");
    EXPECT_EQ(body(responses, without(openai(), "type")),
              start + responses + ": its error has no type");
    EXPECT_EQ(body(chat, without(openai(), "param")), start + chat + ": its error has no 'param'");
}

TEST(ErrorShapeCheck, WantsItInAStreamToo) {
    std::string const start = "the error in the stream has not the shape of ";
    EXPECT_EQ(of_event(messages, openai()), start + messages + ": its type is not 'error'");
    EXPECT_EQ(of_event(chat, without(openai(), "code")),
              start + chat + ": its error has no 'code'");
    auto other = openai();
    other["type"] = "mistake";
    EXPECT_EQ(of_event(responses, other), start + responses + ": its type is \"mistake\"");
}
