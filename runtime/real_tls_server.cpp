#include "runtime/real_tls_server.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "runtime/real_tls_stream.hpp"

namespace runtime {

namespace {

// What OpenSSL would give a terminal for: a password is not asked for.
int no_password(char*, int, int, void*) { return -1; }

struct file_closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
};
using file_pointer = std::unique_ptr<std::FILE, file_closer>;

[[noreturn]] void fail(bool of_key, std::string what, std::string hint = {}) {
    ::ERR_clear_error();
    throw tls_files_problem{of_key, std::move(what), std::move(hint)};
}

file_pointer open_file(std::string const& path, bool of_key) {
    file_pointer file(std::fopen(path.c_str(), "re"));
    if (!file) fail(of_key, "'" + path + "' cannot be read: " + std::strerror(errno));
    return file;
}

void use_certificates(SSL_CTX* context, std::string const& path) {
    open_file(path, false);
    if (::SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return;
    auto const why = ::ERR_peek_last_error();
    if (ERR_GET_REASON(why) == SSL_R_EE_KEY_TOO_SMALL ||
        ERR_GET_REASON(why) == SSL_R_CA_MD_TOO_WEAK)
        fail(false, "the certificate in '" + path + "' is too weak to be used");
    fail(false, "'" + path + "' holds no certificate", "PEM: -----BEGIN CERTIFICATE-----");
}

void use_key(SSL_CTX* context, tls_files const& files) {
    struct key_freed {
        void operator()(EVP_PKEY* k) const { ::EVP_PKEY_free(k); }
    };
    auto const                                 file = open_file(files.key, true);
    std::unique_ptr<EVP_PKEY, key_freed> const key(
        ::PEM_read_PrivateKey(file.get(), nullptr, no_password, nullptr));
    if (!key) {
        auto const why = ::ERR_peek_last_error();
        if (ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_BAD_PASSWORD_READ)
            fail(true, "the key in '" + files.key + "' has a password",
                 "write it without one, readable by the gateway alone");
        fail(true, "'" + files.key + "' holds no private key", "PEM: -----BEGIN PRIVATE KEY-----");
    }
    if (::X509_check_private_key(::SSL_CTX_get0_certificate(context), key.get()) != 1)
        fail(true, "the key in '" + files.key + "' is not that of the certificate in '" +
                       files.certificate + "'");
    if (::SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        fail(true, "the key in '" + files.key + "' cannot be used");
}

// HTTP/1.1 is what we speak; who offers protocols and not that one is told so.
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size,
                    unsigned char const* offered, unsigned int offered_size, void*) {
    constexpr std::string_view ours = "http/1.1";
    for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
        std::string_view const one(reinterpret_cast<char const*>(offered) + at + 1, offered[at]);
        if (one != ours) continue;
        *chosen = offered + at + 1;
        *size = offered[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

tls_identity::tls_identity(tls_files const& files)
    : context_(::SSL_CTX_new(::TLS_server_method())) {
    auto* const context = context_.get();
    if (!context) throw std::bad_alloc();
    ::ERR_clear_error();
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // Of TLS 1.2 what Mozilla calls intermediate; 1.3 has nothing else.
    ::SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    use_certificates(context, files.certificate);
    use_key(context, files);
}

std::unique_ptr<stream> tls_identity::accept(std::unique_ptr<stream> wire) const {
    record_layer records(context_.get());
    ::SSL_set_accept_state(records.engine.get());
    return tls_over(std::move(wire), std::move(records));
}

}  // namespace runtime
