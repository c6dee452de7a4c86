// `lockstep check-mcp` finds what the real server-everything is known to do wrong.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {check_mcp, everything_sse_url, everything_stdio, everything_url} from './parts.mjs';

const options = {timeout: 90_000};
const slow = ['--slow-call', 'trigger-long-running-operation {"duration":2,"steps":8}'];

// Ids of the rules by verdict: {fail: ['H20', ...], warning: [...], pass: [...], untried: [...]}
function sorted(report) {
    const found = {fail: [], warning: [], pass: [], untried: []};
    for (const [, verdict, id] of report.matchAll(/^(FAIL|warning|pass|untried) +([A-Z]\d\d) /gm))
        found[verdict.toLowerCase()].push(id);
    return found;
}

test('over streamable HTTP', options, async t => {
    const {url} = await everything_url(t);
    const {status, report} = await check_mcp([`${url}/mcp`, '-v', ...slow]);
    const {fail, warning, pass} = sorted(report);
    assert.equal(status, 1, report);
    // Junk that is no message, batches at any revision, unknown sessions, what a resumed stream
    // has, no look at Origin.
    assert.deepEqual(fail, ['J01', 'J06', 'J08', 'H20', 'E13', 'S01'], report);
    // Two in flight with one id, junk where a stream is resumed, a cancel that is ignored, an
    // unknown tool.
    for (const id of ['H28', 'H32', 'E16', 'L17', 'L26']) assert.ok(warning.includes(id), report);
    // It listens on all addresses, and asks nobody for his name.
    for (const id of ['S02', 'S03']) assert.ok(warning.includes(id), report);
    for (const id of ['H10', 'E17', 'S08', 'T04']) assert.ok(pass.includes(id), report);
    assert.ok(pass.length > 30, report);
});

test('over standard streams', options, async () => {
    const {status, report} = await check_mcp(['-v', ...slow, '--', ...everything_stdio]);
    const {fail, warning, pass} = sorted(report);
    assert.equal(status, 0, report);
    assert.deepEqual(fail, [], report);
    assert.ok(warning.includes('L17'), report);
    for (const id of ['T01', 'T04', 'T07', 'J04', 'L12']) assert.ok(pass.includes(id), report);
});

test('over HTTP+SSE an unknown session is left hanging', options, async t => {
    const url = await everything_sse_url(t);
    const {status, report} = await check_mcp([`${url}/sse`, '--sse', '-v', ...slow]);
    const {fail, warning, pass} = sorted(report);
    assert.equal(status, 0, report);
    assert.deepEqual(fail, [], report);
    // Beside it what it does wrong over every transport.
    assert.deepEqual(warning, ['L17', 'L21', 'L23', 'L26', 'T12'], report);
    for (const id of ['T10', 'J04', 'L10', 'L12']) assert.ok(pass.includes(id), report);
});
