import { beforeEach, describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { changeFlags, latestFlags } from '../../src/engine/rollout-change.ts';
import { keptFlags } from '../../src/figures/rollout-report.ts';
import { StoreError } from '../../src/store/port.ts';
import { readReceipt } from '../../src/store/receipt.ts';
import { aClass } from '../support/worker/world.ts';
import { atFivePercent, guardedWorld, report, switchedOff } from './support/guarded-world.ts';

const MINUTE = 60_000;
const plan = [
  { percent: '0%', dwell: '10m', atLeast: 10 },
  { percent: '5%', dwell: '10m', atLeast: 10 },
  { percent: '100%', dwell: '10m', atLeast: 10 },
] as const;
const plain = aClass();
const shadowed = aClass({ name: 'invoice', rollout: { mode: 'shadow', plan } });
const compared = (equal: number, over = {}) => ({
  requests: equal,
  compared: { equal, differs: 0, stale: 0, leak: 0, ...over },
});

const counted = { errors: 0, sumMs: 0, sumSquaredMs: 0, ...compared(0) };

describe('Registration', () => {
  test('makes each class known: null where it is plainly on, how it stands where the strategy says otherwise', async () => {
    const it = guardedWorld([plain, shadowed]);
    await it.cron();
    expect(await it.of(plain)).toBeNull();
    expect(await it.of(shadowed)).toMatchObject({
      ...{ mode: 'shadow', percent: 0, step: 0, sinceMs: it.clock.now(), by: 'deploy', held: null },
      plan: [{ percent: 0 }, { percent: 5 }, { percent: 100 }],
    });
    expect(await it.audit()).toMatchObject([
      { who: 'deploy', class: 'invoice', from: null, to: { mode: 'shadow', step: 0 }, refused: null },
    ]);
  });

  test('is done once: an idle tick writes no flags, and sends no command more than one without roll-outs', async () => {
    const it = guardedWorld([plain, shadowed]);
    await it.cron();
    const before = await it.flags();
    const { commands } = await it.cron();
    expect(await it.flags()).toEqual(before);
    const without = guardedWorld([]);
    await without.cron();
    expect(commands).toBe((await without.cron()).commands);
  });

  test('of what a class stores otherwise now begins in the shadow, whatever is said of what it did; that stays for the old Worker', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    await it.set(shadowed, { mode: 'on', percent: 100, step: null });
    const changed = aClass({ name: 'invoice', version: 2 });
    await it.cron(it.edge, [changed]);
    expect(await it.of(changed)).toMatchObject({ mode: 'shadow', step: 0, by: 'deploy' });
    expect(await it.of(shadowed)).toMatchObject({ mode: 'on', percent: 100, by: 'ops' });
  });

  test('of a class that keeps its mode on a change copies how it stood', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    await it.set(shadowed, { ...atFivePercent, deny: ['globex'] });
    const kept = aClass({
      name: 'invoice',
      version: 2,
      rollout: { onChange: { keep: 'only a field more' } },
    });
    it.clock.advance(MINUTE);
    await it.cron(it.edge, [kept]);
    expect(await it.of(kept)).toMatchObject({
      ...{ ...atFivePercent, deny: ['globex'], sinceMs: it.clock.now() },
    });
  });

  test('of a class that keeps its mode on a change is as much the guard’s as it was: what is held fires its alert on', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    await it.set(shadowed, { mode: 'off', step: null, by: 'guard', held: 'stale: 12 of 400' });
    const kept = aClass({
      name: 'invoice',
      version: 2,
      rollout: { onChange: { keep: 'only a field more' } },
    });
    await it.cron(it.edge, [kept]);
    expect(await it.of(kept)).toMatchObject({ mode: 'off', by: 'guard', held: 'stale: 12 of 400' });
    expect((await it.state()).watched).toMatchObject([{ name: 'invoice', isSentBack: true }]);
  });

  test('leaves off what an operator has switched off, change after change', async () => {
    const it = guardedWorld([plain]);
    await it.cron();
    await it.set(plain, { ...switchedOff, why: 'x' });
    for (const version of [2, 3]) {
      const next = aClass({ version });
      it.clock.advance(MINUTE);
      await it.cron(it.edge, [next]);
      expect(await it.of(next)).toMatchObject({ mode: 'off', by: 'ops', why: 'x' });
    }
  });

  test('follows the strategy where nobody has said anything: a class that was plainly on and is to be in the shadow is', async () => {
    const it = guardedWorld([plain]);
    await it.cron();
    const now = aClass({ rollout: { mode: 'shadow' } });
    await it.cron(it.edge, [now]);
    expect(await it.of(now)).toMatchObject({ mode: 'shadow', by: 'deploy' });
  });

  test('keeps as many versions of a class as may run, the latest', async () => {
    const it = guardedWorld([plain]);
    for (let version = 1; version <= bounds.rolloutFingerprints + 3; version += 1)
      await it.cron(it.edge, [aClass({ version })]);
    const known = Object.keys((await it.flags())!.classes['report']!);
    expect(known).toHaveLength(bounds.rolloutFingerprints);
    expect(await it.of(plain)).toBeUndefined();
  });

  test('forgets a class that no deployment has had for long, and not one that comes back in time', async () => {
    const it = guardedWorld([plain, shadowed]);
    await it.cron();
    await it.cron(it.edge, [plain]);
    it.clock.advance(bounds.rolloutGoneMs - 1);
    await it.cron(it.edge, [plain, shadowed]);
    await it.cron(it.edge, [plain]);
    it.clock.advance(bounds.rolloutGoneMs - 1);
    await it.cron(it.edge, [plain]);
    expect(await it.of(shadowed)).toBeTruthy();
    it.clock.advance(1);
    await it.cron(it.edge, [plain]);
    expect(Object.keys((await it.flags())!.classes)).toEqual(['report']);
  });
});

