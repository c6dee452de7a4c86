#include "mock_providers/pace.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace mock {

namespace {

using namespace std::chrono_literals;

constexpr double no_jitter = 0.04;  // of a machine that does nothing else
constexpr double shared = 0.3;      // of one that does
constexpr double walk = 0.15;
constexpr double hold = 0.15;
constexpr double rare = 5e-4;
constexpr double walk_memory = 0.5;

// A service's row: first output (median, sigma), token, jitter, drift, groups (share of one, mean
// of the others, least), argument pieces, held events, stalls.
constexpr std::array profiles{
    pace_profile{"gpt", "OpenAI chat", 260ms, 1.0, 11ms, shared, walk, 0.86, 2.8, 1, 4, hold, rare},
    pace_profile{"azure-gpt", "Azure OpenAI, behind its filter", 442ms, 0.8, 11ms, shared, walk,
                 0.86, 2.8, 1, 4, 0.6, rare},
    pace_profile{"claude-sonnet", "Anthropic: growing events, sliced arguments", 900ms, 0.7, 15ms,
                 shared, walk, 0.25, 4.5, 2, 6, hold, rare},
    pace_profile{"bedrock-claude", "Claude behind Bedrock Converse", 550ms, 1.2, 14ms, shared, walk,
                 0.1, 4, 2, 6, hold, rare},
    pace_profile{"gemini", "Gemini: few large events, whole arguments", 1500ms, 0.9, 6ms, shared,
                 walk, 0.1, 24, 12, 0, hold, rare},
    pace_profile{"grok", "xAI", 310ms, 0.35, 7400us, 0.15, walk, 0.9, 1, 1, 0, hold, rare},
    pace_profile{"mistral", "Mistral", 120ms, 0.9, 12ms, shared, walk, 0.7, 3, 1, 0, hold, rare},
    pace_profile{"groq", "Groq: fast and even", 90ms, 0.7, 2300us, 0.1, walk, 0.86, 2.8, 1, 0, hold,
                 rare},
    pace_profile{"deepseek", "DeepSeek", 800ms, 0.7, 20ms, shared, walk, 0.86, 2.8, 1, 1, hold,
                 rare},
    pace_profile{"ollama", "a local model: one token a line", 300ms, 0.3, 32ms, no_jitter, 0, 0.86,
                 2.8, 1, 0, 0, 0},
    pace_profile{"steady", "no chance at all: a token each 20 ms", 200ms, 0, 20ms, 0, 0, 1, 1, 1, 4,
                 0, 0},
};

// A token: a word's beginning with the blank before it, four bytes and what belongs to a character.
std::vector<std::string> tokens_of(std::string_view text) {
    constexpr std::size_t    size = 4;
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < text.size();) {
        auto const from = at++;
        while (at < text.size() && at - from < size && text[at] != ' ') ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
        tokens.emplace_back(text.substr(from, at - from));
    }
    return tokens;
}

runtime::duration scaled(runtime::duration d, double factor) {
    auto const microseconds = static_cast<double>(d.count()) / 1000 * factor;
    return std::chrono::microseconds(std::llround(std::max(0.0, microseconds)));
}

}  // namespace

std::span<pace_profile const> paces() { return profiles; }

pace_profile const* find_pace(std::string_view name) {
    for (auto const& row : profiles)
        if (row.name == name) return &row;
    return nullptr;
}

pace::pace(pace_profile const& profile, std::uint64_t seed, std::string_view stream)
    : profile_(profile), luck_(runtime::entropy(seed).fork(stream)) {}

double pace::uniform() {
    return (static_cast<double>(luck_.next() >> 11) + 0.5) / 9007199254740992.0;
}

double pace::normal() {
    auto const radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * 3.14159265358979323846 * uniform());
}

runtime::duration pace::first() {
    return scaled(profile_.first_median, std::exp(profile_.first_sigma * normal()));
}

// The clock wanders slowly, and each tick trembles a little about it.
runtime::duration pace::tick() {
    drift_ =
        walk_memory * drift_ + profile_.drift * std::sqrt(1 - walk_memory * walk_memory) * normal();
    auto const tremble = std::max(0.1, 1 + profile_.jitter * normal());
    return scaled(profile_.token, std::exp(drift_) * tremble);
}

std::size_t pace::group() {
    if (uniform() < profile_.grouped) return 1;
    auto const least = std::max<std::size_t>(profile_.group_min, 2);
    auto const beyond = profile_.group_mean - static_cast<double>(least);
    if (beyond <= 0) return least;
    auto const stop = 1 / (1 + beyond);
    auto const more = std::floor(std::log(uniform()) / std::log(1 - stop));
    return least + static_cast<std::size_t>(more);
}

// Mostly nothing; rarely half a second to five, each decade as likely as any other of its width.
runtime::duration pace::stall() {
    if (uniform() >= profile_.stall) return {};
    return scaled(500ms, std::exp(uniform() * std::log(10.0)));
}

runtime::duration pace::wait_for(std::size_t tokens) {
    runtime::duration gap = stall();
    for (std::size_t i = 0; i < tokens; ++i) gap += tick();
    if (begun_) return gap;
    begun_ = true;
    return gap + first();
}

std::vector<pace::piece> pace::text(std::string_view whole) {
    auto const         tokens = tokens_of(whole);
    std::vector<piece> pieces;
    for (std::size_t at = 0; at < tokens.size();) {
        // The first event is short: nobody waits for more before he shows that he is there.
        auto const end = std::min(tokens.size(), at + (begun_ ? group() : 1));
        piece      p;
        p.gap = wait_for(end - at);
        for (; at < end; ++at) p.text += tokens[at];
        pieces.push_back(std::move(p));
    }
    // An event that is held leaves with the next, at its time.
    std::size_t       first_held = 0;
    runtime::duration due{};
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        due += std::exchange(pieces[i].gap, runtime::duration{});
        if (i + 1 < pieces.size() && uniform() < profile_.held) continue;
        pieces[first_held].gap = std::exchange(due, runtime::duration{});
        first_held = i + 1;
    }
    return pieces;
}

std::vector<pace::piece> pace::arguments(std::string_view whole) {
    std::vector<piece> pieces;
    auto const         size = profile_.argument_size > 0 ? profile_.argument_size : whole.size();
    for (std::size_t at = 0; at < whole.size();) {
        auto end = std::min(whole.size(), at + size);
        while (end < whole.size() && (static_cast<unsigned char>(whole[end]) & 0xc0) == 0x80) ++end;
        auto const tokens = std::max<std::size_t>(1, (end - at + 3) / 4);
        pieces.push_back({wait_for(tokens), std::string(whole.substr(at, end - at))});
        at = end;
    }
    return pieces;
}

}  // namespace mock
