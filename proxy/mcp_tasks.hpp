#pragma once

#include <optional>
#include <string>
#include <string_view>

// Tasks (2025-11-25, basic/utilities/tasks; since 2026-07-28 an extension) as a client of several
// servers sees them: the ids have the server's name in front, as the names of its tools have, so
// that no two servers' are the same.
namespace proxy {

// The id that an answer to this request, or a message of the server with this method, tells of.
std::string with_task_prefix(std::string text, std::string_view method, std::string const& prefix);

// What the client says of a task of this server's, as the server knows it.
std::string without_task_prefix(std::string text, std::string const& prefix);

// The id in a request about a task.
std::optional<std::string> task_in(std::string_view request);
std::string                with_task(std::string request, std::string const& id);

// The id that a result says a request has become; nothing if it has become none.
std::optional<std::string> task_begun(std::string_view answer);

}  // namespace proxy
