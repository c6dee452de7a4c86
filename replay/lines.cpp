#include "replay/lines.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "replay/matching.hpp"
#include "runtime/guarded.hpp"
#include "runtime/task_group.hpp"

namespace replay {

namespace {

namespace asio = boost::asio;
using kind = spoken_line::kind;

constexpr std::size_t read_size = 16 * 1024;

}  // namespace

line_recorder::line_recorder(runtime::world w, redaction secrets, sink kept)
    : world_(w), secrets_(std::move(secrets)), kept_(std::move(kept)), began_(w.clock.now()) {}

void line_recorder::keep(kind what, std::string text, bool cut) {
    secrets_.clean_text(text);
    spoken_line line;
    line.what = what;
    line.at = std::chrono::floor<std::chrono::microseconds>(world_.clock.now() - began_);
    line.text = std::move(text);
    line.cut = cut;
    kept_(std::move(line));
}

runtime::awaitable<void> line_recorder::pass_one(runtime::stream& from, runtime::stream& to,
                                                 kind line, kind end) {
    std::string text;
    for (;;) {
        char        bytes[read_size];
        std::size_t n = 0;
        try {
            n = co_await from.read(asio::buffer(bytes));
            if (n > 0) co_await to.write(std::string_view(bytes, n));
        } catch (boost::system::system_error const& e) {
            if (e.code() == asio::error::operation_aborted) throw;
            n = 0;  // gone without a word: the direction has ended
        }
        if (n == 0) break;
        text.append(bytes, n);
        for (auto at = text.find('\n'); at != text.npos; at = text.find('\n')) {
            keep(line, text.substr(0, at), false);
            text.erase(0, at + 1);
        }
    }
    if (!text.empty()) keep(line, std::move(text), true);
    keep(end, {}, false);
    to.end();
}

runtime::awaitable<void> line_recorder::pass(runtime::stream& client, runtime::stream& program) {
    began_ = world_.clock.now();
    runtime::task_group both(world_.executor);
    both.spawn("to the program", pass_one(client, program, kind::to_program, kind::to_end));
    auto               answers = pass_one(program, client, kind::from_program, kind::from_end);
    std::exception_ptr thrown;
    try {
        co_await std::move(answers);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await both.stop();  // nobody is there to hear the client any more
    if (thrown) std::rethrow_exception(thrown);
}

line_player::line_player(runtime::world w, recording const& r, pace speed, observer passed)
    : world_(w), recording_(r), pace_(speed), passed_(std::move(passed)) {}

// False if the client says something else, or nothing any more.
runtime::awaitable<bool> line_player::hear(runtime::stream& client, spoken_line const& expected) {
    auto const  place = "line " + std::to_string(expected.line) + " of the recording";
    std::string line;
    bool        ended = false;
    for (;;) {
        if (auto const at = ahead_.find('\n'); at != ahead_.npos) {
            line = ahead_.substr(0, at);
            ahead_.erase(0, at + 1);
            break;
        }
        char       bytes[read_size];
        auto const n = co_await client.read(asio::buffer(bytes));
        ended = n == 0;
        if (ended) break;
        ahead_.append(bytes, n);
    }
    if (ended && expected.cut && !ahead_.empty()) {
        line = std::move(ahead_);
        ended = false;
    }
    if (expected.what == kind::to_end) {
        if (!ended) trouble_.push_back(place + ": the client should end here, and says " + line);
        co_return ended;
    }
    if (ended) {
        trouble_.push_back(place + ": the client has ended, and should say " + expected.text);
        co_return false;
    }
    auto const how = options_of(recording_);
    request    was, is;
    was.method = is.method = "line";
    was.body = expected.text;
    is.body = line;
    if (passed_) passed_(true, line);
    auto const differs = differences(was, is, how);
    for (auto const& d : differs) trouble_.push_back(place + ": " + d);
    co_return differs.empty();
}

runtime::awaitable<int> line_player::play(runtime::stream& client) {
    auto              heard = world_.clock.now();
    runtime::duration heard_at{};
    for (auto const& line : recording_.lines) {
        if (line.what == kind::to_program || line.what == kind::to_end) {
            bool const as_recorded = co_await hear(client, line);
            if (!as_recorded) co_return 1;
            heard = world_.clock.now();
            heard_at = line.at;
            continue;
        }
        auto const due = heard + pace_.scaled(line.at - heard_at);
        if (due > world_.clock.now()) co_await world_.clock.sleep_until(due);
        if (line.what == kind::from_end) {
            client.end();
            continue;
        }
        auto text = line.text;
        if (passed_) passed_(false, text);
        if (!line.cut) text += '\n';
        co_await client.write(text);
    }
    co_return recording_.exit_status.value_or(0);
}

}  // namespace replay
