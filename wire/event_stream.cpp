#include "wire/event_stream.hpp"

#include <cstdint>
#include <map>

#include <zlib.h>

#include "wire/error.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr std::size_t prelude_size = 12;
constexpr std::size_t least_size = 16;
constexpr std::size_t header_size_max = 128 * 1024;
constexpr std::size_t text_size_max = 0xFFFF;

std::uint32_t crc_of(std::string_view bytes) {
    auto const* at = reinterpret_cast<unsigned char const*>(bytes.data());
    return static_cast<std::uint32_t>(crc32_z(0, at, bytes.size()));
}

// Takes big-endian integers and pieces from the front.
class reader {
public:
    explicit reader(std::string_view bytes) : left_(bytes) {}

    bool done() const { return left_.empty(); }

    std::string_view piece(std::size_t size) {
        if (size > left_.size()) fail(error::malformed, "headers that are longer than they say");
        auto const taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }

    std::uint32_t number(std::size_t size) {
        std::uint32_t value = 0;
        for (char const c : piece(size)) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }

private:
    std::string_view left_;
};

using headers = std::map<std::string_view, std::string_view>;

// Only texts are kept; what has another type is passed over by its size.
headers read_headers(std::string_view bytes) {
    headers read;
    reader  from(bytes);
    while (!from.done()) {
        auto const                   name = from.piece(from.number(1));
        auto const                   type = from.number(1);
        static constexpr std::size_t sizes[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
        if (type >= std::size(sizes)) fail(error::malformed, "a header of an unknown type");
        std::string_view value;
        if (type == 6 || type == 7)
            value = from.piece(from.number(2));
        else
            from.piece(sizes[type]);
        if (!read.emplace(name, type == 7 ? value : std::string_view()).second)
            fail(error::malformed, "a header that stands twice");
    }
    return read;
}

std::string_view find(headers const& all, std::string_view name) {
    auto const at = all.find(name);
    return at == all.end() ? std::string_view() : at->second;
}

class event_stream_frames final : public frame_parser {
public:
    event_stream_frames(sink on_frame, std::size_t size_max)
        : on_frame_(std::move(on_frame)), size_max_(size_max) {}

    void feed(std::string_view bytes) override {
        while (!bytes.empty()) {
            // A frame that came in one piece is not copied.
            if (kept_.empty() && bytes.size() >= prelude_size) {
                auto const size = size_of(bytes);
                if (bytes.size() >= size) {
                    tell(bytes.substr(0, size));
                    bytes.remove_prefix(size);
                    continue;
                }
            }
            auto const wanted = kept_.size() < prelude_size ? prelude_size : size_of(kept_);
            auto const more = std::min(wanted - kept_.size(), bytes.size());
            kept_.append(bytes.substr(0, more));
            bytes.remove_prefix(more);
            if (kept_.size() < prelude_size || kept_.size() < size_of(kept_)) continue;
            tell(kept_);
            kept_.clear();
        }
    }

    std::string rest() const override { return kept_; }

private:
    std::size_t size_of(std::string_view bytes) const {
        reader     from(bytes.substr(0, prelude_size));
        auto const total = from.number(4);
        auto const headers = from.number(4);
        if (from.number(4) != crc_of(bytes.substr(0, 8)))
            fail(error::malformed, "a frame whose prelude does not match its checksum");
        if (total < least_size || headers > total - least_size || headers > header_size_max)
            fail(error::malformed, "a frame of an impossible size");
        if (total > size_max_)
            fail(error::event_too_large,
                 "a frame of more than " + std::to_string(size_max_) + " bytes");
        return total;
    }

    void tell(std::string_view bytes) {
        auto const checked = bytes.substr(0, bytes.size() - 4);
        if (reader(bytes.substr(checked.size())).number(4) != crc_of(checked))
            fail(error::malformed, "a frame that does not match its checksum");
        auto const header_size = reader(bytes.substr(4)).number(4);
        auto const all = read_headers(bytes.substr(prelude_size, header_size));
        auto const payload = checked.substr(prelude_size + header_size);
        auto const kind = find(all, ":message-type");
        if (kind == "exception") return on_frame_({find(all, ":exception-type"), payload, true});
        if (kind != "error") return on_frame_({find(all, ":event-type"), payload});
        std::string told = R"({"message":)";
        append_quoted(told, find(all, ":error-message"));
        told += '}';
        on_frame_({find(all, ":error-code"), told, true});
    }

    sink        on_frame_;
    std::size_t size_max_;
    std::string kept_;  // a frame that is not whole
};

void append_number(std::string& out, std::size_t value, std::size_t size) {
    while (size-- > 0) out += static_cast<char>(value >> (8 * size) & 0xFF);
}

}  // namespace

std::unique_ptr<frame_parser> make_event_stream_parser(frame_parser::sink on_frame,
                                                       std::size_t        size_max) {
    return std::make_unique<event_stream_frames>(std::move(on_frame), size_max);
}

std::string to_event_stream(std::vector<std::pair<std::string, std::string>> const& headers,
                            std::string_view                                        payload) {
    std::string block;
    for (auto const& [name, value] : headers) {
        auto const kept = std::string_view(value).substr(0, text_size_max);
        append_number(block, name.size(), 1);
        block += name;
        append_number(block, 7, 1);
        append_number(block, kept.size(), 2);
        block += kept;
    }
    std::string out;
    append_number(out, least_size + block.size() + payload.size(), 4);
    append_number(out, block.size(), 4);
    append_number(out, crc_of(out), 4);
    out.append(block).append(payload);
    append_number(out, crc_of(out), 4);
    return out;
}

void mend_checksums(std::string& stream) {
    for (std::size_t at = 0; stream.size() - at >= least_size;) {
        auto const left = std::string_view(stream).substr(at);
        auto const total = std::size_t(reader(left).number(4));
        if (total < least_size || total > left.size()) return;
        auto const sum = crc_of(left.substr(0, total - 4));
        for (std::size_t i = 0; i < 4; ++i)
            stream[at + total - 4 + i] = static_cast<char>(sum >> (24 - 8 * i) & 0xff);
        at += total;
    }
}

}  // namespace wire
