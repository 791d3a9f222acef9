import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sent } from '../scenarios/support/http.ts';
import { mirror } from './support/node/scripts.ts';
import { batchesOf, isToken, markerOf, paramWords, wordsIn } from './support/node/words.ts';
import { inTurns, isHit, shown, startWorld, type World } from './support/node/world.ts';

/**
 * Web cache poisoning by parameters: an attacker puts them where a key may not look, and hopes that the origin looks there.
 * In a query they are in the key, and belong to its own page only.
 */
const words = paramWords();
type Pairs = readonly (readonly [name: string, value: string])[];

interface Placed extends Sent {
  /** After the page's path. */
  readonly path?: string;
}

const form = (pairs: Pairs) => new URLSearchParams(pairs.map(([...pair]) => pair)).toString();
const joined = (pairs: Pairs, by: string) => pairs.map((pair) => pair.join('=')).join(by);

/** Stored for the page itself, if the cache is right: then what is stored must be as if nothing had been sent. */
const unkeyed: Record<string, (pairs: Pairs) => Placed> = {
  'a form in the body of a GET': (pairs) => ({
    body: form(pairs),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }),
  'JSON in the body of a GET': (pairs) => ({
    body: JSON.stringify(Object.fromEntries(pairs)),
    headers: { 'Content-Type': 'application/json' },
  }),
};
/** But for those with which nothing is stored. */
const asFields = {
  'request fields': (pairs: Pairs): Placed => ({
    headers: Object.fromEntries(pairs.filter(([name]) => !unstored.includes(name.toLowerCase()))),
  }),
};
const unstored = ['authorization', 'cookie', 'range'];
/** Of another key, or of none. */
const elsewhere: Record<string, (pairs: Pairs) => Placed> = {
  cookies: (pairs) => ({ headers: { Cookie: joined(pairs, '; ') } }),
  'matrix parameters': (pairs) => ({ path: `;${joined(pairs, ';')}` }),
  'segments of the path': (pairs) => ({ path: `/${joined(pairs, '/')}` }),
  'the query': (pairs) => ({ path: `?${joined(pairs, '&')}` }),
  'the query, parted by semicolons': (pairs) => ({ path: `?${joined(pairs, ';')}` }),
  'an encoded query': (pairs) => ({ path: `%3F${joined(pairs, '&')}` }),
};

interface Found {
  readonly harmful: readonly string[];
  /** Of the other client's answers. */
  readonly hits: number;
}

/** A page for each batch; all attacks come first. */
async function attack(world: World, place: (pairs: Pairs) => Placed): Promise<Found> {
  attacks += 1;
  const pageOf = (at: number) => `/page-${attacks}-${at}`;
  const pairs = words.map((word, index) => [word, markerOf(index)] as const);
  const batches = batchesOf(pairs, 80);
  await inTurns(batches, (batch, at) => {
    const { path = '', ...sent } = place(batch);
    return world.send(`GET ${pageOf(at)}${path}`, sent);
  });
  await world.settled();
  const clean = JSON.stringify(shown(await world.send('GET /clean'), '/clean'));
  const harmful: string[] = [];
  let hits = 0;
  await inTurns(batches, async (batch, at) => {
    const answer = await world.send(`GET ${pageOf(at)}`);
    const marked = wordsIn(JSON.stringify([answer.text, answer.headers]), words);
    const same = JSON.stringify(shown(answer, pageOf(at))) === clean;
    harmful.push(...(marked.length > 0 || same ? marked : batch.map(([word]) => word)));
    if (isHit(answer)) hits += 1;
  });
  return { harmful, hits };
}

/** No attack meets a page of another. */
let attacks = 0;

const pages = Math.ceil(words.length / 80);

it('has 6527 words, each of which can be a field, a cookie or a part of a path', () => {
  expect(words).toHaveLength(6_527);
  expect(words.filter((word) => !isToken(word) || !/^[\w.-]+$/.test(word))).toEqual([]);
});

describe('a careless cache', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(mirror, { cache: 'careless' });
  });
  afterAll(() => world.stop());

  it.each(Object.entries({ ...unkeyed, ...asFields, cookies: elsewhere['cookies']! }))(
    'is harmed by %s',
    async (_, place) => {
      const { harmful, hits } = await attack(world, place);
      expect(hits).toBe(pages);
      expect(harmful.length).toBeGreaterThan(6_400);
    },
  );
});

describe.each(['all', 'keyed'] as const)('inputs: %s', (cache) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(mirror, { cache });
  });
  afterAll(() => world.stop());

  it.each(Object.entries({ ...unkeyed, ...(cache === 'keyed' && asFields) }))(
    'no word in %s changes what another client gets',
    async (_, place) => {
      expect(await attack(world, place)).toEqual({ harmful: [], hits: pages });
    },
  );

  it.each(Object.entries(elsewhere))('no word in %s changes the plain page', async (_, place) => {
    expect(await attack(world, place)).toEqual({ harmful: [], hits: 0 });
  });
});
