import { permissionsOf, roleAtStart, userIds } from '../origin/people.ts';
import { type Random, seededRandom } from '../origin/random.ts';
import { DASHBOARDS, INVOICES, invoiceId, MONTHS, monthAt } from '../origin/seed.ts';
import type { TrafficOptions } from './options.ts';
import { zipf } from './zipf.ts';

/** Somebody at a demo tenant. */
export interface Person {
  readonly tenant: string;
  readonly user: string;
}

export type Action = { readonly atMs: number } & (
  | {
      readonly kind: 'read';
      readonly path: string;
      /** Null: without a token. */
      readonly as: Person | null;
      /** Shows the `ETag` that this person was given, if there was one. */
      readonly conditional: boolean;
    }
  | {
      /** Through the edge, which purges. */
      readonly kind: 'write';
      readonly path: string;
      readonly as: Person;
      readonly body: object;
    }
  | {
      /** At the origin, behind the edge's back. */
      readonly kind: 'change';
      readonly method: 'PATCH' | 'POST';
      readonly path: string;
      readonly as: Person;
      readonly body: object;
    }
  | { readonly kind: 'purge'; readonly order: object }
);

type Planned = Action extends infer A ? (A extends Action ? Omit<A, 'atMs'> : never) : never;

/** A burst: everybody looks at one dashboard that was just counted anew. */
const BURST_MS = 2_000;
const CALM_MS = [12_000, 25_000] as const;
const BURST_TIMES = 3;

/** Works well with few: most of what is read was read before. */
const dashboardOf = zipf(DASHBOARDS, 1);
const monthOf = zipf(MONTHS, 1.3);
const invoiceOf = zipf(INVOICES, 0.9);
const personOf = zipf(userIds.length, 0.8);

/** What is sent, and when, in order: the same for the same options. */
export function* trafficPlan({
  seed,
  rate,
  durationMs,
}: Pick<TrafficOptions, 'seed' | 'rate' | 'durationMs'>): Generator<Action> {
  const random = seededRandom(seed);
  let burst: { fromMs: number; path: string; tenant: string } | null = null;
  let nextBurstMs = random.between(...CALM_MS) / 2;
  for (let atMs = 0; ; ) {
    const isBurst: boolean = burst !== null && atMs < burst.fromMs + BURST_MS;
    // As independent people come: the pauses between them are exponential.
    atMs += (-Math.log(1 - random.fraction()) * 1_000) / (isBurst ? BURST_TIMES * rate : rate);
    if (atMs >= durationMs) return;
    if (atMs >= nextBurstMs) {
      const as = writer(random);
      const dashboard = someDashboard(random);
      burst = { fromMs: atMs, tenant: as.tenant, path: kpisPath(dashboard, monthAt(latest)) };
      nextBurstMs = atMs + BURST_MS + random.between(...CALM_MS);
      yield { atMs, ...recounts(dashboard, as) };
    } else if (isBurst && burst) {
      yield { atMs, ...reads(burst.path, personWith('kpi:read', random, burst.tenant), random) };
    } else yield { atMs, ...usual(random) };
  }
}

/** The last month but one that has data, as the demo's examples have it. */
const latest = MONTHS - 3;

/** By what share of all, in hundredths. */
const mix: readonly (readonly [hundredths: number, plan: (random: Random) => Planned])[] = [
  [
    50,
    (random) =>
      reads(kpisPath(someDashboard(random), someMonth(random)), personWith('kpi:read', random), random),
  ],
  [22, (random) => reads(`/v1/invoices/${someInvoice(random)}`, anyone(random), random)],
  [7, (random) => reads('/v1/invoices', anyone(random), random)],
  [6, (random) => reads('/v1/me/permissions', anyone(random), random)],
  [4, (random) => reads(kpisPath('d1', monthAt(latest)), viewer(random), random)], // 403, whatever is cached
  [2, () => ({ kind: 'read', path: '/v1/invoices', as: null, conditional: false })], // 401
  [1, (random) => reads(kpisPath('d1', 'soon'), anyone(random), random)], // 400
  [1, (random) => reads('/v1/invoices/inv_9999', anyone(random), random)], // 404
  [3, (random) => ({ kind: 'write', path: `/v1/invoices/${someInvoice(random)}`, ...edits(random) })],
  [
    2,
    (random) => ({
      kind: 'change',
      method: 'PATCH',
      path: `/invoices/${someInvoice(random)}`,
      ...edits(random),
    }),
  ],
  [1, (random) => recounts(someDashboard(random), writer(random))],
  [1, purge],
];

function usual(random: Random): Planned {
  let place = random.between(1, 100);
  for (const [hundredths, plan] of mix) {
    place -= hundredths;
    if (place <= 0) return plan(random);
  }
  throw new Error('the shares are less than all');
}

const reads = (path: string, as: Person, random: Random): Planned => ({
  kind: 'read',
  path,
  as,
  conditional: random.fraction() < 0.2, // as a browser that was here before
});

const kpisPath = (dashboard: string, month: string) => `/v1/dashboards/${dashboard}/kpis?range=${month}`;
const someDashboard = (random: Random) => `d${dashboardOf(random.fraction()) + 1}`;
/** Backwards from the latest: nobody looks at the years before it much. */
const someMonth = (random: Random) => monthAt((latest + MONTHS - monthOf(random.fraction())) % MONTHS);
const someInvoice = (random: Random) => invoiceId(invoiceOf(random.fraction()) + 1);
const edits = (random: Random) => ({
  as: writer(random),
  body: { amount_cents: random.between(100, 99_900) },
});

const recounts = (dashboard: string, as: Person): Planned => ({
  kind: 'change',
  method: 'POST',
  path: `/dashboards/${dashboard}/refresh`,
  as,
  body: {},
});

/** Seldom, as people do: what a change left behind, or all of a kind after a mishap. */
function purge(random: Random): Planned {
  const tenant = someTenant(random);
  const soft = { tenant, classes: ['analytics'], mode: 'soft' };
  const hard = { tenant, tags: [`invoice:${someInvoice(random)}`], mode: 'hard' };
  return { kind: 'purge', order: random.fraction() < 0.15 ? soft : hard };
}

const someTenant = (random: Random) => (random.fraction() < 0.7 ? 'acme' : 'globex');
const anyone = (random: Random): Person => ({
  tenant: someTenant(random),
  user: userIds[personOf(random.fraction())]!,
});

function personWith(
  right: 'kpi:read' | 'invoice:write',
  random: Random,
  tenant = someTenant(random),
): Person {
  const all = userIds.filter((user) => permissionsOf[roleAtStart(tenant, user)!].includes(right));
  return { tenant, user: all[personOf(random.fraction()) % all.length]! };
}

const writer = (random: Random) => personWith('invoice:write', random);
/** A viewer at every tenant. */
const viewer = (random: Random): Person => ({ tenant: someTenant(random), user: 'bob' });
