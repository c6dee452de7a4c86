#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "scenarios/mcp_tap.hpp"

namespace scenario {

// Understands the bytes of one connection for the tap. It holds none of them up.
class mcp_watch {
public:
    mcp_watch(mcp_tap& t, std::string client, std::string server)
        : tap_(t), client_(std::move(client)), server_(std::move(server)) {}
    virtual ~mcp_watch() = default;

    // By whom we listen: what is said there, and what is heard.
    virtual void said(std::string_view bytes) = 0;
    virtual void heard(std::string_view bytes) = 0;
    virtual void we_ended() = 0;  // we say no more, and listen on
    virtual void we_left() = 0;
    virtual void peer_left(bool in_good_order) = 0;

protected:
    using json = nlohmann::json;

    void by_client(std::uint64_t x, std::string verb, std::string words = {}, json d = nullptr) {
        tap_.tell(x, client_, server_, std::move(verb), std::move(words), std::move(d));
    }
    void by_server(std::uint64_t x, std::string verb, std::string words = {}, json d = nullptr) {
        tap_.tell(x, server_, client_, std::move(verb), std::move(words), std::move(d));
    }
    std::uint64_t new_exchange() { return tap_.new_exchange(); }
    std::string   bare(std::string text) const { return tap_.without_secrets(std::move(text)); }
    json          told(runtime::http_fields const& f) { return tap_.told(f); }
    json          told(std::string const& text) const { return tap_.told(text); }
    runtime::time_point now() const { return tap_.clock_.now(); }

private:
    mcp_tap&    tap_;
    std::string client_;
    std::string server_;
};

// `at_client`: it stands at the client's end, who also says what is no MCP.
std::shared_ptr<mcp_watch> watch_http(mcp_tap&, std::string client, std::string server,
                                      bool at_client);
// At the server's end.
std::shared_ptr<mcp_watch> watch_lines(mcp_tap&, std::string client, std::string server);

}  // namespace scenario
