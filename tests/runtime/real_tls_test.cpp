#include <gtest/gtest.h>

#include <boost/asio/ssl/error.hpp>

#include "runtime/real.hpp"
#include "runtime/real_tls.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/real_play.hpp"
#include "tests/runtime/tls_server.hpp"

namespace {

using boost::asio::awaitable;
using play::tls_server;
using runtime::error_code;

class RealTls : public testing::Test {
protected:
    RealTls() { serve("DNS:localhost"); }

    void serve(std::string const& names) { context_ = authority_.server(names); }

    // The client's error, or what `talk` leads to.
    using story = std::function<awaitable<void>(runtime::stream&, tls_server&)>;
    error_code meet(std::string host, runtime::tls_options options, story talk = {}) {
        runtime::real_world world(true, options);
        error_code          why;
        auto                play = [&]() -> awaitable<void> {
            runtime::address const      at{"127.0.0.1", 0};
            auto                        listener = world.world().network.listen(at);
            runtime::task_group         group(world.world().executor);
            std::unique_ptr<tls_server> server;
            auto                        serving = [&]() -> awaitable<void> {
                auto accepted = co_await listener->accept();
                server = std::make_unique<tls_server>(std::move(accepted), context_.get());
                co_await server->handshake();
            };
            group.spawn("server", serving());
            runtime::address const           to{host, listener->local().port, true};
            std::unique_ptr<runtime::stream> client;
            try {
                client = co_await world.world().network.connect(to);
            } catch (boost::system::system_error const& e) {
                why = e.code();
            }
            co_await group.wait();
            name_ = server->asked_name();
            if (client && talk) co_await talk(*client, *server);
        };
        play::to_the_end(world, play());
        world.run();
        EXPECT_EQ(world.left_over(), std::vector<std::string>{});
        EXPECT_EQ(world.watch().trouble(), std::vector<std::string>{});
        return why;
    }

    runtime::tls_options trusting() const { return {authority_.file(), true}; }

