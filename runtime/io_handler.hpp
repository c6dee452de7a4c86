#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "runtime/loop_watch.hpp"

namespace runtime {

namespace asio = boost::asio;
using boost::system::error_code;

// A completion handler, its type forgotten, in one pointer: what lets `stream` be a virtual
// interface and still take any completion token without an allocation that Asio would not
// have made anyway (bench/seam_bench.cpp).
//
// Called once, or dropped uncalled. The memory is the handler's own (its associated
// allocator) and is given back before the call, so the next operation can reuse it.
class io_handler {
public:
    using executor_type = asio::any_io_executor;
    using cancellation_slot_type = asio::cancellation_slot;

    io_handler() = default;

    template <class Handler>
        requires(!std::same_as<std::decay_t<Handler>, io_handler>)
    io_handler(Handler&& handler, asio::any_io_executor const& fallback)
        : held_(holder<std::decay_t<Handler>>::make(std::forward<Handler>(handler), fallback)) {}

    io_handler(io_handler&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    io_handler& operator=(io_handler&& other) noexcept {
        if (this != &other) {
            drop();
            held_ = std::exchange(other.held_, nullptr);
        }
        return *this;
    }
    ~io_handler() { drop(); }

    explicit operator bool() const { return held_ != nullptr; }

    void operator()(error_code ec, std::size_t n = 0) {
        auto* held = std::exchange(held_, nullptr);
        held->end(held, &ec, n);
    }

    executor_type          get_executor() const { return held_->executor; }
    cancellation_slot_type get_cancellation_slot() const { return held_->slot; }

private:
    struct held {
        void (*end)(held*, error_code const*, std::size_t);  // null error: drop it uncalled
        asio::any_io_executor   executor;
        asio::cancellation_slot slot;
    };

    template <class Handler>
    struct holder : held {
        using allocator = typename std::allocator_traits<asio::associated_allocator_t<
            Handler, asio::recycling_allocator<void>>>::template rebind_alloc<holder>;

        Handler handler;

        template <class H>
        holder(H&& h, asio::any_io_executor const& fallback)
            : held{&finish, asio::get_associated_executor(h, fallback),
                   asio::get_associated_cancellation_slot(h)},
              handler(std::forward<H>(h)) {}

        template <class H>
        static holder* make(H&& h, asio::any_io_executor const& fallback) {
            allocator memory(asio::get_associated_allocator(h, asio::recycling_allocator<void>()));
            auto*     at = std::allocator_traits<allocator>::allocate(memory, 1);
            return ::new (static_cast<void*>(at)) holder(std::forward<H>(h), fallback);
        }

        static void finish(held* base, error_code const* ec, std::size_t n) {
            auto*     self = static_cast<holder*>(base);
            allocator memory(
                asio::get_associated_allocator(self->handler, asio::recycling_allocator<void>()));
            Handler          handler(std::move(self->handler));
            error_code const result = ec ? *ec : error_code();
            self->~holder();
            std::allocator_traits<allocator>::deallocate(memory, self, 1);
            if (!ec) return;
            measured_handler const here;
            std::move(handler)(result, n);
        }
    };

    void drop() {
        if (auto* held = std::exchange(held_, nullptr)) held->end(held, nullptr, 0);
    }

    held* held_ = nullptr;
};

}  // namespace runtime
