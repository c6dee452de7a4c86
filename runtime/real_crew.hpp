#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "runtime/real.hpp"
#include "runtime/real_tls.hpp"

namespace runtime {

// Where connections within the process arrive, on the loop of whoever listens.
class inner_door {
public:
    virtual ~inner_door() = default;
    virtual void arrive(int descriptor) = 0;  // on any thread; takes the descriptor over
};

// What the worlds of one process share when each of its loops has one: the origin of their time,
// the trust in servers, the ports that they listen at side by side, and doors by which they reach
// each other. Any thread may use it.
class real_crew {
public:
    explicit real_crew(tls_options);

    std::int64_t began() const { return began_; }  // on the machine's monotonic clock

    // Made for the first who wants it; one for all.
    std::shared_ptr<tls_client> trust();

    // Whether one of us listens there already; who comes second need not ask others for it.
    bool takes_port(std::string const& at);

    // Doors begin with '@', as no name of a host does.
    static bool is_door(std::string const& host) { return host.starts_with('@'); }
    void        open(std::string const& name, std::weak_ptr<inner_door>);
    void        shut(std::string const& name);
    // False: nobody listens there. Takes the descriptor over if somebody does.
    bool        knock(std::string const& name, int descriptor);

private:
    std::int64_t const                               began_;
    tls_options const                                options_;
    std::mutex                                       lock_;
    std::shared_ptr<tls_client>                      trust_;
    std::set<std::string>                            ports_;
    std::map<std::string, std::weak_ptr<inner_door>> doors_;
};

}  // namespace runtime
