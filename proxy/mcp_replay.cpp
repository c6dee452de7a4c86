#include "proxy/mcp_replay.hpp"

#include <algorithm>

#include "wire/json_slices.hpp"
#include "wire/sse.hpp"

namespace proxy {

std::string mcp_replay::id_of(std::uint64_t event) const {
    return std::to_string(stream_) + '-' + std::to_string(event);
}

void mcp_replay::keep(std::string message) {
    auto const id = resumable_ ? id_of(last_ + 1) : std::string();
    auto       bytes = wire::to_sse(wire::on_one_line(std::move(message)), "message", id);
    ++last_;
    size_ += bytes.size();
    kept_.push_back({last_, std::move(bytes)});
    // One is kept always, however long it is.
    while (size_ > size_max_ && kept_.size() > 1 &&
           (!attached() || kept_.front().number <= sent_)) {
        size_ -= kept_.front().bytes.size();
        kept_.pop_front();
    }
    changed.ring();
}

runtime::awaitable<void> mcp_replay::add(std::string message) {
    auto const is_full = [&] {
        return attached() && size_ > size_max_ && kept_.front().number > sent_;
    };
    while (!finished_ && is_full()) co_await changed.wait();
    if (!finished_) keep(std::move(message));
}

void mcp_replay::answer(std::string message) {
    if (finished_) return;
    if (!message.empty()) keep(std::move(message));
    if (expected_ > 0 && --expected_ == 0) finish();
}

void mcp_replay::finish() {
    finished_ = true;
    changed.ring();
}

std::optional<std::uint64_t> mcp_replay::attach(std::uint64_t behind) {
    bool const forgotten = behind + 1 <= last_ && next(behind)->number != behind + 1;
    if (behind > last_ || forgotten) return std::nullopt;
    sent_ = behind;
    reader_ = ++reader_count_;
    changed.ring();
    return reader_;
}

void mcp_replay::detach(std::uint64_t reader) {
    if (!reads(reader)) return;
    reader_ = 0;
    changed.ring();
}

mcp_replay::event const* mcp_replay::next(std::uint64_t behind) const {
    auto const found =
        std::upper_bound(kept_.begin(), kept_.end(), behind,
                         [](std::uint64_t number, event const& e) { return number < e.number; });
    return found == kept_.end() ? nullptr : &*found;
}

std::uint64_t mcp_replay::fresh() const {
    auto const* oldest = next(sent_);
    return oldest ? oldest->number - 1 : sent_;
}

void mcp_replay::sent(std::uint64_t event) {
    sent_ = std::max(sent_, event);
    while (!resumable_ && !kept_.empty() && kept_.front().number <= sent_) {
        size_ -= kept_.front().bytes.size();
        kept_.pop_front();
    }
    changed.ring();
}

}  // namespace proxy
