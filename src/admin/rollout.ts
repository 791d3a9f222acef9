import { Hono, type Context as HonoContext } from 'hono';
import * as z from 'zod';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { auditList, latestFlags } from '../engine/rollout-change.ts';
import { keptFlags, readRolloutReport } from '../figures/rollout-report.ts';
import { moveNames } from '../rollout/moves.ts';
import { type RolloutView, rolloutViewOf } from '../rollout/view.ts';
import { askedIn, parse, queryOf } from './asked.ts';
import { adminOf } from './gate.ts';
import { type ChangeByHand, etagOf, knownClass, rolloutByHand, unreachable } from './rollout-by-hand.ts';

interface RolloutOptions {
  /** Dollars for one command of Redis. */
  commandPriceOf(env: Readonly<Record<string, unknown>>): number;
}

/**
 * How classes are switched on, and what was changed. Mount it at `/-`, behind the gate. Where a class has the name of a path here (`audit`),
 * only what is read of that class alone has no place; `GET /-/rollout` has it.
 */
export function rollout({ commandPriceOf }: RolloutOptions): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();

  app.get('/rollout', async (c) => {
    adminOf(c);
    return answered(c, await rolloutByHand.look(edgeRequestOf(c)));
  });

  app.get('/rollout/audit', async (c) => {
    adminOf(c);
    const edge = edgeRequestOf(c);
    const { class: name, limit } = parse(auditShape, queryOf(c), 'invalid-request');
    const all = await auditList(edge).catch(unreachable);
    return c.json(all.filter((it) => name === null || it.class === name).slice(0, limit), 200, fresh);
  });

  app.post('/rollout/kill', async (c) => answered(c, await rolloutByHand.kill(await changeOf(c))));

  app.get('/rollout/:class', async (c) => {
    adminOf(c);
    const edge = edgeRequestOf(c);
    const cls = knownClass(edge, c.req.param('class'));
    const flags = await latestFlags(edge, () => keptFlags(edge)).catch(unreachable);
    const report = await readRolloutReport(edge, cls, flags, commandPriceOf(c.env)).catch(unreachable);
    const { classes, ...rest } = rolloutViewOf(flags, [cls], edge.isolate.flags);
    const { name } = cls;
    return c.json({ ...rest, class: name, ...classes[name], report }, 200, { ...fresh, ETag: etagOf(rest) });
  });

  app.put('/rollout/:class', async (c) =>
    answered(c, await rolloutByHand.set(c.req.param('class'), await changeOf(c))),
  );

  for (const name of moveNames)
    app.post(`/rollout/:class/${name}`, async (c) =>
      answered(c, await rolloutByHand.move(c.req.param('class'), name, await changeOf(c))),
    );

  return app;
}

/** Nobody between keeps it, nor compresses it, which would make another tag of its tag. */
const fresh = { 'Cache-Control': 'no-store, no-transform' };

const answered = (c: HonoContext<EdgeEnv>, view: RolloutView) =>
  c.json(view, 200, { ...fresh, ETag: etagOf(view) });

async function changeOf(c: HonoContext<EdgeEnv>): Promise<ChangeByHand> {
  const { name: admin } = adminOf(c);
  const edge = edgeRequestOf(c);
  const ifMatch = c.req.header('If-Match') ?? null;
  return { edge, admin, ifMatch, asked: await askedIn(edge, c.req.raw) };
}

const auditShape = z.strictObject({
  class: z.string().nullable().default(null),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be a number from 1 to 999')
    .transform(Number)
    .default(100),
});
