import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mirror } from './support/node/scripts.ts';
import { isHit, startWorld, type World } from './support/node/world.ts';

/**
 * Path confusion: what a key takes for one address and the origin for two lets an attacker store one page under the other.
 * So a stored answer must be the one that the asker's own path leads to.
 */
let world: World;
beforeAll(async () => {
  world = await startWorld(mirror);
});
afterAll(() => world.stop());

interface Seen {
  readonly target: string;
  readonly hit: boolean;
}

/** What the origin is asked for when a client asks for this. */
async function seenFor(world: World, path: string): Promise<Seen> {
  const answer = await world.send(`GET ${path}`);
  expect(answer.status, path).toBe(200);
  await world.settled();
  return { target: (answer.json() as { target: string }).target, hit: isHit(answer) };
}

/** The same, past whatever is stored: no two of these have one key. Whether a query is empty or absent it does not tell. */
async function wouldBeSeenFor(world: World, path: string): Promise<string> {
  asked += 1;
  const [, before, query = ''] = /^([^?]*)\??(.*)$/.exec(path)!;
  const { target, hit } = await seenFor(world, `${before}?${query === '' ? '' : `${query}&`}own=${asked}`);
  expect(hit).toBe(false);
  return target.replace(/[?&]own=\d+$/, '');
}
let asked = 0;

describe('two spellings of one address have one key, and the origin is asked in one spelling', () => {
  it.each([
    ['/letters', '/%6cetters'],
    ['/tilde~', '/tilde%7E'],
    ['/hyphen-', '/hyphen%2d'],
    ['/upper%2Fcase', '/upper%2fcase'],
    ['/dot', '/./dot'],
    ['/segment', '/x/../segment'],
    ['/encoded-segment', '/x/%2e%2E/encoded-segment'],
    ['/back/slash', '/back\\slash'],
    ['/fragment', '/fragment#x'],
  ])('%s and %s', async (plain, other) => {
    const first = await seenFor(world, other);
    const second = await seenFor(world, plain);
    expect(second).toEqual({ target: first.target, hit: true });
    expect(await wouldBeSeenFor(world, plain)).toBe(first.target);
  });
});

it('an empty query and none are one address for both, or two', async () => {
  await seenFor(world, '/empty-a');
  const after = await seenFor(world, '/empty-a?');
  const alone = await seenFor(world, '/empty-b?');
  expect(after.target).toBe(alone.target.replace('-b', '-a'));
});

describe('what origins may tell apart has two keys', () => {
  it.each([
    ['/a/b', '/a//b'],
    ['/a/c', '/a%2Fc'],
    ['/a/d', '/a/d/'],
    ['/a/e', '/A/e'],
    ['/a/f', '/a/f%00'],
    ['/a/g?', '/a/g%3F'],
    ['/a/h', '/a/h;x'],
    ['/a%2Fi', '/a%252Fi'],
    ['/a/j?x=1', '/a/j?x=%31'],
    ['/a/k?x=1&y=2', '/a/k?y=2&x=1'],
    ['/a/l?x=1', '/a/l?x=1&x=1'],
    ['/a/m+n', '/a/m%20n'],
    ['/a/o%0A', '/a/o'],
    ['/a/p.', '/a/p'],
    ['/a/q%E9', '/a/q%C3%A9'],
  ])('%s and %s', async (one, other) => {
    const first = await seenFor(world, one);
    const second = await seenFor(world, other);
    expect(second).toEqual({ target: await wouldBeSeenFor(world, other), hit: false });
    expect(second.target).not.toBe(first.target);
  });
});

it('addresses whose keys are cut have two as well', async () => {
  const long = `/${'long/'.repeat(200)}`;
  for (const path of [`${long}a`, `${long}b`])
    expect(await seenFor(world, path)).toEqual({ target: path, hit: false });
});

describe('what the platform makes of a character that a URL should have encoded, as docs/proxy.md says', () => {
  /** Its status, and where the origin was asked: both with the character as it is, on a raw connection. */
  async function rawly(target: string) {
    const before = world.asked.length;
    const fields = ['Host: edge.example', 'Connection: close', 'Cache-Control: no-store'];
    const answer = await world.raw([`GET ${target} HTTP/1.1`, ...fields, '', ''].join('\r\n'));
    await world.settled();
    return { status: answer.split(' ')[1], asked: world.asked.slice(before).map((it) => it.target) };
  }

  it.each([
    ["/raw'path", "/raw'path"],
    ["/raw?'", '/raw?%27'],
    ['/raw"path', '/raw%22path'],
    ['/raw^path', '/raw%5Epath'],
    ['/raw{path}', '/raw%7Bpath%7D'],
    ['/raw|[path]', '/raw|[path]'],
    ['/raw?[`{|}^\\]', '/raw?[`{|}^\\]'],
  ])('%s is asked for as %s', async (target, asked) => {
    expect(await rawly(target)).toEqual({ status: '200', asked: [asked] });
  });

  it.each([
    '/raw`',
    '/raw<',
    '/raw>',
    '/raw?"',
    '/raw?<',
    '/raw?>',
    '/raw é',
    '/raw\t',
    '/raw?\x7f',
    '/raw?\xe9',
  ])('%j is refused with 400, and nobody is asked', async (target) => {
    expect(await rawly(target)).toEqual({ status: '400', asked: [] });
  });

  it("one entry has both spellings: ?q=' and ?q=%27", async () => {
    await seenFor(world, '/quoted?q=%27');
    expect(await seenFor(world, "/quoted?q='")).toEqual({ target: '/quoted?q=%27', hit: true });
  });
});

/** Asks for random paths, each twice: plainly, and so that the answer cannot be a stored one. Gives the number of hits. */
async function askAround(world: World): Promise<number> {
  const pieces = `
    a A b . .. / // \\ ; @ : % ! ~ + , & = # ? x=1 %61 %41 %2e %2E %2f %2F %5c %25 %2561 %252f %00 %3f %3F %23 %20
    %0a %7e %7E %zz %2 %c3%a9 %C3%A9 %e9 @vary %40vary :@vary: :accept:
  `;
  const piece = fc.constantFrom(...pieces.trim().split(/\s+/));
  const path = fc.array(piece, { minLength: 0, maxLength: 6 }).map((them) => `/${them.join('')}`);
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(path, path, async (one, other) => {
      for (const it of [one, other]) {
        const { target, hit } = await seenFor(world, it);
        if (hit) hits += 1;
        // A fragment is the client's own; behind it nothing is sent.
        if (!it.includes('#'))
          expect(target.replace(/^([^?]*)\?$/, '$1')).toBe(await wouldBeSeenFor(world, it));
      }
    }),
    { numRuns: 500 },
  );
  return hits;
}

it('a hit is never what another path leads to', async () => {
  expect(await askAround(world)).toBeGreaterThan(50);
});

it('finds the hits of a careless cache that are', async () => {
  const careless = await startWorld(mirror, { cache: 'careless' });
  await expect(askAround(careless)).rejects.toThrow('Property failed');
  await careless.stop();
});