    play::authority                                        authority_;
    std::unique_ptr<SSL_CTX, play::freed_by<SSL_CTX_free>> context_;
    std::string                                            name_;  // that the client asked for
};

TEST_F(RealTls, TalksBothWaysWithAServerOfTheRightName) {
    story const talk = [](runtime::stream& client, tls_server& server) -> awaitable<void> {
        EXPECT_EQ(co_await play::write(client, "ask"), "ok");
        EXPECT_EQ(co_await server.read(), "ask");
        co_await server.write("answer");
        EXPECT_EQ(co_await play::read(client), "answer");
        co_await server.say_goodbye();
        EXPECT_EQ(co_await play::read(client), "eof");
    };
    EXPECT_EQ(meet("localhost", trusting(), talk), error_code());
    EXPECT_EQ(name_, "localhost");
}

TEST_F(RealTls, AcceptsAnAddressThatTheCertificateNames) {
    serve("IP:127.0.0.1");
    EXPECT_EQ(meet("127.0.0.1", trusting()), error_code());
    EXPECT_EQ(name_, "") << "an address is no server name";
}

TEST_F(RealTls, RefusesAnotherName) {
    serve("DNS:example.test");
    auto const why = meet("localhost", trusting());
    EXPECT_EQ(why, runtime::verify_error(X509_V_ERR_HOSTNAME_MISMATCH));
    EXPECT_EQ(why.message(), "the certificate is not accepted: hostname mismatch");
}

TEST_F(RealTls, RefusesAnotherAddress) {
    auto const why = meet("127.0.0.1", trusting());
    EXPECT_EQ(why, runtime::verify_error(X509_V_ERR_IP_ADDRESS_MISMATCH));
}

TEST_F(RealTls, RefusesAnUnknownAuthority) {
    auto const why = meet("localhost", {"", true});
    EXPECT_EQ(why, runtime::verify_error(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
}

TEST_F(RealTls, ACutConnectionIsNoEnd) {
    story const talk = [](runtime::stream& client, tls_server& server) -> awaitable<void> {
        co_await server.write("half an ans");
        server.wire().close();
        EXPECT_EQ(co_await play::read(client), "half an ans");
        EXPECT_EQ(co_await play::read(client),
                  error_code(boost::asio::ssl::error::stream_truncated).message());
    };
    EXPECT_EQ(meet("localhost", trusting(), talk), error_code());
}

TEST_F(RealTls, AResetIsAReset) {
    story const talk = [](runtime::stream& client, tls_server& server) -> awaitable<void> {
        server.wire().reset();
        EXPECT_EQ(co_await play::read(client), "connection_reset");
    };
    EXPECT_EQ(meet("localhost", trusting(), talk), error_code());
}

TEST_F(RealTls, EndAndCloseSayGoodbye) {
    story const ends = [](runtime::stream& client, tls_server& server) -> awaitable<void> {
        client.end();
        EXPECT_EQ(co_await server.read(), "eof");
        co_await server.write("answer to the end");
        EXPECT_EQ(co_await play::read(client), "answer to the end");
        EXPECT_EQ(co_await play::write(client, "more"), "broken_pipe");
    };
    EXPECT_EQ(meet("localhost", trusting(), ends), error_code());

    story const closes = [](runtime::stream& client, tls_server& server) -> awaitable<void> {
        // With its session tickets read the close is no reset.
        co_await server.write("x");
        EXPECT_EQ(co_await play::read(client), "x");
        client.close();
        EXPECT_EQ(co_await server.read(), "eof");
    };
    EXPECT_EQ(meet("localhost", trusting(), closes), error_code());
}

TEST_F(RealTls, CarriesAMebibyteBothWaysWhileKeysChange) {
    std::string const sent(1 << 20, 'm');
    story const       talk = [&](runtime::stream& client, tls_server& server) -> awaitable<void> {
        play::pending writing;
        play::start_write(client, boost::asio::buffer(sent), writing);
        std::string got;
        while (got.size() < sent.size()) {
            auto const piece = co_await server.read();
            got += piece;
        }
        co_await writing.wait();
        EXPECT_TRUE(got == sent);
        EXPECT_EQ(writing.size(), sent.size());

        got.clear();
        co_await server.change_keys();
        co_await server.write("with new keys");
        EXPECT_EQ(co_await play::read(client), "with new keys");
        EXPECT_EQ(co_await play::write(client, "likewise"), "ok");
        EXPECT_EQ(co_await server.read(), "likewise");
    };
    EXPECT_EQ(meet("localhost", trusting(), talk), error_code());
}

TEST_F(RealTls, CancelledOperationsLeaveItUsable) {
    std::string const flood(32 << 20, 'x');
    story const       talk = [&](runtime::stream& client, tls_server& server) -> awaitable<void> {
        std::string   room(64, ' ');
        play::pending reading;
        play::start_read(client, boost::asio::buffer(room), reading);
        client.cancel_read();
        co_await reading.wait();
        EXPECT_EQ(play::name_of(reading.why()), "operation_aborted");
        co_await server.write("later");
        EXPECT_EQ(co_await play::read(client), "later");

        play::pending writing;
        play::start_write(client, boost::asio::buffer(flood), writing);
        std::size_t got = 0;
        for (int i = 0; i < 4; ++i) {
            auto const piece = co_await server.read();
            got += piece.size();
        }
        client.cancel_write();
        co_await writing.wait();
        EXPECT_EQ(play::name_of(writing.why()), "operation_aborted");
        EXPECT_LT(writing.size(), flood.size());
        while (got < writing.size()) {
            auto const piece = co_await server.read();
            got += piece.size();
        }
        EXPECT_EQ(co_await play::write(client, "end"), "ok");
        EXPECT_EQ(co_await server.read(), "end");
    };
    EXPECT_EQ(meet("localhost", trusting(), talk), error_code());
}

}  // namespace
