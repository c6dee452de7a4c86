#include "scenarios/mcp_watch.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/system/system_error.hpp>
#include <deque>
#include <optional>

#include "replay/message_watch.hpp"
#include "scenarios/mcp_paths.hpp"
#include "wire/sse.hpp"

namespace scenario {

namespace {

// What a gateway has: "/mcp", "/mcp/NAME", "/NAME/mcp", and where HTTP+SSE is.
bool is_of_mcp(std::string_view target) {
    target = path_in(target);
    if (is_sse_path(target) || is_sse_post_path(target)) return true;
    for (std::size_t at = 0; at < target.size();) {
        auto const end = std::min(target.find('/', at + 1), target.size());
        auto const word = target.substr(at + 1, end - at - 1);
        if (word == "mcp") return true;
        at = end;
    }
    return false;
}

// The events of one stream, with what the parser would not deliver: ids without data, comments.
class event_watch {
public:
    struct event {
        wire::sse_event what;
        std::string     id;  // its own; empty: it has none
        long            retry = -1;
        bool            strange = false;  // it is spelled in an unusual way
    };
    using sink = std::function<void(event const&)>;

    event_watch(sink on_event, std::function<void()> on_comment)
        : tell_(std::move(on_event)), parser_([this](wire::sse_event const& e) { deliver(e); }) {
        parser_.on_comment([heard = std::move(on_comment)](std::string_view) { heard(); });
    }

    // Line by line, so that what the parser knows is of this event.
    void feed(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const end = bytes.find_first_of("\r\n");
            auto const n = end == bytes.npos ? bytes.size() : end + 1;
            look_at(bytes.substr(0, n));
            try {
                parser_.feed(bytes.substr(0, n));
            } catch (boost::system::system_error const&) {
                return;  // an event beyond all measure
            }
            bytes.remove_prefix(n);
            if (parser_.at_boundary() && parser_.last_id() != id_)
                deliver({"message", {}, parser_.last_id()});
        }
    }

    bool is_midway() const { return !parser_.at_boundary(); }

private:
    // A part of a line, in which nothing ends but at its end.
    void look_at(std::string_view part) {
        constexpr std::string_view bare = "data:", mark = "\xEF\xBB\xBF";
        begins_ += part.substr(0, std::min(part.size(), bare.size() + 1 - begins_.size()));
        bool const no_blank = begins_.starts_with(bare) && begins_.size() > bare.size() &&
                              begins_.back() != ' ' && begins_.back() != '\n';
        strange_ = strange_ || no_blank || part.back() == '\r' || begins_.starts_with(mark);
        if (part.back() == '\r' || part.back() == '\n') begins_.clear();
    }

    void deliver(wire::sse_event const& e) {
        tell_({e, e.id == id_ ? std::string() : e.id, parser_.retry(), strange_});
        strange_ = false;
        id_ = e.id;
    }

    sink             tell_;
    std::string      id_;
    std::string      begins_;  // what the line begins with
    bool             strange_ = false;
    wire::sse_parser parser_;
};

class http_watch final : public mcp_watch {
public:
    http_watch(mcp_tap& t, std::string client, std::string server, bool at_client)
        : mcp_watch(t, std::move(client), std::move(server)), at_client_(at_client) {}

    void said(std::string_view bytes) override { at_client_ ? ask(bytes) : answer(bytes); }
    void heard(std::string_view bytes) override { at_client_ ? answer(bytes) : ask(bytes); }
    void we_ended() override {}
    void we_left() override { over(at_client_ ? "client" : "server"); }
    void peer_left(bool in_good_order) override {
        over(!in_good_order ? "cut" : at_client_ ? "server" : "client");
    }

private:
    struct exchange {
        std::uint64_t              number = 0;
        bool                       told = false;  // it is of MCP, and was asked
        bool                       head_told = false;
        bool                       streams = false;
        std::string                method;
        replay::message_watch      answer{replay::message_watch::kind::answer};
        std::size_t                piece = 0, offset = 0;  // of what the events have had
        std::optional<event_watch> events;
    };

    void ask(std::string_view bytes) {
        while (!bytes.empty()) {
            if (!asking_) asking_.emplace(replay::message_watch::kind::request);
            if (asking_->not_http()) return;
            bytes.remove_prefix(asking_->feed(bytes, now().time_since_epoch()));
            if (!asking_->done()) continue;
            take_request();
        }
    }

    void take_request() {
        auto& x = waiting_.emplace_back();
        x.method = asking_->start(0);
        x.told = is_of_mcp(asking_->start(1));
        if (x.method == "HEAD")
            x.answer = replay::message_watch(replay::message_watch::kind::answer, true);
        if (x.told) {
            x.number = new_exchange();
            auto fields = told(asking_->fields());  // before the target: it names the secrets
            auto detail = told(asking_->body());
            detail["fields"] = std::move(fields);
            by_client(x.number, "request", x.method + ' ' + bare(asking_->start(1)),
                      std::move(detail));
        }
        asking_.reset();
    }

