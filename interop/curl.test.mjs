// The request that started this project: curl, our gateway, the real server-everything.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';

import {judge_seed} from './judge.mjs';
import {everything_over, gateway, master_key, provider, request} from './parts.mjs';

// Gives {at, data} for each SSE event, at the time when its last byte came.
async function curl(url, body) {
    const child = spawn('curl', [
        '--silent', '--show-error', '--fail-with-body', '--no-buffer', '--max-time', '30',
        `${url}/v1/chat/completions`,
        '--header', 'Content-Type: application/json',
        '--header', `Authorization: Bearer ${master_key}`,
        '--data', JSON.stringify(body),
    ], {stdio: ['ignore', 'pipe', 'pipe']});
    const events = [];
    let rest = '', trouble = '';
    child.stderr.on('data', bytes => trouble += bytes);
    child.stdout.setEncoding('utf8').on('data', text => {
        const parts = (rest + text).split('\n\n');
        rest = parts.pop();
        for (const part of parts)
            for (const line of part.split('\n'))
                if (line.startsWith('data: ')) events.push({at: performance.now(), data: line.slice(6)});
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, `curl: ${trouble}${rest}`);
    assert.equal(rest, '', 'the last event is whole');
    return events;
}

for (const transport of ['http', 'stdio'])
    test(`curl hears the echo, chunk by chunk, over ${transport}`, {timeout: 60_000}, async t => {
        const model = await provider(t, 'seed.scenario');
        const url = await gateway(t, model, await everything_over[transport](t));

        const events = await curl(url, {...request, stream: true});

        const done = events.filter(event => event.data === '[DONE]');
        assert.equal(done.length, 1);
        assert.equal(events.at(-1), done[0], 'nothing follows [DONE]');
        judge_seed(events.slice(0, -1).map(({at, data}) => ({at, chunk: JSON.parse(data)})));
    });
