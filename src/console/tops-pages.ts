import { edgeRequestOf } from '../engine/request.ts';
import { readTops, type TopsOfSpan } from '../figures/read.ts';
import type { TopEntry } from '../figures/types.ts';
import { lateNotice, nothingYet } from './figures.ts';
import { count, moment, NOTHING, percent } from './format.ts';
import { empty, type Html, html, none, section, table } from './html.ts';
import { type Page, type PageId, pathOf } from './layout.ts';
import { shareBar } from './plot.ts';
import type { View } from './view.ts';
import { type TimeWindow, windowLinks, windowOf } from './window.ts';

/** The heaviest names that isolates counted by a bounded sketch. One request of Redis. */
async function topsPage(
  { c }: View,
  at: PageId,
  title: string,
  list: (tops: TopsOfSpan, window: TimeWindow) => Html | null,
): Promise<Page> {
  const edge = edgeRequestOf(c);
  const nowMs = edge.isolate.clock.now();
  const window = windowOf(c.req.query('window'), nowMs);
  const tops = await readTops(edge, window);
  const { rolledUpMs } = tops;
  const span = html`<span class="small">${moment(tops.fromMs)} to ${moment(tops.toMs)}, in whole hours${
    window.fromMs < tops.fromMs - 3_600_000 ? '; older ones are not kept' : ''
  }</span>`;
  const found = list(tops, window);
  const body = html`${lateNotice(rolledUpMs, nowMs)}${
    nothingYet(rolledUpMs, 1) ??
    (found
      ? section(`The ${MOST} most`, found, span)
      : empty('Nothing of the kind was counted in this time.'))
  }`;
  return { at, title, aside: windowLinks(pathOf(at), window), body, rolledUpMs, againS: 60 };
}

const MOST = 100;

const isRest = ({ name }: { readonly name: string }) => name === '';

/** Names that stand alone, then all others together. */
const restLast = <T extends { readonly name: string }>(rows: readonly T[]): readonly T[] => [
  ...rows.filter((it) => !isRest(it)),
  ...rows.filter(isRest),
];

const entryTable = (
  caption: string,
  head: string,
  rows: readonly TopEntry[],
  nameCell: (name: string) => Html,
): Html => {
  const all = rows.reduce((sum, it) => sum + it.reads, 0);
  return table(
    caption,
    [
      { head, cell: (it) => (isRest(it) ? html`<em>other</em>` : nameCell(it.name)) },
      { head: 'Reads', figure: true, cell: (it) => count(it.reads) },
      { head: 'Of all', figure: true, cell: (it) => percent(all === 0 ? null : it.reads / all) },
      { head: '', cell: (it) => (all === 0 ? none : shareBar(it.reads / all, 'four')) },
      {
        head: 'Hit rate',
        figure: true,
        cell: (it) => percent(it.reads === 0 ? null : Math.min(1, it.hits / it.reads)),
      },
      { head: 'Fills', figure: true, cell: (it) => count(it.fills) },
      { head: 'Purges', figure: true, cell: (it) => count(it.purges) },
    ],
    restLast(rows),
  );
};

const nameOf = (name: string): Html => html`<span class="names">${name}</span>`;

export const tenantsPage = (view: View): Promise<Page> =>
  topsPage(view, 'tenants', 'Tenants', ({ tenants }) =>
    tenants.length === 0
      ? null
      : entryTable(
          'Tenants',
          'Tenant',
          tenants,
          (name) =>
            html`<a class="names" href="${pathOf('purges')}?${new URLSearchParams({ tenant: name }).toString()}">${name}</a>`,
        ),
  );

export const tagsPage = (view: View): Promise<Page> =>
  topsPage(view, 'tags', 'Tags', ({ tags }) =>
    tags.length === 0 ? null : entryTable('Tags', 'Tag', tags, nameOf),
  );

export const missedPage = (view: View): Promise<Page> =>
  topsPage(view, 'missed', 'Most missed keys', ({ missed }) => {
    if (missed.length === 0) return null;
    const all = missed.reduce((sum, it) => sum + it.misses, 0);
    return table(
      'Keys, by misses',
      [
        {
          head: 'Key',
          cell: (it) =>
            isRest(it)
              ? html`<em>other</em>`
              : html`<a class="names" href="${pathOf('explain')}?${new URLSearchParams({ key: it.name }).toString()}">${it.name}</a>`,
        },
        { head: 'Misses', figure: true, cell: (it) => count(it.misses) },
        { head: 'Of all', figure: true, cell: (it) => (all === 0 ? NOTHING : percent(it.misses / all)) },
        { head: '', cell: (it) => (all === 0 ? none : shareBar(it.misses / all, 'miss')) },
      ],
      restLast(missed),
    );
  });
