// Runs the official suite against our gateway in front of a server that is right (modern.mjs,
// legacy.mjs), and against that server alone: what fails there is no fault of the gateway.
//
// The verdicts are read from the checks that the suite writes down. A scenario that has checked
// nothing is red, and so is one that was required and is not there.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const at = process.argv[2];
const here = import.meta.dirname;
const lockstep = process.env.LOCKSTEP;
const started = [];
let passed = 0;
let failed = 0;

function verdict(good, name, why = '') {
  good ? ++passed : ++failed;
  if (!good || process.env.VERBOSE) console.log(`${good ? 'ok    ' : 'FAILED'}  ${name}${why && `: ${why}`}`);
}

// The output of a program that ends by itself.
const finished = (program, args, ms) =>
  new Promise((done) => {
    // The suite's own settings live below HOME.
    const child = spawn(program, args, { env: { ...process.env, HOME: at }, timeout: ms });
    let said = '';
    child.stdout.on('data', (piece) => (said += piece));
    child.stderr.on('data', (piece) => (said += piece));
    child.on('close', (code) => done({ code, said }));
  });

// A program that runs until the end of this one, once it has said a word that is waited for.
const begun = (program, args, word) =>
  new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    let said = '';
    child.stdout.on('data', (piece) => {
      said += piece;
      const found = word.exec(said);
      if (found) done({ child, found: found[0] });
    });
    child.on('exit', (code) => fail(new Error(`${program} ${args.join(' ')} ended with ${code}`)));
  });

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

async function gatewayFor(url) {
  const port = await freePort();
  const config = join(at, `gateway-${port}.yaml`);
  writeFileSync(config, `model_list: []
mcp_servers:
  fixture:
    transport: http
    url: ${url}
lockstep_settings:
  listen: 127.0.0.1:${port}
`);
  await begun(lockstep, ['proxy', '--config', config], /listening on/);
  return `http://127.0.0.1:${port}/mcp/fixture`;
}

const suites = {
  newest: join(at, 'node_modules/@modelcontextprotocol/conformance'),
  latest: join(at, 'node_modules/conformance-latest'),
};
function programOf(suite) {
  const { bin } = JSON.parse(readFileSync(join(suites[suite], 'package.json')));
  return join(suites[suite], typeof bin === 'string' ? bin : bin.conformance);
}

// Names that the suite requires of a server.
async function required(suite, wanted) {
  const { said } = await finished(process.execPath, [programOf(suite), 'list', '--server', ...wanted], 30_000);
  const names = said.split(/^Client scenarios/m)[0].matchAll(/^ {2}- (\S+)/gm);
  return [...names].map((found) => found[1]);
}

async function leg(name, suite, url, wanted, names) {
  const out = mkdtempSync(join(at, 'out-'));
  const { code, said } = await finished(
    process.execPath, [programOf(suite), 'server', '--url', url, ...wanted, '-o', out], 180_000);
  const folders = readdirSync(out);
  const seen = new Map();
  for (const folder of folders) {
    const scenario = /^server-(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1];
    const file = join(out, folder, 'checks.json');
    if (scenario && existsSync(file)) seen.set(scenario, JSON.parse(readFileSync(file)));
  }
  let checks = 0;
  for (const scenario of names ?? [...seen.keys()]) {
    const all = seen.get(scenario) ?? [];
    const good = all.filter((one) => one.status === 'SUCCESS').length;
    const bad = all.filter((one) => one.status === 'FAILURE');
    checks += good;
    const why = good === 0 && bad.length === 0 ? 'it has checked nothing' : bad.map((one) => `${one.id} ${one.errorMessage ?? ''}`).join('; ');
    verdict(good > 0 && bad.length === 0, `${name}/${scenario}`, why);
  }
  if (seen.size === 0) verdict(false, name, `no scenario was played (${code}): ${said.slice(-500)}`);
  rmSync(out, { recursive: true });
  console.log(`${name}: ${(names ?? [...seen.keys()]).length} scenarios, ${checks} checks`);
}

// A call whose progress must be there in full before its result, many times: a single loss among
// hundreds is what relays are known for.
async function progressThrough(url, modern, count) {
  const meta = modern && {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
  const post = (message, more = {}) =>
    fetch(url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
  if (!modern) {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'judge', version: '1' } };
    const hello = await post({ id: 'hello', method: 'initialize', params });
    await hello.text();
    headers['MCP-Session-Id'] = hello.headers.get('mcp-session-id');
    headers['MCP-Protocol-Version'] = '2025-11-25';
    await (await post({ method: 'notifications/initialized' })).text();
  } else {
    Object.assign(headers, { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'test_tool_with_progress' });
  }
  const once = async (id) => {
    const params = { name: 'test_tool_with_progress', arguments: {}, _meta: { ...meta, progressToken: `token-${id}` } };
    const said = await (await post({ id, method: 'tools/call', params })).text();
    const told = [...said.matchAll(/^data: (\{.*)$/gm)].map((found) => JSON.parse(found[1]));
    const values = told.map((one) => (one.id === id ? 'result' : one.params.progress));
    return values.join() === '0,50,100,result';
  };
  let good = 0;
  for (let from = 0; from < count; from += 20)
    good += (await Promise.all(Array.from({ length: 20 }, (_, i) => once(from + i)))).filter(Boolean).length;
  const name = `progress/${modern ? '2026-07-28' : '2025-11-25'}`;
  verdict(good === count, name, `whole in ${good} of ${count} calls`);
  console.log(`${name}: whole in ${good} of ${count} calls`);
}

try {
  for (const [revision, file] of [['2025-11-25', 'legacy.mjs'], ['2026-07-28', 'modern.mjs']]) {
    const { found: url } = await begun(process.execPath, [join(here, file)], /http:\S+/);
    const through = await gatewayFor(url);
    const wanted = ['--requirements', revision];
    const names = await required('newest', wanted);
    verdict(names.length === (revision === '2025-11-25' ? 30 : 37), `${revision}/required`, `${names.length} scenarios are required`);
    await leg(`${revision}/fixture`, 'newest', url, wanted, names);
    await leg(`${revision}/gateway`, 'newest', through, wanted, names);
    if (revision === '2025-11-25')
      await leg('2025-11-25/gateway, suite 0.1.16', 'latest', through, ['--suite', 'active']);
    await progressThrough(through, revision === '2026-07-28', 200);
  }
} catch (error) {
  verdict(false, 'conformance', error.message);
} finally {
  for (const child of started) child.removeAllListeners('exit').kill();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
