#include "proxy/mcp_headers.hpp"

#include <algorithm>
#include <charconv>

namespace proxy {

namespace {

std::string_view trimmed(std::string_view text) {
    auto const from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string lower(std::string_view text) {
    std::string made(text);
    for (char& c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return made;
}

bool listed(std::vector<std::string> const& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](auto const& one) { return one == "*" || lower(one) == lower(name); });
}

// "host:port" without the port, "[::1]:80" as "::1".
std::string host_alone(std::string_view text) {
    if (text.starts_with('[')) return std::string(text.substr(1, text.find(']') - 1));
    return std::string(text.substr(0, text.find(':')));
}

bool same_host(std::string_view text, config const& c) {
    auto const name = lower(host_alone(text));
    if (is_loopback(c.listen.host)) return name == "localhost" || is_loopback(name);
    return name == lower(c.listen.host);
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const    end = text.data() + text.size();
    auto const [stopped, why] = std::from_chars(text.data(), end, value);
    if (why != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

std::vector<std::string> words_of_list(std::string_view header) {
    std::vector<std::string> words;
    while (!header.empty()) {
        auto const end = header.find(',');
        auto const word = trimmed(header.substr(0, end));
        if (!word.empty()) words.emplace_back(word);
        header = end == header.npos ? std::string_view() : header.substr(end + 1);
    }
    return words;
}

std::string media_type(std::string_view text) {
    return lower(trimmed(text.substr(0, text.find(';'))));
}

bool accepts(std::string_view header, std::string_view type) {
    auto const group = std::string(type.substr(0, type.find('/'))) + "/*";
    for (auto const& word : words_of_list(header)) {
        auto const named = media_type(word);
        if (named == type || named == "*/*" || named == group) return true;
    }
    return false;
}

bool is_own_origin(std::string_view origin, config const& c) {
    if (listed(c.allowed_origins, origin)) return true;
    auto const scheme_end = origin.find("://");
    if (scheme_end == origin.npos) return false;  // "null" among them
    return same_host(origin.substr(scheme_end + 3), c);
}

bool is_own_host(std::string_view host, config const& c) {
    if (listed(c.allowed_hosts, host) || listed(c.allowed_hosts, host_alone(host))) return true;
    // Names of a machine that others reach are its owner's affair.
    return !is_loopback(c.listen.host) || same_host(host, c);
}

std::optional<event_id> read_event_id(std::string_view text) {
    auto const mark = text.find('-');
    if (mark == text.npos) return std::nullopt;
    auto const stream = number(text.substr(0, mark));
    auto const event = number(text.substr(mark + 1));
    if (!stream || !event) return std::nullopt;
    return event_id{*stream, *event};
}

}  // namespace proxy
