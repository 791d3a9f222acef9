import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { describeWithRedis } from '../support/redis.ts';
import type { Guard } from './support/guards.ts';
import { memoryWorld, type RedisWorld, redisWorld, type Said, type World } from './support/world.ts';

/** Beyond every trust window of these classes. */
const BEYOND_L1 = 1_500;

/** A scenario over at least two isolates: 0 and 1. Rejects with `ServedPurged` when an answer is what it must never be. */
type Race<W extends World> = (world: W) => Promise<void>;

class ServedPurged extends Error {}

function mustSay(said: Said, value: string): void {
  if (said.value !== value)
    throw new ServedPurged(`read ${said.value} instead of ${value}: ${said.cacheStatus}`);
}

/** What a read that begins now must say, in whichever isolate, when all background work is done. */
async function everyoneReads(world: World, path: string, value: string): Promise<void> {
  await world.settled();
  await world.advance(BEYOND_L1);
  // The other one first: what is wrong in the store would be mended by the isolate that knows better.
  for (const edge of [1, 0]) mustSay(await world.get(edge, path), value);
}

/** A fetch is under way, its data read, when they change and the change is purged. */
async function purgeDuringFetch(
  world: World,
  path: string,
  origin: string,
  tag: string,
  headers: Record<string, string> = {},
  tenant?: null,
): Promise<void> {
  world.origin.set(origin, 'old', headers);
  const held = world.origin.hold(origin);
  const reading = world.get(0, path);
  await held.reached;
  world.origin.set(origin, 'new', headers);
  await world.purge(tag, 'hard', tenant);
  held.release();
  expect((await reading).value).toBe('old'); // it began before the purge
  await everyoneReads(world, path, 'new');
}

const declaredTag: Race<World> = (world) => purgeDuringFetch(world, '/doc/a', '/docs/a', 'doc:a');
const lateTag: Race<World> = (world) =>
  purgeDuringFetch(world, '/named/a', '/named/a', 'shelf:7', { 'Cache-Tag': 'shelf:7' });
const strictClass: Race<World> = (world) => purgeDuringFetch(world, '/strict/a', '/strict/a', 'strict:a');

/** A stale answer is refreshed in the background while the data change and the change is purged. */
const backgroundRefresh: Race<World> = async (world) => {
  world.origin.set('/swr/a', 'oldest');
  await world.get(0, '/swr/a');
  await world.advance(11_000);
  world.origin.set('/swr/a', 'old');
  const held = world.origin.hold('/swr/a');
  expect((await world.get(0, '/swr/a')).cacheStatus).toMatch(/hit; ttl=-/);
  await held.reached;
  world.origin.set('/swr/a', 'new');
  await world.purge('swr:a');
  held.release();
  await everyoneReads(world, '/swr/a', 'new');
};

/** A request that begins after the purge finds, in its own isolate, a fetch that began before it. */
async function joinAFlight<W extends World>(
  world: W,
  askBoth: (world: W) => Promise<Promise<Said>[]>,
): Promise<void> {
  world.origin.set('/docs/a', 'old');
  const held = world.origin.hold('/docs/a');
  const before = world.get(0, '/doc/a');
  await held.reached;
  world.origin.set('/docs/a', 'new');
  await world.purge('doc:a');
  const after = await askBoth(world);
  held.release();
  await before;
  for (const said of await Promise.all(after)) mustSay(said, 'new');
}

const joiningAFlight: Race<World> = (world) =>
  joinAFlight(world, async () => {
    const after = [world.get(0, '/doc/a'), world.get(1, '/doc/a')];
    // They come to their lease before this later one is answered: the flight is still there when they look for one.
    for (const edge of [0, 1]) await world.get(edge, '/doc/unrelated');
    return after;
  });

/** The same, where it is known that Redis has answered both leases while the flight is under way. */
const joiningAFlightOverRedis: Race<RedisWorld> = (world) =>
  joinAFlight(world, async () => {
    const leases = [world.hold('after', 'lease'), world.hold('after', 'lease')];
    const after = [world.get(0, '/doc/a'), world.get(1, '/doc/a')];
    for (const lease of leases) await lease.reached;
    for (const lease of leases) lease.release();
    // Its own three round trips begin after the leases were sent off: they have arrived when it is answered.
    for (const edge of [0, 1]) await world.get(edge, '/doc/unrelated');
    return after;
  });

