#include "scenarios/mcp_tap.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/string.hpp>

#include "scenarios/mcp_watch.hpp"
#include "scenarios/seam.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;
namespace asio = boost::asio;

bool is_secret(std::string const& name) {
    for (char const* secret : {"authorization", "cookie", "set-cookie", "x-api-key", "api-key",
                               "proxy-authorization", "x-litellm-api-key"})
        if (boost::beast::iequals(name, secret)) return true;
    return false;
}

// Long words of a long message are of no interest to any rule; their size is.
void shorten(json& value) {
    constexpr std::size_t word_max = 200;
    if (value.is_string()) {
        auto const& text = value.get_ref<std::string const&>();
        if (text.size() > word_max) value = "a text of " + std::to_string(text.size()) + " bytes";
    }
    if (value.is_structured())
        for (auto& inner : value) shorten(inner);
}

// Hands on what is read, and lets the watch see it first.
struct told_handler {
    using executor_type = runtime::io_handler::executor_type;
    using cancellation_slot_type = runtime::io_handler::cancellation_slot_type;

    runtime::io_handler        done;
    std::shared_ptr<mcp_watch> watch;
    asio::mutable_buffer       into;

    executor_type          get_executor() const noexcept { return done.get_executor(); }
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return done.get_cancellation_slot();
    }
    void operator()(boost::system::error_code ec, std::size_t n) {
        if (n > 0) watch->heard({static_cast<char const*>(into.data()), n});
        if (ec && ec != asio::error::operation_aborted) watch->peer_left(ec == asio::error::eof);
        done(ec, n);
    }
};

class tapped_stream final : public forwarding_stream {
public:
    tapped_stream(std::unique_ptr<runtime::stream> inner, std::shared_ptr<mcp_watch> w)
        : forwarding_stream(std::move(inner)), watch_(std::move(w)) {}
    ~tapped_stream() override { watch_->we_left(); }

    void start_read(asio::mutable_buffer into, runtime::io_handler done) override {
        told_handler handler{std::move(done), watch_, into};
        inner_->start_read(into, runtime::io_handler(std::move(handler), executor()));
    }
    void start_write(std::span<asio::const_buffer const> from, runtime::io_handler done) override {
        for (auto const& b : from) watch_->said({static_cast<char const*>(b.data()), b.size()});
        inner_->start_write(from, std::move(done));
    }
    void end() override {
        watch_->we_ended();
        inner_->end();
    }
    void close() override {
        watch_->we_left();
        inner_->close();
    }
    void reset() override {
        watch_->we_left();
        inner_->reset();
    }

private:
    std::shared_ptr<mcp_watch> watch_;
};

class tapped_listener final : public runtime::listener {
public:
    tapped_listener(std::unique_ptr<runtime::listener> inner, mcp_tap& t, std::string s, bool http)
        : inner_(std::move(inner)), tap_(t), server_(std::move(s)), http_(http) {}

    runtime::awaitable<std::unique_ptr<runtime::stream>> accept() override {
        auto stream = co_await inner_->accept();
        co_return tap_.at_server(server_, http_, std::move(stream));
    }
    runtime::address local() const override { return inner_->local(); }
    void             close() override { inner_->close(); }

private:
    std::unique_ptr<runtime::listener> inner_;
    mcp_tap&                           tap_;
    std::string                        server_;
    bool                               http_;
};

}  // namespace

std::unique_ptr<runtime::stream> mcp_tap::at_client(std::string                      client,
                                                    std::unique_ptr<runtime::stream> s) {
    auto watch = watch_http(*this, std::move(client), "proxy", true);
    return std::make_unique<tapped_stream>(std::move(s), std::move(watch));
}

std::unique_ptr<runtime::stream> mcp_tap::at_server(std::string server, bool http,
                                                    std::unique_ptr<runtime::stream> s) {
    auto watch = http ? watch_http(*this, "proxy", std::move(server), false)
                      : watch_lines(*this, "proxy", std::move(server));
    return std::make_unique<tapped_stream>(std::move(s), std::move(watch));
}

std::unique_ptr<runtime::listener> mcp_tap::at_server(std::string server, bool http,
                                                      std::unique_ptr<runtime::listener> l) {
    return std::make_unique<tapped_listener>(std::move(l), *this, std::move(server), http);
}

runtime::awaitable<std::unique_ptr<runtime::stream>> tapped_network::connect(runtime::address to) {
    auto stream = co_await inner_.connect(std::move(to));
    co_return tap_.at_client(client_, std::move(stream));
}

void mcp_tap::tell(std::uint64_t exchange, std::string const& from, std::string const& to,
                   std::string verb, std::string words, json detail) {
    runtime::event e;
    e.at = clock_.now();
    e.from = from;
    e.to = to;
    e.verb = std::move(verb);
    e.words = std::move(words);
    e.exchange = exchange;
    e.detail = std::move(detail);
    trace_.add(std::move(e));
}

std::string mcp_tap::without_secrets(std::string text) const {
    for (auto const& [secret, name] : secrets_)
        for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + name.size()))
            text.replace(at, secret.size(), name);
    return text;
}

json mcp_tap::told(runtime::http_fields const& fields) {
    auto all = json::array();
    for (auto [name, value] : fields) {
        if (is_secret(name)) {
            auto const bare = boost::beast::iequals(value.substr(0, 7), "bearer ") ? 7u : 0u;
            auto const secret = value.substr(bare);
            auto const fresh = "secret-" + std::to_string(secrets_.size() + 1);
            if (!secret.empty())
                value = value.substr(0, bare) + secrets_.try_emplace(secret, fresh).first->second;
        }
        all.push_back({name, value});
    }
    return all;
}

// The text, and what it is where it is not all there, or no text.
json mcp_tap::told(std::string const& text) const {
    json detail;
    detail["text"] = text;
    if (!wire::is_utf8(text)) {
        detail["text"] = wire::dump(json(text));
        detail["utf8"] = false;
    }
    if (text.size() > text_max) {
        auto value = wire::read_json(text);
        detail["size"] = text.size();
        shorten(value);
        detail["text"] = value.is_structured() ? wire::dump(value) : text.substr(0, 200);
    }
    return detail;
}

}  // namespace scenario
