#include "proxy/yaml_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "proxy/config_spelling.hpp"

namespace proxy {
namespace {

constexpr std::string_view environment_mark = "os.environ/";

// The whole of `text` as a number; from_chars knows "nan" and "inf", which nobody means.
template <class T>
std::optional<T> to_number(std::string_view text) {
    T          value{};
    auto const end = text.data() + text.size();
    auto const [stop, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc() || stop != end) return {};
    if constexpr (std::is_floating_point_v<T>)
        if (!std::isfinite(value)) return {};
    return value;
}

}  // namespace

void yaml_value::fail(std::string const& problem, std::string const& hint) const {
    source_->fail(place().Mark(), width(), problem, hint);
}

void yaml_value::fail_secretly(std::string const& problem, std::string const& hint) const {
    source_->fail(place().Mark(), width(), problem, hint, !node_.IsNull());
}

std::size_t yaml_value::width() const {
    auto const& at = place();
    if (!at.IsScalar()) return 1;
    // yaml-cpp keeps no length; a tag of "!" tells that there were quotes.
    auto const& text = at.Scalar();
    auto const  continued = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    auto const  bytes = std::count_if(text.begin(), text.end(), continued);
    return text.size() - static_cast<std::size_t>(bytes) + (at.Tag() == "!" ? 2 : 0);
}

std::string yaml_value::scalar(char const* wanted) const {
    if (node_.IsNull())
        fail(in_quotes(name_) + " has no value",
             "leave the key out, or write " + std::string(wanted));
    if (!node_.IsScalar()) fail(in_quotes(name_) + " is not " + wanted);
    return node_.Scalar();
}

std::string yaml_value::resolved(std::string written) const {
    if (!written.starts_with(environment_mark)) return written;
    auto const name = written.substr(environment_mark.size());
    auto       value = source_->lookup(name);
    if (!value) fail("the environment has no variable " + in_quotes(name));
    return std::move(*value);
}

std::string yaml_value::text() const { return resolved(scalar("a text")); }

std::string yaml_value::secret() const {
    if (node_.IsScalar()) return resolved(node_.Scalar());
    fail_secretly(in_quotes(name_) + (node_.IsNull() ? " has no value" : " is not a text"));
}

std::string yaml_value::header_value() const {
    auto const value = secret();
    for (char const c : value)
        if (c < ' ' || c > '~')
            fail_secretly(in_quotes(name_) + " holds what no HTTP header may hold");
    if (value.starts_with(' ') || value.ends_with(' '))
        fail_secretly(in_quotes(name_) + " begins or ends with a space");
    return value;
}

std::size_t yaml_value::one_of(std::vector<std::string> const& words) const {
    auto const written = text();
    auto const found = std::find(words.begin(), words.end(), written);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    auto const meant = nearest_word(written, words);
    fail(in_quotes(name_) + " cannot be " + in_quotes(written) + "; known: " + listed(words),
         meant.empty() ? "" : "did you mean " + in_quotes(meant) + "?");
}

bool yaml_value::boolean() const {
    auto const written = scalar("true or false");
    bool       value = false;
    if (!YAML::convert<bool>::decode(node_, value))
        fail(in_quotes(written) + " is neither true nor false");
    return value;
}

std::size_t yaml_value::count() const {
    auto const written = resolved(scalar("a whole number"));
    auto const value = to_number<std::size_t>(written);
    if (!value || *value == 0) fail(in_quotes(written) + " is not a whole number from 1 on");
    return *value;
}

std::size_t yaml_value::size() const {
    constexpr std::pair<std::string_view, std::size_t> units[]{
        {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
    auto const       written = resolved(scalar("a size"));
    std::string_view digits = written;
    std::size_t      unit = 1;
    for (auto const& [name, bytes] : units)
        if (digits.ends_with(name)) {
            digits.remove_suffix(name.size());
            unit = bytes;
        }
    auto const value = to_number<std::size_t>(digits);
    if (!value || *value == 0 || *value > (std::size_t{1} << 40) / unit)
        fail(in_quotes(written) + " is not a size", "bytes as a number, or 64KiB, 4MiB, 1GiB");
    return *value * unit;
}

double yaml_value::number() const {
    auto const written = resolved(scalar("a number"));
    auto const value = to_number<double>(written);
    if (!value || std::signbit(*value)) fail(in_quotes(written) + " is not a number from 0 on");
    return *value;
}

runtime::duration yaml_value::pause() const {
    constexpr double  seconds_max = 365.0 * 24 * 3600;
    char const* const hint = "seconds as a number, or 250ms, 30s, 2m";
    auto const        written = resolved(scalar("a length of time"));
    auto const        seconds = to_number<double>(written);
    auto const        read = seconds ? std::nullopt : runtime::parse_duration(written);
    if (!seconds && !read) fail(in_quotes(written) + " is not a length of time", hint);
    auto const length = seconds ? *seconds : std::chrono::duration<double>(*read).count();
    if (std::signbit(length)) fail("a length of time cannot be negative", hint);
    if (length > seconds_max) fail(in_quotes(written) + " is longer than a year", hint);
    if (read) return *read;
    return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(*seconds));
}

runtime::duration yaml_value::limit() const {
    auto const length = pause();
    if (length == runtime::duration::zero()) fail("a limit of 0 would end everything at once");
    return length;
}

http_url yaml_value::url() const {
    auto const written = text();
    try {
        return parse_http_url(written);
    } catch (bad_url const& e) {
        fail("this is not a URL for " + in_quotes(name_), e.problem);
    }
}

std::optional<nlohmann::json> yaml_value::plain_json() const {
    if (node_.IsNull()) return nlohmann::json();
    if (!node_.IsScalar()) return {};
    auto const written = resolved(node_.Scalar());
    if (node_.Tag() == "!") return written;
    if (auto const whole = to_number<std::int64_t>(written)) return *whole;
    if (auto const real = to_number<double>(written)) return *real;
    if (written == "true" || written == "false") return written == "true";
    return written;
}

nlohmann::json yaml_value::json() const {
    if (auto plain = plain_json()) return std::move(*plain);
    auto all = nlohmann::json::array();
    for (auto const& element : list()) {
        auto plain = element.plain_json();
        if (!plain) element.fail(in_quotes(name_) + " is neither a value nor a list of values");
        all.push_back(std::move(*plain));
    }
    return all;
}

std::vector<yaml_value> yaml_value::list() const {
    if (!node_.IsSequence())
        fail(in_quotes(name_) + " is not a list",
             node_.IsScalar() ? "[...], or lines that begin with '- '" : "");
    std::vector<yaml_value> all;
    for (auto const& element : node_) all.emplace_back(*source_, element, name_);
    return all;
}

std::vector<std::string> yaml_value::texts() const {
    std::vector<std::string> all;
    for (auto const& element : list()) all.push_back(element.text());
    return all;
}

void yaml_value::gather(YAML::Node const& map, std::vector<std::pair<yaml_value, yaml_value>>& into,
                        int depth) const {
    std::vector<YAML::Node> merged;
    for (auto const& pair : map) {
        yaml_value key(*source_, pair.first, name_);
        key.name_ = key.scalar("a key");
        if (key.name_ == "<<") {
            if (pair.second.IsSequence())
                for (auto const& each : pair.second) merged.push_back(each);
            else
                merged.push_back(pair.second);
            continue;
        }
        auto const same = std::find_if(into.begin(), into.end(), [&](auto const& other) {
            return other.first.name_ == key.name_;
        });
        if (same == into.end()) {
            yaml_value value(*source_, pair.second, key.name_);
            value.key_.emplace(pair.first);
            into.emplace_back(std::move(key), std::move(value));
        } else if (depth == 0) {
            key.fail(in_quotes(key.name_) + " is written twice",
                     "first in line " + std::to_string(same->first.node_.Mark().line + 1));
        }
    }
    // yaml-cpp knows no merge keys (<<: *defaults); LiteLLM's reader does.
    for (auto const& each : merged) {
        if (!each.IsMap() || depth == 8) fail("'<<' takes a map, or a list of maps");
        gather(each, into, depth + 1);
    }
}

std::vector<std::pair<yaml_value, yaml_value>> yaml_value::pairs() const {
    std::vector<std::pair<yaml_value, yaml_value>> all;
    if (node_.IsNull()) return all;
    if (!node_.IsMap())
        fail(in_quotes(name_) + " is not a map",
             node_.IsScalar() ? "lines of the form 'key: value'" : "");
    gather(node_, all, 0);
    return all;
}

yaml_section::yaml_section(yaml_value const& map) : whole_(map), pairs_(map.pairs()) {}

void yaml_section::read(yaml_value const& map, reader const& read) {
    yaml_section section(map);
    read(section);
    for (auto const& [key, value] : section.pairs_)
        if (!section.is_known(key.name_)) section.fail_unknown(key);
}

bool yaml_section::is_known(std::string const& key) const {
    return std::find(known_.begin(), known_.end(), key) != known_.end();
}

std::optional<yaml_value> yaml_section::find(std::string const& key) {
    known_.push_back(key);
    for (auto const& [name, value] : pairs_)
        if (name.name_ == key) return value;
    return {};
}

bool yaml_section::has(std::string const& key) const {
    return std::any_of(pairs_.begin(), pairs_.end(),
                       [&](auto const& pair) { return pair.first.name_ == key; });
}

yaml_value yaml_section::need(std::string const& key) {
    if (auto value = find(key)) return *value;
    // A key that is missing and one that is nearly it: most likely one mistake, not two.
    for (auto const& [name, value] : pairs_)
        if (!is_known(name.name_) && nearest_word(name.name_, {key}) == key) fail_unknown(name);
    fail(in_quotes(key) + " is missing in " + whole_.name_);
}

void yaml_section::inside(std::string const& key, reader const& read_inside) {
    if (auto const value = find(key)) read(*value, read_inside);
}

void yaml_section::ignore(std::vector<std::string> const& keys) {
    known_.insert(known_.end(), keys.begin(), keys.end());
}

void yaml_section::warn_of(std::vector<std::string> const& keys) {
    ignore(keys);
    for (auto const& [name, value] : pairs_)
        if (std::find(keys.begin(), keys.end(), name.name_) != keys.end())
            name.warn(in_quotes(name.name_) + " of " + whole_.name_ + " has no effect here");
}

void yaml_section::fail(std::string const& problem, std::string const& hint) const {
    if (pairs_.empty()) whole_.fail(problem, hint);
    pairs_.front().first.fail(problem, hint);
}

void yaml_section::fail_unknown(yaml_value const& key) const {
    auto const meant = nearest_word(key.name_, known_);
    key.fail(in_quotes(key.name_) + " is not a key of " + whole_.name_,
             meant.empty() ? std::string() : "did you mean " + in_quotes(meant) + "?");
}

}  // namespace proxy
