#pragma once

#include <string>

#include "runtime/bell.hpp"
#include "runtime/task_group.hpp"
#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

// A seam with work of its own beside the gateway's.
class working_seam : public seam {
public:
    explicit working_seam(seam_ground g) : seam(std::move(g)), tasks_(outside().executor) {}

    runtime::awaitable<void> stop() override;

    // Says the same once more on a connection of its own, and does not care for the answer.
    void repeat(runtime::address const& to, std::string request);

protected:
    runtime::task_group tasks_;

private:
    runtime::awaitable<void> ask_aside(runtime::address to, std::string request);
};

// A seam that stands in the middle of the connections with one kind of peers: the gateway speaks
// with the seam, and the seam with the peer.
class relaying_seam : public working_seam {
public:
    relaying_seam(seam_ground g, peer whose) : working_seam(std::move(g)), whose_(whose) {}

    std::unique_ptr<runtime::stream> joined(peer, runtime::address const&,
                                            std::unique_ptr<runtime::stream>) override;

protected:
    struct connection {
        std::unique_ptr<runtime::stream> inside;   // towards the gateway
        std::unique_ptr<runtime::stream> outside;  // towards the peer
        runtime::address                 to;
        std::string                      said;  // by the gateway
    };

    // Both copy until the end, which the peer's side tells by returning and the gateway's by
    // throwing.
    virtual runtime::awaitable<void> outwards(connection&);
    virtual runtime::awaitable<void> inwards(connection&);

private:
    runtime::awaitable<void> relay(std::unique_ptr<connection>);

    peer whose_;
};

}  // namespace scenario::planting
