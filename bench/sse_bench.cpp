// What it costs to read and to write server-sent events, without any connection.
//
// A streamed answer of 2,000 words, made by the encoders in wire/, is parsed into events
// (`parse`), written again (`write`), and decoded into deltas as the gateway does it (`decode`);
// whole, in pieces as a network brings them, and every byte alone. `bytes` are those of the
// stream, in units of 1000; `allocs` is per event or delta.
//
//   make bench, or build/release/bench/sse_bench [--benchmark_filter=decode]

#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>

#include "bench/allocations.hpp"
#include "bench/answer.hpp"
#include "wire/provider_format.hpp"
#include "wire/sse.hpp"

namespace {

constexpr std::size_t event_size_max = 1 << 20;
constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

std::string stream_of(std::string const& provider) {
    std::string all;
    for (auto const& frame : bench::answer(provider, 2000)) all += frame;
    return all;
}

template <class Feed>
void in_pieces(std::string_view bytes, std::size_t size, Feed feed) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
        feed(bytes.substr(0, size));
}

// What was done in all rounds together, with its time and its allocations.
class tally {
public:
    explicit tally(benchmark::State& state) : state_(state), began_(bench::allocations()) {}

    void report(std::size_t bytes, std::size_t things, char const* name) {
        using benchmark::Counter;
        auto const rounds = static_cast<double>(state_.iterations());
        auto const rate = [&](std::size_t n) {
            return Counter(static_cast<double>(n) * rounds, Counter::kIsRate);
        };
        auto const made = static_cast<double>(bench::allocations() - began_);
        state_.counters["bytes"] = rate(bytes);
        state_.counters[name] = rate(things);
        state_.counters["allocs"] = made / (rounds * static_cast<double>(things));
    }

private:
    benchmark::State& state_;
    std::uint64_t     began_;
};

void parse(benchmark::State& state, std::size_t piece_size) {
    auto const  bytes = stream_of("openai");
    std::size_t events = 0;
    tally       done(state);
    for (auto _ : state) {
        events = 0;
        wire::sse_parser parser([&](wire::sse_event const&) { ++events; });
        in_pieces(bytes, piece_size, [&](std::string_view piece) { parser.feed(piece); });
    }
    done.report(bytes.size(), events, "events");
}

void write(benchmark::State& state) {
    auto const               bytes = stream_of("openai");
    std::vector<std::string> data;
    wire::sse_parser         parser([&](wire::sse_event const& e) { data.push_back(e.data); });
    parser.feed(bytes);
    tally done(state);
    for (auto _ : state)
        for (auto const& one : data) benchmark::DoNotOptimize(wire::to_sse(one));
    done.report(bytes.size(), data.size(), "events");
}

void decode(benchmark::State& state, char const* provider, std::size_t piece_size) {
    auto const               bytes = stream_of(provider);
    auto const&              format = *wire::find_provider_format(provider);
    std::vector<wire::delta> deltas;
    std::size_t              heard = 0;
    tally                    done(state);
    for (auto _ : state) {
        heard = 0;
        auto const decoder = format.decoder(event_size_max);
        in_pieces(bytes, piece_size, [&](std::string_view piece) {
            deltas.clear();
            decoder->feed(piece, deltas);
            heard += deltas.size();
        });
        if (!decoder->finished()) state.SkipWithError("the answer is not finished");
    }
    done.report(bytes.size(), heard, "deltas");
}

}  // namespace

BENCHMARK_CAPTURE(parse, whole, whole)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(parse, pieces_of_1400, 1400)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(parse, single_bytes, 1)->Unit(benchmark::kMicrosecond);
BENCHMARK(write)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, openai_whole, "openai", whole)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, openai_pieces_of_1400, "openai", 1400)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, openai_single_bytes, "openai", 1)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, anthropic_whole, "anthropic", whole)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, anthropic_pieces_of_1400, "anthropic", 1400)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(decode, anthropic_single_bytes, "anthropic", 1)->Unit(benchmark::kMicrosecond);
