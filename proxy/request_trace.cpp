#include "proxy/request_trace.hpp"

#include <exception>

namespace proxy {

request_trace::request_trace(span_exporter* to, runtime::world const& w, std::int64_t unix_now,
                             runtime::http_request const& request)
    : exporter_(to), world_(w), unix_began_(unix_now), began_(w.clock.now()) {
    if (!exporter_) return;
    auto const* told = runtime::find_field(request.fields, "traceparent");
    auto const  above = told ? read_traceparent(*told) : std::nullopt;
    if (above && !above->sampled) exporter_ = nullptr;
    if (!exporter_) return;
    own_.trace_id = above ? above->trace_id : new_trace_id(world_.entropy);
    own_.parent = above ? above->span_id : std::string();
    own_.id = new_span_id(world_.entropy);
    own_.kind = span::kind::server;
    own_.began = unix_began_;
}

request_trace::~request_trace() {
    if (!exporter_ || own_.name.empty()) return;
    own_.ended = unix_now();
    exporter_->add(std::move(own_));
}

std::int64_t request_trace::unix_now() const {
    return unix_began_ + (world_.clock.now() - began_).count();
}

void request_trace::note(char const* key, nlohmann::json value) {
    if (exporter_) own_.attributes[key] = std::move(value);
}

void request_trace::failed(std::string const& error) { own_.error = error; }

request_trace::part request_trace::begin(std::string name, enum span::kind kind) {
    span told;
    if (!exporter_) return {nullptr, std::move(told)};
    told.trace_id = own_.trace_id;
    told.parent = own_.id;
    told.id = new_span_id(world_.entropy);
    told.name = std::move(name);
    told.kind = kind;
    told.began = unix_now();
    return {this, std::move(told)};
}

request_trace::part::part(request_trace* of, span told)
    : of_(of), told_(std::move(told)), throwing_(std::uncaught_exceptions()) {}

request_trace::part::part(part&& other) noexcept
    : of_(std::exchange(other.of_, nullptr)),
      told_(std::move(other.told_)),
      throwing_(other.throwing_) {}

request_trace::part::~part() {
    if (!of_) return;
    if (told_.error.empty() && std::uncaught_exceptions() > throwing_) told_.error = "failed";
    told_.ended = of_->unix_now();
    of_->exporter_->add(std::move(told_));
}

void request_trace::part::note(char const* key, nlohmann::json value) {
    if (of_) told_.attributes[key] = std::move(value);
}

void request_trace::part::failed(std::string const& error) { told_.error = error; }

std::optional<trace_position> request_trace::part::position() const {
    if (!of_) return std::nullopt;
    return trace_position{told_.trace_id, told_.id, true};
}

void point_to(wire::fields& headers, request_trace::part const& part) {
    auto const at = part.position();
    if (!at) return;
    std::erase_if(headers, [](auto const& field) { return field.first == "traceparent"; });
    headers.emplace_back("traceparent", to_traceparent(*at));
}

}  // namespace proxy
