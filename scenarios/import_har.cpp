#include <cstdio>

#include "scenarios/base64.hpp"
#include "scenarios/import.hpp"
#include "scenarios/scenario.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using nlohmann::json;

std::string text_at(json const& where, char const* name) {
    auto const found = where.find(name);
    return found != where.end() && found->is_string() ? found->get<std::string>() : std::string();
}

runtime::duration milliseconds_at(json const& where, char const* name) {
    auto const found = where.find(name);
    if (found == where.end() || !found->is_number() || found->get<double>() < 0) return {};
    return std::chrono::microseconds(std::llround(found->get<double>() * 1000));
}

runtime::http_fields fields_of(json const& message) {
    runtime::http_fields fields;
    for (auto const& h : message.value("headers", json::array()))
        // HTTP/2's own, and no headers: ":authority".
        if (auto const name = text_at(h, "name"); !name.empty() && name[0] != ':')
            fields.emplace_back(name, text_at(h, "value"));
    return fields;
}

std::string target_of(std::string const& url) {
    auto const scheme = url.find("://");
    auto const path = url.find('/', scheme == url.npos ? 0 : scheme + 3);
    return path == url.npos ? "/" : url.substr(path, url.find('#', path) - path);
}

// "2026-01-31T12:00:00.250Z", also with "+02:00": microseconds since 1970. Nothing if it is none.
std::optional<std::chrono::microseconds> moment(std::string const& text) {
    int    year = 0, month = 0, day = 0, hour = 0, minute = 0, read = 0;
    double second = 0;
    if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%lf%n", &year, &month, &day, &hour, &minute,
                    &second, &read) != 6)
        return {};
    using std::chrono::microseconds, std::chrono::hours, std::chrono::minutes;
    auto const date = std::chrono::year(year) / month / day;
    if (!date.ok()) return {};
    auto at = microseconds(std::chrono::sys_days(date).time_since_epoch()) + hours(hour) +
              minutes(minute) + microseconds(std::llround(second * 1e6));
    int  zone_hour = 0, zone_minute = 0;
    char sign = 0;
    if (std::sscanf(text.c_str() + read, "%c%d:%d", &sign, &zone_hour, &zone_minute) == 3)
        at -= (sign == '-' ? -1 : 1) * (hours(zone_hour) + minutes(zone_minute));
    return at;
}

}  // namespace

replay::recording import_har(std::string const& text, std::string const& path) {
    auto const whole = wire::read_json(text);
    if (whole.is_discarded() || !whole.is_object() || !whole.contains("log") ||
        !whole["log"].is_object() || !whole["log"].contains("entries"))
        throw syntax_error(path, {}, {}, "this is no HAR", "it has log.entries");
    replay::recording                        r;
    std::optional<std::chrono::microseconds> first;
    auto const&                              entries = whole["log"]["entries"];
    bool const sound = std::all_of(entries.begin(), entries.end(), [](json const& entry) {
        return entry.is_object() && entry.contains("request") && entry["request"].is_object() &&
               entry.contains("response") && entry["response"].is_object();
    });
    if (!sound) throw syntax_error(path, {}, {}, "this is no HAR", "it has log.entries");
    // In the order of their requests.
    std::multimap<std::optional<std::chrono::microseconds>, json const*> in_order;
    for (auto const& entry : entries)
        in_order.emplace(moment(text_at(entry, "startedDateTime")), &entry);
    for (auto const& [began, entry_at] : in_order) {
        auto const&      entry = *entry_at;
        replay::exchange x;
        auto const&      asked = entry.at("request");
        auto const&      came = entry.at("response");
        auto const       timings = entry.value("timings", json::object());
        if (began && !first) first = began;
        if (began) x.at = *began - *first;
        x.asked.method = text_at(asked, "method");
        x.asked.target = target_of(text_at(asked, "url"));
        x.asked.fields = fields_of(asked);
        if (asked.contains("postData")) x.asked.body = text_at(asked["postData"], "text");
        auto&      a = x.answered;
        // Some tools write null for an answer that never came.
        auto const status = came.find("status");
        if (status != came.end() && status->is_number_unsigned())
            a.status = status->get<unsigned>();
        a.reason = text_at(came, "statusText");
        a.fields = fields_of(came);
        auto const content = came.value("content", json::object());
        auto       body = text_at(content, "text");
        if (text_at(content, "encoding") == "base64") body = from_base64(body).value_or("");
        auto const head = milliseconds_at(timings, "wait");
        if (a.status == 0) {
            a.how = replay::ending::eof;
            a.ended_at = head;
        } else {
            if (a.reason.empty()) a.reason = runtime::reason_phrase(a.status);
            lay_body(a, body, head);
            a.ended_at = head + milliseconds_at(timings, "receive");
        }
        r.exchanges.push_back(std::move(x));
    }
    r.note =
        "imported from a HAR: gaps within a body are not known (all comes with the head, the end "
        "at its time), nor the borders of transfer chunks (an event or a line each), nor trailers";
    return r;
}

}  // namespace scenario
