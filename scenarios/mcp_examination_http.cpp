#include <algorithm>

#include "proxy/config_url.hpp"
#include "scenarios/exchange.hpp"
#include "scenarios/mcp_examination.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

// What only HTTP can be asked.
namespace scenario {

using json = nlohmann::json;
using namespace std::chrono_literals;

namespace {

constexpr char nobodys_session[] = "6f1e5d8a-0b7c-4c39-9a55-3d2b8e417f60";
constexpr char foreign[] = "http://foreign.example";

mcp_http_examiner::wish bare(mcp_http_examiner const& e, std::string probe, std::string method) {
    mcp_http_examiner::wish w;
    w.probe = std::move(probe);
    w.method = std::move(method);
    w.at = e.current;
    return w;
}

}  // namespace

// A number of posts that no server should take.
runtime::awaitable<void> mcp_examination::bad_requests(mcp_http_examiner& e) {
    struct row {
        char const* probe;
        char const* body;  // null: a ping
        char const* field;
        char const* value;
    };
    constexpr row rows[] = {{"bad JSON", R"({"jsonrpc":)", nullptr, nullptr},
                            {"not JSON-RPC", R"({"a":1})", nullptr, nullptr},
                            {"empty batch", "[]", nullptr, nullptr},
                            {"text/plain", nullptr, "Content-Type", "text/plain"},
                            {"Accept text/html", nullptr, "Accept", "text/html"},
                            {"version 1999-01-01", nullptr, "Mcp-Protocol-Version", "1999-01-01"},
                            {"foreign Origin", nullptr, "Origin", foreign}};
    for (auto const& [probe, body, field, value] : rows) {
        auto w = e.request(probe, "ping");
        if (body) w.body = body;
        if (field) w.set.emplace_back(field, value);
        co_await e.exchange(std::move(w));
    }
    auto unversioned = e.request("no version", "ping");
    unversioned.without.emplace_back("Mcp-Protocol-Version");
    co_await e.exchange(std::move(unversioned));
    auto put = e.request("PUT", "ping");
    put.method = "PUT";
    co_await e.exchange(std::move(put));
    auto options = bare(e, "OPTIONS", "OPTIONS");
    co_await e.exchange(std::move(options));
    auto behind = e.request("behind OPTIONS", "ping");
    co_await e.exchange(std::move(behind));
    // It is allowed in one revision, and only there.
    if (e.current.revision != "2025-03-26") {
        auto       batch = e.request("batch", "ping");
        auto const first = wire::read_json(batch.body);
        auto       second = wire::read_json(e.request({}, "ping").body);
        batch.body = json::array({first, second}).dump();
        co_await e.exchange(std::move(batch));
    }
}

// Who comes from elsewhere, and what a server on loopback shows to others.
runtime::awaitable<void> mcp_examination::strangers(mcp_http_examiner& e) {
    if (proxy::is_loopback(e.where().host)) {
        auto w = e.request("foreign Host", "ping");
        w.set.emplace_back("Host", "foreign.example");
        co_await e.exchange(std::move(w));
        auto other = bare(e, "another address", "GET");
        other.to = e.where();
        other.to.host = "127.0.0.2";
        co_await e.exchange(std::move(other), 500ms);
    }
    bool const refused =
        std::ranges::any_of(e.kept().exchanges, [](auto const& x) { return x.status == 401; });
    if (!refused) co_return;
    for (auto const& path : {std::string("/.well-known/oauth-protected-resource") + e.path(),
                             std::string("/.well-known/oauth-protected-resource")}) {
        auto w = bare(e, "protected resource", "GET");
        w.path = path;
        co_await e.exchange(std::move(w));
    }
}

// What is too much for some, and must do no harm.
runtime::awaitable<void> mcp_examination::limits(mcp_http_examiner& e) {
    constexpr std::size_t depth = 5'000, header = 100'000;
    auto                  deep = e.request("deep JSON", "ping");
    deep.body = R"({"jsonrpc":"2.0","id":)" + wire::read_json(deep.body)["id"].dump() +
                R"(,"method":"ping","params":{"_meta":)" + std::string(depth, '[') +
                std::string(depth, ']') + "}}";
    co_await e.exchange(std::move(deep));
    auto wide = e.request("large header", "ping");
    wide.set.emplace_back("X-Lockstep-Padding", std::string(header, 'x'));
    co_await e.exchange(std::move(wide));
}

// Asked for without, with an unknown and with an ended session.
runtime::awaitable<void> mcp_examination::sessions(mcp_http_examiner& e) {
    auto again = e.request("second initialize", "initialize");
    auto hello = wire::read_json(again.body);
    hello["params"]["protocolVersion"] = e.current.revision;
    hello["params"]["capabilities"] = json::object();
    hello["params"]["clientInfo"]["name"] = "lockstep check-mcp";
    hello["params"]["clientInfo"]["version"] = "1.0";
    again.body = hello.dump();
    if (!e.current.id.empty()) co_await e.exchange(std::move(again));
    if (e.current.id.empty()) co_return;
    auto without = e.request("no session", "ping");
    without.without.emplace_back("Mcp-Session-Id");
    co_await e.exchange(std::move(without));
    auto unknown = e.request("unknown session", "ping");
    unknown.at.id = nobodys_session;
    co_await e.exchange(std::move(unknown));

    auto const                 kept = e.current;
    mcp_http_examiner::session ending;
    bool const                 opened = co_await e.open("2025-11-25", ending);
    if (!opened || ending.id.empty()) co_return;
    e.current = ending;
    auto&                       stream = e.start(bare(e, "listen to the end", "GET"));
    std::function<bool()> const listening = [&] { return stream.status != 0 || stream.over; };
    std::function<bool()> const over = [&] { return stream.over; };
    co_await e.until(listening, 500ms);
    auto       end = bare(e, "end of session", "DELETE");
    auto const number = e.kept().exchanges.size();
    co_await e.exchange(std::move(end));
    bool const deleted = e.kept().exchanges[number].status / 100 == 2;
    if (deleted) {
        co_await e.until(over, 1s);
        auto late = e.request("ended session", "ping");
        co_await e.exchange(std::move(late));
    } else {
        stream.probe = "listen";  // it may keep its sessions
    }
    e.leave(stream);
    e.current = kept;
}

// What it speaks, and what differs in one that it does not speak as the first.
runtime::awaitable<void> mcp_examination::versions(mcp_http_examiner& e) {
    auto const kept = e.current;
    for (char const* revision : {"2024-11-05", "2025-03-26", "2025-06-18", "1999-01-01"}) {
        bool const opened = co_await e.open(revision, e.current);
        if (!opened) continue;
        auto ping = e.request("ping at " + e.current.revision, "ping");
        co_await e.exchange(std::move(ping));
        if (std::string_view(revision) != "2025-06-18" && !e.current.id.empty()) {
            auto end = bare(e, {}, "DELETE");
            co_await e.exchange(std::move(end));
            continue;
        }
        auto strange = bare(e, "unknown Last-Event-ID", "GET");
        strange.set.emplace_back("Last-Event-ID", nobodys_session);
        co_await e.exchange(std::move(strange), 500ms);
        // An id that another session has got.
        std::string theirs;
        for (auto const& x : e.kept().exchanges)
            for (auto const& event : x.events)
                if (x.scope == kept.scope && !event.id.empty()) theirs = event.id;
        if (!theirs.empty()) {
            auto w = bare(e, "foreign Last-Event-ID", "GET");
            w.set.emplace_back("Last-Event-ID", theirs);
            co_await e.exchange(std::move(w), 500ms);
        }
        for (char const* method : {"GET", "DELETE"}) {
            auto w = bare(e, "foreign Origin", method);
            w.set.emplace_back("Origin", foreign);
            co_await e.exchange(std::move(w), 500ms);
        }
    }
    e.current = kept;
}

// Two calls at once; one is cut off, and gone on with.
runtime::awaitable<void> mcp_examination::going_on(mcp_http_examiner& e) {
    auto& cut = e.start(e.request("cut off", "tools/call", slow_params()));
    auto& other = e.start(e.request("beside the one cut off", "tools/call", slow_params()));
    std::function<bool()> const both_speak = [&] {
        return cut.over || (!cut.events.empty() && !other.events.empty() &&
                            !cut.events.back().data.empty() && !other.events.back().data.empty());
    };
    co_await e.until(both_speak, 10s);
    std::string last;
    for (auto const& event : cut.events)
        if (!event.id.empty()) last = event.id;
    e.leave(cut);
    if (last.empty() || cut.over) co_return e.leave(other);
    auto const                  heard = other.events.size();
    std::function<bool()> const goes_on = [&] {
        return other.over || other.events.size() > heard + 1;
    };
    co_await e.until(goes_on, slow_takes_);
    co_await e.ask("a stream between", "ping", nullptr);
    auto again = bare(e, "resume", "GET");
    again.set.emplace_back("Last-Event-ID", last);
    auto&                       resumed = e.start(std::move(again));
    std::function<bool()> const resumed_over = [&] { return resumed.over; };
    std::function<bool()> const other_over = [&] { return other.over; };
    co_await e.until(resumed_over, slow_takes_ + 1s);
    co_await e.until(other_over, slow_takes_);
    e.leave(resumed);
    e.leave(other);
}

runtime::awaitable<void> mcp_examination::same_id_twice(mcp_http_examiner& e) {
    auto& first = e.start(e.request("to be duplicated", "tools/call", slow_params()));
    std::function<bool()> const speaks = [&] {
        return first.over || (!first.events.empty() && !first.events.back().data.empty());
    };
    std::function<bool()> const over = [&] { return first.over; };
    co_await e.until(speaks, 10s);
    auto second = e.request("duplicate", "ping");
    auto message = wire::read_json(second.body);
    message["id"] = wire::read_json(first.body)["id"];
    second.body = message.dump();
    auto const number = e.kept().exchanges.size();
    e.start(std::move(second));
    auto&                       twin = e.kept().exchanges[number];
    std::function<bool()> const answered = [&] { return twin.over || !twin.events.empty(); };
    co_await e.until(answered, mcp_examiner::patience);
    co_await e.until(over, slow_takes_ + 1s);
    e.leave(twin);
    e.leave(first);
}

runtime::awaitable<void> mcp_examination::modern(mcp_http_examiner& e) {
    auto const number = e.kept().exchanges.size();
    e.modern = true;
    auto discover = e.request("modern: discover", wire::mcp::discover_method);
    e.modern = false;
    auto const id = wire::read_json(discover.body)["id"];
    co_await e.exchange(std::move(discover));
    auto const found = member(e.answer_for(id), "result");
    if (!found.is_object()) {
        // It is of the era before: then this was no fair question.
        e.kept().exchanges[number].modern = false;
        e.kept().exchanges[number].probe = "is it modern?";
        for (auto& m : e.kept().messages) m.modern = false;
        co_return;
    }
    revisions += (revisions.empty() ? "" : " ") + std::string(wire::mcp::modern_revision);
    if (name.empty()) name = "a server of " + std::string(wire::mcp::modern_revision);
    co_await modern_basics(e, found);
}

runtime::awaitable<void> mcp_examination::modern_basics(mcp_http_examiner& e, json const& found) {
    auto const ask = [&](std::string probe, std::string method, bool with_meta) {
        e.modern = with_meta;
        auto w = e.request(std::move(probe), std::move(method));
        e.modern = false;
        w.at = {};
        w.modern = true;
        return w;
    };
    for (char const* method : {"tools/list", "prompts/list", "resources/list"}) {
        auto const kind = std::string(method, std::string_view(method).find('/'));
        if (!member(member(found, "capabilities"), kind.c_str()).is_object()) continue;
        co_await e.exchange(ask("modern: list", method, true));
    }
    auto unknown = ask("modern: unknown method", "lockstep/nothing", true);
    co_await e.exchange(std::move(unknown));
    auto bare_one = ask("modern: no _meta", "tools/list", false);
    bare_one.set.emplace_back("Mcp-Protocol-Version", wire::mcp::modern_revision);
    co_await e.exchange(std::move(bare_one));
    auto differs = ask("modern: headers differ", "tools/list", true);
    differs.set.emplace_back("Mcp-Method", "prompts/list");
    co_await e.exchange(std::move(differs));
    auto version = ask("modern: unknown version", "tools/list", true);
    auto message = wire::read_json(version.body);
    message["params"]["_meta"][wire::mcp::meta_version] = "2999-01-01";
    version.body = message.dump();
    version.set.emplace_back("Mcp-Protocol-Version", "2999-01-01");
    co_await e.exchange(std::move(version));

    auto subscribed = ask("modern: listen", wire::mcp::listen_method, true);
    message = wire::read_json(subscribed.body);
    message["params"]["notifications"]["toolsListChanged"] = true;
    subscribed.body = message.dump();
    auto&                       stream = e.start(std::move(subscribed));
    std::function<bool()> const told = [&] { return stream.over || !stream.events.empty(); };
    co_await e.until(told, 1s);
    if (!slow_tool.empty()) {
        auto slow = ask("modern: slow", "tools/call", true);
        message = wire::read_json(slow.body);
        message["params"].update(slow_params());
        slow.body = message.dump();
        co_await e.exchange(std::move(slow), 30s);
    }
    e.leave(stream);
}

runtime::awaitable<void> mcp_examination::examine(mcp_http_examiner& e) {
    bool const opened = co_await e.open("2025-11-25", e.current);
    if (opened) {
        learn(e);
        auto&                       stream = e.start(bare(e, "listen", "GET"));
        std::function<bool()> const listening = [&] { return stream.status != 0 || stream.over; };
        co_await e.until(listening, 500ms);
        co_await basics(e);
        co_await bad_requests(e);
        co_await limits(e);
        co_await strangers(e);
        co_await sessions(e);
        co_await versions(e);
        co_await slow_calls(e);
        if (!slow_tool.empty()) {
            co_await going_on(e);
            co_await same_id_twice(e);
            co_await tasks(e);
        }
        e.leave(stream);
    }
    co_await modern(e);
    // One that speaks both eras may have streams and sessions.
    if (!opened && !revisions.empty())
        for (char const* method : {"GET", "DELETE"})
            co_await e.exchange(bare(e, "modern: other verb", method), 500ms);
    if (opened && !e.current.id.empty()) {
        auto end = bare(e, {}, "DELETE");
        co_await e.exchange(std::move(end));
    }
}

namespace {

// Where its first event wants to be told, as a path.
std::string endpoint_in(mcp_exchange const& stream) {
    auto path = stream.events.front().data;
    if (auto const host = path.find("://"); host != path.npos)
        path.erase(0, path.find('/', host + 3));
    if (!path.starts_with('/'))
        path.insert(0, stream.request.target.substr(0, stream.request.target.rfind('/') + 1));
    return path;
}

}  // namespace

runtime::awaitable<void> mcp_examination::examine_old(mcp_http_examiner& e) {
    auto&                       stream = e.start(bare(e, "old stream", "GET"));
    std::function<bool()> const told = [&] { return stream.over || !stream.events.empty(); };
    co_await e.until(told, mcp_examiner::patience);
    if (!stream.events.empty() && stream.events.front().type == "endpoint") {
        e.post_to = endpoint_in(stream);
        co_await begin_session(e);
        if (!revisions.empty()) {
            co_await basics(e);
            co_await slow_calls(e);
        }
        revisions = "2024-11-05 over HTTP+SSE";
        if (name.empty()) name = "a server over HTTP+SSE";
        // Where it wants to be told, with a session that it has not given.
        auto const& target = e.post_to;
        auto const  query = target.find('=');
        auto        w = e.request("old unknown session", "ping");
        w.path = query == target.npos ? target : target.substr(0, query + 1) + nobodys_session;
        co_await e.exchange(std::move(w));
    }
    e.leave(stream);
}

}  // namespace scenario
