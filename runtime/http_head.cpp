#include "runtime/http_head.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <cstdint>

namespace runtime {

namespace {

[[noreturn]] void fail(error why) { throw boost::system::system_error(why); }

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

bool made_of(std::string_view text, std::initializer_list<std::string_view> alphabets) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return std::any_of(alphabets.begin(), alphabets.end(),
                           [c](std::string_view one) { return one.find(c) != one.npos; });
    });
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && made_of(text, {letters, digits, "!#$%&'*+-.^_`|~"});
}

std::string lower(std::string_view text) {
    std::string made(text);
    for (char& c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return made;
}

std::string_view trimmed(std::string_view text) {
    auto const from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool is_number_up_to(std::string_view text, std::uint64_t most) {
    std::uint64_t value = 0;
    auto const    end = text.data() + text.size();
    auto const    read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end && value <= most;
}

bool is_control(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

constexpr std::string_view scheme = "http://";

bool has_scheme(std::string_view target) {
    return lower(target.substr(0, scheme.size())) == scheme;
}

bool is_target(std::string_view method, std::string_view target) {
    for (char const c : target)
        if (c <= ' ' || c == 0x7F || c == '#') return false;  // and all that is not ASCII
    if (target == "*") return method == "OPTIONS";
    return target.starts_with('/') || has_scheme(target);
}

// What we would make of another method depends on who reads it; CONNECT would make a tunnel of us,
// TRACE a mirror of somebody's key.
bool is_method(std::string_view method) {
    for (auto const* known : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
        if (method == known) return true;
    return false;
}

// A second one of these is another message to whoever reads the last.
bool stands_once(std::string_view name) {
    for (auto const* known : {"content-length", "content-type", "host", "origin"})
        if (name == known) return true;
    return name.starts_with("mcp-");
}

// What has come of a request line can still become one of a version that we speak.
void expect_version(std::string_view line) {
    auto const method = line.find(' ');
    auto const target = method == line.npos ? method : line.find(' ', method + 1);
    if (target == line.npos) return;
    auto version = line.substr(target + 1);
    if (version.ends_with('\r')) version.remove_suffix(1);
    constexpr std::string_view eleven = "HTTP/1.1", ten = "HTTP/1.0";
    if (!eleven.starts_with(version) && !ten.starts_with(version)) fail(error::bad_http);
}

}  // namespace

void head_check::look(std::string_view all) {
    for (; looked_at_ < all.size() && size_ == 0; ++looked_at_) {
        char const c = all[looked_at_];
        bool const after_cr = looked_at_ > line_at_ && all[looked_at_ - 1] == '\r';
        if (after_cr && c == '\n') {
            auto const line = all.substr(line_at_, looked_at_ - 1 - line_at_);
            bool const first = line_at_ == 0;
            line_at_ = looked_at_ + 1;
            if (line_at_ > limits_.head_max) fail(error::head_too_large);
            if (line.empty() && !first) size_ = line_at_;
            if (first) first_line(line);
            if (!first && !line.empty()) field(line);
        } else if (after_cr || (c != '\r' && is_control(c))) {
            fail(error::bad_http);
        }
    }
    if (size_ == 0) begun_line(all.substr(line_at_));
    if (size_ > 0 && kind_ == of::request && http_11_ && !seen_.contains("host"))
        fail(error::bad_http);
}

void head_check::begun_line(std::string_view line) const {
    bool const first = line_at_ == 0;
    if (first && kind_ == of::request) {
        if (line.size() > limits_.request_line_max) fail(error::target_too_large);
        expect_version(line);
    }
    if (line_at_ + line.size() > limits_.head_max) fail(error::head_too_large);
    if (!first && (line.starts_with(' ') || line.starts_with('\t'))) fail(error::bad_http);
}

void head_check::first_line(std::string_view line) {
    auto const blank = line.find(' ');
    if (kind_ == of::answer) {
        auto const status = line.substr(std::min(blank, line.size()));
        if (!line.starts_with("HTTP/1.") || status.size() < 4 || status[1] < '1' || status[1] > '5')
            fail(error::bad_http);
        return;
    }
    if (line.size() > limits_.request_line_max) fail(error::target_too_large);
    auto const last = line.rfind(' ');
    if (blank == line.npos || blank == last) fail(error::bad_http);
    auto const method = line.substr(0, blank);
    auto const version = line.substr(last + 1);
    http_11_ = version == "HTTP/1.1";
    if (!is_token(method) || (!http_11_ && version != "HTTP/1.0")) fail(error::bad_http);
    if (!is_method(method)) fail(error::unsupported_method);
    if (!is_target(method, line.substr(blank + 1, last - blank - 1))) fail(error::bad_http);
}

void head_check::field(std::string_view line) {
    // Beast throws out of its own hands at a field of 64 KiB.
    constexpr std::size_t field_max = 60'000;
    if (line.size() > field_max) fail(error::head_too_large);
    if (++field_count_ > limits_.field_count_max) fail(error::too_many_fields);
    auto const colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) fail(error::bad_http);
    auto const name = lower(line.substr(0, colon));
    auto const value = trimmed(line.substr(colon + 1));
    bool const once = kind_ == of::request ? stands_once(name) : name == "content-length";
    if (once && !seen_.insert(name).second) fail(error::bad_http);
    if (name == "content-length" && !is_number_up_to(value, UINT64_MAX)) fail(error::bad_http);
    if (kind_ == of::answer) return;
    if (name == "host" && !is_host(value)) fail(error::bad_http);
}

bool is_host(std::string_view text) {
    auto name = text;
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == text.npos) return false;
        auto const address = text.substr(1, end - 1);
        auto const colons = std::count(address.begin(), address.end(), ':');
        if (colons < 2 || colons > 7 || !made_of(address, {digits, "abcdefABCDEF:."})) return false;
        name = text.substr(end + 1);
        if (!name.empty() && name[0] != ':') return false;
    }
    auto const colon = name.find(':');
    auto const port = colon == name.npos ? "" : name.substr(colon + 1);
    if (!port.empty() && !is_number_up_to(port, 65'535)) return false;
    if (text.starts_with('[')) return true;
    name = name.substr(0, colon);
    return !name.empty() && made_of(name, {letters, digits, "-._~!$&'()*+;="});
}

void to_origin_form(http_request& request) {
    if (!has_scheme(request.target)) return;
    auto const  rest = request.target.substr(scheme.size());
    auto const  end = std::min(rest.find_first_of("/?"), rest.size());
    std::string host = rest.substr(0, end);
    if (!is_host(host)) fail(error::bad_http);
    request.target = rest.substr(end);
    if (!request.target.starts_with('/')) request.target.insert(0, 1, '/');
    for (auto& [name, value] : request.fields)
        if (lower(name) == "host") value = host;
}

}  // namespace runtime
