// The page: filters, the list, one scenario, keys, the theme. The address keeps what is open.

const data = JSON.parse(document.getElementById('data').textContent);
const cases = data.cases;
const $ = (id) => document.getElementById(id);
const order = ['failed', 'stale', 'unreadable', 'inconclusive', 'known', 'passed'];
const meant = { stale: 'passes, but should not', known: 'known to fail' };
const filter = { query: '', marks: new Set(), family: '', check: '' };
let current = null;  // { index, lanes }

for (const c of cases) {
  c.checks = [...new Set((c.objections || []).map((o) => o.check))];
  c.hay = [c.title, c.id, c.path, c.mark, ...(c.families || []), ...(c.links || []), ...c.checks,
    ...(c.actors || []).map((a) => a[0])].join('\n').toLowerCase();
}
const count_of = (mark) => cases.filter((c) => c.mark === mark).length;
const broken = (c) => c.mark !== 'passed' && c.mark !== 'known';

function head() {
  const seconds = (data.took / 1e9).toFixed(2);
  const world = data.real ? 'on real sockets' : 'in virtual time';
  const numbers = order.filter(count_of).map((m) => `${count_of(m)} ${m}`).join(', ');
  $('sum').append(el('strong', {}, numbers || 'nothing played'), ` · ${cases.length} scenarios against ${seen(data.gateway)}, ${world}, in ${seconds} s`);
  $('bar').setAttribute('aria-label', numbers);
  for (const mark of [...order].reverse()) {
    if (!count_of(mark)) continue;
    const part = el('i', { class: mark });
    part.style.flex = count_of(mark);
    part.style.background = 'var(--mark)';
    $('bar').append(part);
  }
  document.title = `${numbers || 'nothing played'} · Lockstep`;
}

function matching() {
  const words = filter.query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (c) => (!filter.marks.size || filter.marks.has(c.mark))
    && (!filter.family || c.family === filter.family || (c.families || []).includes(filter.family))
    && (!filter.check || c.checks.includes(filter.check))
    && words.every((w) => c.hay.includes(w));
  return cases.map((_, i) => i).filter((i) => fits(cases[i]));
}

const list = list_of($('list'), $('rows'), cases, open);

function refresh() {
  const shown = matching();
  list.show(shown);
  $('count').textContent = shown.length === cases.length ? `${cases.length} scenarios`
    : `${shown.length} of ${cases.length} scenarios`;
}

function filters() {
  const choices = (select, all, names) => select.append(el('option', { value: '' }, all), ...names.map((n) => el('option', { value: n }, seen(n))));
  choices($('family'), 'All families', [...new Set(cases.flatMap((c) => [c.family, ...(c.families || [])]))].sort());
  const checks = [...new Set(cases.flatMap((c) => c.checks))].sort();
  choices($('check'), checks.length ? 'All checks' : 'No check objects', checks);
  $('check').disabled = checks.length === 0;
  for (const mark of order.filter(count_of)) {
    const button = el('button', { type: 'button', class: mark, 'aria-pressed': 'false', onclick: () => {
      const on = !filter.marks.has(mark);
      if (on) filter.marks.add(mark);
      else filter.marks.delete(mark);
      button.setAttribute('aria-pressed', on);
      refresh();
    } }, `${count_of(mark)} ${meant[mark] || mark}`);
    $('marks').append(button);
  }
  $('query').addEventListener('input', () => { filter.query = $('query').value; refresh(); });
  for (const name of ['family', 'check'])
    $(name).addEventListener('change', () => { filter[name] = $(name).value; refresh(); });
}

// Opens a scenario. With `focus` the keys are its lanes' from now on.
function open(index, focus) {
  const c = cases[index];
  const detail = $('detail');
  document.querySelector('main').classList.add('opened');
  const address = '#' + encodeURIComponent(c.id);
  if (location.hash !== address) history.replaceState(null, '', address);
  list.mark_open(index);
  detail.setAttribute('aria-label', seen(c.title));
  detail.scrollTop = 0;
  current = { index, lanes: null };
  if (c.unreadable !== undefined) {
    detail.replaceChildren(title_part(c, close), el('section', { class: 'part' }, el('h3', {}, 'This file could not be read'),
      el('pre', { tabindex: 0 }, visible(c.unreadable))));
    if (focus) detail.focus();
    return;
  }
  const rows = () => detail.querySelectorAll('tr[data-event]');
  const lanes = lanes_of(c, (item) => {
    for (const row of rows()) row.classList.toggle('chosen', Number(row.dataset.event) === item.event);
  });
  current.lanes = lanes;
  const show = (event) => {
    lanes.choose_event(event);
    lanes.node.scrollIntoView({ block: 'nearest' });
    lanes.focus();
  };
  const compress = el('button', { type: 'button', 'aria-pressed': 'true', 'aria-keyshortcuts': 'c', onclick: () => {
    lanes.compress(!lanes.state.compressed);
    compress.setAttribute('aria-pressed', lanes.state.compressed);
  } }, 'Compress gaps');
  current.compress = () => compress.click();
  const button = (text, label, keys, act) => el('button', { type: 'button', 'aria-label': label, title: `${label} (${keys})`, onclick: act }, text);
  detail.replaceChildren(
    title_part(c, close),
    ...(c.objections.length ? [el('section', { class: 'part', 'aria-label': 'Objections' }, c.objections.map((o) => objection_part(c, o, show)))] : []),
    el('section', { class: 'part' },
      el('div', { class: 'lead' }, el('h3', {}, 'Who told whom what, and when'),
        lanes.has_break && button('To the break', 'To the next objection', 'b', lanes.to_break),
        compress, button('−', 'Zoom out', '-', () => lanes.zoom(1 / 1.3)), button('+', 'Zoom in', '+', () => lanes.zoom(1.3)),
        button('Fit', 'Fit all', '0', lanes.fit)),
      lanes.node),
    compare_part(c, (event) => lanes.choose_event(event)),
    source_part(c),
    ...[told_part(c)].filter(Boolean));
  lanes.measure();
  if (lanes.has_break) lanes.to_break();
  if (focus) lanes.focus();
}

