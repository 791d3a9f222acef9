import { Hono } from 'hono';
import * as z from 'zod';
import { cached, dataClass, type EdgeEnv, type Identity, path } from '../src/index.ts';

/** What `npm run drill` reads and purges in place of the team's own data: a value that is new each time it is loaded. */
const params = z.object({
  probe: z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be a-z, 0-9 and -, at most 40'),
});
const shared = {
  version: 1,
  key: '{probe}',
  params,
  tags: ['canary:{probe}'],
  read: 'cache-aside',
  ttl: '1m',
} as const;

export const canary = dataClass({
  ...shared,
  name: 'canary',
  scope: 'tenant',
  access: 'tenant',
  invalidatedBy: ['canary_probed'],
  rationale: 'For drills alone: an older value gives itself away',
});

export const ownCanary = dataClass({
  ...shared,
  name: 'own-canary',
  scope: 'user',
  access: 'user',
  consistency: 'strict',
  invalidatedBy: ['canary_probed'],
  rationale: 'For drills alone: kept as permissions are',
});

/** The nonce first: what is loaded now is as old as this moment, however long it takes. */
async function load({
  params: { probe },
  identity,
}: {
  params: { probe: string };
  identity: Identity | null;
}) {
  const value = { nonce: crypto.randomUUID(), tenant: identity?.tenant, user: identity?.user };
  if (probe.startsWith('slow-')) await scheduler.wait(400);
  return value;
}

const sources = { probe: path('probe') };
export const canaries = new Hono<EdgeEnv>()
  .get('/own/:probe', cached(ownCanary, { params: sources, load }))
  .get('/:probe', cached(canary, { params: sources, load }));
