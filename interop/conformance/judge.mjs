// Runs the official suite: against our mock by fixture.scenario, against our gateway in front of
// it, and its client scenarios through our gateway. What fails at the mock alone is no fault of the
// gateway's.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { judged, playClient, playServer, read, required } from './checks.mjs';
import { at, endAll, gatewayFor, here, mockOf, sum, verdict } from './parts.mjs';
import { realParts } from './real.mjs';

const fixture = join(here, 'fixture.scenario');

async function serverLeg(name, suite, url, wanted, names) {
  const { seen, ended } = await playServer(suite, url, wanted);
  let checks = 0;
  for (const scenario of names ?? [...seen.keys()]) {
    const { good, why, warned } = judged(seen.get(scenario));
    checks += good;
    verdict(!why, `${name}/${scenario}`, why || warned.join(' '));
  }
  if (seen.size === 0) verdict(false, name, `no scenario was played ${ended}`);
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

// Those that can pass through a gateway: what authorizes a client names the server's own URL.
const clientScenarios = {
  '2025-11-25': ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry', 'json-schema-2020-12-preservation'],
  '2026-07-28': [
    'tools_call', 'request-metadata', 'sep-2322-client-request-state', 'http-standard-headers', 'http-custom-headers',
    'http-invalid-tool-headers', 'json-schema-ref-no-deref', 'json-schema-2020-12-preservation',
  ],
};
async function clientLeg() {
  const waiting = Object.entries(clientScenarios).flatMap(([revision, names]) => names.map((name) => [revision, name]));
  const count = waiting.length;
  let checks = 0;
  const command = `"${process.execPath}" "${join(here, 'client.mjs')}"`;
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [revision, scenario] = next;
      const { seen, code, ended } = await playClient(command, scenario, revision);
      const { good, why, warned } = judged(seen.get(scenario));
      checks += good;
      // The code of the suite is that of the client too.
      const fine = !why && code === 0;
      verdict(fine, `client/${revision}/${scenario}`, fine ? '' : `${why} ${warned.join(' ')} ${ended}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  console.log(`clients through the gateway: ${count} scenarios, ${checks} checks`);
}

// The judge itself: what is broken or has not been looked at must be red.
async function plants() {
  const broken = join(mkdtempSync(join(at, 'plant-')), 'broken.scenario');
  writeFileSync(broken, 'mcp fixture over streamable-http\n    tool test_tool_with_progress\n        result "done"\n');
  const wanted = ['--scenario', 'tools-call-with-progress'];
  const { seen } = await playServer('newest', await mockOf(broken), wanted);
  const { why } = judged(seen.get('tools-call-with-progress'));
  verdict(/progress notifications/.test(why), 'plant/progress that is not told is found', why);

  const empty = mkdtempSync(join(at, 'plant-'));
  const folder = (name, checks) => {
    mkdirSync(join(empty, `server-${name}-2026-01-01T00-00-00-000Z`));
    writeFileSync(join(empty, `server-${name}-2026-01-01T00-00-00-000Z`, 'checks.json'), JSON.stringify(checks));
  };
  folder('nothing', []);
  folder('skipped', [{ id: 'x', status: 'SKIPPED' }, { id: 'y', status: 'INFO' }]);
  folder('fine', [{ id: 'x', status: 'SUCCESS' }]);
  const found = read(empty, 'server-');
  for (const name of ['nothing', 'skipped', 'absent'])
    verdict(judged(found.get(name)).why === 'it has checked nothing', `plant/${name} is red`);
  verdict(judged(found.get('fine')).why === '', 'plant/fine is green');
}

try {
  const mock = await mockOf(fixture);
  const through = `${(await gatewayFor({ fixture: { transport: 'http', url: mock } })).found}/mcp/fixture`;
  for (const [revision, count] of [['2025-11-25', 30], ['2026-07-28', 37]]) {
    const wanted = ['--requirements', revision];
    const names = await required('newest', wanted);
    verdict(names.length === count, `${revision}/required`, `${names.length} scenarios are required`);
    await serverLeg(`${revision}/mock`, 'newest', mock, wanted, names);
    await serverLeg(`${revision}/gateway`, 'newest', through, wanted, names);
    await progressThrough(through, revision === '2026-07-28', 200);
  }
  for (const [name, url] of [['mock', mock], ['gateway', through]])
    await serverLeg(`suite 0.1.16/${name}`, 'latest', url, ['--suite', 'active']);
  await clientLeg();
  await realParts();
  await plants();
} catch (error) {
  verdict(false, 'conformance', error.stack);
} finally {
  endAll();
}
sum();
