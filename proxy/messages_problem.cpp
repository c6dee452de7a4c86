#include "proxy/messages_problem.hpp"

#include "proxy/json_text.hpp"

namespace proxy {

namespace {

struct row {
    int         status;
    char const* type;
};

constexpr row rows[] = {
    {400, "invalid_request_error"}, {401, "authentication_error"}, {402, "billing_error"},
    {403, "permission_error"},      {404, "not_found_error"},      {408, "timeout_error"},
    {413, "request_too_large"},     {429, "rate_limit_error"},     {503, "overloaded_error"},
    {504, "timeout_error"},         {529, "overloaded_error"},
};

char const* type_of(int status) {
    for (auto const& r : rows)
        if (r.status == status) return r.type;
    return status >= 500 ? "api_error" : "invalid_request_error";
}

}  // namespace

std::string to_messages_body(request_problem const& why, std::string const& request_id) {
    nlohmann::ordered_json body;
    body["type"] = "error";
    body["error"]["type"] = type_of(why.status);
    body["error"]["message"] = why.message;
    if (!why.code.empty()) body["error"]["code"] = why.code;
    if (!request_id.empty()) body["request_id"] = request_id;
    return json_text(body);
}

}  // namespace proxy
