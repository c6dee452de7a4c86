#include "runtime/error.hpp"

#include <string>

namespace runtime {

namespace {

class category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "runtime"; }

    std::string message(int value) const override {
        switch (static_cast<error>(value)) {
            case error::bad_http:
                return "not an HTTP/1.1 message";
            case error::head_too_large:
                return "the header block is larger than the limit";
            case error::body_too_large:
                return "the body is larger than the limit";
            case error::body_cut:
                return "the connection ended inside a body";
            case error::closed_early:
                return "the connection ended before a message began";
            case error::unsupported_coding:
                return "a coding that was not asked for";
            case error::session_lost:
                return "the MCP server does not know the session";
            case error::no_answer:
                return "the MCP stream ended before the response";
            case error::not_accepted:
                return "the MCP server refused the message";
            case error::server_gone:
                return "the MCP server has gone";
            case error::line_too_large:
                return "a line on stdio is larger than the limit";
            case error::target_too_large:
                return "the request line is larger than the limit";
            case error::unsupported_transfer:
                return "a transfer coding other than chunked";
            case error::unsupported_method:
                return "a method that nobody here knows";
            case error::too_many_fields:
                return "more header fields than the limit";
            case error::too_many_interim:
                return "more interim answers than the limit";
        }
        return "unknown runtime error";
    }
};

}  // namespace

boost::system::error_category const& error_category() {
    static category const instance;
    return instance;
}

boost::system::error_code make_error_code(error e) {
    return {static_cast<int>(e), error_category()};
}

}  // namespace runtime
