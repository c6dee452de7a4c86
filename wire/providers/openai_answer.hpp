#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/provider_format.hpp"
#include "wire/providers/openai_choice.hpp"

namespace wire {

// What the chunks of one OpenAI answer have said so far.
class openai_answer {
public:
    explicit openai_answer(std::size_t waiting_max) : waiting_max_(waiting_max) {}

    // A chunk, whose choices hold a `delta`, or a whole completion, whose choices hold a
    // `message`.
    void read(nlohmann::json const& told, char const* part, std::vector<delta>& out);

    // All choices that have begun have also finished, and there is one.
    bool complete() const;

    // The calls' ends, the usage and the finishes, which are held back until nothing can
    // follow them.
    void end(std::vector<delta>& out);

    // The failure that an error object or the finish reason "error" has told.
    std::optional<failure> const& failed() const { return failed_; }

private:
    void           choice(nlohmann::json const&, char const* part, std::vector<delta>& out);
    void           words(nlohmann::json const& said, int number, std::vector<delta>& out);
    void           finish(openai_choice&, std::string const& reason);
    openai_choice& at(int number);

    std::size_t                  waiting_max_;
    std::string                  id_;
    std::map<int, openai_choice> choices_;
    std::optional<usage>         usage_;
    std::optional<failure>       failed_;
};

std::unique_ptr<answer_decoder> openai_decoder(std::size_t event_size_max);
std::vector<delta>              openai_whole(std::string_view body);

}  // namespace wire
