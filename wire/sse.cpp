#include "wire/sse.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"

namespace wire {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::size_t find(std::string_view bytes, char wanted, std::size_t from) {
    if (from >= bytes.size()) return bytes.size();
    void const* const at = std::memchr(bytes.data() + from, wanted, bytes.size() - from);
    return at ? static_cast<std::size_t>(static_cast<char const*>(at) - bytes.data())
              : bytes.size();
}

// Appends `value`, mended only if it has to be.
void append_utf8(std::string& out, std::string_view value) {
    if (is_utf8(value))
        out.append(value);
    else
        out.append(to_utf8(value));
}

bool all_digits(std::string_view value) {
    return !value.empty() &&
           std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

// A type or an id that held a line end would write fields of its own.
void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    for (char const c : value)
        if (c != '\r' && c != '\n' && c != '\0') out += c;
    out += '\n';
}

}  // namespace

sse_parser::sse_parser(sink on_event, std::size_t event_size_max)
    : on_event_(std::move(on_event)), event_size_max_(event_size_max) {}

void sse_parser::on_comment(comment_sink told) { on_comment_ = std::move(told); }

void sse_parser::on_stray(comment_sink told) { on_stray_ = std::move(told); }

bool sse_parser::at_boundary() const { return line_.empty() && !pending_ && bom_seen_ <= 0; }

std::string_view sse_parser::after_mark(std::string_view bytes) {
    while (bom_seen_ >= 0 && !bytes.empty()) {
        auto const seen = static_cast<std::size_t>(bom_seen_);
        if (bytes.front() != byte_order_mark[seen]) {
            line_.append(byte_order_mark.substr(0, seen));  // it was no mark after all
            bom_seen_ = -1;
        } else {
            bytes.remove_prefix(1);
            bom_seen_ = seen + 1 == byte_order_mark.size() ? -1 : bom_seen_ + 1;
        }
    }
    return bytes;
}

void sse_parser::feed(std::string_view bytes) {
    bytes = after_mark(bytes);
    if (bytes.empty()) return;
    std::size_t at = 0;
    if (after_cr_) {
        after_cr_ = false;
        if (bytes.front() == '\n') at = 1;
    }
    // Each of the two is looked for once and not again before it has been passed: a body that
    // knows only one of them would cost the square of its size otherwise.
    std::size_t next_lf = find(bytes, '\n', at);
    std::size_t next_cr = find(bytes, '\r', at);
    for (;;) {
        std::size_t const end = std::min(next_lf, next_cr);
        std::size_t const size = line_.size() + (end - at);
        if (size > event_size_max_)
            fail(error::event_too_large,
                 "a line of more than " + std::to_string(event_size_max_) + " bytes");
        auto const piece = bytes.substr(at, end - at);
        if (end == bytes.size()) {
            line_.append(piece);
            return;
        }
        if (line_.empty()) {
            line(piece);
        } else {
            line_.append(piece);
            line(line_);
            line_.clear();
        }
        at = end + 1;
        if (end == next_cr) {
            if (at == bytes.size())
                after_cr_ = true;
            else if (bytes[at] == '\n')
                ++at;
            next_cr = find(bytes, '\r', at);
        }
        if (next_lf < at) next_lf = find(bytes, '\n', at);
    }
}

void sse_parser::line(std::string_view line) {
    if (line.empty()) return dispatch();
    auto const colon = line.find(':');
    if (colon == 0) {
        if (on_comment_) on_comment_(line.substr(1));
        return;
    }
    auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (!field(line.substr(0, colon), value) && on_stray_) on_stray_(line);
}

bool sse_parser::field(std::string_view name, std::string_view value) {
    if (name == "data") {
        if (has_data_) event_.data += '\n';
        append_utf8(event_.data, value);
        if (event_.data.size() > event_size_max_)
            fail(error::event_too_large,
                 "an event of more than " + std::to_string(event_size_max_) + " bytes");
        has_data_ = pending_ = true;
    } else if (name == "event") {
        event_.type.clear();
        append_utf8(event_.type, value);
        pending_ = true;
    } else if (name == "id") {
        if (value.find('\0') != value.npos) return true;
        next_id_.clear();
        append_utf8(next_id_, value);
        pending_ = true;
    } else if (name == "retry") {
        // Seventeen digits are three million years; more would overflow.
        if (all_digits(value))
            retry_ = value.size() > 17 ? LONG_MAX : std::stol(std::string(value));
    } else {
        return false;
    }
    return true;
}

std::string sse_parser::rest() const {
    constexpr std::string_view name = "data:";
    bool const                 more = line_.starts_with(name);
    if (!has_data_ && !more) return line_;
    std::string data = has_data_ ? event_.data : std::string();
    if (!more) return data;
    auto value = std::string_view(line_).substr(name.size());
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (has_data_) data += '\n';
    append_utf8(data, value);
    return data;
}

void sse_parser::dispatch() {
    pending_ = false;
    event_.id = next_id_;
    if (has_data_) {
        if (event_.type.empty()) event_.type = "message";
        on_event_(event_);
    }
    has_data_ = false;
    event_.type.clear();
    event_.data.clear();
}

std::string to_sse(std::string_view data, std::string_view type, std::string_view id) {
    std::string out;
    out.reserve(data.size() + type.size() + id.size() + 32);
    if (!type.empty()) append_field(out, "event", type);
    if (!id.empty()) append_field(out, "id", id);
    for (std::size_t at = 0;;) {
        std::size_t const end = std::min(find(data, '\n', at), find(data, '\r', at));
        out.append("data: ").append(data.substr(at, end - at)) += '\n';
        if (end == data.size()) break;
        at = end + (data.substr(end, 2) == "\r\n" ? 2 : 1);
    }
    return out += '\n';
}

std::string to_sse_comment(std::string_view words) {
    std::string out = ": ";
    for (char const c : words) out += c == '\r' || c == '\n' ? ' ' : c;
    return out += "\n\n";
}

}  // namespace wire
