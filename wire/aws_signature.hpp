#pragma once

#include <string>
#include <string_view>

#include "wire/provider_format.hpp"

namespace wire {

// Signs a POST as Amazon wants it (Signature Version 4): the fields that go along with
// `headers`, x-amz-date and authorization among them. `path` is as it will stand in the
// request, without a query.
fields aws_signature(account const&, std::string_view service, std::string_view path,
                     fields const& headers, std::string_view body);

}  // namespace wire
