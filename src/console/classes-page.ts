import { classesOf, edgeRequestOf } from '../engine/request.ts';
import type { Shares, Summary } from '../figures/summary.ts';
import { Problem } from '../http/problem.ts';
import type { DataClass } from '../strategy/types.ts';
import { figuresOf, hitRatePlot, lateNotice, latencyPlot, nothingYet, outcomePlot } from './figures.ts';
import { bytes, count, duration, NOTHING, percent } from './format.ts';
import { facts, type Html, html, none, section, table, tile, tiles } from './html.ts';
import { type Page, pathOf } from './layout.ts';
import { reasonsTable } from './overview-page.ts';
import { shareBar } from './plot.ts';
import type { View } from './view.ts';
import { windowLinks } from './window.ts';

/** How each class does, those without a request too. One request of Redis. */
export async function classesPage(view: View): Promise<Page> {
  const figures = await figuresOf(view);
  const { rolledUpMs } = figures.buckets;
  const known = classesOf(edgeRequestOf(view.c));
  const counted = new Map(figures.summary.classes.map((it) => [it.name, it]));
  const names = [...new Set([...known.keys(), ...counted.keys()])];
  const rows = names.map((name) => ({ name, cls: known.get(name), of: counted.get(name) }));
  const query = `?window=${figures.window.name}`;
  const list = table(
    'Classes',
    [
      {
        head: 'Class',
        cell: ({ name, cls }) =>
          cls
            ? html`<a href="${pathOf('classes', `/${encodeURIComponent(name)}${query}`)}">${name}</a>`
            : nameOf(name),
      },
      { head: 'Of', cell: ({ cls }) => cls?.scope ?? NOTHING },
      { head: 'ttl', figure: true, cell: ({ cls }) => lifeOf(cls) },
      { head: 'Requests', figure: true, cell: ({ of }) => count(of?.requests ?? 0) },
      { head: 'Hit rate', figure: true, cell: ({ of }) => percent(of?.hitRate ?? null) },
      { head: '', cell: ({ of }) => (of?.hitRate == null ? none : shareBar(of.hitRate, 'hit')) },
      { head: 'p95', figure: true, cell: ({ of }) => duration(of?.p95Ms ?? null) },
      { head: 'Fetches', figure: true, cell: ({ of }) => count(of?.originFetches ?? 0) },
      { head: 'Saved', figure: true, cell: ({ of }) => bytes(of?.savedBytes ?? 0) },
      { head: 'Errors', figure: true, cell: ({ of }) => count(of?.byOutcome.error ?? 0) },
    ],
    rows,
  );
  const body = html`${lateNotice(rolledUpMs, figures.nowMs)}${nothingYet(rolledUpMs, 1) ?? none}${section('Classes', list)}`;
  return {
    at: 'classes',
    title: 'Classes',
    aside: windowLinks(pathOf('classes'), figures.window),
    body,
    rolledUpMs,
    againS: 20,
  };
}

/** Figures may be of a class that is not there any more. */
const nameOf = (name: string): Html =>
  name === '-'
    ? html`<span class="small">of no class</span>`
    : html`${name} <span class="small">not in the strategy</span>`;

/** Of an HTTP cache each answer says how long. */
const lifeOf = (cls: DataClass | undefined): string => (cls && cls.ttlMs > 0 ? duration(cls.ttlMs) : NOTHING);

/** One class: what it is to do, why, and what it does. One request of Redis. */
export async function classPage(view: View): Promise<Page> {
  const name = view.c.req.param('name') ?? '';
  const cls = classesOf(edgeRequestOf(view.c)).get(name);
  if (!cls) throw new Problem('not-found');
  const figures = await figuresOf(view);
  const { rolledUpMs } = figures.buckets;
  const of = (summary: Summary): Shares | undefined => summary.classes.find((it) => it.name === name);
  const own = of(figures.summary);
  const isHttpCache = edgeRequestOf(view.c).httpCaches.has(name);
  const body = html`${lateNotice(rolledUpMs, figures.nowMs)}${
    own && own.requests > 0
      ? html`${tilesOf(own)}
${section('Requests a minute', outcomePlot(figures, of))}
<div class="columns">${section('Hit rate', hitRatePlot(figures, of))}${section('Time to the answer', latencyPlot(figures, of))}</div>
<div class="columns">${section('Why', reasonsTable(own))}${definition(cls, isHttpCache)}</div>`
      : html`${nothingYet(rolledUpMs, 0) ?? none}${definition(cls, isHttpCache)}`
  }`;
  const path = pathOf('classes', `/${encodeURIComponent(name)}`);
  return {
    at: 'classes',
    title: name,
    aside: windowLinks(path, figures.window),
    body,
    rolledUpMs,
    againS: 20,
  };
}

const tilesOf = (own: Shares): Html =>
  tiles([
    tile('Hit rate', percent(own.hitRate), `${percent(own.byteHitRate)} of bytes`),
    tile(
      'Requests',
      count(own.requests),
      `${count(own.byOutcome.error)} errors, ${count(own.byOutcome.refused)} refused`,
    ),
    tile(
      'Answered within',
      duration(own.p95Ms),
      `p95; p50 ${duration(own.p50Ms)}, p99 ${duration(own.p99Ms)}`,
    ),
    tile(
      'Spared the origin',
      percent(own.offload),
      `${bytes(own.savedBytes)} not fetched, ${count(own.originFetches)} fetches`,
    ),
  ]);

function definition(cls: DataClass, isHttpCache: boolean): Html {
  const { definition: as, access } = cls;
  const listed = (names: readonly string[] | undefined) =>
    names === undefined || names.length === 0
      ? NOTHING
      : html`<span class="names">${names.join(', ')}</span>`;
  const life = (ms: number) => (ms > 0 ? duration(ms) : NOTHING);
  if (isHttpCache)
    return section(
      'Strategy',
      html`<p>An HTTP cache before an origin: what it stores, and for how long, each answer says itself (RFC 9111).</p>`,
    );
  return section(
    'Strategy',
    html`<p>${as.rationale}</p>${facts([
      [
        'Key',
        html`<code>${[cls.name, `v${cls.version}`, as.key].filter((it) => it !== '').join(':')}</code>`,
      ],
      ['Scope', cls.scope],
      ['Access', typeof access === 'string' ? access : access.says],
      ['Read', cls.read],
      ['Origin', as.origin === undefined ? NOTHING : html`<code>${as.origin}</code>`],
      ['ttl', life(cls.ttlMs)],
      ['Stale while revalidate', life(cls.swrMs)],
      ['Stale if error', life(cls.sieMs)],
      ['Consistency', cls.consistency],
      ['Isolate memory', life(cls.l1Ms)],
      ['Write through', cls.writeThrough ?? NOTHING],
      ['Tags', listed(as.tags)],
      ['Invalidated by', listed(cls.invalidatedBy)],
      ['Settle', life(cls.settleMs)],
      ['Largest body', bytes(cls.maxBytes)],
      ['Cache-Control', html`<code>${cls.cacheControl}</code>`],
    ])}`,
    html`<span class="small"><code>routes/strategy.ts</code></span>`,
  );
}
