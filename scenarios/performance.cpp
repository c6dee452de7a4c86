#include "scenarios/performance.hpp"

#include <algorithm>

#include "scenarios/checks.hpp"
#include "scenarios/vocabulary.hpp"

namespace scenario {

namespace {

// Faults of the moment of connecting; all others are the link's (runtime/faults.hpp).
connect_fault connect_fault_of(std::string const& name) {
    if (name == "refuse") return connect_fault::refuse;
    if (name == "blackhole") return connect_fault::blackhole;
    if (name == "hesitate") return connect_fault::hesitate;
    return connect_fault::none;
}

std::vector<std::string> known_faults() {
    std::vector<std::string> names;
    for (auto const& fault : fault_words()) names.push_back(fault.word);
    return names;
}

// Notes the size of each write, and changes nothing.
class measure final : public runtime::fault {
public:
    explicit measure(std::vector<std::size_t>& sizes) : sizes_(sizes) {}

    std::vector<runtime::parcel> pass(runtime::parcel sent) override {
        if (!sent.bytes.empty()) sizes_.push_back(sent.bytes.size());
        std::vector<runtime::parcel> all;
        all.push_back(std::move(sent));
        return all;
    }

private:
    std::vector<std::size_t>& sizes_;
};

// Of a connection that hesitates: "hesitate 3s". Throws bad_fault.
runtime::duration pause_of(runtime::fault_words const& words) {
    runtime::fault_reader read(words, "TIME");
    auto const            pause = read.first_time();
    read.done();
    return pause;
}

[[noreturn]] void refuse(scenario const& s, place where, std::string problem, std::string hint) {
    auto const line = static_cast<std::size_t>(std::max(1, where.line)) - 1;
    throw syntax_error(s.path, line < s.lines.size() ? s.lines[line] : std::string(), where,
                       std::move(problem), std::move(hint));
}

}  // namespace

performance::performance(scenario const& s, runtime::world w, choices c)
    : scenario_(s),
      outer_(w),
      choices_(c),
      trace_(w.clock.now()),
      mcp_trace_(w.clock.now()),
      tap_(w.clock, mcp_trace_),
      gates_(trace_),
      network_(w),
      gateways_{w.executor, w.clock, network_, w.entropy},
      joined_(w.executor),
      ending_(w.executor),
      playing_(w.executor) {
    if (choices_.planted)
        planted_.emplace(*choices_.planted, scenario_, addresses_,
                         seam_ground{gateways_, choices_.run_loop});
    read_network();
    fill_in_waits();
}

performance::~performance() = default;

void performance::read_network() {
    for (auto const& a : scenario_.network) {
        auto const&          name = a.what.front().text;
        runtime::fault_words words;
        for (auto const& t : a.what) words.push_back(t.text);
        words.erase(words.begin());
        if (connect_fault_of(name) == connect_fault::hesitate) {
            try {
                pause_of(words);
            } catch (runtime::bad_fault const&) {
                refuse(scenario_, a.what.front().at, "'hesitate' is written: hesitate TIME", {});
            }
        } else if (connect_fault_of(name) == connect_fault::none) {
            auto const* row = runtime::find_fault(name);
            if (!row) {
                auto const near = nearest(name, known_faults());
                refuse(
                    scenario_, a.what.front().at, "'" + name + "' is not a fault",
                    near.empty() ? "lockstep list has them all" : "did you mean '" + near + "'?");
            }
            try {
                row->make(words, runtime::entropy(0));
            } catch (runtime::bad_fault const&) {
                refuse(scenario_, a.what.front().at,
                       "'" + name + "' is written: " + name + " " + row->usage, {});
            }
        }
        rules_.push_back({a.from, a.to, name, std::move(words), a.connection});
    }
}

void performance::fill_in_waits() {
    for (auto const& w : scenario_.mock_waits) {
        auto const gate = [this, until = w.until] { return gates_.wait(until); };
        for (auto& p : scenario_.providers)
            for (auto& turn : p.turns)
                for (auto& step : turn.steps)
                    if (p.name == w.actor && step.line == w.line) step.until = gate;
        for (auto& m : scenario_.servers) {
            for (auto& tool : m.tools)
                for (auto& step : tool.steps)
                    if (m.name == w.actor && step.line == w.line) step.until = gate;
            for (auto& method : m.methods)
                for (auto& step : method.steps)
                    if (m.name == w.actor && step.line == w.line) step.until = gate;
        }
    }
}

// The faults that lie on a connection between two actors, seen from our end of it.
std::function<runtime::link_faults()> performance::faults_of(std::string const& us,
                                                             std::string const& them) {
    return [this, us, them, count = std::make_shared<int>(0)] {
        int const            nth = ++*count;
        runtime::link_faults faults;
        auto const           number = std::to_string(++link_count_);
        auto const           luck = outer_.entropy.fork("link " + us + " " + them + " " + number);
        if (auto const& way = choices_.measured; way && way->connection == nth) {
            bool const out = way->from == us && way->to == them;
            bool const in = way->from == them && way->to == us;
            if (out || in)
                (out ? faults.outgoing : faults.incoming)
                    .push_back(std::make_unique<measure>(measured_));
        }
        int index = 0;
        for (auto const& rule : rules_) {
            auto const* row = runtime::find_fault(rule.fault);
            if (!row || (rule.connection != 0 && rule.connection != nth)) continue;
            bool const out = rule.from == us && rule.to == them;
            bool const in = rule.from == them && rule.to == us;
            if (!out && !in) continue;
            auto made = row->make(rule.words, luck.fork(std::to_string(++index)));
            (out ? faults.outgoing : faults.incoming).push_back(std::move(made));
        }
        if (choices_.cut) {
            auto const  cuts = runtime::entropy(*choices_.cut).fork(us + them + number);
            auto const* shred = runtime::find_fault("shred");
            faults.outgoing.push_back(shred->make({}, cuts.fork("out")));
            faults.incoming.push_back(shred->make({}, cuts.fork("in")));
        }
        return faults;
    };
}

runtime::address performance::address_for(std::string const& name) {
    if (auto const& there = choices_.gateway_elsewhere) return there->where.of.at(name);
    if (!choices_.own_addresses) return {name, 80};
    auto const port = choices_.first_port > 0 ? choices_.first_port + port_count_++ : 0;
    return {"127.0.0.1", static_cast<std::uint16_t>(port)};
}

// A scenario that could not bear it says so: of both of its checks.
bool performance::wants_canary() const {
    bool const some_gateway = choices_.with_gateway || choices_.gateway_elsewhere;
    return choices_.with_canary && some_gateway && choices_.with_clients &&
           !(is_waived(scenario_, "fairness") && is_waived(scenario_, "recovery"));
}

std::unique_ptr<runtime::listener> performance::open(std::string const& name) {
    if (auto const& there = choices_.gateway_elsewhere)
        for (auto const& rule : rules_) {
            auto const how = connect_fault_of(rule.fault);
            if (how == connect_fault::none || rule.to != name) continue;
            blocked_.push_back(there->block(addresses_.of[name] = address_for(name), how));
            return nullptr;
        }
    auto listener = outer_.network.listen(address_for(name));
    addresses_.of[name] = listener->local();
    for (auto const& rule : rules_) {
        auto const how = connect_fault_of(rule.fault);
        auto const here = listener->local();
        if (how == connect_fault::none || rule.to != name) continue;
        auto const pause =
            how == connect_fault::hesitate ? pause_of(rule.words) : runtime::duration();
        network_.fail_connects(here.host, here.port, how, pause);
    }
    for (auto const& m : scenario_.servers)
        if (m.name == name)
            listener = tap_.at_server(name, m.transport != "stdio", std::move(listener));
    return linked(std::move(listener), outer_, faults_of(name, "proxy"));
}

// What the program does on SIGTERM.
runtime::awaitable<void> performance::end_gateway() {
    co_await gateway_->drain(drain_patience_);
    co_await gateway_->stop();
}

// Over stdio: a program that is not there.
bool performance::is_refused(std::string const& name) const {
    return std::ranges::any_of(rules_, [&](link_rule const& rule) {
        return rule.to == name && connect_fault_of(rule.fault) == connect_fault::refuse;
    });
}

common_request performance::common() {
    common_request c;
    for (auto const& p : scenario_.providers) c.models[p.name] = model_name(scenario_, p);
    if (!scenario_.providers.empty()) c.model = model_name(scenario_, scenario_.providers.front());
    for (auto const& m : scenario_.servers) c.servers.push_back(m.name);
    c.key = gateway_key;
    c.terminate = [this] {
        if (!gateway_ || is_ending_) return;
        is_ending_ = true;
        ending_.spawn("the end of the gateway", end_gateway());
    };
    if (auto const& there = choices_.gateway_elsewhere) {
        c.key = there->key;
        c.headers_of = there->headers_of;
        c.body = there->body;
    }
    return c;
}

namespace {

// A program that a gateway elsewhere has started, and that has joined us (join_command.cpp).
runtime::awaitable<void> play_joined(mock_mcp::mock_mcp&              server,
                                     std::unique_ptr<runtime::stream> stdio) {
    co_await server.run(*stdio);
    stdio->close();
}

runtime::awaitable<void> accept_joined(mock_mcp::mock_mcp&                server,
                                       std::unique_ptr<runtime::listener> door,
                                       runtime::task_group&               playing) {
    for (;;) {
        auto stdio = co_await door->accept();
        playing.spawn("a program that joined", play_joined(server, std::move(stdio)));
    }
}

}  // namespace

// First all addresses, then the configuration that names them, then everybody: whatever can be
// wrong with the file is found before anybody has begun.
void performance::start() {
    bool const elsewhere = choices_.gateway_elsewhere.has_value();
    std::map<std::string, std::unique_ptr<runtime::listener>> doors;
    for (auto const& p : scenario_.providers) doors[p.name] = open(p.name);
    for (auto const& m : scenario_.servers)
        if (m.transport != "stdio" || elsewhere) doors[m.name] = open(m.name);
    addresses_.gateway = {"proxy", 80};
    if (choices_.own_addresses) addresses_.gateway = {"127.0.0.1", 0};
    std::unique_ptr<runtime::listener> canarys;
    if (wants_canary()) {
        canarys = outer_.network.listen(elsewhere ? *choices_.gateway_elsewhere->where.canary
                                                  : address_for(canary::model));
        addresses_.canary = canarys->local();
    }
    std::optional<proxy::config> config;
    if (choices_.with_gateway) config = gateway_config(scenario_, addresses_);
    if (canarys) {
        auto const beside = common();
        canary_.emplace(outer_, beside.key, beside.headers_of);
        canary_->open(std::move(canarys));
    }

    for (auto const& p : scenario_.providers) {
        auto& provider = providers_.emplace_back(outer_, trace_, p);
        if (auto& door = doors[p.name]) provider.start(std::move(door));
    }
    for (auto const& m : scenario_.servers) {
        auto& server = servers_.emplace_back(outer_, trace_, m);
        if (m.transport != "stdio") {
            if (auto& door = doors[m.name]) server.start(std::move(door));
        } else if (elsewhere) {
            joined_.spawn(m.name, accept_joined(server, std::move(doors[m.name]), joined_));
        } else if (!is_refused(m.name)) {
            auto play = [&server](runtime::stream& stdio, mock_mcp::surroundings& around) {
                return server.run(stdio, &around);
            };
            auto tap = [this, &m](std::unique_ptr<runtime::stream> stdio) {
                return tap_.at_server(m.name, false, std::move(stdio));
            };
            network_.install(m.name, {std::move(play), faults_of(m.name, "proxy"), tap, true});
        }
    }
    if (config) start_gateway(std::move(*config));
    if (elsewhere) addresses_.gateway = choices_.gateway_elsewhere->where.gateway;
    if (choices_.with_clients) start_clients();
}

void performance::start_gateway(proxy::config config) {
    if (planted_) planted_->configure(config);
    drain_patience_ = config.timeouts.drain;
    gateway_.emplace(planted_ ? planted_->world() : gateways_, std::move(config),
                     [this](std::string const& line) { log_.push_back(line); });
    gateway_->start();
    addresses_.gateway = gateway_->address();
}

void performance::start_clients() {
    for (auto const& script : scenario_.clients) {
        auto&                network = tapped_.emplace_back(outer_.network, tap_, script.name);
        runtime::world const world{outer_.executor, outer_.clock, network, outer_.entropy};
        clients_.emplace_back(world, trace_, gates_, script, common(), addresses_.gateway,
                              faults_of(script.name, "proxy"));
    }
    clients_left_ = clients_.size();
    auto const run = [](performance& self, test_client& c) -> runtime::awaitable<void> {
        co_await c.run();
        --self.clients_left_;
    };
    for (auto& client : clients_) playing_.spawn("client", run(*this, client));
    if (canary_) canary_->start(addresses_.gateway);
}

runtime::awaitable<void> performance::ask_again() {
    if (canary_) co_await canary_->ask_again();
}

std::vector<runtime::event> performance::take_beside() {
    return canary_ ? canary_->take_events() : std::vector<runtime::event>();
}

bool performance::clients_done() const { return clients_left_ == 0; }

runtime::awaitable<void> performance::strike() {
    co_await playing_.stop();
    for (auto& client : clients_) co_await client.stop();
    if (canary_) co_await canary_->stop();
    if (is_ending_)
        co_await ending_.wait();
    else if (gateway_)
        co_await gateway_->stop();
    if (auto const& there = choices_.gateway_elsewhere; there && there->stop)
        co_await there->stop();
    // Who leaves HTTP+SSE says nothing: it must be seen.
    constexpr auto moment = std::chrono::milliseconds(100);
    bool const gone = gateway_ || (choices_.gateway_elsewhere && choices_.gateway_elsewhere->stop);
    for (auto& server : servers_)
        if (gone) co_await server.until_left(moment);
    if (planted_) co_await planted_->stop();
    co_await network_.stop();
    co_await joined_.stop();
    for (auto& provider : providers_) co_await provider.stop();
    for (auto& server : servers_) co_await server.stop();
}

std::vector<performance::waiting> performance::still_waiting() const {
    std::vector<waiting> all;
    for (auto const& a : gates_.waiting()) {
        auto const line = static_cast<std::size_t>(a.where.line);
        auto       text =
            line > 0 && line <= scenario_.lines.size() ? scenario_.lines[line - 1] : std::string();
        text.erase(0, text.find_first_not_of(' '));
        all.push_back({"line " + std::to_string(a.where.line), text, a.where});
    }
    auto script = scenario_.clients.begin();
    for (auto const& client : clients_) {
        auto const what = client.doing();
        if (!what.empty()) all.push_back({script->name, what, {}});
        ++script;
    }
    return all;
}

}  // namespace scenario
