#include "proxy/key_check.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace proxy {
namespace {

// "Bearer KEY", with the scheme in any case. Empty if it is not that.
std::string_view after_bearer(std::string_view value) {
    constexpr std::string_view scheme = "bearer ";
    if (value.size() <= scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        char const c = value[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[i]) return {};
    }
    return value.substr(scheme.size());
}

}  // namespace

key_check::key_check(config const& config) {
    if (config.master_key) digests_.push_back(digest_of(*config.master_key));
    for (auto const& key : config.keys) digests_.push_back(digest_of(key));
}

key_check::digest key_check::digest_of(std::string_view key) {
    digest made{};
    SHA256(reinterpret_cast<unsigned char const*>(key.data()), key.size(), made.data());
    return made;
}

key_verdict key_check::operator()(presented_keys const& presented) const {
    if (is_open()) return key_verdict::right;

    // With our own header there, Authorization is free for others.
    bool const  own_header = !presented.litellm_api_key.empty();
    auto const& values = own_header ? presented.litellm_api_key : presented.authorization;
    if (values.empty()) return key_verdict::missing;
    if (values.size() > 1) return key_verdict::wrong;

    auto key = after_bearer(values.front());
    if (key.empty() && own_header) key = values.front();
    if (key.empty() || key.size() > key_size_max) return key_verdict::wrong;

    auto const presented_digest = digest_of(key);
    bool       right = false;
    for (auto const& known : digests_)  // all of them: the time must not say which one it was
        right |= CRYPTO_memcmp(known.data(), presented_digest.data(), known.size()) == 0;
    return right ? key_verdict::right : key_verdict::wrong;
}

}  // namespace proxy
