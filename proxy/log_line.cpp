#include "proxy/log_line.hpp"

#include <nlohmann/json.hpp>

namespace proxy {

std::string log_line(std::string_view text) {
    auto const spelled =
        nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    std::string line;
    for (std::size_t at = 1; at + 1 < spelled.size(); ++at) {
        bool const quotes =
            spelled[at] == '\\' && (spelled[at + 1] == '"' || spelled[at + 1] == '\\');
        if (quotes) ++at;
        // JSON leaves this one as it is.
        if (spelled[at] == '\x7f')
            line += "\\u007f";
        else
            line += spelled[at];
    }
    return line;
}

}  // namespace proxy
