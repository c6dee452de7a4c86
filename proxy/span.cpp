#include "proxy/span.hpp"

#include <algorithm>

namespace proxy {

namespace {

using nlohmann::ordered_json;

bool is_id(std::string_view digits) {
    bool const hexadecimal = std::all_of(digits.begin(), digits.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    return hexadecimal && digits.find_first_not_of('0') != digits.npos;
}

std::string hexadecimal(std::uint64_t number) {
    constexpr char digits[] = "0123456789abcdef";
    std::string    text(16, '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, number >>= 4) *at = digits[number & 15];
    return text;
}

ordered_json value_of(nlohmann::json const& value) {
    ordered_json typed;
    if (value.is_boolean())
        typed["boolValue"] = value.get<bool>();
    else if (value.is_number_integer())
        typed["intValue"] = std::to_string(value.get<std::int64_t>());
    else
        typed["stringValue"] = value.get<std::string>();
    return typed;
}

void add(ordered_json& attributes, std::string const& key, nlohmann::json const& value) {
    ordered_json one;
    one["key"] = key;
    one["value"] = value_of(value);
    attributes.push_back(std::move(one));
}

ordered_json told(span const& s) {
    ordered_json one;
    one["traceId"] = s.trace_id;
    one["spanId"] = s.id;
    if (!s.parent.empty()) one["parentSpanId"] = s.parent;
    one["name"] = s.name;
    one["kind"] = static_cast<int>(s.kind);
    one["startTimeUnixNano"] = std::to_string(s.began);
    one["endTimeUnixNano"] = std::to_string(s.ended);
    auto attributes = ordered_json::array();
    for (auto const& [key, value] : s.attributes.items()) add(attributes, key, value);
    if (!s.error.empty()) add(attributes, "error.type", s.error);
    one["attributes"] = std::move(attributes);
    if (!s.error.empty()) one["status"]["code"] = 2;
    return one;
}

}  // namespace

std::optional<trace_position> read_traceparent(std::string_view text) {
    constexpr std::size_t size = 55;
    // A version after 00 may have more behind what is known.
    bool const longer = text.size() > size && !text.starts_with("00") && text[size] == '-';
    if (text.size() < size || (text.size() > size && !longer)) return std::nullopt;
    if (text[2] != '-' || text[35] != '-' || text[52] != '-' || text.starts_with("ff"))
        return std::nullopt;
    auto const flags = text.substr(53, 2);
    auto const digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
    if (!is_id(text.substr(3, 32)) || !is_id(text.substr(36, 16)) ||
        !is_id("1" + std::string(flags)) || !is_id("1" + std::string(text.substr(0, 2))))
        return std::nullopt;
    trace_position found;
    found.trace_id = text.substr(3, 32);
    found.span_id = text.substr(36, 16);
    found.sampled = (digit(flags[1]) & 1) != 0;
    return found;
}

std::string to_traceparent(trace_position const& at) {
    return "00-" + at.trace_id + '-' + at.span_id + (at.sampled ? "-01" : "-00");
}

std::string new_span_id(runtime::entropy& from) { return hexadecimal(from.next() | 1); }

std::string new_trace_id(runtime::entropy& from) {
    auto const front = hexadecimal(from.next());
    return front + new_span_id(from);
}

std::string to_otlp(std::vector<span> const& spans, std::string const& service_name) {
    ordered_json scope;
    scope["scope"]["name"] = "lockstep";
    scope["spans"] = ordered_json::array();
    for (auto const& s : spans) scope["spans"].push_back(told(s));
    ordered_json resource;
    resource["resource"]["attributes"] = ordered_json::array();
    add(resource["resource"]["attributes"], "service.name", service_name);
    resource["scopeSpans"].push_back(std::move(scope));
    ordered_json all;
    all["resourceSpans"].push_back(std::move(resource));
    return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace proxy
