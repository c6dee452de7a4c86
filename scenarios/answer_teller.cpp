#include "scenarios/answer_teller.hpp"

#include <algorithm>

#include "runtime/trace.hpp"
#include "wire/json_members.hpp"

namespace scenario {

void answer_teller::say(std::string verb, std::string words, nlohmann::json detail) {
    note_(std::move(verb), std::move(words), std::move(detail), false);
}

void answer_teller::quietly(std::string verb, std::string words, nlohmann::json detail) {
    note_(std::move(verb), std::move(words), std::move(detail), true);
}

void answer_teller::piece(char const* verb, std::string const& text) {
    if (!text.empty()) say(verb, runtime::quoted(text));
}

void answer_teller::tool(std::string const& name, std::string const& arguments) {
    auto const parsed = wire::read_json(arguments);
    say("tool", name + ' ' + (parsed.is_discarded() ? runtime::quoted(arguments) : parsed.dump()));
}

void answer_teller::error(nlohmann::json const& e) {
    failed_ = true;
    auto code = text_at(e, "code");
    if (code.empty()) code = text_at(e, "type");
    if (code.empty()) code = "unnamed";
    std::replace(code.begin(), code.end(), '_', '-');
    say("error", code + ' ' + runtime::quoted(text_at(e, "message")), e);
}

std::string text_at(nlohmann::json const& object, char const* name) {
    auto const& value = value_at(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

nlohmann::json const& value_at(nlohmann::json const& object, char const* name) {
    static nlohmann::json const none;
    if (!object.is_object()) return none;
    auto const at = object.find(name);
    return at == object.end() ? none : *at;
}

}  // namespace scenario
