#pragma once

#include <memory>
#include <set>
#include <string>

#include "proxy/endpoint.hpp"

namespace proxy {

// What the answer to a Responses request needs to know of the request.
struct response_frame {
    nlohmann::ordered_json echo;  // members of the response object that repeat the request
    bool                   streamed = false;
    bool                   sealed_thinking = false;  // "reasoning.encrypted_content" was asked for
    std::set<std::string>  listed;                   // labels of servers told before
    response_store*        store = nullptr;          // null: not to be kept
    std::string            owner;
    std::size_t            not_kept = 0;  // messages at the front that are for this answer alone
    nlohmann::json         input;         // items, as asked
};

// POST /v1/responses, answered: one life from response.created to one last event, numbered from
// 0; every item added once and done once, in a place of its own.
std::unique_ptr<client_answer> responses_answer(client_line const&, client_answer::identity,
                                                response_frame);

}  // namespace proxy