describe('Flags that are lost', () => {
  test.each(['evicted', 'overwritten with what is none of ours'])(
    'because they were %s come back as they last were: nothing goes on by mistake',
    async (how) => {
      const it = guardedWorld([plain]);
      await it.cron();
      await it.set(plain, { ...switchedOff, why: 'broken' });
      await it.cron();
      const key = it.edge.isolate.names.rollout();
      const before = await it.flags();
      it.store.evict(key);
      if (how !== 'evicted')
        await it.store.receipts.swap({ key, expected: null, value: '{"form":9}', lifeMs: null });
      await it.cron();
      expect((await it.flags())!.classes).toEqual(before!.classes);
      expect((await it.audit()).at(-1)).toMatchObject({ who: 'guard', to: { mode: 'off' } });
    },
  );

  test('come back as this isolate knows them, where what the cron keeps is lost with them', async () => {
    const it = guardedWorld([plain]);
    await it.cron();
    await it.set(plain, { ...switchedOff, why: 'broken' });
    await it.kill();
    await it.cron();
    const before = await it.flags();
    const { names } = it.edge.isolate;
    for (const key of [names.rollout(), names.metrics.state(), names.metrics.version()]) it.store.evict(key);
    await it.cron();
    const { classes, kill } = (await it.flags())!;
    expect({ classes, kill }).toEqual({ classes: before!.classes, kill: before!.kill });
  });

  test('are as the cron has kept them to an isolate that knows none: a kill goes on', async () => {
    const it = guardedWorld([plain]);
    await it.cron();
    await it.kill();
    await it.cron();
    it.store.evict(it.edge.isolate.names.rollout());
    const { context } = it.anotherEdge();
    const kept = () => keptFlags(context);
    expect(await latestFlags(context, kept)).toMatchObject({ kill: { on: true } });
    await changeFlags(context, (now) => ({ is: 'change', flags: now, audit: [] }), kept);
    expect((await it.flags())!.kill).toMatchObject({ on: true, by: 'ops' });
  });

  test('and were written anew by who knew of none come back beside that at the next tick, the kill as well', async () => {
    const it = guardedWorld([plain, shadowed]);
    await it.cron();
    await it.kill();
    await it.set(shadowed, { ...switchedOff, why: 'x' });
    await it.cron();
    it.store.evict(it.edge.isolate.names.rollout());
    await it.set(plain, { ...switchedOff, why: 'y' });
    expect((await it.flags())!.kill).toBeNull();
    await it.cron();
    expect((await it.flags())!.kill).toMatchObject({ on: true });
    expect([await it.of(plain), await it.of(shadowed)]).toMatchObject([{ mode: 'off' }, { mode: 'off' }]);
    expect((await it.audit()).at(-1)).toMatchObject({
      class: shadowed.name,
      why: expect.stringContaining('lost'),
    });
  });

  test('come back at the next tick where Redis did not take them at this one', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    const before = await it.flags();
    it.store.evict(it.edge.isolate.names.rollout());
    const heal = it.onSwap(async () => {
      throw new StoreError('no-room');
    });
    await it.cron();
    expect(await it.flags()).toBeNull();
    heal();
    await it.cron();
    expect((await it.flags())!.classes).toEqual(before!.classes);
  });
});

