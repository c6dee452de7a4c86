#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/judgement.hpp"
#include "scenarios/runner.hpp"

// A run with a case of every kind, for the reports to tell of.

// What breaks formats: tags, entities, controls, a bidi override, what is no UTF-8, what is no XML.
inline std::string const hostile =
    "</script><script>alert(1)</script> ]]> &amp; \"q\" 'a' \x01\x1b[31m\x7f \xe2\x80\xae"
    "evil \xc3\x28 \xef\xbf\xbe \xf0\x9f\x8e\xb2 {{style}} <!--";

inline scenario::case_result parsed_case(std::string const& id, std::string const& text) {
    scenario::case_result c;
    c.id = id;
    c.path = "library/" + id + ".scenario";
    c.played = std::make_shared<scenario::scenario const>(scenario::parse(text, c.path));
    c.nanoseconds = 1'500'000;
    return c;
}

// The library below a path, played; of the instances of a sweep, which are much alike, a few.
inline std::vector<scenario::case_result> played_library(std::string const& part = {}) {
    auto cases = scenario::selected({{std::string(SCENARIO_LIBRARY) + part}, {}, {}, {}});
    std::erase_if(cases, [](auto const& c) {
        return c.id.find('@') != c.id.npos && !c.id.ends_with('7') && !c.id.ends_with('p');
    });
    scenario::play_all(cases, {}, 1, [](scenario::case_result const&) {});
    return cases;
}

// One answer: "Hi", told at 10ms; expected at `expected`.
inline std::string one_answer(std::string const& family, std::string const& expected,
                              std::string const& said = "Hi") {
    return "# A plain answer & its <end>.\n\ncovers " + family +
           "\n\nprovider openai\n    turn\n        +10ms  text  " + runtime::quoted(said) +
           "\n               finish  stop\n\nclient\n    ask  \"Hello?\"\n\nexpect\n    " +
           expected + "  proxy -> client  text\n    *  proxy -> client  end stop\n";
}

inline scenario::case_result played_case(std::string const& id, std::string const& text) {
    auto c = parsed_case(id, text);
    c.came = scenario::play(*c.played, c.how);
    return c;
}

inline scenario::run_result some_run() {
    scenario::run_result run;
    run.nanoseconds = 20'000'000;
    run.gateway = "our gateway & " + hostile;
    run.cases.push_back(played_case("text/holds", one_answer("bytes", "10ms")));
    run.cases.push_back(
        played_case("text/late", one_answer("bytes", "5ms", hostile.substr(0, 40))));

    auto known = played_case("bytes/known", one_answer("tools", "6ms"));
    known.expected_failure = "the gateway is <slow>";
    run.cases.push_back(std::move(known));

    auto stale = played_case("bytes/stale", one_answer("tools", "10ms"));
    stale.expected_failure = "was slow";
    run.cases.push_back(std::move(stale));

    auto unsure = played_case("timeouts/unsure", one_answer("timeouts", "7ms"));
    unsure.came.inconclusive = "the machine stood still for 80ms";
    scenario::pass_judgement(*unsure.played, unsure.came, {});
    run.cases.push_back(std::move(unsure));

    auto left = played_case("text/hostile@" + hostile, one_answer("bytes", "10ms"));
    left.came.left_over.push_back(hostile);
    left.how.seed = 7;
    left.how.order = runtime::ready_order::shuffled;
    left.how.cut = 9;
    scenario::pass_judgement(*left.played, left.came, {});
    run.cases.push_back(std::move(left));

    scenario::case_result unreadable;
    unreadable.id = unreadable.path = "library/odd/unreadable.scenario";
    unreadable.unreadable =
        "library/odd/unreadable.scenario:3:1: 'provder' is not a section\n" + hostile;
    run.cases.push_back(std::move(unreadable));
    return run;
}
