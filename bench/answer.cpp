#include "bench/answer.hpp"

#include <array>

#include "wire/provider_format.hpp"

namespace bench {

namespace {

// Pieces as a model cuts them: mostly English, now and then what JSON escapes or UTF-8 spells.
constexpr std::array words{
    "The",     " gate",       "way",           " passes",    " each",  " chunk",
    " on",     " as",         " it",           " comes",     ".",      "\n\n",
    "``",      "`json",       "\n{",           "\"text\":",  " \"a\"", "}",
    " \u2014", " na\u00efve", " \u6f22\u5b57", " character", "s",      "!",
};

}  // namespace

std::vector<std::string> answer(std::string const& provider, std::size_t word_count) {
    auto const&           format = *wire::find_provider_format(provider);
    wire::answer_identity who;
    who.id = provider == "anthropic" ? "msg_01XFDUDYJgAACzvnptvVoYEL"
                                     : "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG";
    who.model = provider == "anthropic" ? "claude-sonnet-4-20250514" : "gpt-4o-2024-08-06";
    who.created = 1'767'225'600;
    who.include_usage = true;
    who.tokens = {20, static_cast<std::int64_t>(word_count), 0, 0};
    auto const encoder = format.encoder(who);

    std::vector<std::string> frames;
    frames.reserve(word_count + 1);
    for (std::size_t i = 0; i < word_count; ++i) {
        wire::text said;
        said.piece = words[i % words.size()];
        std::string frame;
        if (i == 0) frame = encoder->begin();
        frames.push_back(frame + encoder->encode(said));
    }
    auto end = encoder->encode(wire::finish{});
    frames.push_back(end + encoder->end());
    return frames;
}

}  // namespace bench
