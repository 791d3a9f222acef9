import * as z from 'zod';
import { eventsOf, type MapContext, webhooks } from '../src/index.ts';
import { accountTenant, strategy } from './strategy.ts';

/** Who sends webhooks, and what each of their events means here. The secrets are settings: HOOK_SECRET_<SOURCE>. */
const on = eventsOf(strategy);

/** An account at another product, as the team's own directory knows it. */
const tenantOf = async (
  { find }: MapContext,
  provider: 'stripe' | 'github' | 'shopify',
  account: string | number,
) => (await find(accountTenant, { provider, account: String(account) }))?.tenant ?? null;

/** Our own product says the tenant in the signed payload. */
const ofTenant = <T extends z.ZodRawShape>(data: T) =>
  z.object({ data: z.object({ tenant_id: z.string(), ...data }) });
const text = z.string();

/** One that did not come from us has no id of ours, and a customer may be left out, or written out. */
const stripeInvoice = z.object({
  data: z.object({
    object: z.object({
      customer: z.union([text, z.object({ id: text })]).nullish(),
      metadata: z.object({ invoice_id: text.optional() }).nullish(),
    }),
  }),
});
type StripeInvoice = z.infer<typeof stripeInvoice>;

async function ourInvoice({ data: { object } }: StripeInvoice, context: MapContext) {
  const { customer, metadata } = object;
  const account = typeof customer === 'object' ? customer?.id : customer;
  const invoice_id = metadata?.invoice_id;
  if (invoice_id === undefined || account === undefined) return null;
  return { tenant: await tenantOf(context, 'stripe', account), payload: { invoice_id } };
}

const stripeCustomer = z.object({ data: z.object({ object: z.object({ id: text }) }) });
const organization = z.object({ id: z.int() });
const githubMember = z.object({ organization, member: z.object({ login: text }) });
/** One of a user's own belongs to no organization, and so to no tenant. */
const githubRepository = z.object({ organization: organization.optional() });
/** `id` is a number beyond what JSON keeps exactly; this says the same as text. */
const shopifyProduct = z.object({
  admin_graphql_api_id: z.string().regex(/^gid:\/\/shopify\/Product\/\d{1,20}$/),
});

export const hooks = webhooks(strategy, {
  app: {
    scheme: 'standard',
    events: {
      metric_refresh_completed: on(
        'metric_refresh_completed',
        ofTenant({ dashboard_ids: z.array(text) }),
        ({ data: { tenant_id, dashboard_ids } }) => ({ tenant: tenant_id, payload: { dashboard_ids } }),
      ),
      role_updated: on('role_updated', ofTenant({ user_id: text }), ({ data: { tenant_id, user_id } }) => ({
        tenant: tenant_id,
        payload: { user_id },
      })),
      user_removed: on('user_removed', ofTenant({ user_id: text }), ({ data: { tenant_id, user_id } }) => ({
        tenant: tenant_id,
        payload: { user_id },
      })),
      canary_probed: on('canary_probed', ofTenant({ probe: text }), ({ data: { tenant_id, probe } }) => ({
        tenant: tenant_id,
        payload: { probe },
      })),
      invoice_paid: on(
        'invoice_paid',
        ofTenant({ invoice_id: text }),
        ({ data: { tenant_id, invoice_id } }) => ({
          tenant: tenant_id,
          payload: { invoice_id },
        }),
      ),
      invoice_updated: on(
        'invoice_updated',
        ofTenant({ invoice_id: text }),
        ({ data: { tenant_id, invoice_id } }) => ({ tenant: tenant_id, payload: { invoice_id } }),
      ),
    },
  },
  stripe: {
    scheme: 'stripe',
    events: {
      'invoice.paid': on('invoice_paid', stripeInvoice, ourInvoice),
      'invoice.updated': on('invoice_updated', stripeInvoice, ourInvoice),
      'customer.deleted': on('customer_deleted', stripeCustomer, async ({ data: { object } }, context) => ({
        tenant: await tenantOf(context, 'stripe', object.id),
        payload: {},
      })),
    },
  },
  github: {
    scheme: 'github',
    events: {
      // Teams give rights: who joins or leaves one has other permissions.
      membership: on('role_updated', githubMember, async ({ organization, member }, context) => ({
        tenant: await tenantOf(context, 'github', organization.id),
        payload: { user_id: member.login },
      })),
      repository: on('repository_changed', githubRepository, async ({ organization }, context) =>
        organization ? { tenant: await tenantOf(context, 'github', organization.id), payload: {} } : null,
      ),
    },
  },
  shopify: {
    scheme: 'shopify',
    events: {
      // The shop's domain stands in a header that is not signed: it names no tenant here; the product's id does.
      'products/update': on('product_updated', shopifyProduct, async ({ admin_graphql_api_id }, context) => ({
        tenant: await tenantOf(context, 'shopify', admin_graphql_api_id.split('/').at(-1)!),
        payload: {},
      })),
    },
  },
});
