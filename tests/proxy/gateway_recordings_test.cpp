#include "replay/recording.hpp"
#include "tests/proxy/gateway_play.hpp"
#include "tests/wire/recorded.hpp"
#include "tests/wire/shared_material.hpp"

// Recorded answers of the real services, served as they are to the gateway: its client hears what
// the recording says, and nothing else.
namespace {

constexpr std::size_t piece_size = 251;

// A piece a millisecond, so that what precedes an error is out before it.
std::shared_ptr<replay::recording const> recording_of(recorded_stream const& told) {
    auto const&      format = *wire::find_provider_format(told.format);
    replay::exchange one;
    one.answered.status = 200;
    one.answered.fields = {{"Content-Type", wire::content_type(format.framing)},
                           {"Transfer-Encoding", "chunked"}};
    for (std::size_t at = 0; at < told.bytes.size(); at += piece_size) {
        one.answered.ended_at = std::chrono::milliseconds(one.answered.pieces.size());
        one.answered.pieces.push_back(
            {one.answered.ended_at, told.bytes.substr(at, piece_size), 0});
    }
    auto made = std::make_shared<replay::recording>();
    made->exchanges.push_back(std::move(one));
    return made;
}

class GatewayRecordings : public play::gateway_stage {
protected:
    // One provider of each format; its nth turn is its nth recording.
    void serve(std::vector<recorded_stream> const& all) {
        std::map<std::string, std::vector<mock::turn>> turns;
        for (auto const& told : all) {
            auto played = step(mock::provider_verb::recording, told.name);
            played.recorded = recording_of(told);
            played.number = 1;
            turns[told.format].push_back(says({played}));
        }
        std::string yaml = "model_list:\n";
        for (auto& [format, played] : turns) {
            yaml += "  - model_name: " + format + "\n    litellm_params:\n      model: " + format +
                    "/model\n      api_base: http://" + format + ":80/v1\n      api_key: sk\n";
            start_provider(format, std::move(played));
        }
        yaml += "general_settings:\n  master_key: sk-of-the-client\n";
        yaml += "lockstep_settings:\n  listen: proxy:80\n";
        start_gateway(yaml, world.world());
    }

    heard answer_of(std::string const& format) {
        auto const answer = asked(chat({{"model", format},
                                        {"messages", {{{"role", "user"}, {"content", "?"}}}},
                                        {"stream", true},
                                        {"stream_options", {{"include_usage", true}}}}));
        return put_together(said_by(*wire::find_provider_format("openai"), answer.body));
    }
};

// Without the seals of thoughts, which stay with the gateway.
void expect_same(heard const& got, heard const& wanted) {
    ASSERT_EQ(got.failed.has_value(), wanted.failed.has_value())
        << (got.failed ? got.failed->message : wanted.failed->message);
    if (wanted.failed) {
        EXPECT_NE(got.failed->message.find(wanted.failed->message), std::string::npos)
            << got.failed->message;
    } else {
        EXPECT_TRUE(got.tokens);
        if (wanted.tokens) {
            EXPECT_EQ(got.tokens, wanted.tokens);
        }
        ASSERT_EQ(got.choices.size(), wanted.choices.size());
    }
    for (auto const& [number, one] : wanted.choices) {
        auto const at = got.choices.find(number);
        if (at == got.choices.end()) {
            EXPECT_TRUE(wanted.failed && one.text.empty() && one.thinking.empty());
            continue;
        }
        EXPECT_EQ(at->second.text, one.text);
        EXPECT_EQ(at->second.thinking, one.thinking);
        EXPECT_EQ(at->second.refusal, one.refusal);
        EXPECT_EQ(at->second.calls, one.calls);
        EXPECT_EQ(at->second.finish, one.finish);
    }
}

TEST_F(GatewayRecordings, ReachTheClientAsTheyWereSaid) {
    NEED_SHARED("recordings/expected.json");
    auto const all = recorded_streams();
    serve(all);
    for (auto const& told : all) {
        SCOPED_TRACE(told.name);
        auto const& format = *wire::find_provider_format(told.format);
        expect_same(answer_of(told.format), put_together(said_by(format, told.bytes)));
    }
}

}  // namespace
