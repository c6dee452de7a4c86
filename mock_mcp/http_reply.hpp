#pragma once

#include <algorithm>
#include <boost/asio/error.hpp>
#include <optional>
#include <string>

#include "mock_mcp/mock_mcp.hpp"
#include "wire/mcp_modern.hpp"
#include "wire/sse.hpp"

namespace mock_mcp {

inline runtime::http_limit no_limit() {
    constexpr auto for_ever = std::chrono::hours(24 * 365);
    return {for_ever, boost::asio::error::timed_out};
}

// Replaces a field of the same name, whatever its case.
inline void set_field(runtime::http_fields& fields, std::string name, std::string value) {
    auto const same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    std::erase_if(fields,
                  [&](auto const& field) { return std::ranges::equal(field.first, name, same); });
    fields.emplace_back(std::move(name), std::move(value));
}

// The first event of a stream carries an id and no data, so that a client could resume (2025-11-25,
// basic/transports). Clients of earlier revisions take the empty data for a message.
inline bool primes_streams(std::string const& version) {
    return version.empty() || version >= "2025-11-25";
}

// How one request is answered over streamable HTTP: JSON, or a stream of events, on the connection
// that it came on.
class mock_mcp::http_reply final : public reply {
public:
    http_reply(mock_mcp& owner, runtime::stream& to, std::string session)
        : owner_(owner), stream_(&to), session_(std::move(session)) {
        writer_.emplace(to, owner.world_.clock, no_limit());
        if (!session_.empty()) head_.fields.emplace_back("MCP-Session-Id", session_);
    }
    http_reply(http_reply const&) = delete;

    runtime::awaitable<void> message(std::string text) override {
        auto event = wire::to_sse(text, "message", modern ? std::string() : next_id());
        co_await send(std::move(event));
    }

    runtime::awaitable<void> answer(std::string text) override {
        answered_ = true;
        unsigned const code = modern ? status_of(text) : 200;
        if (!streaming_ && (owner_.script_.json_answers || code != 200)) {
            co_await whole(code, "application/json", std::move(text));
            co_return;
        }
        auto event = wire::to_sse(text, "message", modern ? std::string() : next_id());
        co_await send(std::move(event));
    }

    // Of the modern era: before anything of the request is done.
    runtime::awaitable<void> refuse(wire::rpc_request const& request, wire::rpc_error why) {
        wire::rpc_response response;
        response.id = request.id;
        response.error = std::move(why);
        auto text = wire::to_text(response);
        co_await whole(400, "application/json", std::move(text));
    }

    runtime::awaitable<void> raw(std::string bytes) override { co_await send(std::move(bytes)); }

    runtime::awaitable<void> status(int code, std::string body) override {
        co_await whole(static_cast<unsigned>(code), "text/plain", std::move(body));
    }

    runtime::awaitable<void> end() override {
        if (ended_) co_return;
        begin();
        ended_ = true;
        co_await writer_->finish();
    }

    // Nobody comes back for the rest: the streams of those who may are in kept_side.cpp.
    runtime::awaitable<void> hang_up(runtime::duration) override { co_await end(); }

    // A session's id is what the script says it is.
    void field(std::string const& name, std::string const& value) override {
        set_field(head_.fields, name, value);
        auto const* now = runtime::find_field(head_.fields, "mcp-session-id");
        if (!session_.empty() && now) owner_.sessions_[*now] = who;
    }

    // What a server says by itself has a head before it has a word.
    runtime::awaitable<void> prime() override {
        if (!standing) co_return;
        begin();
        co_await writer_->head_alone();
    }

    void close() override {
        ended_ = usable_ = false;
        stream_->close();
    }
    void reset() override {
        ended_ = usable_ = false;
        stream_->reset();
    }

    bool standing = false;  // it answers nothing: the stream of a GET

    // One body in place of a stream.
    runtime::awaitable<void> whole(unsigned code, char const* type, std::string body) {
        ended_ = streaming_ = true;
        head_.status = code;
        default_field("Content-Type", type);
        head_.fields.emplace_back("Content-Length", std::to_string(body.size()));
        auto const                      text = runtime::to_text(head_);
        boost::asio::const_buffer const parts[] = {boost::asio::buffer(text),
                                                   boost::asio::buffer(body)};
        co_await stream_->write(parts);
    }

    bool usable() const { return usable_; }
    bool started() const { return streaming_; }
    bool answered() const { return answered_; }

    std::string version;  // up to 2025-11-25, of the request; empty: nobody has said

private:
    static unsigned status_of(std::string const& text) {
        auto const  message = wire::parse_rpc(text);
        auto const* response = std::get_if<wire::rpc_response>(&message);
        return response && response->error ? wire::mcp::status_of_error(response->error->code)
                                           : 200;
    }

    void default_field(char const* name, char const* value) {
        if (!runtime::find_field(head_.fields, name)) head_.fields.emplace_back(name, value);
    }

    void begin() {
        if (streaming_) return;
        streaming_ = true;
        default_field("Content-Type", "text/event-stream");
        default_field("Cache-Control", "no-cache, no-transform");
        head_.fields.emplace_back("Transfer-Encoding", "chunked");
        writer_->head(head_);
    }

    runtime::awaitable<void> send(std::string bytes) {
        if (ended_) co_return;
        if (!streaming_) {
            begin();
            if (!modern && primes_streams(version))
                bytes.insert(0, "id: " + next_id() + "\ndata: \n\n");
        }
        co_await writer_->write(bytes);
    }

    // Unique in all sessions: it names its stream.
    std::string next_id() {
        return 'e' + std::to_string(exchange) + '.' + std::to_string(++event_count_);
    }

    mock_mcp&                                 owner_;
    runtime::stream*                          stream_;
    std::string                               session_;
    std::optional<runtime::http_chunk_writer> writer_;
    runtime::http_response                    head_;
    int                                       event_count_ = 0;
    bool                                      streaming_ = false;
    bool                                      ended_ = false;
    bool                                      answered_ = false;
    bool                                      usable_ = true;
};

}  // namespace mock_mcp
