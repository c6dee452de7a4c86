#include <openssl/pem.h>

#include "tests/proxy/operation_play.hpp"
#include "tests/runtime/tls_server.hpp"

// TLS towards clients.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using play::freed_by;

play::authority const& first_authority() {
    static play::authority const one;
    return one;
}

// A certificate and its key as files.
void write_pem(std::string const& to, X509* certificate, EVP_PKEY* key) {
    auto* const c = std::fopen((to + ".certificate").c_str(), "w");
    PEM_write_X509(c, certificate);
    std::fclose(c);
    auto* const k = std::fopen((to + ".key").c_str(), "w");
    PEM_write_PrivateKey(k, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(k);
}

class OperationTls : public play::operated_gateway {
protected:
    OperationTls() : operated_gateway({first_authority().file(), true}) {}

    // For our host, by whom the test's clients trust or by somebody else.
    static void certify(play::authority const& by) {
        auto const context = by.server("DNS:localhost");
        write_pem(file(), SSL_CTX_get0_certificate(context.get()),
                  SSL_CTX_get0_privatekey(context.get()));
    }
    static std::string listening() {
        return "lockstep_settings:\n  listen: 127.0.0.1:0\n  tls_certificate: " + file() +
               ".certificate\n  tls_key: " + file() + ".key\n";
    }
    // What `--check` says to the file.
    std::string checked(std::string const& settings) {
        write(settings);
        std::string said;
        auto        story = [&]() -> awaitable<void> {
            auto const check = world.world().network.spawn(
                {{LOCKSTEP_PROGRAM, "proxy", "--check", "--config", file() + ".yaml"}, {}});
            auto const status = co_await check->exited();
            said = std::to_string(status) + ' ' + check->last_words();
        };
        play::to_the_end(world, story());
        return said;
    }
};

TEST_F(OperationTls, AStreamComesOverIt) {
    certify(first_authority());
    auto const fast = model("fast", {says({{"one ", 0ms}, {"two", 10ms}})});
    start("model_list:\n" + fast + listening());
    auto story = [&]() -> awaitable<void> {
        auto const client = co_await connect(true);
        auto const answer = co_await ask(*client, chat("fast"));
        EXPECT_EQ(answer.head.status, 200u);
        EXPECT_NE(answer.body.find("two"), std::string::npos);
        auto const again = co_await ask(*client, request("GET /v1/models"));
        EXPECT_EQ(again.head.status, 200u);
    };
    play::to_the_end(world, story());
}

TEST_F(OperationTls, WhoDoesNotSpeakItHurtsNobody) {
    certify(first_authority());
    start("model_list: []\n" + listening(), {"--faster", "50"});
    auto story = [&]() -> awaitable<void> {
        auto const plain = co_await connect(false);
        co_await plain->stream->write("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
        auto const heard = co_await play::read(*plain->stream);
        EXPECT_EQ(heard.find("HTTP/"), std::string::npos) << heard;
        // The limit of ten seconds is for the handshake and the first head together.
        auto const silent = co_await connect(false);
        EXPECT_EQ(co_await play::read(*silent->stream), "eof");
        auto const client = co_await connect(true);
        EXPECT_EQ((co_await ask(*client, request("GET /v1/models"))).head.status, 200u);
    };
    play::to_the_end(world, story());
}

TEST_F(OperationTls, OneTooManyIsToldOverIt) {
    certify(first_authority());
    start("model_list: []\n" + listening() + "  connections_max: 1\n");
    auto story = [&]() -> awaitable<void> {
        auto const first = co_await connect(true);
        EXPECT_EQ((co_await ask(*first, request("GET /v1/models"))).head.status, 200u);
        auto const second = co_await connect(true);
        auto const answer = co_await hear(*second);
        EXPECT_EQ(answer.head.status, 503u);
        EXPECT_EQ(answer.json()["error"]["code"], "too_many_connections");
    };
    play::to_the_end(world, story());
}

TEST_F(OperationTls, ANewCertificateIsShownToNewConnections) {
    play::authority const others_one;
    certify(others_one);
    auto const slow = model("slow", {says({{"one ", 0ms}, {"two", 10ms}})});
    start("model_list:\n" + slow + listening());
    auto story = [&]() -> awaitable<void> {
        std::string why;
        try {
            co_await connect(true);
        } catch (boost::system::system_error const& e) {
            why = e.code().message();
        }
        EXPECT_NE(why.find("the certificate is not accepted"), std::string::npos) << why;
        certify(first_authority());
        signal(SIGHUP);
        co_await until("reloaded ");
        auto const client = co_await connect(true);
        // The old certificate's end is nothing to who is connected by now.
        certify(others_one);
        signal(SIGHUP);
        co_await until("reloaded ");
        EXPECT_TRUE((co_await ask(*client, chat("slow"))).body.ends_with("data: [DONE]\n\n"));
    };
    play::to_the_end(world, story());
}

TEST_F(OperationTls, AFileThatIsNoCertificateIsAnErrorWithItsPlace) {
    certify(first_authority());
    auto const there = file() + ".yaml:3:20: ";
    auto const key_there = file() + ".yaml:4:12: ";
    EXPECT_TRUE(checked(listening()).starts_with("0 ")) << checked(listening());

    std::rename((file() + ".certificate").c_str(), (file() + ".kept").c_str());
    auto said = checked(listening());
    EXPECT_TRUE(said.starts_with("2 " + there)) << said;
    EXPECT_NE(said.find("cannot be read: No such file"), std::string::npos) << said;

    std::ofstream(file() + ".certificate") << "no certificate\n";
    said = checked(listening());
    EXPECT_TRUE(said.starts_with("2 " + there)) << said;
    EXPECT_NE(said.find("holds no certificate"), std::string::npos) << said;

    std::rename((file() + ".kept").c_str(), (file() + ".certificate").c_str());
    std::ofstream(file() + ".key") << "no key\n";
    said = checked(listening());
    EXPECT_TRUE(said.starts_with("2 " + key_there)) << said;
    EXPECT_NE(said.find("holds no private key"), std::string::npos) << said;

    auto const  other = play::new_key();
    auto* const f = std::fopen((file() + ".key").c_str(), "w");
    PEM_write_PrivateKey(f, other.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(f);
    said = checked(listening());
    EXPECT_TRUE(said.starts_with("2 " + key_there)) << said;
    EXPECT_NE(said.find("is not that of the certificate"), std::string::npos) << said;

    auto* const   locked = std::fopen((file() + ".key").c_str(), "w");
    unsigned char password[] = "secret";
    PEM_write_PrivateKey(locked, other.get(), EVP_aes_128_cbc(), password, 6, nullptr, nullptr);
    std::fclose(locked);
    said = checked(listening());
    EXPECT_NE(said.find("has a password"), std::string::npos) << said;
}

}  // namespace
