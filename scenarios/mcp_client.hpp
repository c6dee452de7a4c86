#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/http.hpp"
#include "runtime/link.hpp"
#include "runtime/task_group.hpp"
#include "runtime/trace.hpp"
#include "runtime/world.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// The scripted client as a client of MCP: `call`, `list`, `request` and the like. It initializes by
// itself when it first needs a session, answers what servers ask it, and ends its sessions when its
// script is over. A `modern` request has no session (mcp_client_modern.cpp).
class mcp_client {
public:
    mcp_client(runtime::world, runtime::trace&, std::string name, std::vector<std::string> servers,
               std::string key, runtime::address gateway,
               std::function<runtime::link_faults()> faults);

    static bool does(client_verb);

    // Begins what the step says, after the answer to the request before it.
    runtime::awaitable<void> step(client_step const&);
    runtime::awaitable<void> until_answered();
    void                     leave(bool reset);
    void                     pause(bool pauses);  // reads nothing until it does no more
    // Ends all sessions, and waits for the end of every stream.
    runtime::awaitable<void> end();
    runtime::awaitable<void> stop() { return tasks_.stop(); }

private:
    struct exchange;
    using exchange_pointer = std::shared_ptr<exchange>;
    // Requests whose answers come on one stream, by their ids as JSON.
    using requests = std::map<std::string, exchange_pointer>;

    struct session {
        std::string      path;
        std::string      id;
        std::string      revision;
        int              next_id = 0;
        bool             over_sse = false;
        exchange_pointer events;    // over HTTP+SSE: what everything comes on
        std::string      endpoint;  // and where messages go
        requests         asked;
        std::string      task;  // the last one that it has heard of
    };
    struct exchange {
        std::uint64_t                       number = 0;
        session*                            at = nullptr;
        std::string                         method;
        std::string                         what;  // the tool, as it is traced
        nlohmann::json                      id;    // of the request; null: none
        std::string                         last_event;
        std::unique_ptr<runtime::stream>    stream;
        std::optional<runtime::http_reader> reader;
        nlohmann::json                      params;
        std::vector<std::string>            options;  // of its headers, as the script spells them
        requests                            parts;    // of a batch
        runtime::duration                   answers_in{};  // what it is asked
        bool                                modern = false;
        bool                                posted = false;   // over HTTP+SSE: it is only taken
        bool                                refused = false;  // with a status
        bool                                silent = false;
        bool                                listening = false;
        bool                                answered = false;
        bool                                over = false;
        bool                                left = false;
    };

    session&                 session_for(client_step const&);
    runtime::awaitable<void> open(session&, client_step const&);
    runtime::awaitable<void> ask(session&, client_step const&, std::string method,
                                 nlohmann::json params, std::string verb, std::string words);
    runtime::awaitable<void> post(exchange_pointer, std::string verb, std::string words);
    runtime::awaitable<void> ask_again(exchange_pointer, nlohmann::json result);
    runtime::http_fields     headers_of(exchange const&, std::string const& method,
                                        std::string const& body) const;
    void                     leave(exchange&, bool reset);
    runtime::awaitable<void> tell(session&, std::string body);
    runtime::awaitable<void> get(exchange_pointer);
    runtime::awaitable<void> remove(session&);
    runtime::awaitable<void> answer(session&, nlohmann::json request, std::uint64_t number,
                                    runtime::duration after);
    runtime::awaitable<void> send(exchange&, std::string method, std::string body);
    runtime::awaitable<void> read(exchange_pointer);
    runtime::awaitable<void> read_body(exchange_pointer);
    void                     hear(exchange_pointer, std::string const& text);
    static bool              begun(session const&);
    runtime::awaitable<void> open_events(session&, client_step const&);
    runtime::awaitable<void> post_to_endpoint(exchange_pointer, std::string body);
    runtime::awaitable<void> close_events(session&);
    runtime::awaitable<void> ask_batch(session&, client_step const&);
    void        hear_event(exchange_pointer, std::string const& type, std::string const& data);
    void        hear_shared(exchange_pointer, requests&, nlohmann::json const&);
    void        forget(exchange&);
    std::string path_of_server(std::string const& name) const;
    runtime::awaitable<void> read_batch(exchange_pointer carrier, std::vector<exchange_pointer>);
    void                     nothing_follows(exchange const& stream, requests const&);
    void                     hear_question(exchange&, nlohmann::json const& message);
    void                     hear_answer(exchange_pointer, nlohmann::json const& message);
    void hear_note(exchange&, std::string const& method, nlohmann::json const& message);

    void note(std::uint64_t exchange, bool from_client, std::string verb, std::string words = {},
              nlohmann::json detail = nullptr);

    runtime::world                        world_;
    runtime::trace&                       trace_;
    std::string                           name_;
    std::vector<std::string>              servers_;
    std::string                           key_;
    runtime::address                      gateway_;
    std::function<runtime::link_faults()> faults_;
    std::map<std::string, session>        sessions_;  // by path
    std::string                           path_;      // the last one
    std::string                           step_key_;
    std::string                           wanted_revision_ = "2025-11-25";
    exchange_pointer                      current_;
    std::vector<exchange_pointer>         open_;
    bool                                  paused_ = false;
    runtime::bell                         changed_;
    runtime::task_group                   tasks_;
};

}  // namespace scenario
