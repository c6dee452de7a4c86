#include "replay/rehearsal.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "replay/lines.hpp"
#include "replay/recorder.hpp"
#include "replay/server.hpp"
#include "wire/chunked.hpp"

namespace replay {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;
using kind = spoken_line::kind;

constexpr std::size_t read_size = 16 * 1024;

runtime::address const server_door{"server", 80};
runtime::address const recorder_door{"recorder", 80};

// Whether it is all that was said: people and imports leave headers out.
bool is_whole(request const& asked) { return runtime::find_field(asked.fields, "host"); }

std::string bytes_of(request const& asked) {
    runtime::http_request head;
    head.method = asked.method.empty() ? "GET" : asked.method;
    head.target = asked.method.empty() ? "/" : asked.target;
    head.fields = asked.fields;
    if (!is_whole(asked)) {
        head.fields.emplace_back("Host", "any");
        head.fields.emplace_back("Content-Length", std::to_string(asked.body.size()));
    }
    auto text = runtime::to_text(head);
    if (!is_chunked(asked.fields)) return text + asked.body;
    // How the client cut its body is not recorded: in two, so that it is cut.
    auto const half = asked.body.size() / 2;
    for (auto const& part : {asked.body.substr(0, half), asked.body.substr(half)})
        if (!part.empty()) text += wire::chunk_head(part.size()) + part + wire::chunk_tail;
    return text + wire::last_chunk;
}

runtime::awaitable<void> hear_answer(runtime::stream& from, bool without_body, std::string* heard) {
    message_watch seen(message_watch::kind::answer, without_body);
    try {
        while (!seen.done()) {
            char       bytes[read_size];
            auto const n = co_await from.read(asio::buffer(bytes));
            if (n == 0) break;
            seen.feed(std::string_view(bytes, n), {});
            if (heard) heard->append(bytes, n);
        }
    } catch (system_error const& e) {
        // A server that breaks off is part of what is played.
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<void> ask_for_all(runtime::world w, runtime::address to, recording const& r) {
    runtime::task_group asking(w.executor);
    auto const          beginning = w.clock.now();
    for (auto const& x : r.exchanges) asking.spawn("ask", ask_again(w, to, x, beginning));
    co_await asking.wait();
}

runtime::awaitable<rehearsed> rehearse_http(runtime::world w, recording const& r) {
    rehearsed         out;
    server            playing(w, r, {}, {});
    recorder::options how{server_door, {}, redaction(r.redacted)};
    recorder          keeping(
        w, std::move(how), [&](exchange x) { out.again.exchanges.push_back(std::move(x)); },
        [&](std::string const& complaint) { out.trouble.push_back(complaint); });
    playing.start(w.network.listen(server_door));
    keeping.start(w.network.listen(recorder_door));
    co_await ask_for_all(w, recorder_door, r);
    co_await keeping.stop();
    co_await playing.stop();
    for (auto const* x : playing.matching().unused())
        out.trouble.push_back("line " + std::to_string(x->line) + " was not played");
    for (std::size_t i = 0; i < std::min(r.exchanges.size(), out.again.exchanges.size()); ++i)
        if (!is_whole(r.exchanges[i].asked)) out.again.exchanges[i].asked = r.exchanges[i].asked;
    co_return out;
}

runtime::awaitable<void> say_lines(runtime::world w, runtime::stream& to, recording const& r) {
    auto const beginning = w.clock.now();
    for (auto const& line : r.lines) {
        if (line.what != kind::to_program && line.what != kind::to_end) continue;
        co_await w.clock.sleep_until(beginning + line.at);
        if (line.what == kind::to_end) co_return to.end();
        auto const text = line.cut ? line.text : line.text + '\n';
        co_await to.write(text);
    }
}

runtime::awaitable<void> hear_lines(runtime::stream& from) {
    char        bytes[read_size];
    std::size_t n = 1;
    while (n > 0) n = co_await from.read(asio::buffer(bytes));
}

runtime::awaitable<void> play_lines(line_player& player, runtime::stream& client,
                                    std::optional<int>& status) {
    status = co_await player.play(client);
    client.end();
}

runtime::awaitable<rehearsed> rehearse_lines(runtime::world w, recording const& r) {
    rehearsed           out;
    auto const          client = w.network.pair();
    auto const          program = w.network.pair();
    line_player         player(w, r, {});
    line_recorder       keeping(w, redaction(r.redacted),
                                [&](spoken_line l) { out.again.lines.push_back(std::move(l)); });
    runtime::task_group all(w.executor);
    all.spawn("the program", play_lines(player, *program.second, out.again.exit_status));
    all.spawn("its client", say_lines(w, *client.first, r));
    all.spawn("who hears it", hear_lines(*client.first));
    co_await keeping.pass(*client.second, *program.first);
    co_await all.stop();
    if (!r.exit_status) out.again.exit_status.reset();
    out.trouble = player.trouble();
    co_return out;
}

}  // namespace

runtime::awaitable<void> ask_again(runtime::world w, runtime::address to, exchange const& x,
                                   runtime::time_point beginning, std::string* heard) {
    co_await w.clock.sleep_until(beginning + x.at);
    auto const stream = co_await w.network.connect(to);
    auto const text = bytes_of(x.asked);
    auto const began = w.clock.now();
    co_await stream->write(text);
    if (x.answered.how != ending::left)
        co_return co_await hear_answer(*stream, x.asked.method == "HEAD", heard);
    co_await w.clock.sleep_until(began + x.answered.ended_at);
    stream->close();
}

runtime::awaitable<rehearsed> rehearse(runtime::world w, recording const& r) {
    auto work = r.over_stdio ? rehearse_lines(w, r) : rehearse_http(w, r);
    auto out = co_await std::move(work);
    out.again.over_stdio = r.over_stdio;
    out.again.source = r.source;
    out.again.note = r.note;
    out.again.redacted = r.redacted;
    out.again.ignored = r.ignored;
    co_return out;
}

}  // namespace replay
