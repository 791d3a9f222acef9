import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { Problem, type ProblemCode } from '../http/problem.ts';
import { targetOf } from '../http/target.ts';
import { isIdentityField } from '../identity/fields.ts';
import { accept } from '../invalidation/accept.ts';
import { bodyOf } from '../invalidation/body.ts';
import { type Cursor, parseCursor, receiptById, receiptPage } from '../invalidation/receipts.ts';
import { StoreError } from '../store/port.ts';
import type { Strategy } from '../strategy/define.ts';
import { faultsOfTargets, namesNothing, orderOf, type PurgeOrder, purgeId } from '../strategy/purge-order.ts';
import { type AdminTokens, verifyAdmin } from './token.ts';

/** Purging by hand, and what became of purges. Mount it at `/-`. */
export function purges(
  strategy: Strategy,
  httpCaches: ReadonlySet<string>,
  tokensOf: (c: Context<EdgeEnv>) => AdminTokens,
): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();
  const shape = purgeShape(strategy, httpCaches);

  app.post('/purge', async (c) => {
    const admin = await verifyAdmin(c, tokensOf(c), 'purge');
    const edge = edgeRequestOf(c);
    const { isolate } = edge;
    const named = parsed(shape, json(await bodyOf(edge, c.req.raw, bounds.hookBytes)));
    const order = orderOf({
      ...named,
      id: purgeId(isolate.nonce()),
      source: `admin:${admin}`,
      acceptedMs: isolate.clock.now(),
      settleMs: strategy.settleMs,
    });
    edge.logged = { admin, purge_id: order.id, tenant: order.tenant ?? undefined };
    const accepted = await accept(edge, order, { eager: true });
    if (accepted === null)
      throw new Problem('not-accepted', { headers: { 'Retry-After': '5' }, why: 'neither queue nor store' });
    return c.json({ purge_id: order.id }, 202);
  });

  app.get('/purges/:id', async (c) => {
    const edge = edgeRequestOf(c);
    edge.logged = { admin: await verifyAdmin(c, tokensOf(c), 'read', 'purge') };
    const found = await readable(() => receiptById(edge, c.req.param('id').slice(0, 128)));
    if (!found) throw new Problem('not-found');
    return c.json(found);
  });

  app.get('/purges', async (c) => {
    const edge = edgeRequestOf(c);
    edge.logged = { admin: await verifyAdmin(c, tokensOf(c), 'read', 'purge') };
    const page = parsed(pageShape, onceEach(c.req.queries()), 'invalid-request');
    return c.json(await readable(() => receiptPage(edge, page)));
  });

  return app;
}

const tenantName = z.string().refine(isIdentityField, 'is not the name of a tenant');

/** A URI's tag names it in one form, however it is written. */
function asKeyed(tag: string): string {
  const uri = tag.startsWith('uri:/') ? `http://host${tag.slice('uri:'.length)}` : '';
  return URL.canParse(uri) ? `uri:${targetOf(uri)}` : tag;
}

function whoseOf(it: { public?: true | undefined; all_tenants?: true | undefined }): PurgeOrder['whose'] {
  if (it.all_tenants) return 'everyone';
  return it.public ? 'public' : 'tenant';
}

/** What may be asked for; `whose` follows from it. */
function purgeShape({ classes }: Strategy, httpCaches: ReadonlySet<string>) {
  const most = bounds.tagsPerPurge;
  const list = (of: z.ZodString) =>
    z.array(of).max(most, `names more than ${most}; send several purges`).default([]);
  const name = z.string().min(1, 'is empty');
  const className = name.refine((it) => classes.has(it) || httpCaches.has(it), 'is no class of the strategy');
  return z
    .strictObject(
      {
        tenant: tenantName.optional(),
        public: z.literal(true).optional(),
        all_tenants: z.literal(true).optional(),
        tags: list(name.max(bounds.tagBytes, `is longer than ${bounds.tagBytes}`)),
        classes: list(className as unknown as z.ZodString),
        users: list(name.refine(isIdentityField, 'is not the name of a user') as unknown as z.ZodString),
        everything: z.boolean().default(false),
        erase: z.boolean().default(false),
        mode: z.enum(['hard', 'soft'], 'must be hard or soft').default('hard'),
      },
      { error: ({ code }) => (code === 'invalid_type' ? 'must be a JSON object' : undefined) },
    )
    .superRefine((it, ctx) => {
      const issue = (field: string, message: string) =>
        ctx.addIssue({ code: 'custom', path: [field], message });
      const said = [it.tenant, it.public, it.all_tenants].filter((one) => one !== undefined).length;
      if (said !== 1) issue('tenant', 'say one of tenant, public: true or all_tenants: true');
      const targets = { ...it, whose: whoseOf(it) };
      if (namesNothing(targets))
        issue('tags', 'names nothing to purge; give tags, classes, users or everything: true');
      for (const { field, says } of faultsOfTargets(targets))
        issue(field === 'whose' ? 'all_tenants' : field, says);
      for (const name of it.classes) {
        if (!classes.has(name) && !httpCaches.has(name)) continue;
        const isPublic = httpCaches.has(name) || classes.get(name)?.scope === 'public';
        if (it.all_tenants === undefined && isPublic !== (it.public === true))
          issue('classes', `${name} is ${isPublic ? 'public: say public: true' : 'of tenants: say which'}`);
      }
    })
    .transform(
      ({
        tenant,
        public: isPublic,
        all_tenants,
        ...rest
      }): Omit<PurgeOrder, 'id' | 'source' | 'acceptedMs' | 'eventId' | 'settleMs'> => ({
        ...rest,
        tags: rest.tags.map(asKeyed),
        whose: whoseOf({ public: isPublic, all_tenants }),
        tenant: tenant ?? null,
      }),
    );
}

const pageShape = z.strictObject({
  tenant: tenantName.optional().transform((it) => it ?? null),
  cursor: z
    .string()
    .optional()
    .transform((it, ctx): Cursor | null => {
      const cursor = it === undefined ? null : parseCursor(it);
      if (it !== undefined && cursor === null) ctx.addIssue('is not a cursor that an earlier page gave');
      return cursor;
    }),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `must be a number from 1 to ${bounds.receiptsPerPage}`)
    .transform(Number)
    .refine((it) => it <= bounds.receiptsPerPage, `must be at most ${bounds.receiptsPerPage}`)
    .default(20),
});

function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    throw new Problem('unprocessable', { errors: [{ field: 'body', detail: 'is not JSON in UTF-8' }] });
  }
}

/** A parameter that is given twice would be one or the other, and nobody knows which. */
function onceEach(queries: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(queries).map(([field, [value = '', ...more]]) => {
      if (more.length === 0) return [field, value];
      throw new Problem('invalid-request', { errors: [{ field, detail: 'is given more than once' }] });
    }),
  );
}

function parsed<T>(shape: z.ZodType<T>, given: unknown, code: ProblemCode = 'unprocessable'): T {
  const { data, error } = shape.safeParse(given);
  if (!error) return data;
  const errors = error.issues
    .slice(0, 20)
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((field) => ({ field, detail: 'there is no such field' }))
        : [{ field: issue.path.join('.') || 'body', detail: issue.message }],
    );
  throw new Problem(code, { errors });
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreError) throw new Problem('unavailable', { why: error.message });
    throw error;
  }
}
