#include "replay/redaction.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <cctype>

#include "wire/event_stream.hpp"

namespace replay {

namespace {

constexpr std::string_view word = "REDACTED";
constexpr char const*      in_place = "[redacted]";

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_key_byte(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }
bool is_token_byte(char c) {
    return is_key_byte(c) || std::string_view(".~+/=").find(c) != std::string_view::npos;
}

void mask(std::string& text, std::size_t at, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        text[at + i] = i < word.size() && size >= word.size() ? word[i] : '*';
}

// A secret too short for the word is all stars, and stands alone in its quotes or parameter.
bool is_whole_value(std::string_view text, std::size_t at, std::size_t end) {
    bool const begins = at > 0 && (text[at - 1] == '"' || text[at - 1] == '=');
    bool const ends = end == text.size() || text[end] == '"' || text[end] == '&';
    return begins && ends && end - at < word.size();
}

// The form of a known key: how it begins, and how many bytes of it follow at least.
struct form {
    std::string_view prefix;
    std::size_t      size_min;
    bool (*belongs)(char);
};
constexpr std::array forms{
    form{"sk-", 8, is_key_byte},          form{"AIza", 20, is_key_byte},
    form{"AKIA", 12, is_key_byte},        form{"ASIA", 12, is_key_byte},
    form{"ghp_", 16, is_key_byte},        form{"gho_", 16, is_key_byte},
    form{"ghs_", 16, is_key_byte},        form{"ghu_", 16, is_key_byte},
    form{"github_pat_", 16, is_key_byte}, form{"gsk_", 16, is_key_byte},
    form{"xai-", 16, is_key_byte},        form{"hf_", 16, is_key_byte},
    form{"pplx-", 16, is_key_byte},       form{"xoxb-", 10, is_key_byte},
    form{"xoxp-", 10, is_key_byte},       form{"Bearer ", 8, is_token_byte},
    form{"bearer ", 8, is_token_byte},
};

// Where a word may begin: not inside of one ("task-..."), but behind an escape ("\nsk-...").
bool begins_here(std::string const& text, std::size_t at) {
    if (at == 0 || !is_letter_or_digit(text[at - 1])) return true;
    return at >= 2 && text[at - 2] == '\\' &&
           std::string_view("nrtbf").find(text[at - 1]) != std::string_view::npos;
}

constexpr std::array always{"api_key",       "apikey",           "api-key",  "x-api-key",
                            "access_token",  "refresh_token",    "password", "client_secret",
                            "authorization", "secret_access_key"};

constexpr std::array headers{"authorization", "proxy-authorization", "cookie", "set-cookie"};
constexpr std::array header_ends{"api-key", "api_key", "-token", "-secret"};

}  // namespace

redaction::redaction(std::vector<std::string> names) : names_(std::move(names)) {}

bool redaction::is_secret_header(std::string_view name) const {
    auto const is = [&](std::string_view other) { return boost::beast::iequals(name, other); };
    auto const ends = [&](std::string_view end) {
        return name.size() >= end.size() &&
               boost::beast::iequals(name.substr(name.size() - end.size()), end);
    };
    return std::any_of(headers.begin(), headers.end(), is) ||
           std::any_of(header_ends.begin(), header_ends.end(), ends) ||
           std::any_of(names_.begin(), names_.end(), is);
}

void redaction::clean(runtime::http_fields& fields) const {
    for (auto& [name, value] : fields) {
        if (!is_secret_header(name)) {
            clean_text(value);
            continue;
        }
        auto const blank = value.find(' ');
        auto const scheme = value.substr(0, blank);
        bool const kept = blank != value.npos && (boost::beast::iequals(scheme, "bearer") ||
                                                  boost::beast::iequals(scheme, "basic"));
        value = kept ? scheme + ' ' + in_place : in_place;
    }
}

std::string redaction::clean_target(std::string target) const {
    if (target.find('?') == target.npos) return target;
    clean_named(target, "key");
    clean_text(target);
    return target;
}

void redaction::clean_forms(std::string& text) const {
    for (auto const& f : forms)
        for (auto at = text.find(f.prefix); at != text.npos; at = text.find(f.prefix, at + 1)) {
            auto const from = at + f.prefix.size();
            auto       end = from;
            while (end < text.size() && f.belongs(text[end])) ++end;
            if (end - from >= f.size_min && begins_here(text, at)) mask(text, from, end - from);
        }
}

// What stands behind `"name": "`, `\"name\":\"`, `name=` or `name: `.
void redaction::clean_named(std::string& text, std::string_view name) const {
    auto const same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    auto from = text.begin();
    for (;;) {
        auto const found = std::search(from, text.end(), name.begin(), name.end(), same);
        if (found == text.end()) return;
        auto at = static_cast<std::size_t>(found - text.begin());
        from = found + 1;
        if (!begins_here(text, at)) continue;
        at += name.size();
        while (at < text.size() &&
               std::string_view("\\\"' ").find(text[at]) != std::string_view::npos)
            ++at;
        if (at >= text.size() || (text[at] != ':' && text[at] != '=')) continue;
        ++at;
        bool quoted = false;
        while (at < text.size() &&
               std::string_view("\\\"' ").find(text[at]) != std::string_view::npos)
            quoted = text[at++] != ' ' || quoted;
        auto const ends =
            quoted ? std::string_view("\\\"'\r\n") : std::string_view(" \\\"'&,;{}[]\r\n");
        auto const end = std::min(text.find_first_of(ends, at), text.size());
        auto const value = std::string_view(text).substr(at, end - at);
        bool const said = value != "null" && value != "true" && value != "false";
        if (!value.empty() && (quoted || said)) mask(text, at, end - at);
    }
}

void redaction::clean_text(std::string& text) const {
    clean_forms(text);
    for (auto const* name : always) clean_named(text, name);
    for (auto const& name : names_) clean_named(text, name);
}

void redaction::clean(request& asked) const {
    asked.target = clean_target(std::move(asked.target));
    clean(asked.fields);
    clean_text(asked.body);
}

// A secret may lie across the border of two chunks.
void redaction::clean(answer& given) const {
    clean(given.fields);
    clean(given.trailers);
    auto       whole = body_of(given);
    auto const was = whole;
    clean_text(whole);
    auto const* type = runtime::find_field(given.fields, "content-type");
    if (whole != was && type && *type == wire::content_type(wire::framing::event_stream))
        wire::mend_checksums(whole);
    std::size_t at = 0;
    for (auto& p : given.pieces) {
        p.bytes = whole.substr(at, p.bytes.size());
        at += p.bytes.size();
    }
}

void redaction::clean(exchange& x) const {
    clean(x.asked);
    clean(x.answered);
}

std::string without_mask_lengths(std::string_view text) {
    std::string short_one;
    for (std::size_t at = 0; at < text.size();) {
        bool const named = text.substr(at).starts_with(word);
        auto       end = named ? at + word.size() : at;
        while (end < text.size() && text[end] == '*') ++end;
        if (named || (end > at && is_whole_value(text, at, end))) {
            short_one += word;
            at = end;
            continue;
        }
        short_one += text[at++];
    }
    return short_one;
}

}  // namespace replay
