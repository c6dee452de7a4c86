#include <algorithm>
#include <boost/system/system_error.hpp>
#include <optional>

#include "scenarios/checks.hpp"
#include "wire/json_guard.hpp"
#include "wire/sse.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "bytes";
constexpr std::size_t event_size_max = 64 << 20;

struct reading {
    std::vector<wire::sse_event> events;
    bool                         whole = true;  // no event is half said at the end
};

// Nothing if an event is beyond any limit.
std::optional<reading> read_in_pieces(std::string_view body, std::size_t piece) {
    reading          found;
    wire::sse_parser parser([&](wire::sse_event const& e) { found.events.push_back(e); },
                            event_size_max);
    try {
        for (; !body.empty(); body.remove_prefix(std::min(piece, body.size())))
            parser.feed(body.substr(0, piece));
    } catch (boost::system::system_error const&) {
        return {};
    }
    found.whole = parser.at_boundary();
    return found;
}

bool is_field(std::string_view line) {
    if (line.empty() || line.front() == ':') return true;
    auto const name = line.substr(0, line.find(':'));
    return name == "data" || name == "event" || name == "id" || name == "retry";
}

// The first line that is no field of an event, none if all are.
std::string strange_line(std::string_view body) {
    if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
    while (!body.empty()) {
        auto const end = body.find_first_of("\r\n");
        if (end == body.npos) return {};  // cut, which is another matter
        if (!is_field(body.substr(0, end))) return std::string(body.substr(0, end));
        body.remove_prefix(end + 1);
    }
    return {};
}

bool is_last_frame(story const& told, runtime::event const& e) {
    if (e.words == "[DONE]") return true;
    auto const& frame = told.json_of(e);
    return frame.is_object() && frame.contains("error") && !frame["error"].is_null();
}

// What the client read as the bytes came is what one read of them all gives.
bool heard_as(client_exchange const& x, std::vector<wire::sse_event> const& events) {
    std::size_t at = 0;
    for (auto const* e : x.heard) {
        if (e->verb != "frame") continue;
        if (at == events.size()) return false;
        auto const& event = events[at++];
        if (e->words != event.data || member(e->detail, "type") != event.type) return false;
    }
    return at == events.size();
}

void judge_stream(client_exchange const& x, std::string const& body,
                  std::vector<objection>& objections) {
    auto const  once = read_in_pieces(body, std::max<std::size_t>(1, body.size()));
    // Byte by byte, unless that would take seconds.
    auto const  cut = read_in_pieces(body, 1 + body.size() / 400'000);
    auto const* about = x.first("bytes");
    if (once && cut && (once->events != cut->events || !heard_as(x, once->events)))
        objections.push_back(object(id, about, "the events change with the cuts between reads"));
    if (auto const line = strange_line(body); !line.empty())
        objections.push_back(object(id, about, "a line is no field of an event", line));

    auto const* body_end = x.first("body-end");
    if (body_end == nullptr || member(body_end->detail, "clean") != true) return;
    if (once && !once->whole)
        objections.push_back(object(id, body_end, "the body ends in the middle of an event"));
    // The frames tell nothing of this: whoever reads events puts U+FFFD for what is no character.
    if (!wire::is_utf8(body))
        objections.push_back(object(id, about, "the stream is not whole UTF-8"));
}

void judge_frames(story const& told, client_exchange const& x, std::vector<objection>& objections) {
    event_pointer last = nullptr;
    for (auto const* e : x.heard) {
        if (e->verb == "body" && !wire::is_utf8(e->words))
            objections.push_back(object(id, e, "the body is not whole UTF-8"));
        if (e->verb != "frame") continue;
        // OpenAI says of a response both that there is an error and that it has failed.
        bool const second_half =
            last != nullptr && member(told.json_of(*e), "type") == "response.failed";
        if (last != nullptr && !second_half) {
            objections.push_back(object(id, e, "this follows the last frame",
                                        "the last was " + runtime::quoted(last->words)));
            break;
        }
        if (is_last_frame(told, *e)) last = e;
    }
}

void judge_end(client_exchange const& x, std::vector<objection>& objections) {
    auto const* end = x.first("body-end");
    if (end == nullptr || x.hang_up != nullptr) return;
    // A cut may be how trouble is told, but not after a good end.
    bool const may_be_cut = x.first("cut") != nullptr && x.first("end") == nullptr;
    if (member(end->detail, "clean") == false && !may_be_cut)
        objections.push_back(object(id, end, "the body is not as long as its framing says"));
    if (auto const& more = member(end->detail, "trailing"); more.is_number() && more > 0)
        objections.push_back(object(id, end, more.dump() + " bytes follow the end of the body"));
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    for (auto const& x : told.exchanges) {
        std::string body;
        for (auto const* e : x.heard)
            if (e->verb == "bytes") body += e->words;
        if (x.first("frame") != nullptr) judge_stream(x, body, objections);
        judge_frames(told, x, objections);
        judge_end(x, objections);
    }
    return objections;
}

}  // namespace

check bytes() {
    return {id,
            "an event stream is the same wherever it is cut, its UTF-8 is whole, and nothing "
            "follows its end",
            "WHATWG HTML, server-sent events; RFC 9112 section 7.1", judge};
}

}  // namespace scenario::standing
