#pragma once

namespace runtime {

// A process that does nothing but wait for our end, however it comes, SIGKILL too, and then kills
// a group of processes. PR_SET_PDEATHSIG would do the same for a child alone: what a gateway has
// started itself (nginx its workers) would live on; and it hangs on the thread that has spawned.
//
// It is in a session of its own, so that nobody who kills our group or closes our terminal takes
// it along, and holds none of our descriptors: whoever reads what we print sees us end.
class guardian {
public:
    explicit guardian(int group);  // where none can be had there is none: nothing else is lost
    ~guardian();                   // kills the group, if anything of it still runs
    guardian(guardian const&) = delete;
    guardian& operator=(guardian const&) = delete;

private:
    int group_;
    int id_ = -1;
    int string_ = -1;  // a pipe's end that is open as long as we live
};

}  // namespace runtime
