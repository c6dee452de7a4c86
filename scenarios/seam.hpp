#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proxy/config.hpp"
#include "runtime/link.hpp"
#include "runtime/world.hpp"

namespace scenario {

// At whose side of the gateway a connection is. The canary's provider is none of the scenario's.
enum class peer { client, provider, server, other };

// Where a seam is laid: the world as it really is, and its loop, for what must not be done.
struct seam_ground {
    runtime::world        outside;
    std::function<void()> run_loop;
};

// What lies between a gateway and its world, so that a defect can be planted without a line of
// it in the gateway: the connections that it accepts and opens, its clock, its settings. By
// itself it changes nothing.
class seam {
public:
    explicit seam(seam_ground g) : ground_(std::move(g)) {}
    virtual ~seam() = default;
    seam(seam const&) = delete;
    seam& operator=(seam const&) = delete;

    virtual void            configure(proxy::config&) {}
    virtual runtime::clock& clock() { return ground_.outside.clock; }

    virtual runtime::awaitable<std::unique_ptr<runtime::stream>> accept(runtime::listener&);

    // A connection has come about, to whom and where: what the gateway is given instead.
    virtual std::unique_ptr<runtime::stream> joined(peer, runtime::address const&,
                                                    std::unique_ptr<runtime::stream>);

    // What joined() lays on it, unless it is overridden.
    virtual runtime::link_faults faults(peer) { return {}; }

    // Ends what the seam itself has begun; awaited after the gateway has stopped.
    virtual runtime::awaitable<void> stop() { co_return; }

protected:
    runtime::world const& outside() const { return ground_.outside; }
    void                  run_loop() const { ground_.run_loop(); }

private:
    seam_ground ground_;
};

// Everything that is done to a stream is done to another: for streams that change one thing.
class forwarding_stream : public runtime::stream {
public:
    explicit forwarding_stream(std::unique_ptr<runtime::stream> inner) : inner_(std::move(inner)) {}

    runtime::asio::any_io_executor executor() const override { return inner_->executor(); }
    void start_read(runtime::asio::mutable_buffer into, runtime::io_handler done) override {
        inner_->start_read(into, std::move(done));
    }
    void start_write(std::span<runtime::asio::const_buffer const> from,
                     runtime::io_handler                          done) override {
        inner_->start_write(from, std::move(done));
    }
    void cancel_read() override { inner_->cancel_read(); }
    void cancel_write() override { inner_->cancel_write(); }
    void end() override { inner_->end(); }
    void close() override { inner_->close(); }
    void reset() override { inner_->reset(); }

protected:
    std::unique_ptr<runtime::stream> inner_;
};

}  // namespace scenario
