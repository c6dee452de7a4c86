#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wire {

// Looks for one member of a JSON object that is too large to be kept, as its bytes pass.
//
// Gives the value as it is spelled, if it is a number, a word or a text of at most 512 bytes and
// stands in the outermost object. The text is not checked: it is for whoever must know whose answer
// he throws away.
class top_member {
public:
    explicit top_member(std::string_view name) : name_('"' + std::string(name) + '"') {}

    void feed(std::string_view bytes);

    std::optional<std::string> const& value() const { return value_; }

private:
    void byte(char);
    void keep(char);

    std::string                name_;   // as spelled
    std::string                token_;  // a key, or the value that is looked for
    std::optional<std::string> value_;
    std::size_t                depth_ = 0;
    bool                       in_text_ = false;
    bool                       escaped_ = false;
    bool                       is_key_ = false;  // in the outermost object: no colon yet
    bool                       wanted_ = false;  // behind the colon of our name
};

}  // namespace wire
