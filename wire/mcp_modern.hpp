#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "wire/json_rpc.hpp"

// What revision 2026-07-28 of MCP has in place of a session: each request says of itself who asks,
// in `params._meta`, and its HTTP headers say again what its body does. The revisions before it are
// the legacy era, this one and what follows it the modern one.
namespace wire::mcp {

inline constexpr char modern_revision[] = "2026-07-28";

inline constexpr char meta_version[] = "io.modelcontextprotocol/protocolVersion";
inline constexpr char meta_capabilities[] = "io.modelcontextprotocol/clientCapabilities";
inline constexpr char meta_client[] = "io.modelcontextprotocol/clientInfo";
inline constexpr char meta_log_level[] = "io.modelcontextprotocol/logLevel";
inline constexpr char meta_subscription[] = "io.modelcontextprotocol/subscriptionId";
inline constexpr char meta_server[] = "io.modelcontextprotocol/serverInfo";

inline constexpr int header_mismatch = -32020;
inline constexpr int capability_missing = -32021;
inline constexpr int version_unsupported = -32022;

inline constexpr char discover_method[] = "server/discover";
inline constexpr char listen_method[] = "subscriptions/listen";

// Of an answer to server/discover: whether the server speaks the modern revision that we do.
bool speaks_modern(rpc_response const&);
// Of a refusal of initialize: whether it is worth to ask in the modern era.
bool may_be_modern(rpc_error const&);

// Errors that only a server of the modern era says.
bool     is_modern_error(int code);
// The HTTP status that this error goes with; 200 for those that are an answer like any other.
unsigned status_of_error(int code);

// initialize, ping and others that this era has no more.
bool is_removed(std::string_view method);
// The header of that name, or null.
using header_lookup = std::function<std::string const*(std::string_view name)>;

// What is wrong with a request's metadata, and with the headers that say it again; no lookup: it
// came over a transport without headers. Goes with the status 400.
std::optional<rpc_error> objection_to(rpc_request const&, header_lookup const&,
                                      std::vector<std::string> const& spoken);

// Lists and reads, whose results say how long they may be kept.
bool is_cacheable(std::string_view method);

// The params of a request of a client that offers nothing.
nlohmann::json with_meta(nlohmann::json params, std::string const& client_name,
                         std::string const& version);

// Whether a request says in itself that it is of the modern era.
bool has_modern_meta(nlohmann::json const& params);

// What the header Mcp-Name repeats; nothing for methods that have none. Of a message's text.
std::optional<std::string> name_in(std::string_view request);

// A value as it stands in a header: as it is, or in =?base64?...?= where it could not.
std::string                to_header(std::string_view value);
// Without the blanks around it, and out of its wrapper. Nothing if what is in there is no base64.
std::optional<std::string> from_header(std::string_view value);

using header_fields = std::vector<std::pair<std::string, std::string>>;

// Version, method and name, of a message's text.
header_fields headers_of(std::string_view request);

// A parameter that a tool's schema wants repeated in a header: `"x-mcp-header": "Region"`.
struct mirrored {
    std::string              header;  // "Mcp-Param-Region"
    std::vector<std::string> path;    // of the argument
};

// Nothing if the schema marks what must not be marked: no client may show such a tool.
std::optional<std::vector<mirrored>> mirrored_parameters(nlohmann::json const& schema);
header_fields parameter_headers(std::vector<mirrored> const&, nlohmann::json const& arguments);

// "1999-01-01 is not spoken here": the error that names what is.
rpc_error unsupported_version(std::string const&              requested,
                              std::vector<std::string> const& supported);

}  // namespace wire::mcp
