#include "runtime/time.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace runtime {

namespace {

struct unit {
    std::string_view name;
    std::int64_t     nanoseconds;
};

constexpr std::array units{
    unit{"ns", 1},
    unit{"us", 1'000},
    unit{"ms", 1'000'000},
    unit{"s", 1'000'000'000},
    unit{"m", 60'000'000'000},
    unit{"h", 3'600'000'000'000},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front. Nothing if there are none, or more than a number can hold.
std::optional<std::int64_t> take_number(std::string_view& text) {
    if (text.empty() || !is_digit(text.front())) return {};
    std::int64_t number = 0;
    while (!text.empty() && is_digit(text.front())) {
        if (number > (std::numeric_limits<std::int64_t>::max() - 9) / 10) return {};
        number = number * 10 + (text.front() - '0');
        text.remove_prefix(1);
    }
    return number;
}

std::string in_units(std::int64_t nanoseconds, unit const& u) {
    auto text = std::to_string(nanoseconds / u.nanoseconds);
    auto rest = nanoseconds % u.nanoseconds;
    if (rest != 0) text += '.';
    for (auto place = u.nanoseconds / 10; rest != 0; place /= 10) {
        text += static_cast<char>('0' + rest / place);
        rest %= place;
    }
    return text.append(u.name);
}

}  // namespace

std::optional<duration> parse_duration(std::string_view text) {
    auto const whole = take_number(text);
    if (!whole) return {};

    std::string_view fraction;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        auto const all = text;
        if (!take_number(text)) return {};
        fraction = all.substr(0, all.size() - text.size());
    }

    for (auto const& u : units) {
        if (text != u.name) continue;
        if (*whole > std::numeric_limits<std::int64_t>::max() / u.nanoseconds - 1) return {};
        auto sum = *whole * u.nanoseconds;
        auto place = u.nanoseconds;
        for (char const digit : fraction) {
            auto const part = (digit - '0') * place;
            if (part % 10 != 0) return {};  // finer than a nanosecond
            sum += part / 10;
            place /= 10;
            if (place == 0) place = 1;
        }
        return duration(sum);
    }
    return {};
}

std::string to_text(duration d) {
    auto const count = d.count();
    if (count < 0) return count == duration::min().count() ? "-for ever" : "-" + to_text(-d);
    if (count == 0) return "0ms";
    if (count < 1'000) return in_units(count, units[0]);
    if (count < 1'000'000) return in_units(count, units[1]);
    if (count < 10'000'000'000) return in_units(count, units[2]);
    return in_units(count, units[3]);
}

}  // namespace runtime
