#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_examiner.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"
#include "wire/sse.hpp"

namespace scenario {

using json = nlohmann::json;
using boost::system::system_error;

namespace {

bool same_name(std::string const& a, std::string const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

runtime::http_fields fields_of(mcp_http_examiner::wish const& w, runtime::address const& to,
                               runtime::http_fields const& always) {
    runtime::http_fields fields{{"Host", runtime::to_text(to)}};
    bool const           gets = w.method == "GET";
    fields.emplace_back("Accept",
                        gets ? "text/event-stream" : "application/json, text/event-stream");
    if (w.modern)
        for (auto const& field : wire::mcp::headers_of(w.body)) fields.push_back(field);
    if (!w.at.id.empty()) fields.emplace_back("Mcp-Session-Id", w.at.id);
    if (!w.at.revision.empty()) fields.emplace_back("Mcp-Protocol-Version", w.at.revision);
    if (!w.body.empty()) {
        fields.emplace_back("Content-Type", "application/json");
        fields.emplace_back("Content-Length", std::to_string(w.body.size()));
    }
    fields.emplace_back("Connection", "close");
    auto const take_out = [&](std::string const& name) {
        std::erase_if(fields, [&](auto const& f) { return same_name(f.first, name); });
    };
    for (auto const& name : w.without) take_out(name);
    for (auto const& set : {always, w.set})
        for (auto const& [name, value] : set) {
            take_out(name);
            fields.emplace_back(name, value);
        }
    return fields;
}

}  // namespace

mcp_http_examiner::mcp_http_examiner(runtime::world w, runtime::address to, std::string path,
                                     runtime::http_fields always)
    : mcp_examiner(w), to_(std::move(to)), path_(std::move(path)), always_(std::move(always)) {}

mcp_http_examiner::wish mcp_http_examiner::request(std::string probe, std::string method,
                                                   json params) {
    auto const said = message(std::move(method), std::move(params));
    wish       w;
    w.probe = std::move(probe);
    w.body = said.dump();
    w.at = current;
    if (modern) w.at = {};
    w.modern = modern;
    return w;
}

json mcp_http_examiner::begin(std::string probe, std::string method, json params) {
    auto w = request(std::move(probe), std::move(method), std::move(params));
    auto id = wire::read_json(w.body)["id"];
    start(std::move(w));
    return id;
}

runtime::awaitable<void> mcp_http_examiner::tell(std::string probe, std::string method,
                                                 json params) {
    json message{{"jsonrpc", "2.0"}, {"method", std::move(method)}};
    if (!params.is_null()) message["params"] = std::move(params);
    wish w;
    w.probe = std::move(probe);
    w.body = message.dump();
    w.at = current;
    co_await exchange(std::move(w));
}

mcp_exchange& mcp_http_examiner::start(wish w) {
    auto& x = kept_.exchanges.emplace_back();
    x.number = kept_.exchanges.size();
    x.scope = w.at.scope;
    x.modern = w.modern;
    x.probe = w.probe;
    x.revision = w.at.revision;
    x.request.method = w.method;
    auto const& usual = w.method == "POST" && !post_to.empty() ? post_to : path_;
    x.request.target = w.path.empty() ? usual : w.path;
    x.at = x.over_at = clock().now();
    x.request.fields = fields_of(w, to_, always_);
    x.body = std::move(w.body);
    if (auto said = wire::read_json(x.body); said.is_structured())
        keep(false, std::move(said), &x, x.probe);
    auto r = std::make_shared<running>();
    r->x = &x;
    r->to = w.to.host.empty() ? to_ : w.to;
    running_.push_back(r);
    tasks_.spawn("exchange", carry(std::move(r)));
    return x;
}

runtime::awaitable<void> mcp_http_examiner::exchange(wish w, duration limit) {
    auto&                       x = start(std::move(w));
    auto const                  asked = wire::read_json(x.body);
    auto const                  id = is_request(asked) ? asked["id"] : json();
    std::function<bool()> const over = [&x] { return x.over; };
    std::function<bool()> const answered = [&] {
        return x.over || (!id.is_null() && !answer_for(id).is_null());
    };
    bool const in_time = co_await until(answered, limit);
    if (!in_time) x.trouble = "nothing within " + runtime::to_text(limit);
    if (in_time) co_await until(over, std::chrono::milliseconds(500));
    leave(x);
}

void mcp_http_examiner::leave(mcp_exchange& x) {
    if (x.over || x.left) return;
    x.left = true;
    x.over_at = clock().now();
    for (auto const& r : running_)
        if (r->x == &x && r->stream) r->stream->close();
}

runtime::awaitable<void> mcp_http_examiner::carry(std::shared_ptr<running> r) {
    auto&                     x = *r->x;
    boost::system::error_code why;
    try {
        co_await talk(*r);
    } catch (system_error const& e) {
        why = e.code();
    }
    if (!x.left) {
        x.over = true;
        x.over_at = clock().now();
    }
    if (why && !x.left) x.trouble = why.message();
    std::erase(running_, r);
    changed_.ring();
}

runtime::awaitable<void> mcp_http_examiner::talk(running& r) {
    auto&                     x = *r.x;
    runtime::http_limit const limit{std::chrono::hours(1), boost::asio::error::timed_out};
    r.stream = co_await world_.network.connect(r.to);
    if (x.left) co_return;
    r.reader.emplace(*r.stream, world_.clock);
    auto const bytes = runtime::to_text(x.request) + x.body;
    co_await r.stream->write(bytes);
    auto const head = co_await r.reader->response(limit);
    x.status = head.status;
    x.fields = head.fields;
    changed_.ring();
    if (!x.streams()) {
        x.answer = co_await r.reader->whole_body(limit);
        auto const* type = runtime::find_field(x.fields, "content-type");
        // An HTTP error may have a body of its own: no message, unless it says that it is one.
        bool const  is_message = x.status < 400 || wire::read_json(x.answer).contains("jsonrpc");
        if (is_message && type && type->starts_with("application/json")) hear(x, x.answer);
        co_return;
    }
    // An event without data is told by nobody but the id that it leaves behind.
    std::string      id;
    wire::sse_parser parser([&, this](wire::sse_event const& event) {
        auto own = event.id == id ? std::string() : event.id;
        x.events.push_back(
            {std::move(own), event.type, event.data, clock().now(), parser.retry(), {}});
        id = event.id;
        if (event.type == "message") hear(x, event.data);
        changed_.ring();
    });
    parser.on_comment([&, this](std::string_view) { x.comments.push_back(clock().now()); });
    for (;;) {
        auto const piece = co_await r.reader->body(limit);
        if (piece.empty()) break;
        // Event by event, so that what the parser knows is of this one.
        for (std::size_t from = 0; from < piece.size();) {
            auto end = piece.find("\n\n", from);
            end = end == piece.npos ? piece.size() : end + 2;
            parser.feed(piece.substr(from, end - from));
            from = end;
            if (!parser.at_boundary() || parser.last_id() == id) continue;
            id = parser.last_id();
            x.events.push_back({id, "message", {}, clock().now(), parser.retry(), {}});
        }
    }
}

void mcp_http_examiner::hear(mcp_exchange& x, std::string const& text) {
    if (text.empty()) return;
    keep(true, wire::read_json(text), &x, x.probe, wire::is_utf8(text));
}

runtime::awaitable<bool> mcp_http_examiner::open(std::string revision, session& into) {
    into = {};
    into.scope = ++scopes_;
    json params{{"protocolVersion", revision}, {"capabilities", json::object()}};
    params["clientInfo"] = {{"name", "lockstep check-mcp"}, {"version", "1.0"}};
    auto w = request("version", "initialize", std::move(params));
    w.at = into;
    auto const id = wire::read_json(w.body)["id"];
    auto const number = kept_.exchanges.size();
    co_await exchange(std::move(w));
    auto const  result = member(answer_for(id), "result");
    auto const  chosen = member(result, "protocolVersion");
    auto const& x = kept_.exchanges[number];
    auto const* given = runtime::find_field(x.fields, "mcp-session-id");
    if (!chosen.is_string() || x.status != 200) co_return false;
    into.revision = chosen;
    if (given != nullptr) {
        into.id = *given;
        kept_.sessions.push_back(into.id);
    }
    wish note;
    note.probe = "notification";
    note.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
    note.at = into;
    co_await exchange(std::move(note));
    co_return true;
}

}  // namespace scenario
