#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <fstream>

#include "proxy/config_url.hpp"
#include "runtime/real.hpp"
#include "runtime/real_environment.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/mcp_examination.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;

// "NAME {"an": "argument"}"
bool take_slow_call(std::string const& text, mcp_examination& plan) {
    auto const space = text.find(' ');
    plan.slow_tool = text.substr(0, space);
    plan.slow_arguments = space == text.npos ? json::object() : wire::read_json(text.substr(space));
    return plan.slow_arguments.is_object();
}

bool take_headers(std::vector<std::string> const& texts, runtime::http_fields& fields) {
    for (auto const& text : texts) {
        auto const colon = text.find(':');
        if (colon == text.npos || colon == 0) return false;
        auto const value = text.find_first_not_of(' ', colon + 1);
        fields.emplace_back(text.substr(0, colon), value == text.npos ? "" : text.substr(value));
    }
    return true;
}

template <class Examiner>
runtime::awaitable<void> play(mcp_examination& plan, Examiner& e, bool old, bool& over) {
    if constexpr (std::is_same_v<Examiner, mcp_http_examiner>) {
        if (old) co_await plan.examine_old(e);
    }
    if (!old) co_await plan.examine(e);
    co_await e.stop();
    over = true;
}

template <class Examiner>
void run(runtime::real_world& world, mcp_examination& plan, Examiner& e, bool old) {
    bool               over = false;
    std::exception_ptr thrown;
    boost::asio::co_spawn(world.world().executor, play(plan, e, old, over),
                          [&](std::exception_ptr why) { thrown = why; });
    world.run([&] { return over || thrown; });
    if (thrown) std::rethrow_exception(thrown);
}

int tell(check_mcp_options const& options, mcp_examination const& plan, mcp_conversation const& c) {
    std::string server;
    for (auto const& word : options.server) server += (server.empty() ? "" : " ") + word;
    if (plan.revisions.empty()) {
        std::fprintf(stderr, "%s: no MCP server answers here\n", server.c_str());
        for (auto const& x : c.exchanges)
            std::fprintf(stderr, "  %s: %s\n", x.place().c_str(),
                         x.status ? std::to_string(x.status).c_str() : x.trouble.c_str());
        return 2;
    }
    std::printf("%s at %s, %s\n\n", plan.name.c_str(), server.c_str(), plan.revisions.c_str());
    auto const results = judge_rules(c);
    std::fputs(mcp_report(results, options.verbose).c_str(), stdout);
    if (!options.junit.empty()) {
        std::ofstream file(options.junit, std::ios::binary);
        file << mcp_junit(results, plan.name);
        file.close();
        if (!file) {
            std::fprintf(stderr, "%s: cannot be written\n", options.junit.c_str());
            return 2;
        }
    }
    for (auto const& r : results)
        if (r.verdict == mcp_verdict::fail) return 1;
    for (auto const& x : c.exchanges)
        if (x.status == 0 && x.probe != "old unknown session" && x.probe != "another address")
            return 3;
    return 0;
}

int check_program(check_mcp_options const& options, mcp_examination& plan) {
    runtime::real_world    world;
    runtime::command const what{options.server, runtime::own_environment()};
    try {
        mcp_program_examiner e(world.world(), what);
        run(world, plan, e, false);
        if (plan.revisions.empty()) std::fputs(e.last_words().c_str(), stderr);
        return tell(options, plan, e.kept());
    } catch (boost::system::system_error const& why) {
        std::fprintf(stderr, "%s: %s\n", options.server.front().c_str(),
                     why.code().message().c_str());
        return 2;
    }
}

}  // namespace

int check_mcp(check_mcp_options const& options) {
    mcp_examination      plan;
    runtime::http_fields always;
    if (!options.slow_call.empty() && !take_slow_call(options.slow_call, plan)) {
        std::fprintf(stderr, "--slow-call: a tool's name and a JSON object of its arguments\n");
        return 2;
    }
    if (!take_headers(options.headers, always)) {
        std::fprintf(stderr, "--header: NAME: VALUE\n");
        return 2;
    }
    auto const& first = options.server.front();
    bool const  is_url = first.starts_with("http://") || first.starts_with("https://");
    if (!is_url) return check_program(options, plan);
    proxy::http_url url;
    try {
        url = proxy::parse_http_url(first);
    } catch (proxy::bad_url const& e) {
        std::fprintf(stderr, "%s: %s\n", first.c_str(), e.problem.c_str());
        return 2;
    }
    runtime::tls_options tls;
    tls.read_at_start = url.at.tls;
    runtime::real_world world(false, tls);
    mcp_http_examiner   e(world.world(), url.at, url.path.empty() ? "/" : url.path, always);
    run(world, plan, e, options.old_sse);
    return tell(options, plan, e.kept());
}

}  // namespace scenario
