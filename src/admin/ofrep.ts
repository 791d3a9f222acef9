import { Hono, type Context as HonoContext } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { readBody } from '../engine/client-body.ts';
import { classesOf, type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { freshenFlags } from '../engine/rollout.ts';
import { formatEntityTag, strongEtagOf } from '../http/etag.ts';
import { evaluatePreconditions, parseIfNoneMatch } from '../http/preconditions.ts';
import { isIdentityField } from '../identity/fields.ts';
import { parseJson } from '../invalidation/signature/payload.ts';
import { evaluated, type Target } from '../rollout/evaluate.ts';
import type { DataClass } from '../strategy/types.ts';
import { adminOf } from './gate.ts';
import { meantClass } from './rollout-by-hand.ts';

/**
 * How classes are switched on, to other services: OpenFeature's remote evaluation protocol (OFREP 0.1.0, service/openapi.yaml of
 * open-feature/protocol). A flag is a class, its value the mode for whoever is asked about. By the flags as this isolate knows them, which are at most
 * as old as those by which it answers requests. Behind the gate.
 */
export function ofrep(): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();

  app.post('/v1/evaluate/flags', async (c) => {
    const { edge, target } = await askedOf(c);
    if ('errorCode' in target) return c.json(target, 400);
    const flags = [...classesOf(edge).values()].map((cls) => evaluation(edge, cls, target));
    const text = JSON.stringify({ flags });
    const tag = await strongEtagOf(new TextEncoder().encode(text));
    const held = parseIfNoneMatch(c.req.header('If-None-Match') ?? null);
    const headers = { ...kept, ETag: formatEntityTag(tag) };
    if (held !== 'malformed' && evaluatePreconditions(held, [tag]) !== 'proceed')
      return c.body(null, 304, headers);
    return c.body(text, 200, { ...headers, 'Content-Type': 'application/json' });
  });

  app.post('/v1/evaluate/flags/:key', async (c) => {
    const key = c.req.param('key');
    const { edge, target } = await askedOf(c);
    const cls = classesOf(edge).get(key);
    if (!cls) {
      const errorDetails = meantClass(edge, key);
      return c.json({ key, errorCode: 'FLAG_NOT_FOUND', errorDetails }, 404, kept);
    }
    if ('errorCode' in target) return c.json({ key, ...target }, 400, kept);
    const one = evaluation(edge, cls, target);
    return c.json(one, 'errorCode' in one ? 400 : 200, kept);
  });

  return app;
}

/** Whoever has it may keep it, and must ask again. Not compressed between, which would make a weak tag of its tag. */
const kept = { 'Cache-Control': 'private, no-cache, no-transform' };

interface Failure {
  readonly errorCode: 'PARSE_ERROR' | 'INVALID_CONTEXT' | 'TARGETING_KEY_MISSING';
  readonly errorDetails: string;
}

async function askedOf(
  c: HonoContext<EdgeEnv>,
): Promise<{ readonly edge: EdgeRequest; readonly target: Target | Failure }> {
  adminOf(c);
  const edge = edgeRequestOf(c);
  const bytes = await readBody(edge, c.req.raw, bounds.purgeBytes);
  await freshenFlags(edge, edge.isolate.clock.now());
  return { edge, target: targetOf(bytes.length === 0 ? {} : parseJson(bytes)) };
}

/** `tenant` and `user`, else the two in `targetingKey`. What else a context has says nothing here. */
function targetOf(asked: unknown): Target | Failure {
  if (asked === undefined) return { errorCode: 'PARSE_ERROR', errorDetails: 'the body is not JSON in UTF-8' };
  const { data, error } = requestShape.safeParse(asked);
  if (error) {
    const [{ path, message }] = error.issues as [z.core.$ZodIssue];
    return { errorCode: 'INVALID_CONTEXT', errorDetails: `${path.join('.') || 'the body'} ${message}` };
  }
  const { targetingKey: key = null, tenant: named, user: namedUser } = data.context;
  const [, first = null, second = null] = /^([^/]+)(?:\/(.+))?$/.exec(key ?? '') ?? [];
  const tenant = named ?? first;
  const user = namedUser ?? (named === undefined ? second : null);
  return { key, tenant, user };
}

const object = { error: 'must be an object' };
const text = z.string('must be text').max(bounds.keyBytes, `must be at most ${bounds.keyBytes} characters`);
const name = z
  .string('must be text')
  .refine(isIdentityField, 'is not a name: printable ASCII, 1 to 256 characters');
const requestShape = z.looseObject(
  {
    context: z
      .looseObject({ targetingKey: text.optional(), tenant: name.optional(), user: name.optional() }, object)
      .prefault({}),
  },
  object,
);

function evaluation(edge: EdgeRequest, cls: DataClass, target: Target) {
  const it = evaluated(cls, edge.isolate.flags, target);
  const key = cls.name;
  if ('missing' in it)
    return {
      key,
      errorCode: 'TARGETING_KEY_MISSING' as const,
      errorDetails: `${key} is on for some: say ${it.missing}`,
    };
  const { value, reason, metadata } = it;
  return { key, value, reason, variant: value, metadata };
}