/** What is stored, and kept in both isolates, is purged. */
const purgeOfWhatIsKept: Race<World> = async (world) => {
  world.origin.set('/docs/a', 'old');
  for (const edge of [0, 1]) await world.get(edge, '/doc/a');
  world.origin.set('/docs/a', 'new');
  await world.purge('doc:a');
  await everyoneReads(world, '/doc/a', 'new');
};

/** The write that the origin committed first is answered last. */
const overtaken =
  (path: string): Race<World> =>
  async (world) => {
    world.origin.set('/docs/a', 'zero');
    await world.get(0, '/doc/a');
    const held = world.origin.hold('/docs/a');
    const first = world.patch(0, path, 'one');
    await held.reached;
    await world.patch(1, path, 'two');
    held.release();
    // The origin's answer to the first write shows what it wrote, not what overtook it.
    expect((await first).value).toBe('one');
    await everyoneReads(world, '/doc/a', 'two');
  };
const overtakenWrite = overtaken('/doc/a');
/** The same, where each write comes to an event that purges its own tag softly. */
const overtakenEvent = overtaken('/told/a');

/** A list is fetched, its data read, when what it shows is written elsewhere: the write's event purges the list. */
const eventDuringFetch =
  (path: string, origin: string, headers: Record<string, string>): Race<World> =>
  async (world) => {
    await world.get(1, '/http/other'); // public data's `last` is there
    world.origin.set(origin, 'old', headers);
    const held = world.origin.hold(origin);
    const reading = world.get(0, path);
    await held.reached;
    world.origin.set(origin, 'new', headers);
    await world.patch(1, '/told/a', 'an item');
    held.release();
    expect((await reading).value).toBe('old'); // it began before the write
    await everyoneReads(world, path, 'new');
  };
const eventOfAList = eventDuringFetch('/shelved/a/one', '/shelves/a/one', {});
const eventOfAStrictList = eventDuringFetch('/strict/a', '/strict/a', {});

/** A holder whose lease ran out long ago fills after another has filled. */
async function lateFill(world: World, endLease: () => Promise<void>): Promise<void> {
  world.origin.set('/docs/a', 'old');
  const held = world.origin.hold('/docs/a');
  const slow = world.get(0, '/doc/a');
  await held.reached;
  await endLease();
  world.origin.set('/docs/a', 'new');
  expect((await world.get(1, '/doc/a')).value).toBe('new');
  await world.settled(1);
  await world.get(1, '/doc/unrelated'); // where all isolates settle together: its fill has ended before this
  held.release();
  await slow;
  await world.settled();
  mustSay(await world.get(2, '/doc/a'), 'new'); // an isolate that knows only what the store holds
}

const lateFillOverRedis: Race<RedisWorld> = (world) =>
  lateFill(world, async () => {
    for (const lock of await world.keys('lock:doc:*')) await world.command('DEL', lock);
  });
const lateFillInMemory: Race<World> = (world) => lateFill(world, () => world.advance(bounds.leaseMs));

/** A lookup's reply is on its way while its own isolate writes. */
const replyDuringWrite: Race<RedisWorld> = async (world) => {
  world.origin.set('/docs/a', 'old');
  await world.get(1, '/doc/a');
  const reply = world.hold('after', 'lookup');
  const reading = world.get(0, '/doc/a');
  await reply.reached;
  await world.patch(0, '/doc/a', 'new');
  reply.release();
  await reading;
  mustSay(await world.get(0, '/doc/a'), 'new'); // a writer reads its own write at once
  await everyoneReads(world, '/doc/a', 'new');
};

/** A purge lands between LEASE's reply and FILL, at the last moment: when FILL is on its way. */
const purgeBeforeFill: Race<RedisWorld> = async (world) => {
  world.origin.set('/docs/a', 'old');
  const fill = world.hold('before', 'fill');
  await world.get(0, '/doc/a');
  await fill.reached;
  world.origin.set('/docs/a', 'new');
  await world.purge('doc:a');
  fill.release();
  await everyoneReads(world, '/doc/a', 'new');
};

