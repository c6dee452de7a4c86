#include <algorithm>
#include <set>
#include <utility>

#include <openssl/evp.h>

#include "proxy/config_sections.hpp"
#include "proxy/config_spelling.hpp"

namespace proxy {
namespace {

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string base64(std::string const& bytes) {
    std::vector<unsigned char> coded(4 * ((bytes.size() + 2) / 3) + 1);
    auto const                 size =
        EVP_EncodeBlock(coded.data(), reinterpret_cast<unsigned char const*>(bytes.data()),
                        static_cast<int>(bytes.size()));
    return {coded.begin(), coded.begin() + size};
}

// A server's name becomes the beginning of its tools' names and the end of
// litellm_proxy/mcp/NAME; providers allow no more in the one, and '-' ends it there.
void check_name(yaml_value const& at, std::string const& name, char const* hint) {
    constexpr std::size_t size_max = 40;
    if (name.find('-') != std::string::npos)
        at.fail("'-' separates a server's name from its tools' and cannot be part of it", hint);
    auto const plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    if (name.empty() || name.size() > size_max || !std::all_of(name.begin(), name.end(), plain))
        at.fail("a server's name is made of 1 to 40 letters, digits and '_'");
}

void check_is_new(yaml_value const& at, std::string const& name, config const& known) {
    if (auto const* other = known.find_server(name))
        at.fail(in_quotes(name) + " already means the server " + in_quotes(other->name));
}

void add_header(yaml_value const& at, mcp_server& into, std::string const& name,
                std::string value) {
    for (auto const& [other, ignored] : into.headers)
        if (lower(other) == lower(name))
            at.fail("the header " + in_quotes(name) + " is given twice");
    into.headers.emplace_back(name, std::move(value));
}

// People write the scheme in front as often as not.
std::string without_scheme(std::string value, std::string const& scheme) {
    if (lower(value.substr(0, scheme.size())) == scheme) value.erase(0, scheme.size());
    return value;
}

void read_auth(yaml_section& s, mcp_server& into) {
    auto const type = s.find("auth_type");
    auto const value = s.find("auth_value");
    if (!type) {
        if (value) value->fail_secretly("'auth_value' needs an 'auth_type'");
        return;
    }
    enum { none, api_key, bearer_token, basic, authorization };
    std::vector<std::string> const spoken{"none", "api_key", "bearer_token", "basic",
                                          "authorization"};
    auto const                     written = type->text();
    for (auto const* other : {"token", "oauth2", "aws_sigv4", "oauth2_token_exchange",
                              "oauth_delegate", "true_passthrough"})
        if (written == other)
            type->fail("the auth_type " + in_quotes(written) + " is not spoken yet",
                       "spoken: " + listed(spoken));
    auto const which = type->one_of(spoken);
    if (which == none) return;
    if (!value) type->fail("'auth_value' is missing");
    auto secret = value->header_value();
    if (secret.empty()) value->fail_secretly("'auth_value' is empty");
    if (which == api_key) {
        add_header(*value, into, "X-API-Key", std::move(secret));
    } else if (which == authorization) {
        add_header(*value, into, "Authorization", std::move(secret));
    } else if (which == bearer_token) {
        add_header(*value, into, "Authorization",
                   "Bearer " + without_scheme(std::move(secret), "bearer "));
    } else {
        secret = without_scheme(std::move(secret), "basic ");
        // "user:password" as LiteLLM takes it; base64 never holds a colon.
        if (secret.find(':') != std::string::npos) secret = base64(secret);
        add_header(*value, into, "Authorization", "Basic " + secret);
    }
}

void read_http(yaml_section& s, mcp_server& into) {
    into.url = s.need("url").url();
    read_auth(s, into);
    if (auto const headers = s.find("static_headers"))
        for (auto const& [key, value] : headers->pairs()) {
            check_header_name(key);
            add_header(key, into, key.name(), value.header_value());
        }
    for (auto const* key : {"args", "env"})
        if (auto const v = s.find(key)) v->fail(in_quotes(key) + " is for the transport stdio");
}

void read_stdio(yaml_section& s, mcp_server& into) {
    auto const command = s.need("command");
    auto const program = command.text();
    if (program.empty()) command.fail("the program is missing");
    if (program.front() != '/' && program.find(' ') != std::string::npos)
        command.fail("a command is one program; no shell takes it apart",
                     "write its arguments below 'args'");
    into.command.arguments.push_back(program);
    if (auto const args = s.find("args"))
        for (auto const& argument : args->list())
            into.command.arguments.push_back(argument.secret());
    // All that the program gets: nothing of the gateway's own environment, which holds keys.
    into.command.environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
    if (auto const env = s.find("env"))
        for (auto const& [key, value] : env->pairs()) {
            if (key.name().empty() || key.name().find('=') != std::string::npos)
                key.fail("this is not the name of a variable");
            auto set = value.secret();
            if (set.starts_with("${"))
                value.fail("a caller's header never reaches a program's environment",
                           "write the value, or os.environ/NAME");
            into.command.environment[key.name()] = std::move(set);
        }
    for (auto const& text : into.command.arguments)
        if (text.find('\0') != std::string::npos) command.fail("an argument holds a NUL");
    for (auto const* key : {"url", "auth_type", "auth_value", "static_headers"})
        if (auto const v = s.find(key))
            v->fail_secretly(in_quotes(key) + " is for the transport http");
}

mcp_transport read_transport(yaml_section& s) {
    bool const has_url = s.has("url");
    auto const v = s.find("transport");
    if (has_url && s.has("command")) s.fail("a server has a 'url' or a 'command', not both");
    if (!v) {
        if (!has_url && !s.has("command")) s.need("url");
        return has_url ? mcp_transport::either_http : mcp_transport::stdio;
    }
    auto const which = v->one_of({"http", "stdio", "sse", "streamable-http", "streamable_http"});
    if (which == 1) return mcp_transport::stdio;
    return which == 2 ? mcp_transport::sse : mcp_transport::streamable_http;
}

std::vector<std::string> read_tool_names(yaml_value const& value) {
    auto names = value.texts();
    // LiteLLM takes it the same way, and it is not what it looks like.
    if (names.empty() && value.name() == "allowed_tools")
        value.warn("an empty 'allowed_tools' allows every tool");
    return names;
}

void read_server(yaml_section& s, config const& known, mcp_server& into) {
    into.transport = read_transport(s);
    into.is_program() ? read_stdio(s, into) : read_http(s, into);
    if (auto const v = s.find("alias")) {
        into.alias = v->text();
        check_name(*v, into.alias, "use '_'");
        check_is_new(*v, into.alias, known);
    }
    if (auto const v = s.find("allowed_tools")) into.allowed_tools = read_tool_names(*v);
    if (auto const v = s.find("disallowed_tools")) into.disallowed_tools = read_tool_names(*v);
    if (auto const v = s.find("timeout")) into.tool_call = v->limit();
    if (auto const v = s.find("tool_listing_timeout")) into.tool_listing = v->limit();
    if (auto const v = s.find("allow_all_keys"))
        if (!v->boolean())
            v->warn("every key may use every server: 'allow_all_keys' has no effect");
    // To do without it in silence would open what its writer has closed.
    if (auto const v = s.find("allowed_params"))
        v->fail("'allowed_params' cannot be enforced yet",
                "without it every parameter may be used");
    s.ignore({"description", "instructions", "mcp_info", "server_id"});
    s.warn_of({"extra_headers", "access_groups", "mcp_access_groups",
               "available_on_public_internet", "spec_path", "spec_version", "client_id",
               "client_secret", "token_url", "authorization_url", "registration_url", "scopes",
               "oauth2_flow", "authentication_token"});
}

}  // namespace

void check_header_name(yaml_value const& key) {
    static std::set<std::string> const ours{"accept",
                                            "accept-encoding",
                                            "connection",
                                            "content-length",
                                            "content-type",
                                            "host",
                                            "keep-alive",
                                            "mcp-protocol-version",
                                            "mcp-session-id",
                                            "proxy-connection",
                                            "te",
                                            "trailer",
                                            "transfer-encoding",
                                            "upgrade",
                                            "expect",
                                            "last-event-id"};
    constexpr std::string_view         also = "!#$%&'*+-.^_`|~";
    for (char const c : key.name())
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              also.find(c) != std::string_view::npos))
            key.fail("this is not the name of an HTTP header");
    if (key.name().empty()) key.fail("a header needs a name");
    if (ours.contains(lower(key.name())))
        key.fail("the gateway writes " + in_quotes(key.name()) + " itself");
}

