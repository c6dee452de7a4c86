#include "proxy/access_log.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

constexpr std::size_t id_size_max = 128;
constexpr std::size_t context_size_max = 512;  // https://www.w3.org/TR/trace-context/#limits

bool is_visible(std::string const& text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string utc(std::int64_t seconds) {
    std::time_t const at = seconds;
    std::tm           parts{};
    char              text[sizeof "9999-12-31T23:59:59Z"] = {};
    ::gmtime_r(&at, &parts);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

double milliseconds(runtime::duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}

}  // namespace

std::string to_line(access_entry const& e) {
    nlohmann::ordered_json line;
    line["time"] = utc(e.began);
    line["request_id"] = e.request_id;
    line["method"] = e.method;
    line["path"] = e.path;
    if (!e.model.empty()) {
        line["model"] = e.model;
        line["stream"] = e.stream;
    }
    if (e.status) line["status"] = *e.status;
    if (!e.error.empty()) line["error"] = e.error;
    line["duration_ms"] = milliseconds(e.took);
    if (e.first_token) line["ttft_ms"] = milliseconds(*e.first_token);
    // A client writes what it likes into its request line.
    return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string request_id_of(runtime::http_request const& request, runtime::entropy& entropy) {
    auto const* own = runtime::find_field(request.fields, "x-request-id");
    return own && is_visible(*own, id_size_max) ? *own : "req_" + entropy.token(20);
}

runtime::http_fields passed_on(runtime::http_request const& request,
                               std::string const&           request_id) {
    runtime::http_fields fields{{"X-Request-Id", request_id}};
    for (auto const* name : {"traceparent", "tracestate"})
        if (auto const* value = runtime::find_field(request.fields, name);
            value && value->size() <= context_size_max)
            fields.emplace_back(name, *value);
    return fields;
}

}  // namespace proxy