const forAll = { 'Cache-Control': 'public, max-age=600' };
const httpUri: Race<World> = (world) =>
  purgeDuringFetch(world, '/http/a', '/http/a', 'uri:/http/a', forAll, null);
const httpTag: Race<World> = (world) =>
  purgeDuringFetch(world, '/http/a', '/http/a', 'shelf:7', { ...forAll, 'Cache-Tag': 'shelf:7' }, null);
const httpVariant: Race<World> = (world) =>
  purgeDuringFetch(world, '/http/a', '/http/a', 'uri:/http/a', { ...forAll, Vary: 'Accept' }, null);

/** One isolate fetches what another changes by an unsafe method. */
const httpUnsafe: Race<World> = async (world) => {
  world.origin.set('/http/a', 'old', forAll);
  const held = world.origin.hold('/http/a');
  const reading = world.get(0, '/http/a');
  await held.reached;
  await world.patch(1, '/http/a', 'new');
  held.release();
  await reading;
  await everyoneReads(world, '/http/a', 'new');
};

/** A public list, which will say only by a tag of its answer that it shows what the tenant writes. */
const eventOfPublicData = eventDuringFetch('/http/list', '/http/list', { ...forAll, 'Cache-Tag': 'page:a' });

/** The same, where the list that is fetched will say by a tag that it shows what is changed, and nothing stored says so yet. */
const httpUnsafeOfALateTag: Race<World> = async (world) => {
  const tagged = { ...forAll, 'Cache-Tag': 'uri:/http/item' };
  world.origin.set('/http/list', 'old', tagged);
  await world.get(1, '/http/other'); // the tenant's `last` is there
  const held = world.origin.hold('/http/list');
  const reading = world.get(0, '/http/list');
  await held.reached;
  world.origin.set('/http/list', 'new', tagged);
  await world.patch(1, '/http/item', 'an item');
  held.release();
  await reading;
  await everyoneReads(world, '/http/list', 'new');
};

const softly = { 'Cache-Control': 'public, max-age=600, stale-while-revalidate=5' };

/** A soft purge during a fetch that takes longer than the stale window: what it brings is stored, and too old to be served. */
const softPurgeDuringFetch: Race<World> = async (world) => {
  world.origin.set('/http/a', 'old', softly);
  const held = world.origin.hold('/http/a');
  const reading = world.get(0, '/http/a');
  await held.reached;
  world.origin.set('/http/a', 'new', softly);
  await world.purge('uri:/http/a', 'soft', null);
  await world.advance(8_000);
  held.release();
  await reading;
  await world.settled(0);
  mustSay(await world.get(0, '/http/a'), 'new'); // while its own copy is younger than the time it is trusted for
  await everyoneReads(world, '/http/a', 'new');
};

/** A POST, whose answer is to be stored, is overtaken by another write of a URI that nobody has read. */
const overtakenPost = (overtake: 'post' | 'patch'): Race<World> => {
  return async (world) => {
    await world.get(0, '/http/unrelated');
    world.origin.set('/http/a', 'zero', { ...forAll, 'Content-Location': '/http/a' });
    const held = world.origin.hold('/http/a');
    const first = world.post(0, '/http/a', 'one');
    await held.reached;
    await world[overtake](1, '/http/a', 'two');
    held.release();
    expect((await first).value).toBe('one');
    await everyoneReads(world, '/http/a', 'two');
  };
};

/** What is to be validated is purged before it is asked for, and the origin's validator has not changed with its content. */
const httpValidation: Race<RedisWorld> = async (world) => {
  const tagged = { 'Cache-Control': 'public, max-age=10', ETag: '"same"' };
  world.origin.set('/http/a', 'old', tagged);
  await world.get(0, '/http/a');
  await world.settled();
  await world.advance(20_000);
  const reply = world.hold('after', 'lookup');
  const reading = world.get(0, '/http/a');
  await reply.reached;
  world.origin.set('/http/a', 'new', tagged);
  await world.purge('uri:/http/a', 'hard', null);
  reply.release();
  mustSay(await reading, 'new');
  await everyoneReads(world, '/http/a', 'new');
};

