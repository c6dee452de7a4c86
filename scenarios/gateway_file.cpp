#include "scenarios/gateway_file.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "runtime/real_program.hpp"
#include "scenarios/gateway_needs.hpp"
#include "scenarios/parser_lines.hpp"
#include "scenarios/token.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

namespace fs = std::filesystem;

// A line's words, each with its place; ` #` begins a comment.
struct gateway_line {
    int                      number = 0;
    std::string              text;
    std::vector<std::string> words;
    std::vector<int>         columns;

    gateway_line(int n, std::string const& line) : number(n), text(line) {
        for (std::size_t at = 0;;) {
            at = line.find_first_not_of(" \t", at);
            if (at == line.npos || line[at] == '#') return;
            auto const end = std::min(line.find_first_of(" \t", at), line.size());
            words.push_back(line.substr(at, end - at));
            columns.push_back(column_at(line, at));
            at = end;
        }
    }
};

class gateway_reader {
public:
    gateway_reader(std::string const& text, std::string const& path)
        : path_(path), lines_(lines_of(text)), reader_(lines_) {
        made_.path = path;
        made_.name = fs::path(path).stem().string();
        if (!lines_.empty() && lines_.front().starts_with("# ")) made_.title = lines_[0].substr(2);
    }

    gateway_file read() {
        while (!reader_.at_end()) {
            gateway_line line(reader_.number(),
                              lines_[static_cast<std::size_t>(reader_.number()) - 1]);
            if (line.columns.front() != 1)
                wrong(line, 0, "this line belongs to no word at the margin",
                      "begin it at the margin, or put it below a 'file'");
            read_line(line);
        }
        return std::move(made_);
    }

    static std::vector<std::string> forms() {
        std::vector<std::string> all;
        for (auto const& k : keywords()) all.emplace_back(k.form);
        return all;
    }

private:
    struct keyword {
        char const* word;
        char const* form;
        void (gateway_reader::*read)(gateway_line const&);
    };

    static std::span<keyword const> keywords() {
        using r = gateway_reader;
        static constexpr std::array all{
            keyword{"start", "start PROGRAM WORDS...", &r::read_start},
            keyword{"install", "install COMMAND...", &r::read_install},
            keyword{"env", "env NAME=VALUE", &r::read_environment},
            keyword{"at", "at HOST:PORT|provider", &r::read_address},
            keyword{"key", "key KEY", &r::read_key},
            keyword{"header", "header NAME VALUE", &r::read_header},
            keyword{"body", "body {JSON}", &r::read_body},
            keyword{"ready", "ready GET /PATH within TIME", &r::read_ready},
            keyword{"stop", "stop TERM|INT|QUIT within TIME", &r::read_stop},
            keyword{"profile", "profile NAME", &r::read_profile},
            keyword{"keep", "keep yes|no", &r::read_keep},
            keyword{"shorten", "shorten clock|settings|none", &r::read_shorten},
            keyword{"slack", "slack TIME", &r::read_slack},
            keyword{"shortest", "shortest TIME", &r::read_shortest},
            keyword{"can", "can WHAT...", &r::read_can},
            keyword{"settings", "settings NAME...", &r::read_settings},
            keyword{"error", "error ITS-CODE OUR-CODE", &r::read_error},
            keyword{"file", "file NAME, and its text below, deeper", &r::read_file},
        };
        return all;
    }

    void read_line(gateway_line const& line) {
        auto const& word = line.words.front();
        for (auto const& k : keywords()) {
            if (k.word != word) continue;
            form_ = k.form;
            if (word == "file") return (this->*k.read)(line);
            reader_.take_line();
            if (line.words.size() < 2) wrong(line, 0, "something is missing behind '" + word + "'");
            return (this->*k.read)(line);
        }
        std::vector<std::string> known;
        for (auto const& k : keywords()) known.emplace_back(k.word);
        auto const near = nearest(word, known);
        wrong(line, 0, "'" + word + "' is not a word of a gateway file",
              near.empty() ? "docs/gateway-files.md has them all" : "did you mean '" + near + "'?");
    }

