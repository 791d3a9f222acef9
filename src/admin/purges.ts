import { Hono } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { isIdentityField } from '../identity/fields.ts';
import { acceptPurge } from '../invalidation/accept.ts';
import { nextLookS, unseenLookS } from '../invalidation/next-look.ts';
import { findReceipt, listReceipts, parseCursor } from '../invalidation/receipts.ts';
import type { Strategy } from '../strategy/define.ts';
import { nearest } from '../strategy/nearest.ts';
import {
  faultsOfTargets,
  isPurgeId,
  namesNothing,
  orderOf,
  type PurgeOrder,
  purgeId,
} from '../strategy/purge-order.ts';
import { quote } from '../strategy/strategy-error.ts';
import { tagHints } from '../strategy/tag-hints.ts';
import type { DataClass } from '../strategy/types.ts';
import { askedIn, notAnObject, parse, queryOf, tenantName, unavailable } from './asked.ts';
import { adminOf } from './gate.ts';

/** Purging by hand, and what became of purges. `httpCaches`: known when all routes are. Mount it at `/-`, behind the gate. */
export function purges(strategy: Strategy, httpCaches: ReadonlyMap<string, DataClass>): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();
  const purgeAsAdmin = purgeByHand(strategy, httpCaches);

  app.post('/purge', async (c) => {
    const { name: admin } = adminOf(c);
    const edge = edgeRequestOf(c);
    return c.json(await purgeAsAdmin(edge, admin, await askedIn(edge, c.req.raw)), 202);
  });

  app.get('/purges/:id', async (c) => {
    adminOf(c);
    const edge = edgeRequestOf(c);
    const id = c.req.param('id').slice(0, 128);
    const receipt = await findReceipt(edge, id).catch(unavailable);
    if (!receipt)
      throw new Problem('not-found', {
        headers: isPurgeId(id) ? { 'Retry-After': String(unseenLookS) } : {},
      });
    const againS = nextLookS(receipt, edge.isolate.clock.now());
    return c.json(receipt, 200, againS === null ? {} : { 'Retry-After': String(againS) });
  });

  app.get('/purges', async (c) => {
    adminOf(c);
    const edge = edgeRequestOf(c);
    const page = parse(pageShape, queryOf(c), 'invalid-request');
    return c.json(await listReceipts(edge, page).catch(unavailable));
  });

  return app;
}

/** Takes a purge on in an admin's name, which the log and the receipt have. Throws a `Problem` that names each field at fault. */
export type PurgeAsAdmin = (edge: EdgeRequest, admin: string, asked: unknown) => Promise<AcceptedByHand>;

export interface AcceptedByHand {
  readonly purge_id: string;
  readonly hint?: readonly string[];
}

export function purgeByHand(strategy: Strategy, httpCaches: ReadonlyMap<string, DataClass>): PurgeAsAdmin {
  // Made at the first one: the HTTP caches are known when all routes are, and most isolates purge nothing by hand.
  let shape: ReturnType<typeof purgeShape> | undefined;
  return async (edge, admin, asked) => {
    const { isolate } = edge;
    shape ??= purgeShape(strategy, httpCaches);
    const order = orderOf({
      ...parse(shape, asked, 'unprocessable'),
      id: purgeId(isolate.nonce()),
      source: `admin:${admin}`,
      acceptedMs: isolate.clock.now(),
      settleMs: strategy.settleMs,
    });
    edge.logged = { admin, purge_id: order.id, tenant: order.tenant ?? undefined };
    await acceptPurge(edge, order, { eager: true });
    const hint = tagHints([...strategy.classes.values(), ...httpCaches.values()], order);
    return { purge_id: order.id, ...(hint.length > 0 && { hint }) };
  };
}

/** What a purge by hand may name; `whose` follows from it. */
function purgeShape({ classes }: Strategy, httpCaches: ReadonlyMap<string, DataClass>) {
  const most = bounds.tagsPerPurge;
  const list = (of: z.ZodType<string>) =>
    z.array(of).max(most, `names more than ${most}; send several purges`).default([]);
  const name = z.string().min(1, 'is empty');
  const isClass = (it: string) => classes.has(it) || httpCaches.has(it);
  const unknownClass = ({ input }: { readonly input?: unknown }) => {
    const meant = nearest(String(input), [...classes.keys(), ...httpCaches.keys()]);
    return `is no class of the strategy${meant === undefined ? '' : `; did you mean ${quote(meant)}?`}`;
  };
  return z
    .strictObject(
      {
        tenant: tenantName.optional(),
        public: z.literal(true).optional(),
        all_tenants: z.literal(true).optional(),
        tags: list(name.max(bounds.tagBytes, `is longer than ${bounds.tagBytes}`)),
        classes: list(name.refine(isClass, { error: unknownClass })),
        users: list(name.refine(isIdentityField, 'is not the name of a user')),
        everything: z.boolean().default(false),
        erase: z.boolean().default(false),
        mode: z.enum(['hard', 'soft'], 'must be hard or soft').default('hard'),
      },
      notAnObject,
    )
    .superRefine((given, ctx) => {
      const issue = (field: string, message: string) =>
        ctx.addIssue({ code: 'custom', path: [field], message });
      const owners = [given.tenant, given.public, given.all_tenants].filter((it) => it !== undefined);
      if (owners.length !== 1) issue('tenant', 'say one of tenant, public: true or all_tenants: true');
      const targets = { ...given, whose: whoseOf(given) };
      if (namesNothing(targets))
        issue('tags', 'names nothing to purge; give tags, classes, users or everything: true');
      for (const { field, says } of faultsOfTargets(targets))
        issue(field === 'whose' ? 'all_tenants' : field, says);
      for (const name of given.classes.filter(isClass)) {
        const isPublic = httpCaches.has(name) || classes.get(name)?.scope === 'public';
        if (given.all_tenants === undefined && isPublic !== (given.public === true))
          issue('classes', `${name} is ${isPublic ? 'public: say public: true' : 'of tenants: say which'}`);
      }
    })
    .transform(({ public: isPublic, all_tenants, ...rest }) => ({
      ...rest,
      whose: whoseOf({ public: isPublic, all_tenants }),
      tenant: rest.tenant ?? null,
    }));
}

function whoseOf(given: { public?: true | undefined; all_tenants?: true | undefined }): PurgeOrder['whose'] {
  if (given.all_tenants) return 'everyone';
  return given.public ? 'public' : 'tenant';
}

const pageShape = z.strictObject({
  tenant: tenantName.nullable().default(null),
  cursor: z
    .string()
    .transform((text, ctx) => {
      const cursor = parseCursor(text);
      if (cursor === null) ctx.addIssue('is not a cursor that an earlier page gave');
      return cursor;
    })
    .nullable()
    .default(null),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `must be a number from 1 to ${bounds.receiptsPerPage}`)
    .transform(Number)
    .refine((it) => it <= bounds.receiptsPerPage, `must be at most ${bounds.receiptsPerPage}`)
    .default(20),
});
