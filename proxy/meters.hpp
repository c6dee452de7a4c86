#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/time.hpp"

namespace prometheus {
class Histogram;
}

namespace proxy {

// What Prometheus reads at /metrics, of one loop. All times are those of the gateway's own clock.
// Labels are names of the configuration and of our own tables, never what a client wrote.
class meters {
public:
    explicit meters(std::size_t loop = 0);
    ~meters();

    void answered(std::string const& endpoint, std::string const& model, int status,
                  runtime::duration took);
    // Looked up once an answer: a chunk must cost next to nothing.
    class of_stream {
    public:
        // From the request to the first of its answer: text, thought, refusal or call.
        void first_token(runtime::duration after) const;
        // Between two reads that brought something of one answer.
        void chunk(runtime::duration after) const;

    private:
        friend class meters;
        prometheus::Histogram* first_token_ = nullptr;
        prometheus::Histogram* chunk_ = nullptr;
    };
    of_stream stream(std::string const& model);

    // `cause` is a code of ours or a status, cause_of().
    void upstream_error(std::string const& model, std::string const& cause);
    void tool_call(std::string const& server, bool failed, runtime::duration took);
    // How much later than due the loop rang an alarm.
    void loop_lag(runtime::duration late);

    // A connection of a client that this loop has accepted.
    void connection_accepted();

    // What became of spans: with the collector, or lost.
    void spans_exported(std::size_t);
    void spans_dropped(std::size_t);

    // What is of the whole process, now.
    struct levels {
        std::size_t active_requests = 0;
        std::size_t connections = 0;
        std::size_t streams = 0;
        std::size_t mcp_sessions = 0;
    };
    // The sums over several loops: text exposition format 0.0.4.
    static std::string text(std::vector<meters const*> const& of_loops, levels const&);

private:
    struct families;
    std::unique_ptr<families> families_;
};

}  // namespace proxy
