#pragma once

#include <memory>
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

// What lies before the mark arrives; instead of all behind it comes its end, if it has one.
class cut_at_byte final : public fault {
public:
    cut_at_byte(std::size_t after, std::optional<parcel::kind> end) : mark_(after), end_(end) {}

    std::vector<parcel> pass(parcel sent) override {
        if (mark_.passed()) return {};
        auto [before, behind] = mark_.split(std::move(sent));
        std::vector<parcel> arriving;
        if (before) arriving.push_back(std::move(*before));
        if (behind && end_) arriving.push_back({behind->due, {}, *end_});
        return arriving;
    }

    static constexpr char usage[] = "after BYTES";

    static std::unique_ptr<fault> read(fault_words const& words, std::optional<parcel::kind> end) {
        fault_reader reader(words, usage);
        auto const   after = reader.bytes("after");
        reader.done();
        return std::make_unique<cut_at_byte>(after, end);
    }

private:
    byte_mark                   mark_;
    std::optional<parcel::kind> end_;
};

}  // namespace runtime
