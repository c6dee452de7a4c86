// What becomes of time: clocks that run wrong, limits that are others than was said.

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

using namespace std::chrono_literals;
using runtime::duration;
using runtime::time_point;

constexpr auto for_ever = 24h * 365;

// Runs faster or slower than the world's.
class skewed_clock final : public runtime::clock {
public:
    skewed_clock(runtime::clock& right, int times, int divided)
        : right_(right), times_(times), divided_(divided), beginning_(right.now()), next_(*this) {}

    time_point now() const override {
        return beginning_ + (right_.now() - beginning_) * times_ / divided_;
    }
    std::int64_t unix_seconds() const override { return right_.unix_seconds(); }

private:
    class ringer final : public runtime::alarm {
    public:
        explicit ringer(skewed_clock& owner) : alarm(owner.right_), owner_(owner) {}

    private:
        void ring() override {
            owner_.ring_due(owner_.now());
            owner_.earliest_changed();
        }
        skewed_clock& owner_;
    };

    void earliest_changed() override {
        auto const due = earliest();
        if (!due) return next_.stop();
        // Rounded up: an alarm never rings before its time.
        next_.set(beginning_ + ((*due - beginning_) * divided_ + duration(times_ - 1)) / times_);
    }

    runtime::clock& right_;
    int             times_;
    int             divided_;
    time_point      beginning_;
    ringer          next_;
};

class skewed final : public seam {
public:
    skewed(seam_ground g, int times, int divided)
        : seam(std::move(g)), clock_(outside().clock, times, divided) {}
    runtime::clock& clock() override { return clock_; }

private:
    skewed_clock clock_;
};

// Tells the time and wakes nobody.
class dumb_clock final : public runtime::clock {
public:
    explicit dumb_clock(runtime::clock& right) : right_(right) {}
    time_point   now() const override { return right_.now(); }
    std::int64_t unix_seconds() const override { return right_.unix_seconds(); }

private:
    void            earliest_changed() override {}
    runtime::clock& right_;
};

class never_rings final : public seam {
public:
    explicit never_rings(seam_ground g) : seam(std::move(g)), clock_(outside().clock) {}
    runtime::clock& clock() override { return clock_; }

private:
    dumb_clock clock_;
};

// Limits that are not what the configuration says. `change` sees those of the gateway and those
// of each model.
class changed_limits final : public seam {
public:
    using change = void (*)(proxy::timeouts&);

    changed_limits(seam_ground g, change c) : seam(std::move(g)), change_(c) {}
    void configure(proxy::config& c) override {
        change_(c.timeouts);
        for (auto& model : c.models) change_(model.timeouts);
        for (auto& server : c.servers) {
            server.tool_call = c.timeouts.tool_call;
            server.tool_listing = c.timeouts.tool_listing;
        }
    }

private:
    change change_;
};

planted_fault::maker limits_changed(changed_limits::change c) { return laid<changed_limits>(c); }

// A comment reaches the gateway as a text, which is lost again before the client has it.
class comments_count final : public seam {
public:
    using seam::seam;

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        if (whose == peer::provider) laid.incoming.push_back(hop<writer>());
        if (whose == peer::client) laid.outgoing.push_back(hop<eraser>());
        return laid;
    }

private:
    static constexpr char mark[] = "\x01";

    class writer final : public message_editor {
        void event(sse_block const& b) override {
            say(b.raw);
            if (!b.raw.starts_with(':')) return;
            sse_block like;
            like.json = {{"id", "c"}, {"object", "chat.completion.chunk"}, {"created", 1}};
            like.json["model"] = "m";
            say(bare_chunk(like, {{"content", mark}}, nullptr));
        }
    };

    class eraser final : public message_editor {
        void event(sse_block const& b) override {
            if (text_of(b) != mark) say(b.raw);
        }
    };
};

class no_progress final : public message_editor {
    void event(sse_block const& b) override {
        if (b.data.find("notifications/progress") == b.data.npos) say(b.raw);
    }
};

class no_comments final : public message_editor {
    void event(sse_block const& b) override {
        if (!b.raw.starts_with(':')) say(b.raw);
    }
};

}  // namespace

std::vector<planted_fault> limits();

std::vector<planted_fault> limits() {
    char const* const oracle = "rule of time";
    return {
        {"limits-at-half-time",
         "the clock of the limits runs at double speed",
         oracle,
         "time",
         {"timeouts/idle_between_chunks", "timeouts/first_byte"},
         laid<skewed>(2, 1)},
        {"limits-at-double-time",
         "the clock of the limits runs at half speed",
         oracle,
         "time",
         {"timeouts/idle_between_chunks", "timeouts/first_byte"},
         laid<skewed>(1, 2)},
        {"limits-never-fire",
         "nobody is woken when time is up",
         "BerriAI/litellm#8333",
         "hang",
         {"timeouts/idle_of_ten_minutes"},
         laid<never_rings>()},
        {"idle-time-not-begun-anew",
         "the idle limit counts from the request and not from the "
         "last event",
         "BerriAI/litellm#19184",
         "time",
         {"timeouts/idle_between_chunks"},
         limits_changed([](proxy::timeouts& t) { t.request = t.idle; })},
        {"first-byte-limit-for-all",
         "the limit for the first byte cuts the whole answer",
         "BerriAI/litellm#19184",
         "time",
         {"timeouts/first_byte_is_not_the_whole"},
         limits_changed([](proxy::timeouts& t) { t.request = t.first_byte; })},
        {"ignores-the-first-byte-limit",
         "a provider may be silent as long as it likes",
         "BerriAI/litellm#19909",
         "time",
         {"timeouts/first_byte"},
         limits_changed([](proxy::timeouts& t) { t.first_byte = for_ever; })},
        {"ignores-the-request-limit",
         "an answer that drips may take as long as it likes",
         "BerriAI/litellm#19389",
         "time",
         {"timeouts/whole_request"},
         limits_changed([](proxy::timeouts& t) { t.request = for_ever; })},
        {"ignores-the-listing-limit",
         "a server may take as long as it likes to list its tools",
         "BerriAI/litellm#36675",
         "time",
         {"timeouts/tool_listing"},
         limits_changed([](proxy::timeouts& t) { t.tool_listing = for_ever; })},
        {"ignores-the-tool-limit",
         "a tool may run as long as it likes",
         "openai/openai-agents-python#2249",
         "time",
         {"timeouts/tool_call"},
         limits_changed([](proxy::timeouts& t) { t.tool_call = for_ever; })},
        {"comments-are-progress",
         "a comment of the provider begins the idle time anew",
         oracle,
         "time",
         {"timeouts/comments_are_no_progress"},
         laid<comments_count>()},
        {"progress-is-nothing",
         "a tool's progress does not begin its time anew",
         "BerriAI/litellm#19809",
         "time",
         {"timeouts/progress_keeps_a_tool_alive"},
         edits<no_progress>(way::from_server)},
        {"no-keep-alive",
         "nothing is sent while a tool runs",
         "BerriAI/litellm#34819",
         "expect",
         {"timeouts/keep_alive_while_a_tool_runs"},
         edits<no_comments>(way::to_client)},
    };
}

}  // namespace scenario::planting
