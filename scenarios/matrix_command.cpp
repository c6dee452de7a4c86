#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "runtime/real_stopwatch.hpp"
#include "runtime/real_terminal.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/external_gateway.hpp"
#include "scenarios/matrix.hpp"

namespace scenario {

namespace {

namespace fs = std::filesystem;

// A file or a folder of scenarios; everything else is a gateway.
bool is_path(std::string const& word) {
    return word.find(".scenario") != word.npos || fs::is_directory(word);
}

// Of an installed tree, or of the repository; they lie beside the gateways.
std::string library_folder() { return (fs::path(gateway_folder()) / "../library").string(); }

std::map<std::string, std::string> baselines_of(std::vector<std::string> const& given,
                                                std::vector<std::string> const& gateways) {
    std::map<std::string, std::string> files;
    for (auto const& one : given) {
        auto const sign = one.find('=');
        auto const name = one.substr(0, sign);
        if (sign == one.npos || std::find(gateways.begin(), gateways.end(), name) == gateways.end())
            throw syntax_error("--baseline " + one, {}, {}, "no gateway of this matrix stands here",
                               "the form is: GATEWAY=FILE, the gateway as it is named before");
        files[name] = one.substr(sign + 1);
    }
    return files;
}

void save(std::string const& path, std::string const& text) {
    if (!path.empty()) save_text(path, text);
}

// All pages of it: a folder that holds something else is left as it is.
void save_pages(std::string const& folder, gateway_matrix const& m) {
    if (folder.empty()) return;
    for (auto const& [name, text] : pages_of(m)) {
        auto const      path = fs::path(folder) / name;
        std::error_code ec;  // `save` says what is wrong
        fs::create_directories(path.parent_path(), ec);
        save(path.string(), text);
    }
}

run_result played_against(std::string const& name, selection const& wanted) {
    run_result run;
    run.real = true;
    run.cases = selected(wanted);
    std::vector<scenario const*> all;
    for (auto const& c : run.cases)
        if (c.played) all.push_back(c.played.get());
    external_gateway gateway(find_gateway(name), all, 0);
    run.gateway = gateway.file().name;
    play_options how;
    how.real = true;
    how.gateway = &gateway;
    fit_to(gateway, run.cases, how);
    auto const  began = runtime::wall_nanoseconds();
    std::size_t told = 0;
    bool const  on_terminal = runtime::is_on_terminal();
    play_all(run.cases, how, 1, [&](case_result const&) {
        if (!on_terminal) return;
        std::printf("\r\x1b[K%s: %zu of %zu", run.gateway.c_str(), ++told, run.cases.size());
        std::fflush(stdout);
    });
    if (on_terminal) std::printf("\r\x1b[K");
    run.nanoseconds = runtime::wall_nanoseconds() - began;
    for (auto& c : run.cases) c.how.gateway = nullptr;  // it ends here
    return run;
}

}  // namespace

int matrix(matrix_options const& options) {
    try {
        std::vector<std::string> gateways;
        selection                wanted;
        for (auto const& word : options.what)
            (is_path(word) ? wanted.paths : gateways).push_back(word);
        if (gateways.empty())
            throw syntax_error("lockstep matrix", {}, {}, "no gateway is named",
                               "lockstep list gateways has them");
        // What a gateway changes is seen beside what there is without it.
        bool const has_direct =
            std::find(gateways.begin(), gateways.end(), direct_connection) != gateways.end();
        if (!options.html.empty() && !has_direct)
            gateways.insert(gateways.begin(), direct_connection);
        if (wanted.paths.empty()) wanted.paths = {library_folder()};
        wanted.names = options.names;
        wanted.families = options.families;
        wanted.sample = options.sample;
        auto const baselines = baselines_of(options.baselines, gateways);
        for (auto const& name : gateways) find_gateway(name);  // all, before any is played
        save(options.markdown, "");
        save(options.json, "");
        if (!options.html.empty()) save_pages(options.html, {});
        std::vector<run_result> runs;
        for (auto const& name : gateways) {
            auto const known = baselines.find(name);
            wanted.baseline = known == baselines.end() ? "" : known->second;
            runs.push_back(played_against(name, wanted));
        }
        auto const m = matrix_of(runs);
        if (m.rows.empty()) {
            std::fputs("no scenario here has such a name or family\n", stderr);
            return 2;
        }
        bool const colours = runtime::is_on_terminal() && std::getenv("NO_COLOR") == nullptr;
        std::fputs(table_of(m, colours).c_str(), stdout);
        save(options.markdown, markdown_of(m));
        save(options.json,
             json_of(m).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
        save_pages(options.html, m);
        return m.exit_status();
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
