import { changeFlags } from '../../../src/engine/rollout-change.ts';
import { readState } from '../../../src/figures/read.ts';
import { readRolloutState } from '../../../src/figures/rollout-state.ts';
import { rollUp } from '../../../src/jobs/roll-up.ts';
import { rolloutPart } from '../../../src/jobs/rollout.ts';
import { noParts } from '../../../src/jobs/tick-parts.ts';
import { readAuditEntry } from '../../../src/rollout/audit.ts';
import { fingerprintOf } from '../../../src/rollout/fingerprint.ts';
import { type ClassFlags, type Flags, readFlags, withClass } from '../../../src/rollout/flags.ts';
import type { GuardInput, GuardReport } from '../../../src/rollout/guard-types.ts';
import { StoreError } from '../../../src/store/port.ts';
import type { Arm, TrialFigures } from '../../../src/strategy/trial.ts';
import type { DataClass } from '../../../src/strategy/types.ts';
import { newArmFigures, Units } from '../../../src/telemetry/tally.ts';
import { flushed } from '../../support/worker/told.ts';
import { type TestEdge, type WorldOptions, world } from '../../support/worker/world.ts';

/** A guard that a test puts its words into; it waits where nothing is said. */
export const report = (over: Partial<GuardReport> = {}): GuardReport => ({
  ...{ verdict: 'stay', failed: null, why: 'it waits', tests: [], looks: [], progress: null },
  ...over,
});

export const armOf = (
  units: readonly string[],
  over: Partial<Omit<TrialFigures, 'units'>> = {},
): Omit<TrialFigures, 'className' | 'step' | 'arm'> => {
  const bits = new Units();
  for (const unit of units) bits.add(unit);
  return { ...newArmFigures, ...over, units: bits.toText() };
};

/** As nobody has said anything of it. */
const plainlyOn: ClassFlags = {
  ...{ mode: 'on', percent: 100, allow: [], deny: [], plan: [], step: null },
  ...{ sinceMs: 0, by: 'strategy', why: 'x', held: null },
};

/** How a class is switched at the second step of a plan, and how it is switched off. */
export const atFivePercent = { mode: 'on', percent: 5, step: 1 } as const;
export const switchedOff = { mode: 'off', percent: 0, step: null } as const;

/** A deployment whose cron does nothing but carry roll-outs, with a guard that a test speaks for. */
export function guardedWorld(classes: readonly DataClass[], options: WorldOptions = {}) {
  const made = world(classes, options);
  const judged: GuardInput[] = [];
  const guard = { says: (_: GuardInput): GuardReport => report() };
  let seq = 0;

  async function cron(edge: TestEdge = made.edge, deployed: readonly DataClass[] = classes) {
    const context = edge.context;
    const rollout = rolloutPart(deployed, (input) => {
      judged.push(input);
      return guard.says(input);
    });
    const done = await rollUp(context, { ...noParts, rollout });
    await edge.settled();
    return { ...done, notes: [...context.notes.noted], commands: context.notes.redisCommands };
  }
  const flags = async (): Promise<Flags | null> => {
    const { isolate } = made.edge;
    const [text = null] = await made.store.lookup([isolate.names.rollout()]);
    return readFlags(text);
  };
  return {
    ...made,
    ...{ judged, guard, cron, flags },
    state: async () => readRolloutState((await readState(made.edge.context))?.rollout).state,
    /** How the class is switched, as this version of it. */
    async of(cls: DataClass): Promise<ClassFlags | null | undefined> {
      return (await flags())?.classes[cls.name]?.[fingerprintOf(cls)];
    },
    /** As an operator does, by hand. */
    async set(cls: DataClass, over: Partial<ClassFlags>) {
      await changeFlags(made.anotherEdge().context, (now) => {
        const known = now.classes[cls.name] ?? {};
        const own = known[fingerprintOf(cls)] ?? plainlyOn;
        const to = { ...own, sinceMs: made.clock.now(), by: 'ops', held: null, ...over };
        return { is: 'change', flags: withClass(now, cls.name, fingerprintOf(cls), to), audit: [] };
      });
    },
    /** As an operator switches everything off. */
    kill: (on = true) =>
      changeFlags(made.anotherEdge().context, (now) => {
        const kill = { on, atMs: made.clock.now(), by: 'ops', why: 'an incident' };
        return { is: 'change', flags: { ...now, kill }, audit: [] };
      }),
    /** An isolate tells what it counted of the class's present step, or of the one named. */
    async tell(cls: DataClass, arm: Arm, figures: Parameters<typeof armOf>[1] = {}, step?: string) {
      seq += 1;
      const now = (await flags())?.classes[cls.name]?.[fingerprintOf(cls)];
      const present = `${fingerprintOf(cls)}@${now?.sinceMs ?? 0}`;
      const trial = { ...armOf(['acme'], figures), className: cls.name, step: step ?? present, arm };
      const flush = flushed({ isolate: 'one', seq, toMs: made.clock.now(), trials: [trial] });
      const stream = made.edge.isolate.names.metrics.told();
      await made.store.metrics.tell({ stream, text: JSON.stringify(flush), most: 1_000 });
    },
    async audit() {
      const stream = made.edge.isolate.names.rolloutAudit();
      const all = await made.store.metrics.told({ stream, after: '0', most: 1_000 });
      return all.map(({ text }) => readAuditEntry(text)!);
    },
    /** Each swap of a value passes here until the test lets it: `call` is what Redis does. */
    onSwap(does: (call: () => Promise<boolean>) => Promise<boolean>) {
      const { receipts } = made.store;
      const { swap } = receipts;
      Object.assign(receipts, { swap: (asked: Parameters<typeof swap>[0]) => does(() => swap(asked)) });
      return () => void Object.assign(receipts, { swap });
    },
    /** Purges fail until the test lets them. */
    failPurges() {
      const { purge } = made.store;
      Object.assign(made.store, { purge: () => Promise.reject(new StoreError('no-room')) });
      return () => void Object.assign(made.store, { purge });
    },
    /** The same of each settle of a tick. */
    onSettle(does: (call: () => Promise<boolean>) => Promise<boolean>) {
      const { metrics } = made.store;
      const { settle } = metrics;
      Object.assign(metrics, { settle: (asked: Parameters<typeof settle>[0]) => does(() => settle(asked)) });
      return () => void Object.assign(metrics, { settle });
    },
    receipts: async () =>
      made.store.receipts.page({
        ...{ list: made.edge.isolate.names.receiptList(null), beforeMs: made.clock.now() + 1 },
        ...{ sinceMs: 0, skip: 0, most: 100 },
      }),
  };
}
