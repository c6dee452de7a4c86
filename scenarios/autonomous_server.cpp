#include "scenarios/autonomous_server.hpp"

namespace scenario {

std::string const& autonomous_server() {
    static std::string const lines = R"(
    tool echo {"message": "string"}
        result  "{{message}}"
    tool count
        progress  1/3
        +50ms     progress  2/3
        +50ms     progress  3/3
        result    "counted to 3"
    tool report
        log     info "working"
        log     warning "nearly done"
        result  "reported"
    tool think {"about": "string"}
        ask     sampling {"messages": [{"role": "user", "content": {"type": "text", "text": "{{about}}"}}], "maxTokens": 100}
        result  "{{answer}}"
    tool inquire {"what": "string"}
        ask     elicitation {"mode": "form", "message": "{{what}}", "requestedSchema": {"type": "object", "properties": {"answer": {"type": "string", "default": "yes"}}, "required": ["answer"]}}
        result  "{{answer}}"
    tool folders
        ask     roots
        result  "{{answer}}"
    tool change
        announce  tools
        announce  prompts
        announce  resources
        announce  note:today
        result    "changed"
    tool fail
        tool-error  "this tool always fails"
    resource note:today
        result  "The note of today."
    resource note:{day} {"day": ["monday", "tuesday", "wednesday"]}
        result  "The note of {{day}}."
    prompt greet {"who": ["Ann", "Anton", "Ben"]}
        result  "Greet {{who}}."
)";
    return lines;
}

}  // namespace scenario
