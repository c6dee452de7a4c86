#pragma once

#include <functional>
#include <string>

#include "replay/player.hpp"
#include "replay/redaction.hpp"
#include "runtime/bell.hpp"
#include "runtime/world.hpp"

namespace replay {

// MCP over stdio, recorded: stands between a client and a program, each line passes at once, whole
// or not, and is kept, without secrets.
class line_recorder {
public:
    using sink = std::function<void(spoken_line)>;
    line_recorder(runtime::world, redaction, sink kept);

    // Until both directions have ended. The end of the client's is passed on to the program.
    runtime::awaitable<void> pass(runtime::stream& client, runtime::stream& program);

private:
    runtime::awaitable<void> pass_one(runtime::stream& from, runtime::stream& to,
                                      spoken_line::kind line, spoken_line::kind end);
    void                     keep(spoken_line::kind, std::string text, bool cut);

    runtime::world      world_;
    redaction           secrets_;
    sink                kept_;
    runtime::time_point began_;
};

// Plays a recorded program to a client on stdio: what the client says must be what was recorded,
// in that order, compared as JSON; what the program said follows so long after it as it did then.
class line_player {
public:
    // A line is about to pass, to the program or from it.
    using observer = std::function<void(bool to_program, std::string const& line)>;

    line_player(runtime::world, recording const&, pace, observer passed = {});

    // Gives the recorded exit status; what differed is in trouble().
    runtime::awaitable<int> play(runtime::stream& client);

    std::vector<std::string> const& trouble() const { return trouble_; }

private:
    runtime::awaitable<bool> hear(runtime::stream& client, spoken_line const& expected);

    runtime::world           world_;
    recording const&         recording_;
    pace                     pace_;
    observer                 passed_;
    std::string              ahead_;
    std::vector<std::string> trouble_;
};

}  // namespace replay
