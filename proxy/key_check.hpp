#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config.hpp"

namespace proxy {

// Every value that a request has of each header, so that a doubled one is seen.
struct presented_keys {
    std::vector<std::string_view> authorization;
    std::vector<std::string_view> litellm_api_key;  // x-litellm-api-key; looked at first
    std::vector<std::string_view> x_api_key = {};   // Anthropic's; looked at last

    bool any() const {
        return !authorization.empty() || !litellm_api_key.empty() || !x_api_key.empty();
    }
};

enum class key_verdict { right, missing, wrong };

// Who may use the gateway.
//
// A key is opaque bytes. It is compared by digest with every key there is, in a time that
// says nothing about how much of it was right. Without configured keys all are let in.
class key_check {
public:
    static constexpr std::size_t key_size_max = 512;

    explicit key_check(config const&);

    bool        is_open() const { return digests_.empty(); }
    key_verdict operator()(presented_keys const&) const;
    // A name for whoever has this key, without telling the key; empty if there are no keys.
    std::string holder(presented_keys const&) const;
    // The same for one client among several; empty for the master key, which is the operator's, and
    // where all are let in.
    std::string client(presented_keys const&) const;

private:
    using digest = std::array<unsigned char, 32>;
    static digest           digest_of(std::string_view key);
    static std::string_view key_of(presented_keys const&);  // empty: none, or several

    std::vector<digest> digests_;  // the master key's first
    bool                has_master_ = false;
};

}  // namespace proxy
