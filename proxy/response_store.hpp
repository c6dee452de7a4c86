#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "wire/conversation.hpp"

namespace proxy {

// What was said up to and with a response, so that the next request can name it and go on; and the
// response itself, for who wants to read it again.
struct kept_response {
    std::string                            owner;  // whose key it was
    nlohmann::json                         messages = nlohmann::json::array();
    std::map<std::string, wire::tool_call> approvals;  // asked for and not answered, by id
    std::set<std::string>                  listed;     // labels of servers that were told
    std::string                            body;       // the response object, as it ended
    nlohmann::json                         input = nlohmann::json::array();  // items, as asked
};

// The responses of the last while, in memory: bounded, and the oldest goes first. Any thread may
// use it: who goes on from a response may come to another loop than the one that gave it.
class response_store {
public:
    response_store(std::size_t count_max, std::size_t bytes_max)
        : count_max_(count_max), bytes_max_(bytes_max) {}

    void                                 keep(std::string const& id, kept_response);
    // Null if it is gone, was never there or is somebody else's.
    std::shared_ptr<kept_response const> find(std::string const& id,
                                              std::string const& owner) const;
    std::size_t                          size() const;
    void                                 forget(std::string const& id);

private:
    struct place {
        std::shared_ptr<kept_response const> what;
        std::size_t                          bytes = 0;
    };

    void drop_oldest();
    void erase(std::string const& id);  // with the lock held, as above

    mutable std::mutex           lock_;
    std::size_t                  count_max_;
    std::size_t                  bytes_max_;
    std::size_t                  bytes_ = 0;
    std::map<std::string, place> by_id_;
    std::deque<std::string>      order_;
};

}  // namespace proxy
