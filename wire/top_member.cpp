#include "wire/top_member.hpp"

namespace wire {

void top_member::feed(std::string_view bytes) {
    for (char const c : bytes) byte(c);
}

void top_member::keep(char c) {
    constexpr std::size_t size_max = 512;
    if (depth_ != 1 || !(is_key_ || wanted_)) return;
    if (token_.size() < size_max)
        token_ += c;
    else
        wanted_ = false;
}

void top_member::byte(char c) {
    if (in_text_) {
        keep(c);
        if (c == '"' && !escaped_) in_text_ = false;
        escaped_ = c == '\\' && !escaped_;
        return;
    }
    bool const ends = depth_ == 1 && (c == ',' || c == '}');
    if (ends && wanted_ && !value_ && !token_.empty()) value_ = token_;
    switch (c) {
        case '"':
            in_text_ = true;
            keep(c);
            return;
        case '{':
        case '[':
            wanted_ = false;
            is_key_ = ++depth_ == 1 && c == '{';
            token_.clear();
            return;
        case '}':
        case ']':
            if (depth_ > 0) --depth_;
            is_key_ = false;
            return;
        case ',':
            if (depth_ != 1) return;
            is_key_ = true;
            wanted_ = false;
            token_.clear();
            return;
        case ':':
            if (depth_ != 1) return;
            wanted_ = token_ == name_;
            seen_ = seen_ || wanted_;
            is_key_ = false;
            token_.clear();
            return;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            return;
        default:
            keep(c);
    }
}

}  // namespace wire
