// Real clients through our gateway to real servers: each client does all that both sides can.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { at, begun, environment, finished, freePort, gatewayFor, here, installed, mockOf, programOf, verdict } from './parts.mjs';

const everything = programOf('@modelcontextprotocol/server-everything', 'mcp-server-everything');
const filesystem = programOf('@modelcontextprotocol/server-filesystem', 'mcp-server-filesystem');
const memory = programOf('@modelcontextprotocol/server-memory', 'mcp-server-memory');
const remote = programOf('mcp-remote', 'mcp-remote');
const inspector = programOf('@modelcontextprotocol/inspector', 'mcp-inspector');

const sdk1 = (part) => installed(`@modelcontextprotocol/sdk/${part}.js`);
const folder = mkdtempSync(join(at, 'folder-'));
writeFileSync(join(folder, 'note.txt'), 'what the note says');

const me = { name: 'real-client', version: '1.0.0' };
const capabilities = { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } };
const answers = {
  'sampling/createMessage': () => ({ role: 'assistant', model: 'none', content: { type: 'text', text: 'said by the model' } }),
  'elicitation/create': () => ({ action: 'accept', content: { name: 'Ann', check: true, answer: 'yes' } }),
  'roots/list': () => ({ roots: [{ uri: pathToFileURL(folder).href, name: 'folder' }] }),
};

// What came by itself, and a way to wait for it.
function ears() {
  const heard = [];
  const waiting = new Set();
  const hear = (note) => {
    heard.push(note);
    for (const one of waiting) one();
  };
  const hears = (method, ms = 10_000) =>
    new Promise((done, fail) => {
      const look = () => {
        const found = heard.find((one) => one.method === method);
        if (!found) return;
        waiting.delete(look);
        clearTimeout(late);
        done(found.params);
      };
      const late = setTimeout(() => (waiting.delete(look), fail(new Error(`${method} did not come`))), ms);
      waiting.add(look);
      look();
    });
  return { hear, hears };
}

// Progress as it arrives: the SDKs drop one that they read together with the result.
function progressOn(transport) {
  const told = [];
  const next = transport.onmessage;
  transport.onmessage = (message, ...more) => {
    if (message.method === 'notifications/progress') told.push(message.params.progress);
    next.call(transport, message, ...more);
  };
  return told;
}

async function v1(transport) {
  const { Client } = sdk1('client/index');
  const types = sdk1('types');
  const client = new Client(me, { capabilities });
  client.setRequestHandler(types.CreateMessageRequestSchema, answers['sampling/createMessage']);
  client.setRequestHandler(types.ElicitRequestSchema, answers['elicitation/create']);
  client.setRequestHandler(types.ListRootsRequestSchema, answers['roots/list']);
  const { hear, hears } = ears();
  client.fallbackNotificationHandler = async (note) => hear(note);
  await client.connect(transport);
  const told = progressOn(transport);
  const call = (name, given, options) => client.callTool({ name, arguments: given }, undefined, options);
  return { client, call, hears, told, legacy: true };
}
const v1Http = (url) => v1(new (sdk1('client/streamableHttp').StreamableHTTPClientTransport)(new URL(url)));
const v1Sse = (url) => v1(new (sdk1('client/sse').SSEClientTransport)(new URL(url)));
// mcp-remote is a server on standard streams, and a client of our gateway.
const v1Remote = (transport) => (url) => {
  const { StdioClientTransport } = sdk1('client/stdio');
  const args = [remote, url, '--allow-http', '--transport', transport];
  return v1(new StdioClientTransport({ command: process.execPath, args, env: environment, stderr: 'ignore' }));
};
const v2 = (mode) => async (url) => {
  const { Client, StreamableHTTPClientTransport } = installed('@modelcontextprotocol/client');
  const client = new Client(me, { capabilities, versionNegotiation: { mode } });
  for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(method, async () => answer());
  const { hear, hears } = ears();
  client.fallbackNotificationHandler = async (note) => hear(note);
  const transport = new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  const told = progressOn(transport);
  const call = (name, given, options) => client.callTool({ name, arguments: given }, options);
  return { client, call, hears, told, legacy: mode === 'legacy' };
};

const textOf = (result) => result.content.map((one) => one.text ?? '').join('\n');
const includes = (name) => (entries) => assert.ok(entries.some((one) => one.name === name), `${name} is not listed`);
async function progressOf({ call, told }, tool, given) {
  told.length = 0;
  await call(tool, given, { onprogress: () => {}, timeout: 20_000 });
  return [...told];
}
async function cancelled({ call }, tool, given) {
  const leave = new AbortController();
  const options = { signal: leave.signal, onprogress: () => leave.abort(), timeout: 20_000 };
  await assert.rejects(call(tool, given, options), 'a cancelled call was answered');
}

