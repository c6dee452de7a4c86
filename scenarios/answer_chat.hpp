#pragma once

#include <map>
#include <string>

#include "scenarios/answer_teller.hpp"

namespace scenario {

// OpenAI's chat completions, as transcript lines.
class chat_answer {
public:
    explicit chat_answer(answer_teller& t) : tell_(t) {}

    void chunk(nlohmann::json const&);
    void whole(nlohmann::json const&);
    void done();  // [DONE]

private:
    void delta(nlohmann::json const&, int choice);
    void tell_calls(int choice);
    void metadata(nlohmann::json const& said);

    struct call {
        std::string name;
        std::string arguments;
    };

    answer_teller&                     tell_;
    std::map<int, std::map<int, call>> calls_;  // by choice and index
    std::string                        finish_reason_;
};

}  // namespace scenario
