// What becomes of the event loop and of those who share it.

#include <poll.h>

#include "scenarios/planted/relaying.hpp"

namespace scenario::planting {

namespace {

// Takes whatever the gateway writes, whether or not the client reads it.
class unbounded_queue final : public seam {
public:
    using seam::seam;

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const&,
                                            std::unique_ptr<runtime::stream> s) override {
        if (whose != peer::client) return s;
        return std::make_unique<hoard>(std::move(s));
    }

private:
    class hoard final : public forwarding_stream {
    public:
        using forwarding_stream::forwarding_stream;
        ~hoard() override { *alive_ = false; }

        void start_write(std::span<runtime::asio::const_buffer const> from,
                         runtime::io_handler                          done) override {
            std::size_t size = 0;
            for (auto const& b : from) {
                queue_.append(static_cast<char const*>(b.data()), b.size());
                size += b.size();
            }
            auto const executor = done.get_executor();
            runtime::asio::post(executor,
                                [taken = std::move(done), size]() mutable { taken({}, size); });
            pump();
        }

    private:
        void pump() {
            if (!going_.empty() || queue_.empty()) return;
            going_.swap(queue_);
            auto went = [this, alive = alive_](runtime::error_code why, std::size_t) {
                if (!*alive) return;
                going_.clear();
                if (!why) pump();
            };
            runtime::asio::const_buffer const                  one(going_.data(), going_.size());
            std::span<runtime::asio::const_buffer const> const all(&one, 1);
            inner_->start_write(all, runtime::io_handler(std::move(went), inner_->executor()));
        }

        std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
        std::string           queue_;
        std::string           going_;
    };
};

// Waits in the kernel while everybody else waits for the loop.
class blocks final : public seam {
public:
    using seam::seam;

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const&,
                                            std::unique_ptr<runtime::stream> s) override {
        if (whose == peer::provider) ::poll(nullptr, 0, 40);
        return s;
    }
};

class nests final : public seam {
public:
    using seam::seam;

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const&,
                                            std::unique_ptr<runtime::stream> s) override {
        if (whose == peer::server) run_loop();
        return s;
    }
};

// One pen for all: while somebody does not read, nobody is written to.
class convoy final : public relaying_seam {
public:
    explicit convoy(seam_ground g) : relaying_seam(std::move(g), peer::client) {}

protected:
    // Seen from here the gateway's side is the one that speaks.
    runtime::awaitable<void> outwards(connection& c) override {
        std::string piece(16 * 1024, '\0');
        for (;;) {
            auto const n = co_await c.inside->read(runtime::asio::buffer(piece));
            if (n == 0) throw boost::system::system_error(boost::asio::error::eof);
            while (busy_) co_await freed_.wait();
            turn const mine(*this);
            co_await c.outside->write(std::string_view(piece).substr(0, n));
        }
    }

private:
    struct turn {
        convoy& all;
        explicit turn(convoy& c) : all(c) { all.busy_ = true; }
        ~turn() {
            all.busy_ = false;
            all.freed_.ring();
        }
    };

    bool          busy_ = false;
    runtime::bell freed_;
};

// The next client is let in when the one before has gone.
class one_at_a_time final : public seam {
public:
    using seam::seam;

    runtime::awaitable<std::unique_ptr<runtime::stream>> accept(runtime::listener& at) override {
        while (busy_) co_await freed_.wait();
        auto accepted = co_await at.accept();
        busy_ = true;
        co_return std::make_unique<guest>(std::move(accepted), *this);
    }

private:
    class guest final : public forwarding_stream {
    public:
        guest(std::unique_ptr<runtime::stream> s, one_at_a_time& d)
            : forwarding_stream(std::move(s)), door_(d) {}
        ~guest() override {
            door_.busy_ = false;
            door_.freed_.ring();
        }

    private:
        one_at_a_time& door_;
    };

    bool          busy_ = false;
    runtime::bell freed_;
};

}  // namespace

std::vector<planted_fault> loops();

std::vector<planted_fault> loops() {
    return {
        {"unbounded-queue",
         "what a slow client does not read is piled up",
         "memory of a stream is bounded",
         "never",
         {"backpressure/slow_client_holds_the_provider"},
         laid<unbounded_queue>()},
        {"blocks-the-loop",
         "a call of the provider waits in the kernel",
         "rule of leftovers",
         "leftovers",
         {"tools/no_tools"},
         laid<blocks>()},
        {"nests-the-loop",
         "a tool is run by a loop inside the loop",
         "BerriAI/litellm#19129",
         "leftovers",
         {"seed/seed_request", "seed/tool_in_the_middle"},
         laid<nests>()},
        {"stalls-behind-the-slowest",
         "a client that does not read stalls all others",
         "rule of fairness",
         "fairness",
         {"backpressure/slow_client_holds_the_provider"},
         laid<convoy>()},
        {"one-client-at-a-time",
         "a client is served when the one before has gone",
         "openai/openai-agents-python#1393",
         "fairness",
         {"tools/two_clients_at_once", "tools/no_tools"},
         laid<one_at_a_time>()},
    };
}

}  // namespace scenario::planting
