#pragma once

#include <string>
#include <string_view>

#include "scenarios/results.hpp"

namespace scenario {

// A run as one page that needs nothing but a browser: no network, no other file. What the page
// shows lies in it as JSON; scenarios/html/ has what shows it, compiled into the program.
//
// Nothing that passed in a scenario can get out of its JSON: '<' is never written as itself.
std::string html_report(run_result const&);

// The JSON alone.
std::string html_data(run_result const&);

// The files of scenarios/html/, as they were when this was built.
namespace asset {
extern std::string_view const report_html, report_css, app_js, list_js, lanes_js, story_js;
}

}  // namespace scenario
