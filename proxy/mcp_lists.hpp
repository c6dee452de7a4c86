#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config.hpp"

namespace proxy {

// What MCP servers list, and how the lists of several become one.
struct mcp_list {
    char const* method;      // "tools/list"
    char const* member;      // of the result: "tools"
    char const* name;        // of an element: "name"
    char const* capability;  // of a server that has such a list
    bool        prefixed;    // its names are told with the server's in front
};

mcp_list const* find_mcp_list(std::string_view method);

// For the operator: what of a list was left out, and why.
using mcp_log = std::function<void(std::string const& line)>;

// The elements that this server may show, as they are spelled; with its name in front of theirs. A
// tool that nobody could call by its name, or that is larger than its limits, is left out.
std::vector<std::string> shown(mcp_list const&, mcp_server const&, bool prefixed,
                               std::string_view array, limits const&, mcp_log const&);

// The list in this answer without what may not be shown; to the letter as it was if that is all.
std::string with_shown(std::string answer, mcp_list const&, mcp_server const&, limits const&,
                       mcp_log const&);

// One more page, or one more element, than a list may have, or the page again that was just read:
// no list is cut in silence. Throws mcp_failure.
[[noreturn]] void refuse_list(mcp_list const&, mcp_server const&, std::string const& why);

// Of a cursor: it goes back in each request.
inline constexpr std::size_t cursor_size_max = 4096;

// A page of one server's list, added to what there is of it. Throws mcp_failure where the whole
// would be more than tools_max, or the next page's cursor beyond measure.
void add_page(mcp_list const&, mcp_server const&, bool prefixed, std::string_view result,
              limits const&, mcp_log const&, std::vector<std::string>& into);

std::string to_array(std::vector<std::string> const& elements);

// The text of a JSON string; empty if it is none.
std::string text_of(std::string_view spelled);
std::string spelled(std::string_view text);

// What several servers' initialize results say together.
std::string merged_capabilities(std::vector<std::string_view> const& all);

}  // namespace proxy
