#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/proxy/bad_server_play.hpp"

// The corpus of bad MCP servers, each behind the gateway over real sockets: what a client of /mcp
// sees of it, that a good server beside it is not disturbed, and that a tool has run once.

namespace {

using nlohmann::json;

std::vector<json> cases_over(std::set<std::string> const& transports) {
    std::vector<json> all;
    auto const        file = shared_material::folder() / "corpora/mcp-bad-servers/cases.jsonl";
    for (auto& one : shared_material::read_lines(file))
        if (transports.contains(one["transport"])) all.push_back(std::move(one));
    return all;
}

// Told in another place, as one call of one client cannot show them.
std::string told_elsewhere(std::string const& name) {
    static std::map<std::string, std::string> const all{
        {"tools-name-clash-two-servers", "scenarios/library/tools/same_name_on_two_servers"},
        {"answer-after-cancel", "scenarios/library/session/late_answer_of_a_cancelled_call"},
        {"answers-out-of-order", "scenarios/library/mcp_endpoint/calls_at_the_same_time"},
    };
    auto const found = all.find(name);
    return found == all.end() ? "" : found->second;
}

// Where the corpus allows both, or thinks of the other servers of a client.
bool sees_result(std::string const& name, json const& wanted) {
    if (name == "result-content-object") return true;  // passed on
    if (name == "tools-schema-deep") return false;     // the message is refused
    return wanted == "result";
}

class BadServers : public play::bad_http_server {
protected:
    void start_all() {
        auto const bad =
            serve_mcp([this](runtime::stream& to, runtime::http_request const& request,
                             json const& message) { return act(to, request, message); });
        auto const good = serve_mcp(nullptr);
        start("model_list: []\nmcp_servers:\n  bad:\n    transport: http\n    url: http://" +
                  runtime::to_text(bad) +
                  "/mcp\n    auth_type: bearer_token\n    auth_value: "
                  "canary-of-the-server\n  good:\n    transport: http\n    url: http://" +
                  runtime::to_text(good) +
                  "/mcp\nlockstep_settings:\n  listen: 127.0.0.1:0\n  tool_call_timeout: 3s\n"
                  "  tool_call_total: 4s\n  tool_listing_timeout: 3s\n"
                  "  mcp_sessions_per_key_max: 1000\n",
              1);
    }
    static std::string call(std::string const& method, json params) {
        json one{{"jsonrpc", "2.0"}, {"id", 7}, {"method", method}, {"params", std::move(params)}};
        return one.dump();
    }
    // What a client sees of one server: its error, or the answer to its last question.
    json seen(std::string const& server, std::string const& on) {
        bool const lists = on.starts_with("tools/list");
        // Of several servers the gateway gathers all pages itself.
        auto const path = lists ? std::string("/mcp") : "/mcp/" + server;
        auto const session = open_session(path, "X-MCP-Servers: " + server + "\r\n");
        if (session.starts_with("X-No-Session: "))
            return json::parse(session.substr(14), nullptr, false);
        json last;
        for (int i = 0; lists && i < (on == "tools/list twice" ? 2 : 1); ++i) {
            last = play::last_message(one(post(path, call("tools/list", {}), session)).body);
            if (last.contains("error")) return last;
        }
        auto const heard = one(post(path,
                                    call("tools/call", {{"name", lists ? server + "-echo" : "echo"},
                                                        {"arguments", json::object()}}),
                                    session));
        if (heard.body.find("canary") != std::string::npos) ADD_FAILURE() << "a key is told";
        auto const reply = play::last_message(heard.body);
        return lists && reply.contains("result") ? last : reply;
    }
    bool good_one_works() {
        auto const reply = seen("good", "");
        return reply.contains("result");
    }
};

TEST_F(BadServers, OverHttpEachClientSeesWhatItShould) {
    NEED_SHARED("corpora/mcp-bad-servers/cases.jsonl");
    start_all();
    int count = 0;
    for (auto const& each : cases_over({"http", "any"})) {
        auto const name = each["name"].get<std::string>();
        if (!told_elsewhere(name).empty()) continue;
        what = each;
        does = each["does"];
        calls = 0;
        told_server.clear();
        auto const reply = seen("bad", each["on"]);
        SCOPED_TRACE(name + ": " + each["expect"].value("effect", "") + "\n" +
                     reply.dump().substr(0, 300));
        ++count;
        EXPECT_TRUE(good_one_works());
        auto const wanted = each["expect"]["client_sees"];
        ASSERT_TRUE(reply.is_object());
        EXPECT_EQ(reply.contains("result"), sees_result(name, wanted));
        EXPECT_NE(reply.contains("result"), reply.contains("error"));
        // What a server says of itself is passed on; what we say of it is our own.
        bool const its_own =
            name == "error-code-reserved" || name == "error-data-secret" || name == "result-10mb";
        if (its_own) EXPECT_EQ(reply["error"]["code"], wanted["error"]);
        if (name == "result-10mb") {
            auto const said = reply["error"]["message"].get<std::string>();
            EXPECT_NE(said.find("tool_result_max is 8388608 bytes"), std::string::npos) << said;
        }
        auto const text = reply.dump();
        EXPECT_EQ(text.find("javascript:"), std::string::npos);
        EXPECT_LE(calls, 1) << "a tool runs once";
        auto const last = told_server.empty() ? json() : told_server.back();
        EXPECT_EQ(last.dump().find("424242"), std::string::npos);
    }
    EXPECT_GT(count, 50);
}

// What a bad program does at its moment, as lines of a shell that knows $id.
std::map<std::string, std::string> const& programs() {
    static std::string const answer = R"('{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}')";
    static std::map<std::string, std::string> const all{
        {"stdio-exit-at-start", "exit 1"},
        {"stdio-exit-mid-call", "exit 0"},
        {"stdio-killed", "kill -9 $$"},
        {"stdio-log-lines-on-stdout", "printf 'Server starting...\\n'" + answer + "'\\n' $id"},
        {"stdio-line-10mb",
         "printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"x\":\"' $id\n"
         "head -c 10485760 /dev/zero | tr '\\0' x\nprintf '\"}}\\n'"},
        {"stdio-no-newline", "printf " + answer + " $id"},
        {"stdio-no-newline-100mb", "head -c 104857600 /dev/zero | tr '\\0' x"},
        {"stdio-pretty-json",
         "printf '{\\n \"jsonrpc\":\"2.0\",\\n \"id\":%s,\\n \"result\":{}\\n}\\n' $id"},
        {"stdio-split-writes",
         "printf "
         "'{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"t\":\"\xE4\xB8\x96\xE7\x95\x8C\"}}\\n'"
         " $id | dd bs=1 2>/dev/null"},
        {"stdio-two-in-one-write",
         "printf '{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\\n'" +
             answer + "'\\n' $id"},
        {"stdio-stderr-flood",
         "head -c 104857600 /dev/zero | tr '\\0' E >&2\nprintf " + answer + "'\\n' $id"},
        {"stdio-closes-stdout-keeps-running", "exec 1>&-\nsleep 60"},
        {"stdio-ignores-sigterm", "trap '' TERM\nprintf " + answer + "'\\n' $id"},
        {"stdio-forks-daemon", "sleep 60 &\nprintf " + answer + "'\\n' $id"},
        {"stdio-inherits-fds",
         "printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"content\":[],\"fds\":\"%s\"}}\\n' "
         "$id "
         "\"$(for f in /proc/$$/fd/*; do printf '%s ' ${f##*/}; done)\""},
        {"stdio-reads-env",
         "printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"content\":[],\"env\":\"%s\"}}\\n' "
         "$id "
         "\"$(tr '\\0' ' ' </proc/$$/environ)\""},
        {"stdio-nul-byte", "printf " + answer + "'\\000\\n' $id"},
    };
    return all;
}

class BadPrograms : public BadServers {
protected:
    // A shell that is a good server but for what it does at its moment, the first time.
    static std::string program(std::string const& act, bool at_start) {
        std::string const good =
            R"(*'"tools/call"'*) )" +
            std::string(
                at_start ? "" : "if [ -z \"$done\" ]; then done=1\n" + act + "\ncontinue; fi\n") +
            R"(printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}\n' $id ;;)";
        return std::string(at_start ? act + "\n" : "") +
               "while IFS= read -r line; do\n"
               "id=$(printf '%s' \"$line\" | sed -n 's/.*\"id\":\\([0-9]*\\).*/\\1/p')\n"
               "case \"$line\" in\n"
               R"(*'"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":)"
               R"("2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}\n')"
               " $id ;;\n" +
               good + "\nesac\ndone\n" +
               // One that ignores SIGTERM ignores the end of its input too.
               (act.find("trap") != act.npos ? "sleep 60\n" : "");
    }
    void start_programs() {
        std::string settings = "model_list: []\nmcp_servers:\n";
        for (auto const& one : cases_over({"stdio"})) {
            auto const name = one["name"].get<std::string>();
            bool const missing = name == "stdio-command-missing";
            auto const text =
                missing ? "" : program(programs().at(name), name == "stdio-exit-at-start");
            std::string key = name;
            std::replace(key.begin(), key.end(), '-', '_');
            settings += "  " + key + ":\n    transport: stdio\n    command: " +
                        (missing ? "/no/such/file" : "/bin/sh") + "\n    args: [\"-c\", " +
                        json(text).dump() + "]\n";
        }
        start(settings +
                  "lockstep_settings:\n  listen: 127.0.0.1:0\n  tool_call_timeout: 5s\n"
                  "  tool_listing_timeout: 5s\n",
              1);
    }
};

