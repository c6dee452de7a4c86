#include "bench/exchange.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>

#include "bench/load.hpp"

namespace bench {

namespace {

namespace asio = boost::asio;

runtime::http_limit const patience{std::chrono::seconds(10), asio::error::timed_out};

runtime::awaitable<void> serve(runtime::stream& stream, runtime::clock& clock, play const& say) {
    runtime::http_reader reader(stream, clock);
    auto const           request = co_await reader.request(patience);
    if (!request) co_return;
    co_await reader.whole_body(patience);
    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream; charset=utf-8"},
                   {"Transfer-Encoding", "chunked"},
                   {"Connection", "close"}};
    runtime::http_chunk_writer writer(stream, clock, patience);
    writer.head(head);
    auto saying = say(writer);
    co_await std::move(saying);
    co_await writer.finish();
    // Closed first by the one who asked, or else he might be reset before all has arrived.
    stream.end();
    char byte = 0;
    co_await runtime::read_within(stream, asio::buffer(&byte, 1), clock, patience.limit,
                                  patience.late);
}

}  // namespace

runtime::awaitable<void> provide(runtime::world w, std::unique_ptr<runtime::listener> at,
                                 play say) {
    for (;;) {
        auto const stream = co_await at->accept();
        try {
            co_await serve(*stream, w.clock, say);
        } catch (boost::system::system_error const& e) {
            if (e.code() == asio::error::operation_aborted) throw;
        }
    }
}

runtime::awaitable<void> ask(runtime::world w, runtime::address to, hear told) {
    auto const stream = co_await w.network.connect(to);
    auto const text = request_text(to);
    co_await stream->write(text);
    runtime::http_reader reader(*stream, w.clock);
    auto const           head = co_await reader.response(patience);
    if (head.status != 200)
        throw std::runtime_error("the answer's status is " + std::to_string(head.status));
    for (;;) {
        auto const piece = co_await reader.body(patience);
        if (piece.empty()) co_return;
        told(piece);
    }
}

proxy::config gateway_config(std::string const& provider, runtime::address at,
                             runtime::address listen) {
    proxy::model model;
    model.name = model.upstream_name = "model";
    model.provider = provider;
    model.api = proxy::parse_http_url("http://" + runtime::to_text(at) + "/v1");
    model.api_key = "sk-bench";
    proxy::config config;
    config.listen = std::move(listen);
    config.models.push_back(std::move(model));
    return config;
}

namespace {

struct result {
    bool               done = false;
    std::exception_ptr thrown;
};

void finish(result const& r) {
    if (r.thrown) std::rethrow_exception(r.thrown);
    if (!r.done) throw std::runtime_error("nothing more is due, and it is not done");
}

}  // namespace

void run_on(runtime::simulation& world, runtime::awaitable<void> work) {
    result r;
    asio::co_spawn(world.world().executor, std::move(work), [&r](std::exception_ptr e) {
        r.thrown = e;
        r.done = true;
    });
    world.run([&r] { return r.done; });
    finish(r);
}

void run_on(runtime::real_world& world, runtime::awaitable<void> work) {
    result r;
    asio::co_spawn(world.world().executor, std::move(work), [&](std::exception_ptr e) {
        r.thrown = e;
        r.done = true;
        world.stop();
    });
    world.run();
    finish(r);
}

}  // namespace bench
