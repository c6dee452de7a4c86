#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "wire/delta.hpp"

namespace wire {

// Where a JSON object or array ends, told byte by byte and without keeping it.
class json_extent {
public:
    void see(std::string_view);
    bool whole() const { return begun_ && depth_ == 0; }

private:
    std::size_t depth_ = 0;
    bool        begun_ = false;
    bool        in_string_ = false;
    bool        escaped_ = false;
};

// One choice of an OpenAI answer, put into the legal order of deltas.
//
// "Compatible" servers interleave the fragments of several calls, leave the index out, send it
// as 0 for all, repeat ids and names. Deltas know one open call at a time: what belongs to a
// later one waits until the open one is whole, or until the answer ends.
class openai_choice {
public:
    openai_choice(int number, std::size_t waiting_max);

    void say(delta words, std::vector<delta>& out);

    // One entry of `tool_calls`. `answer_id` makes up the id of a call that came without.
    void call(nlohmann::json const& entry, std::string const& answer_id, std::vector<delta>& out);

    void finish(finish_reason reason) { reason_ = reason; }
    bool finished() const { return reason_.has_value(); }

    // Ends what is open; the finish itself comes from reason().
    void end(std::vector<delta>& out);

    // A model that was forced to call a tool says "stop" although it calls.
    finish_reason reason() const;

private:
    struct slot {
        std::optional<std::int64_t> number;  // the provider's index
        std::string                 id;
        std::string                 name;
        std::string                 waiting;  // arguments not yet told
        json_extent                 extent;
        bool                        begun = false;
    };

    std::size_t find_slot(nlohmann::json const& entry);
    std::size_t new_slot(std::optional<std::int64_t> number);
    void        advance(std::vector<delta>& out);
    void        begin(slot&, std::vector<delta>& out);
    void        tell_waiting(slot&, std::vector<delta>& out);
    void        tell_held(std::vector<delta>& out);
    void        wait(std::size_t bytes);

    int                          number_;
    std::size_t                  waiting_max_;
    std::size_t                  waiting_size_ = 0;
    std::vector<slot>            slots_;     // in the order in which they are told
    std::size_t                  open_ = 0;  // the slot being told; those before it have ended
    std::vector<delta>           held_;      // words that came while a call was open
    std::optional<finish_reason> reason_;
};

}  // namespace wire
