#pragma once

#include <optional>
#include <vector>

#include "proxy/config.hpp"
#include "proxy/error.hpp"
#include "proxy/load.hpp"
#include "runtime/http.hpp"
#include "runtime/world.hpp"
#include "wire/provider_format.hpp"
#include "wire/word_lane.hpp"

namespace proxy {

// One question to a provider and its answer, delta by delta. Owned by the frame that asks:
// leaving it closes the connection, which is how a provider is told to stop.
class provider_call {
public:
    // What of its answer is not whole yet counts as kept.
    provider_call(runtime::world const&, model const&, limits const&, load&);

    // Connects and sends; `more` headers go along. Throws refused: connect_timeout,
    // provider_unreachable.
    runtime::awaitable<void> ask(wire::conversation const&, wire::fields const& more);

    enum class heard {
        something,  // deltas were appended
        nothing,    // `patience` is over; ask again
        end,        // the answer is complete
    };

    // What comes next, all that one read brought. Returns `nothing` when the provider has been
    // silent for `patience`, so that the caller can keep its client warm meanwhile; the real
    // limits (first byte, idle) run on across such returns. Only what the model says moves the
    // idle limit: a provider that sends nothing but comments is silent. Throws refused with the
    // provider's own words, or first_byte_timeout, idle_timeout, stream_cut,
    // provider_garbage, ...; what came before the trouble has been returned by then. Words that
    // are told as they are spelled hold until the next call.
    runtime::awaitable<heard> next(std::vector<wire::told>& out, runtime::duration patience);

private:
    wire::conversation              as_deployed(wire::conversation) const;
    runtime::awaitable<void>        read_head(runtime::http_limit);
    // What it says beside a status that refuses: what comes within the idle timeout, up to
    // upstream_error_max.
    runtime::awaitable<std::string> error_body(bool& is_cut);
    void                            take(std::string_view piece, std::vector<wire::told>& out);
    [[noreturn]] void               translate(boost::system::error_code why) const;

    runtime::world                      world_;
    model const&                        model_;
    limits const&                       limits_;
    load::kept                          kept_;
    wire::provider_format const&        format_;
    std::unique_ptr<runtime::stream>    connection_;
    std::optional<runtime::http_reader> reader_;
    runtime::http_response              head_;
    std::optional<wire::word_lane>      decoder_;
    std::string                         whole_;  // an answer that is not streamed
    runtime::time_point                 due_{};  // when the current silence is too long
    bool                                head_seen_ = false;
    bool                                said_something_ = false;
    bool                                ended_ = false;
    boost::system::error_code           trouble_;  // told once what came before it is out
};

}  // namespace proxy
