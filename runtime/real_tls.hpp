#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "runtime/real.hpp"
#include "runtime/stream.hpp"

namespace runtime {

// The client's side of TLS over any stream. The other side must show a certificate for the
// host's name from an authority we trust; nothing switches that off.
class tls_client {
public:
    explicit tls_client(tls_options const&);

    // Throws what verify_error() gives if the certificate does not please.
    awaitable<std::unique_ptr<stream>> handshake(std::unique_ptr<stream> wire, std::string host);

private:
    asio::ssl::context context_;
};

// OpenSSL's X509_V_ERR_... as an error code that says what is wrong with a certificate.
error_code verify_error(long result);

}  // namespace runtime
