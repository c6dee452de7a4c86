#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "mock_mcp/script.hpp"
#include "mock_providers/script.hpp"
#include "runtime/time.hpp"

// A scenario file as data: what parser.cpp makes of the text, and what the stage plays.
namespace scenario {

struct place {
    int line = 0;
    int column = 0;  // from 1, in characters
    int width = 1;
};

// A word of an arrow or a step: bare, "quoted", or JSON ({...} or [...]).
struct token {
    enum class kind { word, text, json };
    kind           what = kind::word;
    std::string    text;  // a word as written, the unescaped text, or the JSON as written
    nlohmann::json json;
    place          at;
};

// Splits a line, from `column` on, into tokens. '#' begins a comment outside of quotes.
// Throws syntax_error.
std::vector<token> tokenize(std::string_view line, int line_number, int column = 1);

struct when {
    enum class kind {
        any,       // "*", or nothing
        absolute,  // "120ms", "1s..2s": since the scenario began
        relative,  // "+30s", "+1s..2s": since the line above really happened
    };
    kind              what = kind::any;
    runtime::duration from{};
    runtime::duration to{};   // equal to `from` unless a window was written
    place             where;  // line 0: no time was written
};

// "120ms  proxy -> client  text "Let me ask. "": in `expect`, `never`, `wait` and `network`.
struct arrow {
    when               at;
    std::string        from;
    std::string        to;
    std::vector<token> what;
    place              where;
    int                connection = 0;  // of `network`: the nth of its way alone; 0: all
};

enum class client_verb {
    ask,         // the common request: `text` to the first provider's model with all MCP servers
    post,        // any request: path `text`, body `body` byte for byte
    get,         // GET `text`
    erase,       // DELETE `text`
    raw,         // bytes as they are, on a new connection
    read,        // reads again, `number` bytes and then pauses (0: on and on)
    pause,       // stops reading
    resume,      // reads on
    disconnect,  // closes the connection
    abort,       // RST
    wait,        // goes on when `until` has passed
    terminate,   // tells the gateway to end, as SIGTERM does
    // As a client of MCP:
    initialize,   // a new session, of revision `text`; without it one is begun when it is needed
    call,         // tools/call: `text` with the arguments `body`
    list,         // `text`: tools, prompts, resources, templates
    request,      // any method `text` with the params `body`
    notify,       // the same without an answer
    batch,        // the messages of the array `body` at once
    cancel,       // the last request
    listen,       // opens the stream of what belongs to no request
    reconnect,    // goes on reading the last answer behind the last event that has come
    end_session,  // DELETE; without it at the end of the script
};

struct client_step {
    runtime::duration after{};
    client_verb       verb = client_verb::ask;
    std::string       text;
    std::string       body;
    std::vector<std::string>
          options;  // of ask and post: "unstreamed", "key sk-x", "model NAME", ...
    int   number = 0;
    arrow until;
    place where;
};

struct client_script {
    std::string              name = "client";
    std::vector<client_step> steps;
    int                      line = 0;
};

// "idle-timeout 30s" below `gateway`.
struct setting {
    std::string name;
    std::string value;
    place       where;
};

struct gateway_section {
    std::string            name;
    std::vector<setting>   settings;
    // "config FILE": a whole configuration instead, as a template (gateway_template.hpp), with its
    // path beside the scenario. "profile NAME": by which it is judged (wire_profile.hpp).
    std::optional<setting> config;
    std::string            profile;
    int                    line = 0;
};

struct waiver {
    std::string check;
    std::string why;
    place       where;
};

// A `wait` inside a provider's or a server's script. The parser leaves an empty `until`
// there; the stage fills it in by this table.
struct mock_wait {
    std::string actor;  // name of the provider or MCP server
    int         line = 0;
    arrow       until;
};

// One value of an axis: what the file's text gets instead of "$name", and how an id spells it.
struct sweep_value {
    std::string text;
    std::string label;
};

// A line of `sweep`: `name` stands for each of `values` in turn. Where `every` is set the values
// are byte offsets on a way, and only a first performance tells how many there are.
struct sweep_axis {
    enum class unit { listed, byte, event };
    std::string              name;
    std::vector<sweep_value> values;  // of a listed axis
    unit                     every = unit::listed;
    std::string              from, to;        // the way that is measured
    int                      connection = 1;  // the nth of that way
    int                      step = 1;        // each step-th of them
    int                      but_first = 0;   // so many at the beginning are left out
    int                      but_last = 0;    // and at the end
    place                    where;
};

// What a file's `sweep` says: its instances are the product of the axes, or so many of them that
// each pair of values of two listed axes stands in one (`sweep pairs`).
struct sweep_plan {
    std::vector<sweep_axis> axes;
    bool                    pairs = false;
};

struct scenario {
    std::string                        path;      // as given
    std::string                        name;      // the file's stem
    std::string                        instance;  // "byte=17,over=stdio"; empty: it has no sweep
    std::string                        title;     // its first comment
    std::vector<std::string>           lines;     // the text, for messages
    std::vector<std::string>           families;  // covers: tools, timeouts, ...
    std::vector<std::string>           links;     // covers: litellm#19129, ...
    gateway_section                    gateway;
    std::vector<mock::provider_script> providers;
    std::vector<mock_mcp::mcp_script>  servers;
    std::vector<client_script>         clients;
    std::vector<arrow>                 network;
    std::vector<arrow>                 expect;
    bool                               expect_exactly = false;
    std::vector<arrow>                 never;
    std::vector<waiver>                waivers;
    std::string                        virtual_only;  // why; empty: it plays on sockets too
    std::vector<mock_wait>             mock_waits;
    sweep_plan                         sweep;

    // "timeouts/connect", "ending/cut@byte=17": the folder, the name, the instance.
    std::string id() const;
    // What names it on a command line: its path, and the instance behind '@'.
    std::string address() const { return instance.empty() ? path : path + '@' + instance; }
};

// A place, a fact, a next step. what() is the whole message with the line and a caret.
class syntax_error : public std::exception {
public:
    syntax_error(std::string file, std::string line_text, place at, std::string problem,
                 std::string hint = {});
    char const* what() const noexcept override { return message_.c_str(); }
    place       at() const { return at_; }

private:
    std::string message_;
    place       at_;
};

// Throws syntax_error. `path` is used for messages and to find recordings beside the file. Of a
// sweep it gives the first instance; sweep.hpp has them all.
scenario    parse(std::string const& text, std::string const& path);
scenario    read_file(std::string const& path);
std::string read_text(std::string const& path);  // throws syntax_error if it cannot be read

// The nearest of `known` to `word`, for "did you mean"; empty if none is near.
std::string nearest(std::string_view word, std::vector<std::string> const& known);

}  // namespace scenario
