#include "scenarios/seam.hpp"

namespace scenario {

runtime::awaitable<std::unique_ptr<runtime::stream>> seam::accept(runtime::listener& at) {
    auto accepted = co_await at.accept();
    co_return joined(peer::client, at.local(), std::move(accepted));
}

std::unique_ptr<runtime::stream> seam::joined(peer whose, runtime::address const&,
                                              std::unique_ptr<runtime::stream> s) {
    return runtime::linked(std::move(s), outside(), faults(whose));
}

}  // namespace scenario
