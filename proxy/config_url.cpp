#include "proxy/config_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace proxy {
namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::uint16_t read_port(std::string_view digits, unsigned least) {
    unsigned   port = 0;
    auto const end = digits.data() + digits.size();
    auto const [stop, problem] = std::from_chars(digits.data(), end, port);
    if (problem != std::errc() || stop != end || port < least || port > 65535)
        throw bad_url{"a port is a number from " + std::to_string(least) + " to 65535"};
    return static_cast<std::uint16_t>(port);
}

void check_host_name(std::string_view host) {
    if (host.empty()) throw bad_url{"the host is missing"};
    if (host.size() > 253) throw bad_url{"a host's name has at most 253 characters"};
    char before = '.';
    for (char const c : host) {
        if (c == '.' && before == '.') throw bad_url{"the host's name has an empty part"};
        if (!is_alphanumeric(c) && c != '.' && c != '-' && c != '_')
            throw bad_url{"a host's name is made of letters, digits, '-', '_' and '.'"};
        before = c;
    }
    if (before == '.') throw bad_url{"the host's name ends in a dot"};
}

// "host", "host:port", "[v6]:port". Without a default the port must be there, and may be 0.
runtime::address read_authority(std::string_view text, std::optional<std::uint16_t> default_port) {
    runtime::address at;
    at.port = default_port.value_or(0);
    std::string_view rest;
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == std::string_view::npos) throw bad_url{"']' is missing after the address"};
        auto const v6 = text.substr(1, close - 1);
        // A zone (%eth0) names an interface of this machine; nobody needs one here.
        auto const plain = [](char c) { return is_hex(c) || c == ':' || c == '.'; };
        if (v6.find(':') == std::string_view::npos || !std::all_of(v6.begin(), v6.end(), plain))
            throw bad_url{"what stands in brackets is not an IPv6 address"};
        at.host = lower(std::string(v6));
        rest = text.substr(close + 1);
    } else {
        auto const colon = std::min(text.find(':'), text.size());
        at.host = lower(std::string(text.substr(0, colon)));
        check_host_name(at.host);
        rest = text.substr(colon);
    }
    if (rest.empty() && !default_port) throw bad_url{"a port is missing: 127.0.0.1:4000"};
    if (rest.empty()) return at;
    if (rest.front() != ':') throw bad_url{"only ':' and a port may follow the host"};
    at.port = read_port(rest.substr(1), default_port ? 1 : 0);
    return at;
}

void check_path(std::string_view path) {
    constexpr std::string_view also = "-._~!$&'()*+,;=:@/?%";
    for (std::size_t i = 0; i < path.size(); ++i) {
        char const c = path[i];
        if (!is_alphanumeric(c) && also.find(c) == std::string_view::npos)
            throw bad_url{"its path holds a character that must be written as %XX"};
        if (c == '%' && (i + 2 >= path.size() || !is_hex(path[i + 1]) || !is_hex(path[i + 2])))
            throw bad_url{"'%' must be followed by two hexadecimal digits"};
    }
}

}  // namespace

http_url parse_http_url(std::string_view text) {
    http_url url;
    url.text = std::string(text);
    std::string_view rest = text;
    if (rest.starts_with("https://")) {
        url.at.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        throw bad_url{"it must begin with http:// or https://"};
    }
    auto const end = std::min(rest.find_first_of("/?#\\"), rest.size());
    auto const authority = rest.substr(0, end);
    auto const path = rest.substr(end);
    if (authority.find('@') != std::string_view::npos)
        throw bad_url{"user and password do not belong into a URL"};
    if (path.find('#') != std::string_view::npos)
        throw bad_url{"a fragment (#...) means nothing here"};
    if (path.starts_with('?')) throw bad_url{"'/' is missing before '?'"};
    check_path(path);
    bool const tls = url.at.tls;
    url.at = read_authority(authority, static_cast<std::uint16_t>(tls ? 443 : 80));
    url.at.tls = tls;
    url.path = std::string(path);
    return url;
}

runtime::address parse_listen_address(std::string_view text) {
    return read_authority(text, std::nullopt);
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    // "127.0.0.1.example" begins like one and is none.
    return host.starts_with("127.") &&
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace proxy
