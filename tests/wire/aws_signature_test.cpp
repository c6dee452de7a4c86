#include "wire/aws_signature.hpp"

#include <gtest/gtest.h>

// The expected signatures were made by botocore 1.43.
namespace {

wire::account account() {
    wire::account whose("AKID");
    whose.secret_key = "SECRET";
    whose.region = "us-east-1";
    whose.host = "bedrock-runtime.us-east-1.amazonaws.com";
    whose.now = 1'700'000'000;
    return whose;
}

wire::fields signature(wire::account const& whose) {
    return wire::aws_signature(whose, "bedrock", "/model/anthropic.claude%3A0/converse-stream",
                               {{"Content-Type", "application/json"}}, R"({"a":1})");
}

TEST(AwsSignature, IsAmazonsOwn) {
    wire::fields const wanted{
        {"x-amz-date", "20231114T221320Z"},
        {"authorization",
         "AWS4-HMAC-SHA256 Credential=AKID/20231114/us-east-1/bedrock/aws4_request, "
         "SignedHeaders=content-type;host;x-amz-date, "
         "Signature=e0dd8bc0977805d19cbca3b513162ce3eac955b2025ae43265b446f000d16d0b"}};
    EXPECT_EQ(signature(account()), wanted);
}

TEST(AwsSignature, CoversTheTokenOfASession) {
    auto whose = account();
    whose.session_token = "TOKEN";
    wire::fields const wanted{
        {"x-amz-date", "20231114T221320Z"},
        {"x-amz-security-token", "TOKEN"},
        {"authorization",
         "AWS4-HMAC-SHA256 Credential=AKID/20231114/us-east-1/bedrock/aws4_request, "
         "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
         "Signature=a31e39733463f5abd54e73a43a4269111086a184c9186c5a602eab3c73f9ec08"}};
    EXPECT_EQ(signature(whose), wanted);
}

}  // namespace
