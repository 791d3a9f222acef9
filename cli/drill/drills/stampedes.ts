import { bounds } from '../bounds.ts';
import type { Drill, Stage } from '../drill.ts';

async function stampedeOf(size: number, bound: number, { edge, canary, one }: Stage) {
  const path = `${canary}/${edge.probe('slow')}`;
  const answers = await Promise.all(Array.from({ length: size }, () => edge.canaryOrTurnedAway(path, one)));
  const served = answers.filter((it) => it !== null);
  const away = size - served.length;
  return {
    figure: new Set(served.map(({ nonce }) => nonce)).size,
    bound,
    why: `values that ${size} requests at once for one missing entry were given: each is a fetch${away > 0 ? `; ${away} were turned away (503, Retry-After)` : ''}`,
  };
}

export const stampede: Drill = {
  name: 'stampede',
  shows: `${bounds.stampede} requests at once for a missing entry come to one fetch`,
  run: (stage) => stampedeOf(bounds.stampede, 1, stage),
};

export const largeStampede: Drill = {
  name: 'large-stampede',
  shows: `${bounds.largeStampede} requests at once for a missing entry come to ${bounds.largeStampedeFetches} fetches at most`,
  disturbs: `${bounds.largeStampede} requests at once`,
  run: (stage) => stampedeOf(bounds.largeStampede, bounds.largeStampedeFetches, stage),
};
