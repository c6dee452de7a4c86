// A client that is right, for the suite's client scenarios: run as `client.mjs URL`, it puts our
// gateway in front of the suite's server and does through it what the scenario wants to see.
// Up to 2025-11-25 it is the TypeScript SDK's version 1, since 2026-07-28 its version 2.

import { end, gatewayFor, installed } from './parts.mjs';

const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const modern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

const gateway = await gatewayFor({ suite: { transport: 'http', url: process.argv.at(-1) } });
const url = new URL(`${gateway.found}/mcp/suite`);
const me = { name: 'client', version: '1.0.0' };
const capabilities = { elicitation: { form: { applyDefaults: true } } };
const accept = async () => ({ action: 'accept', content: {} });

async function v1() {
  const { Client } = installed('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = installed('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const { ElicitRequestSchema } = installed('@modelcontextprotocol/sdk/types.js');
  const client = new Client(me, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, accept);
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}
async function v2() {
  const { Client, StreamableHTTPClientTransport } = installed('@modelcontextprotocol/client');
  const mode = scenario === 'request-metadata' ? 'auto' : { pin: '2026-07-28' };
  const client = new Client(me, { capabilities, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { confirmed: true } }));
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

const call = (client, name, given = {}) => client.callTool({ name, arguments: given });
const stories = {
  initialize: (client) => client.listTools(),
  async tools_call(client) {
    await client.listTools();
    await call(client, 'add_numbers', { a: 5, b: 3 });
  },
  'elicitation-sep1034-client-defaults': async (client) => {
    await client.listTools();
    await call(client, 'test_client_elicitation_defaults');
  },
  'sse-retry': async (client) => {
    await client.listTools();
    await call(client, 'test_reconnection');
  },
  'json-schema-2020-12-preservation': async (client) => {
    const { tools } = await client.listTools();
    const schema = tools.find((one) => one.name === 'json_schema_2020_12_tool').inputSchema;
    await call(client, 'json_schema_echo', { schema });
  },
  'request-metadata': async (client) => {
    await client.listTools();
    await call(client, 'any');
  },
  'sep-2322-client-request-state': async (client) => {
    for (const { name } of (await client.listTools()).tools)
      await call(client, name).catch((error) => {
        // The suite wants it taken for complete, the SDK does not take it from a server of this era.
        if (name !== 'test_mrtr_no_result_type' || error.code !== 'INVALID_RESULT') throw error;
      });
  },
  'http-standard-headers': async (client) => {
    const { tools } = await client.listTools();
    await call(client, tools[0].name);
    const { resources } = await client.listResources();
    await client.readResource({ uri: resources[0].uri });
    const { prompts } = await client.listPrompts();
    await client.getPrompt({ name: prompts[0].name });
  },
  'http-custom-headers': async (client) => {
    await client.listTools();
    for (const one of context.toolCalls) await call(client, one.name, one.arguments);
  },
  'http-invalid-tool-headers': async (client) => {
    for (const tool of (await client.listTools()).tools) await call(client, tool.name, { region: 'here' });
  },
  'json-schema-ref-no-deref': (client) => client.listTools(),
};

let status = 1;
try {
  const client = await (modern ? v2() : v1());
  await stories[scenario](client);
  await client.transport?.terminateSession?.();
  await client.close();
  status = 0;
} catch (error) {
  console.error(error);
}
end(gateway.child);
process.exit(status);
