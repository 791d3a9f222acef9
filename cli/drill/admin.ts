import type { AskedPurge } from '../../src/strategy/purge-order.ts';
import { reasonOf } from '../answer.ts';
import { type Api, connect, Unreachable } from '../api.ts';
import type { Edge } from '../edge.ts';
import { exit, Failure } from '../failure.ts';
import { bounds } from './bounds.ts';
import type { DrilledEdge, Surroundings } from './edge.ts';

/** Signs a webhook of the canary's event. */
export interface Hook {
  readonly source: string;
  readonly secretFrom: string;
  sign(body: string): Parameters<Api['hook']>[1];
}

export interface AdminOptions {
  readonly at: Edge;
  readonly edge: DrilledEdge;
  readonly patienceMs: number;
  /** Null: its secret is not given. */
  readonly hook: Hook | null;
  /** Of the demo's gateway of Redis; null: not given. */
  readonly redisFaults: string | null;
  /** As they are; `surroundings` may count requests, and end at a Ctrl-C: what must be undone is undone all the same. */
  readonly unbounded: Surroundings;
}

/** The deployment as its operators meet it. All of it rejects with a `Failure`. */
export type DrilledAdmin = ReturnType<typeof drilledAdmin>;

export function drilledAdmin(
  { at, edge, patienceMs, hook, redisFaults, unbounded }: AdminOptions,
  surroundings: Surroundings,
) {
  const api = connect(at, surroundings);
  const calm = { ...unbounded, interrupted: new AbortController().signal };
  const calmApi = connect(at, calm);

  /** On for as long as `during` takes, and off afterwards, however that ends: a Ctrl-C leaves nobody with it. */
  async function whileOn<T>(
    { on, off, mend }: { on: () => Promise<unknown>; off: () => Promise<unknown>; mend: string },
    during: () => Promise<T>,
  ): Promise<T> {
    let mayBeOn = true;
    try {
      await on().catch((error: unknown) => {
        mayBeOn = !(error instanceof Failure && error.exitCode === exit.refused);
        throw error;
      });
      return await during();
    } finally {
      if (mayBeOn) await surely(off, mend);
    }
  }

  async function surely(undo: () => Promise<unknown>, mend: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await undo();
        return;
      } catch (error) {
        if (tries === bounds.undoTries)
          throw new Failure(exit.notDone, `${mend} (${(error as Error).message.split('\n')[0]})`);
        await calm.sleep(bounds.lastLookMs, calm.interrupted);
      }
    }
  }

  async function setFaults(faults: object, { fetch, timeout, interrupted }: Surroundings): Promise<void> {
    const signal = AbortSignal.any([timeout(bounds.requestMs), interrupted]);
    const answer = await fetch(faultsUrl(), {
      ...{ method: 'POST', body: JSON.stringify(faults), signal },
    }).catch((error: unknown) => {
      if (interrupted.aborted) throw new Failure(exit.interrupted, 'interrupted');
      throw new Failure(exit.unreachable, `--redis-faults ${redisFaults}: no answer (${reasonOf(error)})`);
    });
    if (!answer.ok)
      throw new Failure(exit.refused, `--redis-faults ${redisFaults}: it answered ${answer.status}`);
  }
  const faultsUrl = () => new URL('/faults', redisFaults!);

  const admin = {
    hook,
    async mustBeKnown(): Promise<void> {
      await api.receipts({ limit: '1' });
    },
    /** Resolves when it is applied. */
    async purge(order: AskedPurge): Promise<void> {
      await admin.applied((await api.purge(order)).id);
    },
    emit: async (event: string, tenant: string, payload: Readonly<Record<string, string>>) =>
      (await api.emit({ event, tenant, payload }, {})).id,
    async send({ source, secretFrom, sign }: Hook, body: string): Promise<string> {
      const answer = await api.hook(source, sign(body), secretFrom);
      if (!('ignored' in answer)) return answer.id;
      throw new Failure(
        exit.notDone,
        `the edge ignored the webhook of ${source} (${answer.ignored}): routes/hooks.ts maps no canary_probed of it`,
      );
    },
    async applied(id: string): Promise<void> {
      let known = 'its receipt is not there';
      const isApplied = async () => {
        const receipt = await api.receipt(id).then(
          (it) => it.receipt,
          (error: unknown) => {
            // It may answer a little later: the purge does not depend on it.
            if (error instanceof Unreachable) return null;
            throw error;
          },
        );
        if (receipt) known = receipt.state;
        return receipt !== null && receipt.applied_at !== null;
      };
      if ((await edge.until(edge.now() + patienceMs, isApplied)) === null)
        throw new Failure(
          exit.notDone,
          `the purge ${id} was not applied within ${patienceMs / 1000} s (${known})`,
        );
    },
    isKilled: async (): Promise<boolean> => (await api.rollout()).kill,
    whileKilled: <T>(during: () => Promise<T>): Promise<T> =>
      whileOn(
        {
          on: () => api.killSwitch(true, 'a drill'),
          off: () => calmApi.killSwitch(false, 'a drill is over'),
          mend: 'THE KILL SWITCH MAY STILL BE ON: npx stillfresh rollout kill --off --why drill',
        },
        during,
      ),
    whileRedisHangs: <T>(during: () => Promise<T>): Promise<T> =>
      whileOn(
        {
          on: () => setFaults({ hang: true }, surroundings),
          off: () => setFaults({}, calm),
          mend: `REDIS MAY STILL HANG: curl -X POST -d '{}' ${faultsUrl()}`,
        },
        during,
      ),
  };
  return admin;
}
