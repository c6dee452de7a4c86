#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/wire/recorded.hpp"
#include "tests/wire/shared_material.hpp"

// Recorded answers of the real services, decoded whole and however they are cut.
namespace {

// Longer than most events, so that an event is seldom cut twice.
constexpr std::size_t piece_size = 251;

// Cut after byte `first` and then regularly: over all values of `first` every byte of the
// recording has been the last of a piece once.
std::vector<std::string_view> pieces_of(std::string_view bytes, std::size_t first) {
    std::vector<std::string_view> pieces{bytes.substr(0, first)};
    for (std::size_t at = first; at < bytes.size(); at += piece_size)
        pieces.push_back(bytes.substr(at, piece_size));
    return pieces;
}

void check(recorded_stream const& told) {
    SCOPED_TRACE(told.name);
    auto const& format = *wire::find_provider_format(told.format);
    auto const  whole = put_together(said_by(format, told.bytes));
    expect_understood(whole, told);

    EXPECT_EQ(put_together(decode(format, bytewise(told.bytes))), whole) << "byte by byte";
    for (std::size_t first = 0; first < std::min(piece_size, told.bytes.size()); ++first)
        ASSERT_EQ(put_together(decode(format, pieces_of(told.bytes, first))), whole)
            << "cut after byte " << first << " and then every " << piece_size;
}

class Recordings : public testing::TestWithParam<char const*> {};

TEST_P(Recordings, AreUnderstoodHoweverTheyAreCut) {
    NEED_SHARED("recordings/expected.json");
    int count = 0;
    for (auto const& told : recorded_streams()) {
        if (told.name.substr(0, told.name.find('/')) != GetParam()) continue;
        ++count;
        check(told);
    }
    EXPECT_GT(count, 0) << "no recording in " << GetParam();
}

constexpr char const* services[] = {
    "openai-chat", "openai-responses", "anthropic",  "azure-openai", "bedrock",
    "cohere",      "deepseek",         "gemini",     "groq",         "mistral",
    "ollama",      "openrouter",       "perplexity", "xai"};

INSTANTIATE_TEST_SUITE_P(Services, Recordings, testing::ValuesIn(services), [](auto const& info) {
    std::string name = info.param;
    std::erase(name, '-');
    return name;
});

TEST(RecordedStreams, AreAllOfAServiceThatIsTested) {
    NEED_SHARED("recordings/expected.json");
    for (auto const& told : recorded_streams()) {
        auto const service = told.name.substr(0, told.name.find('/'));
        EXPECT_NE(std::ranges::find(services, service), std::end(services)) << told.name;
    }
}

}  // namespace
