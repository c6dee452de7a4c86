#include "proxy/yaml_source.hpp"

#include <algorithm>
#include <utility>

#include "proxy/config_spelling.hpp"
#include "wire/json_guard.hpp"

namespace proxy {
namespace {

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        auto const  end = std::min(text.find('\n'), text.size());
        std::string line(text.substr(0, end));
        if (line.ends_with('\r')) line.pop_back();
        lines.push_back(std::move(line));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (lines.empty()) lines.emplace_back();
    return lines;
}

std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

bool names_a_secret(std::string_view key) {
    std::string name(key);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (name.starts_with("max_") || name.starts_with("allow_") || name.ends_with("_url"))
        return false;
    for (auto const* part :
         {"key", "secret", "token", "passw", "credential", "authorization", "auth_value", "cookie"})
        if (name.find(part) != std::string::npos) return true;
    return !nearest_word(name, {"api_key", "auth_value", "master_key"}).empty();
}

void cover(std::string& line, std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i)
        if ((static_cast<unsigned char>(line[i]) & 0xC0) != 0x80 && line[i] != ' ') line[i] = '*';
    // What remains of longer characters would be broken UTF-8.
    auto const begin = line.begin() + static_cast<std::ptrdiff_t>(from);
    auto const end = line.begin() + static_cast<std::ptrdiff_t>(to);
    line.erase(
        std::remove_if(begin, end,
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }),
        end);
}

// Covers the values of keys that name a secret, and passwords in URLs.
std::string without_secrets(std::string line) {
    for (std::size_t colon = line.find(':'); colon != std::string::npos;
         colon = line.find(':', colon + 1)) {
        if (colon + 1 < line.size() && line[colon + 1] != ' ' && line[colon + 1] != '\t') continue;
        auto key_end = colon;
        while (key_end > 0 && (line[key_end - 1] == '"' || line[key_end - 1] == '\'')) --key_end;
        auto key = key_end;
        while (key > 0 && is_key_character(line[key - 1])) --key;
        if (!names_a_secret(std::string_view(line).substr(key, key_end - key))) continue;
        auto const value = line.find_first_not_of(" \t\"'", colon + 1);
        if (value == std::string::npos) break;
        if (line.compare(value, 11, "os.environ/") == 0) continue;
        // In {...} a value ends at a comma; elsewhere it takes the rest of its line.
        bool const in_braces = line.find('{') < key;
        cover(line, value,
              in_braces ? std::min(line.find_first_of(",}", value), line.size()) : line.size());
    }
    auto const slashes = line.find("://");
    if (slashes != std::string::npos) {
        auto const end = std::min(line.find_first_of("/?# \"'", slashes + 3), line.size());
        auto const at = line.substr(0, end).rfind('@');
        if (at != std::string::npos && at > slashes) cover(line, slashes + 3, at);
    }
    return line;
}

}  // namespace

yaml_source::yaml_source(std::string_view text, std::string file, environment const& env,
                         std::vector<std::string>& warnings)
    : file_(std::move(file)), lines_(split_lines(text)), environment_(env), warnings_(warnings) {
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        YAML::Mark mark;
        mark.line = static_cast<int>(line);
        if (lines_[line].find('\0') != std::string::npos || !wire::is_utf8(lines_[line]))
            fail(mark, 0, "this line holds a NUL or is not UTF-8", {}, true);
    }
    try {
        auto const documents = YAML::LoadAll(std::string(text));
        if (documents.size() > 1)
            fail(documents[1].Mark(), 0, "a second document begins here", "one file, one document");
        if (!documents.empty()) root_.reset(documents.front());
    } catch (YAML::Exception const& e) {
        fail(e.mark, 1, "this is not YAML: " + e.msg, {});
    }
}

yaml_source::place yaml_source::find(YAML::Mark const& mark) const {
    place at;
    at.line = std::min(static_cast<std::size_t>(std::max(mark.line, 0)), lines_.size() - 1);
    auto const& line = lines_[at.line];
    // yaml-cpp counts bytes, and from the byte order mark on.
    at.byte = std::min(static_cast<std::size_t>(std::max(mark.column, 0)), line.size());
    at.column = character_count(std::string_view(line).substr(0, at.byte));
    return at;
}

std::string yaml_source::prefix(place const& at) const {
    return file_ + ":" + std::to_string(at.line + 1) + ":" + std::to_string(at.column + 1) + ": ";
}

void yaml_source::fail(YAML::Mark const& mark, std::size_t width, std::string const& problem,
                       std::string const& hint, bool secret) const {
    auto const at = find(mark);
    auto       line = lines_[at.line];
    if (secret) cover(line, at.byte, line.size());
    line = without_secrets(std::move(line));
    std::replace(line.begin(), line.end(), '\t', ' ');

    auto const number = std::to_string(at.line + 1);
    auto const margin = std::string(number.size() < 2 ? 3 : 2, ' ');
    auto const shown = character_count(line);
    auto const carets =
        std::max<std::size_t>(1, std::min(width, shown - std::min(at.column, shown)));
    auto text = prefix(at) + problem + "\n\n" + margin + number + " | " + line + "\n" + margin +
                std::string(number.size(), ' ') + " | " + std::string(at.column, ' ') +
                std::string(carets, '^');
    if (!hint.empty()) text += "  " + hint;
    throw config_error(text + "\n", static_cast<int>(at.line + 1), static_cast<int>(at.column + 1));
}

void yaml_source::warn(YAML::Mark const& mark, std::string const& what) const {
    warnings_.push_back(prefix(find(mark)) + what);
}

}  // namespace proxy
