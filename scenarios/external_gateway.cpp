#include "scenarios/external_gateway.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/guarded.hpp"
#include "runtime/http.hpp"
#include "runtime/real.hpp"
#include "scenarios/canary.hpp"

namespace scenario {

namespace {

namespace fs = std::filesystem;
using boost::system::system_error;

constexpr char log_name[] = "gateway.log";

std::string model_key(std::string const& name, std::string const& format) {
    return "model " + name + ' ' + format;
}

std::string server_key(std::string const& name, std::string const& transport) {
    return "server " + name + ' ' + transport;
}

template <class Row>
void add_unless_named(std::vector<Row>& rows, Row row) {
    auto const same = [&](Row const& r) { return r.name == row.name; };
    if (std::none_of(rows.begin(), rows.end(), same)) rows.push_back(std::move(row));
}

std::string text_of(fs::path const& path, std::uintmax_t from = 0) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(from));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string shortened(std::string const& value, std::int64_t factor) {
    auto const length = runtime::parse_duration(value);
    return length ? runtime::to_text(*length / factor) : value;
}

// One question, whose answer must be 200.
runtime::awaitable<bool> answers(runtime::world w, runtime::address at, std::string path) {
    runtime::http_request ask;
    ask.method = "GET";
    ask.target = std::move(path);
    ask.fields = {{"Host", runtime::to_text(at)}, {"Connection", "close"}};
    try {
        auto const stream = co_await w.network.connect(at);
        co_await stream->write(runtime::to_text(ask));
        runtime::http_reader      reader(*stream, w.clock);
        runtime::http_limit const limit{std::chrono::seconds(5), boost::asio::error::timed_out};
        auto const                head = co_await reader.response(limit);
        co_return head.status == 200;
    } catch (system_error const&) {
        co_return false;
    }
}

runtime::awaitable<void> ask_until_ready(runtime::world w, runtime::address at, std::string path,
                                         runtime::duration            within,
                                         std::function<bool()> const& gave_up, bool& ready,
                                         bool& over) {
    auto const until = w.clock.now() + within;
    while (!ready && !gave_up() && w.clock.now() < until) {
        ready = co_await answers(w, at, path);
        if (!ready) co_await w.clock.sleep_for(std::chrono::milliseconds(10));
    }
    over = true;
}

}  // namespace

external_gateway::external_gateway(gateway_file file, std::vector<scenario const*> const& all,
                                   std::uint16_t first_port)
    : file_(std::move(file)), next_port_(first_port) {
    if (!file_.start.empty()) work_.emplace();
    if (first_port == 0) {
        claimed_ = runtime::claim_ports();
        next_port_ = claimed_.first;
    }
    slots_["canary"] = {"127.0.0.1", 0};
    for (auto const* s : all) give_ports(*s);
    auto const take_port = [&](runtime::address& at) {
        at.port = runtime::free_port(next_port_);
        next_port_ = static_cast<std::uint16_t>(at.port + 1);
    };
    take_port(slots_["canary"]);
    for (auto& m : models_) take_port(slots_[model_key(m.name, m.format)] = m.at);
    for (auto& m : servers_) take_port(slots_[server_key(m.name, m.transport)] = m.at);
    for (auto& m : models_) m.at = slots_[model_key(m.name, m.format)];
    for (auto& m : servers_) {
        m.at = slots_[server_key(m.name, m.transport)];
        if (m.transport == "stdio") m.command = joining(m.at);
    }
    if (file_.address.empty()) {
        at_ = {"127.0.0.1", 0};
        take_port(at_);
    } else {
        auto const colon = file_.address.rfind(':');
        at_ = {file_.address.substr(0, colon),
               static_cast<std::uint16_t>(std::atoi(file_.address.c_str() + colon + 1))};
    }
}

external_gateway::~external_gateway() { stop(); }

// Each model and each server once, by what it is; their ports come when all are known.
void external_gateway::give_ports(scenario const& s) {
    for (auto const& p : s.providers) {
        auto const name = model_name(s, p);
        if (slots_.emplace(model_key(name, p.format), runtime::address{"127.0.0.1", 0}).second)
            models_.push_back({name, p.format, {"127.0.0.1", 0}, "sk-of-" + name});
    }
    for (auto const& m : s.servers)
        if (slots_.emplace(server_key(m.name, m.transport), runtime::address{"127.0.0.1", 0})
                .second)
            servers_.push_back({m.name, m.transport, {"127.0.0.1", 0}, {}});
}

