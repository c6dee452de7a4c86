#include "wire/error.hpp"

#include <boost/system/system_error.hpp>

namespace wire {
namespace {

class category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wire"; }

    std::string message(int value) const override {
        switch (static_cast<error>(value)) {
            case error::event_too_large:
                return "event beyond the size limit";
            case error::stream_cut:
                return "stream cut before its end";
            case error::malformed:
                return "malformed bytes";
            case error::not_utf8:
                return "text is not UTF-8";
            case error::nul_byte:
                return "NUL byte in text";
            case error::too_deep:
                return "JSON nested too deep";
            case error::too_many_values:
                return "too many JSON values";
            case error::bad_chunk:
                return "bad chunked framing";
            case error::not_json_rpc:
                return "not a JSON-RPC 2.0 message";
            case error::repeated_name:
                return "JSON object names a member twice";
            case error::unsupported:
                return "not available from this provider";
            case error::too_many_members:
                return "too many members in a JSON object";
            case error::chunk_line_too_large:
                return "chunk line beyond the size limit";
            case error::trailers_too_large:
                return "trailers beyond the size limit";
            case error::too_many_trailers:
                return "too many trailers";
            case error::id_too_large:
                return "JSON-RPC id beyond the size limit";
            case error::method_too_large:
                return "JSON-RPC method beyond the size limit";
        }
        return "unknown wire error";
    }
};

}  // namespace

boost::system::error_category const& error_category() {
    static category const the_category;
    return the_category;
}

boost::system::error_code make_error_code(error value) {
    return {static_cast<int>(value), error_category()};
}

void fail(error value, std::string const& what) {
    throw boost::system::system_error(make_error_code(value), what);
}

}  // namespace wire
