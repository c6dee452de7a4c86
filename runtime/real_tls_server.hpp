#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "runtime/stream.hpp"

namespace runtime {

// Who we are to those who connect to us over TLS.
struct tls_files {
    std::string certificate;  // PEM: our own, then those between it and an authority
    std::string key;          // PEM, without a password
    bool        operator==(tls_files const&) const = default;
};

// Why two files cannot be used, for people.
struct tls_files_problem {
    bool        of_key = false;  // else of the certificate
    std::string what;
    std::string hint;
};

// The server's side of TLS: 1.2 and 1.3, forward secrecy only, HTTP/1.1 by ALPN. Never changed once
// it is made, so several loops may share one, and a session may be taken up again at any of them.
class tls_identity {
public:
    // Throws tls_files_problem.
    explicit tls_identity(tls_files const&);

    // The handshake is a matter of the first read or write, and within that one's limit.
    std::unique_ptr<stream> accept(std::unique_ptr<stream> wire) const;

private:
    struct freed {
        void operator()(SSL_CTX* c) const { ::SSL_CTX_free(c); }
    };
    std::unique_ptr<SSL_CTX, freed> context_;
};

}  // namespace runtime
