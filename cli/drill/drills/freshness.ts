import { exit, Failure } from '../../failure.ts';
import { bounds } from '../bounds.ts';
import { type Drill, type Person, Skipped } from '../drill.ts';

/** Reads until the bound is over: how long after the purge was applied the older value was still there. */
export const staleReadAfterPurge: Drill = {
  name: 'stale-read-after-purge',
  shows: 'after a purge was applied, nobody is shown the older value for longer than l1',
  async run({ edge, admin, canary, one }) {
    const latest = await inRounds(async () => {
      const probe = edge.probe();
      const path = `${canary}/${probe}`;
      const { nonce } = await edge.stored(path, one);
      await admin.purge(purgeOf(probe, one));
      const appliedMs = edge.now();
      let latestMs = 0;
      for (let atMs = appliedMs; atMs < appliedMs + bounds.l1Ms + 2 * bounds.networkMs; atMs = edge.now()) {
        const seen = await edge.canary(path, one);
        if (seen.nonce === nonce) latestMs = edge.now() - appliedMs;
        await edge.pause(100);
      }
      return latestMs;
    });
    return {
      figure: Math.max(...latest),
      bound: bounds.l1Ms + bounds.networkMs,
      why: `ms after a purge was applied until the older value was seen last, in ${bounds.rounds} rounds`,
    };
  },
};

/** How long the fetch takes that the purge is to overtake. */
const RACED_MS = 900;

export const purgeRace: Drill = {
  name: 'purge-race',
  shows: 'what was being fetched while it was purged is never served afterwards',
  async run({ edge, admin, canary, one }) {
    const races = await inRounds(async () => {
      const probe = edge.probe(RACED_MS);
      const path = `${canary}/${probe}`;
      const readAt = async (ms: number) => {
        await edge.pause(ms);
        return edge.canary(path, one);
      };
      const [overtaken, { appliedMs, after }] = await Promise.all([
        edge.canary(path, one).then((it) => ({ ...it, endMs: edge.now() })),
        purgedAndRead(),
      ]);
      return {
        isRace: overtaken.endMs > appliedMs,
        reads: after.length,
        old: after.filter(({ nonce }) => nonce === overtaken.nonce).length,
      };

      async function purgedAndRead() {
        await edge.pause(100);
        await admin.purge(purgeOf(probe, one));
        const appliedMs = edge.now();
        // While the fetch is under way, about when it ends, and afterwards.
        return { appliedMs, after: await Promise.all([0, 0.8 * RACED_MS, 1.4 * RACED_MS].map(readAt)) };
      }
    });
    const raced = races.filter(({ isRace }) => isRace);
    if (raced.length === 0)
      throw new Skipped(`no purge was applied while its fetch was under way (${RACED_MS} ms): nothing raced`);
    return {
      figure: sum(raced.map(({ old }) => old)),
      bound: 0,
      why: `answers with a value whose fetch began before the purge, of ${sum(raced.map(({ reads }) => reads))} reads after ${raced.length} races`,
    };
  },
};

export const webhookRoundTrip: Drill = {
  name: 'webhook-round-trip',
  shows: 'a signed webhook is taken, applied, and the next read is fetched anew',
  async run({ edge, admin, patienceMs, canary, one }) {
    const probe = edge.probe();
    const path = `${canary}/${probe}`;
    const { nonce } = await edge.stored(path, one);
    const fromMs = edge.now();
    const { hook } = admin;
    await admin.applied(await (hook ? sendBy(hook) : admin.emit('canary_probed', one.tenant, { probe })));
    const tookMs = edge.now() - fromMs;
    const how = hook
      ? `a webhook of ${hook.source}`
      : 'POST /-/emit (HOOK_SECRET_<SOURCE> is not set, so that no webhook could be signed)';
    // The isolate that answers may be another one than the one that has purged.
    await edge.pause(bounds.l1Ms);
    if ((await edge.canary(path, one)).nonce === nonce)
      throw new Failure(exit.notDone, `${how}: its purge was applied, and the older value is still served`);
    return {
      figure: tookMs,
      bound: patienceMs,
      why: `ms from ${how} until its purge was applied; the next read was fetched anew`,
    };

    function sendBy(it: NonNullable<typeof hook>): Promise<string> {
      return admin.send(
        it,
        JSON.stringify({ type: 'canary_probed', data: { tenant_id: one.tenant, probe } }),
      );
    }
  },
};

export const purgeOf = (probe: string, { tenant }: Person) => ({ tenant, tags: [`canary:${probe}`] });

/** All at once: they do not know each other's entries. */
const inRounds = <T>(round: () => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: bounds.rounds }, round));

const sum = (all: readonly number[]): number => all.reduce((it, more) => it + more, 0);
