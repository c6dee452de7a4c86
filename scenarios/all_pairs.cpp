#include "scenarios/all_pairs.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

namespace scenario {

namespace {

// Two values of two columns, the lower column first.
using pair = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>;

pair pair_of(std::size_t a, std::size_t value_a, std::size_t b, std::size_t value_b) {
    return a < b ? pair{a, value_a, b, value_b} : pair{b, value_b, a, value_a};
}

std::set<pair> every_pair(std::vector<std::size_t> const& sizes) {
    std::set<pair> all;
    for (std::size_t a = 0; a < sizes.size(); ++a)
        for (std::size_t b = a + 1; b < sizes.size(); ++b)
            for (std::size_t i = 0; i < sizes[a]; ++i)
                for (std::size_t j = 0; j < sizes[b]; ++j) all.emplace(a, i, b, j);
    return all;
}

// The value of a column that brings most of what is missing beside those that are chosen.
std::size_t best_value(std::set<pair> const&                          missing,
                       std::vector<std::optional<std::size_t>> const& row, std::size_t column,
                       std::size_t size) {
    std::size_t best = 0, most = 0;
    for (std::size_t value = 0; value < size; ++value) {
        std::size_t brings = 0;
        for (std::size_t other = 0; other < row.size(); ++other)
            if (row[other]) brings += missing.count(pair_of(column, value, other, *row[other]));
        if (brings > most) {
            best = value;
            most = brings;
        }
    }
    return best;
}

}  // namespace

std::vector<std::vector<std::size_t>> product(std::vector<std::size_t> const& sizes) {
    std::vector<std::vector<std::size_t>> rows{{}};
    for (auto const size : sizes) {
        std::vector<std::vector<std::size_t>> wider;
        for (auto const& row : rows)
            for (std::size_t value = 0; value < size; ++value) {
                wider.push_back(row);
                wider.back().push_back(value);
            }
        rows = std::move(wider);
    }
    return rows;
}

std::vector<std::vector<std::size_t>> all_pairs(std::vector<std::size_t> const& sizes) {
    if (sizes.size() < 2) return product(sizes);
    std::vector<std::vector<std::size_t>> rows;
    auto                                  missing = every_pair(sizes);
    while (!missing.empty()) {
        std::vector<std::optional<std::size_t>> chosen(sizes.size());
        auto const [a, value_a, b, value_b] = *missing.begin();
        chosen[a] = value_a;
        chosen[b] = value_b;
        std::vector<std::size_t> row;
        for (std::size_t column = 0; column < sizes.size(); ++column) {
            if (!chosen[column])
                chosen[column] = best_value(missing, chosen, column, sizes[column]);
            row.push_back(*chosen[column]);
        }
        for (std::size_t i = 0; i < row.size(); ++i)
            for (std::size_t j = i + 1; j < row.size(); ++j)
                missing.erase(pair_of(i, row[i], j, row[j]));
        rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
}

}  // namespace scenario
