#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"
#include "scenarios/mcp_conversation.hpp"

namespace scenario {

// Our client in an examination: it says what it is told to, well or badly formed, and keeps all
// that comes. One of these speaks to a URL, one to a program.
class mcp_examiner {
public:
    using duration = runtime::duration;
    using json = nlohmann::json;

    explicit mcp_examiner(runtime::world w) : world_(w), tasks_(w.executor) {}
    virtual ~mcp_examiner() = default;

    // A request in the session that there is; returns at once. Gives its id.
    virtual json                     begin(std::string probe, std::string method, json params) = 0;
    virtual runtime::awaitable<void> tell(std::string probe, std::string method, json params) = 0;
    // A request, and its answer: null if none came in time.
    runtime::awaitable<json>         ask(std::string probe, std::string method, json params);
    // True if it became so within the limit. Asked again whenever something has come.
    runtime::awaitable<bool>         until(std::function<bool()> const& it_is_so, duration limit);
    virtual runtime::awaitable<void> stop() = 0;

    // What has been answered, or said of progress, for the request of this id.
    json        answer_for(json const& id) const;
    std::size_t progress_for(json const& id) const;

    mcp_conversation& kept() { return kept_; }
    bool              modern = false;  // what begin() says is of the era since 2026-07-28
    runtime::clock&   clock() { return world_.clock; }

    static constexpr duration patience = std::chrono::seconds(3);

protected:
    json new_id() { return ++last_id_; }
    void keep(bool by_server, json value, mcp_exchange const*, std::string probe, bool utf8 = true);
    json message(std::string method, json params);  // a request with a new id

    runtime::world      world_;
    mcp_conversation    kept_;
    runtime::bell       changed_;
    runtime::task_group tasks_;

private:
    std::int64_t last_id_ = 0;
};

// Over streamable HTTP, and HTTP+SSE.
class mcp_http_examiner : public mcp_examiner {
public:
    struct session {
        std::uint64_t scope = 0;
        std::string   id;
        std::string   revision;
    };
    // What is special in a request; what is not said is as it should be.
    struct wish {
        std::string              probe;
        std::string              method = "POST";
        std::string              body;
        session                  at;
        runtime::http_fields     set;
        std::vector<std::string> without;
        bool                     modern = false;
        std::string              path;  // another than the endpoint's
        runtime::address         to;    // another than the server's; no host: that
    };

    mcp_http_examiner(runtime::world, runtime::address, std::string path,
                      runtime::http_fields always);

    json                     begin(std::string probe, std::string method, json params) override;
    runtime::awaitable<void> tell(std::string probe, std::string method, json params) override;
    runtime::awaitable<void> stop() override { return tasks_.stop(); }

    // Sends it and reads what comes, until it is over or left.
    mcp_exchange&            start(wish);
    // The same, and waits for the answer to it.
    runtime::awaitable<void> exchange(wish, duration limit = patience);
    void                     leave(mcp_exchange&);

    // initialize and notifications/initialized; false if it was refused.
    runtime::awaitable<bool> open(std::string revision, session& into);
    wish                     request(std::string probe, std::string method, json params = nullptr);

    session                 current;
    std::string             post_to;  // of HTTP+SSE: where messages go; empty: to the path
    runtime::address const& where() const { return to_; }
    std::string const&      path() const { return path_; }

private:
    struct running {
        mcp_exchange*                       x = nullptr;
        runtime::address                    to;
        std::unique_ptr<runtime::stream>    stream;
        std::optional<runtime::http_reader> reader;
    };

    runtime::awaitable<void> carry(std::shared_ptr<running>);
    runtime::awaitable<void> talk(running&);
    void                     hear(mcp_exchange&, std::string const& text);

    runtime::address                      to_;
    std::string                           path_;
    runtime::http_fields                  always_;
    std::vector<std::shared_ptr<running>> running_;
    std::uint64_t                         scopes_ = 0;
};

// A program's standard streams.
class mcp_program_examiner : public mcp_examiner {
public:
    mcp_program_examiner(runtime::world, runtime::command const&);

    json                     begin(std::string probe, std::string method, json params) override;
    runtime::awaitable<void> tell(std::string probe, std::string method, json params) override;
    runtime::awaitable<void> stop() override;

    // Another process of the same program.
    runtime::awaitable<void> restart();

    // Ends its input; keeps whether it ended then.
    runtime::awaitable<void> end_of_input();
    std::string              last_words() const { return child_->last_words(); }

private:
    runtime::awaitable<void> write(std::string line);
    runtime::awaitable<void> read();
    runtime::awaitable<void> watch();
    void                     hear(std::string const& line);
    void                     begin_to_listen();

    runtime::command                what_;
    std::unique_ptr<runtime::child> child_;
    std::uint64_t                   scope_ = 0;
    bool                            ended_ = false;
};

}  // namespace scenario
