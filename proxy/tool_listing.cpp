#include "proxy/tool_listing.hpp"

#include <algorithm>

#include "proxy/error.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

namespace {

runtime::awaitable<void> list_server(mcp_pool& pool, mcp_server const& server, listed_tools& into) {
    for (int attempt = 0;; ++attempt) {
        auto               session = co_await pool.session(server);
        std::exception_ptr failed;
        try {
            into.tools = co_await session->list_tools();
        } catch (...) {
            failed = std::current_exception();
        }
        if (!failed) co_return;
        // The server has forgotten the session and taken nothing: once more in a new one.
        if (!session->was_lost() || attempt > 0) std::rethrow_exception(failed);
    }
}

// A server that tells nothing is left out; the last such trouble is kept.
runtime::awaitable<void> try_server(mcp_pool& pool, mcp_server const& server, listed_tools& into,
                                    std::exception_ptr& trouble) {
    std::exception_ptr failed;
    try {
        co_await list_server(pool, server, into);
    } catch (...) {
        failed = std::current_exception();
    }
    if (!failed) co_return;
    if (is_cancelled(failed)) std::rethrow_exception(failed);
    trouble = failed;
    into.trouble = to_problem(failed).message;
}

}  // namespace

runtime::awaitable<tool_table> list_tools(runtime::world const& world, config const& config,
                                          mcp_pool& pool, tool_selection const& selection) {
    auto const                wanted = selection.servers();
    std::vector<listed_tools> listed(wanted.size());
    runtime::task_group       listing(world.executor);
    std::exception_ptr        left_out;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto const& server = selection.server(config, wanted[i]);
        listed[i].server = wanted[i];
        listing.spawn("list tools", config.on_listing_failure == listing_failure::leave_out
                                        ? try_server(pool, server, listed[i], left_out)
                                        : list_server(pool, server, listed[i]));
    }
    co_await listing.join();
    bool const nobody = std::all_of(listed.begin(), listed.end(),
                                    [](listed_tools const& l) { return l.tools.empty(); });
    if (left_out && nobody) std::rethrow_exception(left_out);
    co_return tool_table(config, selection, listed);
}

}  // namespace proxy
