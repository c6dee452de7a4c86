#include "scenarios/import.hpp"
#include "scenarios/scenario.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"

namespace scenario {

namespace {

using nlohmann::json;

constexpr std::size_t chunk_size = 20;  // characters of a text in one chunk, if it names no other

std::string as_text(json const& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// A text in pieces of so many characters.
std::vector<std::string> cut(std::string const& text, std::size_t size) {
    std::vector<std::string> pieces;
    std::size_t              characters = 0;
    for (char const c : text) {
        bool const begins = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        if (begins && characters++ % size == 0) pieces.emplace_back();
        if (!pieces.empty()) pieces.back() += c;
    }
    return pieces;
}

// What the fixture says, as deltas of a stream.
std::vector<wire::delta> deltas_of(json const& response, std::size_t size) {
    std::vector<wire::delta> all;
    int                      calls = 0;
    auto const               say = [&](std::string const& text) {
        for (auto& piece : cut(text, size)) all.push_back(wire::text{std::move(piece)});
    };
    auto const call = [&](json const& c) {
        wire::tool_begins begins;
        begins.index = calls;
        begins.name = c.value("name", "");
        begins.id = c.value("id", "call_fixture" + std::to_string(calls));
        all.push_back(begins);
        for (auto& piece : cut(as_text(c.value("arguments", json("{}"))), size))
            all.push_back(wire::tool_arguments{calls, std::move(piece)});
        all.push_back(wire::tool_ends{calls++});
    };
    if (response.contains("reasoning"))
        for (auto& piece : cut(as_text(response["reasoning"]), size))
            all.push_back(wire::thinking{std::move(piece), {}});
    if (response.contains("blocks")) {
        for (auto const& block : response["blocks"])
            block.value("type", "") == "text" ? say(block.value("text", "")) : call(block);
    } else {
        if (response.contains("content")) say(as_text(response["content"]));
        if (response.contains("toolCalls"))
            for (auto const& c : response["toolCalls"]) call(c);
    }
    wire::finish end;
    end.reason = calls > 0 ? wire::finish_reason::tool_calls : wire::finish_reason::stop;
    if (response.value("finishReason", "") == "length") end.reason = wire::finish_reason::length;
    all.push_back(end);
    return all;
}

// The time of the nth chunk: as it was recorded, or by the profile; all at once otherwise.
runtime::duration time_of(json const& fixture, std::size_t n) {
    double ms = 0;
    if (auto const found = fixture.find("recordedTimings"); found != fixture.end()) {
        ms = found->value("ttftMs", 0.0);
        auto const gaps = found->value("interChunkDelaysMs", std::vector<double>());
        for (std::size_t i = 0; i < std::min(n, gaps.size()); ++i) ms += gaps[i];
    } else if (auto const profile = fixture.find("streamingProfile"); profile != fixture.end()) {
        ms = profile->value("ttft", 0.0);
        if (auto const rate = profile->value("tps", 0.0); rate > 0)
            ms += static_cast<double>(n) * 1000 / rate;
    } else {
        ms = fixture.value("latency", 0.0) * static_cast<double>(n + 1);
    }
    return std::chrono::microseconds(std::llround(std::max(0.0, ms) * 1000));
}

replay::answer answer_of(json const& fixture) {
    auto const&    response = fixture.at("response");
    replay::answer a;
    a.status = response.value("status", response.contains("error") ? 500u : 200u);
    a.reason = runtime::reason_phrase(a.status);
    a.fields = {{"Content-Type", "application/json"}};
    if (response.contains("error") || response.contains("json")) {
        auto const body =
            response.contains("json") ? response["json"] : json{{"error", response["error"]}};
        lay_body(a, body.dump(), {});
        return a;
    }
    wire::answer_identity identity;
    identity.id = response.value("id", "chatcmpl-fixture");
    identity.model = response.value("model", "fixture");
    identity.created = response.value("created", std::int64_t(0));
    auto const encoder = wire::find_provider_format("openai")->encoder(identity);
    a.fields = {{"Content-Type", "text/event-stream"}, {"Transfer-Encoding", "chunked"}};
    a.head_at = time_of(fixture, 0);
    auto        opening = encoder->begin();
    std::size_t n = 0;
    auto const  size = fixture.value("chunkSize", chunk_size);
    for (auto const& d : deltas_of(response, std::max<std::size_t>(1, size))) {
        auto bytes = opening + encoder->encode(d);
        opening.clear();
        if (!bytes.empty()) a.pieces.push_back({time_of(fixture, n++), std::move(bytes)});
    }
    a.ended_at = a.pieces.empty() ? a.head_at : a.pieces.back().at;
    if (auto last = encoder->end(); !last.empty())
        a.pieces.push_back({a.ended_at, std::move(last)});
    return a;
}

}  // namespace

replay::recording import_fixtures(std::string const& text, std::string const& path) {
    auto const        whole = wire::read_json(text);
    replay::recording r;
    try {
        for (auto const& fixture : whole.at("fixtures")) {
            replay::exchange x;
            x.answered = answer_of(fixture);
            r.exchanges.push_back(std::move(x));
        }
    } catch (json::exception const& e) {
        throw syntax_error(path, {}, {}, "this is no file of aimock's fixtures",
                           "{\"fixtures\": [{\"match\": {...}, \"response\": {...}}]}");
    }
    r.note =
        "imported from aimock's fixtures, which hold content and no stream: written as OpenAI chat "
        "completions; the requests are not known (what a fixture matches is not taken over, any "
        "will "
        "do, in the order of the file), nor headers, ids and the borders of transfer chunks; gaps "
        "are those of recordedTimings or the profile where the file has them";
    return r;
}

}  // namespace scenario
