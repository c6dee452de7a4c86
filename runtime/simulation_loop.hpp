#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <deque>
#include <functional>

#include "runtime/clock.hpp"
#include "runtime/entropy.hpp"
#include "runtime/simulation.hpp"

namespace runtime {

// The ready queue and the jumping clock of a simulation, and the Asio executor over them.
class simulation_loop final : public runtime::clock {
public:
    explicit simulation_loop(simulation_options const&);
    ~simulation_loop();  // drops what is still ready, without running it

    time_point   now() const override { return now_; }
    std::int64_t unix_seconds() const override;

    class executor_type;
    executor_type executor();

    simulation::ended run(std::function<bool()> const& until);

    loop_watch    watch;
    std::uint64_t steps = 0;
    bool          running = false;

    // Work to do, its type forgotten. `run` false drops it.
    struct ready_work {
        void (*finish)(ready_work*, bool run);
        std::uint64_t since;  // steps done when it became ready
    };
    void make_ready(ready_work*);

    asio::io_context services;  // a registry of Asio services; never run

private:
    void        earliest_changed() override {}
    ready_work* take();
    void        run_one();

    simulation_options      options_;
    entropy                 order_;
    time_point              now_ = simulation::beginning;
    std::deque<ready_work*> ready_;
};

class simulation_loop::executor_type {
public:
    explicit executor_type(simulation_loop& loop, bool inline_allowed = true)
        : loop_(&loop), inline_allowed_(inline_allowed) {}

    bool operator==(executor_type const&) const noexcept = default;

    asio::execution_context& query(asio::execution::context_t) const noexcept {
        return loop_->services;
    }
    asio::execution::blocking_t query(asio::execution::blocking_t) const noexcept {
        if (inline_allowed_) return asio::execution::blocking.possibly;
        return asio::execution::blocking.never;
    }
    executor_type require(asio::execution::blocking_t::possibly_t) const {
        return executor_type(*loop_, true);
    }
    executor_type require(asio::execution::blocking_t::never_t) const {
        return executor_type(*loop_, false);
    }

    // As on an io_context: dispatch from inside a handler runs at once, all else is queued.
    template <class F>
    void execute(F&& f) const {
        if (inline_allowed_ && loop_->running) {
            auto work = std::forward<F>(f);
            work();
            return;
        }
        loop_->make_ready(holder<std::decay_t<F>>::make(std::forward<F>(f)));
    }

private:
    template <class F>
    struct holder : ready_work {
        using allocator = asio::recycling_allocator<holder>;
        F work;

        template <class G>
        explicit holder(G&& g) : ready_work{&end, 0}, work(std::forward<G>(g)) {}

        template <class G>
        static holder* make(G&& g) {
            auto* at = allocator().allocate(1);
            return ::new (static_cast<void*>(at)) holder(std::forward<G>(g));
        }

        static void end(ready_work* base, bool run) {
            auto* self = static_cast<holder*>(base);
            F     work(std::move(self->work));
            self->~holder();
            allocator().deallocate(self, 1);
            if (run) work();
        }
    };

    simulation_loop* loop_;
    bool             inline_allowed_;
};

}  // namespace runtime
