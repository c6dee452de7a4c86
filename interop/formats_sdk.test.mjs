// The official SDKs read what the mocks say, each its own language, and what our gateway makes of
// it.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Anthropic, GoogleGenAI, OpenAI, provider} from './parts.mjs';

const options = {timeout: 60_000};
const scenario = 'formats.scenario';
const words = 'Let me ask. ✔';
const thoughts = 'Both, then. ';
const messages = [{role: 'user', content: 'Ask both.'}];
const calls = [{name: 'echo', input: {text: 'hello'}}, {name: 'clock', input: {}}];
const complaint = /out of breath/;

async function openai_at(t, name) {
    const baseURL = await provider(t, scenario, name);
    return new OpenAI({baseURL, apiKey: 'sk', maxRetries: 0, timeout: 30_000});
}

// Those who speak like OpenAI, and what the SDK is told of their thoughts. (Mistral's parts are
// for its own SDK.)
const chats = {
    openai: null,
    azure: null,
    openrouter: 'reasoning',
    vllm: 'reasoning',
    deepseek: 'reasoning_content',
    groq: 'reasoning',
    xai: 'reasoning_content',
};
for (const [name, thought] of Object.entries(chats))
    test(`OpenAI's SDK puts together what ${name} says`, options, async t => {
        const client = await openai_at(t, name);
        const stream = client.chat.completions.stream(
            {model: 'm', messages, stream_options: {include_usage: true}});
        let heard = '';
        stream.on('chunk', chunk => heard += chunk.choices[0]?.delta?.[thought] ?? '');
        const {choices: [choice], usage} = await stream.finalChatCompletion();
        assert.equal(choice.message.content, words);
        assert.equal(choice.finish_reason, 'tool_calls');
        assert.deepEqual(choice.message.tool_calls.map(
            ({function: f}) => ({name: f.name, input: JSON.parse(f.arguments)})), calls);
        assert.equal(usage.total_tokens, 29);
        assert.equal(heard, thought ? thoughts : '');
    });

test("OpenAI's SDK puts a response together", options, async t => {
    const client = await openai_at(t, 'responses');
    const answer = await client.responses.stream({model: 'm', input: 'Ask both.'}).finalResponse();
    assert.equal(answer.status, 'completed');
    assert.equal(answer.output_text, words);
    const [reasoning] = answer.output.filter(item => item.type === 'reasoning');
    assert.equal(reasoning.summary[0].text, thoughts);
    assert.deepEqual(answer.output.filter(item => item.type === 'function_call').map(
        item => ({name: item.name, input: JSON.parse(item.arguments)})), calls);
    assert.equal(answer.usage.total_tokens, 29);

    const broken = client.responses.stream({model: 'm', input: 'And now?'}).finalResponse();
    await assert.rejects(broken, complaint);
});

test("OpenAI's SDK throws what a stream complains of", options, async t => {
    const client = await openai_at(t, 'openai');
    await client.chat.completions.stream({model: 'm', messages}).finalChatCompletion();
    const broken = client.chat.completions.stream({model: 'm', messages}).finalChatCompletion();
    await assert.rejects(broken, complaint);
});

test("Anthropic's SDK puts a message together", options, async t => {
    const url = await provider(t, scenario, 'anthropic');
    const client = new Anthropic(
        {baseURL: url.replace(/\/v1$/, ''), apiKey: 'sk', maxRetries: 0, timeout: 30_000});
    const request = {model: 'm', max_tokens: 100, messages};
    const answer = await client.messages.stream(request).finalMessage();
    assert.equal(answer.stop_reason, 'tool_use');
    const of_type = type => answer.content.filter(block => block.type === type);
    assert.equal(of_type('text').map(block => block.text).join(''), words);
    assert.equal(of_type('thinking')[0].thinking, thoughts);
    assert.deepEqual(of_type('tool_use').map(({name, input}) => ({name, input})), calls);
    assert.equal(answer.usage.output_tokens, 9);
    await assert.rejects(client.messages.stream(request).finalMessage(), complaint);
});

test("Google's SDK reads each chunk of Gemini's", options, async t => {
    const url = await provider(t, scenario, 'gemini');
    const client = new GoogleGenAI(
        {apiKey: 'sk', httpOptions: {baseUrl: url.replace(/\/v1$/, ''), apiVersion: 'v1'}});
    const request = {model: 'gemini-2.5-pro', contents: 'Ask both.'};
    const hear = async () => {
        const heard = {text: '', thoughts: '', calls: [], last: undefined};
        for await (const chunk of await client.models.generateContentStream(request)) {
            for (const part of chunk.candidates[0].content.parts)
                heard[part.thought ? 'thoughts' : 'text'] += part.text ?? '';
            heard.calls.push(...chunk.functionCalls ?? []);
            heard.last = chunk;
        }
        return heard;
    };
    const heard = await hear();
    assert.equal(heard.text, words);
    assert.equal(heard.thoughts, thoughts);
    assert.deepEqual(heard.calls.map(({name, args}) => ({name, input: args})), calls);
    assert.equal(heard.last.candidates[0].finishReason, 'STOP');
    assert.equal(heard.last.usageMetadata.totalTokenCount, 29);
    await assert.rejects(hear, complaint);
});
