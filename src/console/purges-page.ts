import { bounds } from '../bounds.ts';
import { type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { isIdentityField } from '../identity/fields.ts';
import { nextLookS, unseenLookS } from '../invalidation/next-look.ts';
import { findReceipt, listReceipts, parseCursor, type ReceiptView } from '../invalidation/receipts.ts';
import { isPurgeId } from '../strategy/purge-order.ts';
import { tagHints } from '../strategy/tag-hints.ts';
import { mustHave } from './admin.ts';
import { formIn } from './form.ts';
import { duration, moment, NOTHING } from './format.ts';
import { badge, empty, facts, type Html, html, none, section, table } from './html.ts';
import { type Page, pathOf } from './layout.ts';
import { problemBody, problemOf } from './problem-page.ts';
import { askedByForm, mustBeMeant, purgeForm } from './purge-form.ts';
import type { View } from './view.ts';

/** What was purged, newest first, of all or of one tenant. */
export async function purgesPage({ c, admin }: View): Promise<Page> {
  const edge = edgeRequestOf(c);
  const tenant = (c.req.query('tenant') ?? '').trim();
  const filter = filterForm(tenant);
  const isNamed = tenant === '' || isIdentityField(tenant);
  const cursor = parseCursor(c.req.query('cursor') ?? '');
  const page = isNamed
    ? await listReceipts(edge, { tenant: tenant === '' ? null : tenant, cursor, limit: 50 })
    : { purges: [], cursor: null };
  const nowMs = edge.isolate.clock.now();
  const looks = page.purges.map((it) => nextLookS(it, nowMs)).filter((it) => it !== null);
  const older = page.cursor !== null && {
    query: new URLSearchParams({ ...(tenant !== '' && { tenant }), cursor: page.cursor }).toString(),
  };
  const body = html`${filter}${
    page.purges.length === 0
      ? empty(nothingSays(tenant, isNamed, cursor !== null))
      : receiptTable(page.purges)
  }${older ? html`<p><a href="${pathOf('purges', `?${older.query}`)}">Older</a></p>` : none}`;
  const aside = admin.scopes.includes('purge')
    ? html`<a class="button" href="${pathOf('purges', '/new')}">Purge …</a>`
    : html`<span class="small">To purge from here, log in with a token that has the scope <code>purge</code>.</span>`;
  // Nobody waits at an older page.
  const againS = cursor ? undefined : Math.max(2, Math.min(15, ...looks));
  return { at: 'purges', title: 'Purges', aside, body, againS };
}

function nothingSays(tenant: string, isNamed: boolean, isOlder: boolean): Html {
  if (!isNamed) return html`No tenant can be named like that.`;
  if (isOlder) return html`There are no older ones.`;
  if (tenant !== '')
    return html`Nothing of <code>${tenant}</code> was purged in the last ${daysOfReceipts} days.`;
  return html`Nothing was purged in the last ${daysOfReceipts} days. Webhooks purge (<code>routes/hooks.ts</code>), writes
through the edge do, and so does the form here.`;
}

const daysOfReceipts = Math.round(bounds.receiptMs / 86_400_000);

const filterForm = (
  tenant: string,
): Html => html`<form class="filter" method="get" action="${pathOf('purges')}" role="search">
<label for="tenant">Tenant</label><input id="tenant" name="tenant" value="${tenant}" autocomplete="off"><button>Show</button>${
  tenant === '' ? none : html` <a href="${pathOf('purges')}">All tenants</a>`
}</form>`;

const receiptTable = (receipts: readonly ReceiptView[]): Html =>
  table(
    'Purges, newest first',
    [
      { head: 'Accepted', cell: (it) => html`<a href="${receiptPath(it)}">${moment(it.accepted_at)}</a>` },
      { head: 'State', cell: stateBadge },
      { head: 'Of', cell: ownerOf },
      { head: 'What', cell: (it) => html`<span class="names">${targetsOf(it)}</span>` },
      {
        head: 'Source',
        cell: (it) =>
          html`${it.source}${it.events.length > 0 ? html` <span class="small">${it.events.join(', ')}</span>` : none}`,
      },
      { head: 'To applied', figure: true, cell: (it) => between(it.accepted_at, it.applied_at) },
      { head: 'Met', figure: true, cell: (it) => it.met ?? NOTHING },
    ],
    receipts,
  );

const receiptPath = ({ purge_id }: ReceiptView) => pathOf('purges', `/${encodeURIComponent(purge_id)}`);

const moods = { accepted: 'warn', applied: 'good', verified: 'good', dead: 'bad' } as const;
const stateBadge = ({ state }: ReceiptView): Html => badge(state, moods[state]);

function ownerOf({ whose, tenant }: ReceiptView): string {
  if (whose === 'tenant') return tenant ?? NOTHING;
  return whose === 'public' ? 'public data' : 'all tenants';
}

function targetsOf({ tags, classes, users, everything, also }: ReceiptView): string {
  const named = [
    ...(everything ? ['everything'] : []),
    ...tags,
    ...classes.map((it) => `class ${it}`),
    ...users.map((it) => `user ${it}`),
    ...(also.length > 0 ? [`and ${also.length} more part${also.length > 1 ? 's' : ''}`] : []),
  ];
  const shown = named.slice(0, 4).join(', ');
  return named.length > 4 ? `${shown} and ${named.length - 4} more` : shown;
}

const between = (from: string, to: string | null) =>
  to === null ? NOTHING : duration(Date.parse(to) - Date.parse(from));

/** One purge, until it counts and afterwards. */
export async function purgePage({ c }: View): Promise<Page> {
  const edge = edgeRequestOf(c);
  const id = (c.req.param('id') ?? '').slice(0, 128);
  let receipt: ReceiptView | null;
  try {
    receipt = await findReceipt(edge, id);
  } catch (error) {
    if (!isPurgeId(id)) throw error;
    const { status } = problemOf(error, edge);
    if (status !== 503) throw error;
    c.header('Retry-After', String(unseenLookS));
    return { at: 'purges', title: 'Purge', body: unreadable(id, edge), status, againS: unseenLookS };
  }
  if (receipt) return receiptPage(receipt, edge);
  if (!isPurgeId(id)) throw new Problem('not-found');
  const body = empty(
    html`There is no receipt of <code>${id}</code>. If it was accepted just now it is on its way, or Redis could not write it; the queue
keeps it all the same. Receipts are kept for ${daysOfReceipts} days.`,
  );
  return { at: 'purges', title: 'Purge', body, againS: unseenLookS };
}

/** The form leads here when a purge was accepted: that Redis is away is no failure of it. */
const unreadable = (id: string, { isolate }: EdgeRequest): Html =>
  html`<p class="notice" role="status">Redis did not answer: the receipt of <code>${id}</code> cannot be read now. A purge that was accepted stays so: ${
    isolate.queue
      ? 'the queue keeps it, and delivers it until it is applied.'
      : 'without a queue none is, unless it was applied at once.'
  } This page looks again by itself.</p>`;

function receiptPage(receipt: ReceiptView, edge: EdgeRequest): Page {
  const againS = nextLookS(receipt, edge.isolate.clock.now()) ?? undefined;
  const { tags, classes, users, also, erasure } = receipt;
  const list = (names: readonly string[]) =>
    names.length === 0
      ? NOTHING
      : html`<ul class="names">${names.map((it) => html`<li><code>${it}</code></li>`)}</ul>`;
  const body = html`<p class="state" role="status">${stateBadge(receipt)} ${stateSays(receipt)}</p>
${hintsOf(receipt, edge)}
<div class="columns">
${section(
  'When',
  facts([
    ['Accepted', moment(receipt.accepted_at)],
    [
      'Applied',
      html`${moment(receipt.applied_at)} <span class="small">${between(receipt.accepted_at, receipt.applied_at)}</span>`,
    ],
    [
      'Verified',
      html`${moment(receipt.verified_at)} <span class="small">${between(receipt.accepted_at, receipt.verified_at)}</span>`,
    ],
    ...(receipt.dead_at === null ? [] : [['Given up', moment(receipt.dead_at)] as const]),
    ['Tries', receipt.attempts],
    ['Applied by', receipt.applied_via ?? NOTHING],
    ['Queue', receipt.queue],
  ]),
)}
${section(
  'What',
  facts([
    ['Of', ownerOf(receipt)],
    ['Mode', receipt.mode],
    ['Met', receipt.met === null ? NOTHING : `${receipt.met} of its names had something stored`],
    ['Everything', receipt.everything ? 'yes' : 'no'],
    ['Tags', list(tags)],
    ['Classes', list(classes)],
    ['Users', list(users)],
    ...also.map(
      (it, i) => [`Part ${i + 2}, ${it.mode}`, list([...it.tags, ...it.classes, ...it.users])] as const,
    ),
    ...(erasure
      ? [['Erasure', `${erasure.state}: ${erasure.deleted} of ${erasure.scanned} names deleted`] as const]
      : []),
  ]),
)}
${section(
  'Why',
  facts([
    ['Source', receipt.source],
    ['Events', list(receipt.events)],
    ["Sender's id", receipt.event_id ?? NOTHING],
    ['Purge id', html`<code>${receipt.purge_id}</code>`],
  ]),
)}
</div>`;
  return { at: 'purges', title: 'Purge', body, againS };
}

function stateSays({ state, queue }: ReceiptView): string {
  switch (state) {
    case 'accepted':
      return queue === 'none'
        ? 'It is not applied yet.'
        : 'It is not applied yet; the queue delivers it until it is.';
    case 'applied':
      return 'It counts: no read that begins now is answered from before it. It is verified soon, for the case that a failover lost it.';
    case 'verified':
      return 'It counts, and was still there when it was looked after.';
    case 'dead':
      return 'The queue has given it up, and it was not applied. Purge again.';
  }
}

function hintsOf({ whose, tags }: ReceiptView, { strategy, httpCaches }: EdgeRequest): Html {
  const hints = tagHints([...strategy.classes.values(), ...httpCaches.values()], { whose, tags });
  return hints.length === 0 ? none : html`<ul class="hints">${hints.map((it) => html`<li>${it}</li>`)}</ul>`;
}

export function newPurge({ c, admin }: View): Page {
  mustHave('purge', admin);
  return formPage(c, {}, none);
}

const formPage = (c: View['c'], given: Parameters<typeof purgeForm>[1], problem: Html): Page => {
  const { strategy, httpCaches } = edgeRequestOf(c);
  const classes = [...strategy.classes.keys(), ...httpCaches.keys()];
  return { at: 'purges', title: 'Purge by hand', body: html`${problem}${purgeForm(classes, given)}` };
};

/** Takes the form's purge on, then shows its receipt; what is wrong with it is said above the form as it was filled in. */
export async function takePurge({ c, admin, parts }: View): Promise<Page | Response> {
  mustHave('purge', admin);
  const edge = edgeRequestOf(c);
  const form = await formIn(c);
  const asked = askedByForm(form);
  try {
    mustBeMeant(asked, form);
    const { purge_id } = await parts.purge(edge, admin.name, asked);
    return c.redirect(pathOf('purges', `/${purge_id}`), 303);
  } catch (error) {
    const problem = problemOf(error, edge);
    if (problem.code !== 'unprocessable') throw error;
    return { ...formPage(c, asked, problemBody(problem, edge.id)), status: problem.status };
  }
}
