import { bounds } from '../bounds.ts';
import type { Drill } from '../drill.ts';

/** Reads until the bound is over: how long after the purge was applied the older value was still there. */
export const staleReadAfterPurge: Drill = {
  name: 'stale-read-after-purge',
  shows: 'after a purge was applied, nobody is shown the older value for longer than l1',
  async run({ edge, canary, one }) {
    const { tenant } = await edge.canary(`${canary}/${edge.probe()}`, one);
    const rounds = Array.from({ length: bounds.rounds }, async () => {
      const probe = edge.probe();
      const path = `${canary}/${probe}`;
      const { nonce } = await edge.stored(path, one);
      await edge.purge({ tenant, tags: [`canary:${probe}`] });
      const appliedMs = edge.now();
      let latestMs = 0;
      for (let atMs = appliedMs; atMs < appliedMs + bounds.l1Ms + 2 * bounds.networkMs; atMs = edge.now()) {
        const seen = await edge.canary(path, one);
        if (seen.nonce === nonce) latestMs = edge.now() - appliedMs;
        await edge.pause(100);
      }
      return latestMs;
    });
    const latestMs = Math.max(...(await Promise.all(rounds)));
    return {
      figure: latestMs,
      bound: bounds.l1Ms + bounds.networkMs,
      why: `ms after a purge was applied until the older value was seen last, in ${bounds.rounds} rounds`,
    };
  },
};

export const purgeRace: Drill = {
  name: 'purge-race',
  shows: 'what was being fetched while it was purged is never served afterwards',
  async run({ edge, canary, one }) {
    const { tenant } = await edge.canary(`${canary}/${edge.probe()}`, one);
    const raced = await Promise.all(
      Array.from({ length: bounds.rounds }, async () => {
        const probe = edge.probe('slow');
        const path = `${canary}/${probe}`;
        const fetching = edge.canary(path, one);
        await edge.pause(100);
        await edge.purge({ tenant, tags: [`canary:${probe}`] });
        // Its fetch began before the purge; whoever asks from now on must not be given it.
        const after = [edge.canary(path, one)];
        const { nonce } = await fetching;
        after.push(edge.canary(path, one));
        await edge.pause(200);
        after.push(edge.canary(path, one));
        return (await Promise.all(after)).filter((it) => it.nonce === nonce).length;
      }),
    );
    return {
      figure: raced.reduce((sum, it) => sum + it, 0),
      bound: 0,
      why: `answers with a value whose fetch began before the purge, of ${3 * bounds.rounds} reads after it`,
    };
  },
};

export const webhookRoundTrip: Drill = {
  name: 'webhook-round-trip',
  shows: 'a signed webhook is taken, applied, and the next read is fetched anew',
  async run({ edge, canary, one, hook }) {
    const probe = edge.probe();
    const path = `${canary}/${probe}`;
    const { nonce, tenant } = await edge.stored(path, one);
    const fromMs = edge.now();
    const id = await sent();
    await edge.applied(id);
    const tookMs = edge.now() - fromMs;
    // The isolate that answers may be another one than the one that has purged.
    await edge.pause(bounds.l1Ms);
    const isOld = (await edge.canary(path, one)).nonce === nonce;
    const how = hook
      ? `a webhook of ${hook.source}`
      : 'POST /-/emit (HOOK_SECRET_<SOURCE> is not set, so that no webhook could be signed)';
    return {
      figure: isOld ? edge.patienceMs + 1 : tookMs,
      bound: edge.patienceMs,
      why: isOld
        ? `${how}: applied, and the older value is still served`
        : `ms from ${how} until its purge was applied; the next read was fetched anew`,
    };

    function sent(): Promise<string> {
      if (!hook) return edge.emit({ event: 'canary_probed', tenant, payload: { probe } });
      const { headers, body } = hook.sign(
        JSON.stringify({ type: 'canary_probed', data: { tenant_id: tenant, probe } }),
      );
      return edge.hook(hook.source, headers, body);
    }
  },
};
