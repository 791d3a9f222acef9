import { bounds } from '../../src/bounds.ts';
import type { arms } from '../../src/strategy/trial.ts';
import type { DataClassDefinition } from '../../src/strategy/types.ts';
import type { FakeClock } from '../support/worker/clock.ts';
import {
  type Answer,
  type Asked,
  aClass,
  TestEdge,
  type WorldOptions,
  world,
} from '../support/worker/world.ts';

type Declared = Partial<DataClassDefinition<{ id: string }>>;

/** One class in each mode, over one origin and one store: an edge where it is on, one where it is in the shadow, one where it is off. */
export function modesWorld(declared: Declared = {}, options: WorldOptions = {}) {
  const made = world([aClass(declared)], options);
  const edgeIn = (rollout: DataClassDefinition['rollout'], differently: WorldOptions = {}) =>
    new TestEdge(
      [aClass({ ...declared, rollout: { ...declared.rollout, ...rollout } })],
      { ...options, ...differently },
      made,
    );
  return {
    ...made,
    edgeIn,
    on: made.edge,
    /** Nobody fills, unless a test says so. */
    shadow: edgeIn({ mode: 'shadow', shadowFills: '0%' }),
    off: edgeIn({ mode: 'off' }),
  };
}

/** Waits for what an edge does in the background, and lets the time pass in which a purge may be on its way. */
export async function settledWith(clock: FakeClock, edge: TestEdge): Promise<void> {
  let isDone = false;
  const settled = edge.settled().then(() => {
    isDone = true;
  });
  while (!isDone) {
    await Promise.race([settled, clock.asleep(1, bounds.purgeOnItsWayMs)]);
    if (!isDone) clock.advance(bounds.purgeOnItsWayMs);
  }
}

/** Asks, and waits until all is compared. */
export async function compared(
  clock: FakeClock,
  edge: TestEdge,
  path: string,
  asked: Asked = {},
): Promise<Answer> {
  const answer = await edge.ask(path, asked);
  await settledWith(clock, edge);
  return answer;
}

/** What the guard was told since this was last called, of one arm. */
export function armOf(edge: TestEdge, arm: (typeof arms)[number]) {
  const row = edge.isolate.tally.take().find((it) => it.arm === arm);
  const some = Object.entries(row?.compared ?? {}).filter(([, n]) => n > 0);
  return {
    requests: row?.requests ?? 0,
    compared: Object.fromEntries(some),
    saved: row?.saved,
    at: row?.at ?? [],
  };
}
