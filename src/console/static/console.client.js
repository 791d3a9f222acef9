/* What pages have besides when scripts run: plots that can be read and zoomed, and figures that renew themselves. */
(() => {
  const main = document.getElementById('main');
  if (!main) return;

  /** From when to when a plot is looked at, by its title: it stays so when the page is renewed, and its window has moved on. */
  const zooms = new Map();
  /** Somebody is choosing a part of a plot. */
  let isChoosing = false;
  const svgElement = (name, attributes) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const drawAll = () => {
    for (const figure of main.querySelectorAll('figure[data-plot]')) makeReadable(figure);
  };

  /** The server's own drawing: a part of its time can be looked at, and each of its buckets read. */
  function makeReadable(figure) {
    const { starts, step, from, to } = JSON.parse(figure.dataset.plot);
    if (starts.length === 0) return;
    const svg = figure.querySelector('svg.plot');
    const shapes = svg.querySelector('svg');
    const { width, height } = shapes.viewBox.baseVal;
    const name = svg.querySelector('title').textContent;
    const ticks = [...svg.querySelectorAll('.middle')];
    const y = ticks[0]?.getAttribute('y') ?? height + 15;
    const ends = ['start', 'middle', 'end'].map((cls, i) =>
      svgElement('text', { class: cls, x: `${50 * i}%`, y }),
    );
    const cursor = svgElement('line', { class: 'cursor', y1: 0, y2: height });
    const chosen = svgElement('rect', { class: 'chosen', y: 0, height });
    const readout = element('div', '');
    readout.className = 'readout';
    const whole = element('button', 'Whole time');
    whole.type = 'button';
    whole.className = 'plain';
    svg.append(...ends, chosen, cursor);
    svg.after(whole);
    figure.append(readout);
    figure.classList.add('drawn');
    const isDays = to - from > 3 * 86_400;
    const timeSays = (s) => {
      const iso = new Date(s * 1000).toISOString();
      return isDays ? iso.slice(5, 10) : iso.slice(11, 16);
    };

    /** What is shown, in shares of the whole. */
    function shown() {
      const [a, b] = (zooms.get(name) ?? [from, to]).map((at) => (Math.max(at, from) - from) / (to - from));
      return a < b ? [a, Math.min(1, b)] : [0, 1];
    }

    function show() {
      // Its window has left it behind.
      if ((zooms.get(name)?.[1] ?? to) <= from) zooms.delete(name);
      const [a, b] = shown();
      shapes.setAttribute('viewBox', `${width * a} 0 ${width * (b - a)} ${height}`);
      const isZoomed = zooms.has(name);
      whole.hidden = !isZoomed;
      for (const it of ticks) it.style.display = isZoomed ? 'none' : '';
      for (const [i, it] of ends.entries())
        it.textContent = isZoomed ? timeSays(from + (to - from) * (a + ((b - a) * i) / 2)) : '';
    }

    /** Where the pointer is, as a share of what is shown. */
    const shareAt = ({ clientX }) => {
      const box = svg.getBoundingClientRect();
      return Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    };
    const inWhole = (share) => {
      const [a, b] = shown();
      return a + share * (b - a);
    };
    const timeAt = (share) => from + inWhole(share) * (to - from);
    let pressedAt = null;
    const press = (share) => {
      pressedAt = share;
      isChoosing = share !== null;
      chosen.setAttribute('width', 0);
    };
    const unzoom = () => {
      zooms.delete(name);
      show();
    };

    svg.addEventListener('pointermove', (event) => {
      const share = shareAt(event);
      for (const end of ['x1', 'x2']) cursor.setAttribute(end, `${100 * share}%`);
      if (pressedAt !== null) {
        chosen.setAttribute('x', `${100 * Math.min(share, pressedAt)}%`);
        chosen.setAttribute('width', `${100 * Math.abs(share - pressedAt)}%`);
      }
      tell(share);
    });
    svg.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      // So that it ends here, wherever it is let go.
      svg.setPointerCapture(event.pointerId);
      press(shareAt(event));
    });
    svg.addEventListener('pointerup', (event) => {
      if (pressedAt === null || !event.isPrimary) return;
      const [a, b] = [pressedAt, shareAt(event)].sort((x, z) => x - z);
      press(null);
      // Less is a click.
      if (b - a > 0.02) zooms.set(name, [timeAt(a), timeAt(b)]);
      show();
    });
    svg.addEventListener('pointercancel', () => press(null));
    svg.addEventListener('pointerleave', () => readout.replaceChildren());
    svg.addEventListener('dblclick', unzoom);
    whole.addEventListener('click', () => {
      unzoom();
      figure.querySelector('summary')?.focus({ preventScroll: true });
    });
    show();

    /** What the table behind the plot says of the bucket, whose latest row is the first. */
    function tell(share) {
      const at = timeAt(share);
      const i = starts.findLastIndex((start) => start <= at && at < start + step);
      const rows = figure.querySelectorAll('tbody tr');
      if (i < 0) return readout.replaceChildren();
      const heads = figure.querySelectorAll('thead th');
      const table = document.createElement('table');
      for (const [k, cell] of [...rows[rows.length - 1 - i].children].entries()) {
        const row = table.insertRow();
        row.append(element('th', k === 0 ? '' : heads[k].textContent), element('td', cell.textContent));
      }
      readout.replaceChildren(table);
      const [box, all] = [svg, figure].map((it) => it.getBoundingClientRect());
      const x = box.left - all.left + share * box.width;
      readout.style.left = share > 0.5 ? 'auto' : `${x + 14}px`;
      readout.style.right = share > 0.5 ? `${all.width - x + 14}px` : 'auto';
    }
  }

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  // ---- a page that renews itself, as long as somebody looks at it ----

  const keyOf = (it) =>
    `${it.tagName} ${it.id || it.getAttribute('href') || it.getAttribute('aria-label') || it.textContent}`;

  /** What a renewal would take out of somebody's hands. */
  function isInUse() {
    const selection = getSelection();
    const isSelecting = selection && !selection.isCollapsed && main.contains(selection.anchorNode);
    const isTypedIn = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');
    const isEdited = [...main.querySelectorAll('input, textarea')].some(
      (it) => it.value !== it.defaultValue || it.checked !== it.defaultChecked,
    );
    return isChoosing || isSelecting || isTypedIn || isEdited;
  }

  function renew(html) {
    const next = new DOMParser().parseFromString(html, 'text/html').getElementById('main');
    if (!next) return;
    const open = new Set([...main.querySelectorAll('details[open] > summary')].map((it) => it.textContent));
    const regions = '.scroll[aria-label]';
    const places = new Map(
      [...main.querySelectorAll(regions)].map((it) => [keyOf(it), [it.scrollLeft, it.scrollTop]]),
    );
    const focused = main.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    main.replaceChildren(...document.importNode(next, true).childNodes);
    if (next.dataset.again === undefined) delete main.dataset.again;
    else main.dataset.again = next.dataset.again;
    for (const it of main.querySelectorAll('details > summary'))
      if (open.has(it.textContent)) it.parentElement.open = true;
    drawAll();
    for (const it of main.querySelectorAll(regions))
      [it.scrollLeft, it.scrollTop] = places.get(keyOf(it)) ?? [0, 0];
    if (focused === null) return;
    const again = [...main.querySelectorAll('a, button, summary, [tabindex]')].find(
      (it) => keyOf(it) === focused,
    );
    again?.focus({ preventScroll: true });
  }

  async function look() {
    if (document.hidden || isInUse()) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
      // The session is over: the login is next.
      if (answer.redirected) return location.reload();
      if (!answer.ok) return stalled(`the edge answers ${answer.status}`);
      const html = await answer.text();
      if (!isInUse()) renew(html);
    } catch {
      stalled('the edge does not answer');
    }
  }

  function stalled(why) {
    const said = main.querySelector('footer .stalled') ?? element('span', '');
    said.className = 'stalled';
    said.textContent = `Not renewed since: ${why}.`;
    main.querySelector('footer')?.append(said);
  }

  const wait = () => {
    const againS = Number(main.dataset.again);
    if (!(againS > 0)) return;
    setTimeout(() => look().finally(wait), againS * 1000);
  };

  drawAll();
  wait();
  document.addEventListener('visibilitychange', () => {
    if (main.dataset.again !== undefined && !document.hidden) look();
  });
})();
