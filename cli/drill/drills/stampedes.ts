import { bounds } from '../bounds.ts';
import type { Drill, Stage } from '../drill.ts';

async function stampedeOf(size: number, { edge, canary, one }: Stage) {
  const path = `${canary}/${edge.probe('slow')}`;
  const answers = await Promise.all(Array.from({ length: size }, () => edge.canary(path, one)));
  const fetched = new Set(answers.map(({ nonce }) => nonce)).size;
  return {
    figure: fetched,
    bound: 1,
    why: `values that ${size} requests at once for one missing entry were given: each is a fetch`,
  };
}

export const stampede: Drill = {
  name: 'stampede',
  shows: `${bounds.stampede} requests at once for a missing entry come to one fetch`,
  run: (stage) => stampedeOf(bounds.stampede, stage),
};

export const largeStampede: Drill = {
  name: 'large-stampede',
  shows: `${bounds.largeStampede} requests at once for a missing entry come to one fetch`,
  disturbs: `${bounds.largeStampede} requests at once`,
  run: (stage) => stampedeOf(bounds.largeStampede, stage),
};
