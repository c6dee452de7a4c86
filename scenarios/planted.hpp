#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/gateway_config.hpp"
#include "scenarios/seam.hpp"

namespace scenario {

// A gateway broken on purpose: one defect, planted in the seam between our gateway and its
// world. That the library's scenarios fail with it, by the check that is made for it, is what
// makes their green worth something (`lockstep selfproof`).
struct planted_fault {
    using maker = std::function<std::unique_ptr<seam>(seam_ground)>;

    std::string              id;
    std::string              defect;     // in a sentence
    std::string              source;     // where it was seen, or what forbids it
    std::string              caught_by;  // the check that must object
    std::vector<std::string> scenarios;  // of the library, "family/name": all of them must fail
    maker                    plant;
};

// The families of scenarios/planted/, in the order `lockstep selfproof` prints them.
std::span<planted_fault const> planted_faults();
planted_fault const*           find_planted_fault(std::string_view id);

// A seam without any defect, through which everything takes the way of the edited: what the
// harness objects to here, it would blame on a defect that is none.
planted_fault const& nothing_planted();

// The world as a gateway with a defect has it.
class planted_world final : public runtime::network {
public:
    planted_world(planted_fault const&, scenario const&, addresses const&, seam_ground);

    runtime::world world() {
        return {ground_.outside.executor, seam_->clock(), *this, ground_.outside.entropy};
    }
    void                     configure(proxy::config& c) { seam_->configure(c); }
    runtime::awaitable<void> stop() { return seam_->stop(); }

    runtime::awaitable<std::unique_ptr<runtime::stream>> connect(runtime::address to) override;
    std::unique_ptr<runtime::listener>                   listen(runtime::address at) override;
    std::unique_ptr<runtime::child>                      spawn(runtime::command const&) override;
    std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>> pair() override;

private:
    class door;

    peer whose(runtime::address const&) const;

    scenario const&       scenario_;
    addresses const&      addresses_;
    seam_ground           ground_;
    std::unique_ptr<seam> seam_;
};

}  // namespace scenario
