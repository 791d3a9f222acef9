import { bounds } from '../bounds.ts';
import type { Drill } from '../drill.ts';

export const permissionStaleRead: Drill = {
  name: 'permission-stale-read',
  shows: 'what is kept as permissions are is never shown once it was purged, in no isolate',
  async run({ edge, canary, one }) {
    let stale = 0;
    let reads = 0;
    for (let round = 0; round < bounds.rounds; round++) {
      const probe = edge.probe();
      const path = `${canary}/own/${probe}`;
      const { nonce, tenant, user } = await edge.stored(path, one);
      // As a role's event does: everything that is kept for the user.
      await edge.purge({ tenant, users: [user] });
      const after = await Promise.all(Array.from({ length: 10 }, () => edge.canary(path, one)));
      stale += after.filter((it) => it.nonce === nonce).length;
      reads += after.length;
    }
    return {
      figure: stale,
      bound: 0,
      why: `answers with what was purged before, of ${reads} reads of a strict class right after it`,
    };
  },
};

export const permissionLeak: Drill = {
  name: 'permission-leak',
  shows: 'nobody is shown what was stored for another user or tenant, nor anything without a token',
  async run({ edge, canary, one, other }) {
    let leaks = 0;
    const told: string[] = [];
    const leak = (what: string) => {
      leaks += 1;
      if (!told.includes(what)) told.push(what);
    };
    for (let round = 0; round < bounds.rounds; round++) {
      const probe = edge.probe();
      const paths = { own: `${canary}/own/${probe}`, shared: `${canary}/${probe}` };
      const mine = { own: await edge.stored(paths.own, one), shared: await edge.stored(paths.shared, one) };
      const tag = mine.own.headers.get('ETag') ?? '"none"';
      const theirs = await Promise.all([
        edge.canary(paths.own, other),
        edge.canary(paths.shared, other),
        edge.read(paths.own, other, { 'If-None-Match': tag }),
      ]);
      const [own, shared, conditional] = theirs;
      if (own.user === mine.own.user && own.tenant === mine.own.tenant) {
        if (own.nonce === mine.own.nonce && round === 0)
          leak(
            'the other token was given the first one’s own entry (or both are of one user: give --other-token of another)',
          );
        else leak('the other token was given the first one’s own entry');
      }
      if (own.nonce === mine.own.nonce) leak('the other token was given the first one’s own entry');
      if (shared.tenant !== own.tenant) leak('an entry of one tenant says another');
      if (own.tenant !== mine.own.tenant && shared.nonce === mine.shared.nonce)
        leak('another tenant was given the tenant’s entry');
      if (conditional.status === 304) leak('another’s ETag was good for a 304');
      for (const path of Object.values(paths))
        if ((await edge.read(path, { token: null })).status !== 401) leak('without a token it was not 401');
    }
    return {
      figure: leaks,
      bound: 0,
      why:
        leaks === 0 ? `answers that were another’s, in ${bounds.rounds} rounds of 5 reads` : told.join('; '),
    };
  },
};
