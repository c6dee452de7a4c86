// The official SDKs at the gateway's other endpoints: OpenAI's Responses, Anthropic's Messages.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {judge_pieces, seed_text} from './judge.mjs';
import {Anthropic, everything_over, gateway, master_key, OpenAI, provider, request} from './parts.mjs';

const options = {timeout: 60_000};
const {messages, ...common} = request;
const asked = {
    responses: {...common, input: messages[0].content},
    messages: {...request, max_tokens: 1000},
};

async function url_of(t, scenario = 'seed.scenario') {
    return await gateway(t, await provider(t, scenario), await everything_over.http(t));
}

async function openai(t, scenario) {
    const baseURL = `${await url_of(t, scenario)}/v1`;
    return new OpenAI({baseURL, apiKey: master_key, maxRetries: 0, timeout: 30_000});
}

async function anthropic(t, scenario) {
    const baseURL = await url_of(t, scenario);
    return new Anthropic({baseURL, apiKey: master_key, maxRetries: 0, timeout: 30_000});
}

function judge_response(response) {
    assert.equal(response.status, 'completed');
    assert.deepEqual(response.output.map(item => item.type),
                     ['mcp_list_tools', 'message', 'mcp_call', 'message']);
    assert.equal(response.output_text, seed_text);
    const call = response.output[2];
    assert.equal(call.name, 'echo');
    assert.equal(call.server_label, 'everything');
    assert.equal(call.error, null);
    assert.match(call.output, /^Echo: hello/);
}

test("OpenAI's SDK gets a whole response", options, async t => {
    const client = await openai(t);
    judge_response(await client.responses.create(asked.responses));
});

test("OpenAI's stream helper puts a response together", options, async t => {
    const client = await openai(t);
    const texts = [];
    const numbers = [];
    const stream = client.responses.stream(asked.responses);
    stream.on('event', event => numbers.push(event.sequence_number));
    stream.on('response.output_text.delta',
              event => texts.push({at: performance.now(), text: event.delta}));
    judge_response(await stream.finalResponse());
    judge_pieces(texts);
    assert.deepEqual(numbers, numbers.map((_, index) => index));
});

test("OpenAI's SDK is asked for an approval, and gives it", options, async t => {
    const client = await openai(t);
    const tools = [{...request.tools[0], require_approval: 'always'}];
    const first = await client.responses.create({...asked.responses, tools});
    const wanted = first.output.find(item => item.type === 'mcp_approval_request');
    assert.equal(wanted.name, 'echo');
    const second = await client.responses.create({
        ...asked.responses, tools, previous_response_id: first.id,
        input: [{type: 'mcp_approval_response', approval_request_id: wanted.id, approve: true}],
    });
    const call = second.output.find(item => item.type === 'mcp_call');
    assert.equal(call.approval_request_id, wanted.id);
    assert.equal(first.output_text + second.output_text, seed_text);
});

function judge_message(message) {
    assert.equal(message.stop_reason, 'end_turn');
    assert.deepEqual(message.content.map(block => block.type),
                     ['text', 'mcp_tool_use', 'mcp_tool_result', 'text']);
    const texts = message.content.filter(block => block.type === 'text');
    assert.equal(texts.map(block => block.text).join(''), seed_text);
    assert.equal(message.content[1].name, 'echo');
    assert.equal(message.content[2].tool_use_id, message.content[1].id);
}

test("Anthropic's SDK gets a whole message", options, async t => {
    const client = await anthropic(t);
    judge_message(await client.messages.create(asked.messages));
});

test("Anthropic's stream helper puts a message together", options, async t => {
    const client = await anthropic(t);
    const texts = [];
    const stream = client.messages.stream(asked.messages);
    stream.on('text', text => texts.push({at: performance.now(), text}));
    judge_message(await stream.finalMessage());
    judge_pieces(texts);
});

test('both SDKs know what a refusal is', options, async t => {
    const baseURL = await url_of(t);
    const apiKey = 'sk-wrong';
    await assert.rejects(
        new OpenAI({baseURL: `${baseURL}/v1`, apiKey, maxRetries: 0}).responses.create(asked.responses),
        error => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key');
    await assert.rejects(
        new Anthropic({baseURL, apiKey, maxRetries: 0}).messages.create(asked.messages),
        error => error instanceof Anthropic.AuthenticationError &&
            error.error.error.type === 'authentication_error');
});
