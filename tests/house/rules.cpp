#include "tests/house/rules.hpp"

#include <map>
#include <regex>
#include <set>

namespace house {
namespace {

std::string at(source const& file, std::size_t line, std::string const& what) {
    return file.path + ":" + std::to_string(line + 1) + ": " + what;
}

// Calls see(line number, path) for each include; <> and "" alike.
template <class F>
void for_each_include(source const& file, F see) {
    static std::regex const include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    if (!file.is_cpp()) return;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        std::smatch found;
        bool const  is_code = file.code[i].find('#') != std::string::npos;
        if (is_code && !file.waived(i) && std::regex_search(file.lines[i], found, include))
            see(i, found[2].str(), found[1] == "\"");
    }
}

// Every line of code that holds the pattern.
findings having(source const& file, std::regex const& pattern, std::string const& message) {
    findings out;
    for (std::size_t i = 0; i < file.code.size(); ++i) {
        std::smatch found;
        if (!file.waived(i) && std::regex_search(file.code[i], found, pattern))
            out.push_back(at(file, i, found.str() + ": " + message));
    }
    return out;
}

void append(findings& to, findings more) {
    to.insert(to.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
}

findings rooms_depend_downwards(source const& file) {
    // A room sees itself and the rooms named here; tests and bench see all of them.
    static std::map<std::string, std::set<std::string>> const may_use{
        {"wire", {}},
        {"runtime", {"wire"}},
        {"proxy", {"wire", "runtime"}},
        {"replay", {"wire", "runtime"}},
        {"mock_providers", {"wire", "runtime", "replay"}},
        {"mock_mcp", {"wire", "runtime", "replay"}},
        {"scenarios", {"wire", "runtime", "replay", "proxy", "mock_providers", "mock_mcp"}},
    };
    findings out;
    for_each_include(file, [&](std::size_t line, std::string const& included, bool ours) {
        if (!ours) return;
        auto const slash = included.find('/');
        if (slash == std::string::npos)
            return out.push_back(at(file, line, "include \"" + included + "\" by its room"));
        auto const room = included.substr(0, slash);
        auto const mine = may_use.find(file.room);
        if (mine == may_use.end() || room == file.room || mine->second.contains(room)) return;
        out.push_back(at(file, line, file.room + "/ may not use " + room + "/"));
    });
    return out;
}

findings wire_knows_only_bytes(source const& file) {
    // Of the libraries that touch the world only what turns bytes into bytes.
    static std::regex const allowed(
        R"(^(boost/system/.*|nlohmann/.*|openssl/(evp|hmac)\.h|zlib\.h|[a-z_]+)$)");
    static std::set<std::string> const of_the_world{"fstream", "filesystem", "thread",
                                                    "future",  "mutex",      "condition_variable"};
    findings                           out;
    if (file.room != "wire") return out;
    for_each_include(file, [&](std::size_t line, std::string const& included, bool ours) {
        if (ours || (std::regex_match(included, allowed) && !of_the_world.contains(included)))
            return;
        out.push_back(at(file, line, "wire/ may not use <" + included + ">"));
    });
    return out;
}

findings only_real_knows_the_machine(source const& file) {
    static std::regex const machine(
        R"(\basio::ip\b|\b(steady|system|high_resolution)_(clock|timer)\b)");
    static std::regex const header(
        R"(^boost/asio/(ip/|ssl|local/|posix/|steady_timer|system_timer|signal_set).*)"
        R"(|^(sys/socket|sys/wait|netdb|unistd|spawn)\.h$)");
    findings out;
    if (!file.in_product() || file.is_below("runtime/real")) return out;
    out = having(file, machine, "only runtime/real* may name this");
    for_each_include(file, [&](std::size_t line, std::string const& included, bool) {
        bool const compiled_once = included.ends_with("/impl/src.hpp");
        if (std::regex_match(included, header) && !compiled_once)
            out.push_back(at(file, line, "<" + included + ">: only runtime/real* may use this"));
    });
    return out;
}

findings the_waist_is_all_they_know(source const& file) {
    findings   out;
    bool const gateway = file.room == "proxy";
    bool const plays_the_world = file.is_below("runtime/simulation") || file.room == "scenarios";
    if (!file.in_product()) return out;
    for_each_include(file, [&](std::size_t line, std::string const& included, bool) {
        if (gateway && included == "runtime/trace.hpp")
            out.push_back(at(file, line, "proxy/ may not know " + included));
        if (!plays_the_world && included.starts_with("runtime/simulation"))
            out.push_back(at(file, line, file.room + "/ may not know " + included));
    });
    return out;
}

findings nothing_is_left_running(source const& file) {
    static std::regex const no_owner(R"(\basio::detached\b)");
    static std::regex const many_owners(R"(\b(enable_)?shared_from_this\b)");
    static std::regex const operators(R"(\bawaitable_operators\b)");
    static std::regex const thread(R"(\bstd::(jthread\b|thread\b(?!::id)|async\b))");
    static std::regex const pause(R"(\bthis_thread::sleep_\w+|\bu?sleep\()");
    static std::regex const loop(
        R"(\b\w*(io|ioc|ctx|context|loop|pool)_?(\.|->)(run|poll)(_one|_for|_until)?\()");
    static std::regex const namespaces(R"(\busing namespace (?!std::[a-z_]*literals\b)[\w:]+)");

    findings out;
    if (!file.is_cpp()) return out;
    append(out, having(file, no_owner, "what is started has an owner: runtime::task_group"));
    append(out, having(file, many_owners, "a frame or one object owns it"));
    append(out, having(file, operators, "|| waits for a success: guarded(), within()"));
    append(out, having(file, pause, "sleeps on real time"));
    append(out, having(file, namespaces, "name the room"));
    if (file.in_product() && !file.is_below("runtime/real"))
        append(out, having(file, thread, "only runtime/real* may have threads"));
    if (file.in_product() && file.room != "runtime")
        append(out, having(file, loop, "only runtime/ runs a loop"));
    return out;
}

findings files_are_short(source const& file) {
    static constexpr std::size_t length_max = 400;
    auto const                   length = file.lines.size();
    bool const judged = file.is_cpp() || file.room == "tools" || file.name.ends_with(".txt");
    if (!judged || length <= length_max) return {};
    return {at(file, length_max, std::to_string(length) + " lines, and 400 are the most")};
}

findings names_say_something(source const& file) {
    static std::regex const empty_word(
        R"((^|[_\-.])(utils?|common|managers?|helpers?|base|impl|misc)(?=[_\-.]|$))");
    std::smatch found;
    if (!std::regex_search(file.name, found, empty_word)) return {};
    return {at(file, 0, "'" + found[2].str() + "' says nothing: which noun is missing?")};
}

findings headers_begin_with_an_idea(source const& file) {
    static std::regex const type(R"(^\s*(class|struct|union|enum)\b[^;]*$|^\s*template\b)");
    findings                out;
    if (!file.is_header()) return out;
    bool once = false, told = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        if (file.lines[i] == "#pragma once") once = true;
        if (file.lines[i].find("//") != std::string::npos) told = true;
        if (!std::regex_search(file.code[i], type)) continue;
        if (!told) out.push_back(at(file, i, "no comment says what this is"));
        break;
    }
    if (!once) out.push_back(at(file, 0, "no #pragma once"));
    return out;
}

findings no_machine_of_ours_is_named(source const& file) {
    // In two pieces, so that this file does not break its own rule.
    static std::regex const place(std::string(R"((^|[\s"'(=:])/(ho)") + "me|ro" + "ot|Us" +
                                  "ers|wo" + R"(rk)/\w+)");
    static std::regex const host(std::string(R"(https?://(registry|mirror|deb|ftp)\.)") +
                                 R"([\w.-]+)");
    findings                out;
    for (std::size_t i = 0; i < file.lines.size(); ++i)
        if (std::regex_search(file.lines[i], place) || std::regex_search(file.lines[i], host))
            out.push_back(at(file, i, "names somebody's machine"));
    return out;
}

}  // namespace

std::vector<rule> const rules{
    {"RoomsDependDownwards", rooms_depend_downwards},
    {"WireKnowsOnlyBytes", wire_knows_only_bytes},
    {"OnlyRealKnowsTheMachine", only_real_knows_the_machine},
    {"TheWaistIsAllTheyKnow", the_waist_is_all_they_know},
    {"NothingIsLeftRunning", nothing_is_left_running},
    {"FilesAreShort", files_are_short},
    {"NamesSaySomething", names_say_something},
    {"HeadersBeginWithAnIdea", headers_begin_with_an_idea},
    {"NoMachineOfOursIsNamed", no_machine_of_ours_is_named},
};

}  // namespace house
