#pragma once

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "wire/conversation.hpp"
#include "wire/delta.hpp"
#include "wire/provider_format.hpp"

// What a listener has understood once the deltas of an answer are put together.
struct heard_choice {
    std::string                        text;
    std::string                        thinking;
    std::string                        signature;
    std::string                        refusal;
    std::vector<wire::tool_call>       calls;
    std::optional<wire::finish_reason> finish;
    wire::answer                       order = wire::answer::silent;  // broken: out of order
    bool                               operator==(heard_choice const&) const = default;
};

struct heard {
    std::map<int, heard_choice>  choices;
    std::optional<wire::usage>   tokens;
    std::optional<wire::failure> failed;
    bool                         operator==(heard const&) const = default;
};

heard put_together(std::vector<wire::delta> const&);

// The deltas of `bytes`, fed as these pieces and ended.
std::vector<wire::delta> decode(wire::provider_format const&, std::vector<std::string_view> pieces);

// One byte at a time.
std::vector<std::string_view> bytewise(std::string_view);

std::vector<wire::delta> said_by(wire::provider_format const&, std::string_view bytes);

namespace wire {
void PrintTo(delta const&, std::ostream*);
}
