#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "runtime/stream.hpp"

// A server of TLS for tests, with certificates that it makes itself.
namespace play {

using boost::asio::awaitable;

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* t) const {
        Free(t);
    }
};
using key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate = std::unique_ptr<X509, freed_by<X509_free>>;

inline key new_key() { return key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

inline void extend(X509* c, X509* issuer, int nid, char const* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, c, nullptr, nullptr, 0);
    auto* const e = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(c, e, -1);
    X509_EXTENSION_free(e);
}

// `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1"; none for an authority.
inline certificate new_certificate(EVP_PKEY* subject, std::string const& names, EVP_PKEY* signer,
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

// Whom a client is told to trust, and the servers that it vouches for.
class authority {
public:
    authority() {
        int const   fd = ::mkstemp(file_.data());
        auto* const f = ::fdopen(fd, "w");
        PEM_write_X509(f, certificate_.get());
        std::fclose(f);
    }
    ~authority() { ::unlink(file_.c_str()); }
    authority(authority const&) = delete;
    authority& operator=(authority const&) = delete;

    std::string const& file() const { return file_; }

    // For a server of these names.
    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> server(std::string const& names) const {
        auto const its_key = new_key();
        auto const c = new_certificate(its_key.get(), names, key_.get(), certificate_.get());
        std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context.get(), c.get());
        SSL_CTX_use_PrivateKey(context.get(), its_key.get());
        return context;
    }

private:
    key         key_ = new_key();
    certificate certificate_ = new_certificate(key_.get(), "", key_.get(), nullptr);
    std::string file_ = testing::TempDir() + "authority.XXXXXX";
};

}  // namespace play
