import { bounds } from './bounds.ts';
import type { QStashClock } from './clock.ts';
import type { FlowLimit } from './flow-limit.ts';

export interface FlowControl {
  /**
   * Calls `start` as soon as the key's limits allow, in order of arrival; who was started calls `leave` at its end.
   * Returns undefined when that was at once, as it always is without limits, else how to leave the line.
   */
  enter(limit: FlowLimit | undefined, start: Start): (() => void) | undefined;
}

type Start = (leave: () => void) => void;

interface Lane {
  /** As the newest message has it. */
  limit: FlowLimit;
  active: number;
  /** Of the present period: its begin, and how many were started in it. */
  periodStart: number;
  started: number;
  readonly line: Start[];
  /** Cancels the wait for the next period, while somebody waits for it. */
  stopWaiting: (() => void) | undefined;
}

export function createFlowControl(clock: QStashClock): FlowControl {
  const lanes = new Map<string, Lane>();

  return {
    enter(limit, start) {
      if (!limit) {
        start(() => {});
        return undefined;
      }
      const lane = laneOf(limit);
      lane.line.push(start);
      advance(lane);
      if (!lane.line.includes(start)) return undefined;
      return () => {
        const place = lane.line.indexOf(start);
        if (place >= 0) lane.line.splice(place, 1);
        advance(lane);
      };
    },
  };

  function laneOf(limit: FlowLimit): Lane {
    const known = lanes.get(limit.key);
    if (known) {
      known.limit = limit;
      return known;
    }
    if (lanes.size >= bounds.flowKeys) {
      const idle = [...lanes].find(([, { active, line }]) => active === 0 && line.length === 0);
      if (idle) lanes.delete(idle[0]);
    }
    const lane = { limit, active: 0, periodStart: 0, started: 0, line: [], stopWaiting: undefined };
    lanes.set(limit.key, lane);
    return lane;
  }

  function advance(lane: Lane): void {
    while (lane.line.length > 0 && lane.active < (lane.limit.parallelism ?? Number.POSITIVE_INFINITY)) {
      if (!inRate(lane)) {
        waitForNextPeriod(lane);
        return;
      }
      lane.active += 1;
      lane.started += 1;
      lane.line.shift()!(() => {
        lane.active -= 1;
        advance(lane);
      });
    }
    if (lane.line.length === 0) stopWaiting(lane);
  }

  function inRate(lane: Lane): boolean {
    const now = clock.now();
    if (now >= lane.periodStart + lane.limit.periodMs) {
      lane.periodStart = now;
      lane.started = 0;
    }
    return lane.started < (lane.limit.rate ?? Number.POSITIVE_INFINITY);
  }

  function waitForNextPeriod(lane: Lane): void {
    lane.stopWaiting ??= clock.at(lane.periodStart + lane.limit.periodMs, () => {
      lane.stopWaiting = undefined;
      advance(lane);
    });
  }

  function stopWaiting(lane: Lane): void {
    lane.stopWaiting?.();
    lane.stopWaiting = undefined;
  }
}
