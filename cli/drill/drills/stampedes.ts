import { bounds } from '../bounds.ts';
import { type Drill, Skipped, type Stage } from '../drill.ts';

/** How long the fetch takes that all of them come to. */
const FETCH_MS = 400;

async function stampedeOf(size: number, { edge, canary, one }: Stage) {
  const path = `${canary}/${edge.probe(FETCH_MS)}`;
  const answers = await Promise.all(Array.from({ length: size }, () => edge.canaryOrTurnedAway(path, one)));
  const served = answers.filter((it) => it !== null);
  // Where Redis does not answer in time, nobody knows of the others: the bulkhead alone bounds the fetches.
  const withRedis = served.filter(({ cacheStatus }) => !/detail=store-/.test(cacheStatus));
  const notes = [
    [size - served.length, 'were turned away (503, Retry-After)'],
    [served.length - withRedis.length, 'were fetched for alone, since Redis did not answer in time'],
  ].flatMap(([count, of]) => (count === 0 ? [] : [`; ${count} ${of}`]));
  if (withRedis.length === 0) throw new Skipped(`of ${size} requests at once${notes.join('').slice(1)}`);
  return {
    figure: new Set(withRedis.map(({ nonce }) => nonce)).size,
    bound: 1,
    why: `values that ${size} requests at once for one missing entry were given: each is a fetch${notes.join('')}`,
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
