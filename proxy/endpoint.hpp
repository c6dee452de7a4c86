#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/client_answer.hpp"
#include "proxy/question.hpp"
#include "proxy/response_store.hpp"

namespace proxy {

// What an endpoint may look at while it reads a request.
struct asking {
    config const&   settings;
    response_store& responses;
    std::string     owner;  // whose key it was; responses are kept for nobody else
};

// A request understood: what is asked, and who will write the answer.
struct understood {
    question asked;
    std::function<std::unique_ptr<client_answer>(client_line const&, client_answer::identity)>
        answer;
};

// One way of asking models: how its requests are read and its answers and troubles are spelled.
// The exchange between the two knows nothing of it.
struct endpoint {
    char const* answer_id;  // "chatcmpl-": what the ids of its answers begin with
    understood (*read)(std::string_view body, asking const&);  // throws refused
    std::string (*problem_body)(request_problem const&, std::string const& request_id);
};

extern endpoint const chat_completions;
extern endpoint const responses;
extern endpoint const messages;
extern endpoint const mcp_messages;  // asks no model: for the shape of errors alone

}  // namespace proxy
