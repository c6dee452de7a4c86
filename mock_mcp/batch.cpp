// Several messages in one POST (2025-03-26, basic/transports).

#include <boost/system/system_error.hpp>

#include "mock_mcp/http_reply.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "wire/json_batch.hpp"

namespace mock_mcp {

// One request of several: their answers come on one stream, or are one array.
class mock_mcp::batch_reply final : public reply {
public:
    batch_reply(http_reply& all, bool as_array) : all_(all), as_array_(as_array) { who = all.who; }

    runtime::awaitable<void> message(std::string text) override {
        if (!as_array_) co_await all_.message(std::move(text));
    }
    runtime::awaitable<void> answer(std::string text) override {
        if (!as_array_) co_return co_await all_.message(std::move(text));
        array_ += (array_.empty() ? "[" : ",") + text;
    }
    runtime::awaitable<void> raw(std::string bytes) override {
        co_await all_.raw(std::move(bytes));
    }
    runtime::awaitable<void> status(int code, std::string body) override {
        co_await all_.status(code, std::move(body));
    }
    runtime::awaitable<void> end() override { co_return; }
    void                     field(std::string const& name, std::string const& value) override {
        all_.field(name, value);
    }
    runtime::awaitable<void> hang_up(runtime::duration pause) override {
        co_await all_.hang_up(pause);
    }
    void close() override { all_.close(); }
    void reset() override { all_.reset(); }

    runtime::awaitable<void> finish() {
        if (array_.empty()) co_return co_await all_.end();
        auto body = array_ + ']';
        co_await all_.whole(200, "application/json", std::move(body));
    }

private:
    http_reply& all_;
    bool        as_array_;
    std::string array_;
};

runtime::awaitable<bool> mock_mcp::serve_batch(runtime::stream& stream, std::string const& body,
                                               std::shared_ptr<visitor> who) {
    std::vector<wire::rpc_request> requests;
    std::string                    problem;
    try {
        for (auto const& text : wire::messages_of_batch(body)) {
            auto message = wire::parse_rpc(text);
            if (auto* request = std::get_if<wire::rpc_request>(&message))
                requests.push_back(std::move(*request));
            else
                hear(message, who.get());
        }
    } catch (boost::system::system_error const& e) {
        problem = e.what();
    }
    if (!problem.empty() || requests.empty()) {
        co_await refuse(stream, problem.empty() ? 202 : 400, std::move(problem));
        co_return true;
    }
    http_reply to(*this, stream, {});
    to.who = std::move(who);
    batch_reply each(to, script_.json_answers);
    for (auto& request : requests) co_await handle(std::move(request), each);
    if (to.usable()) co_await each.finish();
    co_return to.usable();
}

}  // namespace mock_mcp
