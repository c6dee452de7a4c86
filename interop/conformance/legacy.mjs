// A server of MCP 2025-11-25 with all that the conformance suite wants to see: sessions, streams and
// questions to the client, on nothing but Node.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { anything, completed, plain, prompt, prompts, read, resources, schema2020, templates, text, tool } from './menu.mjs';

const spoken = ['2025-11-25', '2025-06-18', '2025-03-26'];
const refusal = (code, message) => Object.assign(new Error(message), { code });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const form = (message, properties, required) => ({
  message,
  requestedSchema: { type: 'object', properties, ...(required && { required }) },
});
const five = ['active', 'inactive', 'pending'];
const titled = ['one', 'two'].map((name) => ({ const: name, title: name.toUpperCase() }));
const plainChoice = ['one', 'two'];

const asks = {
  test_elicitation_sep1034_defaults: form('Your details, please.', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: five, default: 'active' },
    verified: { type: 'boolean', default: true },
  }),
  test_elicitation_sep1330_enums: form('Choose, please.', {
    untitledSingle: { type: 'string', enum: plainChoice },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: plainChoice, enumNames: ['ONE', 'TWO'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: plainChoice } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  }),
};

const tools = {
  ...Object.fromEntries(Object.entries(plain).map(([name, result]) => [name, () => result])),
  async test_tool_with_logging(_, to) {
    for (const data of ['one', 'two', 'three']) {
      to.tell('notifications/message', { level: 'info', data });
      await pause(50);
    }
    return text('logged');
  },
  async test_tool_with_progress(params, to) {
    const progressToken = params._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) to.tell('notifications/progress', { progressToken, progress, total: 100 });
      await pause(50);
    }
    return text('done');
  },
  async test_sampling({ arguments: given }, to) {
    const messages = [{ role: 'user', content: { type: 'text', text: given.prompt } }];
    const said = await to.ask('sampling/createMessage', { messages, maxTokens: 100 });
    return text(`The model says: ${said.content?.text}`);
  },
  async test_elicitation({ arguments: given }, to) {
    const properties = { username: { type: 'string' }, email: { type: 'string' } };
    return text(JSON.stringify(await to.ask('elicitation/create', form(given.message, properties, ['username', 'email']))));
  },
};
for (const [name, params] of Object.entries(asks))
  tools[name] = async (_, to) => text(JSON.stringify(await to.ask('elicitation/create', params)));
const string = (name) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });
const schemas = {
  json_schema_2020_12_tool: schema2020,
  test_sampling: string('prompt'),
  test_elicitation: string('message'),
};

const methods = {
  ping: () => ({}),
  'logging/setLevel': () => ({}),
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'tools/list': () => ({ tools: Object.keys(tools).map((name) => tool(name, schemas[name] ?? anything)) }),
  'prompts/list': () => ({ prompts }),
  'resources/list': () => ({ resources }),
  'resources/templates/list': () => ({ resourceTemplates: templates }),
  'completion/complete': () => completed,
  'resources/read': ({ uri }) => {
    const found = read(uri);
    if (!found) throw refusal(-32002, 'there is no such resource');
    return found;
  },
  'prompts/get': (params) => {
    const found = prompt(params.name, params.arguments);
    if (!found) throw refusal(-32602, `there is no prompt ${params.name}`);
    return found;
  },
  'tools/call': (params, to) => {
    if (!Object.hasOwn(tools, params.name)) throw refusal(-32602, `there is no tool ${params.name}`);
    return tools[params.name]({ arguments: {}, ...params }, to);
  },
};

const sessions = new Map(); // of the questions that wait for an answer, by session and id
const refuse = (response, status, message) =>
  response.writeHead(status, { 'Content-Type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32600, message } }));

async function serve({ id, method, params = {} }, waiting, response) {
  const write = (one) => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...one })}\n\n`);
  };
  let asked = 0;
  const to = {
    tell: (what, its) => write({ method: what, params: its }),
    ask: (what, its) =>
      new Promise((done, fail) => {
        const question = `${id}-${typeof id}-${++asked}`;
        waiting.set(question, { done, fail });
        write({ id: question, method: what, params: its });
      }),
  };
  try {
    if (!Object.hasOwn(methods, method)) throw refusal(-32601, `no method ${method}`);
    write({ id, result: await methods[method](params, to) });
  } catch (error) {
    write({ id, error: { code: error.code ?? -32603, message: error.message } });
  }
  response.end();
}

const server = createServer(async (request, response) => {
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
  const origin = request.headers.origin;
  if (!local.test(request.headers.host ?? '') || (origin && !local.test(origin.replace(/^https?:\/\//, ''))))
    return refuse(response, 403, 'a stranger');
  const session = request.headers['mcp-session-id'];
  if (request.method === 'DELETE') return response.writeHead(sessions.delete(session) ? 200 : 404).end();
  if (request.method !== 'POST') return response.writeHead(405, { Allow: 'POST, DELETE' }).end();
  let body = '';
  for await (const piece of request) body += piece;
  const message = JSON.parse(body);
  if (message.method === 'initialize') {
    const fresh = randomUUID();
    sessions.set(fresh, new Map());
    const wanted = message.params.protocolVersion;
    const result = {
      protocolVersion: spoken.includes(wanted) ? wanted : spoken[0],
      capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} },
      serverInfo: { name: 'fixture', version: '1.0.0' },
    };
    return response.writeHead(200, { 'Content-Type': 'application/json', 'MCP-Session-Id': fresh })
      .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
  }
  const waiting = sessions.get(session);
  if (!waiting) return refuse(response, session ? 404 : 400, 'no such session');
  if (message.method && message.id !== undefined) return serve(message, waiting, response);
  const question = waiting.get(message.id);
  waiting.delete(message.id);
  if (question && message.error) question.fail(refusal(-32603, message.error.message));
  else question?.done(message.result);
  response.writeHead(202).end();
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
