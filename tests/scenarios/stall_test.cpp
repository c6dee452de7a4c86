#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>

#include <algorithm>

#include "scenarios/stage.hpp"

// A machine that stands still in the middle of a scenario on real sockets: what comes late then is
// nobody's fault. What comes late without that is somebody's.

namespace {

constexpr int stall_ms = 300;

void stand_still(int) { ::poll(nullptr, 0, stall_ms); }

// Once, so many milliseconds from now, whatever this process is doing.
class stall_ahead {
public:
    explicit stall_ahead(int ms) : before_(::signal(SIGALRM, stand_still)) {
        itimerval const once{{0, 0}, {0, ms * 1000}};
        ::setitimer(ITIMER_REAL, &once, nullptr);
    }
    ~stall_ahead() {
        itimerval const none{};
        ::setitimer(ITIMER_REAL, &none, nullptr);
        ::signal(SIGALRM, before_);
    }

private:
    sighandler_t before_;
};

scenario::outcome played(std::string const& spoken_after, std::string const& more = {}) {
    auto const s = scenario::parse("provider openai\n    turn\n        +" + spoken_after +
                                       " text \"a\"\n        finish stop\nclient\n    ask \"x\"\n"
                                       "expect\n    100ms  proxy -> client  text \"a\"\n" +
                                       more,
                                   "x.scenario");
    scenario::play_options real;
    real.real = true;
    return scenario::play(s, real);
}

// The alarm rang while a handler ran and not while the loop waited: that is a blocked loop, and
// rightly told as one.
bool hit_a_handler(scenario::outcome const& came) {
    return std::ranges::any_of(came.objections, [](auto const& o) {
        return o.problem.find("blocked loop") != o.problem.npos;
    });
}

// The stall comes by the machine's clock: if the stage was not built by then nothing is late. Then
// it is tried again, later by less than the story is long; and so it is where it hit a handler.
scenario::outcome stalled(std::string const& more = {}) {
    scenario::outcome came;
    for (int i = 0; i < 10; ++i) {
        stall_ahead const ahead(60 + 60 * i);
        came = played("100ms", more);
        if (came.is != scenario::verdict::passed && !hit_a_handler(came)) break;
    }
    return came;
}

}  // namespace

TEST(Stall, OfTheMachineIsInconclusive) {
    auto const came = stalled();
    EXPECT_EQ(came.is, scenario::verdict::inconclusive);
    EXPECT_TRUE(came.inconclusive.starts_with("the machine stood still or was busy for "))
        << came.inconclusive;
}

// Not while the stage is built, and not before its first beat.
TEST(Stall, AtWhateverMomentIsNobodysFault) {
    int judged = 0;
    for (int ms = 1; ms <= 25; ms += 2) {
        stall_ahead const ahead(ms);
        auto const        came = played("100ms");
        if (hit_a_handler(came)) continue;
        ++judged;
        EXPECT_NE(came.is, scenario::verdict::failed) << ms << " ms: " << came.inconclusive;
    }
    EXPECT_GE(judged, 6);
}

// What passes too late passes while it must not; at what never may pass no stall is to blame.
TEST(Stall, ExcusesAWindowOfNeverAndNoMore) {
    EXPECT_EQ(stalled("never\n    140ms..1h  proxy -> client  text\n").is,
              scenario::verdict::inconclusive);
    EXPECT_EQ(stalled("never\n    proxy -> client  text\n").is, scenario::verdict::failed);
}

TEST(Stall, ThatThereWasNotExcusesNothing) {
    // A loaded machine may stall by itself; then the run says so and proves nothing.
    for (int i = 0; i < 5; ++i) {
        auto const came = played("500ms");
        if (!came.inconclusive.empty()) continue;
        EXPECT_EQ(came.is, scenario::verdict::failed);
        return;
    }
    GTEST_SKIP() << "the machine stood still five times";
}
