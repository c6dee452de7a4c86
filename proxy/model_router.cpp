#include "proxy/model_router.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace proxy {

namespace {

constexpr auto fails_window = std::chrono::minutes(1);
constexpr auto wish_max = std::chrono::hours(1);  // who wishes for more is asked again anyhow

bool holds_one_of(std::string_view text, std::span<std::string_view const> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](auto word) { return text.find(word) != text.npos; });
}

// What the houses say of it; only some have a code for it.
bool is_too_long(request_problem const& p) {
    static constexpr std::array<std::string_view, 5> words{
        "prompt is too long", "maximum context length", "context window", "context length",
        "maximum number of tokens"};
    return p.code == "context_length_exceeded" || holds_one_of(p.message, words);
}

bool is_forbidden(request_problem const& p) {
    static constexpr std::array<std::string_view, 2> words{"content_policy", "content_filter"};
    return holds_one_of(p.code, words) || holds_one_of(p.type, words);
}

}  // namespace

failure_kind kind_of(request_problem const& p) {
    if (p.status == 408 || p.status == 409 || p.status == 429 || p.status >= 500)
        return failure_kind::passing;
    if (p.status == 401 || p.status == 403 || p.status == 404) return failure_kind::deployment;
    if (is_too_long(p)) return failure_kind::context_window;
    if (is_forbidden(p)) return failure_kind::content_policy;
    return failure_kind::question;
}

std::optional<runtime::duration> wished_pause(request_problem const& p) {
    double      seconds = 0;
    auto const& text = p.retry_after;
    auto const [end, why] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (why != std::errc() || end != text.data() + text.size() || !(seconds >= 0)) return {};
    std::chrono::duration<double> const most = wish_max;
    return std::chrono::duration_cast<runtime::duration>(
        std::min(std::chrono::duration<double>(seconds), most));
}

bool model_router::is_well(model const& m) const { return health_.is_well(m, world_.clock.now()); }

std::vector<model const*> model_router::candidates(std::string_view              name,
                                                   std::span<model const* const> tried) const {
    std::vector<model const*> found;
    for (auto const& m : config_.models) {
        bool const again = std::find(tried.begin(), tried.end(), &m) != tried.end();
        if (m.name != name || again || !is_well(m)) continue;
        if (!found.empty() && m.order > found.front()->order) continue;
        if (!found.empty() && m.order < found.front()->order) found.clear();
        found.push_back(&m);
    }
    return found;
}

bool model_router::has(std::string_view name, std::span<model const* const> tried) const {
    return !candidates(name, tried).empty();
}

model const* model_router::pick(std::string_view name, std::span<model const* const> tried,
                                model const* preferred) {
    auto const found = candidates(name, tried);
    if (found.empty()) return nullptr;
    if (found.size() == 1) return found.front();
    if (std::find(found.begin(), found.end(), preferred) != found.end()) return preferred;
    // In thousandths, so that each world draws the same.
    std::vector<std::uint64_t> shares;
    std::uint64_t              sum = 0;
    for (auto const* m : found) {
        shares.push_back(static_cast<std::uint64_t>(std::llround(std::min(m->weight, 1e9) * 1000)));
        sum += shares.back();
    }
    if (sum == 0) return found[world_.entropy.below(found.size())];
    auto drawn = world_.entropy.below(sum);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (drawn < shares[i]) return found[i];
        drawn -= shares[i];
    }
    return found.back();
}

bool model_router::is_replaceable(model const& m) const {
    auto const& r = config_.routing;
    auto const  same = std::count_if(config_.models.begin(), config_.models.end(),
                                     [&](model const& other) { return other.name == m.name; });
    return same > 1 || r.fallbacks.contains(m.name) || !r.default_fallbacks.empty();
}

void model_router::failed(model const& m, request_problem const& why) {
    auto const kind = kind_of(why);
    bool const its_own = kind == failure_kind::passing || kind == failure_kind::deployment;
    auto const cooldown = config_.routing.cooldown;
    if (!its_own || cooldown == runtime::duration::zero() || !is_replaceable(m)) return;
    deployment_health::failure how;
    how.at_once = kind == failure_kind::deployment || why.status == 429;
    how.allowed = config_.routing.allowed_fails;
    how.window = fails_window;
    how.cooldown = std::max(cooldown, wished_pause(why).value_or(cooldown));
    health_.failed(m, world_.clock.now(), how);
}

runtime::time_point model_router::well_at(std::string_view name) const {
    std::optional<runtime::time_point> first;
    for (auto const& m : config_.models) {
        if (m.name != name) continue;
        auto const at = health_.well_at(m).value_or(world_.clock.now());
        if (!first || at < *first) first = at;
    }
    return first.value_or(world_.clock.now());
}

}  // namespace proxy