describe('Figures', () => {
  let it: ReturnType<typeof guardedWorld>;
  beforeEach(async () => {
    it = guardedWorld([shadowed]);
    await it.cron();
    it.clock.advance(MINUTE);
  });

  test('of a step add up over isolates and ticks, and are what the guard is asked about', async () => {
    await it.tell(shadowed, 'shadow', compared(3));
    await it.tell(shadowed, 'shadow', compared(4, { stale: 1 }));
    await it.cron();
    await it.tell(shadowed, 'shadow', compared(5));
    await it.cron();
    expect(it.judged.at(-1)).toMatchObject({
      ...{ mode: 'shadow', step: 0, sinceMs: it.clock.now() - MINUTE, nowMs: it.clock.now() },
      arms: { shadow: { requests: 12, units: 1, compared: { equal: 12, stale: 1 } } },
    });
  });

  test('of another step say nothing of this one', async () => {
    await it.tell(shadowed, 'shadow', compared(3));
    await it.tell(shadowed, 'shadow', compared(100), 'feedfeedfeedfeed@1');
    await it.cron();
    expect(it.judged.at(-1)!.arms).toMatchObject({ shadow: { requests: 3 } });
    await it.set(shadowed, atFivePercent);
    await it.cron();
    expect(it.judged.at(-1)!.arms).toEqual({});
    expect((await it.state()).trials).toEqual([]);
  });

  test('come with what the guard knew at earlier looks at the same step, and with none of another one', async () => {
    const look = (number: number) => ({
      number,
      atMs: 0,
      arms: { shadow: { ...counted, requests: number } },
    });
    it.guard.says = ({ looks }) => report({ looks: [...looks, look(looks.length + 1)] });
    await it.cron();
    await it.cron();
    await it.cron();
    expect(it.judged.at(-1)!.looks).toEqual([look(1), look(2)]);
    await it.set(shadowed, atFivePercent);
    await it.cron();
    expect(it.judged.at(-1)!.looks).toEqual([]);
    expect(Object.keys((await it.state()).looks)).toHaveLength(1);
  });

  test('count once where a settle is lost, or its reply', async () => {
    for (const isWritten of [false, true]) {
      await it.tell(shadowed, 'shadow', compared(3));
      const heal = it.onSettle(async (settle) => {
        if (isWritten) await settle();
        throw new StoreError('timeout');
      });
      await expect(it.cron()).rejects.toThrow();
      heal();
      await it.cron();
    }
    expect(it.judged.at(-1)!.arms.shadow!.requests).toBe(6);
  });

  test('that are lost begin anew, and nothing goes on for it', async () => {
    await it.tell(shadowed, 'shadow', compared(3));
    await it.cron();
    it.store.evict(it.edge.isolate.names.metrics.state());
    const { notes } = await it.cron();
    expect(it.judged.at(-1)!.arms).toEqual({});
    expect(notes).toContain('figures-unreadable');
    expect(await it.of(shadowed)).toMatchObject({ mode: 'shadow', step: 0 });
  });
});

