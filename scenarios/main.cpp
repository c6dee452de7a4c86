// lockstep: one program, a subcommand for each thing that one does with scenarios.

#include <cstdio>

#include "scenarios/command_line.hpp"
#include "scenarios/commands.hpp"

namespace {

constexpr char prompt[] =
    "lockstep - play scripted LLM providers and MCP servers against a streaming gateway";

constexpr char footer[] =
    "\nSCENARIO is a file or a folder. Exit status: 0 all hold, 1 one does not, 2 a file or the\n"
    "command line could not be read, 3 nothing failed but something was inconclusive.\n";

void add_play_options(CLI::App& app, bool& real, std::optional<std::uint64_t>& seed,
                      std::optional<std::uint64_t>& cut) {
    app.add_flag("--real", real, "real sockets and the machine's clock, 50 ms of tolerance");
    app.add_option("--seed", seed, "do what is ready at one instant in an order chosen by SEED");
    app.add_option("--cut", cut, "cut all bytes at places chosen by SEED; nothing may change");
}

void add_report_options(CLI::App& app, scenario::report_files& files) {
    app.add_option("--html", files.html, "write a page to look at: verdicts and swim lanes");
    app.add_option("--junit", files.junit, "write JUnit XML");
    app.add_option("--trace", files.trace, "keep all that passed, for `lockstep judge`");
    app.add_option("--perfetto", files.perfetto, "write a trace for ui.perfetto.dev");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{prompt};
    app.footer(footer);
    app.require_subcommand(1);
    app.set_version_flag("--version", "lockstep " LOCKSTEP_VERSION);
    app.get_formatter()->column_width(34);

    scenario::run_options run;
    auto&                 run_app = *app.add_subcommand("run", "play in virtual time, and judge");
    run_app.add_option("SCENARIO", run.paths, "files or folders")->required();
    run_app.add_flag("-v,--verbose", run.verbose, "print what passed, also where all holds");
    add_play_options(run_app, run.real, run.seed, run.cut);
    run_app.add_option("-n,--name", run.names,
                       "only ids that contain NAME; '*' stands for anything");
    run_app.add_option("--family", run.families, "only scenarios that cover FAMILY");
    run_app.add_option("--check", run.check, "judge by this standing check alone")
        ->check(scenario::one_of(scenario::check_ids()));
    run_app.add_option("--sample", run.sample, "at most so many instances of each sweep");
    run_app.add_option("-j,--jobs", run.jobs, "scenarios at a time; otherwise one a processor");
    run_app
        .add_option("--baseline", run.baseline, "known failures, a line each: FAMILY/NAME  # why")
        ->check(CLI::ExistingFile);
    run_app.add_option("--gateway", run.gateway,
                       "play against this gateway: a name, a file or a URL (list gateways)");
    run_app
        .add_option("--rounds", run.rounds,
                    "each scenario so often against one process of the gateway")
        ->check(CLI::Range(1, 1000));
    run_app.add_option("--first-port", run.first_port,
                       "of the mocks, for a gateway that runs already");
    add_report_options(run_app, run.files);
    run_app.add_flag("--list", run.list, "print what would be played, and stop");
    run_app.add_flag("--rewrite", run.rewrite, "write what passed into 'expect exactly'");

    scenario::matrix_options matrix;
    auto& matrix_app = *app.add_subcommand("matrix", "play against several gateways: a table");
    matrix_app.add_option("GATEWAY", matrix.what, "gateways, and files or folders of scenarios")
        ->required();
    matrix_app.add_option("-n,--name", matrix.names, "only ids that contain NAME");
    matrix_app.add_option("--family", matrix.families, "only scenarios that cover FAMILY");
    matrix_app.add_option("--sample", matrix.sample, "at most so many instances of each sweep");
    matrix_app.add_option("--baseline", matrix.baselines, "GATEWAY=FILE: its known failures");
    matrix_app.add_option("--markdown", matrix.markdown, "the table as Markdown");
    matrix_app.add_option("--json", matrix.json, "the table as JSON (docs/matrix.md)");
    matrix_app.add_option("--html", matrix.html,
                          "a folder of pages: the table, and one a cell with its trace");

    std::vector<std::string> kept;
    auto& judge_app = *app.add_subcommand("judge", "judge again what `run --trace` has kept");
    judge_app.add_option("FILE", kept, "trace files")->required();

    scenario::check_mcp_options check_mcp;
    auto&                       check_mcp_app =
        *app.add_subcommand("check-mcp", "how does an MCP server keep the rules?");
    check_mcp_app
        .add_option("SERVER", check_mcp.server, "a URL, or a program and its arguments, behind --")
        ->required();
    check_mcp_app.add_flag("--sse", check_mcp.old_sse, "the URL is of HTTP+SSE of 2024-11-05");
    check_mcp_app.add_option("--slow-call", check_mcp.slow_call,
                             "'NAME {...}': a tool that takes seconds and tells of its progress");
    check_mcp_app.add_option("--header", check_mcp.headers, "'NAME: VALUE' of every request");
    check_mcp_app.add_flag("-v,--verbose", check_mcp.verbose, "tell of rules that hold, too");
    check_mcp_app.add_option("--junit", check_mcp.junit, "write JUnit XML");

    scenario::trace_options trace;
    auto& trace_app = *app.add_subcommand("trace", "print all that passed, judge nothing");
    trace_app.add_option("SCENARIO", trace.path, "a file")->required();
    trace_app.add_flag("--all", trace.all, "also heads, frames and raw bytes");
    add_play_options(trace_app, trace.real, trace.seed, trace.cut);

    scenario::serve_options serve;
    auto& serve_app = *app.add_subcommand("serve", "open a scenario's mocks on real ports");
    serve_app.add_option("SCENARIO", serve.path, "a file")->required();
    serve_app.add_option("--only", serve.only, "open these actors only")->delimiter(',');
    serve_app.add_option("--port", serve.port, "of the first actor, the others follow");
    serve_app.add_option("--stdio", serve.stdio,
                         "serve this MCP server on standard input and output");

    std::string joined;
    auto&       join_app = *app.add_subcommand(
        "join", "be a scenario's MCP server over stdio, for a gateway that starts it");
    join_app.add_option("ADDRESS", joined, "HOST:PORT of the stage")->required();

    scenario::proxy_options proxy;
    auto&                   proxy_app = *app.add_subcommand("proxy", "run the gateway");
    proxy_app.add_option("--config", proxy.config, "YAML with LiteLLM's names")->required();
    proxy_app.add_option("--listen", proxy.listen, "HOST:PORT, instead of the configuration's");
    proxy_app
        .add_option("--faster", proxy.faster,
                    "let its clock run so many times faster: long limits, tested quickly")
        ->check(CLI::Range(1, 1000000));
    proxy_app
        .add_option("--loops", proxy.loops,
                    "event loops, instead of the configuration's; otherwise one a processor")
        ->check(CLI::Range(1, 256));
    proxy_app.add_flag("--check", proxy.check, "read the configuration and stop");
    proxy_app.add_option("--access-log", proxy.access_log,
                         "append a line of JSON for each request; - is standard output");
    proxy_app.add_flag("--print-config", proxy.print_config,
                       "print what was understood, without secrets, and stop");

    scenario::record_options record;
    auto& record_app = *app.add_subcommand("record", "sit in between and keep what passes");
    record_app.add_option("--upstream", record.upstream, "URL of the server to record");
    record_app.add_option("--listen", record.listen, "PORT or HOST:PORT for clients");
    record_app.add_flag("--stdio", record.stdio, "start COMMAND and record its standard streams");
    record_app.add_option("--out", record.out, "the recording")->required();
    record_app.add_option("--redact", record.redact,
                          "NAME of a header, parameter or JSON member, as often as needed");
    record_app.add_option("--ignore", record.ignore,
                          "JSON POINTER into requests that a replay does not compare: /params/id");
    record_app.add_option("--source", record.source,
                          "what this is, for the file; otherwise the URL or COMMAND");
    record_app.add_option("--note", record.note, "a remark, for the file");
    record_app
        .add_option("--authority", record.authority,
                    "certificates (PEM) to trust beside the system's")
        ->check(CLI::ExistingFile);
    record_app.add_option("COMMAND", record.command, "a program and its arguments, behind --");

    scenario::replay_options replay;
    auto&                    replay_app = *app.add_subcommand("replay", "serve a recording");
    replay_app.add_option("FILE", replay.path, "a recording")->required();
    auto& replay_door = *replay_app.add_option("--listen", replay.listen, "PORT or HOST:PORT");
    auto& replay_pace =
        *replay_app.add_option("--pace", replay.pace, "recorded, fast, or x10: ten times as fast");
    auto& rehearse =
        *replay_app.add_flag("--virtual", replay.virtual_time,
                             "play it to its own requests, in virtual time, and record that again");
    rehearse.excludes(&replay_door)->excludes(&replay_pace);
    replay_app.add_option("--out", replay.out, "where what was recorded again is written")
        ->needs(&rehearse);
    replay_app.add_option("--match-header", replay.headers,
                          "NAME: this header must be as it was recorded");
    replay_app.add_option("--redact", replay.redact, "NAME that a comparison leaves out");

    scenario::diff_options diff;
    auto& diff_app = *app.add_subcommand("diff", "compare two recordings, frame by frame");
    diff_app.add_option("A", diff.a, "a recording")->required();
    diff_app.add_option("B", diff.b, "another")->required();
    diff_app.add_flag("--times", diff.times, "a frame at another time is another frame");

    scenario::import_options import;
    auto& import_app = *app.add_subcommand("import", "make a recording of another tool's file");
    import_app.add_option("FILE", import.path, "VCR cassette, HAR, .sse, .ndjson, aimock fixtures")
        ->required();
    import_app.add_option("--out", import.out, "the recording; otherwise standard output");

    scenario::selfproof_options proof;
    auto&                       proof_app =
        *app.add_subcommand("selfproof", "do the checks catch gateways with a defect?");
    proof_app.add_option("LIBRARY", proof.library, "files or folders; otherwise scenarios/library");
    proof_app.add_option("--fault", proof.faults, "only the planted fault ID, as often as needed")
        ->allow_extra_args(false);
    proof_app.add_flag("--all", proof.all, "each defect with the whole library");
    proof_app.add_flag("-v,--verbose", proof.verbose, "tell every objection to a defect");
    proof_app.add_option("--seeds", proof.seeds,
                         "for the gateway without a defect, all files together");
    proof_app.add_option("-j,--jobs", proof.jobs, "scenarios at a time; otherwise one a processor");

    scenario::list_options list;
    auto& list_app = *app.add_subcommand("list", "what a scenario may use, and what is covered");
    list_app.add_option("WHAT", list.what, "one list alone")
        ->check(scenario::one_of(scenario::list_names()));
    list_app.add_option("FOLDER", list.folder, "that holds 'library' and 'coverage'");

    // Each takes one word at a time: what stands behind it may be a file, or the `--` of a command.
    for (auto* command : app.get_subcommands({}))
        for (auto* option : command->get_options())
            if (!option->get_positional()) option->allow_extra_args(false);

    try {
        app.parse(argc, argv);
    } catch (CLI::Success const& asked) {  // --help, --version
        return app.exit(asked);
    } catch (CLI::ParseError const& wrong) {
        std::fputs(scenario::command_line_problem(app, wrong).c_str(), stderr);
        return 2;
    }
    if (run_app.parsed()) return scenario::run(run);
    if (matrix_app.parsed()) return scenario::matrix(matrix);
    if (judge_app.parsed()) return scenario::judge(kept);
    if (check_mcp_app.parsed()) return scenario::check_mcp(check_mcp);
    if (trace_app.parsed()) return scenario::trace(trace);
    if (serve_app.parsed()) return scenario::serve(serve);
    if (join_app.parsed()) return scenario::join(joined);
    if (proxy_app.parsed()) return scenario::proxy(proxy);
    if (record_app.parsed()) return scenario::record(record);
    if (replay_app.parsed()) return scenario::replay(replay);
    if (diff_app.parsed()) return scenario::diff(diff);
    if (import_app.parsed()) return scenario::import_file(import);
    if (proof_app.parsed()) return scenario::selfproof(proof);
    return scenario::list(list);
}
