#include "scenarios/gateway_settings.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace scenario {

namespace {

std::optional<std::string> from_environment(std::string const& name) {
    auto const* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
}

std::string content(std::string const& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file + ": cannot be read");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

gateway_settings read_settings(std::string const& file, std::string const& listen) {
    gateway_settings read;
    auto const usable = [&](proxy::tls_settings const& files) -> std::optional<proxy::tls_problem> {
        try {
            read.identity = std::make_shared<runtime::tls_identity>(
                runtime::tls_files{files.certificate, files.key});
        } catch (runtime::tls_files_problem const& e) {
            return proxy::tls_problem{e.of_key, e.what, e.hint};
        }
        return std::nullopt;
    };
    auto const text = content(file);
    read.config = proxy::read_config(text, file, from_environment, read.warnings, usable);
    if (listen.empty()) return read;
    try {
        bool const tls = read.config.listen.tls;
        read.config.listen = proxy::parse_listen_address(listen);
        read.config.listen.tls = tls;
    } catch (proxy::bad_url const& e) {
        throw std::runtime_error("--listen: " + e.problem);
    }
    // As for the file's own address: whoever can reach the gateway can spend its keys.
    auto const& c = read.config;
    if (!proxy::is_loopback(c.listen.host) && !c.master_key && c.keys.empty())
        throw std::runtime_error(
            "--listen: other machines can reach this address, and there is no key\n"
            "  set general_settings.master_key in " +
            file);
    return read;
}

}  // namespace scenario
