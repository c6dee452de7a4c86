#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <new>
#include <string>

#include "runtime/stream.hpp"

// Both sides of TLS over any stream: OpenSSL between two buffers in memory.
namespace runtime {

error_code last_ssl_error();

struct ssl_deleter {
    void operator()(SSL* s) const { ::SSL_free(s); }
};
using ssl_pointer = std::unique_ptr<SSL, ssl_deleter>;

// The records between the engine and the wire. OpenSSL owns both ends through `engine`.
struct record_layer {
    ssl_pointer engine;
    BIO*        from_wire = nullptr;
    BIO*        to_wire = nullptr;

    explicit record_layer(SSL_CTX* context) : engine(::SSL_new(context)) {
        from_wire = ::BIO_new(::BIO_s_mem());
        to_wire = ::BIO_new(::BIO_s_mem());
        if (!engine || !from_wire || !to_wire) throw std::bad_alloc();
        ::SSL_set_bio(engine.get(), from_wire, to_wire);
    }

    void received(char const* bytes, std::size_t n) {
        std::size_t taken = 0;
        ::BIO_write_ex(from_wire, bytes, n, &taken);
    }

    std::string to_send() {
        std::string bytes(::BIO_ctrl_pending(to_wire), '\0');
        std::size_t n = 0;
        if (!bytes.empty()) ::BIO_read_ex(to_wire, bytes.data(), bytes.size(), &n);
        bytes.resize(n);
        return bytes;
    }
};

// An alert or close_notify, as far as the wire takes it without waiting.
void send_at_once(stream& wire, std::string bytes);

// The stream of a connection whose engine knows its side: connected already, or to be accepted by
// the first read or write.
//
// A connection that ends without close_notify was cut, by a network or by somebody who wants an
// answer to look finished: its reader gets asio::ssl::error::stream_truncated, never end-of-file.
std::unique_ptr<stream> tls_over(std::unique_ptr<stream> wire, record_layer);

}  // namespace runtime