std::int64_t external_gateway::factor_for(scenario const& s, runtime::duration length,
                                          runtime::duration wanted) const {
    using enum gateway_file::shortening;
    if (file_.shorten == none) return 1;
    auto factor = std::max<std::int64_t>(1, length / wanted + (length > wanted ? 1 : 0));
    if (file_.shorten == clock || file_.shortest <= runtime::duration::zero()) return factor;
    for (auto const& setting : s.gateway.settings)
        if (auto const limit = runtime::parse_duration(setting.value))
            factor =
                std::min<std::int64_t>(factor, std::max<std::int64_t>(1, *limit / file_.shortest));
    return factor;
}

std::vector<std::string> external_gateway::joining(runtime::address const& at) const {
    return {program_, "join", runtime::to_text(at)};
}

addresses external_gateway::where(scenario const& s) const {
    addresses all;
    for (auto const& p : s.providers)
        all.of[p.name] = slots_.at(model_key(model_name(s, p), p.format));
    for (auto const& m : s.servers) {
        all.of[m.name] = slots_.at(server_key(m.name, m.transport));
        if (m.transport == "stdio") all.programs[m.name] = joining(all.of[m.name]);
    }
    all.canary = slots_.at("canary");
    all.gateway = file_.is_direct ? all.of.at(s.providers.front().name) : at_;
    return all;
}

template_ground external_gateway::ground(scenario const& s, std::int64_t factor) const {
    auto const at = where(s);
    auto       g = ground_of(s, at);
    g.models.pop_back();  // the canary's: it stands at the end, behind those of others
    if (file_.kept) {
        // In one order for all scenarios, or the text would differ between two that agree.
        auto const own_models = std::exchange(g.models, {});
        auto const own_servers = std::exchange(g.servers, {});
        for (auto const& m : models_) {
            auto const rival = [&](auto const& own) {
                return own.name == m.name && own.format != m.format;
            };
            if (std::none_of(own_models.begin(), own_models.end(), rival))
                add_unless_named(g.models, m);
        }
        for (auto const& m : servers_) {
            auto const rival = [&](auto const& own) {
                return own.name == m.name && own.transport != m.transport;
            };
            if (std::none_of(own_servers.begin(), own_servers.end(), rival))
                add_unless_named(g.servers, m);
        }
    }
    g.models.push_back({canary::model, "openai", slots_.at("canary"), "sk-of-the-canary"});
    if (file_.shorten == gateway_file::shortening::settings)
        for (auto& setting : g.settings) setting.value = shortened(setting.value, factor);
    g.factor = factor;
    g.key = file_.key;
    if (work_) g.work = work_->path();
    g.dir = fs::path(file_.path).parent_path().string();
    g.program = program_;
    auto own = s;
    own.gateway.settings = g.settings;
    g.yaml = gateway_yaml(own, at);
    return g;
}

std::string external_gateway::configuration(scenario const& s, std::int64_t factor) {
    if (file_.start.empty()) return {};
    auto const  here = ground(s, factor);
    std::string all;
    for (auto const& [name, text] : file_.files) all += filled(text, here, file_.path);
    for (auto const& word : file_.start) all += filled(word, here, file_.path) + '\n';
    for (auto const& [name, value] : file_.environment)
        all += name + '=' + filled(value, here, file_.path) + '\n';
    return all;
}

std::string external_gateway::bring_up(scenario const& s, std::int64_t factor) {
    if (file_.is_direct) return {};
    auto const  wanted = configuration(s, factor);
    bool const  stands = file_.kept && process_ && !ended() && wanted == running_;
    std::string trouble;
    is_fresh_ = !stands && (!file_.start.empty() || running_.empty());
    if (!file_.start.empty() && !stands) {
        stop();
        trouble = start(wanted, ground(s, factor));
    } else if (file_.start.empty() && running_.empty()) {
        running_ = "by somebody else";
        trouble = wait_until_ready();
    }
    if (!trouble.empty()) return trouble;
    std::error_code ec;
    heard_ = work_ ? fs::file_size(fs::path(work_->path()) / log_name, ec) : 0;
    return {};
}

