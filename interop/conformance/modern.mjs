// A server of MCP 2026-07-28 with all that the conformance suite wants to see: requests that stand
// alone over HTTP, on nothing but Node. What the gateway is measured against must be right itself.

import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { anything, completed, plain, prompt, prompts, read, resources, schema2020, templates, text, tool } from './menu.mjs';

const revision = '2026-07-28';
const key = (name) => `io.modelcontextprotocol/${name}`;
const secret = randomBytes(32);
const seal = (state) => {
  const said = Buffer.from(JSON.stringify(state)).toString('base64url');
  return `${said}.${createHmac('sha256', secret).update(said).digest('base64url')}`;
};
const unseal = (sealed) => {
  const said = String(sealed).split('.')[0];
  const state = said && JSON.parse(Buffer.from(said, 'base64url').toString() || 'null');
  if (!state || seal(state) !== sealed) throw refusal(-32602, 'this state is not ours');
  return state;
};
const refusal = (code, message, data) => Object.assign(new Error(message), { code, data });

const ask = {
  elicitation: (name, type = 'string') => ({
    method: 'elicitation/create',
    params: { mode: 'form', message: `Your ${name}?`, requestedSchema: { type: 'object', properties: { [name]: { type } }, required: [name] } },
  }),
  sampling: () => ({
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: { type: 'text', text: 'What is the capital of France?' } }], maxTokens: 100 },
  }),
  roots: () => ({ method: 'roots/list', params: {} }),
};
const answered = (params, name) => {
  const said = params.inputResponses?.[name];
  return said && typeof said === 'object' ? said : undefined;
};
// Asks for what has not come yet; nothing if all is there.
function missing(params, wanted, state) {
  const left = Object.keys(wanted).filter((name) => !answered(params, name));
  if (left.length === 0) return undefined;
  return { resultType: 'input_required', inputRequests: wanted, ...(state && { requestState: seal(state) }) };
}
const asking = (wanted, state) => (params) => {
  if (state && params.requestState !== undefined) unseal(params.requestState);
  return missing(params, wanted, state) ?? text(`${state ? 'state-ok ' : ''}${JSON.stringify(params.inputResponses)}`);
};

const needs = (params, capability) => {
  if (!params._meta[key('clientCapabilities')][capability])
    throw refusal(-32021, `the client does not offer ${capability}`, { requiredCapabilities: { [capability]: {} } });
};
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const listeners = new Set();
const changed = (kind, method) => {
  for (const one of listeners) if (one.filter[kind]) one.tell(method);
};

const tools = {
  ...Object.fromEntries(Object.entries(plain).map(([name, result]) => [name, () => result])),
  async test_tool_with_progress(params, tell) {
    for (const progress of [0, 50, 100]) {
      const progressToken = params._meta.progressToken;
      if (progressToken !== undefined) tell('notifications/progress', { progressToken, progress, total: 100 });
      await pause(50);
    }
    return text('done');
  },
  test_missing_capability: (params) => (needs(params, 'sampling'), text('it is there')),
  test_streaming_elicitation: (params) =>
    (needs(params, 'elicitation'), missing(params, { answer: ask.elicitation('answer') }) ?? text('thank you')),
  test_logging_tool(params, tell) {
    if (params._meta[key('logLevel')]) tell('notifications/message', { level: 'info', data: 'as you wished' });
    return text('logged');
  },
  test_trigger_tool_change: () => (changed('toolsListChanged', 'notifications/tools/list_changed'), text('changed')),
  test_trigger_prompt_change: () => (changed('promptsListChanged', 'notifications/prompts/list_changed'), text('changed')),
  test_header: (params) => text(JSON.stringify(params.arguments ?? {})),
  test_input_required_result_elicitation: asking({ user_name: ask.elicitation('name') }),
  test_input_required_result_sampling: asking({ capital_question: ask.sampling() }),
  test_input_required_result_list_roots: asking({ client_roots: ask.roots() }),
  test_input_required_result_request_state: asking({ confirm: ask.elicitation('ok', 'boolean') }, { step: 1 }),
  test_input_required_result_tampered_state: asking({ confirm: ask.elicitation('ok', 'boolean') }, { step: 1 }),
  test_input_required_result_multiple_inputs: asking(
    { user_name: ask.elicitation('name'), greeting: ask.sampling(), client_roots: ask.roots() }, { step: 1 }),
  test_input_required_result_multi_round(params) {
    const { step } = params.requestState === undefined ? { step: 1 } : unseal(params.requestState);
    const name = `step${step}`;
    if (!answered(params, name)) return missing(params, { [name]: ask.elicitation(name) }, { step });
    return step === 1 ? missing({}, { step2: ask.elicitation('step2') }, { step: 2 }) : text('two rounds');
  },
  test_input_required_result_capabilities(params) {
    const can = params._meta[key('clientCapabilities')];
    const wanted = {};
    if (can.elicitation) wanted.name = ask.elicitation('name');
    if (can.sampling) wanted.thought = ask.sampling();
    if (can.roots) wanted.roots = ask.roots();
    return missing(params, wanted) ?? text('all that you can');
  },
};
const schemas = {
  json_schema_2020_12_tool: schema2020,
  test_header: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
};
const asks = { name: 'test_input_required_result_prompt', description: 'Asks for its context.' };

