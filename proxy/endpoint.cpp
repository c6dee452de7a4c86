#include "proxy/endpoint.hpp"

#include "proxy/chat_request.hpp"
#include "proxy/messages_problem.hpp"
#include "proxy/messages_request.hpp"
#include "proxy/responses_request.hpp"

namespace proxy {

namespace {

std::string openai_problem(request_problem const& why, std::string const&) { return to_body(why); }

}  // namespace

endpoint const chat_completions{"chatcmpl-", read_chat_request, openai_problem};
endpoint const responses{"resp_", read_responses_request, openai_problem};
endpoint const messages{"msg_", read_messages_request, to_messages_body};

}  // namespace proxy
