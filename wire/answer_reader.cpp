#include "wire/answer_reader.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"

namespace wire {
namespace {

constexpr std::size_t                     opening_size_max = 80;
// A byte order mark may stand before either kind.
constexpr std::string_view                blank = " \t\r\n\xEF\xBB\xBF";
constexpr std::array<std::string_view, 5> line_begins{"data", "event", "id", "retry", ":"};

class decoder final : public answer_decoder {
public:
    decoder(framing kind, std::unique_ptr<answer_reader> reader, whole_reader whole,
            std::size_t size_max)
        : framing_(kind),
          reader_(std::move(reader)),
          whole_(whole),
          size_max_(size_max),
          frames_(make_frame_parser(
              kind, [this](frame const& f) { see(f); }, size_max)),
          body_(kind == framing::ndjson ? body::frames : body::unknown) {}

    void feed(std::string_view bytes, std::vector<delta>& out) override {
        if (finished_) return;
        out_ = &out;
        if (body_ == body::unknown)
            tell_apart(bytes);
        else if (opening_.size() < opening_size_max)
            opening_.append(bytes.substr(0, opening_size_max - opening_.size()));
        if (body_ != body::frames) return keep(bytes);
        frames_->feed(bytes);
    }

    void end(std::vector<delta>& out) override {
        if (finished_) return;
        out_ = &out;
        if (body_ == body::json) {
            finished_ = true;
            auto said = whole_(kept_);
            out.insert(out.end(), said.begin(), said.end());
            return;
        }
        if (body_ == body::frames && framing_ == framing::sse) expect_events();
        reader_->end(frames_->rest(), out);
        finished_ = true;
    }

    bool finished() const override { return finished_; }

private:
    enum class body { unknown, json, frames };

    void see(frame const& told) {
        if (!finished_) finished_ = !reader_->read(told, *out_);
    }

    // The first byte that is no white space tells. (As a frame's length `{` were two gigabytes.)
    void tell_apart(std::string_view& bytes) {
        auto const first = framing_ == framing::sse ? bytes.find_first_not_of(blank) : 0;
        if (first >= bytes.size()) return;
        if (bytes[first] == '{' || bytes[first] == '[') {
            body_ = body::json;
            kept_.clear();
            bytes.remove_prefix(first);
        } else {
            body_ = body::frames;
            opening_ = bytes.substr(first, opening_size_max);
            frames_->feed(std::exchange(kept_, {}));
        }
    }

    void keep(std::string_view bytes) {
        if (kept_.size() + bytes.size() > size_max_)
            fail(error::event_too_large,
                 "a body of more than " + std::to_string(size_max_) + " bytes");
        kept_.append(bytes);
    }

    void expect_events() const {
        bool const looks_like_events = std::ranges::any_of(line_begins, [&](std::string_view b) {
            auto const common = std::min(b.size(), opening_.size());
            return opening_.compare(0, common, b.substr(0, common)) == 0;
        });
        if (!looks_like_events)
            fail(error::malformed, "neither events nor JSON: " + to_utf8(opening_));
    }

    framing                        framing_;
    std::unique_ptr<answer_reader> reader_;
    whole_reader                   whole_;
    std::size_t                    size_max_;
    std::unique_ptr<frame_parser>  frames_;
    body                           body_;
    std::string                    kept_;           // JSON, or white space before anything else
    std::string                    opening_;        // first words of the frames, to complain with
    std::vector<delta>*            out_ = nullptr;  // where the current call appends
    bool                           finished_ = false;
};

}  // namespace

std::unique_ptr<answer_decoder> framed_decoder(framing kind, std::unique_ptr<answer_reader> reader,
                                               whole_reader whole, std::size_t frame_size_max) {
    return std::make_unique<decoder>(kind, std::move(reader), whole, frame_size_max);
}

nlohmann::json parse_told(std::string_view text) {
    json_limits limits;
    limits.unique_names = limits.exact_integers = false;
    auto told = parse_json(text, limits);
    if (!told.is_object()) fail(error::malformed, "an event that is not an object");
    return told;
}

}  // namespace wire
