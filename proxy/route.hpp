#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/model_router.hpp"

namespace proxy {

// The way of one question from deployment to deployment: tries again, pauses, and then models that
// stand in. Once something of an answer is with the client there is no other try: it would be
// said twice (BerriAI/litellm#29808).
//
// A deployment of the same name that is well is asked at once. Where none is left the pause is what
// the provider wishes, up to retry_after_max, and otherwise half a second, doubled with each try up
// to 8 s, less up to a quarter that is drawn, so that not all come back in the same instant; never
// less than `retry_after`. When the tries of a name are used up its fallbacks follow in their
// order, each with as many tries. If all fail, the client is told what the model that it asked
// for said.
class route {
public:
    // `last`: who answered the turn before, null in the first. It goes on, for its cache and its
    // signatures; had it stood in for another, that one now stands in for it.
    route(model_router&, runtime::world const&, config const&, std::string name, model const* last);

    // Whom to ask. Throws refused: told(), or 429 with Retry-After if all are cooling down.
    model const& next();

    void worked() { router_.worked(*asked_); }

    // How long to wait before next(); nothing if that was the last try.
    std::optional<runtime::duration> failed(request_problem const&, bool is_heard);

    // What the client is told when all has failed.
    request_problem const& told() const { return told_; }

private:
    std::optional<runtime::duration> pause_before_retry(request_problem const&);
    bool                             step_aside(failure_kind);

    model_router&             router_;
    runtime::world            world_;
    config const&             config_;
    std::vector<std::string>  names_;  // the one asked for, then its fallbacks once they are needed
    std::size_t               at_ = 0;     // of names_
    std::size_t               tries_ = 0;  // that were tries again, of this name
    std::vector<model const*> tried_;      // of this name, since all were
    model const*              preferred_;
    model const*              asked_ = nullptr;
    request_problem           told_;
};

}  // namespace proxy
