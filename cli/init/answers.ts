import * as z from 'zod';
import { type SchemeName, schemes } from '../../src/invalidation/signature/schemes.ts';
import { durationForm, durationMs } from '../../src/strategy/duration.ts';

/** The ten questions of a cache strategy, in the order in which they are asked. */
export const questions = {
  name: 'What is the application called?',
  purpose: 'What is it for, and for whom?',
  stack: 'What is it built of: front end, API, database, identity provider?',
  data: 'Which of its data are read often, and could be cached?',
  traffic: 'How much traffic is there: requests a day, the busiest second, reads against writes?',
  freshness: 'How fresh must the data be: what may be some minutes old, what never?',
  failureTolerance: 'What may happen when Redis or the origin is down?',
  pain: 'What hurts today: slow pages, a loaded database, cost?',
  tenancy: 'How are tenants and users told apart?',
  operations: 'Who runs it, and which products send it webhooks?',
} as const;

export type Question = keyof typeof questions;

const text = z.string().trim().min(1, 'must not be empty').max(2_000, 'must be at most 2000 characters');
const word = /^[a-z][a-z0-9_-]{0,40}$/;
const eventName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a name such as invoice_paid: a-z first, then a-z 0-9 _');
const duration = z.string().refine(isDuration, `must be ${durationForm}`);

function isDuration(it: string): boolean {
  try {
    return durationMs(it) > 0;
  } catch {
    return false;
  }
}

/** What a parameter may be; each is bounded, so that nobody can fill the cache with keys. */
export const paramKinds = ['id', 'date', 'month', 'page', 'file'] as const;
const paramKind = z.union(
  [
    z.enum(paramKinds),
    z
      .array(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/))
      .min(1)
      .max(64),
  ],
  { error: `must be one of ${paramKinds.join(', ')}, or the list of words that it may be` },
);

/** Where answers are read: `/v1/invoices/:invoice_id`, `/v1/dashboards/:dashboard_id/kpis?range=:month`. */
const edgePath = z
  .string()
  .max(512)
  .regex(
    /^(\/[A-Za-z0-9_.~-]+|\/:[A-Za-z][A-Za-z0-9_]*)+(\?[A-Za-z0-9_]+=:[A-Za-z][A-Za-z0-9_]*(&[A-Za-z0-9_]+=:[A-Za-z][A-Za-z0-9_]*)*)?$/,
    'must be a path such as /v1/invoices/:invoice_id or /v1/kpis?range=:month',
  )
  .refine(
    (it) => !/^\/(-|hooks)(\/|$)/.test(it),
    "must not begin with /- or /hooks, which are the edge's own",
  );

/** One kind of data. All but its name may be left out. */
export const item = z.strictObject({
  name: z.string().regex(word, 'must be a name such as invoice: a-z first, then a-z 0-9 _ -, at most 41'),
  /** At the edge. Default `/v1/<name>`. */
  path: edgePath.optional(),
  /** At the origin. Default the same path. */
  origin: z
    .string()
    .max(512)
    .regex(/^\/[^\s'`\\$]*$/, 'must be a path such as /invoices/{invoice_id}')
    .optional(),
  /** Who may read it: every member of a tenant, one user, or everybody. Default `tenant`. */
  who: z.enum(['tenant', 'user', 'public'], "must be 'tenant', 'user' or 'public'").default('tenant'),
  /** What each parameter of the path is. Default `id`. */
  params: z.record(z.string(), paramKind).default({}),
  /** How long an answer is fresh. Default `5m`. */
  ttl: duration.default('5m'),
  /** Afterwards: how long it may be shown while it is fetched anew. Default none. */
  stale: duration.optional(),
  /** Afterwards: how long it may be shown while the origin is down. Default none. */
  whileDown: duration.optional(),
  /** True: every answer is checked at Redis, and never stale; for permissions. Default false. */
  strict: z.boolean().default(false),
  /** Events after which it is wrong. Default `<name>_changed`. */
  changedBy: z.array(eventName).min(1, 'must name an event').max(16).optional(),
  /** True: it is written through the edge too (PATCH). Default false. */
  written: z.boolean().default(false),
  /** Why it is cached so. */
  why: text.optional(),
});

const source = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be a name such as app or our-shop'),
  scheme: z
    .enum(Object.keys(schemes) as [SchemeName, ...SchemeName[]], {
      error: `must be one of ${Object.keys(schemes).join(', ')}`,
    })
    .default('standard'),
});

const claim = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(8)], {
  error: 'must be the name of a claim, or the path to it as a list of names',
});

/** A text may stand in place of the object: what it says is kept, and the rest has its default. */
const tenancy = z.strictObject({
  says: text.optional(),
  tenant: claim.default('tenant'),
  user: claim.default('sub'),
  roles: claim.default('roles'),
});
const operations = z.strictObject({
  says: text.optional(),
  webhooks: z.array(source).max(16).default([]),
});

const asObject = (key: string) => (value: unknown) => (typeof value === 'string' ? { [key]: value } : value);
/** `"invoices, permissions"` is a list of names as people write one. */
const asItems = (value: unknown) => {
  const listed = typeof value === 'string' ? value.split(/[,\n]/).filter((it) => it.trim() !== '') : value;
  return Array.isArray(listed)
    ? listed.map((it) => (typeof it === 'string' ? { name: slugOf(it) } : it))
    : listed;
};

/** `Dashboard KPIs` → `dashboard-kpis`. */
export const slugOf = (words: string): string =>
  words
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 41)
    .replace(/-+$/, '');

/** What `--answers FILE` holds. */
export const answersShape = z.strictObject({
  name: text,
  purpose: text,
  stack: text,
  data: z.preprocess(asItems, z.array(item).min(1, 'must name at least one kind of data').max(64)),
  traffic: text,
  freshness: text,
  failureTolerance: text,
  pain: text,
  tenancy: z.preprocess(asObject('says'), tenancy),
  operations: z.preprocess(asObject('says'), operations),
});

/** With defaults filled in. */
export type Answers = z.output<typeof answersShape>;
export type AnsweredItem = Answers['data'][number];
export type GivenItem = z.input<typeof item>;
/** As people write them. */
export interface GivenAnswers extends Record<Exclude<Question, 'data' | 'tenancy' | 'operations'>, string> {
  readonly data: string | readonly (string | GivenItem)[];
  readonly tenancy: string | z.input<typeof tenancy>;
  readonly operations: string | z.input<typeof operations>;
}
