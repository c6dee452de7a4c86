#pragma once

#include <string>
#include <string_view>

#include "scenarios/results.hpp"

namespace scenario {

// A run as JUnit XML, in the form that Jenkins and Ant made common: a suite per family, a test
// case per scenario. Known failures and inconclusive ones are skipped, each with its reason.
// tests/scenarios/junit.xsd is the schema that it is checked against.
std::string junit(run_result const&);

// Text that may stand in XML 1.0: what is no UTF-8 becomes U+FFFD, and controls, which XML cannot
// spell at all, become their pictures (U+2400 and up).
std::string xml_text(std::string_view);

}  // namespace scenario
