#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// What a client of MCP says when nobody has scripted it, and how a trace tells what it hears.
namespace scenario {

// "sampling" for sampling/createMessage; other methods by their own name.
std::string word_of_question(std::string const& method);

// A whole response: what a patient user of an obliging client would say. An elicitation is accepted
// with its defaults, and with something of the right type where there is none.
nlohmann::json sensible_answer(nlohmann::json const& request);

// What a request of the modern era says of its client. An option `header "Mcp-Protocol-Version: X"`
// of the script is said in the body too, where the script does not want them to differ.
void say_who(nlohmann::json& message, std::string const& name,
             std::vector<std::string> const& options);

// With the id of a task in place of {{task}}.
std::string with_task(std::string text, std::string const& task);

// "progress 1/3 "reading"", `log info "text"`: verb and words of a notification.
struct told {
    std::string verb;
    std::string words;
};
told told_of_notification(nlohmann::json const& message);
told told_of_answer(std::string const& method, nlohmann::json const& message);

}  // namespace scenario
