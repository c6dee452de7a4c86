#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/tool_selection.hpp"
#include "wire/conversation.hpp"
#include "wire/mcp.hpp"

namespace proxy {

// What one server has listed.
struct listed_tools {
    server_index                 server = 0;
    std::vector<wire::mcp::tool> tools;
    std::string                  trouble = {};  // why it has told none; empty: it has told all
};

// A server that an entry asks for, and that has told no tools.
struct silent_server {
    server_index server = 0;
    std::size_t  entry = 0;  // of the selection
    std::string  trouble;
};

// What the model meant by a name.
struct unknown_tool {
    bool operator==(unknown_tool const&) const = default;
};
struct own_function {  // the client runs it
    bool operator==(own_function const&) const = default;
};
struct mcp_function {
    server_index server = 0;
    std::string  tool;  // as the server calls it
    bool         run_here = false;
    std::size_t  entry = 0;  // of the selection: the one that has it
    bool         operator==(mcp_function const&) const = default;
};
using called_tool = std::variant<unknown_tool, own_function, mcp_function>;

// Letters, digits, '_', '.' and '-' alone: what every provider and every client takes.
bool is_plain_name(std::string const&);

// "tool "x" of files is left out: why", for the log: plain ASCII, whatever its name holds.
std::string left_out(mcp_server const&, std::string const& tool, std::string const& why);

// Whether the configuration lets anybody see and call this tool.
bool offers(mcp_server const&, std::string const& tool);

// The tools of one request under the names the model is told, and the way back.
//
// A name is `<alias or name>-<tool>`. It is never split again: what a name means is looked up,
// so one that holds the separator twice means one tool or none, and no server can take the
// place of another.
class tool_table {
public:
    // Lists of servers that no entry selects are ignored. A tool that cannot be offered is left
    // out with a note.
    tool_table(config const&, tool_selection const&, std::vector<listed_tools> const&);

    std::vector<wire::tool> const& tools() const { return tools_; }  // MCP first, then the caller's
    std::size_t                    mcp_count() const { return targets_.size(); }
    std::vector<std::string> const&   notes() const { return notes_; }  // plain ASCII, for the log
    std::vector<silent_server> const& silent() const { return silent_; }

    called_tool resolve(std::string_view name) const;

private:
    void offer(config const&, tool_selection const&, std::size_t place, listed_tools const&);
    void note(mcp_server const&, std::string const& tool, std::string const& why);

    std::vector<wire::tool>                          tools_;
    std::map<std::string, mcp_function, std::less<>> targets_;  // by prefixed name
    std::map<std::string, std::string, std::less<>>  bare_;     // the prefixed name; empty: several
    std::set<std::string, std::less<>>               own_;
    std::vector<std::string>                         notes_;
    std::vector<silent_server>                       silent_;
};

// A request that asked for MCP tools, got none and has no function of its own is refused:
// to call the model without them would hide the mistake. Throws refused.
void refuse_if_nothing_selected(tool_selection const&, tool_table const&);

}  // namespace proxy
