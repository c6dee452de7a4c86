// Swim lanes: an actor a column, time going down. An instant takes as many rows as events passed
// in it, because the clock stands still meanwhile; between two instants lies the time, to scale
// or compressed. Only what is near the visible part is drawn.

const gutter = 96;
const row_height = 26;
const head_height = 46;

function svg(name, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const kinds = new Map([
  ...['text', 'thinking', 'refusal', 'finish', 'end', 'json'].map((v) => [v, 'says']),
  ...['tool', 'tools', 'list', 'call', 'result', 'progress', 'log', 'cancel', 'metadata'].map((v) => [v, 'tool']),
  ...['error', 'tool-error', 'failure', 'reset', 'abort', 'cut', 'garbage', 'exit'].map((v) => [v, 'error']),
]);

// Where everything lies, for one zoom and one way of showing time.
function lane_layout(items, zoom, compressed, height, length) {
  const row = Math.min(40, Math.max(2, row_height * zoom));
  const per_ns = (2 * height * zoom) / Math.max(1, length);
  const between = (ns) => (compressed
    ? Math.min(56, 8 + 11 * Math.log10(1 + ns / 1e6)) * Math.min(zoom, 2)
    : Math.max(3, ns * per_ns));
  const tops = [];
  const instants = [];
  let y = 10;
  items.forEach((item, i) => {
    const above = items[i - 1];
    if (!above || item.at !== above.at) {
      const gap = above ? between(Math.max(0, item.at - above.at)) : 0;
      instants.push({ y: y + gap, at: item.at, gap, since: above ? item.at - above.at : 0, rows: 0 });
      y += gap;
    }
    instants[instants.length - 1].rows += 1;
    tops.push(y);
    y += row;
  });
  return { row, tops, instants, height: y + 16 };
}

const first_below = (list, y, of) => {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (of(list[middle]) < y) low = middle + 1;
    else high = middle;
  }
  return low;
};