function close() {
  document.querySelector('main').classList.remove('opened');
  $('list').focus();
}

function step(wanted, by) {
  const index = list.next(current ? current.index : -1, wanted, by);
  if (index >= 0) open(index, false);
}

const themes = ['auto', 'light', 'dark'];
function theme(name) {
  document.documentElement.dataset.theme = name;
  $('theme').textContent = { auto: 'Auto', light: 'Light', dark: 'Dark' }[name];
  $('theme').setAttribute('aria-label', `Theme: ${name}`);
  try { localStorage.setItem('lockstep-theme', name); } catch { /* a page from a file may not */ }
}
function next_theme() {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = document.documentElement.dataset.theme;
  // From 'auto' first to what would be different.
  const ring = dark ? ['auto', 'light', 'dark'] : ['auto', 'dark', 'light'];
  theme(ring[(ring.indexOf(now) + 1) % ring.length]);
}

const help = [
  ['The list', [['↑ ↓, k j', 'move'], ['Enter', 'open the scenario'], ['n  p', 'open the next, the previous that does not hold'], ['/', 'filter by text'], ['Esc', 'back to the list']]],
  ['The lanes', [['↑ ↓', 'choose an event'], ['Home  End', 'the first, the last event'], ['Page ↑ ↓, ← →', 'pan; so do Shift with ↑ ↓, the wheel, dragging'], ['+  −', 'zoom; so does Ctrl with the wheel'], ['0', 'fit all'], ['c', 'compress gaps, or show time to scale'], ['b', 'the next objection']]],
  ['The page', [['Tab', 'from part to part'], ['t', 'theme: auto, light, dark'], ['?', 'this help']]],
];
function fill_help() {
  const keys = (text) => text.split(/(\s{2}|, )/).map((part) => (/^(\s{2}|, )$/.test(part) ? part : el('kbd', {}, part)));
  $('help').append(...help.flatMap(([name, rows]) => [el('h2', {}, name), el('dl', {}, rows.flatMap(([k, what]) => [el('dt', {}, keys(k)), el('dd', {}, what)]))]),
    el('button', { type: 'button', onclick: () => $('help').close() }, 'Close'));
}

const anywhere = {
  '/': () => { close(); $('query').focus(); $('query').select(); },
  '?': () => $('help').showModal(),
  t: next_theme,
  n: () => step(broken, 1),
  p: () => step(broken, -1),
  j: () => { list.move(1); $('list').focus(); },
  k: () => { list.move(-1); $('list').focus(); },
  Escape: close,
};
const on_list = {
  ArrowDown: () => list.move(1), ArrowUp: () => list.move(-1), PageDown: () => list.move(list.page()), PageUp: () => list.move(-list.page()),
  Home: list.first, End: list.last, Enter: () => list.open_chosen(true), ' ': () => list.open_chosen(false),
};
const on_lanes = { '+': (l) => l.zoom(1.3), '=': (l) => l.zoom(1.3), '-': (l) => l.zoom(1 / 1.3), 0: (l) => l.fit(), c: () => current.compress(), b: (l) => { l.to_break(); l.focus(); } };

document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || $('help').open) return;
  const typing = e.target === $('query');
  if (typing && e.key === 'Escape' && filter.query) { $('query').value = ''; filter.query = ''; refresh(); e.preventDefault(); return; }
  if (typing && !['Escape', 'ArrowDown', 'ArrowUp', 'Enter'].includes(e.key)) return;
  if (e.target.tagName === 'SELECT' && e.key !== 'Escape') return;
  const listed = typing || e.target === $('list') || e.target === document.body;
  const act = (listed && on_list[e.key]) || anywhere[e.key];
  if (act) { e.preventDefault(); act(); return; }
  if (current?.lanes && on_lanes[e.key]) { e.preventDefault(); on_lanes[e.key](current.lanes); }
});

function from_address() {
  let id = location.hash.slice(1);
  try { id = decodeURIComponent(id); } catch { /* somebody's own address */ }
  const index = cases.findIndex((c) => c.id === id);
  if (index >= 0) open(index, false);
  return index >= 0;
}

let kept = 'auto';
try { kept = localStorage.getItem('lockstep-theme') || 'auto'; } catch { /* as above */ }
theme(themes.includes(kept) ? kept : 'auto');
$('theme').addEventListener('click', next_theme);
$('help-open').addEventListener('click', () => $('help').showModal());
addEventListener('hashchange', from_address);
fill_help();
head();
filters();
refresh();
if (!from_address()) {
  const first = cases.findIndex(broken);
  const wide = matchMedia('(min-width: 861px)').matches;
  if (first >= 0 && wide) open(first, false);
  else $('detail').append(el('p', { class: 'empty' }, cases.length ? (first >= 0 ? '' : 'All hold. ') + 'Choose a scenario to see what passed.' : 'Nothing was played.'));
}
$('list').focus({ preventScroll: true });
performance.mark('lockstep-ready');