describe('The guard', () => {
  let it: ReturnType<typeof guardedWorld>;
  beforeEach(async () => {
    it = guardedWorld([shadowed]);
    await it.cron();
    it.clock.advance(MINUTE);
  });
  const says = (over: Parameters<typeof report>[0]) => {
    it.guard.says = () => report(over);
  };

  test('lets nothing go on while the cron is behind: what is not counted yet may speak against it; back it goes all the same', async () => {
    const behind = guardedWorld([shadowed], { bounds: { toldAtOnce: 1, roundsPerTick: 1 } });
    await behind.cron();
    behind.clock.advance(MINUTE);
    for (let i = 0; i < 4; i += 1) await behind.tell(shadowed, 'shadow', compared(20));
    behind.guard.says = () => report({ verdict: 'advance', why: 'its time is over' });
    expect((await behind.cron()).notes).toContain('figures-behind');
    expect(await behind.of(shadowed)).toMatchObject({ mode: 'shadow', step: 0 });
    behind.guard.says = () => report({ verdict: 'back', failed: 'stale', why: 'stale: 12 of 400' });
    await behind.cron();
    expect(await behind.of(shadowed)).toMatchObject({ mode: 'off' });
  });

  test('goes through a plan: each verdict is one step, the last one ends it', async () => {
    says({ verdict: 'advance', why: 'its time is over' });
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i += 1) {
      if (i === 2) says({ verdict: 'finish', why: 'its time is over' });
      const { rollout } = await it.cron();
      const { mode, percent, step, sinceMs, by } = (await it.of(shadowed))!;
      seen.push([mode, percent, step, by, sinceMs === it.clock.now(), rollout]);
      it.clock.advance(MINUTE);
    }
    const told = (decision: string) => [{ class: 'invoice', decision, why: 'its time is over' }];
    expect(seen).toEqual([
      ['on', 5, 1, 'guard', true, told('advance')],
      ['on', 100, 2, 'guard', true, told('advance')],
      ['on', 100, null, 'guard', true, told('finish')],
    ]);
    it.judged.length = 0;
    await it.cron();
    expect(it.judged).toEqual([]);
    expect((await it.audit()).map(({ who, to }) => [who, (to as { step: unknown }).step])).toEqual([
      ['deploy', 0],
      ['guard', 1],
      ['guard', 2],
      ['guard', null],
    ]);
  });

  test.each([
    ['stale', 'on', 'shadow', 0],
    ['stale', 'shadow', 'off', null],
    ['leak', 'on', 'off', null],
    ['leak', 'shadow', 'off', null],
  ] as const)(
    'where %s fails sends %s back to %s, with the evidence, and does not try again',
    async (failed, from, to, step) => {
      if (from === 'on') await it.set(shadowed, atFivePercent);
      it.clock.advance(MINUTE);
      says({ verdict: 'back', failed, why: `${failed}: 12 of 400` });
      await it.cron();
      const sentBack = {
        ...{ mode: to, percent: 0, step, by: 'guard', held: `${failed}: 12 of 400` },
        sinceMs: it.clock.now(),
      };
      expect(await it.of(shadowed)).toMatchObject(sentBack);
      says({ verdict: 'advance', why: 'nothing speaks against it' });
      it.clock.advance(60 * MINUTE);
      await it.cron();
      expect(await it.of(shadowed)).toMatchObject(sentBack);
    },
  );

  test('that does not know what to make of figures holds the class as it is, but lets it go back', async () => {
    await it.set(shadowed, { ...atFivePercent, why: 'a first step' });
    const before = (await it.of(shadowed))!;
    it.clock.advance(MINUTE);
    const found = 'ratio: 9 % where 5 % should be';
    says({ verdict: 'hold', failed: 'ratio', why: found });
    await it.cron();
    await it.cron();
    expect(await it.of(shadowed)).toEqual({ ...before, by: 'guard', why: found, held: found });
    expect((await it.audit()).filter(({ who }) => who === 'guard')).toHaveLength(1);
    expect(await it.receipts()).toEqual([]);
    says({ verdict: 'back', failed: 'stale', why: 'stale: 12 of 400' });
    await it.cron();
    expect(await it.of(shadowed)).toMatchObject({ mode: 'shadow', held: 'stale: 12 of 400' });
  });

  test('is not asked while everything is switched off', async () => {
    await it.kill();
    says({ verdict: 'back', failed: 'stale', why: 'stale' });
    it.judged.length = 0;
    await it.cron();
    expect(it.judged).toEqual([]);
  });

  test('is told that the time of a step counts from when all was on again: while it was off nothing was tried', async () => {
    await it.kill();
    it.clock.advance(60 * MINUTE);
    await it.cron();
    await it.kill(false);
    it.clock.advance(MINUTE);
    await it.cron();
    expect(it.judged.at(-1)).toMatchObject({ sinceMs: it.clock.now() - MINUTE });
  });

  test('is not asked while the setting switches everything off, and its time counts from then too', async () => {
    const killed = it.anotherEdge({ settings: { KILL_SWITCH: 'on' } });
    says({ verdict: 'advance', why: 'its time is over' });
    it.clock.advance(60 * MINUTE);
    await it.cron(killed);
    expect(await it.of(shadowed)).toMatchObject({ mode: 'shadow', step: 0 });
    says({});
    it.clock.advance(MINUTE);
    await it.cron();
    expect(it.judged.at(-1)).toMatchObject({ sinceMs: it.clock.now() - MINUTE });
  });

  test('counts what it did', async () => {
    says({ verdict: 'advance', why: 'its time is over' });
    await it.cron();
    const { counts } = it.edge.isolate.meter.take();
    expect(counts.get('rollout_decisions|invoice|advance')).toBe(1);
  });

  test('that fails leaves all as it is, and is noted', async () => {
    it.guard.says = () => {
      throw new Error('a fault');
    };
    await it.tell(shadowed, 'shadow', compared(3));
    const { notes } = await it.cron();
    expect(notes).toEqual(['internal']);
    expect(await it.of(shadowed)).toMatchObject({ mode: 'shadow' });
    it.guard.says = () => report();
    await it.cron();
    expect(it.judged.at(-1)!.arms.shadow!.requests).toBe(3);
  });
});

