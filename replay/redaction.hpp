#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/recording.hpp"

namespace replay {

// Takes secrets out of what passed, before it reaches a disk: the values of headers that carry
// credentials, keys in the forms that are known (sk-..., AIza..., AKIA..., ghp_...), bearer tokens,
// and whatever stands behind a name (api_key, password, and those that are given).
//
// In bodies a secret keeps its length, so that chunks, lengths and frames stay what they were. One
// whose parts lie in different events of a stream is not found, nor one inside of base64.
class redaction {
public:
    explicit redaction(std::vector<std::string> names = {});

    bool        is_secret_header(std::string_view name) const;
    void        clean(runtime::http_fields&) const;
    std::string clean_target(std::string) const;
    void        clean_text(std::string&) const;  // same size
    void        clean(request&) const;
    void        clean(answer&) const;
    void        clean(exchange&) const;

    std::vector<std::string> const& names() const { return names_; }

private:
    void clean_forms(std::string&) const;
    void clean_named(std::string&, std::string_view name) const;

    std::vector<std::string> names_;
};

// "REDACTED***", "REDACTED" and a value of a few stars are the same secret to whoever compares.
std::string without_mask_lengths(std::string_view);

}  // namespace replay
