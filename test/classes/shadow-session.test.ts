import { expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import type { RolloutMode } from '../../src/strategy/rollout-types.ts';
import { breaksOff, failing, inPieces, json } from '../support/worker/origin.ts';
import { type Answer, type Asked, aClass, world } from '../support/worker/world.ts';
import { settledWith } from './shadowed.ts';

const REQUESTS = 2_000;

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One class of each kind. */
const classesIn = (mode: RolloutMode) => {
  const of = { rollout: { mode, shadowFills: '30%' }, ttl: '10m' } as const;
  const value = z.object({ of: z.string() });
  return [
    aClass({ ...of, writeThrough: 'store', maxBytes: 150_000 }),
    aClass({ ...of, name: 'mine', scope: 'user', access: 'user', tags: [] }),
    aClass({ ...of, name: 'page', scope: 'public', access: 'public', cacheControl: 'max-age=5' }),
    aClass({ ...of, name: 'loaded', read: 'cache-aside', staleWhileRevalidate: '1m' }),
    aClass({ ...of, name: 'right', consistency: 'strict', value }),
    aClass({ ...of, name: 'tagged', tagsFromAnswer: true, passHeaders: ['X-Total'] }),
  ];
};
const names = classesIn('off').map(({ name }) => name);

const large = 'x'.repeat(bounds.readFirstBytes);
/** What the origin says of an id, now and then something new. */
const replies = [
  (of: string) => json({ of }),
  (of: string) => json({ of, more: 'y'.repeat(5_000) }, { headers: { ETag: `"${of}"`, 'X-Total': '3' } }),
  (of: string) => json({ of }, { headers: { 'Cache-Tag': `kind-of-${of}`, 'Set-Cookie': 'a=b' } }),
  (of: string) => json({ of, text: 'z'.repeat(200_000) }),
  (of: string) => inPieces(['{"of":"', of, large, '"}'], { ETag: 'W/"in-pieces"' })(),
  (of: string) => inPieces([`{"of":"${of}"`, '}'])(),
  () => json({ error: 'gone' }, { status: 404 }),
  () => json({ error: 'wait' }, { status: 429, headers: { 'Retry-After': '7' } }),
  () => failing(500)(),
  () => failing(503, { 'Retry-After': '3' })(),
  () => failing(302, { Location: '/elsewhere' })(),
  () => breaksOff('{"of":')(),
];

interface Step extends Asked {
  readonly path: string;
  readonly reply: () => Response;
  readonly laterMs: number;
  readonly purges: boolean;
}

/** A session as it might be recorded: who asks for what, and how the origin answers. */
function session(): Step[] {
  const next = numbers(7);
  const pick = <T>(from: readonly T[]): T => from[next(from.length)]!;
  return Array.from({ length: REQUESTS }, (): Step => {
    const id = `r${next(4)}`;
    const name = pick(names);
    // Most answers are good, and most stay as they are.
    const reply = replies[next(10) < 8 ? Number(id.slice(1)) : next(replies.length)]!;
    const version = next(10) === 0 ? `v${next(3)}` : 'v0';
    const isWrite = name === 'report' && next(12) === 0;
    return {
      path: `/${name}/${id}`,
      as: pick(['ann@acme', 'ann@acme', 'bob@acme', 'ann@globex', null]),
      method: isWrite ? 'PATCH' : pick(['GET', 'GET', 'GET', 'HEAD']),
      ...(isWrite && { body: '{}' }),
      headers: {
        'Accept-Encoding': pick(['gzip', 'identity']),
        ...pick([{}, {}, { 'If-None-Match': '"v0"' }, { 'If-None-Match': '*' }, { Range: 'bytes=0-3' }]),
      },
      reply: () => reply(`${id}${version}`),
      laterMs: next(500),
      purges: next(40) === 0,
    };
  });
}

/** All that a client sees, but what is of this very request, and what says how it was answered. */
const seenOf = ({ status, headers, text }: Answer) => ({
  status,
  headers: [...headers].filter(([name]) => !['date', 'server-timing', 'cache-status'].includes(name)),
  text: text.replace(/urn:uuid:[0-9a-f-]+/, ''),
});

const saidOf = ({ method, url, headers }: Request) => [method, url, [...headers]];

async function play(mode: RolloutMode) {
  const { edge, origin, chance, clock, purge } = world(classesIn(mode), { as: null });
  const next = numbers(11);
  chance.random = () => next(1_000) / 1_000;
  const seen = [];
  for (const { path, reply, laterMs, purges, ...asked } of session()) {
    clock.advance(laterMs);
    if (purges) await purge(path.slice(1).replace('/', ':'));
    origin.on(`${asked.method === 'PATCH' ? 'PATCH' : 'GET'} ${path}`, reply);
    const before = origin.requests.length;
    const answer = await edge.ask(path, asked).then(seenOf, String);
    await settledWith(clock, edge);
    seen.push({ path, answer, sent: origin.requests.slice(before).map(saidOf) });
  }
  return { seen, trials: edge.isolate.tally.take(), counts: edge.isolate.meter.take().counts };
}

test('2,000 requests see the same in the shadow as where the classes are off, and the origin is asked the same', {
  timeout: 120_000,
}, async () => {
  const off = await play('off');
  const shadow = await play('shadow');
  for (const [i, it] of shadow.seen.entries()) expect([i, it]).toEqual([i, off.seen[i]]);
  // One each, but for who is refused before.
  const isRefused = ({ answer }: (typeof off.seen)[number]) =>
    typeof answer !== 'string' && answer.status === 401;
  for (const it of shadow.seen) expect([it.path, it.sent.length]).toEqual([it.path, isRefused(it) ? 0 : 1]);
  // Nothing is proved by what did not happen.
  expect(shadow.seen.filter(isRefused).length).toBeLessThan(REQUESTS / 2);
  const hits = shadow.trials.reduce((sum, { saved }) => sum + saved.hits, 0);
  const results = shadow.trials.map(({ compared }) => compared);
  expect(hits).toBeGreaterThan(200);
  for (const of of ['equal', 'differs'] as const)
    expect(
      results.reduce((sum, it) => sum + it[of], 0),
      of,
    ).toBeGreaterThan(50);
  for (const name of names) expect(shadow.counts.get(`fills|${name}|stored`), name).toBeGreaterThan(2);
  expect(off.trials).toEqual([]);
  for (const { counts } of [off, shadow]) for (const name of names) mustAddUp(counts, name);
});

/** As engine/count-read.ts has it. */
function mustAddUp(counts: ReadonlyMap<string, number>, name: string): void {
  const of = (id: string, label?: string) =>
    counts.get([id, name, ...(label === undefined ? [] : [label])].join('|')) ?? 0;
  const fetched = of('origin_fetches', 'miss') + of('origin_fetches', 'pass');
  const read = of('reads', 'miss') + of('reads', 'bypass') + of('reads', 'error');
  expect([name, fetched]).toEqual([name, read - of('collapsed') - of('unfetched') + of('fetches_in_vain')]);
  expect(of('origin_fetches', 'pass')).toBeGreaterThan(100);
  expect([of('origin_fetches', 'comparison'), of('origin_fetches', 'miss')]).toEqual([0, 0]);
}
