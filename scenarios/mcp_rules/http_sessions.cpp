#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "scenarios/mcp_judging.hpp"

// 8.2: the sessions of streamable HTTP, and the version header.
namespace scenario::rules {

namespace {

char const* const transports = "2025-11-25 basic/transports: Streamable HTTP";

// A client's side

bool is_hello(mcp_exchange const& x) { return method_of(x.asked()) == "initialize"; }

void session_in_all(conversation const& c, finding& f) {
    bool given = false;
    for (auto const& x : c.exchanges) {
        if (x.modern) continue;
        if (given && !is_hello(x))
            f.expect(!x.field("mcp-session-id").empty(), x.place(), "without its session's id");
        // What comes with a refusal was never opened.
        given = given || (x.status / 100 == 2 && !x.header("mcp-session-id").empty());
    }
}

void begins_anew(conversation const& c, finding& f) {
    for (auto const& lost : c.exchanges) {
        auto const id = lost.field("mcp-session-id");
        // A server that knows no GET may say so by 404.
        if (lost.status != 404 || id.empty() || lost.modern || lost.request.method != "POST")
            continue;
        bool const goes_on =
            std::any_of(c.exchanges.begin(), c.exchanges.end(), [&](auto const& x) {
                return x.at > lost.over_at + c.slack && x.field("mcp-session-id") == id &&
                       x.request.method == "POST";
            });
        f.expect(!goes_on, lost.place(), "its session is gone, and is used all the same");
    }
}

// Once it begins anew and asks again; a second time it tells its own client.
void once_only(mcp_view const& view, finding& f) {
    for (auto const& c : view.backs) {
        std::map<std::string, std::size_t> lost;
        for (auto const& x : c.exchanges)
            if (x.status == 404 && !x.modern && x.is_request())
                ++lost[method_of(x.asked()) + ' ' +
                       member(member(x.asked(), "params"), "name").dump() +
                       member(member(x.asked(), "params"), "arguments").dump()];
        for (auto const& [what, count] : lost) {
            std::size_t asked = 0;
            for (auto const& front : view.fronts)
                for (auto const& m : front.messages)
                    asked += !m.by_server && is_request(m.value) &&
                             what.starts_with(method_of(m.value) + ' ');
            if (asked > 0)
                f.expect(count <= 2 * asked, c.server + ' ' + what,
                         std::to_string(count) + " times it was told 404");
        }
    }
}

void deletes_its_session(conversation const& c, finding& f) {
    for (auto const& id : c.sessions) {
        // What it has left before it was told is none of its sessions.
        bool const used = std::ranges::any_of(
            c.exchanges, [&](auto const& x) { return x.field("mcp-session-id") == id; });
        if (!used) continue;
        bool over = std::ranges::find(c.farewells, id) != c.farewells.end();
        for (auto const& x : c.exchanges) {
            bool const own = x.field("mcp-session-id") == id;
            over = over || (own && (x.request.method == "DELETE" || x.status >= 400));
            // A server that is not there any more.
            over = over || (own && (x.status == 0 || !x.trouble.empty()));
        }
        f.expect(over, c.client + " -> " + c.server, "a session is never deleted");
    }
}

void version_in_all(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (!x.modern && x.revision >= "2025-06-18" && x.revision <= "2025-11-25" && !is_hello(x))
            f.expect(x.field("mcp-protocol-version") == x.revision, x.place(),
                     "Mcp-Protocol-Version is '" + x.field("mcp-protocol-version") + "', not " +
                         x.revision);
}

void errors_give_no_session(conversation const& c, finding& f) {
    for (auto const& wrong : c.exchanges) {
        auto const id = wrong.header("mcp-session-id");
        if (wrong.status < 400 || id.empty() || wrong.field("mcp-session-id") == id) continue;
        bool const taken = std::any_of(c.exchanges.begin(), c.exchanges.end(), [&](auto const& x) {
            return x.number > wrong.number && x.field("mcp-session-id") == id;
        });
        f.expect(!taken, wrong.place(), "the session id of an error is used");
    }
}

// A server's side

void session_characters(conversation const& c, finding& f) {
    for (auto const& id : c.sessions)
        f.expect(!id.empty() && std::all_of(id.begin(), id.end(),
                                            [](char x) { return x >= 0x21 && x <= 0x7E; }),
                 "initialize", "a session id with other characters than 0x21 to 0x7E");
}

// An estimate from above: how many ids of this length and these characters there are.
double bits_of(std::string const& id) {
    bool hex = true;
    int  length = 0;
    for (char const x : id) {
        if (!std::isalnum(static_cast<unsigned char>(x))) continue;
        ++length;
        hex = hex && std::isxdigit(static_cast<unsigned char>(x));
    }
    return length * (hex ? 4.0 : std::log2(62.0));
}

void session_guesses(conversation const& c, finding& f) {
    std::set<std::string> seen;
    for (auto const& id : c.sessions) {
        f.expect(seen.insert(id).second, "initialize", "a session id is given twice");
        f.expect(bits_of(id) >= 100, "initialize",
                 "a session id of " + std::to_string(id.size()) + " characters can be guessed");
    }
}

void session_missing(conversation const& c, finding& f) { expect_status(c, f, "no session", 400); }

void session_unknown(conversation const& c, finding& f) {
    expect_status(c, f, "unknown session", 404);
    expect_status(c, f, "ended session", 404);
}

void session_ends(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "ended session"))
        f.expect(x->status >= 400, x->place(), "a session that was deleted goes on");
    for (auto const* x : exchanges_for(c, "listen to the end"))
        if (x->status == 200)
            f.expect(x->over && !x->left, x->place(), "the stream of a deleted session stays open");
    for (auto const& end : c.exchanges) {
        bool const ends = c.is_traced() && end.request.method == "DELETE" && end.status / 100 == 2;
        for (auto const& x : c.exchanges)
            if (ends && x.scope == end.scope && x.request.method == "GET" && x.status == 200 &&
                x.at < end.at && !x.left)
                f.expect(x.over && x.over_at <= end.over_at + c.slack, x.place(),
                         "the stream of a deleted session stays open");
    }
}