// `told(item)` is called with whatever is chosen. Gives { node, keys, choose, fit, ... }.
function lanes_of(c, told) {
  const { actors, items } = story_of(c);
  const length = Math.max(1, ...items.slice(-1).map((x) => x.at));
  const state = { zoom: 1, compressed: true, chosen: -1, drawn: [0, -1] };
  let layout, width, lane, measured = 0;
  // As high as it may become: report.css says the same.
  const view_max = () => Math.min(innerHeight * 0.62, 640) - head_height - 2;

  const heads = el('div', { class: 'heads', 'aria-hidden': 'true' });
  const picture = svg('svg', { role: 'img', 'aria-label': `${items.length} events between ${actors.map((a) => a.name).join(', ')}; the table below has them as text` });
  const scroll = el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Swim lanes. Up and down choose an event, plus and minus zoom, question mark for all keys.' }, heads, picture);
  const line = el('p', { class: 'told', role: 'status' }, 'Choose an event with ↑ ↓ or the mouse.');
  const node = el('div', { class: 'lanes' }, scroll, line);
  const x_of = (actor) => gutter + (actor + 0.5) * lane;

  function measure() {
    width = Math.max(scroll.clientWidth, gutter + actors.length * 132 + 20);
    lane = Math.min(280, (width - gutter - 20) / Math.max(1, actors.length));
    layout = lane_layout(items, state.zoom, state.compressed, view_max(), length);
    measured = scroll.clientWidth;
    picture.setAttribute('width', width);
    picture.setAttribute('height', layout.height);
    heads.style.width = `${width}px`;
    heads.replaceChildren(...actors.map((a, i) => {
      const head = el('div', { title: seen(a.name) }, el('b', {}, seen(a.name)), el('small', {}, a.role));
      head.style.left = `${x_of(i)}px`;
      head.style.width = `${lane - 8}px`;
      return head;
    }));
    state.drawn = [0, -1];
    draw();
  }

  function arrow(item, i) {
    const top = layout.tops[i];
    const y = top + layout.row * 0.74;
    const [x1, x2] = [x_of(item.from), x_of(item.to)];
    const way = Math.sign(x2 - x1) || 1;
    const names = ['item', kinds.get(item.verb) || 'plain'];
    if (item.objections.length) names.push('bad');
    if (item.missing) names.push('missing');
    if (i === state.chosen) names.push('chosen');
    const group = svg('g', { class: names.join(' '), 'data-item': i });
    group.append(svg('rect', { class: 'hit', x: gutter - 4, y: top, width: width - gutter, height: layout.row }));
    const start = x1 + way * 5, end = x2 - way * 5;
    group.append(svg('path', { class: 'shaft', d: `M${start} ${y}H${end - way * 6}`, fill: 'none' }));
    const half = Math.min(4, layout.row / 3);
    group.append(svg('path', { class: 'tip', d: `M${end} ${y}l${-way * 8} ${-half}v${2 * half}z` }));
    if (layout.row >= 17) {
      const x = Math.min(x1, x2) + 12;
      const room = Math.floor((width - x - 8) / 7);
      const text = seen(said(item)).replace(/[\n\t]/g, ' ') + (item.missing ? '   (expected)' : '');
      group.append(svg('text', { class: 'label', x, y: y - 5 }, text.length > room ? text.slice(0, Math.max(1, room - 1)) + '…' : text));
    }
    return group;
  }

  // Bars of what an actor is busy with; two at once lie side by side.
  function busy(from, to) {
    const bars = [];
    const until = new Map();
    for (const [actor, begin, end] of c.spans || []) {
      const a = index_of(begin), b = index_of(end);
      const y1 = layout.tops[a], y2 = layout.tops[b] + layout.row;
      const used = until.get(actor) || until.set(actor, []).get(actor);
      let depth = used.findIndex((y) => y <= y1);
      if (depth < 0) depth = used.length;
      used[depth] = y2;
      if (y2 < from || y1 > to) continue;
      bars.push(svg('rect', { class: 'busy', x: x_of(actor) - 4 + depth * 6, y: y1 + 4, width: 8, height: Math.max(2, y2 - y1 - 6), rx: 3 }));
    }
    return bars;
  }

  const places = new Map(items.map((item, i) => [item.event, i]));
  const index_of = (event) => places.get(event) ?? 0;

  function draw() {
    const near = scroll.clientHeight;
    const from = scroll.scrollTop - near, to = scroll.scrollTop + 2 * near;
    if (state.drawn[0] <= scroll.scrollTop - near / 3 && state.drawn[1] >= Math.min(layout.height, scroll.scrollTop + near * 1.3)) return;
    state.drawn = [from, to];
    const parts = [];
    let solid = '', dashed = '', last_label = -100;
    const first = Math.max(0, first_below(layout.instants, from, (n) => n.y) - 1);
    for (let n = first; n < layout.instants.length && layout.instants[n].y - layout.instants[n].gap <= to; ++n) {
      const now = layout.instants[n];
      const end = now.y + now.rows * layout.row;
      actors.forEach((_, a) => {
        const x = x_of(a);
        if (now.gap > 0) dashed += `M${x} ${now.y - now.gap}V${now.y}`;
        solid += `M${x} ${now.y}V${end}`;
      });
      parts.push(svg('line', { class: 'instant', x1: gutter - 4, x2: width, y1: now.y, y2: now.y }));
      if (now.gap >= 18 && now.since > 0)
        parts.push(svg('text', { class: 'gap', x: gutter - 16, y: now.y - now.gap / 2 + 4 }, `+${duration(now.since)}`));
      const at = now.y + Math.min(layout.row * 0.74, 18);
      if (at - last_label >= 12) {
        parts.push(svg('text', { class: 'when', x: gutter - 16, y: at }, duration(now.at)));
        last_label = at;
      }
    }
    parts.push(svg('path', { class: 'wait', d: dashed }), svg('path', { class: 'life', d: solid }));
    parts.push(...busy(from, to));
    for (let i = Math.max(0, first_below(layout.tops, from, (y) => y) - 1); i < items.length && layout.tops[i] <= to; ++i)
      parts.push(arrow(items[i], i));
    picture.replaceChildren(...parts);
  }

  function redraw() {
    state.drawn = [0, -1];
    draw();
  }

  function reveal(i) {
    const top = layout.tops[i], view = scroll.clientHeight - head_height;
    if (top < scroll.scrollTop + 20) scroll.scrollTop = top - 40;
    else if (top + layout.row > scroll.scrollTop + view - 10) scroll.scrollTop = top - view + layout.row + 60;
  }

  function choose(i, center) {
    if (!items.length) return;
    state.chosen = Math.max(0, Math.min(items.length - 1, i));
    const item = items[state.chosen];
    if (center) scroll.scrollTop = layout.tops[state.chosen] - (scroll.clientHeight - head_height) / 2;
    else reveal(state.chosen);
    const names = `${actors[item.from].name} → ${actors[item.to].name}`;
    const against = item.objections.map((o) => `\n${o.check}: ${o.problem}${o.detail ? ': ' + o.detail : ''}`);
    line.replaceChildren(visible(`${duration(item.at)}  ${names}  ${said(item)}${item.missing ? '  (expected, and did not pass so)' : ''}${against.join('')}`));
    redraw();
    told(item);
  }

  // The point under the pointer, or the middle, stays where it is.
  function zoom_to(zoom, at = (scroll.clientHeight - head_height) / 2) {
    const y = scroll.scrollTop + at;
    const i = Math.max(0, first_below(layout.tops, y, (t) => t) - 1);
    const inside = (y - layout.tops[i]) / layout.row;
    state.zoom = Math.min(12, Math.max(0.08, zoom));
    measure();
    scroll.scrollTop = layout.tops[i] + Math.min(1, inside) * layout.row - at;
    redraw();
  }

  function fit() {
    const view = view_max();
    for (let step = 0, low = 0.08, high = 4; step < 12; ++step) {
      state.zoom = (low + high) / 2;
      if (lane_layout(items, state.zoom, state.compressed, view, length).height > view) high = state.zoom;
      else low = state.zoom;
    }
    measure();
    scroll.scrollTop = 0;
    redraw();
  }

  function compress(on) {
    state.compressed = on;
    measure();
    if (state.chosen >= 0) reveal(state.chosen);
    redraw();
  }

  const bad = items.map((item, i) => (item.objections.length ? i : -1)).filter((i) => i >= 0);
  const pan = (x, y) => scroll.scrollBy({ left: x, top: y });
  const page = () => scroll.clientHeight - head_height - 40;
  const keys = {
    ArrowDown: () => choose(state.chosen + 1), ArrowUp: () => choose(state.chosen < 0 ? 0 : state.chosen - 1),
    Home: () => choose(0), End: () => choose(items.length - 1),
    PageDown: () => pan(0, page()), PageUp: () => pan(0, -page()),
    ArrowRight: () => pan(60, 0), ArrowLeft: () => pan(-60, 0),
    ShiftArrowDown: () => pan(0, 60), ShiftArrowUp: () => pan(0, -60),
  };

  scroll.addEventListener('scroll', draw, { passive: true });
  scroll.addEventListener('keydown', (e) => {
    const key = keys[(e.shiftKey && e.key.startsWith('Arrow') ? 'Shift' : '') + e.key];
    if (!key || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    e.stopPropagation();
    key();
  });
  scroll.addEventListener('wheel', (e) => {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    zoom_to(state.zoom * Math.exp(-e.deltaY / 300), e.clientY - scroll.getBoundingClientRect().top - head_height);
  }, { passive: false });

  let drag = null;
  scroll.addEventListener('pointerdown', (e) => {
    if (e.button !== 0 || e.pointerType !== 'mouse' || e.offsetX >= scroll.clientWidth) return;
    drag = { x: e.clientX, y: e.clientY, left: scroll.scrollLeft, top: scroll.scrollTop, moved: false, on: e.target.closest('.item') };
  });
  scroll.addEventListener('pointermove', (e) => {
    if (!drag) return;
    const [dx, dy] = [e.clientX - drag.x, e.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) scroll.setPointerCapture(e.pointerId);
    drag.moved = true;
    scroll.classList.add('drag');
    scroll.scrollLeft = drag.left - dx;
    scroll.scrollTop = drag.top - dy;
  });
  const drop = () => {
    if (drag && !drag.moved && drag.on) choose(Number(drag.on.dataset.item));
    drag = null;
    scroll.classList.remove('drag');
  };
  scroll.addEventListener('pointerup', drop);
  scroll.addEventListener('pointercancel', () => { drag = null; scroll.classList.remove('drag'); });
  scroll.addEventListener('click', (e) => {
    const on = e.target.closest('.item');
    if (on && e.pointerType !== 'mouse') choose(Number(on.dataset.item));
  });
  new ResizeObserver(() => {
    if (scroll.clientWidth !== measured && scroll.clientWidth > 0) measure();
    else draw();
  }).observe(scroll);

  return { node, measure, fit, compress, state,
    focus: () => scroll.focus({ preventScroll: true }),
    zoom: (factor) => zoom_to(state.zoom * factor),
    choose_event: (event, center = true) => choose(index_of(event), center),
    to_break: () => bad.length && choose(bad.find((i) => i > state.chosen) ?? bad[0], true),
    has_break: bad.length > 0 };
}
