#include "proxy/json_text.hpp"

#include "wire/json_members.hpp"

namespace proxy {

std::string json_text(std::string const& text) {
    std::string quoted;
    wire::append_quoted(quoted, text);
    return quoted;
}

std::string json_text(nlohmann::json const& value) { return wire::dump(value); }

std::string json_text(nlohmann::ordered_json const& value) {
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace proxy