/** An entry names what its lease captured: FILL refuses it after a purge, and where it did not, a reader would see that. */
const refusedOrSeen = (file: 'scripts' | 'memory') => [
  file === 'scripts' ? 'fill-generations in scripts.ts' : 'fill-generations in memory.ts',
  'read-generations',
];
/** `{"value":"old"}`: all but its end is stored, under a tag that does not change with its content. */
async function storedPart(world: World): Promise<void> {
  world.origin.set('/http/a', 'old', { ...forAll, ETag: '"same"' });
  await world.range(0, '/http/a', '0-12');
  await world.settled();
  expect((await world.range(1, '/http/a', '9-12')).cacheStatus).toMatch(/; hit;/);
}

/** Its content changes, and is purged. */
async function purgePart(world: World): Promise<void> {
  world.origin.set('/http/a', 'new', { ...forAll, ETag: '"same"' });
  await world.purge('uri:/http/a', 'hard', null);
}

/** A part is purged before the rest of it is fetched. */
const httpPart: Race<RedisWorld> = async (world) => {
  await storedPart(world);
  const reply = world.hold('after', 'lookup');
  const reading = world.range(0, '/http/a', '13-14');
  await reply.reached;
  await purgePart(world);
  reply.release();
  await reading;
  await everyoneReads(world, '/http/a', 'new');
};

/** The rest of a part is under way while it is purged. */
const httpRest: Race<World> = async (world) => {
  await storedPart(world);
  const held = world.origin.hold('/http/a');
  const reading = world.range(0, '/http/a', '13-14');
  await held.reached;
  await purgePart(world);
  held.release();
  await reading;
  await everyoneReads(world, '/http/a', 'new');
};

/** The rest of a part is under way while it is softly purged, and all of it is stored anew. */
const httpFilled: Race<World> = async (world) => {
  world.origin.set('/http/a', 'old', { ...softly, ETag: '"old"' });
  await world.range(0, '/http/a', '0-12');
  await world.settled();
  const held = world.origin.hold('/http/a');
  const reading = world.range(0, '/http/a', '13-14');
  await held.reached;
  world.origin.set('/http/a', 'new', { ...softly, ETag: '"new"' });
  await world.purge('uri:/http/a', 'soft', null);
  await world.get(1, '/http/a');
  await world.settled(1);
  held.release();
  await reading;
  await everyoneReads(world, '/http/a', 'new');
};

function races<W extends World>(
  start: (guards: readonly Guard[]) => Promise<W>,
  cases: readonly [name: string, race: Race<W>, guards: readonly (Guard | readonly Guard[])[]][],
): void {
  async function run(race: Race<W>, guards: readonly Guard[] = []): Promise<void> {
    const world = await start(guards);
    try {
      await race(world);
    } finally {
      await world.stop();
    }
  }
  describe.each(cases)('%s', (_, race, guards) => {
    it('never serves what was purged', () => run(race));
    it.each(guards.map((guard) => [guard].flat()))('and would without %s %s', (...without) =>
      expect(run(race, without)).rejects.toBeInstanceOf(ServedPurged),
    );
  });
}

