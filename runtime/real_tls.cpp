#include "runtime/real_tls.hpp"

#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/real_tls_stream.hpp"

namespace runtime {

namespace {

constexpr std::size_t hear_max = 8 * 1024;

class certificate_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "certificate"; }
    std::string message(int result) const override {
        return std::string("the certificate is not accepted: ") +
               ::X509_verify_cert_error_string(result);
    }
};

// Which name the certificate must bear, and what the server is told about it.
void expect_host(SSL* engine, std::string const& host) {
    error_code not_numeric;
    asio::ip::make_address(host, not_numeric);
    ::SSL_set_verify(engine, SSL_VERIFY_PEER, nullptr);
    if (!not_numeric) {
        ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(engine), host.c_str());
        return;
    }
    ::SSL_set_hostflags(engine, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // A name that OpenSSL does not take must not leave the check switched off.
    if (host.empty() || ::SSL_set1_host(engine, host.c_str()) != 1 ||
        ::SSL_set_tlsext_host_name(engine, host.c_str()) != 1)
        throw boost::system::system_error(asio::error::invalid_argument,
                                          "'" + host + "' cannot be a name for TLS");
}

}  // namespace

error_code verify_error(long result) {
    static certificate_category const category;
    return {static_cast<int>(result), category};
}

tls_client::tls_client(tls_options const& options) : context_(asio::ssl::context::tls_client) {
    ::SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
    ::SSL_CTX_set_options(context_.native_handle(), SSL_OP_NO_RENEGOTIATION);
    ::SSL_CTX_set_mode(context_.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    context_.set_default_verify_paths();
    if (!options.authority_file.empty()) context_.load_verify_file(options.authority_file);
}

awaitable<std::unique_ptr<stream>> tls_client::handshake(std::unique_ptr<stream> wire,
                                                         std::string             host) {
    record_layer records(context_.native_handle());
    auto* const  engine = records.engine.get();
    expect_host(engine, host);
    ::SSL_set_connect_state(engine);

    std::array<char, hear_max> heard;
    for (;;) {
        ::ERR_clear_error();
        int const  result = ::SSL_do_handshake(engine);
        int const  state = ::SSL_get_error(engine, result);
        error_code why;
        if (state != SSL_ERROR_NONE && state != SSL_ERROR_WANT_READ) why = last_ssl_error();
        auto const said = records.to_send();
        if (why) {
            send_at_once(*wire, said);  // the alert
            auto const verified = ::SSL_get_verify_result(engine);
            if (verified != X509_V_OK) why = verify_error(verified);
            throw boost::system::system_error(why, "TLS with " + host);
        }
        co_await wire->write(said);
        if (state == SSL_ERROR_NONE) break;
        auto const n = co_await wire->read(asio::buffer(heard));
        if (n == 0)
            throw boost::system::system_error(asio::ssl::error::stream_truncated,
                                              "TLS with " + host);
        records.received(heard.data(), n);
    }
    co_return tls_over(std::move(wire), std::move(records));
}

}  // namespace runtime
