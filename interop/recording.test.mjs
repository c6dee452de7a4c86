// Real programs are recorded; what was recorded serves the same clients again, without the program
// that said it, to the byte and at its times; and a recording of that is the same recording.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {difference, everything_url, folder_of, free_port, HttpTransport, McpClient, OpenAI,
        provider, recorded_stdio, recorder, replayed_stdio, replayer, StdioTransport} from './parts.mjs';

const options = {timeout: 120_000};
const late_max = 40_000;  // us by which a loaded machine may make a chunk late
const steps = 4, step_s = 0.25;

const lines_of = file => readFileSync(file, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line));

// The same lines, and the same times up to what a loaded machine does. When a request came is the
// client's affair, and so is when it left.
function judge_same_recording(original, again) {
    const a = lines_of(original), b = lines_of(again);
    const timeless = ({at, ...rest}) => JSON.stringify(rest);
    for (const [i, line] of a.entries())
        assert.equal(timeless(b[i] ?? {}).slice(0, 500), timeless(line).slice(0, 500));
    assert.ok(a.every((line, i) => timeless(b[i]) === timeless(line)), 'a long line is another');
    assert.equal(b.length, a.length);
    assert.equal(difference(original, again), '');
    for (let i = 1; i < a.length; ++i) {
        if (a[i].request || a[i].end === 'left') continue;
        const off = Math.abs(b[i].at - a[i].at);
        assert.ok(off <= late_max, `line ${i + 1} came ${off} us beside its time`);
    }
}

// A conversation that uses what a recording must keep: lists, results, progress in its rhythm.
async function converse(client) {
    const heard = {ticks: []};
    heard.tools = (await client.listTools()).tools;
    heard.echo = await client.callTool({name: 'echo', arguments: {message: 'grüße'}});
    heard.long = await client.callTool(
        {name: 'trigger-long-running-operation', arguments: {duration: steps * step_s, steps}},
        undefined, {onprogress: ({progress}) => heard.ticks.push({at: performance.now(), progress})});
    heard.image = await client.callTool({name: 'get-tiny-image', arguments: {}});
    heard.prompts = (await client.listPrompts()).prompts;
    return heard;
}

function judge_conversation({ticks, ...heard}) {
    assert.equal(heard.echo.content[0].text, 'Echo: grüße');
    // The SDK drops a progress that it reads together with the result, as the last one may be.
    assert.ok(ticks.length >= steps - 1, `only ${ticks.length} progress notifications`);
    assert.deepEqual(ticks.map(({progress}) => progress), [1, 2, 3, 4].slice(0, ticks.length));
    const took = ticks[2].at - ticks[0].at;
    assert.ok(took > 900 * 2 * step_s, `all progress came within ${took} ms`);
    return heard;
}

const new_client = () => new McpClient({name: 'interop', version: '1'});

async function over_http(url) {
    const client = new_client();
    const transport = new HttpTransport(new URL(`${url}/mcp`));
    await client.connect(transport);
    const heard = await converse(client);
    // Without ending the session: the server's stream would end with it, and a replay ends it at
    // its time, which a client that is quicker today does not wait for.
    await client.close();
    return judge_conversation(heard);
}

test('server-everything is recorded and replayed over streamable HTTP', options, async t => {
    const folder = folder_of(t);
    const [first, second] = ['first.rec', 'second.rec'].map(name => join(folder, name));
    const server = await everything_url(t);
    const port = await free_port();
    const recording = await recorder(t, server.url, first, port);
    const original = await over_http(recording.url);
    assert.equal(await recording.end(), 0);
    await server.end();

    // In the same places, so that not even a Host differs.
    const replay = await replayer(t, first, server.port);
    const again = await recorder(t, server.url, second, port);
    assert.deepEqual(await over_http(again.url), original);
    assert.equal(await again.end(), 0);
    assert.equal(await replay.end(), 0, replay.said.join('\n'));
    judge_same_recording(first, second);
});

async function over_stdio(t, [command, ...args]) {
    const client = new_client();
    await client.connect(new StdioTransport({command, args, env: process.env, stderr: 'ignore'}));
    t.after(() => client.close());
    const heard = await converse(client);
    await client.close();
    return judge_conversation(heard);
}

test('server-everything is recorded and replayed over stdio', options, async t => {
    const file = join(folder_of(t), 'stdio.rec');
    const original = await over_stdio(t, recorded_stdio(file));
    const lines = lines_of(file);
    assert.equal(lines[0].over, 'stdio');
    assert.ok(lines.some(line => line.from?.includes('Echo: grüße')));
    assert.deepEqual(await over_stdio(t, replayed_stdio(file)), original);
});

const request = {model: 'm', messages: [{role: 'user', content: 'Ask both.'}], stream: true};

async function chat(url, messages = request.messages) {
    const openai = new OpenAI({baseURL: url, apiKey: 'sk-planted-0123456789abcdef', maxRetries: 0});
    const heard = [];
    for await (const chunk of await openai.chat.completions.create({...request, messages}))
        heard.push(chunk);
    return heard;
}

test("what OpenAI's SDK heard of a mock it hears of its recording", options, async t => {
    const folder = folder_of(t);
    const [first, second] = ['first.rec', 'second.rec'].map(name => join(folder, name));
    const [port, replayed] = [await free_port(), await free_port()];
    const recording = await recorder(t, await provider(t, 'formats.scenario', 'openai'), first, port);
    const original = await chat(recording.url);
    assert.ok(original.length > 5);
    assert.equal(await recording.end(), 0);
    assert.ok(!readFileSync(first, 'utf8').includes('sk-planted-0'), 'the key is on the disk');

    const replay = await replayer(t, first, replayed);
    const again = await recorder(t, replay.url, second, port);
    assert.deepEqual(await chat(again.url), original);
    assert.equal(await again.end(), 0);
    assert.equal(await replay.end(), 0, replay.said.join('\n'));
    assert.equal(difference(first, second), '');
});

test('a replay tells what it does not know, and that nobody asked for it', options, async t => {
    const file = join(folder_of(t), 'chat.rec');
    const recording = await recorder(t, await provider(t, 'formats.scenario', 'openai'), file);
    await chat(recording.url);
    await recording.end();

    const replay = await replayer(t, file, 0, '--pace', 'fast');
    await assert.rejects(chat(replay.url, [{role: 'user', content: 'Ask neither.'}]),
                         /body at \/messages\/0\/content: recorded \\?"Ask both/);
    assert.equal(await replay.end(), 1);
    assert.match(replay.said.join('\n'), /nobody asked for this: POST \/chat\/completions/);
});