    void read_start(gateway_line const& l) {
        made_.start.assign(l.words.begin() + 1, l.words.end());
    }
    void read_install(gateway_line const& l) { made_.install = rest(l, 1); }
    void read_environment(gateway_line const& l) {
        auto const whole = rest(l, 1);
        auto const sign = whole.find('=');
        if (sign == whole.npos || sign == 0) wrong(l, 1, "this is not NAME=VALUE");
        made_.environment.emplace_back(whole.substr(0, sign), whole.substr(sign + 1));
    }
    void read_address(gateway_line const& l) {
        made_.is_direct = l.words[1] == "provider";
        if (made_.is_direct) return;
        auto const colon = l.words[1].rfind(':');
        auto const port = colon == std::string::npos ? std::string() : l.words[1].substr(colon + 1);
        if (colon == 0 || port.empty() || port.find_first_not_of("0123456789") != port.npos)
            wrong(l, 1, "this is not HOST:PORT");
        made_.address = l.words[1];
    }
    void read_key(gateway_line const& l) { made_.key = l.words[1]; }
    void read_header(gateway_line const& l) {
        if (l.words.size() < 3) wrong(l, 1, "the value is missing");
        made_.headers.emplace_back(l.words[1], rest(l, 2));
    }
    void read_body(gateway_line const& l) {
        made_.body = wire::read_json(rest(l, 1));
        if (!made_.body.is_object()) wrong(l, 1, "this is not a JSON object");
    }
    void read_ready(gateway_line const& l) {
        if (l.words[1] != "GET" || l.words.size() < 3 || !l.words[2].starts_with('/'))
            wrong(l, 1, "this is not GET and a path");
        made_.ready = l.words[2];
        if (l.words.size() > 3) made_.ready_within = within(l, 3);
    }
    void read_stop(gateway_line const& l) {
        static std::map<std::string, int> const signals{
            {"TERM", SIGTERM}, {"INT", SIGINT}, {"QUIT", SIGQUIT}};
        auto const known = signals.find(l.words[1]);
        if (known == signals.end()) wrong(l, 1, "'" + l.words[1] + "' is none of these signals");
        made_.stop_signal = known->second;
        if (l.words.size() > 2) made_.stop_within = within(l, 2);
    }
    void read_profile(gateway_line const& l) {
        made_.profile = find_profile(l.words[1]);
        if (made_.profile != nullptr) return;
        std::vector<std::string> names;
        for (auto const& p : wire_profiles()) names.emplace_back(p.name);
        auto const near = nearest(l.words[1], names);
        wrong(
            l, 1, "'" + l.words[1] + "' is not a wire profile",
            near.empty() ? "lockstep list profiles has them all" : "did you mean '" + near + "'?");
    }
    void read_keep(gateway_line const& l) { made_.kept = yes_or_no(l); }
    void read_shorten(gateway_line const& l) {
        using enum gateway_file::shortening;
        static std::map<std::string, gateway_file::shortening> const ways{
            {"clock", clock}, {"settings", settings}, {"none", none}};
        auto const known = ways.find(l.words[1]);
        if (known == ways.end()) wrong(l, 1, "'" + l.words[1] + "' is no way to shorten times");
        made_.shorten = known->second;
    }
    void read_slack(gateway_line const& l) { made_.slack = time(l, 1); }
    void read_shortest(gateway_line const& l) { made_.shortest = time(l, 1); }
    void read_can(gateway_line const& l) {
        for (std::size_t i = 1; i < l.words.size(); ++i) {
            auto const& what = l.words[i];
            auto const  all = ability_words();
            if (!what.starts_with('/') && std::find(all.begin(), all.end(), what) == all.end()) {
                auto const near = nearest(what, all);
                wrong(l, i, "'" + what + "' is nothing that a scenario may need",
                      near.empty() ? "" : "did you mean '" + near + "'?");
            }
            made_.can.push_back(what);
        }
    }
    void read_settings(gateway_line const& l) {
        made_.settings.insert(made_.settings.end(), l.words.begin() + 1, l.words.end());
    }
    void read_error(gateway_line const& l) {
        if (l.words.size() != 3) wrong(l, 1, "these are not two codes");
        made_.errors[l.words[1]] = l.words[2];
    }
    void read_file(gateway_line const& l) {
        if (l.words.size() != 2) wrong(l, 0, "a file has one name");
        if (l.words[1].find('/') != std::string::npos)
            wrong(l, 1, "a file lies in the run's own folder: its name has no '/'");
        reader_.take_line();
        made_.files.emplace_back(l.words[1], reader_.take_block(1) + "\n");
    }

