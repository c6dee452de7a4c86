#include "wire/json_guard.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "wire/error.hpp"

namespace wire {
namespace {

struct sequence {
    std::size_t size = 1;  // of the character, or of the maximal ill-formed part
    bool        well_formed = false;
};

// Unicode table 3-7: what may follow a lead byte.
sequence sequence_at(std::string_view bytes, std::size_t at) {
    auto const     byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    unsigned const lead = byte(at);
    if (lead < 0x80) return {1, true};
    if (lead < 0xC2 || lead > 0xF4) return {1, false};

    std::size_t const size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned          low = 0x80;
    unsigned          high = 0xBF;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    for (std::size_t i = 1; i < size; ++i) {
        if (at + i >= bytes.size() || byte(at + i) < low || byte(at + i) > high) return {i, false};
        low = 0x80;
        high = 0xBF;
    }
    return {size, true};
}

// How many bytes from `at` on are certainly ASCII, eight at a time: most of what we read is.
std::size_t ascii_run(std::string_view bytes, std::size_t at) {
    std::size_t const begin = at;
    for (std::uint64_t word; at + sizeof word <= bytes.size(); at += sizeof word) {
        std::memcpy(&word, bytes.data() + at, sizeof word);
        if (word & 0x8080808080808080u) break;
    }
    return at - begin;
}

// Builds the DOM itself and counts while it builds: nlohmann's own builder has no limit.
class guarded_builder {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    explicit guarded_builder(json_limits limits) : limits_(limits) {}

    bool null() { return put(nullptr); }
    bool boolean(bool value) { return put(value); }
    bool number_integer(number_integer_t value) { return put(value); }
    bool number_unsigned(number_unsigned_t value) { return put(value); }
    bool number_float(number_float_t value, string_t const& digits) {
        if (limits_.exact_integers && digits.find_first_of(".eE") == digits.npos)
            fail(error::malformed, "an integer beyond 64 bits");
        return put(value);
    }
    bool string(string_t& value) { return put(std::move(value)); }
    bool binary(binary_t&) { return false; }

    bool start_object(std::size_t) { return open(nlohmann::json::object()); }
    bool end_object() { return close(); }
    bool start_array(std::size_t) { return open(nlohmann::json::array()); }
    bool end_array() { return close(); }

    bool key(string_t& name) {
        auto& members = open_.back()->get_ref<nlohmann::json::object_t&>();
        auto const [at, fresh] = members.try_emplace(std::move(name));
        if (!fresh && limits_.unique_names)
            fail(error::repeated_name, "the member \"" + at->first + "\" twice");
        if (members.size() > limits_.member_count_max)
            fail(error::too_many_members,
                 "more than " + std::to_string(limits_.member_count_max) + " members");
        member_ = &at->second;
        return true;
    }

    bool parse_error(std::size_t position, std::string const&, nlohmann::json::exception const& e) {
        fail(error::malformed, "at byte " + std::to_string(position) + ": " + e.what());
    }

    nlohmann::json take() { return std::move(root_); }

private:
    template <class T>
    bool put(T&& value) {
        place() = std::forward<T>(value);
        return true;
    }

    bool open(nlohmann::json container) {
        if (open_.size() == limits_.depth_max)
            fail(error::too_deep, "more than " + std::to_string(limits_.depth_max) + " levels");
        auto& here = place();
        here = std::move(container);
        open_.push_back(&here);
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    nlohmann::json& place() {
        if (++value_count_ > limits_.value_count_max)
            fail(error::too_many_values,
                 "more than " + std::to_string(limits_.value_count_max) + " values");
        if (open_.empty()) return root_;
        if (open_.back()->is_object()) return *member_;
        auto& elements = open_.back()->get_ref<nlohmann::json::array_t&>();
        return elements.emplace_back();
    }

    json_limits                  limits_;
    nlohmann::json               root_;
    std::vector<nlohmann::json*> open_;  // from the root to the innermost container
    nlohmann::json*              member_ = nullptr;
    std::size_t                  value_count_ = 0;
};

}  // namespace

nlohmann::json parse_json(std::string_view text, json_limits limits) {
    if (auto const at = text.find('\0'); at != text.npos)
        fail(error::nul_byte, "a NUL at byte " + std::to_string(at));
    if (!is_utf8(text)) fail(error::not_utf8, "JSON text that is not UTF-8");
    guarded_builder builder(limits);
    nlohmann::json::sax_parse(text, &builder);
    return builder.take();
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = ascii_run(bytes, 0); at < bytes.size();) {
        auto const [size, well_formed] = sequence_at(bytes, at);
        if (!well_formed) return false;
        at += size;
        if (size == 1) at += ascii_run(bytes, at);
    }
    return true;
}

std::string to_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + 8);
    for (std::size_t at = 0; at < bytes.size();) {
        auto const [size, well_formed] = sequence_at(bytes, at);
        out.append(well_formed ? bytes.substr(at, size) : "\xEF\xBF\xBD");
        at += size;
    }
    return out;
}

}  // namespace wire
