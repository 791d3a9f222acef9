/* What pages have besides when scripts run: plots that can be read and zoomed, and figures that renew themselves. */
(() => {
  const main = document.getElementById('main');
  if (!main) return;

  /** Where a plot was zoomed to, by its title, in shares of its whole: it stays so when the page is renewed. */
  const zooms = new Map();
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
    svg.append(...ends, chosen, cursor);
    figure.append(readout);
    figure.classList.add('drawn');
    const isDays = to - from > 3 * 86_400;
    const timeSays = (s) => {
      const iso = new Date(s * 1000).toISOString();
      return isDays ? iso.slice(5, 10) : iso.slice(11, 16);
    };

    function show() {
      const [a, b] = zooms.get(name) ?? [0, 1];
      shapes.setAttribute('viewBox', `${width * a} 0 ${width * (b - a)} ${height}`);
      const isZoomed = zooms.has(name);
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
      const [a, b] = zooms.get(name) ?? [0, 1];
      return a + share * (b - a);
    };
    let pressedAt = null;

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
      pressedAt = shareAt(event);
    });
    svg.addEventListener('pointerup', (event) => {
      const [a, b] = [pressedAt ?? 0, shareAt(event)].sort((x, z) => x - z);
      pressedAt = null;
      chosen.setAttribute('width', 0);
      // Less is a click.
      if (b - a > 0.02) zooms.set(name, [inWhole(a), inWhole(b)]);
      show();
    });
    svg.addEventListener('pointerleave', () => {
      pressedAt = null;
      chosen.setAttribute('width', 0);
      readout.replaceChildren();
    });
    svg.addEventListener('dblclick', () => {
      zooms.delete(name);
      show();
    });
    show();

    /** What the table behind the plot says of the bucket, whose latest row is the first. */
    function tell(share) {
      const at = from + inWhole(share) * (to - from);
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
      readout.style.left = share > 0.5 ? 'auto' : `${100 * share + 2}%`;
      readout.style.right = share > 0.5 ? `${100 - 100 * share + 2}%` : 'auto';
    }
  }

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  // ---- a page that renews itself, as long as somebody looks at it ----

  const keyOf = (it) => `${it.tagName} ${it.id || it.getAttribute('href') || it.textContent}`;
  const isTypedIn = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');

  function renew(html) {
    const next = new DOMParser().parseFromString(html, 'text/html').getElementById('main');
    if (!next) return;
    const open = new Set([...main.querySelectorAll('details[open] > summary')].map((it) => it.textContent));
    const focused = main.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    main.replaceChildren(...document.importNode(next, true).childNodes);
    if (next.dataset.again === undefined) delete main.dataset.again;
    else main.dataset.again = next.dataset.again;
    for (const it of main.querySelectorAll('details > summary'))
      if (open.has(it.textContent)) it.parentElement.open = true;
    drawAll();
    if (focused === null) return;
    const again = [...main.querySelectorAll('a, button, summary, [tabindex]')].find(
      (it) => keyOf(it) === focused,
    );
    again?.focus({ preventScroll: true });
  }

  async function look() {
    if (document.hidden || isTypedIn()) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
      // The session is over: the login is next.
      if (answer.redirected) return location.reload();
      if (!answer.ok) return stalled(`the edge answers ${answer.status}`);
      renew(await answer.text());
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
