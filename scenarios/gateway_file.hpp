#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/time.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/wire_profile.hpp"

// A gateway that is not ours, as a file: how it is started, told where the mocks are, seen to be
// ready and stopped, and what it can be asked. docs/gateway-files.md describes the form.
namespace scenario {

struct gateway_file {
    std::string path;
    std::string name;   // the file's stem
    std::string asked;  // how it was named to us: a name, a path, an http:// URL
    std::string title;  // its first comment

    // Words and texts here are Mustache templates, filled in for a run (gateway_template.hpp).
    std::vector<std::string>                         start;    // empty: it runs already
    std::string                                      install;  // what gets its program
    std::vector<std::pair<std::string, std::string>> environment;
    std::vector<std::pair<std::string, std::string>> headers;  // of each request of a client
    std::vector<std::pair<std::string, std::string>> files;    // name and text
    nlohmann::json                                   body;     // members of the common request

    std::string         address;              // HOST:PORT, if it runs already
    bool                is_direct = false;    // there is none: clients ask the provider itself
    std::string         key = "sk-lockstep";  // what clients show
    std::string         ready = "/";          // answers with 200 when it is ready
    runtime::duration   ready_within = std::chrono::seconds(10);
    int                 stop_signal = 15;
    runtime::duration   stop_within = std::chrono::seconds(5);
    wire_profile const* profile = &clean_profile();
    bool                kept = false;  // one process for as many scenarios as it can serve
    // How long times become short: its own clock runs faster, its limits are set shorter, or not.
    enum class shortening { clock, settings, none };
    shortening               shorten = shortening::settings;
    runtime::duration        slack = std::chrono::milliseconds(50);  // its own time for an event
    runtime::duration        shortest{};  // the shortest limit that it keeps to
    std::vector<std::string> can;         // needs_of() of a scenario says what is wanted
    std::vector<std::string> settings;  // of a scenario's `gateway` that `files` express; "*": all
    // Its name for an error, and the scenario language's: timeout = idle-timeout.
    std::map<std::string, std::string> errors;
};

// Throws syntax_error.
gateway_file parse_gateway(std::string const& text, std::string const& path);

// A file, the name of one of the given ones ("litellm-1.81.0"), or an http:// URL of one that
// runs already. Throws syntax_error, with the names that there are.
gateway_file find_gateway(std::string const& what);

// The forms of all lines of a gateway file, "start PROGRAM WORDS..." and so on.
std::vector<std::string> gateway_line_forms();

// The names of the given ones, sorted.
std::vector<std::string> gateway_names();

// Where the given ones lie: beside the program in an installed tree, else in the repository.
std::string gateway_folder();

}  // namespace scenario
