#include "runtime/http.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>

#include "runtime/http_head.hpp"
#include "runtime/limit_alarm.hpp"

namespace runtime {

namespace http = boost::beast::http;

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

// Who was late, or has been cancelled, may read on.
[[noreturn]] void lost(error_code why, error_code late, error_code& broken) {
    if (why != late && why != asio::error::operation_aborted) broken = why;
    fail(why);
}

bool same_name(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

template <bool is_request>
void read_fields(http::parser<is_request, http::empty_body>& parser, http_fields& into) {
    for (auto const& field : parser.get())
        into.emplace_back(std::string(field.name_string()), std::string(field.value()));
}

template <bool is_request>
void parse_head(std::string const& text, http_limits const& limits,
                http::parser<is_request, http::empty_body>& parser) {
    parser.header_limit(static_cast<std::uint32_t>(limits.head_max + 1));
    parser.body_limit(boost::none);
    boost::system::error_code why;
    parser.put(asio::buffer(text), why);
    if (why && why != http::error::need_more) fail(error::bad_http);
    if (!parser.is_header_done()) fail(error::bad_http);
}

}  // namespace

std::string const* find_field(http_fields const& fields, std::string_view name) {
    for (auto const& [n, v] : fields)
        if (same_name(n, name)) return &v;
    return nullptr;
}

std::string_view http_reader::unread() const {
    auto const all = buffer_.cdata();
    return {static_cast<char const*>(all.data()), all.size()};
}

awaitable<std::size_t> http_reader::more(http_limit limit) {
    // A stream tells its end once, good or bad; whoever heard it may not be the last who asks.
    if (broken_) fail(broken_);
    if (ended_) co_return 0;
    auto const  into = buffer_.prepare(limits_.read_size);
    std::size_t n = 0;
    try {
        n = co_await read_within(stream_, into, clock_, limit.limit, limit.late);
    } catch (boost::system::system_error const& e) {
        lost(e.code(), limit.late, broken_);
    }
    buffer_.commit(n);
    ended_ = n == 0;
    co_return n;
}

// The text of one head, with its blank line. Empty and *ended if the peer ended before it.
awaitable<std::string> http_reader::head(http_limit limit, bool answer, bool* ended) {
    *ended = false;
    head_check check(answer ? head_check::of::answer : head_check::of::request, limits_);
    auto const deadline = clock_.now() + limit.limit;
    for (;;) {
        auto view = unread();
        // Blank lines in front of an answer mean nothing, as other clients have it.
        for (; answer && view.starts_with("\r\n"); view = unread()) buffer_.consume(2);
        if (!(answer && view == "\r")) check.look(view);
        if (auto const size = check.size(); size > 0) {
            std::string text(view.substr(0, size));
            buffer_.consume(size);
            co_return text;
        }
        bool const       begun = !view.empty();
        // The limit holds for the whole head: a peer that drips bytes does not move it.
        http_limit const left{std::max(deadline - clock_.now(), duration(1)), limit.late};
        if (co_await more(left) == 0) {
            if (begun) fail(error::bad_http);
            *ended = true;
            co_return std::string();
        }
    }
}

// RFC 9112 section 6.3, strict where requests could be smuggled.
void http_reader::frame(http_fields const& fields, bool answer, unsigned status) {
    std::string const* coding = nullptr;
    std::string const* length = nullptr;
    for (auto const& [name, value] : fields) {
        if (same_name(name, "transfer-encoding")) {
            if (coding) fail(error::bad_http);
            coding = &value;
        }
        if (same_name(name, "content-length")) {
            if (length) fail(error::bad_http);
            length = &value;
        }
        if (same_name(name, "content-encoding") && !same_name(value, "identity"))
            fail(error::unsupported_coding);
    }
    if (fields.size() > limits_.field_count_max) fail(error::too_many_fields);
    if (coding && length) fail(error::bad_http);

    body_size_ = 0;
    body_max_ = limits_.body_max;
    answer_ = answer;
    body_ = framing::none;
    if (answer && (status == 204 || status == 304)) return;
    if (coding) {
        if (!same_name(*coding, "chunked")) fail(error::unsupported_transfer);
        chunks_ = wire::chunk_decoder(limits_.chunks);
        body_ = framing::chunked;
    } else if (length) {
        auto const* end = length->data() + length->size();
        auto const  read = std::from_chars(length->data(), end, length_left_);
        if (read.ec != std::errc() || read.ptr != end) fail(error::bad_http);
        if (length_left_ > body_max_) fail(error::body_too_large);
        if (length_left_ > 0) body_ = framing::length;
    } else if (answer) {
        body_ = framing::until_close;
    }
}

awaitable<std::optional<http_request>> http_reader::request(http_limit limit) {
    bool       ended = false;
    auto const text = co_await head(limit, false, &ended);
    if (ended) co_return std::nullopt;
    http::request_parser<http::empty_body> parser;
    parse_head(text, limits_, parser);
    auto const&  message = parser.get();
    http_request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.keep_alive = message.keep_alive();
    read_fields(parser, request.fields);
    to_origin_form(request);
    // A reader of HTTP/1.0 knows no transfer coding (RFC 9112 section 6.1).
    if (message.version() == 10 && find_field(request.fields, "transfer-encoding"))
        fail(error::bad_http);
    frame(request.fields, false, 0);
    co_return request;
}

awaitable<http_response> http_reader::response(http_limit limit) {
    for (std::size_t interim = 0; interim <= limits_.interim_max; ++interim) {
        bool ended = false;
        auto text = co_await head(limit, true, &ended);
        if (ended) fail(error::closed_early);
        // Where there is no reason, some leave out the blank before it (RFC 9112 section 4).
        constexpr std::size_t behind_status = std::string_view("HTTP/1.1 200").size();
        if (text[behind_status] == '\r') text.insert(behind_status, 1, ' ');
        http::response_parser<http::empty_body> parser;
        parse_head(text, limits_, parser);
        auto const& message = parser.get();
        if (message.result_int() == 101) fail(error::bad_http);
        if (message.result_int() / 100 == 1) continue;
        http_response response;
        response.status = message.result_int();
        response.reason = std::string(message.reason());
        response.keep_alive = message.keep_alive();
        read_fields(parser, response.fields);
        frame(response.fields, true, response.status);
        co_return response;
    }
    fail(error::too_many_interim);
}

void http_reader::limit_body(std::uint64_t most) {
    body_max_ = std::min(body_max_, most);
    bool const told_more = body_ == framing::length && length_left_ > body_max_ - body_size_;
    if (body_size_ > body_max_ || told_more) fail(error::body_too_large);
}

awaitable<std::string_view> http_reader::body(http_limit limit) {
    payload_.clear();
    if (chunks_fault_) std::rethrow_exception(chunks_fault_);
    while (body_ != framing::none) {
        auto const view = unread();
        if (view.empty()) {
            // As more(), without a frame of its own: this is done for every chunk of an answer.
            if (broken_) fail(broken_);
            if (!ended_) {
                error_code  why;
                auto const  into = buffer_.prepare(limits_.read_size);
                limit_alarm alarm(clock_, stream_, &stream::cancel_read, limit.limit);
                auto const  n = co_await stream_.async_read_some(
                    into, asio::redirect_error(asio::use_awaitable, why));
                alarm.stop();
                if (why == asio::error::eof) why = {};
                if (why) lost(alarm.reason(why, limit.late), limit.late, broken_);
                buffer_.commit(n);
                ended_ = n == 0;
            }
            if (!ended_) continue;
            if (body_ != framing::until_close) fail(error::body_cut);
            body_ = framing::none;
            break;
        }
        if (body_ == framing::chunked) {
            // What stood before a fault is the reader's; the fault comes when it asks again.
            try {
                buffer_.consume(chunks_.feed(view, payload_));
            } catch (boost::system::system_error const&) {
                if (payload_.empty()) throw;
                chunks_fault_ = std::current_exception();
                break;
            }
            if (chunks_.done()) body_ = framing::none;
            // A chunk that is announced beyond the limit is not waited for.
            auto const told = body_size_ + payload_.size();
            if (!answer_ && chunks_.left() > body_max_ - std::min(body_max_, told))
                fail(error::body_too_large);
        } else if (body_ == framing::length) {
            auto const n = std::min<std::uint64_t>(length_left_, view.size());
            payload_.assign(view.substr(0, n));
            buffer_.consume(n);
            length_left_ -= n;
            if (length_left_ == 0) body_ = framing::none;
        } else {
            payload_.assign(view);
            buffer_.consume(view.size());
        }
        body_size_ += payload_.size();
        if (!answer_ && body_size_ > body_max_) fail(error::body_too_large);
        if (!payload_.empty()) break;
    }
    co_return std::string_view(payload_);
}

awaitable<std::string> http_reader::whole_body(http_limit limit) {
    std::string whole;
    for (;;) {
        auto const piece = co_await body(limit);
        if (piece.empty()) co_return whole;
        if (whole.size() + piece.size() > body_max_) fail(error::body_too_large);
        whole += piece;
    }
}

awaitable<void> http_reader::hang_up() {
    http_limit const for_ever{std::chrono::hours(24 * 365), error::closed_early};
    for (;;) {
        if (surplus() > limits_.head_max) fail(error::head_too_large);
        if (co_await more(for_ever) == 0) fail(error::closed_early);
    }
}

namespace {

void append_fields(std::string& text, http_fields const& fields) {
    for (auto const& [name, value] : fields) {
        text += name;
        text += ": ";
        for (char const c : value) text += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
        text += "\r\n";
    }
    text += "\r\n";
}

}  // namespace

std::string to_text(http_request const& request) {
    auto text = request.method + ' ' + request.target + " HTTP/1.1\r\n";
    append_fields(text, request.fields);
    return text;
}

std::string to_text(http_response const& response) {
    auto text = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    text += response.reason.empty() ? reason_phrase(response.status) : response.reason.c_str();
    text += "\r\n";
    append_fields(text, response.fields);
    return text;
}

void http_chunk_writer::head(http_response const& response) { head_ = to_text(response); }

awaitable<void> http_chunk_writer::head_alone() {
    started_ = true;
    asio::const_buffer const                  one = asio::buffer(head_);
    std::span<asio::const_buffer const> const all(&one, 1);
    co_await write_within(stream_, all, clock_, limit_.limit, limit_.late);
}

awaitable<void> http_chunk_writer::write(std::string_view payload) {
    auto const         size = wire::chunk_head(payload.size());
    asio::const_buffer parts[] = {asio::buffer(head_), asio::buffer(size),
                                  asio::const_buffer(payload.data(), payload.size()),
                                  asio::const_buffer(wire::chunk_tail, 2)};
    bool const         first = !started_;
    started_ = true;
    auto const  all = std::span<asio::const_buffer const>(parts).subspan(first ? 0 : 1);
    error_code  why;
    limit_alarm alarm(clock_, stream_, &stream::cancel_write, limit_.limit);
    co_await stream_.async_write(all, asio::redirect_error(asio::use_awaitable, why));
    alarm.stop();
    if (why) fail(alarm.reason(why, limit_.late));
}

awaitable<void> http_chunk_writer::finish() {
    asio::const_buffer parts[] = {
        asio::buffer(head_), asio::const_buffer(wire::last_chunk, sizeof wire::last_chunk - 1)};
    bool const first = !started_;
    started_ = true;
    auto const all = std::span<asio::const_buffer const>(parts).subspan(first ? 0 : 1);
    co_await write_within(stream_, all, clock_, limit_.limit, limit_.late);
}

char const* reason_phrase(unsigned status) {
    auto const text = http::obsolete_reason(static_cast<http::status>(status));
    return text.empty() ? "Status" : text.data();
}

}  // namespace runtime