void read_servers(yaml_value const& map, config& into) {
    for (auto const& [key, value] : map.pairs()) {
        mcp_server made;
        made.name = key.name();
        made.tool_call = into.timeouts.tool_call;
        made.tool_listing = into.timeouts.tool_listing;
        check_name(key, made.name, "use '_'");
        check_is_new(key, made.name, into);
        yaml_section::read(value.named("mcp_servers." + key.name()),
                           [&](yaml_section& s) { read_server(s, into, made); });
        into.servers.push_back(std::move(made));
    }
}

void read_aliases(yaml_value const& map, config& into) {
    for (auto const& [key, value] : map.pairs()) {
        auto const name = value.text();
        auto const server = std::find_if(into.servers.begin(), into.servers.end(),
                                         [&](mcp_server const& each) { return each.name == name; });
        if (server == into.servers.end()) {
            std::vector<std::string> names;
            for (auto const& each : into.servers) names.push_back(each.name);
            auto const meant = nearest_word(name, names);
            value.fail("there is no server " + in_quotes(name),
                       meant.empty() ? "" : "did you mean " + in_quotes(meant) + "?");
        }
        check_name(key, key.name(), "use '_'");
        if (!server->alias.empty()) continue;  // the first one counts
        check_is_new(key, key.name(), into);
        server->alias = key.name();
    }
}

}  // namespace proxy
