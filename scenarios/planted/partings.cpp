// What becomes of ends: a hang-up that is not heard, a close that is not made, a cancel that is
// not said, things that stay behind.

#include "scenarios/planted/forms.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

using namespace std::chrono_literals;

// What comes from the client passes; that it has gone does not, or late.
class deaf final : public seam {
public:
    deaf(seam_ground g, bool for_ever) : seam(std::move(g)), for_ever_(for_ever) {}

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        if (whose == peer::client)
            laid.incoming.push_back(std::make_unique<lost_parting>(for_ever_));
        return laid;
    }

private:
    class lost_parting final : public runtime::fault {
    public:
        explicit lost_parting(bool for_ever) : for_ever_(for_ever) {}
        std::vector<runtime::parcel> pass(runtime::parcel p) override {
            bool const parting = p.what != runtime::parcel::kind::data;
            if (parting && for_ever_) return {};
            if (parting) p.due += 5s;
            std::vector<runtime::parcel> passed;
            passed.push_back(std::move(p));
            return passed;
        }

    private:
        bool for_ever_;
    };

    bool for_ever_;
};

// Connections that the gateway has done with, and that nobody closes.
class keeps_open final : public seam {
public:
    keeps_open(seam_ground g, peer whose) : seam(std::move(g)), whose_(whose) {}

    std::unique_ptr<runtime::stream> joined(peer whose, runtime::address const&,
                                            std::unique_ptr<runtime::stream> s) override {
        if (whose != whose_) return s;
        return std::make_unique<kept>(std::move(s), lost_);
    }

private:
    using streams = std::vector<std::unique_ptr<runtime::stream>>;

    class kept final : public forwarding_stream {
    public:
        kept(std::unique_ptr<runtime::stream> s, streams& lost)
            : forwarding_stream(std::move(s)), lost_(lost) {}
        ~kept() override {
            kept::close();
            lost_.push_back(std::move(inner_));
        }
        void close() override {
            cancel_read();
            cancel_write();
        }

    private:
        streams& lost_;
    };

    peer    whose_;
    streams lost_;
};

class cancel_editor : public message_editor {
    void whole(std::string&, std::string& body) override {
        auto said = wire::read_json(body);
        if (!said.is_object() || said.value("method", "") != "notifications/cancelled") return;
        edit(said);
        body = said.dump();
    }
    virtual void edit(json& said) = 0;
};

class no_cancel final : public cancel_editor {
    void edit(json& said) override { said["method"] = "notifications/roots/list_changed"; }
};

class cancels_another final : public cancel_editor {
    void edit(json& said) override { said["params"]["requestId"] = 1; }
};

// Each connection sets an alarm, and nobody stops it.
class leaks_timers final : public seam {
public:
    using seam::seam;

    std::unique_ptr<runtime::stream> joined(peer, runtime::address const&,
                                            std::unique_ptr<runtime::stream> s) override {
        auto& clock = outside().clock;
        alarms_.push_back(std::make_unique<silent_alarm>(clock));
        alarms_.back()->set(clock.now() + 24h);
        return s;
    }

private:
    class silent_alarm final : public runtime::alarm {
    public:
        using alarm::alarm;

    private:
        void ring() override {}
    };

    std::vector<std::unique_ptr<silent_alarm>> alarms_;
};

}  // namespace

std::vector<planted_fault> partings();

std::vector<planted_fault> partings() {
    return {
        {"does-not-hear-the-hang-up",
         "a client that leaves is not noticed",
         "BerriAI/litellm#30244",
         "cancel",
         {"cancel/in_the_middle_of_text", "cancel/before_the_first_byte"},
         laid<deaf>(true)},
        {"hears-the-hang-up-late",
         "a client that leaves is noticed 5 s later",
         "BerriAI/litellm#31499",
         "cancel",
         {"cancel/in_the_middle_of_text", "cancel/before_a_tool_is_called"},
         laid<deaf>(false)},
        {"calls-a-tool-for-nobody",
         "a tool is called after the client has left",
         "open-webui/open-webui#23143",
         "side-effects",
         {"cancel/before_a_tool_is_called"},
         laid<deaf>(true)},
        {"keeps-the-provider",
         "the provider's connection stays open when the client has left",
         "BerriAI/litellm#30244",
         "cancel",
         {"cancel/in_the_middle_of_text", "cancel/before_the_first_byte"},
         laid<keeps_open>(peer::provider)},
        {"does-not-cancel-the-tool",
         "a tool runs on when the client has left",
         "open-webui/open-webui#23143",
         "cancel",
         {"cancel/during_a_tool_over_http"},
         edits<no_cancel>(way::to_server)},
        {"cancels-another-call",
         "another call is cancelled than the one that runs",
         "MCP 2025-11-25, basic/utilities/cancellation",
         "cancel",
         {"cancel/during_a_tool_over_http"},
         edits<cancels_another>(way::to_server)},
        {"leaks-connections",
         "connections to MCP servers are never closed",
         "BerriAI/litellm#24230",
         "leftovers",
         {"seed/tool_in_the_middle"},
         laid<keeps_open>(peer::server)},
        {"leaks-timers",
         "each connection sets an alarm that nobody stops",
         "rule of leftovers",
         "leftovers",
         {"tools/no_tools"},
         laid<leaks_timers>()},
        {"keeps-the-client-after-an-error",
         "after an error in a stream the connection stays open",
         "BerriAI/litellm#39748",
         "hang",
         {"ending/stream_cut"},
         laid<keeps_open>(peer::client)},
    };
}

}  // namespace scenario::planting
