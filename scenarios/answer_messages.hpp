#pragma once

#include <map>
#include <string>

#include "scenarios/answer_teller.hpp"

namespace scenario {

// Anthropic's messages, as transcript lines.
class messages_answer {
public:
    explicit messages_answer(answer_teller& t) : tell_(t) {}

    static bool is_event(nlohmann::json const&);
    static bool is_whole(nlohmann::json const&);

    void event(nlohmann::json const&);
    void whole(nlohmann::json const&);

private:
    struct block {
        std::string type;
        std::string name;
        std::string input;
    };

    void begin(nlohmann::json const&);
    void delta(nlohmann::json const&);
    void end(nlohmann::json const&);
    void block_over(block const&);
    void count(nlohmann::json const& usage);

    answer_teller&       tell_;
    std::map<int, block> blocks_;
    nlohmann::json       usage_;  // what a later event leaves out stays as it was
    std::string          stop_reason_;
};

}  // namespace scenario
