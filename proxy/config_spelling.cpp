#include "proxy/config_spelling.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace proxy {
namespace {

std::string lower(std::string_view text) {
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return small;
}

// Edits between two words, where two neighbours that changed places are one edit: that is
// what fingers do most.
std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest_word(std::string_view written, std::vector<std::string> const& words) {
    constexpr std::size_t longest =
        64;  // the table grows with the square, and callers are strangers
    if (written.empty() || written.size() > longest) return {};
    auto const  meant = lower(written);
    std::size_t best = written.size() <= 4 ? 2 : written.size() <= 8 ? 3 : 4;
    std::string found;
    for (auto const& word : words) {
        if (word.size() > longest) continue;
        auto const distance = edits(meant, lower(word));
        if (distance < best) {
            best = distance;
            found = word;
        }
    }
    if (!found.empty() || meant.size() < 3) return found;
    for (auto const& word : words)  // half a word is meant, too
        if (lower(word).starts_with(meant)) return word;
    return {};
}

std::string in_quotes(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string listed(std::vector<std::string> const& words) {
    if (words.empty()) return "none";
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) text += i + 1 == words.size() ? " and " : ", ";
        text += in_quotes(words[i]);
    }
    return text;
}

}  // namespace proxy
