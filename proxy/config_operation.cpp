#include "proxy/config_sections.hpp"

// How the gateway is run, of lockstep_settings.
namespace proxy {

namespace {

constexpr std::size_t loops_max = 256;

void read_tls(yaml_section& s, config& into, tls_check const& check) {
    auto const certificate = s.find("tls_certificate");
    auto const key = s.find("tls_key");
    if (!certificate && !key) return;
    if (!key) certificate->fail("'tls_certificate' needs a 'tls_key'");
    if (!certificate) key->fail("'tls_key' needs a 'tls_certificate'");
    into.tls = tls_settings{certificate->text(), key->text()};
    into.listen.tls = true;
    if (!check) return;
    auto const why = check(*into.tls);
    if (why) (why->of_key ? *key : *certificate).fail(why->what, why->hint);
}

void read_otlp(yaml_section& s, otlp_settings& into) {
    if (auto const v = s.find("otlp_endpoint")) {
        into.endpoint = v->url();
        auto& path = into.endpoint->path;
        if (path.find('?') != std::string::npos) v->fail("an otlp_endpoint has no query");
        while (path.ends_with('/')) path.pop_back();
    }
    if (auto const headers = s.find("otlp_headers")) {
        if (!into.endpoint) headers->fail_secretly("'otlp_headers' needs an 'otlp_endpoint'");
        for (auto const& [key, value] : headers->pairs()) {
            check_header_name(key);
            into.headers.emplace_back(key.name(), value.header_value());
        }
    }
    if (auto const v = s.find("otlp_service_name")) into.service_name = v->text();
}

}  // namespace

void read_operation(yaml_section& s, config& into, tls_check const& check) {
    read_tls(s, into, check);
    read_otlp(s, into.otlp);
    if (auto const v = s.find("loops")) {
        into.loops = v->count();
        if (into.loops > loops_max)
            v->fail("there are at most " + std::to_string(loops_max) + " event loops",
                    "leave it out for one a processor");
    }
}

}  // namespace proxy
