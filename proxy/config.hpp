#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "proxy/config_url.hpp"
#include "proxy/limits.hpp"
#include "runtime/network.hpp"
#include "runtime/time.hpp"
#include "wire/provider_format.hpp"

// What the gateway was told to be, as plain values.
//
// Everything that names another host, a key or a program comes from here and from nowhere
// else: a request can choose among these, never add to them.
namespace proxy {

struct timeouts {
    runtime::duration connect = std::chrono::seconds(5);
    runtime::duration first_byte = std::chrono::seconds(300);  // of the provider's answer
    runtime::duration idle = std::chrono::seconds(120);        // between two of its events
    runtime::duration request = std::chrono::seconds(1800);    // the whole exchange
    runtime::duration tool_call = std::chrono::seconds(60);
    runtime::duration tool_listing = std::chrono::seconds(30);
    runtime::duration client_write = std::chrono::seconds(30);
    runtime::duration client_answer = std::chrono::minutes(10);  // to what an MCP server asks it
    runtime::duration drain = std::chrono::seconds(30);          // of streams, when we are to end
    bool              operator==(timeouts const&) const = default;
};

// One place where a model can be had. Several with the same name are deployments of it.
struct model {
    std::string       name;           // what clients ask for
    std::string       provider;       // a row of wire::provider_formats(): "openai", "anthropic"
    std::string       upstream_name;  // what the provider calls it
    http_url          api;            // its path has no slash at the end
    std::string       api_key;        // empty: no auth header; Amazon's is the access key's id
    std::string       api_version;    // Azure's
    std::string       aws_region;
    std::string       aws_secret_key;  // with it, requests are signed
    std::string       aws_session_token;
    proxy::timeouts   timeouts;              // the gateway's own, where the model says nothing
    runtime::duration keepalive_interval{};  // 0: off
    nlohmann::json    options = nlohmann::json::object();  // used where a request says nothing
    double            weight = 1;  // its share among deployments of the same order
    std::size_t       order = 0;   // the lowest of those that are well are asked
};

// What becomes of a question that a deployment refuses or leaves, while nothing of its answer is
// with the client (docs/routing.md). LiteLLM's names and defaults, but for `retries`: LiteLLM
// tries twice more unless it is told not to.
struct routing {
    using names = std::vector<std::string>;

    std::size_t                        retries = 0;    // of one model name
    runtime::duration                  retry_after{};  // the least pause before one
    std::size_t                        fallbacks_max = 5;
    std::size_t                        allowed_fails = 3;  // of a deployment, in a minute
    runtime::duration                  cooldown = std::chrono::seconds(5);  // 0: off
    std::map<std::string, names>       fallbacks;  // other models by the name that was asked for
    std::map<std::string, names>       context_window_fallbacks;
    std::map<std::string, names>       content_policy_fallbacks;
    names                              default_fallbacks;  // of who has none in `fallbacks`
    std::map<std::string, std::string> aliases;            // other names of models
};

// `either_http`: nobody has said which of the two over HTTP it is.
enum class mcp_transport { streamable_http, sse, either_http, stdio };

struct mcp_server {
    std::string              name;
    std::string              alias;  // empty: none
    mcp_transport            transport = mcp_transport::streamable_http;
    http_url                 url;            // of those over HTTP
    runtime::command         command;        // stdio
    wire::fields             headers;        // auth and static ones, in order
    std::vector<std::string> allowed_tools;  // empty: all. Wins over the next
    std::vector<std::string> disallowed_tools;
    runtime::duration        tool_call{};
    runtime::duration        tool_listing{};

    bool is_program() const { return transport == mcp_transport::stdio; }
    // HTTP+SSE is older than the modern era.
    bool may_be_modern() const { return transport != mcp_transport::sse; }

    // All that it says comes one message after the other, and no session survives the end of that.
    bool shares_channel() const {
        return transport == mcp_transport::sse || transport == mcp_transport::stdio;
    }

    // What its tools' names begin with.
    std::string const& prefix() const { return alias.empty() ? name : alias; }
};

// What becomes of an answer whose tool call got no result: a limit passed, a server died. (A
// result that calls itself an error is a result: the model is told of it always.)
enum class tool_failure { fail, tell_model };

// What becomes of a request when one of its MCP servers does not tell its tools: it fails, or it
// goes on with the tools of the others, as LiteLLM has it (BerriAI/litellm#18855). When none tells
// any, it fails.
enum class listing_failure { fail, leave_out };

// The revisions of MCP up to 2025-11-25 begin with initialize, those since 2026-07-28 with nothing.
// Which of the two a server is asked in first where no client's own era says; it is asked in the
// other one if it refuses.
enum class mcp_era { legacy, modern };

// With what we show ourselves to clients over TLS: names of PEM files. Whoever has the files looks
// whether they can be used (tls_check).
struct tls_settings {
    std::string certificate;
    std::string key;
    bool        operator==(tls_settings const&) const = default;
};

// Where spans go by OTLP over HTTP, as JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
struct otlp_settings {
    std::optional<http_url> endpoint;  // of the collector; its path and /v1/traces. None: no spans
    wire::fields            headers;   // for the collector: secrets
    std::string             service_name = "lockstep";
};

struct config {
    runtime::address            listen{"127.0.0.1", 4000};  // with `tls` if there are files for it
    std::optional<tls_settings> tls;
    std::size_t                 loops = 0;  // event loops; 0: one for each processor
    otlp_settings               otlp;
    std::vector<model>          models;
    std::vector<mcp_server>     servers;
    std::optional<std::string>  master_key;
    std::vector<std::string>    keys;  // other keys that open the gateway
    proxy::timeouts             timeouts;
    proxy::limits               limits;
    runtime::duration           keepalive_interval = std::chrono::seconds(15);  // 0: off
    tool_failure                on_tool_failure = tool_failure::fail;
    listing_failure             on_listing_failure = listing_failure::fail;
    proxy::routing              routing;
    bool                        metrics_need_key = false;
    proxy::mcp_era              mcp_era = proxy::mcp_era::legacy;
    std::vector<http_url>       allowed_mcp_urls;  // and all below their paths
    runtime::duration           session_idle = std::chrono::seconds(300);
    std::vector<std::string>    allowed_origins;  // of browsers, beside our own
    std::vector<std::string>    allowed_hosts;    // by which we may be called, beside our own

    model const*      find_model(std::string_view name) const;  // its first; null: there is none
    mcp_server const* find_server(std::string_view name_or_alias) const;
};

// A file that cannot be used. what() is for people: place, line, caret, hint.
struct config_error : std::runtime_error {
    config_error(std::string const& text, int line, int column)
        : std::runtime_error(text), line(line), column(column) {}
    int line;
    int column;  // from 1, in characters
};

// What os.environ/NAME stands for; nothing if NAME is not set.
using environment = std::function<std::optional<std::string>(std::string const& name)>;

// Why the files cannot be used; nothing if they can.
struct tls_problem {
    bool        of_key = false;  // else of the certificate
    std::string what;
    std::string hint;
};
using tls_check = std::function<std::optional<tls_problem>(tls_settings const&)>;

// Reads LiteLLM's names and our own section lockstep_settings. `file` is for messages only.
// Throws config_error. What is known but has no effect here goes to `warnings`, each with its
// place. tests/proxy/configs has a file for each thing that can be wrong.
config read_config(std::string_view text, std::string const& file, environment const&,
                   std::vector<std::string>& warnings, tls_check const& = {});

// All of it for people, without a secret.
std::string describe(config const&);

}  // namespace proxy
