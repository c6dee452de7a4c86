// A turn that is a recording: its bytes and its end are the recorded ones, and nothing is encoded.

#include "mock_providers/answer.hpp"
#include "replay/matching.hpp"
#include "replay/player.hpp"
#include "replay/server.hpp"

namespace mock {

runtime::awaitable<void> mock_provider::answer::play_recording(provider_step const& s) {
    auto const&    recorded = s.recorded->exchanges[static_cast<std::size_t>(s.number) - 1];
    auto const     began = owner_.world_.clock.now();
    auto const*    said = &recorded.answered;
    replay::answer refusal;
    replay::pace   at_its_pace;
    std::string    differs;
    auto&          clock = owner_.world_.clock;
    if (s.strict) {
        auto const how = replay::options_of(*s.recorded);
        for (auto const& d : replay::differences(recorded.asked, came_, how))
            differs += (differs.empty() ? "" : "; ") + d;
    }
    if (differs.empty()) {
        note("recording", s.text);
    } else {
        note("miss", runtime::quoted(differs));
        refusal = replay::not_recorded(differs);
        said = &refusal;
    }
    bool const more = co_await replay::play(*said, stream_, clock, began, at_its_pace);
    if (said->how == replay::ending::eof) note("close");
    if (said->how == replay::ending::reset) note("reset");
    usable_ = more;
    finished_ = true;
}

}  // namespace mock
