#include "runtime/faults.hpp"

#include <array>
#include <charconv>

namespace runtime {

// One row per file in runtime/faults/.
fault_row slice(), shred(), latency(), bandwidth(), delay(), stall(), half_close(), reset(), drop();

std::span<fault_row const> faults() {
    static std::array const all{slice(), shred(), latency(),    bandwidth(), delay(),
                                stall(), reset(), half_close(), drop()};
    return all;
}

fault_row const* find_fault(std::string_view name) {
    for (auto const& row : faults())
        if (name == row.name) return &row;
    return nullptr;
}

void fault_reader::refuse() const { throw bad_fault(usage_); }

void fault_reader::done() const {
    if (!words_.empty()) refuse();
}

std::string fault_reader::take(std::string_view name) {
    for (std::size_t i = 0; i + 1 < words_.size(); ++i)
        if (words_[i] == name) {
            auto value = words_[i + 1];
            words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(i),
                         words_.begin() + static_cast<std::ptrdiff_t>(i + 2));
            return value;
        }
    return {};
}

namespace {

bool read_number(std::string const& text, std::size_t& into) {
    auto const* end = text.data() + text.size();
    auto const  read = std::from_chars(text.data(), end, into);
    return !text.empty() && read.ec == std::errc() && read.ptr == end;
}

}  // namespace

std::size_t fault_reader::bytes(std::string_view name) {
    std::size_t n = 0;
    if (!read_number(take(name), n)) refuse();
    return n;
}

std::size_t fault_reader::first_number() {
    std::size_t n = 0;
    if (words_.empty() || !read_number(words_.front(), n)) refuse();
    words_.erase(words_.begin());
    return n;
}

duration fault_reader::first_time() {
    if (words_.empty()) refuse();
    auto const d = parse_duration(words_.front());
    if (!d) refuse();
    words_.erase(words_.begin());
    return *d;
}

duration fault_reader::time(std::string_view name, duration otherwise) {
    auto const text = take(name);
    if (text.empty()) return otherwise;
    auto const d = parse_duration(text);
    if (!d) refuse();
    return *d;
}

}  // namespace runtime
