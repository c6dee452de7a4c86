#include "scenarios/command_line.hpp"

#include <algorithm>

#include "scenarios/scenario.hpp"

namespace scenario {

namespace {

// The command that was begun, or the program where none was.
CLI::App const& command_of(CLI::App const& app) {
    auto const begun = app.get_subcommands();
    return begun.empty() ? app : *begun.front();
}

std::vector<std::string> options_of(CLI::App const& command) {
    std::vector<std::string> names;
    for (auto const* option : command.get_options())
        for (auto const& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::vector<std::string> commands_of(CLI::App const& app) {
    std::vector<std::string> names;
    for (auto const* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
}

std::string guess(std::string const& word, std::vector<std::string> const& known) {
    auto const near = nearest(word.substr(0, word.find('=')), known);
    return near.empty() ? std::string() : "; did you mean '" + near + "'?";
}

// Of a sentence of the library's the end: what option it is of stands before it.
std::string fact(CLI::App const& app, CLI::ParseError const& error) {
    auto const& command = command_of(app);
    auto const  left = app.remaining(true);
    for (auto const& word : left)
        if (word.starts_with("-"))
            return "there is no option '" + word + "'" + guess(word, options_of(command));
    if (&command == &app) {
        auto const known = commands_of(app);
        return left.empty()
                   ? "which of its commands? " + CLI::detail::join(known, ", ")
                   : "there is no command '" + left.front() + "'" + guess(left.front(), known);
    }
    if (!left.empty()) return "'" + left.front() + "' is one word too many";
    return error.what();
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
    auto const all = CLI::detail::join(words, ", ");
    return CLI::Validator(
        [words = std::move(words), all](std::string& word) {
            if (std::find(words.begin(), words.end(), word) != words.end()) return std::string();
            auto const near = guess(word, words);
            return "'" + word + "' is not known" + (near.empty() ? ": there are " + all : near);
        },
        "");
}

std::string command_line_problem(CLI::App const& app, CLI::ParseError const& error) {
    auto const& command = command_of(app);
    auto const  name = &command == &app ? "lockstep" : "lockstep " + command.get_name();
    return name + ": " + fact(app, error) + "\n  " + name + " --help tells of all it takes\n";
}

}  // namespace scenario