    // The words from the n-th on, as they are written.
    std::string rest(gateway_line const& l, std::size_t n) const {
        std::string all;
        for (auto i = n; i < l.words.size(); ++i) all += (i == n ? "" : " ") + l.words[i];
        return all;
    }

    bool yes_or_no(gateway_line const& l) {
        if (l.words[1] != "yes" && l.words[1] != "no") wrong(l, 1, "this is neither yes nor no");
        return l.words[1] == "yes";
    }

    runtime::duration time(gateway_line const& l, std::size_t i) {
        auto const length = i < l.words.size() ? runtime::parse_duration(l.words[i]) : std::nullopt;
        if (!length) wrong(l, std::min(i, l.words.size() - 1), "a time is missing, such as 10s");
        return *length;
    }

    runtime::duration within(gateway_line const& l, std::size_t i) {
        if (l.words[i] != "within") wrong(l, i, "'within' is missing");
        return time(l, i + 1);
    }

    [[noreturn]] void wrong(gateway_line const& l, std::size_t word, std::string problem,
                            std::optional<std::string> hint = {}) {
        throw syntax_error(
            path_, l.text,
            {l.number, l.columns[word], column_at(l.words[word], l.words[word].size()) - 1},
            std::move(problem), hint.value_or(std::string("the form is: ") + form_));
    }

    std::string              path_;
    std::vector<std::string> lines_;
    line_reader              reader_;
    gateway_file             made_;
    char const*              form_ = "";
};

gateway_file running_at(std::string const& url) {
    gateway_file g;
    g.path = g.name = g.asked = url;
    g.title = "A gateway that runs already.";
    constexpr std::string_view scheme = "http://";
    g.address = url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
    if (g.address.find(':') == std::string::npos) g.address += ":80";
    g.kept = true;
    g.shorten = gateway_file::shortening::none;
    g.can = ability_words();
    return g;
}

}  // namespace

gateway_file parse_gateway(std::string const& text, std::string const& path) {
    return gateway_reader(text, path).read();
}

std::vector<std::string> gateway_line_forms() { return gateway_reader::forms(); }

std::vector<std::string> gateway_names() {
    std::vector<std::string> names;
    std::error_code          ec;
    for (fs::directory_iterator at(gateway_folder(), ec), end; !ec && at != end; at.increment(ec))
        if (at->path().extension() == ".gateway") names.push_back(at->path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string gateway_folder() {
    std::error_code ec;
    auto            above = fs::path(runtime::program_path()).parent_path();
    auto const      installed = above / "../share/lockstep/gateways";
    if (fs::is_directory(installed, ec)) return fs::weakly_canonical(installed, ec).string();
    // Built, and not installed: the repository lies somewhere above.
    for (; above.has_relative_path(); above = above.parent_path())
        if (fs::is_directory(above / "scenarios/gateways", ec))
            return (above / "scenarios/gateways").string();
    return "scenarios/gateways";
}

gateway_file find_gateway(std::string const& what) {
    if (what.starts_with("http://")) return running_at(what);
    bool const is_path = what.find('/') != what.npos || what.ends_with(".gateway");
    auto const path = is_path ? what : gateway_folder() + "/" + what + ".gateway";
    if (is_path || fs::exists(path)) {
        auto found = parse_gateway(read_text(path), path);
        found.asked = what;
        return found;
    }
    auto const  names = gateway_names();
    std::string all;
    for (auto const& name : names) all += (all.empty() ? "" : ", ") + name;
    auto const near = nearest(what, names);
    throw syntax_error("--gateway " + what, {}, {}, "no gateway has this name",
                       (near.empty() ? "" : "did you mean '" + near + "'? ") + "there are: " + all +
                           "; or give a file, or an http:// URL");
}

}  // namespace scenario
