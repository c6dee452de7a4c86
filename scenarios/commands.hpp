#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/report_files.hpp"

// The subcommands of `lockstep`, each given its options and giving the exit status:
// 0 all hold, 1 one does not, 2 a file could not be read, 3 nothing failed but something was
// inconclusive.
namespace scenario {

struct run_options {
    std::vector<std::string>     paths;  // files and folders
    bool                         real = false;
    std::optional<std::uint64_t> seed;  // shuffles what is ready at the same instant
    std::optional<std::uint64_t> cut;
    bool                         verbose = false;
    std::vector<std::string>     names;  // parts of ids, or patterns with '*'
    std::vector<std::string>     families;
    std::string                  check;       // judge by this standing check alone
    std::string                  baseline;    // a file of known failures
    std::size_t                  sample = 0;  // at most so many instances of a sweep; 0: all
    unsigned                     jobs = 0;    // 0: as many as there are processors
    bool                         list = false;
    bool                         rewrite = false;
    report_files                 files;
    std::string                  gateway;         // a name, a file or a URL; empty: ours, in here
    int                          rounds = 1;      // each scenario, against one process of it
    std::uint16_t                first_port = 0;  // of the mocks; 0: where some are free
};
int run(run_options const&);

// Plays the same scenarios against several gateways, one after the other (docs/matrix.md).
struct matrix_options {
    std::vector<std::string> what;  // gateways, and what to play; without that, the library
    std::vector<std::string> names;
    std::vector<std::string> families;
    std::vector<std::string> baselines;  // GATEWAY=FILE
    std::size_t              sample = 0;
    std::string              markdown, json;  // files; empty: not written
    std::string              html;            // a folder
};
int matrix(matrix_options const&);

// Judges performances again that `run --trace` has kept, without playing anything.
int judge(std::vector<std::string> const& files);

// Examines an MCP server, by URL or as a program, and tells how the rules of MCP stand.
struct check_mcp_options {
    std::vector<std::string> server;     // a URL, or a program and its arguments
    std::string              slow_call;  // a tool that takes its time, and arguments: NAME {...}
    std::vector<std::string> headers;    // of every request: NAME: VALUE
    bool                     old_sse = false;  // the URL is of HTTP+SSE
    bool                     verbose = false;  // rules that hold, too
    std::string              junit;
};
int check_mcp(check_mcp_options const&);

struct trace_options {
    std::string                  path;
    bool                         real = false;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> cut;
    bool                         all = false;  // quiet events too
};
int trace(trace_options const&);

struct serve_options {
    std::string              path;
    std::vector<std::string> only;      // actors to open; empty: all
    std::uint16_t            port = 0;  // of the first actor, the others follow; 0: free ones
    std::string              stdio;     // serve this MCP server on our standard streams instead
};
int serve(serve_options const&);

// For a gateway in a process of its own: a program that is an MCP server of a scenario over stdio.
// It carries its standard streams to the stage at HOST:PORT and back.
int join(std::string const& where);

// Sits between clients and UPSTREAM, or between a client on our standard streams and a program, and
// keeps what passes. docs/recording-format.md has the file.
struct record_options {
    std::string              upstream;  // a URL
    std::string              listen = "127.0.0.1:0";
    std::string              out;
    std::vector<std::string> redact;  // names of headers, parameters and JSON members
    std::vector<std::string> ignore;  // JSON pointers: what a replay does not compare
    std::string              source;  // what it is; otherwise the URL or the command
    std::string              note;
    std::string              authority;  // a PEM file, for an upstream of a private authority
    bool                     stdio = false;
    std::vector<std::string> command;  // with stdio
};
int record(record_options const&);

// Serves a recording alone, over HTTP or on our standard streams. 1 if a request was not recorded,
// or a recorded one was never made; in virtual time, if what was recorded is not what was played.
struct replay_options {
    std::string              path;
    std::string              listen = "127.0.0.1:0";
    std::string              pace = "recorded";  // fast, x10
    std::vector<std::string> headers;            // that must be as they were recorded
    std::vector<std::string> redact;
    bool                     virtual_time = false;  // to its own requests, which takes no time
    std::string              out;                   // what that gave, as a recording
};
int replay(replay_options const&);

// What a gateway changed between its two sides: two recordings, frame by frame. 1 if anything did.
struct diff_options {
    std::string a;
    std::string b;
    bool        times = false;
};
int diff(diff_options const&);

// A recording made of somebody else's file; what that cannot know is said on stderr and in it.
struct import_options {
    std::string path;
    std::string out;  // empty: standard output
};
int import_file(import_options const&);

std::string with_host(std::string const& port_or_address);  // "4000" is on loopback

// What there is: "formats", "checks", "coverage", ... or, without a name, what a scenario may use.
struct list_options {
    std::string what;
    std::string folder = "scenarios";  // with `library` and `coverage`
};
int                      list(list_options const&);
std::vector<std::string> list_names();

struct proxy_options {
    std::string config;
    std::string listen;  // instead of the configuration's
    bool        check = false;
    bool        print_config = false;
    std::string access_log;  // a file, "-" for standard output; empty: none
    std::size_t loops = 0;   // event loops; 0: as the configuration says
    int         faster = 1;  // its clock runs so many times faster than the machine's
};
int proxy(proxy_options const&);

// Plays the library against gateways that are broken on purpose, and against one that is not:
// the first must all be objected to, each by the check that is made for its defect.
struct selfproof_options {
    std::vector<std::string> library{"scenarios/library"};
    std::vector<std::string> faults;        // ids; empty: all, and the sound gateway as well
    bool                     all = false;   // each with the whole library
    std::uint64_t            seeds = 1000;  // for the sound gateway, all files together
    unsigned                 jobs = 0;      // 0: as many as there are processors
    bool                     verbose = false;
};
int selfproof(selfproof_options const&);

std::vector<std::string> check_ids();  // of the standing checks

// All .scenario files in these files and folders, sorted. Throws syntax_error for a path that
// is not there.
std::vector<std::string> scenario_files(std::vector<std::string> const& paths);

}  // namespace scenario
