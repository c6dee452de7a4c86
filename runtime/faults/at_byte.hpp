#pragma once

#include <optional>
#include <utility>

#include "runtime/faults.hpp"

namespace runtime {

// Counts the bytes of one direction up to a mark, and cuts the parcel that crosses it in two.
class byte_mark {
public:
    explicit byte_mark(std::size_t after) : left_(after) {}

    bool passed() const { return passed_; }

    // What lies before the mark, if anything does, and what lies behind it, if the mark has
    // been reached. A parcel that ends on the mark has reached it: what is behind is empty.
    std::pair<std::optional<parcel>, std::optional<parcel>> split(parcel sent) {
        if (passed_) return {std::nullopt, std::move(sent)};
        if (sent.bytes.size() < left_) {
            left_ -= sent.bytes.size();
            return {std::move(sent), std::nullopt};
        }
        passed_ = true;
        parcel behind{sent.due, sent.bytes.substr(left_), sent.what};
        sent.bytes.resize(left_);
        left_ = 0;
        std::optional<parcel> before;
        if (!sent.bytes.empty()) before = std::move(sent);
        return {std::move(before), std::move(behind)};
    }

private:
    std::size_t left_;
    bool        passed_ = false;
};

}  // namespace runtime