std::string external_gateway::start(std::string const& configuration, template_ground const& here) {
    std::error_code ignored;
    fs::path const  folder = work_->path();
    auto const      log = folder / log_name;
    fs::remove(log, ignored);
    heard_ = 0;
    for (auto const& [name, text] : file_.files) {
        std::ofstream file(folder / name, std::ios::binary);
        file << filled(text, here, file_.path);
    }
    runtime::command how;
    for (auto const& word : file_.start) how.arguments.push_back(filled(word, here, file_.path));
    auto const& program = how.arguments.front();
    if (program.find('/') != program.npos && !fs::exists(program))
        return program + " is not there" +
               (file_.install.empty() ? "" : "; what installs it: " + file_.install);
    for (auto const* name : {"PATH", "HOME", "TMPDIR", "LANG"})
        if (auto const* value = std::getenv(name)) how.environment[name] = value;
    for (auto const& [name, value] : file_.environment)
        how.environment[name] = filled(value, here, file_.path);
    try {
        process_ = std::make_unique<runtime::background_program>(how, log.string());
    } catch (system_error const& e) {
        return e.what();
    }
    auto trouble = wait_until_ready();
    running_ = trouble.empty() ? configuration : std::string();
    return trouble;
}

std::string external_gateway::wait_until_ready() {
    runtime::real_world         world;
    bool                        ready = false, over = false;
    std::function<bool()> const gave_up = [this] { return ended().has_value(); };
    boost::asio::co_spawn(
        world.world().executor,
        ask_until_ready(world.world(), at_, file_.ready, file_.ready_within, gave_up, ready, over),
        [](std::exception_ptr thrown) {
            if (thrown) std::rethrow_exception(thrown);
        });
    world.run([&] { return over; });
    if (ready) return {};
    auto const said = words();
    auto const end = said.empty() ? std::string() : "\n\n" + said;
    if (auto const status = ended())
        return "the gateway ended by itself, with status " + std::to_string(*status) + end;
    return "the gateway at " + runtime::to_text(at_) + " did not answer GET " + file_.ready +
           " with 200 within " + runtime::to_text(file_.ready_within) + end;
}

void external_gateway::stop() {
    using std::chrono::milliseconds;
    auto const patience = std::chrono::duration_cast<milliseconds>(file_.stop_within);
    if (process_) stopped_badly_ = !process_->stop(file_.stop_signal, patience);
    process_.reset();
    running_.clear();
}

runtime::awaitable<void> external_gateway::stop_on(runtime::world w) {
    auto const until = w.clock.now() + file_.stop_within;
    if (process_ && !ended()) process_->signal(file_.stop_signal);
    while (process_ && !ended() && w.clock.now() < until)
        co_await w.clock.sleep_for(std::chrono::milliseconds(2));
    stopped_badly_ = process_ && !ended();
    process_.reset();
    running_.clear();
}

std::string external_gateway::words() const {
    return work_ ? text_of(fs::path(work_->path()) / log_name, heard_) : std::string();
}

std::optional<int> external_gateway::ended() const {
    return process_ ? process_->status() : std::nullopt;
}

std::optional<runtime::process_figures> external_gateway::figures(
    runtime::process_figures const& before) const {
    if (!process_) return std::nullopt;
    return runtime::settled_figures(process_->id(), before);
}

runtime::duration external_gateway::queued() const {
    return runtime::duration(process_ ? runtime::queued_nanoseconds_of(process_->id()) : 0);
}

std::vector<std::pair<std::string, std::string>> external_gateway::headers_of(
    scenario const& s, std::string const& model) const {
    std::vector<std::pair<std::string, std::string>> all;
    if (file_.headers.empty()) return all;
    template_ground::model found{model, "openai", slots_.at("canary"), "sk-of-the-canary"};
    // Another scenario may have a model of this name with another provider.
    for (auto const& p : s.providers)
        for (auto const& m : models_)
            if (m.name == model && m.name == model_name(s, p) && m.format == p.format) found = m;
    for (auto const& [name, value] : file_.headers)
        all.emplace_back(name, filled(value, found, file_.path));
    return all;
}

std::string external_gateway::told_of() const {
    std::string all;
    auto const  add = [&](std::string const& what, runtime::address const& at, char const* path) {
        all += "  " + what + " at http://" + runtime::to_text(at) + path + '\n';
    };
    for (auto const& m : models_) add("model " + m.name + " (" + m.format + ")", m.at, "/v1");
    add(std::string("model ") + canary::model + " (openai)", slots_.at("canary"), "/v1");
    for (auto const& m : servers_)
        add("MCP server " + m.name + " (" + m.transport + ")", m.at,
            m.transport == "sse" ? "/sse" : "/mcp");
    return all;
}

}  // namespace scenario
