#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/http.hpp"
#include "runtime/trace.hpp"
#include "runtime/world.hpp"

namespace scenario {

// Listens to all that is said of MCP between clients, gateway and servers, as bytes: for the rules
// of MCP, which speak of heads, events and lines that no actor would note. It stands at our end of
// a connection below the faults that lie there, so that it hears what the gateway hears and says.
//
// Its events (verb; detail):
//   request  "POST /mcp"; fields, text     an HTTP request, once it is whole
//   head     "200"; fields                 of the answer
//   event    ; id, type, data, retry       of a stream; an id that stays is not told again
//   comment                                of a stream
//   body     ; text                        an answer that is no stream
//   end      "client", "server" or "cut"   who ended the exchange; cut: before its end
//            ; midway                      of an event
//   open                                   standard streams were connected
//   line     ; text                        one line of them
//   closed   "client" or "server"          who ended them
// `exchange` is a number of its own for each exchange, and for each pair of standard streams. A
// secret is not told: each has a name instead, the same wherever it is said.
class mcp_tap {
public:
    mcp_tap(runtime::clock& clock, runtime::trace& into) : clock_(clock), trace_(into) {}
    mcp_tap(mcp_tap const&) = delete;
    mcp_tap& operator=(mcp_tap const&) = delete;

    // The end of a client's connection to the gateway; what is not said to an endpoint of MCP is
    // not told.
    std::unique_ptr<runtime::stream>   at_client(std::string client,
                                                 std::unique_ptr<runtime::stream>);
    // The end of the gateway's connection to a server, which speaks HTTP or lines.
    std::unique_ptr<runtime::stream>   at_server(std::string server, bool http,
                                                 std::unique_ptr<runtime::stream>);
    // The same for everything that a listener accepts.
    std::unique_ptr<runtime::listener> at_server(std::string server, bool http,
                                                 std::unique_ptr<runtime::listener>);

    // Of a text, how much is told: a longer one is told with its long words shortened.
    static constexpr std::size_t text_max = 32 * 1024;

private:
    friend class mcp_watch;

    void           tell(std::uint64_t exchange, std::string const& from, std::string const& to,
                        std::string verb, std::string words = {}, nlohmann::json detail = nullptr);
    std::uint64_t  new_exchange() { return trace_.new_exchange(); }
    std::string    without_secrets(std::string text) const;
    nlohmann::json told(runtime::http_fields const&);
    nlohmann::json told(std::string const& text) const;

    runtime::clock&                    clock_;
    runtime::trace&                    trace_;
    std::map<std::string, std::string> secrets_;  // and their names
};

// A network whose connections are a client's, and tapped.
class tapped_network final : public runtime::network {
public:
    tapped_network(runtime::network& n, mcp_tap& t, std::string client)
        : inner_(n), tap_(t), client_(std::move(client)) {}

    runtime::awaitable<std::unique_ptr<runtime::stream>> connect(runtime::address to) override;
    std::unique_ptr<runtime::listener>                   listen(runtime::address at) override {
        return inner_.listen(std::move(at));
    }
    std::unique_ptr<runtime::child> spawn(runtime::command const& c) override {
        return inner_.spawn(c);
    }
    std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>> pair() override {
        return inner_.pair();
    }

private:
    runtime::network& inner_;
    mcp_tap&          tap_;
    std::string       client_;
};

}  // namespace scenario
