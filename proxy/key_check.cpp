#include "proxy/key_check.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>

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
    has_master_ = config.master_key.has_value();
    if (has_master_) digests_.push_back(digest_of(*config.master_key));
    for (auto const& key : config.keys) digests_.push_back(digest_of(key));
}

key_check::digest key_check::digest_of(std::string_view key) {
    // Fetched once: to find the algorithm by name costs more than to digest a key.
    static EVP_MD const* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    digest                     made{};
    if (!sha256 || EVP_Digest(key.data(), key.size(), made.data(), nullptr, sha256, nullptr) != 1)
        throw std::bad_alloc();
    return made;
}

std::string_view key_check::key_of(presented_keys const& presented) {
    // With our own header there, Authorization is free for others; with Authorization there,
    // Anthropic's is.
    bool const  own_header = !presented.litellm_api_key.empty();
    bool const  bearer = !own_header && !presented.authorization.empty();
    auto const& values = own_header ? presented.litellm_api_key
                         : bearer   ? presented.authorization
                                    : presented.x_api_key;
    if (values.size() != 1) return {};
    auto const key = after_bearer(values.front());
    return key.empty() && !bearer ? values.front() : key;
}

std::string key_check::holder(presented_keys const& presented) const {
    if (is_open()) return {};
    auto const whose = digest_of(key_of(presented));
    return {whose.begin(), whose.end()};
}

std::string key_check::client(presented_keys const& presented) const {
    auto name = holder(presented);
    if (has_master_ && name == std::string(digests_.front().begin(), digests_.front().end()))
        name.clear();
    return name;
}

key_verdict key_check::operator()(presented_keys const& presented) const {
    if (is_open()) return key_verdict::right;

    if (!presented.any()) return key_verdict::missing;
    auto const key = key_of(presented);
    if (key.empty() || key.size() > key_size_max) return key_verdict::wrong;

    auto const presented_digest = digest_of(key);
    bool       right = false;
    for (auto const& known : digests_)  // all of them: the time must not say which one it was
        right |= CRYPTO_memcmp(known.data(), presented_digest.data(), known.size()) == 0;
    return right ? key_verdict::right : key_verdict::wrong;
}

}  // namespace proxy
