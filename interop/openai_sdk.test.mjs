// The official OpenAI SDK as the client, in the three ways it has to ask.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {judge_seed, seed_text} from './judge.mjs';
import {everything_over, gateway, master_key, OpenAI, provider, request} from './parts.mjs';

async function client(t, scenario) {
    const model = await provider(t, scenario);
    const url = await gateway(t, model, await everything_over.http(t));
    return new OpenAI({baseURL: `${url}/v1`, apiKey: master_key, maxRetries: 0, timeout: 30_000});
}

const options = {timeout: 60_000};

test('the SDK iterates over a streamed answer', options, async t => {
    const openai = await client(t, 'seed.scenario');
    const heard = [];
    for await (const chunk of await openai.chat.completions.create({...request, stream: true}))
        heard.push({at: performance.now(), chunk});
    judge_seed(heard);
});

test("the SDK's stream helper puts the answer together", options, async t => {
    const openai = await client(t, 'seed.scenario');
    const heard = [];
    const stream = openai.chat.completions.stream(request);
    stream.on('chunk', chunk => heard.push({at: performance.now(), chunk}));
    const answer = await stream.finalChatCompletion();
    judge_seed(heard);
    assert.equal(answer.choices[0].message.content, seed_text);
    assert.equal(answer.choices[0].finish_reason, 'stop');
});

test('the SDK gets a whole answer', options, async t => {
    const openai = await client(t, 'seed.scenario');
    const answer = await openai.chat.completions.create(request);
    assert.equal(answer.choices.length, 1);
    assert.equal(answer.choices[0].message.content, seed_text);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.ok(!answer.choices[0].message.tool_calls?.length, 'no call is left for the client');
});

test('after an abort by the SDK the gateway serves the next request', options, async t => {
    const openai = await client(t, 'abort.scenario');
    const stream = await openai.chat.completions.create({...request, stream: true});
    let begun = '';
    for await (const chunk of stream) {
        begun += chunk.choices[0]?.delta?.content ?? '';
        if (begun) stream.controller.abort();  // 600 s before the provider would say more
    }
    assert.match(begun, /^Once upon /);

    const next = await openai.chat.completions.create(request);
    assert.equal(next.choices[0].message.content, 'It says: Echo: hello');
});
