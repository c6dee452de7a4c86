#include "wire/aws_signature.hpp"

#include <algorithm>
#include <ctime>
#include <map>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "wire/spelling.hpp"

namespace wire {
namespace {

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string                out;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        (out += digits[byte >> 4]) += digits[byte & 15];
    }
    return out;
}

std::string sha256(std::string_view bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned      size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<char const*>(digest), size};
}

std::string hmac(std::string_view key, std::string_view bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned      size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(), digest, &size);
    return {reinterpret_cast<char const*>(digest), size};
}

std::string time_text(std::int64_t seconds) {
    std::time_t const given = seconds;
    std::tm           parts{};
    gmtime_r(&given, &parts);
    char       out[32];
    auto const size = std::strftime(out, sizeof out, "%Y%m%dT%H%M%SZ", &parts);
    return {out, size};
}

// Everywhere but in S3 a path is encoded once more than it is sent.
std::string canonical_path(std::string_view path) {
    std::string out;
    for (std::size_t at = 0; at < path.size();) {
        auto const end = std::min(path.find('/', at), path.size());
        out += percent_encoded(path.substr(at, end - at));
        if (end < path.size()) out += '/';
        at = end + 1;
    }
    return out.empty() ? "/" : out;
}

}  // namespace

fields aws_signature(account const& whose, std::string_view service, std::string_view path,
                     fields const& headers, std::string_view body) {
    auto const now = time_text(whose.now);
    auto const day = now.substr(0, 8);
    fields     added{{"x-amz-date", now}};
    if (!whose.session_token.empty())
        added.emplace_back("x-amz-security-token", whose.session_token);

    std::map<std::string, std::string> covered{{"host", whose.host}};
    for (fields const* all : std::initializer_list<fields const*>{&headers, &added})
        for (auto const& [name, value] : *all) {
            std::string low = name;
            std::ranges::transform(low, low.begin(), [](unsigned char c) {
                return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            });
            covered[low] = value;
        }
    std::string lines, names;
    for (auto const& [name, value] : covered) {
        lines += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    auto const asked = "POST\n" + canonical_path(path) + "\n\n" + lines + "\n" + names + "\n" +
                       to_hex(sha256(body));
    auto const scope = day + "/" + whose.region + "/" + std::string(service) + "/aws4_request";
    auto const told = "AWS4-HMAC-SHA256\n" + now + "\n" + scope + "\n" + to_hex(sha256(asked));
    auto       key = hmac("AWS4" + whose.secret_key, day);
    for (std::string_view const part :
         {std::string_view(whose.region), service, std::string_view("aws4_request")})
        key = hmac(key, part);
    added.emplace_back("authorization", "AWS4-HMAC-SHA256 Credential=" + whose.api_key + "/" +
                                            scope + ", SignedHeaders=" + names +
                                            ", Signature=" + to_hex(hmac(key, told)));
    return added;
}

}  // namespace wire
