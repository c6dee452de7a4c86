// The HTML report in a real browser. Usage: run (beside this file).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Browser } from './browser.mjs';

const lockstep = resolve(process.env.LOCKSTEP);
const at = resolve(process.env.REPORT_TEST_AT);
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
let kinds = 'kinds';  // or a page with a planted fault in its place
const url = (name) => `file://${at}/${name === 'kinds' ? kinds : name}.html`;
let browser, page;

function written(name, ...paths) {
  try {
    execFileSync(lockstep, ['run', '--html', `${at}/${name}.html`, ...paths], { stdio: 'ignore' });
  } catch (e) {
    if (![1, 2].includes(e.status)) throw e;  // some of them fail: that is what they are for
  }
}

// Copies of a holding and of a failing scenario, so many of each kind as make `count`.
function many(name, count) {
  const folder = `${at}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const kinds = ['session/holds', 'ending/never_came', 'tools/must_not_pass', 'timeouts/came_late'];
  for (let i = 0; i < count; ++i) {
    const kind = kinds[i % 10 < 7 ? 0 : i % 3 + 1];
    const text = readFileSync(`${here}/scenarios/${kind}.scenario`, 'utf8').replace('# ', `# Number ${i}. `);
    mkdirSync(`${folder}/f${i % 9}`, { recursive: true });
    writeFileSync(`${folder}/f${i % 9}/n${i}.scenario`, text);
  }
  written(name, folder);
}

// A test that must also fail where a fault is planted in the page.
const checks = new Map();
function check(name, look) {
  checks.set(name, look);
  test(name, look);
}

before(async () => {
  mkdirSync(at, { recursive: true });
  const seed = ['seed_request', 'tool_in_the_middle', 'tool_over_stdio', 'tool_unstreamed']
    .map((name) => `${here}/../../scenarios/library/seed/${name}.scenario`);
  written('kinds', '--baseline', `${here}/scenarios/baseline`, `${here}/scenarios`, ...seed);
  many('ten', 10);
  many('hundreds', 500);
  browser = new Browser(process.env.CHROMIUM);
  page = await browser.page();
});
after(() => browser?.close());

