#pragma once

#include <cstddef>
#include <vector>

namespace scenario {

// The rows of all numbers below sizes[i] in column i, the last column turning fastest.
std::vector<std::vector<std::size_t>> product(std::vector<std::size_t> const& sizes);

// So many of these rows that any two values of any two columns stand together in one. Nearly all
// faults need no more than two of their conditions (Kuhn, Wallace, Gallo: "Software fault
// interactions", 2004), and the rows are far fewer than those of the product.
//
// Greedy and not minimal, but always the same: rows in the order of the product, the
// first of which is all zeros. Of one column it is the product.
std::vector<std::vector<std::size_t>> all_pairs(std::vector<std::size_t> const& sizes);

}  // namespace scenario