describe('A step is taken once, and nothing is lost', () => {
  let it: ReturnType<typeof guardedWorld>;
  beforeEach(async () => {
    it = guardedWorld([shadowed]);
    await it.cron();
    it.clock.advance(MINUTE);
    await it.tell(shadowed, 'shadow', compared(20));
    // As the real one: of a step without figures nothing is said.
    it.guard.says = ({ arms }) =>
      (arms.shadow?.requests ?? 0) >= 20
        ? report({ verdict: 'advance', why: 'enough was compared' })
        : report();
  });
  const taken = async () => (await it.audit()).filter(({ who }) => who === 'guard').length;

  test('by two crons at once', async () => {
    await Promise.all([it.cron(), it.cron(it.anotherEdge())]);
    await it.cron();
    expect(await it.of(shadowed)).toMatchObject({ mode: 'on', percent: 5, step: 1 });
    expect(await taken()).toBe(1);
  });

  test('by a tick that is killed after it changed the flags, before it was settled', async () => {
    const heal = it.onSettle(async () => {
      throw new StoreError('unreachable');
    });
    await expect(it.cron()).rejects.toThrow();
    heal();
    expect(await it.of(shadowed)).toMatchObject({ step: 1 });
    it.clock.advance(MINUTE);
    await it.cron();
    expect(await it.of(shadowed)).toMatchObject({ step: 1, sinceMs: it.clock.now() - MINUTE });
    expect(await taken()).toBe(1);
  });

  test('where the reply to the change is lost: the list has it, and the next tick goes on from there', async () => {
    const heal = it.onSwap(async (swap) => {
      await swap();
      throw new StoreError('timeout');
    });
    const { notes } = await it.cron();
    expect(notes).toContain('redis-timeout');
    heal();
    await it.cron();
    expect(await it.of(shadowed)).toMatchObject({ mode: 'on', percent: 5, step: 1 });
    expect(await taken()).toBe(1);
  });

  test('where Redis takes no writes: nothing changes its mode, and the next tick tries again', async () => {
    const refused = async () => {
      throw new StoreError('no-room');
    };
    const [healSwap, healSettle] = [it.onSwap(refused), it.onSettle(refused)];
    await expect(it.cron()).rejects.toThrow();
    expect(await it.of(shadowed)).toMatchObject({ mode: 'shadow', step: 0 });
    healSwap();
    healSettle();
    await it.cron();
    expect(await it.of(shadowed)).toMatchObject({ step: 1 });
    expect(await taken()).toBe(1);
  });

  test('and what an operator says between its look and its write wins', async () => {
    const heal = it.onSwap(async (swap) => {
      heal();
      it.clock.advance(1);
      await it.set(shadowed, { ...switchedOff, why: 'not today' });
      return swap();
    });
    await it.cron();
    expect(await it.of(shadowed)).toMatchObject({ mode: 'off', by: 'ops', why: 'not today' });
    expect(await taken()).toBe(0);
  });
});

