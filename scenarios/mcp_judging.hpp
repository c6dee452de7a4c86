#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"
#include "scenarios/mcp_tap.hpp"

// What the judges of scenarios/mcp_rules/ share.
namespace scenario::rules {

using json = nlohmann::json;
using conversation = mcp_conversation;
using finding = mcp_finding;

// A text as it is, and any other value as JSON.
std::string as_text(json const&);

// "status 404", or why there is none.
std::string status_of(mcp_exchange const&);
void        expect_status(conversation const&, finding&, char const* probe, unsigned wanted);

// The error's code in the last message of an answer; 0: there is none.
int         code_in(mcp_exchange const&);
json        code_of(mcp_message const& answer);
void        expect_code(conversation const&, finding&, mcp_message const& asked, int wanted);
std::string told_code(json const& code);  // "code -32602", "a result"

// A member of a JSON text as it is spelled there; empty: it has none.
std::string spelled_member(std::string const& text, std::string_view name);

// The exchange whose stream this one goes on with, by its Last-Event-ID; null: cannot be told.
mcp_exchange const* resumed_by(conversation const&, mcp_exchange const&);
// The first event behind the one of this id; the number of events if there is none.
std::size_t         behind(mcp_exchange const&, std::string const& id);
// An answer to the request of `asked` on this stream.
bool                answers(mcp_exchange const&, json const& asked, std::size_t from = 0);

bool is_resume(mcp_exchange const&);

// Of HTTP+SSE: whether its stream is in it, and whether this one is, and is over, and with it its
// session.
bool is_of_old_sse(conversation const&);
bool is_old_stream_over(mcp_exchange const&);

bool names_retry(mcp_exchange const&);

bool                            is_progress(mcp_message const&);
// The notes of progress of a request, from the other side, in the order in which they came.
std::vector<mcp_message const*> progress_of(conversation const&, mcp_message const& asked);

// Where the server has answered, its client is to hear it; nothing is expected where the client has
// left, has cancelled or was cut off.
void expect_answer(mcp_view::pair const&, finding&, std::string fact);

// The other side's message that ends what this one asked for: notifications/cancelled by its
// sender.
mcp_message const* cancel_of(conversation const&, mcp_message const& asked);

}  // namespace scenario::rules
