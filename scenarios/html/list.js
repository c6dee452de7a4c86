// The list of scenarios. Rows have one height, and only those near the visible part exist: a sweep
// may bring thousands.

const case_height = 52;

// Instances of one sweep differ behind the '@', so that stands first.
function name_of(id) {
  const at = id.indexOf('@');
  return at < 0 ? id : `@${id.slice(at + 1)} · ${id.slice(0, at)}`;
}

function list_of(host, rows, cases, open) {
  let shown = cases.map((_, i) => i);
  let chosen = 0;
  let opened = -1;
  let drawn = '';

  function row(place) {
    const i = shown[place];
    const c = cases[i];
    const checks = [...new Set((c.objections || []).map((o) => o.check))];
    const made = el('div', { class: `case ${c.mark}${i === opened ? ' open' : ''}`, role: 'option', id: `case-${i}`, 'data-sign': signs[c.mark],
      'aria-selected': place === chosen ? 'true' : 'false', 'aria-posinset': place + 1, 'aria-setsize': shown.length,
      'aria-label': seen(`${c.title}, ${c.mark}, ${c.id}`), onclick: () => { choose(place); open(i, false); } },
    el('b', {}, seen(c.title)),
    el('small', { title: seen(c.id) }, checks.length ? el('em', {}, checks.join(' ') + ' ') : '', seen(name_of(c.id)), c.length === undefined ? '' : ` · ${duration(c.length)}`));
    made.style.top = `${place * case_height}px`;
    return made;
  }

  function draw(force) {
    const first = Math.max(0, Math.floor(host.scrollTop / case_height) - 8);
    const last = Math.min(shown.length, Math.ceil((host.scrollTop + host.clientHeight) / case_height) + 8);
    const now = `${first} ${last}`;
    if (!force && now === drawn) return;
    drawn = now;
    rows.style.height = `${shown.length * case_height}px`;
    rows.replaceChildren(...Array.from({ length: last - first }, (_, n) => row(first + n)));
    if (shown.length) host.setAttribute('aria-activedescendant', `case-${shown[chosen]}`);
    else host.removeAttribute('aria-activedescendant');
  }

  function choose(place) {
    if (!shown.length) return;
    chosen = Math.max(0, Math.min(shown.length - 1, place));
    const top = chosen * case_height;
    if (top < host.scrollTop) host.scrollTop = top;
    else if (top + case_height > host.scrollTop + host.clientHeight) host.scrollTop = top + case_height - host.clientHeight;
    draw(true);
  }

  host.addEventListener('scroll', () => draw(false), { passive: true });
  new ResizeObserver(() => draw(false)).observe(host);

  return {
    choose,
    move: (by) => choose(chosen + by),
    page: () => Math.max(1, Math.floor(host.clientHeight / case_height) - 1),
    first: () => choose(0),
    last: () => choose(shown.length - 1),
    open_chosen: (focus) => shown.length && open(shown[chosen], focus),
    show: (indexes) => {
      const kept = shown[chosen];
      shown = indexes;
      chosen = Math.max(0, shown.indexOf(kept));
      host.scrollTop = Math.max(0, Math.min(host.scrollTop, chosen * case_height));
      draw(true);
      choose(chosen);
    },
    mark_open: (i) => {
      opened = i;
      const place = shown.indexOf(i);
      if (place >= 0) choose(place);
      else draw(true);
    },
    next: (i, wanted, by) => {
      const at = shown.indexOf(i);
      for (let n = 1; n <= shown.length; ++n) {
        const place = (((at < 0 && by < 0 ? 0 : at) + by * n) % shown.length + shown.length) % shown.length;
        if (wanted(cases[shown[place]])) return shown[place];
      }
      return -1;
    },
  };
}
