#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <fstream>

#include "proxy/config_url.hpp"
#include "replay/lines.hpp"
#include "replay/recorder.hpp"
#include "runtime/real.hpp"
#include "runtime/real_environment.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/recording_text.hpp"

namespace scenario {

namespace {

// The file while it grows: what has passed is on the disk even if we are killed.
class growing_file {
public:
    explicit growing_file(std::string const& path) : path_(path), file_(path, std::ios::binary) {}

    void add(std::string const& text) { file_ << text << std::flush; }
    bool good() const { return static_cast<bool>(file_); }
    int  complain() const {
        std::fprintf(stderr, "%s: cannot be written\n", path_.c_str());
        return 2;
    }

private:
    std::string   path_;
    std::ofstream file_;
};

replay::recording header_of(record_options const& options, std::string source) {
    replay::recording r;
    r.over_stdio = options.stdio;
    r.redacted = options.redact;
    r.ignored = options.ignore;
    r.note = options.note;
    replay::redaction const secrets(options.redact);
    r.source = secrets.clean_target(options.source.empty() ? std::move(source) : options.source);
    secrets.clean_text(r.source);
    secrets.clean_text(r.note);
    return r;
}

runtime::awaitable<void> stop(replay::recorder& recorder, bool& stopped) {
    co_await recorder.stop();
    stopped = true;
}

int record_http(record_options const& options) {
    proxy::http_url                 url;
    std::optional<runtime::address> door;
    try {
        url = proxy::parse_http_url(options.upstream);
        door = proxy::parse_listen_address(with_host(options.listen));
    } catch (proxy::bad_url const& e) {
        std::fprintf(stderr, "%s: %s\n", door ? "--listen" : "--upstream or --listen",
                     e.problem.c_str());
        return 2;
    }
    growing_file file(options.out);
    file.add(header_line(header_of(options, options.upstream)));
    if (!file.good()) return file.complain();

    runtime::tls_options tls;
    tls.read_at_start = url.at.tls;
    tls.authority_file = options.authority;
    std::unique_ptr<runtime::real_world> made;
    try {
        made = std::make_unique<runtime::real_world>(false, tls);
    } catch (boost::system::system_error const& e) {
        std::fprintf(stderr, "--authority %s: no certificates in PEM: %s\n",
                     options.authority.c_str(), e.code().message().c_str());
        return 2;
    }
    auto&                     world = *made;
    replay::recorder::options how{url.at, url.path, replay::redaction(options.redact)};
    if (how.base_path.ends_with('/')) how.base_path.pop_back();
    std::size_t      count = 0;
    replay::recorder recorder(
        world.world(), std::move(how),
        [&](replay::exchange x) {
            ++count;
            file.add(lines_of(x));
        },
        [](std::string const& complaint) { std::fprintf(stderr, "%s\n", complaint.c_str()); });
    try {
        auto listener = world.world().network.listen(*door);
        std::printf("recording http://%s\n", runtime::to_text(listener->local()).c_str());
        std::fflush(stdout);
        recorder.start(std::move(listener));
    } catch (boost::system::system_error const& e) {
        std::fprintf(stderr, "cannot listen: %s\n", e.code().message().c_str());
        return 2;
    }
    bool asked = false;
    bool stopped = false;
    world.on_signals([&](int) { asked = true; });
    world.run([&] { return asked; });
    boost::asio::co_spawn(world.world().executor, stop(recorder, stopped),
                          [](std::exception_ptr) {});
    world.run([&] { return stopped; });
    if (!file.good()) return file.complain();
    std::printf("%zu exchanges in %s\n", count, options.out.c_str());
    return 0;
}

runtime::awaitable<void> pass_lines(replay::line_recorder& recorder, runtime::stream& client,
                                    runtime::child& program, std::optional<int>& status) {
    co_await recorder.pass(client, program.io());
    status = co_await program.exited();
}

int record_stdio(record_options const& options) {
    std::string source;
    for (auto const& word : options.command) source += (source.empty() ? "" : " ") + word;
    growing_file file(options.out);
    file.add(header_line(header_of(options, source)));
    if (!file.good()) return file.complain();

    runtime::real_world             world;
    runtime::command const          what{options.command, runtime::own_environment()};
    std::unique_ptr<runtime::child> program;
    try {
        program = world.world().network.spawn(what);
    } catch (boost::system::system_error const& e) {
        std::fprintf(stderr, "%s: cannot be started: %s\n", options.command.front().c_str(),
                     e.code().message().c_str());
        return 2;
    }
    auto const            client = world.standard_streams();
    replay::line_recorder recorder(world.world(), replay::redaction(options.redact),
                                   [&](replay::spoken_line l) { file.add(line_of(l)); });
    std::optional<int>    status;
    world.on_signals([&](int) { program->terminate(); });
    bool failed = false;
    boost::asio::co_spawn(world.world().executor, pass_lines(recorder, *client, *program, status),
                          [&](std::exception_ptr thrown) { failed = thrown != nullptr; });
    world.run([&] { return status || failed; });
    if (status) file.add(exit_line(*status));
    std::fputs(program->last_words().c_str(), stderr);
    if (!file.good()) return file.complain();
    return status.value_or(1);
}

}  // namespace

std::string with_host(std::string const& port_or_address) {
    bool const port_only = port_or_address.find_first_not_of("0123456789") == std::string::npos;
    return port_only ? "127.0.0.1:" + port_or_address : port_or_address;
}

int record(record_options const& options) {
    for (auto const& pointer : options.ignore)
        if (!is_json_pointer(pointer)) {
            std::fprintf(stderr, "--ignore: '%s' is no JSON pointer; one is /params/clientInfo\n",
                         pointer.c_str());
            return 2;
        }
    if (options.stdio) {
        if (!options.command.empty()) return record_stdio(options);
        std::fprintf(stderr,
                     "the program to start is missing: record --stdio --out FILE -- COMMAND\n");
        return 2;
    }
    if (!options.upstream.empty() && options.command.empty()) return record_http(options);
    std::fprintf(stderr, "whom to record is missing: --upstream URL, or --stdio -- COMMAND\n");
    return 2;
}

}  // namespace scenario