void bad_version(conversation const& c, finding& f) {
    expect_status(c, f, "version 1999-01-01", 400);
}

void no_version(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "no version"))
        f.expect(x->status != 400, x->place(), "status 400");
}

void second_initialize(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "second initialize"))
        f.expect(x->status >= 400 || code_in(*x) != 0, x->place(), "it is taken");
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"H16",
     "S P",
     must,
     "a session id is of visible ASCII",
     transports,
     {.server = session_characters}},
    {"H17",
     "S P",
     should,
     "a session id is unique and cannot be guessed",
     transports,
     {.server = session_guesses}},
    {"H18",
     "C P",
     must,
     "the session id is in all later requests",
     transports,
     {.client = session_in_all}},
    {"H19",
     "S P",
     should,
     "a request without its session id: 400",
     transports,
     {.server = session_missing}},
    {"H20",
     "S P",
     must,
     "an unknown or ended session: 404",
     transports,
     {.server = session_unknown}},
    {"H21",
     "C P",
     must,
     "a client begins anew after that 404",
     transports,
     {.client = begins_anew}},
    {"H22",
     "C P",
     practice,
     "once, and leaves nothing pending",
     transports,
     {.gateway = once_only}},
    {"H23",
     "C P",
     should,
     "a client deletes its session",
     transports,
     {.client = deletes_its_session}},
    {"H24",
     "S P",
     must,
     "a deleted session is dead, and its stream ends",
     transports,
     {.server = session_ends, .timed = true}},
    {"H25",
     "C P",
     must,
     "the version header is in all requests behind initialize",
     transports,
     {.client = version_in_all}},
    {"H26", "S P", must, "an unknown version header: 400", transports, {.server = bad_version}},
    {"H27",
     "S P",
     should,
     "without a version header 2025-03-26 is meant",
     transports,
     {.server = no_version}},
    {"H29",
     "S P",
     practice,
     "a second initialize is refused",
     "the SDKs",
     {.server = second_initialize}},
    {"H30",
     "C P",
     practice,
     "a session id on an error is not taken",
     "typescript-sdk#2466",
     {.client = errors_give_no_session}},
};

}  // namespace

std::span<mcp_rule const> http_sessions() { return all; }

}  // namespace scenario::rules
