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
    bool                              seen() const { return seen_; }  // whatever its value is

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
    bool                       seen_ = false;
};

// Whose answer a text would be that is no message, or too large to be kept: for whoever must know
// which call has failed.
class answer_passing {
public:
    void feed(std::string_view bytes) {
        if (auto const first = bytes.find_first_not_of(" \t\r\n"); !begun_ && first != bytes.npos) {
            begun_ = true;
            is_object_ = bytes[first] == '{';
        }
        for (auto* member : {&id_, &method_, &result_, &error_}) member->feed(bytes);
    }

    // The id as it is spelled; nothing if the text is none with a result or an error.
    std::optional<std::string> id() const {
        bool const answers = is_object_ && !method_.seen() && (result_.seen() || error_.seen());
        return answers ? id_.value() : std::nullopt;
    }

private:
    top_member id_{"id"};
    top_member method_{"method"};
    top_member result_{"result"};
    top_member error_{"error"};
    bool       begun_ = false;
    bool       is_object_ = false;
};

}  // namespace wire
