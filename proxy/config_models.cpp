#include <algorithm>
#include <array>
#include <utility>

#include "proxy/config_sections.hpp"
#include "proxy/config_spelling.hpp"

namespace proxy {
namespace {

std::vector<std::string> provider_names() {
    std::vector<std::string> names;
    for (auto const& format : wire::provider_formats()) names.emplace_back(format.prefix);
    return names;
}

void read_provider(yaml_value const& value, model& into) {
    auto const written = value.text();
    auto const known = provider_names();
    auto const slash = written.find('/');
    if (slash == std::string::npos)
        value.fail(in_quotes(written) + " names no provider",
                   "write PROVIDER/" + written + "; known: " + listed(known));
    into.provider = written.substr(0, slash);
    into.upstream_name = written.substr(slash + 1);
    // LiteLLM writes openai/responses/MODEL for the other API of the same house.
    constexpr std::string_view other_api = "responses/";
    if (into.provider == "openai" && into.upstream_name.starts_with(other_api)) {
        into.provider = "responses";
        into.upstream_name.erase(0, other_api.size());
    }
    auto const* format = wire::find_provider_format(into.provider);
    if (format) {
        into.provider = format->name;
    } else {
        auto const meant = nearest_word(into.provider, known);
        value.fail("there is no provider " + in_quotes(into.provider) + "; known: " + listed(known),
                   meant.empty()
                       ? ""
                       : "did you mean " + in_quotes(meant + "/" + into.upstream_name) + "?");
    }
    if (into.upstream_name.empty()) value.fail("the model's name is missing after the provider's");
}

// Amazon has an address in each region.
std::string bedrock_base(model const& model) {
    if (model.provider != "bedrock" || model.aws_region.empty()) return {};
    return "https://bedrock-runtime." + model.aws_region + ".amazonaws.com";
}

http_url read_base(yaml_section& s, model const& model) {
    http_url base;
    if (auto const v = s.find("api_base")) {
        base = v->url();
        if (base.path.find('?') != std::string::npos) v->fail("an api_base has no query");
    } else {
        auto const*       known = wire::find_provider_format(model.provider)->base;
        std::string const made = known ? known : bedrock_base(model);
        if (made.empty()) s.need("api_base");
        base = parse_http_url(made);
    }
    while (base.path.ends_with('/')) base.path.pop_back();
    // LiteLLM takes Anthropic's address without the version and adds it.
    if (model.provider == "anthropic" && base.path.empty()) base.path = "/v1";
    return base;
}

void read_keepalive(yaml_value const& value, model& into) {
    constexpr auto least = std::chrono::seconds(1);
    constexpr auto most = std::chrono::seconds(300);
    into.keepalive_interval = value.pause();
    if (into.keepalive_interval == runtime::duration::zero()) return;
    auto const clamped = std::clamp<runtime::duration>(into.keepalive_interval, least, most);
    if (clamped != into.keepalive_interval)
        value.warn("keepalive_seconds is taken as " + runtime::to_text(clamped) +
                   ": 1 to 300 seconds, or 0 for none");
    into.keepalive_interval = clamped;
}

void read_params(yaml_section& s, model& into) {
    read_provider(s.need("model"), into);
    if (auto const v = s.find("aws_region_name")) into.aws_region = v->text();
    if (auto const v = s.find("aws_secret_access_key")) into.aws_secret_key = v->header_value();
    if (auto const v = s.find("aws_session_token")) into.aws_session_token = v->header_value();
    if (auto const v = s.find("api_version")) into.api_version = v->text();
    into.api = read_base(s, into);
    if (auto const v = s.find("api_key")) into.api_key = v->header_value();
    if (auto const v = s.find("aws_access_key_id")) into.api_key = v->header_value();
    if (auto const v = s.find("timeout")) into.timeouts.request = v->limit();
    if (auto const v = s.find("stream_timeout")) into.timeouts.first_byte = v->limit();
    if (auto const v = s.find("ttft_timeout")) into.timeouts.first_byte = v->limit();
    if (auto const v = s.find("stream_idle_timeout")) into.timeouts.idle = v->limit();
    if (auto const v = s.find("connect_timeout")) into.timeouts.connect = v->limit();
    if (auto const v = s.find("keepalive_seconds")) read_keepalive(*v, into);
    for (auto const* name : {"max_tokens", "max_completion_tokens", "temperature", "top_p", "seed",
                             "stop", "presence_penalty", "frequency_penalty", "reasoning_effort"})
        if (auto const v = s.find(name)) into.options[name] = v->json();
    if (auto const v = s.find("weight")) into.weight = v->number();
    if (auto const v = s.find("order")) into.order = v->count();
    s.ignore({"input_cost_per_token", "output_cost_per_token"});
    s.warn_of({"custom_llm_provider", "organization", "extra_headers", "max_retries", "num_retries",
               "rpm", "tpm", "max_parallel_requests", "mock_response", "tools",
               "allow_client_keepalive_override", "drop_params", "additional_drop_params",
               "extra_body", "tags", "region_name", "merge_reasoning_content_in_choices",
               "use_in_pass_through", "litellm_credential_name"});
}

}  // namespace

void read_models(yaml_value const& list, config& into) {
    for (auto const& element : list.list()) {
        model made;
        made.timeouts = into.timeouts;
        made.keepalive_interval = into.keepalive_interval;
        yaml_section::read(element, [&](yaml_section& s) {
            auto const name = s.need("model_name");
            made.name = name.text();
            if (made.name.empty()) name.fail("a model needs a name");
            yaml_section::read(s.need("litellm_params"),
                               [&](yaml_section& params) { read_params(params, made); });
            s.ignore({"model_info"});
        });
        into.models.push_back(std::move(made));
    }
}

}  // namespace proxy