    void answer(std::string_view bytes) {
        while (!bytes.empty()) {
            // Answered before it was asked to the end: the head at least must be there.
            if (waiting_.empty() && asking_ && asking_->head_done()) take_request();
            if (waiting_.empty()) return;
            auto&      x = waiting_.front();
            auto const n = x.answer.feed(bytes, now().time_since_epoch());
            bytes.remove_prefix(n);
            if (x.told) tell_answer(x);
            if (x.answer.not_http() || n == 0) return;
            if (!x.answer.done()) continue;
            finish(x, "server");
            waiting_.pop_front();
        }
    }

    void tell_answer(exchange& x) {
        if (!x.answer.head_done()) return;
        if (!x.head_told) {
            x.head_told = true;
            auto const* type = runtime::find_field(x.answer.fields(), "content-type");
            x.streams = type && boost::beast::iequals(type->substr(0, 17), "text/event-stream");
            by_server(x.number, "head", x.answer.start(1), {{"fields", told(x.answer.fields())}});
            if (x.streams) listen(x);
        }
        if (!x.events) return;
        auto const& pieces = x.answer.pieces();
        for (; x.piece < pieces.size(); ++x.piece, x.offset = 0) {
            auto const& whole = pieces[x.piece].bytes;
            auto const  fresh = whole.substr(x.offset);
            x.offset = whole.size();
            x.events->feed(fresh);
            if (x.piece + 1 == pieces.size()) return;  // it may grow
        }
    }

    void listen(exchange& x) {
        auto const number = x.number;
        x.events.emplace(
            [this, number](event_watch::event const& e) {
                auto detail = told(e.what.data);
                detail["id"] = e.id;
                detail["type"] = e.what.type;
                if (e.retry >= 0) detail["retry"] = e.retry;
                if (e.strange) detail["strange"] = true;
                by_server(number, "event", {}, std::move(detail));
            },
            [this, number] { by_server(number, "comment"); });
    }

    void finish(exchange const& x, std::string const& who) {
        if (!x.told) return;
        if (!x.streams && x.head_told) by_server(x.number, "body", {}, told(x.answer.body()));
        bool const midway = x.events && x.events->is_midway();
        by_server(x.number, "end", who, midway ? nlohmann::json{{"midway", true}} : nullptr);
    }

    void over(std::string const& who) {
        for (auto const& x : waiting_) {
            bool const whole = x.answer.ends_with_connection() && who == "server";
            finish(x, whole ? "server" : who == "client" ? "client" : "cut");
        }
        waiting_.clear();
    }

    bool                                 at_client_;
    std::optional<replay::message_watch> asking_;
    std::deque<exchange>                 waiting_;
};

class line_watch final : public mcp_watch {
public:
    line_watch(mcp_tap& t, std::string client, std::string server)
        : mcp_watch(t, std::move(client), std::move(server)), number_(new_exchange()) {
        by_client(number_, "open");
    }

    void said(std::string_view bytes) override {
        lines(said_, bytes,
              [&](std::string const& line) { by_server(number_, "line", {}, told(line)); });
    }
    void heard(std::string_view bytes) override {
        lines(heard_, bytes,
              [&](std::string const& line) { by_client(number_, "line", {}, told(line)); });
    }
    void we_ended() override { over(false); }
    void we_left() override { over(false); }
    void peer_left(bool) override { over(true); }

private:
    template <class Tell>
    static void lines(std::string& rest, std::string_view bytes, Tell tell) {
        rest += bytes;
        std::size_t from = 0;
        for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n', from)) {
            auto line = rest.substr(from, end - from);
            if (line.ends_with('\r')) line.pop_back();
            tell(line);
            from = end + 1;
        }
        rest.erase(0, from);
    }

    void over(bool by_the_client) {
        if (over_) return;
        over_ = true;
        by_the_client ? by_client(number_, "closed", "client")
                      : by_server(number_, "closed", "server");
    }

    std::uint64_t number_;
    std::string   said_, heard_;  // of a line that is not whole yet
    bool          over_ = false;
};

}  // namespace

std::shared_ptr<mcp_watch> watch_http(mcp_tap& t, std::string client, std::string server,
                                      bool at_client) {
    return std::make_shared<http_watch>(t, std::move(client), std::move(server), at_client);
}

std::shared_ptr<mcp_watch> watch_lines(mcp_tap& t, std::string client, std::string server) {
    return std::make_shared<line_watch>(t, std::move(client), std::move(server));
}

}  // namespace scenario
