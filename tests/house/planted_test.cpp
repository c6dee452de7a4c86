#include <gtest/gtest.h>

#include <ostream>

#include "tests/house/rules.hpp"

// Something broken for every rule, and what must be said about it; and beside it what looks
// like it and is allowed.
namespace {

using house::findings;

findings judge(house::source const& file) {
    findings out;
    for (auto const& rule : house::rules)
        for (auto const& finding : rule.judge(file)) out.push_back(finding);
    return out;
}

struct sample {
    char const* name;
    char const* path;
    std::string text;
    findings    said;  // empty: allowed
};

void PrintTo(sample const& shown, std::ostream* out) { *out << shown.path; }

std::string const head = "#pragma once\n// An idea.\n";

std::vector<sample> const samples{
    {"RoomAbove",
     "wire/bad.cpp",
     "#include \"proxy/gateway.hpp\"\n",
     {"wire/bad.cpp:1: wire/ may not use proxy/"}},
    {"RoomBeside",
     "mock_mcp/bad.cpp",
     "\n#include \"mock_providers/script.hpp\"\n",
     {"mock_mcp/bad.cpp:2: mock_mcp/ may not use mock_providers/"}},
    {"MocksInTheGateway",
     "proxy/bad.cpp",
     "#include \"mock_mcp/script.hpp\"\n",
     {"proxy/bad.cpp:1: proxy/ may not use mock_mcp/"}},
    {"ScenariosFromBelow",
     "runtime/bad.cpp",
     "#include \"scenarios/report.hpp\"\n",
     {"runtime/bad.cpp:1: runtime/ may not use scenarios/"}},
    {"TestsFromBelow",
     "scenarios/bad.cpp",
     "#include \"tests/house/rules.hpp\"\n",
     {"scenarios/bad.cpp:1: scenarios/ may not use tests/"}},
    {"NoRoom",
     "wire/bad.cpp",
     "#include \"sse.hpp\"\n",
     {"wire/bad.cpp:1: include \"sse.hpp\" by its room"}},
    {"RoomBelow",
     "proxy/good.cpp",
     "#include \"wire/sse.hpp\"\n#include \"runtime/http.hpp\"\n",
     {}},
    {"TestsSeeAll", "tests/scenarios/a_test.cpp", "#include \"scenarios/report.hpp\"\n", {}},
    {"IncludeInAComment", "wire/good.cpp", "// #include \"proxy/gateway.hpp\"\n", {}},

    {"AsioInWire",
     "wire/bad.cpp",
     "#include <boost/asio/post.hpp>\n",
     {"wire/bad.cpp:1: wire/ may not use <boost/asio/post.hpp>"}},
    {"FileInWire",
     "wire/bad.cpp",
     "#include <fstream>\n",
     {"wire/bad.cpp:1: wire/ may not use <fstream>"}},
    {"BytesInWire",
     "wire/good.cpp",
     "#include <string>\n#include <nlohmann/json.hpp>\n#include <boost/system/error_code.hpp>\n",
     {}},

    {"Socket",
     "proxy/bad.cpp",
     "boost::asio::ip::tcp::socket s;\n",
     {"proxy/bad.cpp:1: asio::ip: only runtime/real* may name this"}},
    {"MachineClock",
     "mock_mcp/bad.cpp",
     "auto t = std::chrono::steady_clock::now();\n",
     {"mock_mcp/bad.cpp:1: steady_clock: only runtime/real* may name this"}},
    {"MachineHeader",
     "runtime/http.cpp",
     "#include <boost/asio/ip/tcp.hpp>\n",
     {"runtime/http.cpp:1: <boost/asio/ip/tcp.hpp>: only runtime/real* may use this"}},
    {"RealMayUseTheMachine",
     "runtime/real_clock.cpp",
     "using c = std::chrono::steady_clock;\n",
     {}},
    {"ClockInProse", "proxy/good.cpp", "// not the steady_clock\nauto s = \"asio::ip\";\n", {}},
    {"ClockInRawText", "proxy/good.cpp", "auto s = R\"x(\n\"asio::ip\n)x\"; int n = 1'000;\n", {}},

    {"GatewayKnowsTheTrace",
     "proxy/bad.cpp",
     "#include \"runtime/trace.hpp\"\n",
     {"proxy/bad.cpp:1: proxy/ may not know runtime/trace.hpp"}},
    {"MockKnowsTheSimulation",
     "mock_mcp/bad.cpp",
     "#include \"runtime/simulation.hpp\"\n",
     {"mock_mcp/bad.cpp:1: mock_mcp/ may not know runtime/simulation.hpp"}},
    {"StagePlaysTheWorld",
     "scenarios/good.cpp",
     "#include \"runtime/simulation.hpp\"\n#include \"runtime/trace.hpp\"\n",
     {}},

    {"Detached",
     "proxy/bad.cpp",
     "co_spawn(ex, f(), asio::detached);\n",
     {"proxy/bad.cpp:1: asio::detached: what is started has an owner: runtime::task_group"}},
    {"SharedFromThis",
     "runtime/bad.cpp",
     "auto self = shared_from_this();\n",
     {"runtime/bad.cpp:1: shared_from_this: a frame or one object owns it"}},
    {"AwaitableOperators",
     "proxy/bad.cpp",
     "using asio::experimental::awaitable_operators::x;\n",
     {"proxy/bad.cpp:1: awaitable_operators: || waits for a success: guarded(), within()"}},
    {"Thread",
     "scenarios/bad.cpp",
     "std::thread t;\n",
     {"scenarios/bad.cpp:1: std::thread: only runtime/real* may have threads"}},
    {"ThreadIdIsNoThread", "runtime/good.cpp", "std::thread::id owner;\n", {}},
    {"Sleep",
     "tests/wire/a_test.cpp",
     "std::this_thread::sleep_for(1s);\n",
     {"tests/wire/a_test.cpp:1: this_thread::sleep_for: sleeps on real time"}},
    {"Loop",
     "proxy/bad.cpp",
     "io.run();\n",
     {"proxy/bad.cpp:1: io.run(: only runtime/ runs a loop"}},
    {"PolledLoop",
     "mock_mcp/bad.cpp",
     "loop_->poll_one();\n",
     {"mock_mcp/bad.cpp:1: loop_->poll_one(: only runtime/ runs a loop"}},
    {"RunOfACoroutine", "proxy/good.cpp", "auto running = exchange.run();\n", {}},
    {"UsingNamespace",
     "wire/bad.cpp",
     "using namespace runtime;\n",
     {"wire/bad.cpp:1: using namespace runtime: name the room"}},
    {"UsingLiterals", "wire/good.cpp", "using namespace std::chrono_literals;\n", {}},
    {"Waived", "wire/good.cpp", "using namespace runtime;  // waived: shown to a test only\n", {}},
    {"WaivedWithoutAReason",
     "wire/bad.cpp",
     "using namespace runtime;  // waived: yes\n",
     {"wire/bad.cpp:1: using namespace runtime: name the room"}},

    {"LongFile",
     "wire/bad.cpp",
     std::string(401, '\n'),
     {"wire/bad.cpp:401: 401 lines, and 400 are the most"}},
    {"LongEnough", "wire/good.cpp", std::string(400, '\n'), {}},
    {"EmptyName",
     "wire/sse_utils.hpp",
     head,
     {"wire/sse_utils.hpp:1: 'utils' says nothing: which noun is missing?"}},
    {"NameThatHoldsAnEmptyOne", "wire/baseline.cpp", "", {}},

    {"NoPragma",
     "wire/bad.hpp",
     "// An idea.\nclass sse {};\n",
     {"wire/bad.hpp:1: no #pragma once"}},
    {"NoIdea",
     "wire/bad.hpp",
     "#pragma once\n\nclass sse {\n};\n",
     {"wire/bad.hpp:3: no comment says what this is"}},
    {"ForwardDeclarationFirst",
     "wire/good.hpp",
     "#pragma once\nclass sse;\n// An idea.\nstruct event {\n};\n",
     {}},

    {"HomeOfSomebody",
     "README.md",
     "cd /ho"
     "me/ann/lockstep\n",
     {"README.md:1: names somebody's machine"}},
    {"RegistryOfSomebody",
     "interop/package.json",
     "\"resolved\": \"https://regi"
     "stry.example/x\"\n",
     {"interop/package.json:1: names somebody's machine"}},
    {"PathOfAnApi", "README.md", "curl http://127.0.0.1:4000/v1/chat/completions\n", {}},
};

class Planted : public testing::TestWithParam<sample> {};

TEST_P(Planted, IsSeen) {
    auto const& [name, path, text, said] = GetParam();
    EXPECT_EQ(judge(house::source(path, text)), said);
}

INSTANTIATE_TEST_SUITE_P(Samples, Planted, testing::ValuesIn(samples),
                         [](auto const& info) { return info.param.name; });

}  // namespace
