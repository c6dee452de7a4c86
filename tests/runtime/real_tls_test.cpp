#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ssl/error.hpp>
#include <fstream>

#include "runtime/real.hpp"
#include "runtime/real_tls.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/real_play.hpp"

namespace {

using boost::asio::awaitable;
using runtime::error_code;

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* t) const {
        Free(t);
    }
};
using key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate = std::unique_ptr<X509, freed_by<X509_free>>;

key new_key() { return key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

void extend(X509* c, X509* issuer, int nid, char const* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, c, nullptr, nullptr, 0);
    auto* const e = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(c, e, -1);
    X509_EXTENSION_free(e);
}

// `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1"; none for an authority.
certificate new_certificate(EVP_PKEY* subject, std::string const& names, EVP_PKEY* signer,
                            X509* issuer) {
    certificate c(X509_new());
    X509_set_version(c.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c.get()), issuer ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(c.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c.get()), 3600);
    auto const* common = reinterpret_cast<unsigned char const*>(issuer ? "server" : "authority");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.get()), "CN", MBSTRING_ASC, common, -1, -1,
                               0);
    X509_set_issuer_name(c.get(), X509_get_subject_name(issuer ? issuer : c.get()));
    X509_set_pubkey(c.get(), subject);
    if (names.empty())
        extend(c.get(), c.get(), NID_basic_constraints, "critical,CA:TRUE");
    else
        extend(c.get(), issuer, NID_subject_alt_name, names.c_str());
    X509_sign(c.get(), signer, nullptr);
    return c;
}

// The server's side, written without the code that is tested: OpenSSL between two memory
// buffers, over a stream.
class tls_server {
public:
    tls_server(std::unique_ptr<runtime::stream> wire, SSL_CTX* context)
        : wire_(std::move(wire)), ssl_(SSL_new(context)) {
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(ssl_.get());
    }

    runtime::stream& wire() { return *wire_; }
    std::string      asked_name() {
        auto const* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
        return name ? name : "";
    }

    awaitable<bool> handshake() {
        for (;;) {
            int const result = SSL_do_handshake(ssl_.get());
            int const why = SSL_get_error(ssl_.get(), result);
            co_await flush();
            if (result == 1) co_return true;
            if (why != SSL_ERROR_WANT_READ) co_return false;
            bool const more = co_await hear();
            if (!more) co_return false;
        }
    }

    awaitable<void> write(std::string text) {
        for (std::size_t at = 0; at < text.size();) {
            std::size_t n = 0;
            SSL_write_ex(ssl_.get(), text.data() + at,
                         std::min<std::size_t>(16384, text.size() - at), &n);
            at += n;
            co_await flush();
        }
    }

    // "eof" after close_notify, "cut" without it.
    awaitable<std::string> read() {
        std::string text(16384, '\0');
        for (;;) {
            std::size_t n = 0;
            int const   result = SSL_read_ex(ssl_.get(), text.data(), text.size(), &n);
            if (result == 1) co_return text.substr(0, n);
            int const why = SSL_get_error(ssl_.get(), result);
            if (why == SSL_ERROR_ZERO_RETURN) co_return "eof";
            if (why != SSL_ERROR_WANT_READ) co_return "error";
            bool const more = co_await hear();
            if (!more) co_return "cut";
        }
    }

    awaitable<void> change_keys() {
        SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(ssl_.get());
        co_await flush();
    }

    awaitable<void> say_goodbye() {
        SSL_shutdown(ssl_.get());
        co_await flush();
    }

private:
    awaitable<void> flush() {
        std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
        if (bytes.empty()) co_return;
        BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
        co_await wire_->write(bytes);
    }
    awaitable<bool> hear() {
        std::string bytes(4096, '\0');
        std::size_t n = 0;
        try {
            n = co_await wire_->read(boost::asio::buffer(bytes));
        } catch (boost::system::system_error const&) {
        }
        BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(n));
        co_return n > 0;
    }

    std::unique_ptr<runtime::stream>         wire_;
    std::unique_ptr<SSL, freed_by<SSL_free>> ssl_;
};

class RealTls : public testing::Test {
protected:
    RealTls() {
        int const fd = ::mkstemp(file_.data());
        ::close(fd);
        auto* const f = std::fopen(file_.c_str(), "w");
        PEM_write_X509(f, authority_.get());
        std::fclose(f);
        serve("DNS:localhost");
    }
    ~RealTls() override { ::unlink(file_.c_str()); }

    void serve(std::string const& names) {
        auto const its_key = new_key();
        auto const c =
            new_certificate(its_key.get(), names, authority_key_.get(), authority_.get());
        context_.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context_.get(), c.get());
        SSL_CTX_use_PrivateKey(context_.get(), its_key.get());
    }

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

    runtime::tls_options trusting() const { return {file_, true}; }

    key         authority_key_ = new_key();
    certificate authority_ =
        new_certificate(authority_key_.get(), "", authority_key_.get(), nullptr);
    std::string file_ = testing::TempDir() + "authority.XXXXXX";
    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context_;
    std::string                                      name_;  // that the client asked for
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
