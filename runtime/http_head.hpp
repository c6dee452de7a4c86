#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "runtime/http.hpp"

namespace runtime {

// Watches a head while it comes and throws at the first byte that no other byte can mend. Beast
// parses a head afterwards, but takes what two readers would read in two ways (RFC 9112), and for
// a line that ends in LF alone it would wait for ever.
class head_check {
public:
    enum class of { request, answer };

    head_check(of kind, http_limits const& limits) : kind_(kind), limits_(limits) {}

    // All that has come, each time: what was seen before is not looked at again.
    void look(std::string_view all);

    // With its blank line; 0 while that has not come.
    std::size_t size() const { return size_; }

private:
    void end_line(std::string_view);
    void begun_line(std::string_view) const;
    void first_line(std::string_view);
    void field(std::string_view);

    of                    kind_;
    http_limits           limits_;
    std::size_t           looked_at_ = 0;
    std::size_t           line_at_ = 0;  // where the line begins that is not yet over
    std::size_t           field_count_ = 0;
    std::size_t           size_ = 0;
    bool                  http_11_ = false;
    std::set<std::string> seen_;  // of the fields that may stand there once
};

// A name, an address or a literal in brackets, and perhaps a port (RFC 3986 section 3.2.2), without
// escapes, user and comma: no URL that is built of it leads elsewhere.
bool is_host(std::string_view);

// "http://host/path" is "/path" to a server, and its Host is what the target says (RFC 9112 section
// 3.2.2).
void to_origin_form(http_request&);

}  // namespace runtime
