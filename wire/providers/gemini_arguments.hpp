#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace wire {

// The arguments of a Gemini call that come in pieces, each with the place where it belongs:
// {"jsonPath": "$.location", "stringValue": "Bos", "willContinue": true}.
class gemini_arguments {
public:
    // Throws error::malformed on a path that is none.
    void add(nlohmann::json const& part);

    nlohmann::json const& value() const { return value_; }

private:
    nlohmann::json value_ = nlohmann::json::object();
    std::string    open_;  // path of the text that will continue
};

}  // namespace wire