const methods = {
  'server/discover': () => ({
    supportedVersions: [revision],
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: {}, completions: {}, logging: {} },
  }),
  'tools/list': () => ({ tools: Object.keys(tools).map((name) => tool(name, schemas[name] ?? anything)) }),
  'prompts/list': () => ({ prompts: [...prompts, asks] }),
  'resources/list': () => ({ resources }),
  'resources/templates/list': () => ({ resourceTemplates: templates }),
  'completion/complete': () => completed,
  'resources/read': ({ uri }) => {
    const found = read(uri);
    if (!found) throw refusal(-32602, 'there is no such resource', { uri });
    return found;
  },
  'prompts/get': (params) => {
    if (params.name === asks.name)
      return missing(params, { user_context: ask.elicitation('context') }) ?? prompt('test_simple_prompt');
    const found = prompt(params.name, params.arguments);
    if (!found) throw refusal(-32602, `there is no prompt ${params.name}`);
    return found;
  },
  'tools/call': (params, tell) => {
    if (!Object.hasOwn(tools, params.name)) throw refusal(-32602, `there is no tool ${params.name}`);
    return tools[params.name](params, tell);
  },
};
const cacheable = ['server/discover', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read'];

function decoded(value) {
  const wrapped = /^=\?base64\?(.*)\?=$/.exec(value ?? '');
  if (!wrapped) return value;
  const bytes = Buffer.from(wrapped[1], 'base64');
  return bytes.toString('base64') === wrapped[1] ? bytes.toString() : undefined;
}

function objection({ method, params = {} }, headers) {
  const meta = params._meta;
  for (const name of ['protocolVersion', 'clientCapabilities'])
    if (meta?.[key(name)] === undefined) return refusal(-32602, `_meta has no ${name}`);
  const version = meta[key('protocolVersion')];
  const wrong = (name) => refusal(-32020, `the header ${name} is not what the body says`);
  if (headers['mcp-protocol-version'] !== version) return wrong('MCP-Protocol-Version');
  if (version !== revision)
    return refusal(-32022, 'this version is not spoken here', { supported: [revision], requested: version });
  if (headers['mcp-method'] !== method) return wrong('Mcp-Method');
  const name = { 'tools/call': params.name, 'prompts/get': params.name, 'resources/read': params.uri }[method];
  if (name !== undefined && decoded(headers['mcp-name']) !== name) return wrong('Mcp-Name');
  if (method === 'tools/call' && params.name === 'test_header') {
    const region = params.arguments?.region ?? undefined;
    if (decoded(headers['mcp-param-region']) !== region) return wrong('Mcp-Param-Region');
  }
  if (method !== 'subscriptions/listen' && !Object.hasOwn(methods, method)) return refusal(-32601, `no method ${method}`);
  return undefined;
}

const statuses = { [-32020]: 400, [-32021]: 400, [-32022]: 400, [-32601]: 404 };

async function serve(message, headers, response) {
  const { id, method, params = {} } = message;
  const write = (one) => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...one })}\n\n`);
  };
  const tell = (what, its) => write({ method: what, params: its });
  const fail = (error, status) => {
    const said = { jsonrpc: '2.0', id, error: { code: error.code ?? -32603, message: error.message, data: error.data } };
    if (response.headersSent) return response.end(`data: ${JSON.stringify(said)}\n\n`);
    response.writeHead(status ?? statuses[error.code] ?? 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(said));
  };
  const why = objection(message, headers);
  if (why) return fail(why, statuses[why.code] ?? 400);
  if (method === 'subscriptions/listen') {
    const _meta = { [key('subscriptionId')]: id };
    const one = { filter: params.notifications ?? {}, tell: (what) => tell(what, { _meta }) };
    listeners.add(one);
    response.on('close', () => listeners.delete(one));
    return tell('notifications/subscriptions/acknowledged', { notifications: one.filter, _meta });
  }
  try {
    const made = await methods[method](params, tell);
    const result = { resultType: 'complete', ...(cacheable.includes(method) && { ttlMs: 0, cacheScope: 'public' }), ...made };
    result._meta = { [key('serverInfo')]: { name: 'fixture', version: '1.0.0' } };
    if (response.headersSent) return write({ id, result }), response.end();
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  } catch (error) {
    fail(error);
  }
}

const server = createServer(async (request, response) => {
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
  const origin = request.headers.origin;
  if (!local.test(request.headers.host ?? '') || (origin && !local.test(origin.replace(/^https?:\/\//, ''))))
    return response.writeHead(403).end();
  if (request.method !== 'POST') return response.writeHead(405, { Allow: 'POST' }).end();
  let body = '';
  for await (const piece of request) body += piece;
  const message = JSON.parse(body);
  if (message.id === undefined) return response.writeHead(202).end();
  await serve(message, request.headers, response);
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
