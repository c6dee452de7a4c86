#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>

#include "proxy/gateway.hpp"
#include "proxy/request_body.hpp"
#include "runtime/guarded.hpp"

// Several loops and several configurations: which of them a request is served on.
namespace proxy {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;

constexpr std::size_t head_max = 64 << 10;

// Of one connection alone (RFC 9110, 7.6.1), or written anew.
bool ends_here(std::string const& name) {
    runtime::http_fields const one{{name, ""}};
    for (auto const* hop : {"connection", "keep-alive", "proxy-connection", "te", "upgrade",
                            "content-length", "transfer-encoding", "expect"})
        if (runtime::find_field(one, hop)) return true;
    return false;
}

}  // namespace

std::shared_ptr<gateway_ground> gateway::make_ground(std::shared_ptr<gateway_plan> plan) {
    auto mark = loop_.count > 1 ? "-" + std::to_string(loop_.number) : std::string();
    auto log = [this](std::string const& line) { note(line); };
    return std::make_shared<gateway_ground>(world_, std::move(plan), commons_, meters_,
                                            std::move(mark), std::move(log));
}

void gateway::reload(std::shared_ptr<gateway_plan> plan) {
    left_.push_back(std::exchange(ground_, make_ground(std::move(plan))));
    ground_->begin();
    beside_.spawn("leave an old configuration", leave(left_.back()));
}

runtime::awaitable<void> gateway::leave(std::shared_ptr<gateway_ground> old) {
    co_await old->until_left();
    co_await old->end();
    left_.remove(old);
}

void gateway::serve_on(connection& client, std::shared_ptr<gateway_ground> ground) {
    client.ground = std::move(ground);
    client.in_use.emplace(client.ground);
}

// Null: the one that new requests are served on.
std::shared_ptr<gateway_ground> gateway::ground_of(runtime::http_request const& request) const {
    auto const id = mcp_endpoint::session_in(request);
    if (!id) return nullptr;
    for (auto const& ground : left_)
        if (ground->mcp.has_session(*id)) return ground;
    return nullptr;
}

// No host of a URL begins like this.
runtime::address gateway::door_of(std::size_t loop) { return {"@loop-" + std::to_string(loop), 1}; }

// A session of an MCP client lives on the loop where it was begun: the end of its id says which.
std::optional<std::size_t> gateway::other_loop(runtime::http_request const& request) const {
    auto const id = mcp_endpoint::session_in(request);
    if (!id || loop_.count == 1) return std::nullopt;
    auto const mark = id->rfind('-');
    if (mark == id->npos) return std::nullopt;
    auto const* const end = id->data() + id->size();
    std::size_t       loop = 0;
    auto const [behind, why] = std::from_chars(id->data() + mark + 1, end, loop);
    if (why != std::errc() || behind != end || loop >= loop_.count || loop == loop_.number)
        return std::nullopt;
    return loop;
}

// The request goes to the loop that has its session, over a connection within the process, and the
// answer comes back by it. The client's connection stays here: its next request may be for anybody.
runtime::awaitable<bool> gateway::pass_on(connection& client, runtime::http_request const& request,
                                          std::size_t loop) {
    client.entry = {};  // the other loop tells of it
    auto const& limits = client.ground->settings().limits;
    load::kept  kept(commons_.load);
    auto const  body =
        co_await read_body(client.reader, world_.clock, limits, "mcp_body_max", &kept);
    auto passed = request;
    std::erase_if(passed.fields, [](auto const& field) { return ends_here(field.first); });
    passed.fields.emplace_back("Connection", "close");
    passed.fields.emplace_back("Content-Length", std::to_string(body.size()));
    auto const               to = door_of(loop);
    auto const               limit = write_limit(client.ground->settings());
    auto                     other = co_await world_.network.connect(to);
    auto const               head = runtime::to_text(passed);
    asio::const_buffer const parts[] = {asio::buffer(head), asio::buffer(body)};
    co_await runtime::write_within(*other, parts, world_.clock, limit.limit, limit.late);

    runtime::http_limits reading;
    reading.head_max = head_max;
    runtime::http_reader answers(*other, world_.clock, reading);
    bool                 begun = false;
    auto                 telling = pass_back(client, answers, keeps(request), begun);
    auto                 watching = client.reader.hang_up();
    std::exception_ptr   failed;
    try {
        co_await runtime::guarded(std::move(telling), std::move(watching));
    } catch (...) {
        failed = std::current_exception();
    }
    // A status in the middle of a stream would be taken for a part of it.
    if (failed && begun) throw system_error(make_error_code(error::client_gone));
    if (failed) std::rethrow_exception(failed);
    co_return keeps(request);
}

runtime::awaitable<void> gateway::pass_back(connection& client, runtime::http_reader& from,
                                            bool keep_alive, bool& begun) {
    // How long an answer may take is the other loop's affair.
    runtime::http_limit const patience{std::chrono::hours(24 * 365), asio::error::timed_out};
    auto const                limit = write_limit(client.ground->settings());
    auto                      head = co_await from.response(patience);
    bool const streamed = runtime::find_field(head.fields, "transfer-encoding") != nullptr;
    std::erase_if(head.fields, [](auto const& field) { return ends_here(field.first); });
    head.keep_alive = keep_alive;
    if (!streamed) {
        auto body = co_await from.whole_body(patience);
        begun = true;
        client_line const line{client.stream, world_.clock, limit};
        co_await send_body(line, head.status, std::move(body), std::move(head.fields), keep_alive);
        co_return;
    }
    head.fields.emplace_back("Transfer-Encoding", "chunked");
    runtime::http_chunk_writer writer(client.stream, world_.clock, limit);
    writer.head(head);
    begun = true;
    co_await writer.head_alone();
    for (;;) {
        auto const piece = co_await from.body(patience);
        if (piece.empty()) break;
        co_await writer.write(piece);
    }
    co_await writer.finish();
}

}  // namespace proxy
