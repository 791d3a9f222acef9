import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNeverSent } from '../../src/http/request-headers.ts';
import { framework, overridingNames } from './support/node/scripts.ts';
import { type HeaderWord, headerWords, isToken, markerOf, wordsIn } from './support/node/words.ts';
import { inTurns, isHit, shown, startWorld, type World } from './support/node/world.ts';

/**
 * Web cache poisoning: an attacker asks for a page with a field that no key knows, and hopes that what the origin makes of
 * it is stored for everybody who asks without.
 */
const words = headerWords();
const names = words.map(({ name }) => name);

interface Found {
  /** Words that changed what another client got. */
  readonly harmful: readonly string[];
  /** Words with which nothing was stored, so that the other client's answer says little. */
  readonly unstored: readonly string[];
}

/** A page for each word; all attacks come first. */
async function attack(world: World, tried: readonly HeaderWord[]): Promise<Found> {
  attacks += 1;
  const pageOf = (at: number) => `/page-${attacks}-${at}`;
  await inTurns(tried, (word, at) => sendWith(world, pageOf(at), word, at));
  await world.settled();
  const clean = JSON.stringify(shown(await world.send('GET /clean'), '/clean'));
  const harmful: string[] = [];
  const unstored: string[] = [];
  await inTurns(tried, async ({ name }, at) => {
    const answer = await world.send(`GET ${pageOf(at)}`);
    const marked = wordsIn(
      JSON.stringify([answer.text, answer.headers]),
      tried.map((it) => it.name),
    );
    if (marked.length > 0 || JSON.stringify(shown(answer, pageOf(at))) !== clean) harmful.push(name);
    if (!isHit(answer)) unstored.push(name);
  });
  return { harmful: harmful.sort(), unstored: unstored.sort() };
}

/** No attack meets a page of another. */
let attacks = 0;

/** In bytes: no client would send some of these. */
function sendWith(world: World, page: string, { name, value }: HeaderWord, at: number) {
  const own = { host: 'edge.example' };
  const fields = Object.entries({ ...own, [name]: value(markerOf(at)) }).map((it) => it.join(': '));
  return world.raw([`GET ${page} HTTP/1.1`, ...fields, '', ''].join('\r\n'));
}

const wordOf = (name: string): HeaderWord => ({ name, value: (marker) => marker });
/** RFC 3875 §4.1.18: what CGI, and all that follows it, takes for the same name. */
const underscored = (name: string) => name.replaceAll('-', '_');

/** What workerd refuses with such a value, what identifies a client, and what asks for less than the whole. */
const notStored = [
  ...['authorization', 'content-length', 'cookie', 'host', 'if-match', 'if-unmodified-since', 'range'],
  ...['transfer-encoding', 'x-access-token', 'x-api-key', 'x-auth-token'],
];

it('has 1210 names, all of them tokens', () => {
  expect(words).toHaveLength(1210);
  expect(names.filter((name) => !isToken(name))).toEqual([]);
});

it('a careless cache is harmed by nearly all words', async () => {
  const world = await startWorld(framework, { cache: 'careless' });
  const { harmful } = await attack(world, words);
  await world.stop();
  expect(harmful.length).toBeGreaterThan(1_150);
});

describe('inputs: keyed', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(framework, { cache: 'keyed' });
  });
  afterAll(() => world.stop());

  it('no word changes what another client gets', async () => {
    const { harmful, unstored } = await attack(world, words);
    expect(harmful).toEqual([]);
    expect(unstored).toEqual(notStored);
  });
});

describe('inputs: all', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(framework);
  });
  afterAll(() => world.stop());

  /** Those whose values, as attackers sent them, the origin saw. */
  function reached(tried: readonly string[]): string[] {
    const isMarked = ([, value]: [string, unknown]) => /mark\d+x/.test(String(value));
    const seen = world.asked.flatMap(({ headers }) => Object.entries(headers).filter(isMarked));
    const them = new Set(seen.map(([name]) => name));
    return tried.filter((name) => them.has(name)).sort();
  }

  it.each([
    ['fields that are never sent', names.filter(isNeverSent)],
    ['fields that override the request', overridingNames],
    ['fields that CGI takes for these', overridingNames.map(underscored)],
  ])('%s do not reach the origin, and change nothing', async (_, tried) => {
    const { harmful } = await attack(world, tried.map(wordOf));
    expect({ harmful, reached: reached(tried) }).toEqual({ harmful: [], reached: [] });
  });
});
