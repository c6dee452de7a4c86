#pragma once

#include "proxy/limits.hpp"
#include "runtime/guarded.hpp"
#include "tests/proxy/gateway_play.hpp"
#include "wire/chunked.hpp"

// Each limit at its size, one beyond and ten times as much, in virtual time.
namespace play {

// How a test names what was answered: "413 request_too_large", "200 -32603", "200"; "closed" if
// nothing was.
struct verdict {
    std::string said;
    std::string words;  // the message
    std::string retry_after = "none";
};

inline verdict verdict_of(http_answer const& answer) {
    verdict made{std::to_string(answer.head.status), {}, answer.field("Retry-After")};
    auto    text = answer.body;
    if (auto const at = text.rfind("data: {"); at != text.npos) {  // of a stream, the last word
        text.erase(0, at + 6);
        text.resize(text.find('\n'));
    }
    auto const body = nlohmann::json::parse(text, nullptr, false);
    if (!body.is_object() || !body.contains("error")) return made;
    auto const code = body["error"].value("code", nlohmann::json());
    if (!code.is_null())
        made.said += ' ' + (code.is_string() ? code.get<std::string>() : code.dump());
    made.words = body["error"].value("message", "");
    return made;
}

class limits_stage : public gateway_stage {
protected:
    // One row of the table and how it is passed.
    struct trial {
        std::string name;
        std::string beyond;  // what is said then
    };

    static std::string chat_head(std::string const& more) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer " +
               std::string(client_key) + "\r\n" + more;
    }
    static std::string in_chunks(std::string const& chunks) {
        return chat_head("Transfer-Encoding: chunked\r\n\r\n") + chunks;
    }
    // Nobody here has that name: a request that is read to its end gets 404.
    static std::string question() { return R"({"model":"nobody","messages":[]})"; }

    static std::string mcp(std::string const& body, std::string const& fields = {}) {
        return request("POST /mcp", body,
                       "Accept: application/json, text/event-stream\r\n" + fields);
    }
    // Pieces, each after its pause.
    using piece = std::pair<runtime::duration, std::string>;
    verdict say(std::vector<piece> pieces, std::size_t answers = 1) {
        verdict heard{"closed", {}, {}};
        auto    story = [](limits_stage& s, std::vector<piece> all, std::size_t count,
                        verdict& into) -> awaitable<void> {
            auto client = co_await s.connect();
            auto writing = s.write_all(*client->stream, std::move(all));
            auto hearing = s.hear_last(*client, count, into);
            co_await runtime::guarded(std::move(hearing), std::move(writing));
        };
        play::out(world, story(*this, std::move(pieces), answers, heard));
        return heard;
    }
    verdict say(std::string bytes) { return say({{runtime::duration(0), std::move(bytes)}}); }

    // Within the limit one answer, beyond it the other, with the limit's name and size in it.
    void expect_limit(trial const& t, std::size_t limit,
                      std::function<verdict(std::size_t)> const& at) {
        auto const within = at(limit);
        EXPECT_NE(within.said, t.beyond) << t.name << ": " << within.words;
        for (auto const size : {limit + 1, 10 * limit}) {
            auto const heard = at(size);
            EXPECT_EQ(heard.said, t.beyond) << t.name << " at " << size << ": " << heard.words;
            auto const named = t.name + " is " + std::to_string(limit);
            EXPECT_NE(heard.words.find(named), std::string::npos)
                << t.name << " at " << size << ": " << heard.words;
        }
    }

private:
    awaitable<void> write_all(runtime::stream& to, std::vector<piece> all) {
        try {
            for (auto& [pause, bytes] : all) {
                co_await clock.sleep_for(pause);
                co_await to.write(bytes);
            }
        } catch (boost::system::system_error const&) {
            // Whoever refuses need not read the rest.
        }
        runtime::bell never;
        for (;;) co_await never.wait();
    }
    awaitable<void> hear_last(http_client& from, std::size_t count, verdict& into) {
        try {
            for (std::size_t i = 0; i < count; ++i) {
                into = {"closed", {}, {}};
                auto const answer = co_await hear(from);
                into = verdict_of(answer);
            }
        } catch (boost::system::system_error const&) {
            // It has ended, and nothing was said.
        }
    }
};

}  // namespace play
