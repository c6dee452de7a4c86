#pragma once

#include <string>

#include "scenarios/answer_teller.hpp"

namespace scenario {

// OpenAI's responses, as transcript lines. Items that are neither a message, nor thinking, nor
// a call left to the client are what the gateway tells of its own work: `metadata mcp_call echo`.
class responses_answer {
public:
    explicit responses_answer(answer_teller& t) : tell_(t) {}

    static bool is_event(nlohmann::json const&);
    static bool is_whole(nlohmann::json const&);

    void event(nlohmann::json const&);
    void whole(nlohmann::json const&);

private:
    void item(nlohmann::json const&);
    void over(nlohmann::json const& response);

    answer_teller& tell_;
};

}  // namespace scenario
