#include <cmath>

#include "proxy/config_sections.hpp"
#include "proxy/config_spelling.hpp"

namespace proxy {

namespace {

std::size_t whole(yaml_value const& value, double most) {
    auto const number = value.number();
    if (number != std::floor(number) || number > most)
        value.fail(in_quotes(value.name()) + " is a whole number from 0 to " +
                   std::to_string(static_cast<std::size_t>(most)));
    return static_cast<std::size_t>(number);
}

}  // namespace

std::string routing_reader::model_named(yaml_value const& value) {
    named_.push_back(value);
    return value.text();
}

// As LiteLLM has it: a list of maps, each from one model to those that may answer instead.
void routing_reader::read_fallbacks(yaml_section& s, char const* key, lists& into) {
    auto const value = s.find(key);
    if (!value) return;
    into.clear();
    for (auto const& element : value->list())
        for (auto const& [asked, others] : element.pairs()) {
            auto& names = into[model_named(asked)];
            for (auto const& other : others.list()) {
                if (other.text() == asked.text())
                    other.fail("a model is no fallback of its own", "name another one");
                names.push_back(model_named(other));
            }
        }
}

void routing_reader::read_shared(yaml_section& s) {
    if (auto const v = s.find("num_retries")) into_.retries = whole(*v, 100);
    if (auto const v = s.find("allowed_fails")) into_.allowed_fails = whole(*v, 1'000'000);
    if (auto const v = s.find("default_fallbacks")) {
        into_.default_fallbacks.clear();
        for (auto const& name : v->list()) into_.default_fallbacks.push_back(model_named(name));
    }
    read_fallbacks(s, "fallbacks", into_.fallbacks);
    read_fallbacks(s, "context_window_fallbacks", into_.context_window_fallbacks);
    read_fallbacks(s, "content_policy_fallbacks", into_.content_policy_fallbacks);
}

void routing_reader::read_router(yaml_section& s) {
    read_shared(s);
    if (auto const v = s.find("retry_after")) into_.retry_after = v->pause();
    if (auto const v = s.find("max_fallbacks")) into_.fallbacks_max = whole(*v, 100);
    if (auto const v = s.find("cooldown_time")) into_.cooldown = v->pause();
    if (auto const v = s.find("disable_cooldowns"); v && v->boolean())
        into_.cooldown = runtime::duration::zero();
    if (auto const v = s.find("model_group_alias"))
        for (auto const& [alias, model] : v->pairs())
            into_.aliases[alias.text()] = model_named(model);
    if (auto const v = s.find("routing_strategy"); v && v->text() != "simple-shuffle")
        v->warn("routing_strategy is simple-shuffle here: by order, then drawn by weight");
}

void routing_reader::check(config const& whole) const {
    std::vector<std::string> known;
    for (auto const& model : whole.models) known.push_back(model.name);
    for (auto const& value : named_) {
        if (whole.find_model(value.text())) continue;
        auto const meant = nearest_word(value.text(), known);
        value.fail("there is no model " + in_quotes(value.text()),
                   meant.empty() ? "" : "did you mean " + in_quotes(meant) + "?");
    }
}

}  // namespace proxy
