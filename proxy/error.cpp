#include "proxy/error.hpp"

#include <array>
#include <boost/system/system_error.hpp>

#include "runtime/error.hpp"
#include "wire/error.hpp"

namespace proxy {

namespace {

struct row {
    error       what;
    int         status;  // before the stream has begun
    char const* type;
    char const* code;
    char const* message;
};

constexpr std::array rows{
    row{error::connect_timeout, 504, "upstream_timeout", "connect_timeout",
        "the provider's address did not answer in time"},
    row{error::first_byte_timeout, 504, "upstream_timeout", "first_byte_timeout",
        "the provider sent nothing in time"},
    row{error::idle_timeout, 504, "upstream_timeout", "idle_timeout",
        "the provider fell silent in the middle of its answer"},
    row{error::request_timeout, 504, "upstream_timeout", "request_timeout",
        "the request took too long as a whole"},
    row{error::tool_timeout, 504, "tool_error", "tool_timeout",
        "a tool call got no result in time"},
    row{error::listing_timeout, 504, "tool_error", "listing_timeout",
        "an MCP server did not list its tools in time"},
    row{error::client_write_timeout, 408, "client_error", "client_write_timeout",
        "the client does not read its answer"},
    row{error::client_gone, 499, "client_error", "client_gone", "the client has hung up"},
    row{error::provider_unreachable, 502, "upstream_error", "provider_unreachable",
        "no connection to the provider"},
    row{error::provider_reset, 502, "upstream_error", "provider_reset",
        "the provider broke the connection before its answer"},
    row{error::stream_cut, 502, "upstream_error", "stream_cut",
        "the provider's answer broke off before its end"},
    row{error::provider_garbage, 502, "upstream_error", "provider_garbage",
        "the provider's answer is not what its format promises"},
    row{error::provider_protocol, 502, "upstream_error", "upstream_protocol",
        "the provider's answer breaks the rules of HTTP"},
    row{error::provider_too_large, 502, "upstream_error", "upstream_too_large",
        "the provider's answer is larger than this gateway takes"},
    row{error::provider_redirect, 502, "upstream_error", "upstream_redirect",
        "the provider points elsewhere, and nobody goes there"},
    row{error::tool_failed, 502, "tool_error", "tool_failed",
        "an MCP server failed while a tool ran"},
    row{error::listing_failed, 502, "tool_error", "listing_failed",
        "an MCP server did not list its tools"},
    row{error::too_many_rounds, 502, "tool_error", "too_many_rounds",
        "the model kept asking for tools"},
};

row const& row_of(error what) {
    for (auto const& r : rows)
        if (r.what == what) return r;
    return rows.front();
}

class category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "gateway"; }
    std::string message(int value) const override {
        return row_of(static_cast<error>(value)).message;
    }
};

request_problem internal(std::string message) {
    return {500, "internal_error", "internal_error", std::move(message), {}, {}};
}

// A message that broke a rule of HTTP or JSON on its way in.
request_problem to_problem(boost::system::error_code const& why, std::string what) {
    if (why.category() == error_category())
        return to_problem(static_cast<error>(why.value()), why.message());
    if (why == runtime::error::body_too_large)
        return {413,
                "invalid_request_error",
                "request_too_large",
                "the request body is larger than this gateway takes",
                {},
                {}};
    if (why == runtime::error::head_too_large || why == runtime::error::too_many_fields)
        return {431,
                "invalid_request_error",
                "header_too_large",
                "the request header is larger than this gateway takes",
                {},
                {}};
    if (why == runtime::error::unsupported_coding)
        return {
            415, "invalid_request_error", "unsupported_coding", "content codings are not taken", {},
            {}};
    if (why == runtime::error::unsupported_transfer)
        return {501,
                "invalid_request_error",
                "unsupported_transfer_coding",
                "transfer codings other than chunked are not taken",
                {},
                {}};
    if (why == runtime::error::unsupported_method)
        return {501, "invalid_request_error", "unsupported_method", "this method is not served", {},
                {}};
    if (why == runtime::error::target_too_large)
        return {414,
                "invalid_request_error",
                "target_too_large",
                "the request line is larger than this gateway takes",
                {},
                {}};
    if (why.category() == runtime::error_category() || why.category() == wire::error_category())
        return {400, "invalid_request_error", "bad_request", std::move(what), {}, {}};
    return internal(why.message());
}

}  // namespace

boost::system::error_category const& error_category() {
    static category const instance;
    return instance;
}

boost::system::error_code make_error_code(error e) {
    return {static_cast<int>(e), error_category()};
}

request_problem to_problem(error what, std::string message) {
    auto const& r = row_of(what);
    return {r.status, r.type, r.code, std::move(message), {}, {}};
}

request_problem to_problem(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (refused const& e) {
        return e.problem();
    } catch (boost::system::system_error const& e) {
        return to_problem(e.code(), e.what());
    } catch (std::exception const& e) {
        return internal(e.what());
    }
}

request_problem to_problem(std::exception_ptr thrown, limits const& l) {
    auto told = to_problem(thrown);
    try {
        std::rethrow_exception(thrown);
    } catch (boost::system::system_error const& e) {
        if (auto text = passed_text(e.code(), l)) told.message = std::move(*text);
    } catch (...) {
        // No limit was passed.
    }
    return told;
}

request_problem to_problem(wire::failure const& f, std::string const& provider,
                           std::string_view api_key) {
    request_problem p;
    p.status = f.status >= 400 ? f.status : 502;
    p.type = f.type.empty() ? "upstream_error" : f.type;
    p.code = f.code.empty() ? std::to_string(p.status) : f.code;
    p.message = provider + ": " + without_secret(f.message, api_key);
    return p;
}

bool is_cancelled(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (boost::system::system_error const& e) {
        return e.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

std::string cause_of(request_problem const& p) {
    for (auto const& r : rows)
        if (p.code == r.code) return p.code;
    return std::to_string(p.status);
}

std::string without_secret(std::string text, std::string_view secret) {
    // "none" or "x" are no secrets, and hiding them would spoil the text.
    constexpr std::size_t size_min = 6;
    if (secret.size() < size_min) return text;
    static constexpr std::string_view shown = "[secret]";
    for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + shown.size()))
        text.replace(at, secret.size(), shown);
    return text;
}

std::string to_body(request_problem const& p) {
    nlohmann::ordered_json error;
    error["message"] = p.message;
    error["type"] = p.type;
    error["param"] = p.param.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(p.param);
    error["code"] = p.code.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(p.code);
    nlohmann::ordered_json body;
    body["error"] = std::move(error);
    return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace proxy
