#pragma once

#include <functional>
#include <memory>
#include <string>

#include "replay/message_watch.hpp"
#include "replay/redaction.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace replay {

// Sits between clients and one server, passes each byte on at once and keeps what passed. Answers
// pass untouched; of a request the Host becomes the server's, and no compression is asked for, so
// that the recording can be read.
//
// Exchanges are handed over in the order of their requests, without secrets, each as soon as it
// and all before it are over.
class recorder {
public:
    struct options {
        runtime::address  upstream;
        std::string       base_path;  // before every target
        redaction         secrets;
        runtime::duration patience = std::chrono::minutes(10);  // for the next byte of an answer
    };
    using sink = std::function<void(exchange)>;
    using complaint = std::function<void(std::string const&)>;

    recorder(runtime::world, options, sink kept, complaint told);

    void start(std::unique_ptr<runtime::listener> at);

    // Ends all connections; what was open then is kept as `left`. Must be awaited.
    runtime::awaitable<void> stop();

private:
    struct open_exchange {
        exchange x;
        bool     over = false;
        bool     kept = true;  // false: the server could not be reached
    };
    struct client;
    struct answering;

    runtime::awaitable<void> accept();
    runtime::awaitable<void> serve(std::unique_ptr<runtime::stream>);
    runtime::awaitable<bool> serve_one(client&);
    runtime::awaitable<bool> read_request(client&, message_watch&, std::string& head,
                                          std::string& body);
    runtime::awaitable<void> pass_answer(runtime::stream& upstream, client&, answering&);
    std::string              forwarded_head(message_watch const&) const;
    void                     close(std::size_t number);
    void                     hand_over();
    runtime::duration        since(runtime::time_point) const;

    runtime::world                              world_;
    options                                     options_;
    sink                                        kept_;
    complaint                                   told_;
    runtime::time_point                         beginning_;
    runtime::task_group                         connections_;
    std::unique_ptr<runtime::listener>          listener_;
    std::vector<std::unique_ptr<open_exchange>> exchanges_;
    std::size_t                                 handed_over_ = 0;
};

}  // namespace replay
