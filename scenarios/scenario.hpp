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
};

enum class client_verb {
    ask,         // the common request: `text` to the first provider's model with all MCP servers
    post,        // any request: path `text`, body `body` byte for byte
    get,         // GET `text`
    raw,         // bytes as they are, on a new connection
    read,        // reads again, `number` bytes and then pauses (0: on and on)
    pause,       // stops reading
    resume,      // reads on
    disconnect,  // closes the connection
    abort,       // RST
    wait,        // goes on when `until` has passed
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
    std::string          name;
    std::vector<setting> settings;
    int                  line = 0;
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

struct scenario {
    std::string                        path;      // as given
    std::string                        name;      // the file's stem
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
    std::vector<mock_wait>             mock_waits;
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

// Throws syntax_error. `path` is used for messages and to find recordings beside the file.
scenario parse(std::string const& text, std::string const& path);
scenario read_file(std::string const& path);  // also throws syntax_error if it cannot be read

// The nearest of `known` to `word`, for "did you mean"; empty if none is near.
std::string nearest(std::string_view word, std::vector<std::string> const& known);

}  // namespace scenario
