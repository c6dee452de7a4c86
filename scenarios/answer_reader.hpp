#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http.hpp"
#include "runtime/trace.hpp"
#include "wire/sse.hpp"

namespace scenario {

// What a client makes of an answer: bytes in, transcript lines out. It judges nothing, and it
// is no decoder of the gateway's: what it says of a chat completion it reads from the JSON
// itself, so that a mistake cannot agree with itself.
class answer_reader {
public:
    using note =
        std::function<void(std::string verb, std::string words, nlohmann::json detail, bool quiet)>;

    explicit answer_reader(note n);

    void head(runtime::http_response const&);
    void body(std::string_view piece);
    void body_ended();  // in good order

    bool failed() const { return failed_; }  // an error was told

private:
    void frame(wire::sse_event const&);
    void chunk(nlohmann::json const&);
    void delta(nlohmann::json const&, int choice);
    void tell_calls(int choice);
    void whole(std::string const& text);
    void error(nlohmann::json const&);
    void metadata(nlohmann::json const& said);

    struct call {
        std::string name;
        std::string arguments;
    };

    note                               note_;
    wire::sse_parser                   events_;
    std::map<int, std::map<int, call>> calls_;  // by choice and index
    std::string                        finish_reason_;
    std::string                        whole_;
    unsigned                           status_ = 0;
    bool                               streamed_ = false;
    bool                               failed_ = false;
};

}  // namespace scenario
