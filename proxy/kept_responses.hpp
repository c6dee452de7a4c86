#pragma once

#include <string>
#include <string_view>

#include "proxy/response_store.hpp"

namespace proxy {

// Requests about one kept response, by its id:
//
//     GET    /v1/responses/ID              the response as it ended
//     GET    /v1/responses/ID/input_items  what it was asked, in the order of the request
//     DELETE /v1/responses/ID              forgets it
//
// `owner` is whose key asks: nobody sees another's. Gives the body of a 200. Throws refused: 404
// if there is no such response, 405 for another method, 400 for what only responses in the
// background have (OpenAI's `stream=true` and `cancel`).
std::string about_kept_response(std::string_view method, std::string_view target, response_store&,
                                std::string const& owner);

}  // namespace proxy
