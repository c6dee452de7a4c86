#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/entropy.hpp"
#include "runtime/time.hpp"

namespace runtime {

// Data on its way from one end of a connection to the other.
struct parcel {
    enum class kind { data, end, reset };  // end: half-close; reset: RST
    time_point  due{};                     // never: it is held for ever
    std::string bytes;
    kind        what = kind::data;

    static constexpr time_point never = time_point::max();
};

// What one direction of a link does to what passes: from one parcel to what arrives instead,
// the same, later, in pieces, twice, or nothing. Parcels never overtake each other. A fault
// belongs to one direction of one connection and may count bytes.
class fault {
public:
    virtual ~fault() = default;
    virtual std::vector<parcel> pass(parcel sent) = 0;
};

// The words behind a fault's name: "after 120 for 30s" are {"after", "120", "for", "30s"}.
using fault_words = std::vector<std::string>;

// Words that a fault cannot do anything with. what() says how they should be.
struct bad_fault : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

struct fault_row {
    char const* name;
    char const* usage;   // "after BYTES [for TIME]"
    char const* prompt;  // what it does, for `lockstep list`
    std::unique_ptr<fault> (*make)(fault_words const&, entropy);  // throws bad_fault
};

// One row per file in runtime/faults/, in the order `lockstep list` shows them.
std::span<fault_row const> faults();
fault_row const*           find_fault(std::string_view name);

// Reads "after 120 for 30s" by names: each known name with its value. For the fault files.
class fault_reader {
public:
    fault_reader(fault_words const& words, char const* usage) : words_(words), usage_(usage) {}
    std::size_t bytes(std::string_view name);  // the number behind `name`; it must be there
    std::size_t first_number();                // a number that stands first, without a name
    duration    first_time();
    duration    time(std::string_view name, duration otherwise);
    void        done() const;  // refuses what nobody asked for

private:
    std::string       take(std::string_view name);
    [[noreturn]] void refuse() const;
    fault_words       words_;
    char const*       usage_;
};

}  // namespace runtime