describe('What the guard sends back is purged', () => {
  const back = () => report({ verdict: 'back', failed: 'stale', why: 'stale: 12 of 400' });
  const purges = async (it: ReturnType<typeof guardedWorld>) => {
    const ids = (await it.receipts()).map(({ id }) => it.edge.isolate.names.receiptKey(id));
    return (await it.store.receipts.read(ids)).map((text) => readReceipt(text)!);
  };

  test('class-everywhere, once: of all tenants, whoever runs the next ticks', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    it.guard.says = back;
    await it.cron();
    it.guard.says = () => report();
    await it.cron();
    await it.cron(it.anotherEdge());
    const [purge, ...others] = await purges(it);
    expect(others).toEqual([]);
    expect(purge).toMatchObject({
      state: 'applied',
      order: { source: 'guard', whose: 'everyone', classes: ['invoice'], mode: 'hard' },
    });
  });

  test('unless the class says to keep it', async () => {
    const kept = aClass({ name: 'invoice', rollout: { mode: 'shadow', onFailure: 'keep' } });
    const it = guardedWorld([kept]);
    await it.cron();
    it.guard.says = back;
    await it.cron();
    expect(await it.of(kept)).toMatchObject({ mode: 'off' });
    expect(await purges(it)).toEqual([]);
  });

  test('also where an isolate has stopped it at once', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    await it.set(shadowed, { mode: 'off', by: 'guard', held: 'leak: somebody else’s answer' });
    await it.cron();
    expect(await purges(it)).toMatchObject([{ order: { classes: ['invoice'] } }]);
  });

  test('where that failed, or the tick was killed before, by the next one', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    it.guard.says = back;
    const heal = it.failPurges();
    await it.cron();
    heal();
    expect(await it.of(shadowed)).toMatchObject({ mode: 'off' });
    expect(await purges(it)).toEqual([]);
    await it.cron();
    expect(await purges(it)).toHaveLength(1);
  });

  test('also where that failed, and an operator has switched the class since: once, however it is switched', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    it.guard.says = back;
    const heal = it.failPurges();
    await it.cron();
    it.guard.says = () => report();
    await it.set(shadowed, atFivePercent);
    await it.cron();
    heal();
    await it.cron();
    await it.cron();
    expect(await purges(it)).toMatchObject([{ state: 'applied', order: { classes: ['invoice'] } }]);
    expect(await it.state()).toMatchObject({ purged: [], unpurged: {} });
  });

  test('under one id, where what is kept of it was lost', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    it.guard.says = back;
    await it.cron();
    it.store.evict(it.edge.isolate.names.metrics.state());
    await it.cron();
    expect(await purges(it)).toMatchObject([{ attempts: 1 }]);
  });

  test('and not where an operator has switched it off', async () => {
    const it = guardedWorld([shadowed]);
    await it.cron();
    await it.set(shadowed, switchedOff);
    await it.cron();
    expect(await purges(it)).toEqual([]);
  });
});
