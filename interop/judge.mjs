// What an answer must be, whoever has read it.

import assert from 'node:assert/strict';

// As seed.scenario has them; where the tool's words go, it says {{tool result}}.
export const seed_text =
    'Let me ask. It says: Echo: hello Is that what you wanted?';
const piece_count = 7;      // text steps in seed.scenario
const piece_gap = 150;      // ms before each of them
const last_turn_gaps = 4;   // between the first and the last piece of turn 2

// `texts`: {at, text} of each piece in order of arrival, `at` in ms.
export function judge_pieces(texts) {
    assert.equal(texts.map(each => each.text).join(''), seed_text);
    assert.equal(texts.length, piece_count, 'each piece the provider said is a piece of its own');

    // The provider was still speaking when the client heard the first word. Had the answer, or
    // its second turn, been held back and sent in one go, it would have arrived in no time.
    const took = (from, to) => texts.at(to).at - texts.at(from).at;
    assert.ok(took(0, -1) >= piece_gap * (piece_count - 1) / 2,
              `all pieces came within ${took(0, -1)} ms`);
    assert.ok(took(-1 - last_turn_gaps, -1) >= piece_gap * last_turn_gaps / 2,
              `the second turn came within ${took(-1 - last_turn_gaps, -1)} ms`);
}

// `heard`: {at, chunk} in order of arrival, `at` in ms.
export function judge_seed(heard) {
    const chunks = heard.map(each => each.chunk);
    judge_pieces(heard.map(({at, chunk}) => ({at, text: chunk.choices[0]?.delta?.content}))
                     .filter(each => each.text));

    assert.equal(new Set(chunks.map(chunk => chunk.id)).size, 1, 'one answer has one id');
    const roles = chunks.filter(chunk => chunk.choices[0]?.delta?.role);
    assert.equal(roles.length, 1, 'the role is said once');
    const reasons = chunks.map(chunk => chunk.choices[0]?.finish_reason).filter(Boolean);
    assert.deepEqual(reasons, ['stop']);
    const calls = chunks.filter(chunk => chunk.choices[0]?.delta?.tool_calls);
    assert.equal(calls.length, 0, 'the client is not shown the plumbing');
}
