// A server over HTTP whose transport nobody has told: streamable HTTP, and HTTP+SSE if that is what
// a refusal of the first hello means (2025-11-25 basic/transports, Backwards Compatibility).

#include "runtime/transports/either_http.hpp"

#include <boost/system/system_error.hpp>

#include "runtime/transports/streamable_http.hpp"
#include "wire/json_slices.hpp"

namespace runtime {

namespace {

// Which refusals say so, in the words of the specification.
bool is_of_older(error_code why, mcp_channel const& by) {
    auto const status = by.refused_with();
    return why == error::not_accepted && (status == 400 || status == 404 || status == 405);
}

class either_http_channel final : public mcp_channel {
public:
    either_http_channel(world w, mcp_endpoint const& e, mcp_channel_limits limits)
        : world_(w), endpoint_(e), limits_(limits), newer_(w, e, limits) {}

    awaitable<wire::rpc_response> call(wire::rpc_request request, listener heard,
                                       http_fields also) override {
        bool const hello = request.method == "initialize";
        auto const ask = [request = std::move(request), heard = std::move(heard),
                          also = std::move(also)](mcp_channel& to) {
            return to.call(request, heard, also);
        };
        return hello ? first<wire::rpc_response>(ask) : ask(*spoken_);
    }

    awaitable<std::string> relay(std::string request, wire::rpc_id id, hearer heard,
                                 http_fields also) override {
        bool const hello = wire::slice(request, "method") == R"("initialize")";
        auto const ask = [request = std::move(request), id = std::move(id),
                          heard = std::move(heard), also = std::move(also)](mcp_channel& to) {
            return to.relay(request, id, heard, also);
        };
        return hello ? first<std::string>(ask) : ask(*spoken_);
    }

    awaitable<void> notify(wire::rpc_notification note) override {
        return spoken_->notify(std::move(note));
    }
    awaitable<void> say(std::string text) override { return spoken_->say(std::move(text)); }
    awaitable<void> listen(hearer heard, std::function<void()> opened) override {
        return spoken_->listen(std::move(heard), std::move(opened));
    }
    awaitable<void> end() override {
        co_await newer_.end();
        if (older_) co_await older_->end();
    }

    void        agreed(std::string const& revision) override { spoken_->agreed(revision); }
    bool        alive() const override { return spoken_->alive(); }
    bool        is_shared() const override { return spoken_->is_shared(); }
    time_point  gone_at() const override { return spoken_->gone_at(); }
    std::string last_words() const override { return spoken_->last_words(); }
    unsigned    refused_with() const override { return spoken_->refused_with(); }

private:
    // The answer to the hello. Where neither takes it, the newer one's refusal is told.
    template <class Answer>
    awaitable<Answer> first(std::function<awaitable<Answer>(mcp_channel&)> ask) {
        error_code why;
        auto       asking = ask(*spoken_);
        try {
            co_return co_await std::move(asking);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        if (spoken_ != &newer_ || !is_of_older(why, newer_)) throw boost::system::system_error(why);
        older_ = find_mcp_transport("sse")->open(world_, endpoint_, limits_);
        auto                  asking_again = ask(*older_);
        std::optional<Answer> answer;
        try {
            answer = co_await std::move(asking_again);
        } catch (boost::system::system_error const& e) {
            if (e.code() == asio::error::operation_aborted) why = e.code();
        }
        if (!answer) throw boost::system::system_error(why);
        spoken_ = older_.get();
        co_return std::move(*answer);
    }

    world                        world_;
    mcp_endpoint                 endpoint_;
    mcp_channel_limits           limits_;
    streamable_http_channel      newer_;
    std::unique_ptr<mcp_channel> older_;
    mcp_channel*                 spoken_ = &newer_;
};

}  // namespace

std::unique_ptr<mcp_channel> open_either_http(world w, mcp_endpoint const& e,
                                              mcp_channel_limits limits) {
    return std::make_unique<either_http_channel>(w, e, limits);
}

}  // namespace runtime
