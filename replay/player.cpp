#include "replay/player.hpp"

#include <cmath>

#include "runtime/bell.hpp"
#include "wire/chunked.hpp"

namespace replay {

namespace {

std::string head_of(answer const& a) {
    runtime::http_response head;
    head.status = a.status;
    head.reason = a.reason;
    head.fields = a.fields;
    auto text = runtime::to_text(head);
    if (a.version != "1.1") text.replace(0, 8, "HTTP/" + a.version);
    return text;
}

// What is written at one time.
struct write {
    runtime::duration at{};
    std::string       bytes;
};

class schedule {
public:
    void add(runtime::duration at, std::string_view bytes) {
        if (writes.empty() || writes.back().at != at) writes.push_back({at, {}});
        writes.back().bytes += bytes;
    }
    std::vector<write> writes;
};

std::size_t size_of_chunk(std::vector<piece> const& pieces, std::size_t first) {
    auto size = pieces[first].bytes.size();
    auto i = first;
    for (; pieces[i].open > 0 && i + 1 < pieces.size(); ++i) size += pieces[i + 1].bytes.size();
    return size + pieces[i].open;
}

std::vector<write> writes_of(answer const& a) {
    schedule   all;
    bool const chunked = is_chunked(a.fields);
    if (a.status > 0) all.add(a.head_at, head_of(a));
    bool inside = false;
    for (std::size_t i = 0; i < a.pieces.size(); ++i) {
        auto const& p = a.pieces[i];
        if (chunked && !inside) all.add(p.at, wire::chunk_head(size_of_chunk(a.pieces, i)));
        all.add(p.at, p.bytes);
        inside = p.open > 0;
        if (chunked && !inside) all.add(p.at, "\r\n");
    }
    if (chunked && a.how == ending::complete) {
        std::string end = "0\r\n";
        for (auto const& [name, value] : a.trailers) end += name + ": " + value + "\r\n";
        all.add(a.ended_at, end + "\r\n");
    }
    return std::move(all.writes);
}

// Without chunks and without a length the end of the connection is the end of the message.
bool ends_with_connection(answer const& a) {
    if (is_chunked(a.fields) || a.status == 204 || a.status == 304) return false;
    return runtime::find_field(a.fields, "content-length") == nullptr;
}

bool says_close(answer const& a) {
    auto const* wish = runtime::find_field(a.fields, "connection");
    return wish ? *wish == "close" || *wish == "Close" : a.version == "1.0";
}

}  // namespace

runtime::duration pace::scaled(runtime::duration d) const {
    if (speed == 1) return d;
    if (speed <= 0) return {};
    return runtime::duration(std::llround(static_cast<double>(d.count()) / speed));
}

runtime::awaitable<bool> play(answer const& a, runtime::stream& to, runtime::clock& clock,
                              runtime::time_point began, pace speed, before_write told) {
    auto const writes = writes_of(a);
    for (auto const& w : writes) {
        auto const due = began + speed.scaled(w.at);
        if (due > clock.now()) co_await clock.sleep_until(due);
        if (told) told(w.bytes);
        co_await to.write(w.bytes);
    }
    auto const due = began + speed.scaled(a.ended_at);
    if (due > clock.now()) co_await clock.sleep_until(due);
    switch (a.how) {
        case ending::complete:
            if (!ends_with_connection(a)) co_return !says_close(a);
            to.end();
            break;
        case ending::eof:
            to.end();
            break;
        case ending::reset:
            to.reset();
            break;
        case ending::timeout:
        case ending::left: {
            runtime::bell silence;
            co_await silence.wait();
            break;
        }
    }
    co_return false;
}

}  // namespace replay
