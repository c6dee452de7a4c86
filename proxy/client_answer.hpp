#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "proxy/error.hpp"
#include "runtime/http.hpp"
#include "wire/conversation.hpp"
#include "wire/delta.hpp"

namespace proxy {

// What a client is told: one unbroken chat completion, however many turns of the model and
// runs of tools lie behind it. One id, the role once and first, one finish reason per choice,
// the metadata on the last chunk, usage after it, one [DONE]; or one error and nothing after it.
//
// Streamed and whole answers have the same face; a whole one is kept until finish().
class client_answer {
public:
    struct identity {
        std::string  id;
        std::string  model;  // the name that the client asked for
        std::int64_t created = 0;
        bool         include_usage = false;
        std::string  request_id;
        bool         keep_alive = true;  // of the HTTP connection
    };

    virtual ~client_answer() = default;

    // Text, thinking and refusals, and calls that the client has to run itself. Not on its way
    // before flush().
    virtual void                     add(wire::delta const&) = 0;
    virtual runtime::awaitable<void> flush() = 0;

    // A comment, if the stream has begun and `interval` of silence is over.
    virtual runtime::awaitable<void> keep_warm() = 0;

    // `metadata` is the provider_specific_fields object, or null.
    virtual runtime::awaitable<void> finish(std::map<int, wire::finish_reason> const& reasons,
                                            nlohmann::json const&                     metadata,
                                            wire::usage const&                        usage) = 0;

    // Told as a status if nothing has gone out, as an error event otherwise.
    virtual runtime::awaitable<void> fail(request_problem const&) = 0;

    // False once an error event has been told inside a stream: such a connection is closed, so
    // that no client can take the answer for a whole one.
    virtual bool connection_usable() const = 0;
};

std::unique_ptr<client_answer> streamed_answer(runtime::stream&, runtime::clock&,
                                               runtime::http_limit write, client_answer::identity);
std::unique_ptr<client_answer> whole_answer(runtime::stream&, runtime::clock&,
                                            runtime::http_limit write, client_answer::identity);

// A problem as a status with a JSON body: the answer has not begun.
runtime::awaitable<void> send_problem(runtime::stream&, runtime::clock&, runtime::http_limit,
                                      request_problem const&, client_answer::identity const&);

// A whole JSON body with its head, in one write.
runtime::awaitable<void> send_json(runtime::stream&, runtime::clock&, runtime::http_limit,
                                   unsigned status, std::string body,
                                   runtime::http_fields more_fields, bool keep_alive);

}  // namespace proxy
