#pragma once

#include "runtime/clock.hpp"

namespace runtime {

// Another clock, so many times faster: a limit of ten minutes is met within seconds on real
// sockets. What is measured with it has that many times the machine's own uncertainty.
class scaled_clock final : public runtime::clock {
public:
    scaled_clock(runtime::clock& base, std::int64_t factor)
        : scaled_clock(base, factor, base.now()) {}
    // Several that begin at one time of their bases tell the same.
    scaled_clock(runtime::clock& base, std::int64_t factor, time_point beginning)
        : base_(base), factor_(factor), beginning_(beginning), next_(*this) {}

    time_point   now() const override { return beginning_ + (base_.now() - beginning_) * factor_; }
    std::int64_t unix_seconds() const override { return base_.unix_seconds(); }
    std::int64_t factor() const { return factor_; }

private:
    class ringer final : public alarm {
    public:
        explicit ringer(scaled_clock& owner) : alarm(owner.base_), owner_(owner) {}

    private:
        void ring() override {
            owner_.ring_due(owner_.now());
            owner_.earliest_changed();
        }
        scaled_clock& owner_;
    };

    void earliest_changed() override {
        auto const due = earliest();
        if (!due) return next_.stop();
        // Rounded up: an alarm never rings early.
        auto const away = (*due - beginning_ + duration(factor_ - 1)) / factor_;
        next_.set(beginning_ + away);
    }

    runtime::clock& base_;
    std::int64_t    factor_;
    time_point      beginning_;
    ringer          next_;
};

}  // namespace runtime
