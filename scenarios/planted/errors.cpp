// What becomes of trouble: swallowed, told twice, told too much, tried again.

#include <boost/system/system_error.hpp>

#include "scenarios/planted/relaying.hpp"

namespace scenario::planting {

namespace {

constexpr char done[] = "data: [DONE]\n\n";

class swallows final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_error(b)) {
            last_ = b;
            return say(b.raw);
        }
        say(bare_chunk(last_, json::object(), "stop"));
        say(done);
    }
    sse_block last_;
};

class says_done final : public message_editor {
    void event(sse_block const& b) override {
        say(b.raw);
        if (is_error(b)) say(done);
    }
};

class says_twice final : public message_editor {
    void event(sse_block const& b) override {
        say(b.raw);
        if (is_error(b)) say(b.raw);
    }
};

class says_more final : public message_editor {
public:
    explicit says_more(char const* more) : more_(more) {}

    void event(sse_block const& b) override {
        if (!is_error(b)) return say(b.raw);
        auto said = b.json;
        said["error"]["message"] = said["error"]["message"].get<std::string>() + more_;
        say(as_event(said));
    }

private:
    char const* more_;
};

// One shape for all endpoints: OpenAI's.
class flattens final : public message_editor {
    void whole(std::string& head, std::string& body) override {
        auto said = json::parse(body, nullptr, false);
        if (!head.starts_with("HTTP/1.1 ") || !said.is_object()) return;
        if (said.erase("type") > 0 && said.contains("error")) body = said.dump();
    }
};

bool is_refusal(std::string const& head) {
    return head.starts_with("HTTP/1.1 4") || head.starts_with("HTTP/1.1 5");
}

class always_well final : public message_editor {
    void whole(std::string& head, std::string&) override {
        if (is_refusal(head)) head.replace(9, 3, "200");
    }
};

class refuses_by_event final : public message_editor {
    void whole(std::string& head, std::string& body) override {
        std::string_view const type = "application/json";
        if (!is_refusal(head)) return;
        head.replace(9, 3, "200");
        if (auto const at = head.find(type); at != head.npos)
            head.replace(at, type.size(), "text/event-stream");
        body = wire::to_sse(body);
    }
};

// Asks again when an answer breaks off, whatever of it has been passed on.
class retries final : public relaying_seam {
public:
    explicit retries(seam_ground g) : relaying_seam(std::move(g), peer::provider) {}

protected:
    runtime::awaitable<void> inwards(connection& c) override {
        auto const before = co_await copy(c, false);
        if (before.find("[DONE]") != before.npos || before.find("message_stop") != before.npos)
            co_return;
        c.outside = co_await outside().network.connect(c.to);
        co_await c.outside->write(c.said);
        co_await copy(c, true);
    }

private:
    // Until the answer's end, in good order or not; without the head of a second one.
    static runtime::awaitable<std::string> copy(connection& c, bool without_head) {
        std::string all;
        std::string piece(16 * 1024, '\0');
        std::size_t told = 0;
        try {
            for (;;) {
                auto const n = co_await c.outside->read(runtime::asio::buffer(piece));
                if (n == 0) break;
                all.append(piece, 0, n);
                if (without_head && told == 0) {
                    auto const end = all.find("\r\n\r\n");
                    if (end == all.npos) continue;
                    told = end + 4;
                }
                if (all.ends_with(wire::last_chunk) && !without_head &&
                    all.find("[DONE]") == all.npos)
                    break;
                co_await c.inside->write(std::string_view(all).substr(told));
                told = all.size();
            }
        } catch (boost::system::system_error const& e) {
            if (e.code() != boost::asio::error::connection_reset) throw;
        }
        co_return all;
    }
};

// One broken answer, and nobody is connected any more.
class never_recovers final : public seam {
public:
    using seam::seam;

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const&,
                                            std::unique_ptr<runtime::stream> s) override {
        if (whose == peer::client) return s;
        if (broken_) s->reset();
        runtime::link_faults laid;
        laid.incoming.push_back(hop<editor>(broken_));
        return runtime::linked(std::move(s), outside(), std::move(laid));
    }

private:
    class editor final : public message_editor {
    public:
        explicit editor(bool& broken) : broken_(broken) {}
        void head(std::string&) override { open_ = true; }
        void end_of_events() override {
            open_ = false;
            message_editor::end_of_events();
        }
        void parting(runtime::parcel p) override {
            broken_ = broken_ || open_;
            message_editor::parting(std::move(p));
        }

    private:
        bool& broken_;
        bool  open_ = false;
    };

    bool broken_ = false;
};

}  // namespace

std::vector<planted_fault> errors();

std::vector<planted_fault> errors() {
    char const* const              grammar = "chat-grammar";
    std::vector<std::string> const cut{"ending/stream_cut"};
    std::vector<std::string> const cuts{"ending/stream_cut", "ending/provider_resets"};
    std::vector<std::string> const told{"security/error_tells_no_secret"};
    return {
        {"swallows-errors", "an answer that broke off ends as a good one", "BerriAI/litellm#40578",
         "text", cuts, edits<swallows>(way::to_client)},
        {"done-after-error", "[DONE] follows an error", "rule of chat-grammar", grammar, cuts,
         edits<says_done>(way::to_client)},
        {"error-twice", "the error is told twice", "rule of chat-grammar", grammar, cuts,
         edits<says_twice>(way::to_client)},
        {"error-as-success",
         "an error comes with status 200",
         "BerriAI/litellm#18698",
         grammar,
         {"ending/rate_limited"},
         edits<always_well>(way::to_client)},
        {"early-error-as-stream",
         "an error before the first word comes as a stream with status 200",
         "BerriAI/litellm#18757",
         "expect",
         {"ending/rate_limited"},
         edits<refuses_by_event>(way::to_client)},
        {"tells-a-stack-trace", "an error tells how the gateway is made inside",
         "BerriAI/litellm#20850", "expect", told,
         edits<says_more>(way::to_client, "\nTraceback (most recent call last):")},
        {"tells-a-key", "an error tells the provider's key", "BerriAI/litellm#20850", "expect",
         told, edits<says_more>(way::to_client, " (Authorization: Bearer sk-of-openai)")},
        {"retries-after-output", "asks again when an answer breaks off that is half told",
         "BerriAI/litellm#32835", "side-effects", cut, laid<retries>()},
        {"never-recovers",
         "after one broken answer nobody is connected any more",
         "BerriAI/litellm#22926",
         "recovery",
         {"ending/provider_resets"},
         laid<never_recovers>()},
        {"errors-of-another-endpoint",
         "the errors of Messages have the shape of chat completions",
         "rule of error-shape",
         "error-shape",
         {"ending/status_at_every_endpoint"},
         edits<flattens>(way::to_client)},
    };
}

}  // namespace scenario::planting