const text = (selector) => page.value(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
const count = (selector) => page.value(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
const has = (selector, part, why) => text(selector).then((t) => assert.ok(t?.includes(part), `${why || selector}: ${t}`));
const opened = () => page.value('decodeURIComponent(location.hash.slice(1))');
const settle = () => page.settled();
const set = (selector, value, event) => page.value(`(() => { const e = document.querySelector(${JSON.stringify(selector)});
  e.value = ${JSON.stringify(value)}; e.dispatchEvent(new Event(${JSON.stringify(event)}, { bubbles: true })); })()`).then(settle);
const ids = () => page.value(`[...document.querySelectorAll('.case')].map((e) => e.querySelector('small').title)`);

async function at_case(id) {
  await page.open(`${url('kinds')}#${encodeURIComponent(id)}`);
  assert.equal(await opened(), id);
}

check('opens from a file, without a complaint and without a network', async () => {
  await page.open(url('kinds'));
  assert.equal(await count('.case'), 12);
  await has('#sum', '5 failed, 1 stale, 1 unreadable, 1 known, 4 passed');
  for (const id of await ids()) await page.value(`location.hash = ${JSON.stringify(encodeURIComponent(id))}`).then(settle);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.requests, [url('kinds')]);
});

test('a broken script would be complained about', async () => {
  const broken = readFileSync(`${at}/kinds.html`, 'utf8').replace('function refresh() {', 'function refresh() { nobody.knows(this); ');
  writeFileSync(`${at}/broken.html`, broken);
  await assert.rejects(page.until('false', 0), /never came true/);
  await page.send('Page.navigate', { url: url('broken') });
  await page.until('document.readyState === "complete"');
  assert.match(page.complaints.join(), /nobody is not defined/);
});

check('filters by text, verdict, family and check', async () => {
  await page.open(url('kinds'));
  await page.press('/');
  await page.write('litellm#12345');
  assert.deepEqual(await ids(), ['timeouts/came_late']);
  await has('#count', '1 of 12');
  await page.press('Escape');
  assert.equal((await ids()).length, 12);
  await page.click('#marks .known');
  assert.deepEqual(await ids(), ['tools/other_words']);
  await page.click('#marks .known');
  await set('#family', 'tools', 'change');
  assert.ok((await ids()).includes('tools/must_not_pass'));
  assert.ok(!(await ids()).includes('ending/never_came'));
  await set('#check', 'never', 'change');
  assert.deepEqual(await ids(), ['tools/must_not_pass']);
  await set('#family', '', 'change');
  await set('#check', 'hang', 'change');
  assert.deepEqual(await ids(), ['cancel/hangs']);
});

check('the keyboard alone opens a scenario, moves in it and comes back', async () => {
  await page.open(url('kinds'));
  await page.press('/');
  await page.write('seed');
  await page.press('ArrowDown');
  await page.press('Enter');
  assert.equal(await opened(), 'seed/tool_in_the_middle');
  assert.equal(await page.value('document.activeElement.className'), 'scroll');
  await page.press('ArrowDown');
  await page.press('ArrowDown');
  const first = await text('.told');
  await page.press('ArrowDown');
  assert.notEqual(await text('.told'), first);
  assert.equal(await count('.item.chosen'), 1);
  assert.equal(await count('tr.chosen'), 1);
  await page.press('End');
  await has('.told', 'end stop');
  await page.press('Escape');
  assert.equal(await page.value('document.activeElement.id'), 'list');
  await page.press('/');
  await page.press('Escape');  // empties the filter
  await page.press('Escape');  // leaves it
  await page.press('n');
  const failing = await opened();
  await page.press('n');
  assert.notEqual(await opened(), failing);
  await page.press('p');
  assert.equal(await opened(), failing);
  await page.press('?');
  assert.equal(await page.value('document.getElementById("help").open'), true);
  await has('#help', 'compress gaps');
  await page.press('Escape');
  assert.equal(await page.value('document.getElementById("help").open'), false);
});

check('every actor has a lane, and what passed are arrows between them', async () => {
  await at_case('seed/tool_in_the_middle');
  assert.deepEqual(await page.value(`[...document.querySelectorAll('.heads b')].map((e) => e.textContent)`), ['client', 'proxy', 'openai', 'everything']);
  assert.deepEqual(await page.value(`[...document.querySelectorAll('.heads small')].map((e) => e.textContent)`), ['client', 'gateway', 'provider', 'MCP server']);
  await page.press('0');  // all of it is drawn
  const passed = await count('tr[data-event]');
  assert.ok(passed > 15);
  assert.equal(await count('.item'), passed);
  assert.equal(await count('.item .tip'), passed);
  assert.ok((await count('.busy')) >= 5, 'two turns, a call, the request at both its ends');
  // An arrow begins at its sender's lane and ends at its receiver's.
  const ends = await page.value(`(() => { const x = (e) => { const b = e.getBoundingClientRect(); return b.x + b.width / 2; };
    const heads = [...document.querySelectorAll('.heads div')].map(x);
    const b = document.querySelector('.item[data-item="0"] .shaft').getBoundingClientRect();
    return [b.left - heads[0], heads[1] - b.right]; })()`);
  for (const off of ends) assert.ok(off > 0 && off < 16, String(ends));
});

check('zooms, pans and shows time to scale', async () => {
  await at_case('timeouts/came_late');
  const height = () => page.value('document.querySelector(".lanes svg").getBoundingClientRect().height');
  const top = () => page.value('document.querySelector(".lanes .scroll").scrollTop');
  const compressed = await height();
  await page.press('+');
  await page.press('+');
  assert.ok((await height()) > compressed * 1.3);
  await page.press('0');
  assert.ok((await height()) <= (await page.value('document.querySelector(".lanes .scroll").clientHeight')) + 1);
  await page.press('+');
  await page.press('+');
  await page.press('+');
  await page.press('b');
  await page.value('document.querySelector(".lanes .scroll").scrollTop = 0');
  await page.press('PageDown');
  assert.ok((await top()) > 50);
  const box = await page.value('(() => { const b = document.querySelector(".lanes .scroll").getBoundingClientRect(); return { x: b.x + 300, y: b.y + 200 }; })()');
  const before_drag = await top();
  await page.mouse('mousePressed', box.x, box.y);
  await page.mouse('mouseMoved', box.x, box.y + 40, { buttons: 1 });
  await page.mouse('mouseReleased', box.x, box.y + 40);
  assert.equal(await top(), before_drag - 40);
  await page.mouse('mouseWheel', box.x, box.y, { button: 'none', deltaX: 0, deltaY: -120, modifiers: 2 });
  await page.press('0');
  // 30 s are 2.5 times as long as 12 s only when the gaps are not compressed.
  const gaps = () => page.value(`(() => { const y = Object.fromEntries([...document.querySelectorAll('.when')].map((e) => [e.textContent, Number(e.getAttribute('y'))]));
    return [y['29.2s'] - y['200ms'], y['59.2s'] - y['44.2s']]; })()`);
  await page.press('c');
  assert.equal(await text('[aria-keyshortcuts="c"]'), 'Compress gaps');
  assert.equal(await page.value(`document.querySelector('[aria-keyshortcuts="c"]').getAttribute('aria-pressed')`), 'false');
  const [long, short] = await gaps();
  assert.ok(long > 1.5 * short, `${long} ${short}`);
});

check('the failing line is marked, and stands beside what happened', async () => {
  await at_case('timeouts/came_late');
  await has('.objection', 'came 90s after the line above');
  await has('.sides > div:first-child', '+30s   proxy -> client  error idle-timeout');
  await has('.sides > div:last-child', '119.2s  proxy -> client  error idle-timeout');
  assert.equal(await count('tr.failing'), 1);
  await has('tr.failing td:nth-child(2)', '20 ✗+30s proxy -> client error idle-timeout'.replace(' ✗', '✗'));
  await has('tr.failing td:nth-child(3)', 'error idle-timeout "gpt-4o: silent for 90s"');
  assert.equal(await count('.source .bad'), 1);
  assert.equal(await page.value('document.querySelector(".source .bad").dataset.line'), '20');
  assert.equal(await count('.item.missing'), 1, 'expected at 59.2s, dashed');
  await page.press('b');
  assert.equal(await count('.item.bad.chosen:not(.missing)'), 1);

  await at_case('ending/never_came');
  await has('tr.failing td:nth-child(3)', 'nothing like it passed');
  await at_case('tools/must_not_pass');
  await has('tr.bad', 'turn 2');
  await has('.sides h4', 'Must never pass');
  await at_case('cancel/hangs');
  await has('.objection', 'somebody still waits');
  await at_case('seed/tool_in_the_middle');
  assert.equal(await count('.bad'), 0);
  assert.ok((await count('tr.met')) >= 4);
});

check('a file that could not be read is told of', async () => {
  await page.open(url('kinds'));
  await page.click('#marks .unreadable');
  await page.click('.case.unreadable');
  await has('#detail pre', "did you mean 'provider'?");
});

check('whatever passes is text', async () => {
  await at_case('bytes/hostile');
  assert.equal(await page.value('document.title.includes("owned")'), false);
  assert.equal(await count('img, b[onmouseover], iframe'), 0);
  await has('h2', '</script><script>');
  await has('.objection', '\\u202e');  // what passed is quoted by whoever tells it
  assert.equal(await page.value('/[\\u202a-\\u202e\\u2066-\\u2069\\u0007\\u001b]/.test(document.body.innerText)'), false);
  assert.deepEqual(page.complaints, []);
});

check('is dark where the reader is, and where the switch says', async () => {
  const paper = () => page.value(`(() => { const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number); return r + g + b; })()`);
  await page.open(url('kinds'));
  await page.value('localStorage.clear()');
  await page.prefer('light');
  await page.open(url('kinds'));
  assert.ok((await paper()) > 600);
  await page.prefer('dark');
  await settle();
  assert.ok((await paper()) < 150);
  await page.press('t');
  assert.ok((await paper()) > 600, 'the switch wins');
  await page.open(url('kinds'));
  assert.ok((await paper()) > 600, 'and is remembered');
  await page.click('#theme');
  assert.ok((await paper()) < 150);
  await page.value('localStorage.clear()');
});

// Every text on what lies behind it, by the formula of WCAG 2.
const contrast = `(() => {
  const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  const low = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.getClientRects().length || e.closest('svg, script, style, :disabled, select')) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(walk.currentNode.data.slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return low; })()`;

for (const scheme of ['light', 'dark'])
  check(`can be read in ${scheme}, and is named for those who hear it`, async () => {
    await page.prefer(scheme);
    await at_case('timeouts/came_late');
    assert.deepEqual(await page.value(contrast), []);
    const nameless = await page.value(`[...document.querySelectorAll('button, input, select, [tabindex="0"], svg, dialog')].filter((e) =>
      !(e.getAttribute('aria-label') || e.textContent.trim())).map((e) => e.outerHTML.slice(0, 80))`);
    assert.deepEqual(nameless, []);
    assert.equal(await page.value(`document.getElementById(document.getElementById('list').getAttribute('aria-activedescendant')).getAttribute('aria-selected')`), 'true');
    assert.equal(await page.value(`document.querySelector('.case').getAttribute('aria-setsize')`), '12');
    await page.press('Tab');
    const ring = await page.value(`getComputedStyle(document.activeElement).outlineStyle + ' ' + document.activeElement.tagName`);
    assert.match(ring, /^(solid|auto)/, 'whatever has the focus shows it');
    await page.picture(`${at}/${scheme}.png`);
  });

check('narrow: first the list, then the scenario, and back', async () => {
  await page.size(420, 800);
  await page.open(url('kinds'));
  const seen = (s) => page.value(`document.querySelector(${JSON.stringify(s)}).getClientRects().length > 0`);
  assert.deepEqual([await seen('#list'), await seen('#detail')], [true, false]);
  await page.click('.case');
  assert.deepEqual([await seen('#list'), await seen('#detail')], [false, true]);
  await page.picture(`${at}/narrow.png`);
  await page.click('#back');
  assert.deepEqual([await seen('#list'), await seen('#detail')], [true, false]);
  assert.equal(await page.value('document.documentElement.scrollWidth'), 420);
  await page.size(1360, 900);
});

test('hundreds are as quick as ten', async () => {
  // The best of some: a neighbour's work on this machine can only add.
  const best = async (work) => {
    let time = Infinity;
    for (let i = 0; i < 9; ++i) time = Math.min(time, await work());
    return time;
  };
  const loaded = async (name) => {
    await page.open(url(name));
    return page.value('performance.getEntriesByName("lockstep-ready")[0].startTime');
  };
  const in_page = (work) => page.value(`(async () => { const began = performance.now(); ${work};
    document.body.getBoundingClientRect(); return performance.now() - began; })()`);
  const filtered = () => in_page(`for (const q of ['n', 'number 1', 'never', '']) {
    const e = document.getElementById('query'); e.value = q; e.dispatchEvent(new Event('input')); }`);
  const stepped = () => in_page(`for (let i = 0; i < 10; ++i) document.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }))`);

  const cost = {};
  for (const name of ['ten', 'hundreds'])
    cost[name] = { load: await best(() => loaded(name)), filter: await best(filtered), open: await best(stepped) };
  console.log(JSON.stringify(cost));
  assert.equal(await page.value('JSON.parse(document.getElementById("data").textContent).cases.length'), 500);
  assert.ok((await count('.case')) < 60, 'rows that nobody sees do not exist');
  // Fifty times the scenarios: reading them costs in proportion, all else next to nothing.
  assert.ok(cost.hundreds.load < 12 * cost.ten.load + 50, JSON.stringify(cost));
  assert.ok(cost.hundreds.filter < 12 * cost.ten.filter + 20, JSON.stringify(cost));
  assert.ok(cost.hundreds.open < 4 * cost.ten.open + 50, JSON.stringify(cost));
});

const planted = [
  ['verdicts are not filtered by', 'filters by text, verdict, family and check',
    '(!filter.marks.size || filter.marks.has(c.mark))', 'true'],
  ['families are not filtered by', 'filters by text, verdict, family and check', '(!filter.family || ', '(true || '],
  ['the count is that of all', 'filters by text, verdict, family and check', '`${shown.length} of', '`${cases.length} of'],
  ['p goes forward', 'the keyboard alone opens a scenario, moves in it and comes back', 'p: () => step(broken, -1)', 'p: () => step(broken, 1)'],
  ['arrows do not reach their lane', 'every actor has a lane, and what passed are arrows between them',
    'x2 - way * 5;', 'x2 - way * 60;'],
  ['time is never to scale', 'zooms, pans and shows time to scale', 'state.compressed = on;', ''],
  ['another line of the file is marked', 'the failing line is marked, and stands beside what happened',
    "class: against.has(i + 1) ? 'bad' : ''", "class: against.has(i) ? 'bad' : ''"],
  ['why a file could not be read is not told', 'a file that could not be read is told of', 'visible(c.unreadable)', "''"],
  ['what passed is markup', 'whatever passes is text',
    "return el('span', { class: 'text', dir: 'ltr' }, parts);", "return Object.assign(el('span', { class: 'text', dir: 'ltr' }), { innerHTML: text });"],
  ['the switch to dark is light', 'is dark where the reader is, and where the switch says',
    ':root[data-theme="dark"] { color-scheme: dark; }', ':root[data-theme="dark"] { color-scheme: light; }'],
  ['the theme is forgotten', 'is dark where the reader is, and where the switch says', "localStorage.setItem('lockstep-theme', name);", ''],
  ['small print is too pale', 'can be read in light, and is named for those who hear it', '--dim: light-dark(#5c636d', '--dim: light-dark(#a9afb8'],
  ['a field has no name', 'can be read in dark, and is named for those who hear it', ' aria-label="Filter by text"', ''],
  ['there is no way back', 'narrow: first the list, then the scenario, and back', "document.querySelector('main').classList.remove('opened');", ''],
  ['something is fetched', 'opens from a file, without a complaint and without a network',
    '<link rel="icon" href="data:,">', '<link rel="icon" href="data:,"><img src="http://127.0.0.1:9/x.png" alt="">'],
];
for (const [fault, name, ...changes] of planted)
  test(`a page with a fault fails: ${fault}`, async () => {
    let text = readFileSync(`${at}/kinds.html`, 'utf8');
    for (let i = 0; i < changes.length; i += 2) {
      assert.equal(text.split(changes[i]).length, 2, `once in the page: ${changes[i]}`);
      text = text.replace(changes[i], () => changes[i + 1]);
    }
    writeFileSync(`${at}/planted.html`, text);
    kinds = 'planted';
    try {
      await assert.rejects(checks.get(name)(), assert.AssertionError);
    } finally {
      kinds = 'kinds';
      await page.size(1360, 900);
      await page.prefer('light');
      await page.value('localStorage.clear()').catch(() => {});
    }
  });
