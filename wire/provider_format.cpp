#include "wire/provider_format.hpp"

#include <array>

namespace wire {

// One row per file in wire/providers/, in the order `lockstep list` shows them.
provider_format openai(), anthropic();

std::span<provider_format const> provider_formats() {
    static std::array const all{openai(), anthropic()};
    return all;
}

provider_format const* find_provider_format(std::string_view name) {
    for (auto const& format : provider_formats())
        if (format.name == name) return &format;
    return nullptr;
}

}  // namespace wire
