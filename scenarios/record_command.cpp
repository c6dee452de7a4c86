#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "proxy/config_url.hpp"
#include "runtime/http.hpp"
#include "runtime/real.hpp"
#include "scenarios/commands.hpp"

namespace scenario {

namespace {

using boost::system::system_error;

constexpr auto patience = std::chrono::minutes(10);  // for each read of a stream

// What was kept of one answer.
struct kept {
    unsigned    status = 0;
    std::string body;
    std::string times;
};

std::string read_whole(std::string const& path) {
    std::ifstream     file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

runtime::awaitable<void> ask(runtime::world w, proxy::http_url url, runtime::http_fields fields,
                             std::string body, kept& answer) {
    auto const            stream = co_await w.network.connect(url.at);
    runtime::http_request request;
    request.method = "POST";
    request.target = url.path.empty() ? "/" : url.path;
    request.fields = std::move(fields);
    request.fields.emplace_back("Host", runtime::to_text(url.at));
    request.fields.emplace_back("Content-Type", "application/json");
    request.fields.emplace_back("Content-Length", std::to_string(body.size()));
    request.fields.emplace_back("Connection", "close");
    auto const text = runtime::to_text(request) + body;
    co_await stream->write(text);
    auto const                asked = w.clock.now();
    runtime::http_reader      reader(*stream, w.clock);
    runtime::http_limit const limit{patience, boost::asio::error::timed_out};
    auto const                head = co_await reader.response(limit);
    answer.status = head.status;
    for (;;) {
        auto const piece = co_await reader.body(limit);
        if (piece.empty()) co_return;
        auto const at = std::chrono::floor<std::chrono::milliseconds>(w.clock.now() - asked);
        answer.times += runtime::to_text(at) + ' ' + std::to_string(piece.size()) + '\n';
        answer.body += piece;
    }
}

bool write_whole(std::string const& path, std::string const& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    return static_cast<bool>(file.flush());
}

}  // namespace

int record(record_options const& options) {
    proxy::http_url url;
    try {
        url = proxy::parse_http_url(options.url);
    } catch (proxy::bad_url const& e) {
        std::fprintf(stderr, "URL: %s\n", e.problem.c_str());
        return 2;
    }
    runtime::http_fields fields;
    for (auto const& h : options.headers) {
        auto const colon = h.find(": ");
        if (colon == h.npos) {
            std::fprintf(stderr, "--header is written NAME: VALUE\n");
            return 2;
        }
        fields.emplace_back(h.substr(0, colon), h.substr(colon + 2));
    }
    runtime::real_world world;
    kept                answer;
    bool                done = false;
    std::string         trouble;
    auto                asking = ask(world.world(), url, fields, read_whole(options.body), answer);
    boost::asio::co_spawn(world.world().executor, std::move(asking),
                          [&](std::exception_ptr thrown) {
                              done = true;
                              try {
                                  if (thrown) std::rethrow_exception(thrown);
                              } catch (std::exception const& e) {
                                  trouble = e.what();
                              }
                          });
    world.run([&] { return done; });
    auto const header = "# one line a read: when it came after the request, and how many bytes\n";
    bool const written = write_whole(options.out + ".sse", answer.body) &&
                         write_whole(options.out + ".times", header + answer.times);
    if (!written) {
        std::fprintf(stderr, "%s.sse: cannot be written\n", options.out.c_str());
        return 2;
    }
    std::printf("HTTP %u, %zu bytes\n", answer.status, answer.body.size());
    if (trouble.empty()) return 0;
    std::fprintf(stderr, "the answer broke off: %s\n", trouble.c_str());
    return 1;
}

}  // namespace scenario