describeWithRedis('over Redis', (redis) => {
  races(
    (without) => redisWorld(redis, { edges: 3, without }),
    [
      ['a purge during a fetch, declared tag', declaredTag, [refusedOrSeen('scripts')]],
      ['a purge during a fetch, tag named by the answer', lateTag, ['fill-last in scripts.ts']],
      ['a purge during a fetch, strict class', strictClass, [refusedOrSeen('scripts')]],
      ['a purge during a background refresh', backgroundRefresh, [refusedOrSeen('scripts')]],
      ['a purge while FILL is on its way', purgeBeforeFill, [refusedOrSeen('scripts')]],
      [
        'a request after the purge meets a flight from before it',
        joiningAFlightOverRedis,
        ['flight-generations'],
      ],
      ['a purge of what both isolates keep', purgeOfWhatIsKept, ['read-generations']],
      ['two writes, answered in the other order', overtakenWrite, ['write-overtaken in scripts.ts']],
      ['two writes with events, in the other order', overtakenEvent, ['write-overtaken in scripts.ts']],
      ['a write whose event purges a list that is fetched', eventOfAList, ['write-events']],
      ['a write whose event purges a strict list that is fetched', eventOfAStrictList, ['write-events']],
      [
        'a write whose event purges public data that is fetched',
        eventOfPublicData,
        ['purge-renews-last in scripts.ts', 'purge-public-last', 'write-events'],
      ],
      ['a fill after its lease ran out', lateFillOverRedis, ['fill-lease in scripts.ts']],
      ['a reply on its way while its isolate writes', replyDuringWrite, ['local-epoch']],
      ['HTTP cache: a purge of the URI during a fetch', httpUri, [refusedOrSeen('scripts')]],
      ['HTTP cache: a purge of a variant during a fetch', httpVariant, [refusedOrSeen('scripts')]],
      ['HTTP cache: a purge of a tag that the answer names', httpTag, ['fill-last in scripts.ts']],
      ['HTTP cache: an unsafe method elsewhere during a fetch', httpUnsafe, [refusedOrSeen('scripts')]],
      [
        'HTTP cache: an unsafe method during the fetch of what bears its tag',
        httpUnsafeOfALateTag,
        ['purge-renews-last in scripts.ts'],
      ],
      ['HTTP cache: a soft purge during a fetch', softPurgeDuringFetch, ['fill-current']],
      ['HTTP cache: two POSTs, answered in the other order', overtakenPost('post'), ['write-uncaptured']],
      ['HTTP cache: a POST that another write overtakes', overtakenPost('patch'), ['write-uncaptured']],
      ['HTTP cache: a purge before a validation', httpValidation, ['http-validate']],
      ['HTTP cache: a purge before the rest of a part is fetched', httpPart, ['http-part']],
      [
        'HTTP cache: a purge while the rest of a part is fetched',
        httpRest,
        [refusedOrSeen('scripts'), 'complete-captured'],
      ],
      [
        'HTTP cache: a soft purge, and a fetch of all of it, while the rest of a part is fetched',
        httpFilled,
        ['complete-filled'],
      ],
    ],
  );
});

describe('over the memory store', () => {
  races(
    (without) => memoryWorld({ without }),
    [
      ['a purge during a fetch, declared tag', declaredTag, [refusedOrSeen('memory')]],
      ['a purge during a fetch, tag named by the answer', lateTag, ['fill-last in memory.ts']],
      ['a purge during a fetch, strict class', strictClass, [refusedOrSeen('memory')]],
      ['a purge during a background refresh', backgroundRefresh, [refusedOrSeen('memory')]],
      ['a request after the purge meets a flight from before it', joiningAFlight, ['flight-generations']],
      ['a purge of what both isolates keep', purgeOfWhatIsKept, ['read-generations']],
      ['two writes, answered in the other order', overtakenWrite, ['write-overtaken in memory.ts']],
      [
        'HTTP cache: two POSTs, answered in the other order',
        overtakenPost('post'),
        ['write-overtaken in memory.ts'],
      ],
      [
        'HTTP cache: a POST that another write overtakes',
        overtakenPost('patch'),
        ['write-overtaken in memory.ts'],
      ],
      ['two writes with events, in the other order', overtakenEvent, ['write-overtaken in memory.ts']],
      ['a write whose event purges a list that is fetched', eventOfAList, ['write-events']],
      [
        'a write whose event purges public data that is fetched',
        eventOfPublicData,
        ['purge-renews-last in memory.ts', 'purge-public-last'],
      ],
      ['a fill after its lease ran out', lateFillInMemory, ['fill-lease in memory.ts']],
      [
        'HTTP cache: an unsafe method during the fetch of what bears its tag',
        httpUnsafeOfALateTag,
        ['purge-renews-last in memory.ts'],
      ],
      ['HTTP cache: a soft purge during a fetch', softPurgeDuringFetch, ['fill-current']],
    ],
  );
});
