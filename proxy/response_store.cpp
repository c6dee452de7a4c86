#include "proxy/response_store.hpp"

#include "wire/json_members.hpp"

namespace proxy {

void response_store::keep(std::string const& id, kept_response what) {
    auto const bytes =
        wire::dump(what.messages).size() + wire::dump(what.input).size() + what.body.size();
    auto                  kept = std::make_shared<kept_response const>(std::move(what));
    std::lock_guard const held(lock_);
    // One that would push out all others is not kept at all.
    if (bytes > bytes_max_ || count_max_ == 0 || by_id_.contains(id)) return;
    bytes_ += bytes;
    by_id_.emplace(id, place{std::move(kept), bytes});
    order_.push_back(id);
    while (by_id_.size() > count_max_ || bytes_ > bytes_max_) drop_oldest();
}

std::shared_ptr<kept_response const> response_store::find(std::string const& id,
                                                          std::string const& owner) const {
    std::lock_guard const held(lock_);
    auto const            found = by_id_.find(id);
    if (found == by_id_.end() || found->second.what->owner != owner) return nullptr;
    return found->second.what;
}

std::size_t response_store::size() const {
    std::lock_guard const held(lock_);
    return by_id_.size();
}

void response_store::forget(std::string const& id) {
    std::lock_guard const held(lock_);
    erase(id);
}

void response_store::erase(std::string const& id) {
    auto const found = by_id_.find(id);
    if (found == by_id_.end()) return;
    bytes_ -= found->second.bytes;
    by_id_.erase(found);
    std::erase(order_, id);
}

void response_store::drop_oldest() {
    auto const oldest = order_.front();
    erase(oldest);
}

}  // namespace proxy
