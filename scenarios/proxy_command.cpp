#include <csignal>
#include <cstdio>
#include <deque>
#include <fstream>
#include <mutex>

#include "runtime/real_service.hpp"
#include "runtime/real_stopwatch.hpp"
#include "runtime/real_workers.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/gateway_loop.hpp"
#include "scenarios/gateway_settings.hpp"

namespace scenario {

namespace {

void tell(std::string const& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

// A line of each request, of all loops: on standard output, or in a file that is opened anew when
// it is told to, for who moves it away.
class access_file {
public:
    explicit access_file(std::string path) : path_(std::move(path)) { reopen(); }

    bool reopen() {
        std::lock_guard const held(lock_);
        if (path_ == "-") return true;
        file_ = std::ofstream(path_, std::ios::app);
        return static_cast<bool>(file_);
    }
    bool good() const { return path_ == "-" || static_cast<bool>(file_); }
    void write(std::string const& line) {
        std::lock_guard const held(lock_);
        if (path_ != "-") {
            file_ << line << std::endl;
            return;
        }
        std::printf("%s\n", line.c_str());
        std::fflush(stdout);
    }

private:
    std::string   path_;
    std::mutex    lock_;
    std::ofstream file_;
};

class gateway_process {
public:
    gateway_process(proxy_options const& options, gateway_settings settings)
        : options_(options),
          plan_(std::make_shared<proxy::gateway_plan>(std::move(settings.config))),
          identity_(std::move(settings.identity)) {}

    // False, and why was told.
    bool start() {
        if (!options_.access_log.empty()) {
            access_.emplace(options_.access_log);
            if (!access_->good()) {
                tell("--access-log: " + options_.access_log + " cannot be written");
                return false;
            }
        }
        auto const&          config = plan_->settings;
        // Reading the certificates takes long enough to hold up a stream: before the first one.
        runtime::tls_options tls;
        for (auto const& m : config.models) tls.read_at_start = tls.read_at_start || m.api.at.tls;
        for (auto const& s : config.servers) tls.read_at_start = tls.read_at_start || s.url.at.tls;
        auto const            wished = options_.loops != 0 ? options_.loops : config.loops;
        auto const            count = wished != 0 ? wished : runtime::processor_count();
        gateway_loop::sharing shared{
            std::make_shared<runtime::real_crew>(tls), plan_, commons_, tell, {}, options_.faster};
        commons_.unix_nanoseconds = runtime::unix_nanoseconds;
        if (access_) shared.access = [this](std::string const& line) { access_->write(line); };
        for (std::size_t i = 0; i < count; ++i)
            loops_.emplace_back(shared, proxy::gateway::loop{i, count});
        try {
            auto at = config.listen;
            for (auto& each : loops_) {
                each.world().show(identity_);
                each.gateway().listen(at);
                at = each.gateway().address();
            }
        } catch (boost::system::system_error const& e) {
            tell("cannot listen on " + runtime::to_text(config.listen) + ": " + e.code().message());
            return false;
        }
        for (auto& each : loops_) each.gateway().start();
        return true;
    }

    void run() {
        auto const at = loops_.front().gateway().address();
        // First: who has read that it listens may signal it.
        loops_.front().world().on_signals([this](int number) { signalled(number); });
        std::printf("listening on %s://%s\n", at.tls ? "https" : "http",
                    runtime::to_text(at).c_str());
        std::fflush(stdout);
        runtime::tell_service("READY=1");
        auto const count = static_cast<unsigned>(loops_.size());
        runtime::in_parallel(count, count, [this](std::size_t i) { loops_[i].run(); });
    }

private:
    void signalled(int number) {
        if (number == SIGHUP) return reload();
        runtime::tell_service("STOPPING=1");
        for (auto& each : loops_) each.end();
    }

    // On the first loop. A file that cannot be used changes nothing.
    void reload() {
        if (access_ && !access_->reopen())
            tell("--access-log: " + options_.access_log + " cannot be written");
        gateway_settings fresh;
        try {
            fresh = read_settings(options_.config, options_.listen);
        } catch (std::runtime_error const& e) {
            return tell(std::string(e.what()) + "\nnot reloaded: the old configuration stays");
        }
        for (auto const& warning : fresh.warnings) tell(warning);
        auto const& old = plan_->settings;
        if (fresh.config.listen != old.listen)
            tell("'listen' and TLS at it change with a restart only: still " +
                 std::string(old.listen.tls ? "https://" : "http://") +
                 runtime::to_text(loops_.front().gateway().address()));
        if (fresh.config.loops != old.loops) tell("'loops' changes with a restart only");
        fresh.config.listen = old.listen;
        fresh.config.loops = old.loops;
        plan_ = std::make_shared<proxy::gateway_plan>(std::move(fresh.config));
        if (fresh.identity && identity_) identity_ = fresh.identity;
        for (auto& each : loops_) each.reload(plan_, identity_);
        tell("reloaded " + options_.config);
    }

    proxy_options const                          options_;
    std::optional<access_file>                   access_;
    std::shared_ptr<proxy::gateway_plan>         plan_;
    std::shared_ptr<runtime::tls_identity const> identity_;
    proxy::gateway_commons                       commons_;
    std::deque<gateway_loop>                     loops_;
};

}  // namespace

int proxy(proxy_options const& options) {
    std::optional<gateway_settings> settings;
    try {
        settings = read_settings(options.config, options.listen);
    } catch (std::runtime_error const& e) {
        tell(e.what());
        return 2;
    }
    for (auto const& warning : settings->warnings) tell(warning);
    if (options.print_config) std::printf("%s", proxy::describe(settings->config).c_str());
    if (options.print_config || options.check) return 0;
    gateway_process process(options, std::move(*settings));
    if (!process.start()) return 2;
    process.run();
    return 0;
}

}  // namespace scenario
