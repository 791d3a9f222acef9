/* What pages have besides when scripts run: plots that can be read and zoomed, and figures that renew themselves. */
(() => {
  const UPlot = window.uPlot;
  const main = document.getElementById('main');
  if (!main) return;

  /** Where a plot was zoomed to, by its title: it stays so when the page is renewed. */
  const zooms = new Map();
  let drawn = [];

  const drawAll = () => {
    for (const { plot, watch } of drawn) {
      watch.disconnect();
      plot.destroy();
    }
    drawn = [];
    for (const figure of main.querySelectorAll('figure[data-plot]')) {
      try {
        draw(figure);
      } catch (error) {
        // What the server drew is there.
        figure.classList.remove('drawn');
        console.error(error);
      }
    }
  };

  /** A variable of the stylesheet, as the reader's setting has it now. */
  const colorOf = (name, at = document.documentElement) => getComputedStyle(at).getPropertyValue(name).trim();
  const seriesColor = (figure, color) => colorOf('--c', figure.querySelector(`.c-${color}`) ?? figure);

  function draw(figure) {
    const { kind, unit, ticks, labels, starts, step, from, to, series } = JSON.parse(figure.dataset.plot);
    if (starts.length === 0) return;
    const name = figure.querySelector('title').textContent;
    // A step is as long as its bucket: the last one ends at a point of its own.
    const times = [...starts, Math.min(to, starts.at(-1) + step)];
    const values = series.map((it) => [...it.values, it.values.at(-1)]);
    const isStack = kind === 'stack';
    let below = times.map(() => 0);
    const heights = isStack
      ? values.map((row) => {
          below = below.map((sum, i) => sum + (row[i] ?? 0));
          return below;
        })
      : values;
    // Of a stack the highest is drawn first, and the others over it.
    const order = isStack ? [...series.keys()].reverse() : [...series.keys()];
    const dashes = [[], [6, 3], [2, 3]];
    const lines = order.map((i) => {
      const color = seriesColor(figure, series[i].color);
      return {
        stroke: isStack ? colorOf('--card') : color,
        width: isStack ? 1 : 1.8,
        ...(isStack ? { fill: color } : { dash: dashes[i] ?? [] }),
        paths: UPlot.paths.stepped({ align: 1 }),
        points: { show: false },
      };
    });
    const svg = figure.querySelector('svg.plot');
    const size = () => ({ width: figure.clientWidth, height: svg.height.baseVal.value });
    const axis = {
      stroke: colorOf('--quiet'),
      font: '11px system-ui, sans-serif',
      ticks: { show: false },
      grid: { stroke: colorOf('--line'), width: 1, filter: (_, it) => it },
    };
    const readout = document.createElement('div');
    readout.className = 'readout';
    readout.hidden = true;
    const plot = new UPlot(
      {
        ...size(),
        tzDate: (s) => UPlot.tzDate(new Date(s * 1000), 'Etc/UTC'),
        legend: { show: false },
        padding: [12, 16, 0, 0],
        cursor: { points: { show: false }, y: false },
        scales: {
          x: { range: (_, min, max) => (min === times[0] && max === times.at(-1) ? [from, to] : [min, max]) },
          // As the server drew it, so that what is zoomed can be compared with what was seen.
          y: { range: () => [ticks[0], ticks.at(-1)], ...(unit === 'ms' && { distr: 3, log: 10 }) },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 24, values: axisTimes },
          { ...axis, size: 58, splits: () => ticks, values: () => labels, filter: (_, it) => it },
        ],
        series: [{}, ...lines],
        hooks: {
          setCursor: [(it) => tell(it)],
          setScale: [
            (it, key) => {
              if (key !== 'x') return;
              const { min, max } = it.scales.x;
              if (min > from + 1 || max < to - 1) zooms.set(name, [min, max]);
              else zooms.delete(name);
            },
          ],
        },
      },
      [times, ...order.map((i) => heights[i])],
      figure,
    );
    plot.root.setAttribute('aria-hidden', 'true');
    plot.over.append(readout);
    figure.insertBefore(plot.root, svg.nextSibling);
    figure.classList.add('drawn');
    const zoomed = zooms.get(name);
    if (zoomed) plot.setScale('x', { min: zoomed[0], max: zoomed[1] });
    const watch = new ResizeObserver(() => plot.setSize(size()));
    watch.observe(figure);
    drawn.push({ plot, watch });

    function tell({ cursor: { idx, left } }) {
      readout.hidden = idx === null || idx === undefined || left < 0;
      if (readout.hidden) return;
      // A step begins at its point: the nearest may be the one that comes next.
      const at = Math.max(0, plot.valToIdx(plot.posToVal(left, 'x')));
      const i = times[at] > plot.posToVal(left, 'x') && at > 0 ? at - 1 : at;
      // What the table behind the plot says of it, whose latest row is the first.
      const rows = figure.querySelectorAll('tbody tr');
      const cells = [...rows[Math.max(0, rows.length - 1 - i)].children];
      const heads = figure.querySelectorAll('thead th');
      const table = document.createElement('table');
      for (const [k, cell] of cells.entries()) {
        const row = table.insertRow();
        row.append(element('th', k === 0 ? '' : heads[k].textContent), element('td', cell.textContent));
      }
      readout.replaceChildren(table);
      const isRight = left > plot.over.clientWidth / 2;
      readout.style.left = isRight ? 'auto' : `${left + 12}px`;
      readout.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : 'auto';
    }
  }

  /** Hours and minutes, or days where they are further apart. */
  function axisTimes(_, ticks, __, ___, apart) {
    const of = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
    const format =
      apart >= 86_400 ? of({ day: 'numeric', month: 'short' }) : of({ hour: '2-digit', minute: '2-digit' });
    return ticks.map((it) => format.format(it * 1000));
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
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  document.addEventListener('visibilitychange', () => {
    if (main.dataset.again !== undefined && !document.hidden) look();
  });
})();
