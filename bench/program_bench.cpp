// What the program `lockstep proxy` takes as a process of its own.
//
//   memory      5,000 streams are open, each has told its client something and will say more:
//               resident MiB before and with them, and KiB for each stream
//   cold_start  from starting the program to its word that it listens, milliseconds; `start_cpu_ms`
//               is its processor time until then, which no other work on the machine makes longer
//
//   make bench, or build/release/bench/program_bench

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "bench/answer.hpp"
#include "bench/cost.hpp"
#include "bench/exchange.hpp"
#include "bench/load.hpp"
#include "runtime/real_program.hpp"
#include "runtime/real_spawn.hpp"
#include "runtime/task_group.hpp"

namespace {

namespace asio = boost::asio;

constexpr std::size_t stream_count = 5000;
constexpr std::size_t opened_at_a_time = 50;

runtime::http_limit const patience{std::chrono::seconds(60), asio::error::timed_out};

// A configuration with one model, in a folder of its own; the command that serves it.
class configured {
public:
    explicit configured(std::uint16_t provider) {
        std::ofstream(path()) << "model_list:\n"
                                 "  - model_name: model\n"
                                 "    litellm_params:\n"
                                 "      model: openai/model\n"
                                 "      api_key: sk-bench\n"
                                 "      api_base: http://127.0.0.1:"
                              << provider << "/v1\n";
        command.arguments = {LOCKSTEP_PROGRAM, "proxy",    "--config",
                             path(),           "--listen", "127.0.0.1:0"};
    }

    runtime::command command;
    std::string      log() const { return folder_.path() + "/log"; }

private:
    std::string         path() const { return folder_.path() + "/proxy.yaml"; }
    runtime::own_folder folder_;
};

constexpr std::string_view listening = "listening on http://127.0.0.1:";

std::uint16_t port_of(runtime::background_program const& program, std::string const& log) {
    runtime::real_world waiting;
    for (int i = 0; i < 3000 && !program.status(); ++i) {
        std::ifstream file(log);
        for (std::string line; std::getline(file, line);)
            if (line.starts_with(listening) && !file.eof())
                return static_cast<std::uint16_t>(std::stoi(line.substr(listening.size())));
        bench::run_on(waiting, waiting.world().clock.sleep_for(std::chrono::milliseconds(10)));
    }
    throw std::runtime_error("`lockstep proxy` does not listen");
}

// Two sockets of each stream are ours, two are the gateway's, which inherits this.
void allow_descriptors(std::size_t count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < count)
        throw std::runtime_error("more than " + std::to_string(limit.rlim_max) +
                                 " descriptors are needed (ulimit -n)");
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// Tells each that asks a few words and then holds the stream open.
runtime::awaitable<void> begin_answer(std::unique_ptr<runtime::stream> stream,
                                      runtime::clock&                  clock) {
    runtime::http_reader reader(*stream, clock);
    auto const           request = co_await reader.request(patience);
    if (!request) co_return;
    co_await reader.whole_body(patience);
    auto const             events = bench::answer("openai", 8);
    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream"}, {"Transfer-Encoding", "chunked"}};
    runtime::http_chunk_writer writer(*stream, clock, patience);
    writer.head(head);
    for (std::size_t i = 0; i + 1 < events.size(); ++i) co_await writer.write(events[i]);
    char byte = 0;
    co_await stream->read(asio::buffer(&byte, 1));
}

using streams = std::vector<std::unique_ptr<runtime::stream>>;

// Opens so many, one after the other, and waits for the first words on each.
runtime::awaitable<void> open(runtime::world w, runtime::address to, std::size_t count,
                              streams& held) {
    for (; count > 0; --count) {
        auto       stream = co_await w.network.connect(to);
        auto const text = bench::request_text(to);
        co_await stream->write(text);
        std::string heard;
        while (heard.find("data: ") == heard.npos) {
            char       piece[4096];
            auto const n = co_await runtime::read_within(*stream, asio::buffer(piece), w.clock,
                                                         patience.limit, patience.late);
            if (n == 0) throw std::runtime_error("a stream was refused: " + heard);
            heard.append(piece, n);
        }
        held.push_back(std::move(stream));
    }
}

runtime::awaitable<void> open_all(runtime::world w, runtime::address to, streams& held) {
    runtime::task_group opening(w.executor);
    for (std::size_t i = 0; i < opened_at_a_time; ++i)
        opening.spawn("clients", open(w, to, stream_count / opened_at_a_time, held));
    co_await opening.join();
}

double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void memory(benchmark::State& state) try {
    allow_descriptors(2 * stream_count + 100);
    runtime::real_world        world;
    auto const                 waist = world.world();
    bench::background          beside(world);
    auto                       door = waist.network.listen({"127.0.0.1", 0});
    configured const           told(door->local().port);
    bench::stream_server const answering = [&](std::unique_ptr<runtime::stream> to) {
        return begin_answer(std::move(to), waist.clock);
    };
    beside.run(bench::serve_each(waist, std::move(door), answering));
    for (auto _ : state) {
        runtime::background_program program(told.command, told.log());
        runtime::address const      at{"127.0.0.1", port_of(program, told.log())};
        auto const                  before = runtime::figures_of(program.id()).resident;
        streams                     held;
        bench::run_on(world, open_all(waist, at, held));
        auto const with = runtime::figures_of(program.id()).resident;
        state.counters["before_MiB"] = mebibytes(before);
        state.counters["open_MiB"] = mebibytes(with);
        state.counters["stream_KiB"] = 1024 * mebibytes(with - before) / stream_count;
        held.clear();
        program.stop(SIGKILL, std::chrono::seconds(5));
    }
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

void cold_start(benchmark::State& state) try {
    configured const    told(9);
    std::vector<double> until, used;
    for (auto _ : state) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        int const  null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        auto const began = std::chrono::steady_clock::now();
        int const  id = runtime::spawn_process(told.command, null, ends[1], null);
        ::close(ends[1]);
        ::close(null);
        std::string said;
        char        piece[256];
        while (said.find('\n') == said.npos) {
            auto const n = ::read(ends[0], piece, sizeof piece);
            if (n <= 0) break;
            said.append(piece, static_cast<std::size_t>(n));
        }
        auto const took = std::chrono::steady_clock::now() - began;
        ::kill(id, SIGKILL);
        rusage spent{};
        int    status = 0;
        ::wait4(id, &status, 0, &spent);
        ::close(ends[0]);
        if (!said.starts_with(listening)) throw std::runtime_error("it said: " + said);
        until.push_back(std::chrono::duration<double, std::milli>(took).count());
        auto const ms = [](timeval const& t) {
            return 1000.0 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1000;
        };
        used.push_back(ms(spent.ru_utime) + ms(spent.ru_stime));
    }
    state.counters["start_p50_ms"] = bench::quantile(until, 0.5);
    state.counters["start_least_ms"] = bench::quantile(until, 0);
    state.counters["start_cpu_ms"] = bench::quantile(used, 0.5);
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK(memory)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
BENCHMARK(cold_start)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(31);
