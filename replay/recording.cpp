#include "replay/recording.hpp"

#include <boost/beast/core/string.hpp>

namespace replay {

char const* to_text(ending how) {
    switch (how) {
        case ending::complete:
            return "complete";
        case ending::eof:
            return "eof";
        case ending::reset:
            return "reset";
        case ending::timeout:
            return "timeout";
        case ending::left:
            return "left";
    }
    return "complete";
}

bool is_chunked(runtime::http_fields const& fields) {
    auto const* coding = runtime::find_field(fields, "transfer-encoding");
    return coding && boost::beast::iequals(*coding, "chunked");
}

std::string body_of(answer const& a) {
    std::string body;
    for (auto const& p : a.pieces) body += p.bytes;
    return body;
}

}  // namespace replay
