// One scenario as things to look at. Whatever passed in it is text here and never markup: it goes
// through visible(), which spells out what could not be seen or would turn the line around.

const signs = { passed: '✓', failed: '✗', inconclusive: '?', unreadable: '!', known: '~', stale: '✗' };

function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  made.append(...children.flat(Infinity).filter((x) => x !== null && x !== undefined && x !== false));
  return made;
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const spelled = (c) => 'U+' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
const seen = (text) => text.replace(unseen, (c) => (c === '\n' || c === '\t' ? c : `⟨${spelled(c)}⟩`));

function visible(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(unseen)) {
    if (found[0] === '\n' || found[0] === '\t') continue;
    parts.push(text.slice(from, found.index), el('span', { class: 'esc' }, spelled(found[0])));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return el('span', { class: 'text', dir: 'ltr' }, parts);
}

// As the language writes a length of time.
function duration(ns) {
  const in_units = (unit, name) => parseFloat((ns / unit).toFixed(9)) + name;
  if (ns < 0) return '-' + duration(-ns);
  if (ns === 0) return '0ms';
  if (ns < 1e3) return in_units(1, 'ns');
  if (ns < 1e6) return in_units(1e3, 'us');
  return ns < 1e10 ? in_units(1e6, 'ms') : in_units(1e9, 's');
}

const said = (event) => (event.words ? `${event.verb} ${event.words}` : event.verb);

// What passed, with what should have passed at its place: { at, from, to, verb, words } each,
// `event` for a real one, `missing` for one that only the file knows, `objections` against it.
function story_of(c) {
  if (c.story) return c.story;
  const actors = (c.actors || []).map(([name, role]) => ({ name, role }));
  const items = (c.events || []).map(([at, from, to, verb, words, exchange, quiet], event) =>
    ({ at, from, to, verb, words, exchange, quiet: quiet === 1, event, objections: [] }));
  const events = items.slice();
  const at_name = new Map(actors.map((a, i) => [a.name, i]));
  const missing = [];
  for (const o of c.objections || []) {
    if (events[o.event]) events[o.event].objections.push(o);
    if (!o.expected || !at_name.has(o.expected[0]) || !at_name.has(o.expected[1])) continue;
    let place = o.after === undefined ? 0 : o.after + 1;
    if (o.due !== undefined) while (place < events.length && events[place].at <= o.due) ++place;
    else if (o.event !== undefined) place = o.event;
    const at = o.due ?? events[Math.min(place, events.length - 1)]?.at ?? 0;
    const [verb, ...words] = o.expected[2].split(' ');
    missing.push({ at, from: at_name.get(o.expected[0]), to: at_name.get(o.expected[1]), verb,
      words: words.join(' '), missing: true, place, objections: [o] });
  }
  missing.sort((a, b) => b.place - a.place);
  for (const m of missing) items.splice(m.place, 0, m);
  c.story = { actors, items, events, missing };
  return c.story;
}

function title_part(c, back) {
  const facts = [c.id, c.path];
  if (c.length !== undefined) facts.push(`${duration(c.length)} long`);
  facts.push(`played in ${duration(Math.round(c.took / 1e4) * 1e4)}`);
  if (c.how?.real) facts.push('on real sockets');
  if (c.how?.seed !== undefined) facts.push(`seed ${c.how.seed}`);
  if (c.how?.cut !== undefined) facts.push(`cut ${c.how.cut}`);
  if (c.links?.length) facts.push('covers ' + c.links.join(' '));
  const why = c.baseline ? ` — the baseline expects it to fail: ${c.baseline}`
    : c.inconclusive ? ` — ${c.inconclusive}` : '';
  return el('header', { class: `title ${c.mark}` },
    el('button', { id: 'back', type: 'button', onclick: back }, '← All scenarios'),
    el('h2', {}, visible(c.title)),
    el('p', { class: 'facts' }, el('span', { class: 'badge' }, `${signs[c.mark]} ${c.mark}`, visible(why)),
      facts.map((f) => el('span', {}, visible(f)))));
}

// The line of the file without its margin, and a caret below the place.
function line_with_caret(c, [line, column, width]) {
  const text = (c.lines[line - 1] || '').replaceAll('\t', ' ');
  const margin = text.length - text.trimStart().length;
  const shown = text.trim();
  return [el('code', {}, visible(shown)),
    shown.length < 90 && el('code', { class: 'caret', 'aria-hidden': 'true' },
      ' '.repeat(Math.max(0, column - 1 - margin)) + '^'.repeat(Math.max(1, width)))];
}

function objection_part(c, o, show) {
  const { actors, events } = story_of(c);
  const came = events[o.event];
  const way = (e) => `${duration(e.at)}  ${actors[e.from].name} -> ${actors[e.to].name}  ${said(e)}`;
  const expected = o.at ? line_with_caret(c, o.at) : null;
  const happened = came ? el('code', {}, visible(way(came)))
    : el('code', {}, o.check === 'hang' ? 'nothing more' : 'nothing like it passed');
  const place = o.at ? `${c.path}, line ${o.at[0]}` : '';
  const sided = o.at || came;
  return el('section', { class: 'objection' },
    el('header', {},
      el('h3', {}, el('span', { class: 'check' }, o.check), visible(o.problem)),
      o.detail && el('p', { class: 'say' }, visible(o.detail))),
    sided && el('div', { class: 'sides' },
      el('div', {}, el('h4', {}, o.check === 'never' ? 'Must never pass' : o.at ? 'Expected' : 'The rule'),
        expected || el('code', {}, `check ${o.check}`), place && el('h4', {}, visible(place))),
      el('div', {}, el('h4', {}, 'Happened'), happened,
        came && el('button', { type: 'button', onclick: () => show(o.event) }, 'Show in the lanes'))));
}

