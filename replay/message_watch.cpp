#include "replay/message_watch.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <charconv>

namespace replay {

namespace {

std::string_view trimmed(std::string_view text) {
    auto const from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

void add_field(std::string_view line, runtime::http_fields& to) {
    auto const colon = line.find(':');
    if (colon == line.npos) return;
    to.emplace_back(std::string(line.substr(0, colon)),
                    std::string(trimmed(line.substr(colon + 1))));
}

bool same(std::string_view a, std::string_view b) { return boost::beast::iequals(a, b); }

}  // namespace

std::size_t message_watch::feed(std::string_view bytes, runtime::duration now) {
    std::size_t at = 0;
    while (at < bytes.size() && state_ != state::done) at += step(bytes.substr(at), now);
    return at;
}

// Up to and with the next line feed; the whole line is in `whole` once it is there.
std::size_t message_watch::line(std::string_view bytes, std::string& whole) {
    auto const end = bytes.find('\n');
    auto const n = end == bytes.npos ? bytes.size() : end + 1;
    text_ += bytes.substr(0, n);
    if (end == bytes.npos) return n;
    whole = std::move(text_);
    text_.clear();
    return n;
}

std::size_t message_watch::step(std::string_view bytes, runtime::duration now) {
    std::string whole;
    switch (state_) {
        case state::head: {
            auto const had = text_.size();
            text_ += bytes;
            auto const from = had < 3 ? 0 : had - 3;
            auto const end = text_.find("\r\n\r\n", from);
            if (end == text_.npos) return bytes.size();
            auto const n = end + 4 - had;
            text_.resize(end + 4);
            read_head(now);
            return n;
        }
        case state::length:
        case state::data: {
            auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            left_ -= n;
            take(bytes.substr(0, n), now, state_ == state::data ? left_ : 0);
            if (left_ == 0) state_ = state_ == state::data ? state::data_end : state::done;
            return n;
        }
        case state::size: {
            auto const n = line(bytes, whole);
            if (!whole.empty()) {
                text_ = std::move(whole);
                read_size();
            }
            return n;
        }
        case state::data_end: {
            auto const n = line(bytes, whole);
            if (!whole.empty()) state_ = whole == "\r\n" ? state::size : state::lost;
            return n;
        }
        case state::trailer: {
            auto const n = line(bytes, whole);
            if (whole == "\r\n")
                state_ = state::done;
            else if (!whole.empty())
                add_field(whole, trailers_);
            return n;
        }
        case state::until_close:
        case state::lost:
            take(bytes, now, 0);
            return bytes.size();
        case state::done:
            break;
    }
    return 0;
}

void message_watch::read_size() {
    auto const        line = std::string_view(text_);
    std::uint64_t     size = 0;
    auto const* const end = line.data() + line.size();
    auto const        read = std::from_chars(line.data(), end, size, 16);
    if (read.ec != std::errc()) {
        state_ = state::lost;
        return;
    }
    text_.clear();
    left_ = size;
    state_ = size == 0 ? state::trailer : state::data;
}

// A chunk that came in several reads is one piece, unless there was a pause within it.
void message_watch::take(std::string_view payload, runtime::duration now,
                         std::uint64_t still_open) {
    bool const framed = state_ == state::data;
    bool const one_read = !framed && !pieces_.empty() && pieces_.back().at == now;
    bool const goes_on = one_read || (chunk_begun_ && now - last_part_ < pause);
    if (!goes_on) pieces_.push_back({now, {}, 0});
    pieces_.back().at = now;
    pieces_.back().bytes += payload;
    pieces_.back().open = still_open;
    chunk_begun_ = still_open > 0;
    last_part_ = now;
}

void message_watch::read_head(runtime::duration now) {
    auto const  text = std::move(text_);
    std::size_t at = text.find("\r\n");
    auto const  first = std::string_view(text).substr(0, at);
    auto const  one = first.find(' ');
    auto const  two = one == first.npos ? first.npos : first.find(' ', one + 1);
    text_.clear();
    head_at_ = now;
    fields_.clear();
    start_[0] = first.substr(0, one);
    start_[1] = one == first.npos ? "" : first.substr(one + 1, two - one - 1);
    start_[2] = two == first.npos ? "" : first.substr(two + 1);
    for (at += 2; at < text.size();) {
        auto const end = text.find("\r\n", at);
        add_field(std::string_view(text).substr(at, end - at), fields_);
        at = end + 2;
    }
    bool const answer = what_ == kind::answer;
    if (answer && start_[1].size() == 3 && start_[1][0] == '1' && start_[1] != "101") return;
    auto const* length = runtime::find_field(fields_, "content-length");
    bool const  bodiless = no_body_ || (answer && (start_[1] == "204" || start_[1] == "304"));
    if (bodiless) {
        state_ = state::done;
    } else if (answer && start_[1] == "101") {
        state_ = state::lost;
    } else if (is_chunked(fields_)) {
        state_ = state::size;
    } else if (length) {
        auto const read = std::from_chars(length->data(), length->data() + length->size(), left_);
        if (read.ec != std::errc()) left_ = 0;
        state_ = left_ > 0 ? state::length : state::done;
    } else {
        state_ = answer ? state::until_close : state::done;
    }
}

bool message_watch::keep_alive() const {
    auto const* wish = runtime::find_field(fields_, "connection");
    if (wish && same(*wish, "close")) return false;
    bool const old = start_[what_ == kind::request ? 2 : 0] == "HTTP/1.0";
    return !old || (wish && same(*wish, "keep-alive"));
}

std::string message_watch::body() const {
    std::string whole;
    for (auto const& p : pieces_) whole += p.bytes;
    return whole;
}

}  // namespace replay
