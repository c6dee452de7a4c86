#pragma once

#include "mock_providers/mock_provider.hpp"
#include "mock_providers/pace.hpp"
#include "replay/recording.hpp"

namespace mock {

// One turn being played on one connection.
class mock_provider::answer {
public:
    answer(mock_provider& owner, runtime::stream& to, wire::provider_question asked,
           std::uint64_t exchange, std::size_t turn_number);

    runtime::awaitable<void> play(turn const&);

    // The request as it came: what a strict recording looks at.
    void came(replay::request r) { came_ = std::move(r); }

    // False if the script broke the connection or its framing.
    bool connection_usable() const { return usable_; }
    bool finished() const { return finished_; }

private:
    runtime::awaitable<void> step(provider_step const&);
    runtime::awaitable<void> say(wire::delta const&);
    runtime::awaitable<void> say_text(std::string whole);
    void                     set_pace(provider_step const&);
    runtime::awaitable<void> call(provider_step const&);
    runtime::awaitable<void> finish(provider_step const&);
    runtime::awaitable<void> status(provider_step const&);
    runtime::awaitable<void> play_recording(provider_step const&);
    runtime::awaitable<void> send(std::string bytes);  // into the body
    runtime::awaitable<void> end_body();
    runtime::awaitable<void> stall();

    void        note(std::string verb, std::string words = {}, nlohmann::json detail = nullptr);
    std::string filled_in(std::string const& text) const;
    std::string offered_name(std::string const& tool) const;
    std::string call_id(int index) const;
    void        begin_head();

    mock_provider&                        owner_;
    runtime::stream&                      stream_;
    wire::provider_question               asked_;
    replay::request                       came_;
    std::optional<pace>                   pace_;
    std::uint64_t                         exchange_;
    runtime::http_chunk_writer            writer_;
    runtime::http_response                head_;
    std::unique_ptr<wire::answer_encoder> encoder_;
    wire::answer_identity                 identity_;
    std::vector<wire::delta>              whole_;  // of an answer that was not to be streamed
    runtime::time_point                   began_;
    int                                   call_count_ = 0;
    std::size_t                           turn_number_;
    bool                                  head_ready_ = false;
    bool                                  encoding_ = false;
    bool                                  finished_ = false;
    bool                                  usable_ = true;
};

}  // namespace mock