// Of each server, what it can do and how that is seen.
const stories = {
  everything: {
    initialize: ({ client }) => assert.match(client.getServerVersion().name, /everything/),
    list: async ({ client }) => includes('echo')((await client.listTools()).tools),
    call: async ({ call }) => assert.equal(textOf(await call('echo', { message: 'hello' })), 'Echo: hello'),
    progress: async (c) =>
      assert.deepEqual(await progressOf(c, 'trigger-long-running-operation', { duration: 0.3, steps: 3 }), [1, 2, 3]),
    sampling: async ({ call }) =>
      assert.match(textOf(await call('trigger-sampling-request', { prompt: 'hi', maxTokens: 10 })), /said by the model/),
    elicitation: async ({ call }) => assert.match(textOf(await call('trigger-elicitation-request', {})), /Ann/),
    roots: async ({ call }) => assert.match(textOf(await call('get-roots-list', {})), /file:.*folder-/),
    resources: async ({ client }) => {
      const { resources } = await client.listResources();
      assert.ok((await client.readResource({ uri: resources[0].uri })).contents[0].uri);
      assert.ok((await client.listResourceTemplates()).resourceTemplates.length > 0);
    },
    subscribe: async ({ client, call, hears }) => {
      const uri = (await client.listResources()).resources[0].uri;
      await client.subscribeResource({ uri });
      await call('toggle-subscriber-updates', {});
      assert.equal((await hears('notifications/resources/updated')).uri, uri);
      await client.unsubscribeResource({ uri });
      await call('toggle-subscriber-updates', {});
    },
    prompts: async ({ client }) => {
      includes('simple-prompt')((await client.listPrompts()).prompts);
      assert.ok((await client.getPrompt({ name: 'simple-prompt' })).messages[0].content.text);
    },
    completion: async ({ client }) => {
      const ref = { type: 'ref/prompt', name: 'completable-prompt' };
      const { completion } = await client.complete({ ref, argument: { name: 'department', value: 'E' } });
      assert.deepEqual(completion.values, ['Engineering']);
    },
    logging: async ({ client, call, hears }) => {
      await client.setLoggingLevel('debug');
      await call('toggle-simulated-logging', {});
      assert.ok((await hears('notifications/message')).level);
      await call('toggle-simulated-logging', {});
    },
    cancel: async (c) => {
      await cancelled(c, 'trigger-long-running-operation', { duration: 2, steps: 20 });
      assert.equal(textOf(await c.call('echo', { message: 'still here' })), 'Echo: still here');
    },
  },
  filesystem: {
    initialize: ({ client }) => assert.match(client.getServerVersion().name, /filesystem/),
    list: async ({ client }) => includes('read_text_file')((await client.listTools()).tools),
    // Where it may read is what the client's roots say.
    roots: async ({ call }) => assert.match(textOf(await call('list_allowed_directories', {})), /folder-/),
    call: async ({ call }) =>
      assert.equal(textOf(await call('read_text_file', { path: join(folder, 'note.txt') })), 'what the note says'),
    refusal: async ({ call }) => assert.equal((await call('read_text_file', { path: '/etc/hostname' })).isError, true),
  },
  memory: {
    initialize: ({ client }) => assert.match(client.getServerVersion().name, /memory/),
    call: async ({ call }) => {
      const entities = [{ name: 'Ann', entityType: 'person', observations: ['sings'] }];
      await call('create_entities', { entities });
      assert.match(textOf(await call('search_nodes', { query: 'sings' })), /Ann/);
    },
  },
  mock: {
    list: async ({ client }) => includes('echo')((await client.listTools()).tools),
    call: async ({ call }) => assert.equal(textOf(await call('echo', { message: 'hello' })), 'hello'),
    progress: async (c) => assert.deepEqual(await progressOf(c, 'count', {}), [1, 2, 3]),
    sampling: async ({ call }) => assert.equal(textOf(await call('think', { about: 'it' })), 'said by the model'),
    elicitation: async ({ call }) => assert.match(textOf(await call('inquire', { what: 'well?' })), /accept .*yes/),
    roots: async ({ call }) => assert.match(textOf(await call('folders', {})), /folder-/),
    resources: async ({ client }) => {
      const { contents } = await client.readResource({ uri: 'note:monday' });
      assert.equal(contents[0].text, 'The note of monday.');
    },
    subscribe: async ({ client, call, hears, legacy }) => {
      if (legacy) await client.subscribeResource({ uri: 'note:today' });
      else await client.listen({ resourceSubscriptions: ['note:today'], toolsListChanged: true });
      await call('change', {});
      assert.equal((await hears('notifications/resources/updated')).uri, 'note:today');
      await hears('notifications/tools/list_changed');
    },
    prompts: async ({ client }) => {
      const { messages } = await client.getPrompt({ name: 'greet', arguments: { who: 'Ann' } });
      assert.equal(messages[0].content.text, 'Greet Ann.');
    },
    completion: async ({ client }) => {
      const { completion } = await client.complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: 'An' } });
      assert.deepEqual(completion.values, ['Ann', 'Anton']);
    },
    logging: async ({ client, call, hears, legacy }) => {
      if (!legacy) return;
      await client.setLoggingLevel('warning');
      await call('report', {});
      assert.equal((await hears('notifications/message')).level, 'warning');
    },
  },
};

