import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { byHand } from '../support/worker/origin.ts';
import type { TestEdge } from '../support/worker/world.ts';
import { LETTERS, range, ranged, rangedWorld, short, tagged } from './ranged.ts';
import { ask, get } from './support.ts';

const NEWER = '0123456789';
const older = { ...tagged, 'Cache-Control': 'max-age=60, stale-while-revalidate=60' };
const newer = { ...tagged, ETag: '"b"' };

/** The origin's answer to the next request, which stands there until it is let go; those after it are answered as `now` says. */
function heldNext(
  { origin }: Pick<ReturnType<typeof rangedWorld>, 'origin'>,
  held: (request: Request) => Response,
  now: (request: Request) => Response,
) {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  origin.on('/a', async (request: Request) => {
    origin.on('/a', now);
    arrived.resolve();
    await gate.promise;
    return held(request);
  });
  return { arrived: arrived.promise, letGo: () => gate.resolve() };
}

/** Nobody has a lease of it any more: after a purge both kinds are stored at once. */
async function expectNoLease({ clock, anotherEdge, purge }: ReturnType<typeof rangedWorld>): Promise<void> {
  await purge('uri:/a');
  clock.advance(1_500);
  expect((await range(anotherEdge(), '0-1')).cacheStatus).toMatch(/; stored/);
  expect((await get(anotherEdge(), '/a')).cacheStatus).toMatch(/; stored/);
}

const askRange = (edge: TestEdge, bytes: string) => ask(edge, '/a', { headers: { Range: `bytes=${bytes}` } });

/** How a range comes to be all of it. */
const waysToAll = [
  { way: 'the rest of a part', first: '0-4', bytes: '5-9', reply: ranged(LETTERS, older) },
  { way: 'all of it', first: undefined, bytes: '0-9', reply: ranged(LETTERS, older) },
  { way: 'a part that overlaps', first: '3-9', bytes: '0-6', reply: ranged(LETTERS, older) },
  // It knows no ranges.
  {
    way: 'all of it instead',
    first: undefined,
    bytes: '5-9',
    reply: () => new Response(LETTERS, { headers: older }),
  },
] as const;

