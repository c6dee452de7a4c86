#pragma once

#include <unistd.h>

#include <gtest/gtest.h>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "runtime/guarded.hpp"
#include "runtime/http.hpp"
#include "runtime/real.hpp"
#include "tests/runtime/real_play.hpp"

// `lockstep proxy` as the program that it is, on a port of loopback, and whoever says raw bytes to
// it. Its clock may run faster, so that its long limits are seen quickly.
namespace play {

struct heard_answer {
    unsigned             status = 0;
    std::string          body;
    runtime::http_fields fields = {};
};

// What a client hears on one connection: answers, and what came after them.
struct heard_all {
    std::vector<heard_answer> answers;
    std::string               end;  // "open" if it was not over when all awaited answers were there
};

inline std::string told(heard_all const& heard) {
    std::string text;
    for (auto const& each : heard.answers)
        text += std::to_string(each.status) + ' ' + each.body.substr(0, 200) + '\n';
    return text + heard.end;
}

class gateway_program : public testing::Test {
protected:
    // Everything below `model_list`.
    void start(std::string const& settings, int faster) {
        auto const* test = testing::UnitTest::GetInstance()->current_test_info();
        auto const  file = testing::TempDir() + "lockstep." + test->name() + '.' +
                          std::to_string(getpid()) + ".yaml";
        std::ofstream(file) << settings;
        program_ = network().spawn(
            {{LOCKSTEP_PROGRAM, "proxy", "--faster", std::to_string(faster), "--config", file},
             {}});
        auto story = [&]() -> awaitable<void> {
            auto const said = co_await play::read(program_->io());
            auto const at = said.rfind(':');
            if (at == said.npos) throw std::runtime_error(said + program_->last_words());
            port_ = static_cast<std::uint16_t>(std::stoi(said.substr(at + 1)));
        };
        to_the_end(world, story());
    }
    void TearDown() override {
        if (!program_) return;
        auto story = [&]() -> awaitable<void> {
            program_->terminate();
            EXPECT_EQ(co_await program_->exited(), 0) << program_->last_words();
        };
        to_the_end(world, story());
    }

    runtime::network& network() { return world.world().network; }

    // Says all of `bytes`, in pieces of that size, and hears answers: as many as that, or until the
    // connection is over.
    heard_all say(std::string bytes, std::size_t piece, std::size_t answers) {
        heard_all heard;
        to_the_end(world, talk(std::move(bytes), piece, answers, heard));
        return heard;
    }

    // Whether it lives and serves the others.
    unsigned status_of_a_good_request() {
        auto const heard = say("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 100, 1);
        return heard.answers.empty() ? 0 : heard.answers.front().status;
    }

    runtime::real_world world{false};

private:
    awaitable<void> talk(std::string bytes, std::size_t piece, std::size_t answers,
                         heard_all& heard) {
        runtime::address const to{"127.0.0.1", port_};
        auto                   stream = co_await network().connect(to);
        auto                   saying = speak(*stream, std::move(bytes), piece);
        auto                   hearing = hear(*stream, answers, heard);
        co_await runtime::guarded(std::move(hearing), std::move(saying));
    }

    // Never returns: whoever hears is the one who is done.
    awaitable<void> speak(runtime::stream& stream, std::string bytes, std::size_t piece) {
        try {
            for (std::size_t at = 0; at < bytes.size(); at += piece)
                co_await stream.write(std::string_view(bytes).substr(at, piece));
        } catch (boost::system::system_error const&) {
            // Who refuses a message need not read the rest of it.
        }
        runtime::bell never;
        for (;;) co_await never.wait();
    }

    awaitable<void> hear(runtime::stream& stream, std::size_t answers, heard_all& heard) {
        runtime::http_reader      reader(stream, world.world().clock, {.body_max = 1 << 30});
        runtime::http_limit const limit{std::chrono::seconds(15), asio::error::timed_out};
        heard.end = "open";
        try {
            while (heard.answers.size() < answers) {
                auto const   head = co_await reader.response(limit);
                heard_answer one;
                one.status = head.status;
                one.fields = head.fields;
                one.body = co_await reader.whole_body(limit);
                heard.answers.push_back(std::move(one));
            }
        } catch (boost::system::system_error const& e) {
            heard.end = name_of(e.code());
        }
    }

    std::unique_ptr<runtime::child> program_;
    std::uint16_t                   port_ = 0;
};

}  // namespace play