async function meet(name, connect, url, story, without = []) {
  const began = performance.now();
  let c;
  try {
    c = await connect(url);
  } catch (error) {
    return verdict(false, name, error.stack);
  }
  for (const [feature, seen] of Object.entries(story)) {
    if (without.includes(feature)) continue;
    try {
      await seen(c);
      verdict(true, `${name}/${feature}`);
    } catch (error) {
      verdict(false, `${name}/${feature}`, error.message);
    }
  }
  await c.client.transport?.terminateSession?.();
  await c.client.close();
  console.log(`${name}: ${Object.keys(story).length - without.length} features, ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function inspect(name, url, era, args, wanted) {
  const all = [inspector, '--cli', url, '--transport', 'http', '--protocol-era', era, ...args, '-q', '--format', 'json'];
  const { code, said, told } = await finished(process.execPath, all, 30_000);
  verdict(code === 0 && wanted.test(said), name, `(${code}) ${(said + told).slice(-400)}`);
}

export async function realParts() {
  const port = await freePort();
  await begun(process.execPath, [everything, 'streamableHttp'], /listening/i, { PORT: String(port) });
  const older = await freePort();
  await begun(process.execPath, [everything, 'sse'], /running/i, { PORT: String(older) });
  const stdio = (program, ...args) => ({ transport: 'stdio', command: process.execPath, args: [program, ...args] });
  const gateway = (await gatewayFor({
    everything: { transport: 'http', url: `http://127.0.0.1:${port}/mcp` },
    everything_sse: { transport: 'sse', url: `http://127.0.0.1:${older}/sse` },
    everything_untold: { url: `http://127.0.0.1:${older}/sse` },
    everything_stdio: stdio(everything, 'stdio'),
    filesystem: stdio(filesystem, folder),
    memory: { ...stdio(memory), env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') } },
    mock: { transport: 'http', url: await mockOf(join(here, 'autonomous.scenario')) },
  })).found;
  const to = (server) => `${gateway}/mcp/${server}`;
  const toSse = (server) => `${gateway}/sse/${server}`;
  const modern = { pin: '2026-07-28' };
  // What a session has and a request that stands alone has not. Our gateway's own session with a server
  // of the other era, which is one for all such clients, offers nothing in their names.
  const sessions = ['subscribe', 'logging'];
  const offers = ['sampling', 'elicitation', 'roots'];
  await Promise.all([
    (async () => {
      await meet('SDK 1 to everything', v1Http, to('everything'), stories.everything);
      await meet('SDK 1 to everything over stdio', v1Http, to('everything_stdio'), stories.everything);
      await meet('SDK 1 to everything over HTTP+SSE', v1Http, to('everything_sse'), stories.everything);
      await meet('SDK 1 to everything over what it speaks', v1Http, to('everything_untold'), stories.everything);
      await meet('SDK 1 over HTTP+SSE to everything', v1Sse, toSse('everything'), stories.everything);
      await meet('SDK 1 over HTTP+SSE to everything over HTTP+SSE', v1Sse, toSse('everything_sse'), stories.everything);
      await meet('SDK 1 over HTTP+SSE to everything over stdio', v1Sse, toSse('everything_stdio'), stories.everything);
      await meet('SDK 1 over HTTP+SSE to the mock', v1Sse, toSse('mock'), stories.mock);
      await meet('SDK 1 to filesystem', v1Http, to('filesystem'), stories.filesystem);
      await meet('SDK 1 to memory', v1Http, to('memory'), stories.memory);
      await meet('SDK 1 to the mock', v1Http, to('mock'), stories.mock);
    })(),
    (async () => {
      await meet('SDK 2 to everything', v2('legacy'), to('everything'), stories.everything);
      await meet('SDK 2 of 2026-07-28 to everything', v2(modern), to('everything'), stories.everything, [...sessions, ...offers]);
      await meet('SDK 2 of 2026-07-28 to filesystem', v2(modern), to('filesystem'), stories.filesystem, ['roots']);
      await meet('SDK 2 of 2026-07-28 to the mock', v2(modern), to('mock'), stories.mock, ['logging']);
      await meet('mcp-remote to everything', v1Remote('http-only'), to('everything'), stories.everything);
      await meet('mcp-remote over HTTP+SSE to everything', v1Remote('sse-only'), toSse('everything'), stories.everything);
    })(),
  ]);
  const echo = ['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hi'];
  await inspect('inspector to everything', to('everything'), 'legacy', echo, /Echo: hi/);
  await inspect('inspector of 2026-07-28 to the mock', to('mock'), 'modern', echo, /"hi"/);
  await inspect('inspector of any era to memory', to('memory'), 'auto', ['--method', 'tools/list'], /create_entities/);
}
