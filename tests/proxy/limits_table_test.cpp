#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "proxy/config.hpp"

// The table of limits: what is written of it, what its defaults are, and that each row is tried.

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

fs::path const source = LOCKSTEP_SOURCE_DIR;

std::string content(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

proxy::config read(std::string const& line) {
    std::vector<std::string> warnings;
    return proxy::read_config(
        "model_list: []\nlockstep_settings:\n  " + line + "\n", "g.yaml",
        [](auto const&) { return std::optional<std::string>(); }, warnings);
}

std::string trouble_of(std::string const& line) {
    try {
        read(line);
    } catch (proxy::config_error const& e) {
        return std::to_string(e.line) + ':' + std::to_string(e.column);
    }
    return "none";
}

}  // namespace

TEST(LimitsTable, EachRowIsReadFromTheConfigurationAndRefusedInItsPlace) {
    for (auto const& row : proxy::limit_rows()) {
        std::string const name = row.name;
        bool const        is_time = row.of == proxy::limit_row::measure::time;
        auto const        limits = read(name + (is_time ? ": 7s" : ": 7")).limits;
        if (is_time)
            EXPECT_EQ(limits.*row.time, 7s) << name;
        else
            EXPECT_EQ(limits.*row.size, 7u) << name;
        auto changed = limits;
        if (is_time)
            changed.*row.time = proxy::limits().*row.time;
        else
            changed.*row.size = proxy::limits().*row.size;
        EXPECT_EQ(changed, proxy::limits()) << name << " changes something else";
        auto const column = std::to_string(5 + name.size());
        EXPECT_EQ(trouble_of(name + ": 0"), "3:" + column);
        EXPECT_EQ(trouble_of(name + ": much"), "3:" + column);
    }
}

// LOCKSTEP_REWRITE=1 writes the page's table.
TEST(LimitsTable, IsWhatTheDocumentSays) {
    auto const path = source / "docs/limits.md";
    auto       page = content(path);
    auto const begin = page.find("| setting | default |");
    ASSERT_NE(begin, std::string::npos);
    auto const end = page.find("\n\n", begin) + 1;
    if (std::getenv("LOCKSTEP_REWRITE")) {
        page.replace(begin, end - begin, proxy::limits_page());
        std::ofstream(path, std::ios::binary) << page;
        return;
    }
    EXPECT_EQ(page.substr(begin, end - begin), proxy::limits_page());
}

// A row that no test and no scenario sets to a size of its own is tried by nobody.
TEST(LimitsTable, EachRowIsTried) {
    std::string all;
    for (auto const* folder : {"tests/proxy", "tests/runtime", "scenarios/library"})
        for (auto const& entry : fs::recursive_directory_iterator(source / folder)) {
            auto const kind = entry.path().extension();
            bool const is_test =
                kind == ".cpp" && entry.path().filename() != "limits_table_test.cpp";
            if (is_test || kind == ".scenario") all += content(entry.path());
        }
    // Rows that nothing tries at their size yet.
    std::set<std::string> const untried{"stderr_max", "mcp_pending_max", "mcp_replay_max",
                                        "mcp_streams_max"};
    for (auto const& row : proxy::limit_rows()) {
        std::string name = row.name;
        if (untried.contains(name)) continue;
        bool tried = all.find(name + ": ") != all.npos || all.find(name + " = ") != all.npos;
        std::replace(name.begin(), name.end(), '_', '-');
        tried = tried || all.find("\n    " + name + " ") != all.npos;
        EXPECT_TRUE(tried) << row.name;
    }
}

TEST(LimitsTable, HasTheDefaultsOfItsSource) {
    proxy::limits const l;
    EXPECT_EQ(l.request_line_max, 8u << 10);
    EXPECT_EQ(l.request_header_max, 16u << 10);
    EXPECT_EQ(l.request_fields_max, 100u);
    EXPECT_EQ(l.chunk_line_max, 256u);
    EXPECT_EQ(l.trailers_max, 8u << 10);
    EXPECT_EQ(l.trailer_fields_max, 32u);
    EXPECT_EQ(l.request_body_max, 32u << 20);
    EXPECT_EQ(l.mcp_body_max, 4u << 20);
    EXPECT_EQ(l.json_values_max, 200'000u);
    EXPECT_EQ(l.json_members_max, 10'000u);
    EXPECT_EQ(l.json_depth_max, 128u);
    EXPECT_EQ(l.upstream_header_max, 32u << 10);
    EXPECT_EQ(l.upstream_fields_max, 200u);
    EXPECT_EQ(l.upstream_interim_max, 8u);
    EXPECT_EQ(l.upstream_body_max, 32u << 20);
    EXPECT_EQ(l.event_size_max, 4u << 20);
    EXPECT_EQ(l.upstream_error_max, 64u << 10);
    EXPECT_EQ(l.tool_result_max, 8u << 20);
    EXPECT_EQ(l.stdio_line_max, 8u << 20);
    EXPECT_EQ(l.stderr_max, 64u << 10);
    EXPECT_EQ(l.tools_max, 1000u);
    EXPECT_EQ(l.list_pages_max, 100u);
    EXPECT_EQ(l.tool_name_max, 128u);
    EXPECT_EQ(l.tool_description_max, 16u << 10);
    EXPECT_EQ(l.tool_schema_max, 64u << 10);
    EXPECT_EQ(l.rpc_id_max, 256u);
    EXPECT_EQ(l.rpc_method_max, 256u);
    EXPECT_EQ(l.mcp_session_id_max, 128u);
    EXPECT_EQ(l.last_event_id_max, 1024u);
    EXPECT_EQ(l.mcp_sessions_per_key_max, 100u);
    EXPECT_EQ(l.mcp_sessions_max, 10'000u);
    EXPECT_EQ(l.requests_per_key_max, 64u);
    EXPECT_EQ(l.connections_max, 10'000u);
    EXPECT_EQ(l.buffered_max, 256u << 20);
    EXPECT_EQ(l.header_timeout, 10s);
    EXPECT_EQ(l.body_timeout, 30s);
    EXPECT_EQ(l.body_rate_min, 1024u);
    EXPECT_EQ(l.connection_idle, 60s);
    EXPECT_EQ(l.tool_call_total, 300s);
    EXPECT_EQ(l.restarts_max, 5u);
    EXPECT_EQ(l.restart_window, 60s);
    EXPECT_EQ(l.restart_pause_first, 100ms);
    EXPECT_EQ(l.restart_pause_max, 30s);
    EXPECT_EQ(l.retry_after_max, 60s);
}