TEST_F(BadPrograms, EachClientSeesWhatItShouldAndTheNextCallIsServed) {
    NEED_SHARED("corpora/mcp-bad-servers/cases.jsonl");
    start_programs();
    for (auto const& each : cases_over({"stdio"})) {
        auto const name = each["name"].get<std::string>();
        auto       key = name;
        std::replace(key.begin(), key.end(), '-', '_');
        auto const path = "/mcp/" + key;
        auto const session = open_session(path);
        bool const begun = !session.starts_with("X-No-Session: ");
        auto const ask = call("tools/call", {{"name", "echo"}, {"arguments", json::object()}});
        auto const reply = begun ? play::last_message(one(post(path, ask, session)).body)
                                 : json::parse(session.substr(14), nullptr, false);
        SCOPED_TRACE(name + ": " + each["expect"].value("effect", "") + "\n" +
                     reply.dump().substr(0, 300));
        ASSERT_TRUE(reply.is_object());
        // A line with a NUL is none: what follows from it says so, whatever stands beside it.
        bool const is_bad_line = name == "stdio-nul-byte";
        EXPECT_EQ(reply.contains("result"),
                  each["expect"]["client_sees"] == "result" && !is_bad_line);
        // The shell itself opens one to look.
        if (name == "stdio-inherits-fds")
            EXPECT_TRUE(
                std::regex_match(reply["result"].value("fds", ""), std::regex("0 1 2 (3 )?")));
        if (name == "stdio-reads-env")
            EXPECT_EQ(reply["result"]["env"], "PATH=/usr/local/bin:/usr/bin:/bin ");
        if (name == "stdio-line-10mb")
            EXPECT_EQ(reply["error"]["message"],
                      "MCP server 'stdio_line_10mb': a line of an MCP server is larger than this "
                      "gateway takes: stdio_line_max is 8388608 bytes");
        EXPECT_EQ(status_of_a_good_request(), 200u);
        // A program that has died is started again, and one that said nonsense is still there.
        bool const lives = begun && name != "stdio-closes-stdout-keeps-running" &&
                           name != "stdio-no-newline" && name != "stdio-no-newline-100mb";
        if (!lives) continue;
        auto const again = play::last_message(one(post(path, ask, session)).body);
        if (name != "stdio-exit-mid-call" && name != "stdio-killed")
            EXPECT_TRUE(again.contains("result")) << again.dump().substr(0, 300);
    }
}

}  // namespace
