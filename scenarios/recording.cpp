#include "scenarios/recording.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "scenarios/token.hpp"

namespace scenario {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> contents(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || !fs::is_regular_file(path)) return {};
    return std::string(std::istreambuf_iterator<char>(file), {});
}

fs::path find(std::string const& file, std::string const& scenario_path, place at) {
    auto folder = fs::path(scenario_path).parent_path();
    if (fs::is_regular_file(folder / file)) return folder / file;
    for (int up = 0; up < 3; ++up, folder /= "..")
        if (fs::is_regular_file(folder / "recordings" / file)) return folder / "recordings" / file;
    throw trouble{at, "there is no recording '" + file + "'",
                  "looked beside the scenario, and in recordings/ there and above"};
}

// The times file while it is read: knows where it is, for complaints.
struct times_line {
    std::string const& path;
    std::string        text;
    int                number;

    [[noreturn]] void wrong(place at, std::string problem, std::string hint) const {
        throw syntax_error(path, text, at, std::move(problem), std::move(hint));
    }

    // Time and size; nothing on a blank line.
    std::optional<std::pair<runtime::duration, std::size_t>> read() const {
        auto const tokens = tokens_here();
        if (tokens.empty()) return {};
        auto const after = runtime::parse_duration(tokens[0].text);
        if (!after) wrong(tokens[0].at, "'" + tokens[0].text + "' is not a time", form);
        if (tokens.size() != 2)
            wrong(tokens.back().at, "a time and a size should stand here", form);
        auto const& digits = tokens[1].text;
        std::size_t size = 0;
        auto const  end = digits.data() + digits.size();
        auto const [stopped, error] = std::from_chars(digits.data(), end, size);
        if (error != std::errc{} || stopped != end || size == 0)
            wrong(tokens[1].at, "'" + digits + "' is not a number of bytes", form);
        return std::pair(*after, size);
    }

    static constexpr char const* form = "a line per write: 120ms 245";

private:
    std::vector<token> tokens_here() const {
        try {
            return split(text, number).tokens;
        } catch (trouble const& t) {
            wrong(t.at, t.problem, t.hint);
        }
    }
};

}  // namespace

std::vector<mock::recorded_write> read_recording(std::string const& file,
                                                 std::string const& scenario_path, place at) {
    auto const path = find(file, scenario_path, at);
    auto const bytes = contents(path);
    auto const times_path = fs::path(path).replace_extension(".times");
    auto const times = contents(times_path);
    if (!bytes || !times)
        throw trouble{at,
                      "'" + (bytes ? times_path : path).filename().string() + "' cannot be read",
                      "a recording is a .sse file with a .times file beside it"};

    std::vector<mock::recorded_write> writes;
    auto const                        name = times_path.string();
    std::size_t                       used = 0;
    times_line                        last{name, {}, 1};
    int                               number = 0;
    for (std::size_t begin = 0; begin < times->size();) {
        auto const end = std::min(times->find('\n', begin), times->size());
        auto       text = times->substr(begin, end - begin);
        if (text.ends_with('\r')) text.pop_back();
        begin = end + 1;

        times_line line{name, std::move(text), ++number};
        auto const write = line.read();
        if (!write) continue;
        auto const whole = place{number, 1, column_at(line.text, line.text.size()) - 1};
        auto const [due, size] = *write;
        if (!writes.empty() && due < writes.back().at)
            line.wrong(whole, "this write is earlier than the one above", {});
        if (size > bytes->size() - used)
            line.wrong(whole, "this write goes beyond the end of " + path.filename().string(),
                       std::to_string(bytes->size() - used) + " bytes are left");
        writes.push_back({due, bytes->substr(used, size)});
        used += size;
        last.text = line.text;
        last.number = number;
    }
    if (used != bytes->size())
        last.wrong({last.number, 1, std::max(1, column_at(last.text, last.text.size()) - 1)},
                   "the end of " + path.filename().string() + " is in no write",
                   "the sizes add up to " + std::to_string(used) + " instead of " +
                       std::to_string(bytes->size()));
    return writes;
}

}  // namespace scenario