describe.each(waysToAll)('$way, that comes late', ({ first, bytes, reply }) => {
  const begun = async (now = ranged(NEWER, newer)) => {
    const made = rangedWorld();
    if (first) await range(made.edge, first);
    const held = heldNext(made, reply, now);
    const late = askRange(made.edge, bytes);
    await held.arrived;
    const end = async () => {
      held.letGo();
      const { text } = await late;
      await made.edge.settled();
      return text;
    };
    return { made, ...made, end };
  };
  const came = LETTERS.slice(Number(bytes.split('-')[0]), Number(bytes.split('-')[1]) + 1);

  test.each([0, 1])(
    'does not take the place of what was stored meanwhile, here or elsewhere (%s)',
    async (by) => {
      const { made, edge, anotherEdge, end } = await begun();
      const edges = [edge, anotherEdge()];
      expect(short(await ask(edges[by]!, '/a'))).toBe(`200 ${NEWER} fwd=uri-miss; stored`);
      expect(await end()).toBe(came);
      for (const one of [...edges, anotherEdge()]) {
        expect(short(await get(one, '/a'))).toBe(`200 ${NEWER} hit`);
        expect(short(await range(one, '2-3'))).toBe('206 23 hit');
      }
      await expectNoLease(made);
    },
  );

  test('nor after a soft purge in between, which the newer one is later than', async () => {
    const { clock, edge, anotherEdge, purge, end } = await begun();
    const other = anotherEdge();
    await purge('uri:/a', 'soft');
    clock.advance(1_500);
    await get(other, '/a');
    expect(await end()).toBe(came);
    clock.advance(1_500);
    for (const one of [edge, other, anotherEdge()])
      expect(short(await get(one, '/a'))).toBe(`200 ${NEWER} hit`);
  });

  test('nor of a newer one that is stale by now', async () => {
    const brief = { ...newer, 'Cache-Control': 'max-age=1, stale-while-revalidate=60' };
    const { clock, edge, anotherEdge, end } = await begun(ranged(NEWER, brief));
    await get(anotherEdge(), '/a');
    clock.advance(2_000);
    expect(await end()).toBe(came);
    for (const one of [edge, anotherEdge()]) expect(short(await get(one, '/a'))).toBe(`200 ${NEWER} hit`);
  });

  test('nor of one that is being fetched', async () => {
    const { made, origin, edge, anotherEdge, end } = await begun();
    const held = origin.hold('/a');
    const reading = ask(anotherEdge(), '/a');
    await held.arrived();
    expect(await end()).toBe(came);
    held.answer(ranged(NEWER, newer));
    expect(short(await reading)).toBe(`200 ${NEWER} fwd=uri-miss; stored`);
    await edge.settled();
    for (const one of [edge, anotherEdge()]) {
      expect(short(await get(one, '/a'))).toBe(`200 ${NEWER} hit`);
      expect(short(await range(one, '2-3'))).toBe('206 23 hit');
    }
    await expectNoLease(made);
  });

  test('is nothing that a purge since its own lease has not seen', async () => {
    const { made, edge, anotherEdge, purge, end } = await begun();
    await purge('uri:/a');
    expect(await end()).toBe(came);
    for (const one of [edge, anotherEdge()]) expect((await get(one, '/a')).text).toBe(NEWER);
    await expectNoLease(made);
  });

  test('is stale from the first soft purge since its own lease', async () => {
    const { clock, anotherEdge, purge, end } = await begun();
    await purge('uri:/a', 'soft');
    clock.advance(1_500);
    expect(await end()).toBe(came);
    const other = anotherEdge();
    expect((await get(other, '/a')).cacheStatus).toMatch(/; hit; ttl=-/);
    expect(short(await get(other, '/a'))).toBe(`200 ${NEWER} hit`);
  });

  test('is stored where nobody came before, and gives both leases back', async () => {
    const { made, edge, anotherEdge, end } = await begun();
    edge.redis.took();
    expect(await end()).toBe(came);
    expect(edge.redis.took().sort()).toEqual(['fill', 'lease', 'release']);
    expect(short(await get(anotherEdge(), '/a'))).toBe(`200 ${LETTERS} hit`);
    await expectNoLease(made);
  });

  test.each(['lease', 'fill', 'release'] as const)(
    'while Redis does not answer a %s: nobody is kept from it',
    async (verb) => {
      const { clock, edge, anotherEdge, end } = await begun();
      edge.redis.fail(verb);
      expect(await end()).toBe(came);
      edge.redis.heal();
      clock.advance(12_000);
      const text = verb === 'release' ? LETTERS : NEWER;
      expect((await get(anotherEdge(), '/a')).text).toBe(text);
    },
  );
});

describe('a part that has become complete and may not take the place', () => {
  test('is kept as a part, and answers ranges while the other is fetched', async () => {
    const made = rangedWorld();
    const { origin, edge, anotherEdge } = made;
    await range(edge, '0-4');
    const held = origin.hold('/a');
    const reading = ask(anotherEdge(), '/a');
    await held.arrived();
    origin.on('/a', ranged(LETTERS));
    expect(short(await range(edge, '5-9'))).toBe('206 fghij fwd=partial; stored');
    expect(short(await range(anotherEdge(), '3-6'))).toBe('206 defg hit');
    held.answer(ranged(NEWER, newer));
    expect((await reading).text).toBe(NEWER);
    await edge.settled();
    expect(short(await get(anotherEdge(), '/a'))).toBe(`200 ${NEWER} hit`);
  });

  test('streams to its client all the same', async () => {
    const made = rangedWorld();
    const { clock, edge, anotherEdge } = made;
    await range(edge, '0-4');
    const slow = byHand({ ...tagged, 'Content-Range': 'bytes 5-9/10' });
    const streamed = ({ body, headers }: Response) => new Response(body, { status: 206, headers });
    const held = heldNext(made, () => streamed(slow.reply()), ranged(NEWER, newer));
    const late = askRange(edge, '5-9');
    await held.arrived;
    held.letGo();
    slow.write('fg');
    await clock.asleep(1, sleeps.firstBytes);
    clock.advance(60);
    await get(anotherEdge(), '/a');
    slow.write('hij');
    slow.end();
    expect((await late).text).toBe('fghij');
    await edge.settled();
    for (const one of [edge, anotherEdge()]) expect(short(await get(one, '/a'))).toBe(`200 ${NEWER} hit`);
  });
});
