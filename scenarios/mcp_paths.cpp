#include "scenarios/mcp_paths.hpp"

#include <boost/url.hpp>

namespace scenario {

std::string endpoint_target(std::string_view stream_target, std::string_view said) {
    namespace urls = boost::urls;
    auto const page = "http://here" + std::string(stream_target);
    auto const base = urls::parse_uri(page);  // a view
    auto const link = urls::parse_uri_reference(said);
    if (!base || !link) return std::string(said);
    urls::url meant(*base);
    if (!meant.resolve(*link)) return std::string(said);
    meant.normalize_path();
    auto target = std::string(meant.encoded_target());
    if (!target.starts_with('/')) target.insert(0, "/");
    return target;
}

}  // namespace scenario
