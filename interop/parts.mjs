// The real parts, each a process of its own that is ended by its own pid.

import {execFile, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = dirname(here);
const lockstep = process.env.LOCKSTEP ?? join(top, 'build', 'lockstep');

// Installed by ./run, so that nothing of npm's lies among our sources.
const installed = createRequire(join(top, 'build', 'interop', 'package.json'));
export const OpenAI = installed('openai').OpenAI;
export const Anthropic = installed('@anthropic-ai/sdk').Anthropic;
export const GoogleGenAI = installed('@google/genai').GoogleGenAI;
const sdk = (part, name) => installed(`@modelcontextprotocol/sdk/client/${part}.js`)[name];
export const McpClient = sdk('index', 'Client');
export const HttpTransport = sdk('streamableHttp', 'StreamableHTTPClientTransport');
export const StdioTransport = sdk('stdio', 'StdioClientTransport');
const everything = join(top, 'build', 'interop', 'node_modules', '@modelcontextprotocol',
                        'server-everything', 'dist', 'index.js');

export const master_key = 'sk-interop';
const patience = 20_000;  // ms for a process to get ready; only a broken one needs it

// Starts a process and waits until it has printed what `ready` finds. `t.after` ends it.
async function start(t, name, command, args, ready, environment = {}) {
    const child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {...process.env, ...environment},
    });
    const said = [];
    const exited = once(child, 'exit');
    t.after(async () => {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill('SIGTERM');
            const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
            await exited;
            clearTimeout(hard);
        }
    });
    const found = await new Promise((resolve, reject) => {
        const late = setTimeout(() => fail('did not get ready'), patience);
        const fail = why => {
            clearTimeout(late);
            reject(new Error(`${name} ${why}; it said:\n${said.join('\n')}`));
        };
        child.on('error', error => fail(error.message));
        child.on('exit', code => fail(`ended with ${code}`));
        for (const output of [child.stdout, child.stderr])
            createInterface({input: output}).on('line', line => {
                said.push(line);
                const answer = ready(said);
                if (!answer) return;
                clearTimeout(late);
                resolve(answer);
            });
    });
    return {child, said, found};
}

export async function free_port() {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const {port} = probe.address();
    probe.close();
    await once(probe, 'close');
    return port;
}

// What stands behind `words` in a line that it prints.
const after = words => said =>
    said.map(line => new RegExp(`${words} (http:\\S+)`).exec(line)).find(Boolean)?.[1];

// Opens one provider of a scenario; gives its URL.
export async function provider(t, scenario, name = 'anthropic') {
    const args = ['serve', join(here, scenario), '--only', name];
    return (await start(t, 'lockstep serve', lockstep, args, after(`^${name}`))).found;
}

export function folder_of(t) {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-interop-'));
    t.after(() => rmSync(folder, {recursive: true, force: true}));
    return folder;
}

// A part that ends when it is told to: its URL, and `end()`, which gives its exit status.
async function ending_part(t, args, words) {
    const part = await start(t, `lockstep ${args[0]}`, lockstep, args, after(words));
    const end = async () => {
        part.child.kill('SIGTERM');
        if (part.child.exitCode === null && part.child.signalCode === null)
            await once(part.child, 'exit');
        return part.child.exitCode ?? part.child.signalCode;
    };
    return {url: part.found, said: part.said, end};
}

// Sits between clients and a server.
export const recorder = (t, upstream, out, port = 0) =>
    ending_part(t, ['record', '--upstream', upstream, '--listen', String(port), '--out', out],
                '^recording');

export const replayer = (t, file, port = 0, ...more) =>
    ending_part(t, ['replay', file, '--listen', String(port), ...more], '^replaying on');

// Commands whose standard streams are an MCP server.
export const recorded_stdio = out =>
    [lockstep, 'record', '--stdio', '--out', out, '--', process.execPath, everything, 'stdio'];
export const replayed_stdio = file => [lockstep, 'replay', file];

// What differs between two recordings, line by line; empty if nothing does.
export function difference(a, b) {
    const {status, stdout, stderr} = spawnSync(lockstep, ['diff', a, b], {encoding: 'utf8'});
    if (status > 1) throw new Error(stderr);
    return status === 0 ? '' : stdout;
}

// The real server-everything over streamable HTTP: its URL and what ends it.
export async function everything_url(t) {
    const port = await free_port();
    const {child} = await start(t, 'server-everything', process.execPath,
                                [everything, 'streamableHttp'],
                                said => said.some(line => /listening/i.test(line)),
                                {PORT: String(port)});
    const end = async () => {
        child.kill('SIGTERM');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    };
    return {url: `http://127.0.0.1:${port}`, port, end};
}

// The same over HTTP+SSE.
export async function everything_sse_url(t) {
    const port = await free_port();
    await start(t, 'server-everything', process.execPath, [everything, 'sse'],
                said => said.some(line => /running on port/i.test(line)), {PORT: String(port)});
    return `http://127.0.0.1:${port}`;
}

export const everything_stdio = [process.execPath, everything, 'stdio'];

// The report of `lockstep check-mcp`, and its exit status.
export const check_mcp = args => new Promise(resolve =>
    execFile(lockstep, ['check-mcp', ...args], (error, stdout, stderr) =>
        resolve({status: error?.code ?? 0, report: stdout + stderr})));

// Ways to the real server-everything, as the gateway's configuration has them.
export const everything_over = {
    async http(t) {
        return `transport: http\n    url: ${(await everything_url(t)).url}/mcp`;
    },
    async stdio() {
        const args = JSON.stringify([everything, 'stdio']);
        return `transport: stdio\n    command: ${JSON.stringify(process.execPath)}\n    args: ${args}`;
    },
};

// Starts our gateway between the two; gives its URL.
export async function gateway(t, provider_url, server) {
    const config = join(folder_of(t), 'gateway.yaml');
    writeFileSync(config, `
model_list:
  - model_name: claude-sonnet-4
    litellm_params:
      model: anthropic/claude-sonnet-4-20250514
      api_base: ${provider_url}
      api_key: sk-provider
mcp_servers:
  everything:
    ${server}
general_settings:
  master_key: ${master_key}
`);
    const args = ['proxy', '--config', config, '--listen', '127.0.0.1:0'];
    return (await start(t, 'lockstep proxy', lockstep, args, after('listening on'))).found;
}

// The seed's request.
export const request = {
    model: 'claude-sonnet-4',
    messages: [{role: 'user', content: 'Say hello through the tool.'}],
    tools: [{
        type: 'mcp',
        server_url: 'litellm_proxy/mcp/everything',
        server_label: 'everything',
        require_approval: 'never',
    }],
};
