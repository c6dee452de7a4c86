#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config.hpp"

// What MCP over HTTP says in headers.
namespace proxy {

// "a, b" as its words.
std::vector<std::string> words_of_list(std::string_view header);

// "text/event-stream; q=1" without its parameters, in small letters.
std::string media_type(std::string_view text);

// Whether an Accept header takes this type, by name or by "*/*" or "text/*".
bool accepts(std::string_view header, std::string_view type);

// A page of the gateway itself, or one that the configuration names. Browsers say whose page they
// show; a stranger's page must not talk to a server on its visitor's own machine.
bool is_own_origin(std::string_view origin, config const&);

// The name by which a client has reached us. On loopback it must be loopback's: a stranger's name
// that resolves to it would lead a browser here.
bool is_own_host(std::string_view host, config const&);

// "7-12": the twelfth event of the seventh stream.
struct event_id {
    std::uint64_t stream;
    std::uint64_t event;
};
std::optional<event_id> read_event_id(std::string_view text);

}  // namespace proxy
