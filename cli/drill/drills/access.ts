import { bounds } from '../bounds.ts';
import type { Drill, Person, Stage } from '../drill.ts';

export const permissionStaleRead: Drill = {
  name: 'permission-stale-read',
  shows: 'what is kept as permissions are is never shown once it was purged, in no isolate',
  async run({ edge, admin, canary, one }) {
    let stale = 0;
    let reads = 0;
    for (let round = 0; round < bounds.rounds; round++) {
      const path = `${canary}/own/${edge.probe()}`;
      const { nonce } = await edge.stored(path, one);
      // As a role's event does: everything that is kept for the user.
      await admin.purge({ tenant: one.tenant, users: [one.user] });
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
  async run(stage) {
    const leaks: string[] = [];
    for (let round = 0; round < bounds.rounds; round++)
      leaks.push(...(await Promise.all(stage.others.map((it) => leaksBetween(it, stage)))).flat());
    const tried = `in ${bounds.rounds} rounds of 6 reads with ${stage.others.map((it) => kindOf(it, stage)).join(', ')}`;
    return {
      figure: leaks.length,
      bound: 0,
      why:
        leaks.length > 0
          ? [...new Set(leaks)].join('; ')
          : `answers that were another’s, ${tried}${untried(stage)}`,
    };
  },
  async runOnPath({ edge, path }) {
    const { status } = await edge.read(path, { token: null });
    const isRefused = status === 401 || status === 403;
    return {
      figure: isRefused ? 0 : 1,
      bound: 0,
      why: `answers without a token (${status}); users were not tried against each other, which needs the canary`,
    };
  },
};

const kinds = ['another tenant', 'another user of the tenant'] as const;
const kindOf = (other: Person, { one }: Stage) => kinds[other.tenant === one.tenant ? 1 : 0];

function untried(stage: Stage): string {
  const missing = kinds.filter((kind) => !stage.others.some((it) => kindOf(it, stage) === kind));
  return missing.map((it) => `; ${it} was not tried: give its token by --other-token too`).join('');
}

/** What `other` is shown of what is stored for `one`: each leak in words. */
async function leaksBetween(other: Person, stage: Stage): Promise<readonly string[]> {
  const { edge, canary, one } = stage;
  const probe = edge.probe();
  const paths = { own: `${canary}/own/${probe}`, shared: `${canary}/${probe}` };
  const [ofMine, ofTenant] = await Promise.all([edge.stored(paths.own, one), edge.stored(paths.shared, one)]);
  const withMyTag = { 'If-None-Match': ofMine.headers.get('ETag') ?? '"none"' };
  const [own, shared, conditional, ...unknown] = await Promise.all([
    edge.canary(paths.own, other),
    edge.canary(paths.shared, other),
    edge.read(paths.own, other, withMyTag),
    ...Object.values(paths).map((path) => edge.read(path, { token: null })),
    edge.read(paths.own, { token: null }, withMyTag),
  ]);
  const kind = kindOf(other, stage);
  const isOther = (it: typeof own) => it.tenant === other.tenant;
  return [
    [
      own.nonce === ofMine.nonce || own.user !== other.user || !isOther(own),
      `${kind} was given the user’s own entry`,
    ],
    [
      !isOther(shared) || (other.tenant !== one.tenant && shared.nonce === ofTenant.nonce),
      `${kind} was given an entry of the tenant’s`,
    ],
    [conditional.status === 304, `the user’s ETag gave ${kind} a 304`],
    [unknown.some(({ status }) => status !== 401), 'without a token it was not 401'],
  ].flatMap(([isLeak, words]) => (isLeak ? [words as string] : []));
}
