#include "proxy/endpoint.hpp"

#include "proxy/chat_request.hpp"
#include "proxy/mcp_failure.hpp"
#include "proxy/messages_problem.hpp"
#include "proxy/messages_request.hpp"
#include "proxy/responses_request.hpp"

namespace proxy {

namespace {

// Without an id: whoever is refused so early was not read so far.
std::string rpc_problem(request_problem const& why, std::string const&) {
    bool const our_trouble = why.status == 429 || why.status >= 500;
    int const  code = our_trouble ? wire::rpc_internal_error : wire::rpc_invalid_request;
    return error_text({code, why.message}, std::nullopt);
}

std::string openai_problem(request_problem const& why, std::string const&) { return to_body(why); }

}  // namespace

endpoint const chat_completions{"chatcmpl-", read_chat_request, openai_problem};
endpoint const responses{"resp_", read_responses_request, openai_problem};
endpoint const messages{"msg_", read_messages_request, to_messages_body};
endpoint const mcp_messages{"", nullptr, rpc_problem};

}  // namespace proxy
