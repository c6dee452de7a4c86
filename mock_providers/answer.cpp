#include "mock_providers/answer.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/bell.hpp"
#include "wire/sse.hpp"

namespace mock {

namespace {

constexpr auto for_ever = std::chrono::hours(24 * 365);

// Any provider's word for why an answer ended; all others mean that it was whole.
wire::finish_reason reason_of(std::string const& word) {
    struct row {
        char const*         word;
        wire::finish_reason reason;
    };
    static constexpr std::array rows{
        row{"length", wire::finish_reason::length},
        row{"model_length", wire::finish_reason::length},
        row{"max_tokens", wire::finish_reason::length},
        row{"MAX_TOKENS", wire::finish_reason::length},
        row{"max_output_tokens", wire::finish_reason::length},
        row{"tool_calls", wire::finish_reason::tool_calls},
        row{"tool_use", wire::finish_reason::tool_calls},
        row{"TOOL_CALL", wire::finish_reason::tool_calls},
        row{"content_filter", wire::finish_reason::content_filter},
        row{"content_filtered", wire::finish_reason::content_filter},
        row{"guardrail_intervened", wire::finish_reason::content_filter},
        row{"SAFETY", wire::finish_reason::content_filter},
        row{"refusal", wire::finish_reason::content_filter},
    };
    for (auto const& r : rows)
        if (word == r.word) return r.reason;
    return wire::finish_reason::stop;
}

// Where the nth of so many pieces begins: no service cuts a character in two.
std::size_t cut_of(std::string const& text, std::size_t n, std::size_t pieces) {
    auto at = text.size() * n / pieces;
    while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;
    return at;
}

}  // namespace

mock_provider::answer::answer(mock_provider& owner, runtime::stream& to,
                              wire::provider_question asked, std::uint64_t exchange,
                              std::size_t turn_number)
    : owner_(owner),
      stream_(to),
      asked_(std::move(asked)),
      exchange_(exchange),
      writer_(to, owner.world_.clock, {for_ever, boost::asio::error::timed_out}),
      began_(owner.world_.clock.now()),
      turn_number_(turn_number) {
    auto const number = std::to_string(turn_number);
    identity_.id = owner.format_.answer_id + owner.script_.name + number;
    identity_.model = asked_.model;
    identity_.created = owner.world_.clock.unix_seconds();
    identity_.include_usage = asked_.include_usage;
    identity_.tokens = {20, 10, 0, 0};
    encoder_ = owner.format_.encoder(identity_);
    head_.fields = {{"Content-Type", asked_.stream ? wire::content_type(owner.format_.framing)
                                                   : "application/json"},
                    {"Cache-Control", "no-cache"}};
}

void mock_provider::answer::note(std::string verb, std::string words, nlohmann::json detail) {
    runtime::event e;
    e.at = owner_.world_.clock.now();
    e.from = owner_.script_.name;
    e.to = owner_.peer_;
    e.verb = std::move(verb);
    e.words = std::move(words);
    e.exchange = exchange_;
    e.detail = std::move(detail);
    owner_.trace_.add(std::move(e));
}

// "{{tool result}}" stands for what the last tool of the request answered.
std::string mock_provider::answer::filled_in(std::string const& text) const {
    static constexpr std::string_view place = "{{tool result}}";
    auto const                        at = text.find(place);
    if (at == text.npos) return text;
    auto const result = asked_.results.empty() ? std::string() : asked_.results.back().second;
    return std::string(text).replace(at, place.size(), result);
}

// A script says `echo`; a gateway may have offered it as `everything-echo`. A model calls what
// it was offered.
std::string mock_provider::answer::offered_name(std::string const& tool) const {
    std::string found;
    for (auto const& name : asked_.tools) {
        if (name == tool) return tool;
        bool const ends = name.size() > tool.size() && name.ends_with(tool) &&
                          std::string_view("-_./:").find(name[name.size() - tool.size() - 1]) !=
                              std::string_view::npos;
        if (ends) found = found.empty() ? name : tool;
    }
    return found.empty() ? tool : found;
}

std::string mock_provider::answer::call_id(int index) const {
    auto const& format = owner_.format_;
    auto const  name =
        owner_.script_.name + std::to_string(turn_number_) + '_' + std::to_string(index);
    if (format.call_id_size == 0) return format.call_id + name;
    // Of a fixed size, and still another for each call.
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::uint64_t              hash = 0xcbf29ce484222325;
    for (char const c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::string id;
    for (std::size_t i = 0; i < format.call_id_size; ++i, hash /= letters.size())
        id += letters[hash % letters.size()];
    return id;
}

runtime::awaitable<void> mock_provider::answer::play(turn const& script) {
    for (auto const& s : script.steps) {
        if (s.after > runtime::duration::zero()) co_await owner_.world_.clock.sleep_for(s.after);
        co_await step(s);
        if (!usable_ || finished_) co_return;
    }
    co_await end_body();
}

runtime::awaitable<void> mock_provider::answer::step(provider_step const& s) {
    using enum provider_verb;
    switch (s.verb) {
        case text: {
            auto const whole = filled_in(s.text);
            for (int times = std::max(1, s.number); times > 0; --times) co_await say_text(whole);
            break;
        }
        case thinking: {
            note("thinking", runtime::quoted(s.text));
            wire::delta const said = wire::thinking{s.text, s.words};
            co_await say(said);
            break;
        }
        case refusal: {
            note("refusal", runtime::quoted(s.text));
            wire::delta const said = wire::refusal{s.text};
            co_await say(said);
            break;
        }
        case tool:
            co_await call(s);
            break;
        case usage: {
            note("usage", std::to_string(s.tokens.input) + " in " +
                              std::to_string(s.tokens.output) + " out");
            wire::delta const said = s.tokens;
            co_await say(said);
            break;
        }
        case finish:
            co_await this->finish(s);
            break;
        case provider_verb::stall:
            note("stall");
            co_await this->stall();
            break;
        case end:
            note("end");
            co_await end_body();
            break;
        case close:
            note("close");
            usable_ = false;
            stream_.close();
            break;
        case reset:
            note("reset");
            usable_ = false;
            stream_.reset();
            break;
        case provider_verb::status:
            co_await this->status(s);
            break;
        case header:
            head_.fields.emplace_back(s.text, s.words);
            break;
        case head:
            note("head");
            co_await send({});
            break;
        case bytes: {
            note("bytes", std::to_string(s.text.size()));
            auto copy = s.text;
            co_await send(std::move(copy));
            break;
        }
        case raw:
            note("raw", std::to_string(s.text.size()));
            usable_ = false;
            co_await stream_.write(s.text);
            usable_ = true;
            head_ready_ = true;
            break;
        case comment: {
            note("comment", runtime::quoted(s.text));
            auto comment = wire::to_sse_comment(s.text);
            co_await send(std::move(comment));
            break;
        }
        case failure: {
            note("failure", s.text + ' ' + runtime::quoted(s.words));
            wire::failure f;
            f.type = s.text;
            f.message = s.words;
            wire::delta const said = std::move(f);
            co_await say(said);
            co_await end_body();
            break;
        }
        case recording:
            co_await play_recording(s);
            break;
        case wait:
            if (s.until) co_await s.until();
            break;
        case provider_verb::pace:
            set_pace(s);
            break;
    }
}

runtime::awaitable<void> mock_provider::answer::say(wire::delta const& said) {
    if (!asked_.stream) {
        whole_.push_back(said);
        co_return;
    }
    std::string bytes;
    if (!encoding_) bytes = encoder_->begin();
    encoding_ = true;
    bytes += encoder_->encode(said);
    co_await send(std::move(bytes));
}

// At a pace, piece by piece; otherwise at once.
runtime::awaitable<void> mock_provider::answer::say_text(std::string whole) {
    std::vector<mock::pace::piece> pieces;
    if (pace_)
        pieces = pace_->text(whole);
    else
        pieces.push_back({{}, std::move(whole)});
    for (auto const& p : pieces) {
        if (p.gap > runtime::duration::zero()) co_await owner_.world_.clock.sleep_for(p.gap);
        note("text", runtime::quoted(p.text));
        wire::delta const said = wire::text{p.text};
        co_await say(said);
    }
}

// The same seed gives another stream in another turn, and the same one in every run.
void mock_provider::answer::set_pace(provider_step const& s) {
    auto const stream = owner_.script_.name + ' ' + std::to_string(turn_number_);
    pace_.emplace(*find_pace(s.text), static_cast<std::uint64_t>(s.number), stream);
}

runtime::awaitable<void> mock_provider::answer::call(provider_step const& s) {
    auto const  name = offered_name(s.text);
    std::string arguments = s.json.is_null() ? s.words : s.json.dump();
    int const   index = call_count_++;
    auto const  id = call_id(index);
    note("tool", s.text + ' ' + (s.json.is_null() ? runtime::quoted(s.words) : s.raw_json),
         {{"name", name}, {"id", id}});
    wire::tool_begins begins;
    begins.index = index;
    begins.id = id;
    begins.name = name;
    wire::delta const first = std::move(begins);
    co_await say(first);
    if (pace_ && s.number == 0) {
        auto const paced = pace_->arguments(arguments);
        for (auto const& p : paced) {
            co_await owner_.world_.clock.sleep_for(p.gap);
            wire::delta const piece = wire::tool_arguments{index, p.text};
            co_await say(piece);
        }
        wire::delta const end = wire::tool_ends{index};
        co_return co_await say(end);
    }
    auto const pieces = static_cast<std::size_t>(std::max(1, s.number));
    for (std::size_t i = 0; i < pieces; ++i) {
        auto const        from = cut_of(arguments, i, pieces);
        auto const        to = cut_of(arguments, i + 1, pieces);
        wire::delta const piece = wire::tool_arguments{index, arguments.substr(from, to - from)};
        co_await say(piece);
    }
    wire::delta const last = wire::tool_ends{index};
    co_await say(last);
}

runtime::awaitable<void> mock_provider::answer::finish(provider_step const& s) {
    note("finish", s.text);
    wire::finish end;
    end.reason = reason_of(s.text);
    wire::delta const said = end;
    if (!asked_.stream) {
        whole_.push_back(said);
        finished_ = true;
        auto body = owner_.format_.whole_body(whole_, identity_);
        head_.fields.emplace_back("Content-Length", std::to_string(body.size()));
        auto                            text = runtime::to_text(head_);
        boost::asio::const_buffer const parts[] = {boost::asio::buffer(text),
                                                   boost::asio::buffer(body)};
        co_return co_await stream_.write(parts);
    }
    std::string bytes;
    if (!encoding_) bytes = encoder_->begin();
    encoding_ = true;
    bytes += encoder_->encode(said);
    bytes += encoder_->end();
    co_await send(std::move(bytes));
    co_await end_body();
}

runtime::awaitable<void> mock_provider::answer::status(provider_step const& s) {
    note("status", std::to_string(s.number));
    wire::failure f;
    f.status = s.number;
    f.message = s.text.empty() ? "scripted" : s.text;
    std::string body = s.json.is_null() ? owner_.format_.failure_body(f) : s.json.dump();
    bool const  page = !s.text.empty() && s.text.starts_with('<');
    if (page) body = s.text;
    head_.status = static_cast<unsigned>(s.number);
    head_.fields[0].second = page ? "text/html" : "application/json";
    if (owner_.format_.failure_head)
        for (auto& field : owner_.format_.failure_head(f)) head_.fields.push_back(std::move(field));
    head_.fields.emplace_back("Content-Length", std::to_string(body.size()));
    finished_ = true;
    auto                            text = runtime::to_text(head_);
    boost::asio::const_buffer const parts[] = {boost::asio::buffer(text),
                                               boost::asio::buffer(body)};
    co_await stream_.write(parts);
}

// The head goes out with the first bytes of the body, or alone for nothing.
runtime::awaitable<void> mock_provider::answer::send(std::string bytes) {
    begin_head();
    if (!bytes.empty()) co_return co_await writer_.write(bytes);
    if (writer_.started()) co_return;
    co_await writer_.head_alone();
}

void mock_provider::answer::begin_head() {
    if (head_ready_) return;
    head_ready_ = true;
    head_.fields.emplace_back("Transfer-Encoding", "chunked");
    writer_.head(head_);
}

runtime::awaitable<void> mock_provider::answer::end_body() {
    if (finished_) co_return;
    finished_ = true;
    begin_head();
    co_await writer_.finish();
}

// Nobody rings: only the end of the connection or of the scenario ends it.
runtime::awaitable<void> mock_provider::answer::stall() {
    runtime::bell silence;
    co_await silence.wait();
}

}  // namespace mock
