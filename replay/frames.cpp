#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/system/system_error.hpp>

#include "replay/difference.hpp"
#include "wire/event_stream.hpp"
#include "wire/sse.hpp"

namespace replay {

namespace {

std::string_view content_type(answer const& a) {
    auto const* type = runtime::find_field(a.fields, "content-type");
    return type ? std::string_view(*type) : std::string_view();
}

bool is(std::string_view type, std::string_view wanted) {
    return boost::beast::iequals(type.substr(0, std::min(type.size(), wanted.size())), wanted);
}

void events_of(answer const& a, std::vector<frame>& out) {
    runtime::duration now{};
    auto const event = [&](wire::sse_event const& e) { out.push_back({now, e.type, e.data}); };
    wire::sse_parser parser(event, std::size_t(1) << 30);
    parser.on_comment([&](std::string_view c) { out.push_back({now, "comment", std::string(c)}); });
    for (auto const& p : a.pieces) {
        now = p.at;
        parser.feed(p.bytes);
    }
    if (!parser.at_boundary()) out.push_back({now, "cut", "the last event is not whole"});
}

// Amazon's; behind a frame that is damaged nothing can be told apart.
void binary_frames_of(answer const& a, std::vector<frame>& out) {
    runtime::duration now{};
    auto const        add = [&](wire::frame const& f) {
        out.push_back({now, std::string(f.type), std::string(f.data)});
    };
    auto const parser = wire::make_event_stream_parser(add, std::size_t(1) << 30);
    try {
        for (auto const& p : a.pieces) {
            now = p.at;
            parser->feed(p.bytes);
        }
        if (parser->rest().empty()) return;
        out.push_back({now, "cut", "the last frame is not whole"});
    } catch (boost::system::system_error const& e) {
        out.push_back({now, "damaged", e.what()});
    }
}

void lines_of(answer const& a, std::vector<frame>& out) {
    std::string line;
    for (auto const& p : a.pieces)
        for (char const c : p.bytes) {
            if (c != '\n') {
                line += c;
                continue;
            }
            out.push_back({p.at, "line", std::move(line)});
            line.clear();
        }
    if (!line.empty()) out.push_back({a.ended_at, "cut", std::move(line)});
}

}  // namespace

std::vector<frame> frames_of(answer const& a) {
    std::vector<frame> out;
    auto const         type = content_type(a);
    if (is(type, "text/event-stream")) {
        events_of(a, out);
    } else if (is(type, "application/x-ndjson") || is(type, "application/jsonl")) {
        lines_of(a, out);
    } else if (is(type, wire::content_type(wire::framing::event_stream))) {
        binary_frames_of(a, out);
    } else if (auto body = body_of(a); !body.empty()) {
        out.push_back({a.pieces.back().at, "body", std::move(body)});
    }
    return out;
}

}  // namespace replay
