#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "scenarios/frame_diff.hpp"
#include "scenarios/runner.hpp"

// Scenarios by gateways: what each run of the same scenarios against another gateway came to.
namespace scenario {

// The gateway that is none: clients ask the provider itself (scenarios/gateways/direct.gateway).
inline constexpr char direct_connection[] = "direct";

struct matrix_cell {
    standing_of        is = standing_of::not_applicable;
    std::string        why;  // the first objection, the reason of the baseline, what is missing
    case_result const* of = nullptr;  // in the runs, which outlive this
    // Beside the direct connection: what differs, if both were played.
    bool               is_compared = false;
    std::vector<frame_pair> frames;
};

struct matrix_row {
    std::string              id;
    std::string              title;
    std::string              family;
    std::vector<matrix_cell> cells;  // in the order of the gateways
};

struct gateway_matrix {
    std::vector<std::string> gateways;
    std::vector<matrix_row>  rows;  // by their ids

    // By the worst of the cells, but those of the direct connection: nobody is to blame for them.
    int exit_status() const;
};

// Of runs of the same cases, in whatever order each has played them.
gateway_matrix matrix_of(std::vector<run_result> const&);

// "ok", "FAIL", "known", ...: in a cell.
std::string sign_of(standing_of);
// "12 ok, 3 failed": of one gateway.
std::string sum_of(gateway_matrix const&, std::size_t gateway);

std::string    table_of(gateway_matrix const&, bool colours);
std::string    markdown_of(gateway_matrix const&);
nlohmann::json json_of(gateway_matrix const&);  // docs/matrix.md

// Pages that need nothing but a browser, by their paths in a folder: index.html, and one for each
// cell that was played, with its trace and what differs from the direct connection.
std::map<std::string, std::string> pages_of(gateway_matrix const&);

}  // namespace scenario
