import * as z from 'zod';
import { allowWhen, dataClass, defineStrategy } from '../src/index.ts';
import { canary, ownCanary } from './canary.ts';

/** What this team caches, as data: the engine enforces it. */

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, _ or -, at most 64');
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, YYYY-MM');

export const permissions = dataClass({
  name: 'permissions',
  version: 1,
  scope: 'user',
  key: '',
  params: z.object({}),
  access: 'user',
  read: 'read-through',
  origin: '/permissions',
  ttl: '2m',
  consistency: 'strict',
  value: z.object({ tenant: z.string(), user: z.string(), role: z.string(), can: z.array(z.string()) }),
  invalidatedBy: ['role_updated', 'user_removed'],
  rationale:
    'Asked on almost every request; a role taken away must count at once, so never stale and always validated',
});

/** Reads the cached permissions, in the same MGET as the answer itself. */
const can = (right: string) =>
  allowWhen(`can ${right}`, [permissions], (_identity, _params, [held]) => held.can.includes(right));

export const dashboardKpis = dataClass({
  name: 'analytics',
  version: 2,
  scope: 'tenant',
  key: 'dashboard:{dashboard_id}:kpis:{date_range}',
  params: z.object({ dashboard_id: id, date_range: month }),
  access: can('kpi:read'),
  tags: ['dashboard:{dashboard_id}'],
  read: 'cache-aside',
  ttl: '10m',
  staleWhileRevalidate: '60s',
  staleIfError: '1h',
  consistency: 'standard',
  invalidatedBy: ['metric_refresh_completed', 'repository_changed', 'product_updated'],
  rationale: 'Expensive read, refreshed hourly; safe to serve slightly stale',
  silences: {
    'access-caps-stale-if-error': 'A right that was taken away counts for more than an outage',
  },
});

export const invoice = dataClass({
  name: 'invoice',
  version: 1,
  scope: 'tenant',
  key: '{invoice_id}',
  params: z.object({ invoice_id: id }),
  access: 'tenant',
  tags: ['invoice:{invoice_id}'],
  read: 'read-through',
  origin: '/invoices/{invoice_id}',
  writeThrough: 'store',
  ttl: '5m',
  value: z.looseObject({
    id: z.string(),
    status: z.enum(['draft', 'open', 'paid']),
    amount_cents: z.number(),
  }),
  storeWhen: (value) => value.status !== 'draft',
  invalidatedBy: ['invoice_paid', 'invoice_updated', 'customer_deleted'],
  rationale: 'Read often after it is issued; a draft changes with every keystroke and is not worth storing',
});

/** All of a tenant's, as a list shows them: wrong as soon as one of them changes. */
export const invoiceList = dataClass({
  name: 'invoices',
  version: 1,
  scope: 'tenant',
  key: '',
  params: z.object({}),
  access: 'tenant',
  tags: ['invoices'],
  read: 'read-through',
  origin: '/invoices',
  ttl: '5m',
  staleIfError: '1h',
  value: z.looseObject({
    invoices: z.array(z.looseObject({ id: z.string(), status: z.string(), amount_cents: z.number() })),
  }),
  invalidatedBy: ['invoice_paid', 'invoice_updated', 'customer_deleted'],
  rationale: 'On every start page; an outage of the origin must not empty it',
});

/** Which tenant an account at another product belongs to; read by the mappings of webhooks alone, no route shows it. */
export const accountTenant = dataClass({
  name: 'account',
  version: 1,
  scope: 'public',
  key: '{provider}:{account}',
  params: z.object({
    provider: z.enum(['stripe', 'github', 'shopify']),
    account: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  }),
  access: 'public',
  tags: ['account:{provider}:{account}'],
  read: 'read-through',
  origin: '/accounts/{provider}?account={account}',
  ttl: '10m',
  staleIfError: '1d',
  cacheControl: 'no-store',
  value: z.object({ tenant: z.string() }),
  rationale:
    'An account stays with its tenant for years; when the origin is down its webhooks must still count',
  silences: { 'tag-never-purged': 'Purged by hand when an account moves to another tenant' },
});

export const strategy = defineStrategy({
  application: {
    name: 'Product analytics',
    purpose: 'Dashboards and invoices for the teams of many companies',
    stack: 'A single-page app, Hono on Workers, an API over SQL, tokens of an identity provider',
    data: 'KPIs of dashboards, permissions, invoices',
    traffic: 'Mostly reads: every page asks for permissions, start pages for KPIs and the list of invoices',
    freshness:
      'KPIs may be 10 minutes old, invoices must show a change at once, permissions may never be old',
    failureTolerance: 'Reading goes on while Redis or the API is down; permissions fail closed',
    pain: 'KPIs are slow, and all of a team opens them at nine',
    tenancy: 'A company is a tenant; tenant, user and roles are claims of the token',
    operations: 'A platform team; webhooks of the product itself, Stripe, GitHub and Shopify',
  },
  classes: [permissions, dashboardKpis, invoiceList, invoice, accountTenant, canary, ownCanary],
  events: {
    metric_refresh_completed: {
      payload: z.object({ dashboard_ids: z.array(id) }),
      purges: { tags: ['dashboard:{dashboard_ids}'] },
    },
    role_updated: { payload: z.object({ user_id: z.string() }), purges: { users: ['{user_id}'] } },
    user_removed: { payload: z.object({ user_id: z.string() }), purges: { users: ['{user_id}'] } },
    invoice_paid: {
      payload: z.object({ invoice_id: id }),
      purges: { tags: ['invoice:{invoice_id}', 'invoices'] },
    },
    invoice_updated: {
      payload: z.object({ invoice_id: id }),
      purges: { tags: ['invoice:{invoice_id}', 'invoices'] },
    },
    customer_deleted: {
      payload: z.object({}),
      purges: { classes: ['invoice', 'invoices'] },
      rationale: 'Its invoices are not listed in the event',
    },
    canary_probed: {
      payload: z.object({ probe: z.string() }),
      purges: { tags: ['canary:{probe}'] },
    },
    repository_changed: {
      payload: z.object({}),
      purges: { classes: ['analytics'] },
      rationale: 'Every dashboard counts repositories',
    },
    product_updated: {
      payload: z.object({}),
      purges: { classes: ['analytics'] },
      mode: 'soft',
      rationale: 'A new title changes a label: the older answer may be shown while the new one is fetched',
    },
  },
  identity: { claims: { tenant: 'tenant', user: 'sub', roles: 'roles' } },
});
