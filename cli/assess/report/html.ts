import { readFileSync } from 'node:fs';
import { raw } from 'hono/html';
import { bytes, count } from '../../../src/console/format.ts';
import {
  badge,
  empty,
  facts,
  type Html,
  html,
  none,
  section,
  table,
  tile,
  tiles,
} from '../../../src/console/html.ts';
import { printable } from '../../text.ts';
import type { Assessment, RouteAssessment } from '../assessment.ts';
import { percent, ttlText } from '../figures/words.ts';
import { bounds } from './bounds.ts';
import { curvePlot } from './curve-plot.ts';
import { moods, routeSection } from './route-section.ts';
import { assumption, isWorthIt, money, monthText, savedShare, spanText, verdictWords } from './words.ts';

/** The report as one page in the console's style: no script, nothing from elsewhere. */
export function htmlOf(assessment: Assessment, isAssumed: boolean): string {
  const { routes, malformed } = assessment;
  const shown = routes.slice(0, bounds.plots);
  const idOf = new Map(shown.map((route, at) => [route, `route-${at + 1}`]));
  const [worthIt, not] = [shown.filter(isWorthIt), shown.filter((it) => !isWorthIt(it))];
  const parts: readonly (readonly [id: string, title: string, body: Html])[] = [
    ['together', 'All together', together(assessment, isAssumed)],
    ['routes', 'Routes', routesTable(routes, idOf)],
    ...(malformed > 0 ? [['malformed', 'Malformed lines', malformedTable(assessment)] as const] : []),
    ['worth-it', 'Worth caching', routeSections(worthIt, idOf)],
    ['not', 'Not worth caching', routeSections(not, idOf)],
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Cache assessment</title>
<style>${raw(style())}</style>
</head>
<body>
<header class="top"><span class="brand">Stillfresh</span><nav aria-label="Sections">${parts.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav></header>
<main>
<div class="title"><h1>Cache assessment</h1><span class="small">${spanText(assessment)}</span></div>
${summary(assessment)}
${parts.map(([id, title, body]) => html`<div class="part" id="${id}"><h2>${title}</h2>${body}</div>`)}
<footer><span>What is replayed, and what each figure means: docs/assess.md.</span></footer>
</main>
</body>
</html>
`;
  return String(page);
}

function summary(assessment: Assessment): Html {
  const { requests, malformed, routes, total, files } = assessment;
  const cached = routes.filter(isWorthIt).length;
  return tiles([
    tile(
      'Requests',
      count(requests),
      `${files.length === 1 ? '1 file' : `${files.length} files`}, ${count(malformed)} malformed`,
    ),
    tile('Worth caching', `${count(cached)} of ${count(routes.length)}`, 'routes'),
    tile('Hit rate', percent(savedShare(assessment)), 'of their requests'),
    tile('Memory', bytes(total.memory_bytes), 'at most'),
    tile('Redis', money(total.price), `a month, Upstash ${total.plan}`),
    tile('Net saving', money(total.net_saving), 'a month'),
  ]);
}

function together(assessment: Assessment, isAssumed: boolean): Html {
  const { curve, total } = assessment;
  return html`<div class="columns">${section(
    'Hit rate of all candidates',
    curvePlot({ id: 'all', title: 'Hit rate of all routes, by TTL', curve, knee: null }),
  )}${section(
    'In a month',
    html`${facts([
      ['Redis commands', count(total.redis_commands)],
      ...total.prices.map(({ plan, price }) => [`Upstash ${plan}`, money(price)] as const),
      [
        'Requests saved',
        `${count(total.origin_requests_saved)} of ${count(total.origin_requests + total.origin_requests_saved)}`,
      ],
      ['Bytes saved', bytes(total.bytes_saved)],
      ['Saved at the origin', money(total.origin_saving)],
      ['Net saving', money(total.net_saving)],
    ])}<p class="small">Of the routes worth caching, each with the TTL at its knee. ${monthText(assessment)} ${assumption(isAssumed)}</p>`,
  )}</div>`;
}

function routesTable(routes: readonly RouteAssessment[], idOf: ReadonlyMap<RouteAssessment, string>): Html {
  if (routes.length === 0) return empty('There is no request in these logs.');
  const rows = routes.slice(0, bounds.rows);
  const left = routes.length - rows.length;
  const name = (it: RouteAssessment) => html`<code>${printable(it.route)}</code>`;
  const body = table<RouteAssessment>(
    'Routes',
    [
      {
        head: 'Route',
        cell: (it) => (idOf.has(it) ? html`<a href="#${idOf.get(it)}">${name(it)}</a>` : name(it)),
      },
      { head: 'Requests', figure: true, cell: ({ requests }) => count(requests) },
      { head: 'Keys', figure: true, cell: ({ keys }) => count(keys) },
      { head: 'Repeat', figure: true, cell: ({ repeat_ratio }) => percent(repeat_ratio) },
      {
        head: 'Hit rate',
        figure: true,
        cell: ({ knee }) => (knee ? `${knee.exact ? '' : '~'}${percent(knee.hit_rate)}` : '–'),
      },
      { head: 'TTL', figure: true, cell: ({ knee }) => (knee ? ttlText(knee.ttl_s) : '–') },
      { head: 'Verdict', cell: ({ verdict }) => badge(verdictWords[verdict], moods[verdict]) },
    ],
    rows,
  );
  return card(
    html`${body}${left > 0 ? html`<p class="small">${count(left)} more are in what --json prints.</p>` : none}`,
  );
}

function malformedTable({ files }: Assessment): Html {
  const rows = files
    .flatMap(({ file, examples }) => examples.map((it) => ({ file, ...it })))
    .slice(0, bounds.rows);
  return card(
    table(
      'Malformed lines',
      [
        { head: 'Line', figure: true, cell: ({ line }) => count(line) },
        { head: 'File', cell: ({ file }) => printable(file) },
        { head: 'Why', cell: ({ why }) => why },
        { head: 'Begins', cell: ({ text }) => html`<code>${printable(text)}</code>` },
      ],
      rows,
    ),
  );
}

/** A section whose title stands above it. */
const card = (body: Html): Html => html`<section>${body}</section>`;

const routeSections = (
  routes: readonly RouteAssessment[],
  idOf: ReadonlyMap<RouteAssessment, string>,
): Html =>
  routes.length === 0
    ? empty('None.')
    : html`<div class="columns">${routes.map((it) => routeSection(it, idOf.get(it)!))}</div>`;

const style = (): string =>
  readFileSync(new URL('../../../src/console/static/console.min.css', import.meta.url), 'utf8') + more;

/** What the console has no need of. */
const more = `
.part { margin: 24px 0 0; scroll-margin-top: 12px; }
.part > h2 { font-size: 16px; margin-bottom: 10px; }
h3 { margin: 0; font-size: 14px; font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
#routes .scroll { max-height: 480px; overflow: auto; }
#routes thead th { position: sticky; top: 0; background: var(--card); }
.facts + p { margin-top: 10px; }
.route { scroll-margin-top: 12px; }
.route .facts { margin-bottom: 10px; }
@media (min-width: 761px) { .top { position: sticky; top: 0; height: 100vh; } }
@media print { body { display: block; } .top { display: none; } .route { break-inside: avoid; } }
`;
