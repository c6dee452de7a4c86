#include "scenarios/planted.hpp"

#include <algorithm>

#include "scenarios/planted/forms.hpp"

namespace scenario {

// One word per file of scenarios/planted/.
namespace planting {
std::vector<planted_fault> buffering(), texts(), framing(), calls(), grammar(), errors(), limits(),
    partings(), loops(), tools(), sessions(), cross_talk(), dialects(), mcp_answers(), mcp_rules(),
    endpoints();
}

std::span<planted_fault const> planted_faults() {
    static auto const all = [] {
        std::vector<planted_fault> rows;
        for (auto const family :
             {&planting::buffering, &planting::texts, &planting::framing, &planting::calls,
              &planting::grammar, &planting::dialects, &planting::errors, &planting::limits,
              &planting::partings, &planting::loops, &planting::tools, &planting::sessions,
              &planting::cross_talk, &planting::mcp_answers, &planting::mcp_rules,
              &planting::endpoints})
            for (auto& row : family()) rows.push_back(std::move(row));
        return rows;
    }();
    return all;
}

planted_fault const* find_planted_fault(std::string_view id) {
    auto const rows = planted_faults();
    auto const at =
        std::find_if(rows.begin(), rows.end(), [&](auto const& row) { return row.id == id; });
    return at == rows.end() ? nullptr : &*at;
}

planted_fault const& nothing_planted() {
    static planted_fault const row{"nothing", "a seam without a defect", "", "",
                                   {},        planting::passes_all()};
    return row;
}

class planted_world::door final : public runtime::listener {
public:
    door(std::unique_ptr<runtime::listener> inner, seam& s) : inner_(std::move(inner)), seam_(s) {}

    runtime::awaitable<std::unique_ptr<runtime::stream>> accept() override {
        return seam_.accept(*inner_);
    }
    runtime::address local() const override { return inner_->local(); }
    void             close() override { inner_->close(); }

private:
    std::unique_ptr<runtime::listener> inner_;
    seam&                              seam_;
};

planted_world::planted_world(planted_fault const& fault, scenario const& s, addresses const& at,
                             seam_ground g)
    : scenario_(s), addresses_(at), ground_(g), seam_(fault.plant(std::move(g))) {}

peer planted_world::whose(runtime::address const& to) const {
    auto const is_at = [&](runtime::address const& at) {
        return at.host == to.host && at.port == to.port;
    };
    for (auto const& p : scenario_.providers)
        if (auto const at = addresses_.of.find(p.name); at != addresses_.of.end())
            if (is_at(at->second)) return peer::provider;
    return addresses_.canary && is_at(*addresses_.canary) ? peer::other : peer::server;
}

runtime::awaitable<std::unique_ptr<runtime::stream>> planted_world::connect(runtime::address to) {
    auto connected = co_await ground_.outside.network.connect(to);
    co_return seam_->joined(whose(to), to, std::move(connected));
}

std::unique_ptr<runtime::listener> planted_world::listen(runtime::address at) {
    return std::make_unique<door>(ground_.outside.network.listen(std::move(at)), *seam_);
}

std::unique_ptr<runtime::child> planted_world::spawn(runtime::command const& c) {
    return ground_.outside.network.spawn(c);
}

std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>>
planted_world::pair() {
    return ground_.outside.network.pair();
}

}  // namespace scenario
