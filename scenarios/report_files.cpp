#include "scenarios/report_files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "scenarios/html_report.hpp"
#include "scenarios/junit.hpp"
#include "scenarios/perfetto.hpp"
#include "scenarios/trace_file.hpp"

namespace scenario {

namespace {

[[noreturn]] void refuse(std::string const& path) {
    throw syntax_error(path, {}, {},
                       "this file cannot be written: " + std::string(std::strerror(errno)),
                       "does its folder exist, and is there room?");
}

void write_one(std::string const& path, run_result const& run,
               std::string (*made)(run_result const&)) {
    if (!path.empty()) save_text(path, made(run));
}

}  // namespace

void save_text(std::string const& path, std::string const& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!file || !(file << text).flush()) refuse(path);
}

void expect_writable(report_files const& files) {
    for (auto const& path : {files.junit, files.trace, files.perfetto, files.html})
        if (!path.empty() && !std::ofstream(path, std::ios::app)) refuse(path);
}

void write(report_files const& files, run_result const& run) {
    write_one(files.junit, run, junit);
    write_one(files.trace, run, trace_text);
    write_one(files.perfetto, run, perfetto);
    write_one(files.html, run, html_report);
}

}  // namespace scenario
