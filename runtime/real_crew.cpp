#include "runtime/real_crew.hpp"

#include "runtime/real_stopwatch.hpp"

namespace runtime {

real_crew::real_crew(tls_options options)
    : began_(wall_nanoseconds()), options_(std::move(options)) {
    if (options_.read_at_start) trust();
}

std::shared_ptr<tls_client> real_crew::trust() {
    std::lock_guard const held(lock_);
    if (!trust_) trust_ = std::make_shared<tls_client>(options_);
    return trust_;
}

bool real_crew::takes_port(std::string const& at) {
    std::lock_guard const held(lock_);
    return !ports_.insert(at).second;
}

void real_crew::open(std::string const& name, std::weak_ptr<inner_door> door) {
    std::lock_guard const held(lock_);
    doors_[name] = std::move(door);
}

void real_crew::shut(std::string const& name) {
    std::lock_guard const held(lock_);
    doors_.erase(name);
}

bool real_crew::knock(std::string const& name, int descriptor) {
    std::lock_guard const held(lock_);
    auto const            found = doors_.find(name);
    auto const            door = found == doors_.end() ? nullptr : found->second.lock();
    if (!door) return false;
    door->arrive(descriptor);
    return true;
}

}  // namespace runtime
