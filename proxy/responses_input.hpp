#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "proxy/question.hpp"

namespace proxy {

// A call that waits for the client's word, and the message that its result belongs into.
struct waiting_call {
    wire::tool_call call;
    std::size_t     position = 0;
};

// The `input` of a Responses request, as chat messages. Throws refused.
class responses_input {
public:
    responses_input(nlohmann::json messages, tool_selection const&, config const&);

    // What an earlier response has left open.
    void go_on(std::map<std::string, wire::tool_call> const& approvals);
    void read(nlohmann::json const& input);

    nlohmann::json             take_messages() { return std::move(messages_); }
    std::vector<approved_call> approved;
    std::set<std::string>      listed;  // labels of servers whose tools are in the input

private:
    void            item(nlohmann::json const&, std::string const& where);
    void            message(nlohmann::json const&, std::string const& where);
    void            reasoning(nlohmann::json const&);
    void            called(std::string id, std::string name, std::string arguments);
    void            result(std::string const& id, nlohmann::json content);
    void            approval_request(std::string const& id, wire::tool_call);
    void            approval_response(nlohmann::json const&, std::string const& where);
    nlohmann::json& assistant();
    std::string     name_of(nlohmann::json const& item) const;

    nlohmann::json                      messages_;
    tool_selection const&               selection_;
    config const&                       config_;
    std::map<std::string, waiting_call> waiting_;
};

}  // namespace proxy