// Expectation and reality side by side, a row an event. Long ones are shown around the break.
function compare_part(c, choose) {
  const { actors, events, missing } = story_of(c);
  const shown_max = 400;
  const met = new Map();
  const broken = (c.objections || []).find((o) => o.check === 'expect');
  for (const [line, event] of c.expect) if (event !== undefined) met.set(event, [...(met.get(event) || []), line]);
  const first_open = c.expect.findIndex((x) => x.length === 1);
  const failing_line = broken && first_open >= 0 ? c.expect[first_open][0] : broken?.at?.[0];

  const line_cell = (line, sign) => [el('span', { class: 'number' }, line), el('span', { class: 'sign' }, sign),
    visible((c.lines[line - 1] || '').trim().replace(/\s+/g, ' '))];
  const event_cell = (e) => [el('span', { class: 'way' }, `${actors[e.from].name} → ${actors[e.to].name}  `), visible(said(e))];
  const failed_cell = () => [line_cell(failing_line, '✗'), el('div', { class: 'why' }, visible(
    broken.problem + (broken.detail ? `: ${broken.detail}` : '')))];

  const rows = [];
  const put_missing = (place) => {
    for (const m of missing)
      if (m.place === place && m.objections[0] === broken && broken.event === undefined)
        rows.push(() => el('tr', { class: 'bad failing' }, el('td', {}, broken.due === undefined ? '' : duration(m.at)),
          el('td', {}, failed_cell()), el('td', {}, el('span', { class: 'why' }, 'nothing like it passed'))));
  };
  events.forEach((e, i) => {
    put_missing(i);
    const here = broken && broken.event === i;
    const bad = e.objections.length > 0;
    const left = here && broken.expected ? failed_cell() : (met.get(i) || []).map((line) => el('div', {}, line_cell(line, '✓')));
    rows.push(() => el('tr', { class: `${bad ? 'bad' : met.has(i) ? 'met' : 'other'}${here ? ' failing' : ''}`, 'data-event': i, onclick: () => choose(i) },
      el('td', {}, duration(e.at)), el('td', {}, left),
      el('td', {}, event_cell(e), bad && !here && e.objections.map((o) => el('div', { class: 'why' }, visible(`${o.check}: ${o.problem}`))))));
  });
  put_missing(events.length);
  const break_at = rows.length;
  if (first_open >= 0)
    for (const [line] of c.expect.slice(first_open + (broken ? 1 : 0)))
      rows.push(() => el('tr', { class: 'later' }, el('td', {}, ''), el('td', {}, line_cell(line, '·')), el('td', {}, 'not looked for')));
  const never = (line) => (c.objections || []).find((o) => o.check === 'never' && o.at?.[0] === line);
  for (const line of c.never)
    rows.push(() => el('tr', { class: never(line) ? 'bad' : '' }, el('td', {}, 'never'),
      el('td', {}, line_cell(line, never(line) ? '✗' : '✓')), el('td', {}, never(line) ? visible(never(line).detail) : 'did not pass')));

  const body = el('tbody');
  const center = Math.min(broken?.event ?? missing[0]?.place ?? 0, break_at);
  let from = Math.max(0, Math.min(center - 100, rows.length - shown_max));
  let to = Math.min(rows.length, from + shown_max);
  body.append(...rows.slice(from, to).map((row) => row()));
  const rest = rows.length - (to - from);
  const more = rest > 0 && el('button', { type: 'button', class: 'more', onclick: () => {
    body.prepend(...rows.slice(0, from).map((row) => row()));
    body.append(...rows.slice(to).map((row) => row()));
    more.remove();
  } }, `Show the other ${rest} lines`);
  return el('section', { class: 'part compare' },
    el('h3', {}, c.exactly ? 'Expected exactly, and passed' : 'Expected and passed'),
    el('table', {}, el('thead', {}, el('tr', {}, ['Time', 'Expected', 'Passed'].map((t) => el('th', { scope: 'col' }, t)))), body), more);
}

function source_part(c) {
  const against = new Map();
  for (const o of c.objections || []) if (o.at) against.set(o.at[0], [...(against.get(o.at[0]) || []), o]);
  const lines = c.lines.flatMap((text, i) => [
    el('div', { class: against.has(i + 1) ? 'bad' : '', 'data-line': i + 1 }, visible(text)),
    ...(against.get(i + 1) || []).map((o) => el('div', { class: 'note', 'data-line': '' },
      ' '.repeat(Math.max(0, o.at[1] - 1)) + '^'.repeat(Math.max(1, o.at[2])) + '  ', visible(o.problem)))]);
  return el('details', { class: 'part', open: against.size > 0 }, el('summary', {}, 'The file'),
    el('pre', { class: 'source', tabindex: 0, 'aria-label': 'The scenario file' }, lines));
}

function told_part(c) {
  return c.told && el('details', { class: 'part' }, el('summary', {}, 'As the terminal tells it'),
    el('pre', { tabindex: 0 }, visible(c.told)));
}
