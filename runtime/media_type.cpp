#include "runtime/media_type.hpp"

#include <algorithm>

namespace runtime {

bool is_of_type(http_fields const& fields, std::string_view type) {
    auto const* field = find_field(fields, "content-type");
    if (!field) return false;
    auto said = std::string_view(*field).substr(0, field->find(';'));
    said = said.substr(0, said.find_last_not_of(" \t") + 1);
    auto const lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return std::equal(said.begin(), said.end(), type.begin(), type.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace runtime
