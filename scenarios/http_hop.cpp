#include "scenarios/http_hop.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <charconv>

#include "wire/json_members.hpp"
#include "wire/sse.hpp"

namespace scenario {

namespace {

constexpr std::size_t head_max = 64 * 1024;
constexpr std::size_t half_max = 2 * 1024;  // of an event that is not whole: more is not held back
constexpr char        blank_line[] = "\r\n\r\n";

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    return out;
}

// Where the value of a field begins and how long it is; npos if there is no such field.
std::pair<std::size_t, std::size_t> field_at(std::string const& head, std::string const& name) {
    auto const at = lower(head).find("\r\n" + name + ":");
    if (at == head.npos) return {at, 0};
    auto const from = head.find_first_not_of(' ', at + name.size() + 3);
    return {from, head.find('\r', from) - from};
}

std::string field_of(std::string const& head, std::string const& name) {
    auto const [at, size] = field_at(head, name);
    return at == head.npos ? std::string() : lower(head.substr(at, size));
}

// The size of the first block with its blank line; 0 if it is not whole yet.
std::size_t block_size(std::string_view text) {
    std::size_t line = 0;
    for (;;) {
        auto const end = text.find_first_of("\r\n", line);
        if (end == text.npos) return 0;
        auto next = end + 1;
        if (text[end] == '\r' && next < text.size() && text[next] == '\n') ++next;
        if (end == line) return next;
        line = next;
    }
}

sse_block read_block(std::string raw) {
    sse_block        block;
    wire::sse_parser parser([&](wire::sse_event const& e) {
        block.is_event = true;
        block.type = e.type == "message" ? "" : e.type;
        block.data = e.data;
        block.json = wire::read_json(e.data);
        if (block.json.is_discarded()) block.json = nullptr;
    });
    parser.feed(raw);
    block.raw = std::move(raw);
    return block;
}

}  // namespace

void message_editor::say(std::string payload) { say_after(runtime::duration::zero(), payload); }

void message_editor::say_after(runtime::duration late, std::string payload) {
    if (payload.empty()) return;  // an empty chunk would end the body
    auto const due = now_ == runtime::parcel::never ? now_ : now_ + late;
    out_.push_back({due, wire::chunk_head(payload.size()) + payload + wire::chunk_tail,
                    runtime::parcel::kind::data});
}

void message_editor::send(std::string bytes) {
    if (!bytes.empty()) out_.push_back({now_, std::move(bytes), runtime::parcel::kind::data});
}

void message_editor::pass(runtime::parcel p) { out_.push_back(std::move(p)); }

void message_editor::hang_up() { out_.push_back({now_, {}, runtime::parcel::kind::end}); }

std::vector<runtime::parcel> http_hop::pass(runtime::parcel sent) {
    editor_->now_ = sent.due;
    if (sent.what == runtime::parcel::kind::data) {
        buffer_ += sent.bytes;
        while (step()) continue;
    } else {
        flush();
        editor_->parting(std::move(sent));
    }
    return std::exchange(editor_->out_, {});
}

bool http_hop::step() {
    switch (state_) {
        case state::head:
            return read_head();
        case state::whole:
            return read_whole();
        case state::events:
            return read_events();
        case state::unknown:
            editor_->send(std::exchange(buffer_, {}));
            return false;
    }
    return false;
}

bool http_hop::read_head() {
    auto const end = buffer_.find(blank_line);
    if (end == buffer_.npos) {
        if (buffer_.size() > head_max) give_up();
        return false;
    }
    head_ = buffer_.substr(0, end + 4);
    auto const length = field_of(head_, "content-length");
    bool const chunked = field_of(head_, "transfer-encoding") == "chunked";
    bool const events = field_of(head_, "content-type").starts_with("text/event-stream");
    bool const answer = head_.starts_with("HTTP/1.");
    bool const interim = answer && head_[9] == '1';
    length_ = 0;
    if (!length.empty()) {
        auto const read = std::from_chars(length.data(), length.data() + length.size(), length_);
        if (read.ec != std::errc() || chunked || events) return give_up(), true;
    } else if (chunked ? !events : answer && !interim) {
        return give_up(), true;  // a body that nobody edits, or one until the close
    }
    buffer_.erase(0, end + 4);
    state_ = chunked ? state::events : state::whole;
    if (!chunked) return true;
    chunks_ = wire::chunk_decoder();
    editor_->head(head_);
    editor_->send(head_);
    return true;
}

bool http_hop::read_whole() {
    if (buffer_.size() < length_) return false;
    auto body = buffer_.substr(0, length_);
    buffer_.erase(0, length_);
    auto const before = body.size();
    editor_->whole(head_, body);
    if (body.size() != before) {
        auto const [at, size] = field_at(head_, "content-length");
        head_.replace(at, size, std::to_string(body.size()));
    }
    editor_->send(head_ + body);
    state_ = state::head;
    return !buffer_.empty();
}

bool http_hop::read_events() {
    if (buffer_.empty()) return false;
    try {
        auto const had = payload_.size();
        auto const n = chunks_.feed(buffer_, payload_);
        if (n == 0 && payload_.size() == had && !chunks_.done()) return false;
        buffer_.erase(0, n);
    } catch (boost::system::system_error const&) {
        give_up();
        return true;
    }
    tell_blocks();
    if (!chunks_.done()) return false;
    tell_rest();
    editor_->end_of_events();
    state_ = state::head;
    return !buffer_.empty();
}

void http_hop::tell_blocks() {
    std::size_t from = 0;
    for (;;) {
        auto const size = block_size(std::string_view(payload_).substr(from));
        if (size == 0) break;
        auto block = payload_.substr(from, size);
        if (auto const told = std::exchange(told_, 0); told > 0)
            editor_->say(block.substr(told));
        else
            editor_->event(read_block(std::move(block)));
        from += size;
    }
    payload_.erase(0, from);
    if (told_ == 0 && payload_.size() <= half_max) return;
    editor_->say(payload_.substr(told_));
    told_ = payload_.size();
}

void http_hop::tell_rest() {
    editor_->say(payload_.substr(std::exchange(told_, 0)));
    payload_.clear();
}

void http_hop::give_up() { state_ = state::unknown; }

// What was half said goes on half said.
void http_hop::flush() {
    if (state_ == state::whole) buffer_.insert(0, head_);
    if (state_ == state::events) tell_rest();
    editor_->send(std::exchange(buffer_, {}));
    give_up();
}

}  // namespace scenario
