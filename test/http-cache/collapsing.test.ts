import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { ask, counting, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };
const times = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));

describe('requests that meet one fetch', () => {
  test('fetch each for himself where it may not; the next ones do not even wait', async () => {
    const { origin, clock, edge } = httpWorld();
    const held = origin.hold('/a');
    const asked = times(3, () => ask(edge, '/a'));
    await held.arrived();
    await clock.asleep(2, sleeps.follower);
    const say = counting({ 'Cache-Control': 'no-store' });
    held.answer(say);
    const first = await asked;
    expect(new Set(first.map(({ text }) => text)).size).toBe(3);
    expect(origin.count()).toBe(3);

    const again = origin.hold('/a');
    const later = times(3, () => ask(edge, '/a'));
    await again.arrived(3);
    again.answer(say);
    expect(new Set((await later).map(({ text }) => text)).size).toBe(3);
  });

  test('what is not storable now is stored once it is', async () => {
    const { origin, edge } = httpWorld();
    origin.on('/a', said('not this', { 'Cache-Control': 'no-store' }));
    await get(edge, '/a');
    origin.on('/a', said('this', fresh));
    await get(edge, '/a');
    expect(await get(edge, '/a')).toMatchObject({ text: 'this', cacheStatus: 'Stillfresh; hit; ttl=60' });
  });

  test('of another variant fetch for themselves', async () => {
    const { origin, clock, edge } = httpWorld();
    const held = origin.hold('/a');
    const de = ask(edge, '/a', { headers: { 'Accept-Language': 'de' } });
    await held.arrived();
    const fr = ask(edge, '/a', { headers: { 'Accept-Language': 'fr' } });
    await clock.asleep(1, sleeps.follower);
    const inLanguage = (request: Request) =>
      new Response(request.headers.get('Accept-Language'), {
        headers: { ...fresh, Vary: 'Accept-Language' },
      });
    held.answer(inLanguage);
    expect([(await de).text, (await fr).text]).toEqual(['de', 'fr']);
  });

  test('with credentials wait for nobody, and are given nothing that was not for all', async () => {
    const { origin, edge } = httpWorld();
    const held = origin.hold('/a');
    const asked = times(3, (i) => ask(edge, '/a', { headers: { Cookie: `session=${i}` } }));
    await held.arrived(3);
    held.answer((request: Request) => new Response(request.headers.get('Cookie'), { headers: fresh }));
    expect((await asked).map(({ text }) => text)).toEqual(['session=0', 'session=1', 'session=2']);
    expect((await get(edge, '/a')).text).toBe('');
  });

  test('the leader alone has the fields that are for it alone', async () => {
    const { origin, clock, edge } = httpWorld();
    const held = origin.hold('/a');
    const leader = ask(edge, '/a');
    await held.arrived();
    const follower = ask(edge, '/a');
    await clock.asleep(1, sleeps.follower);
    held.answer(said('a', { 'Cache-Control': 'max-age=60, private="x-mine"', 'X-Mine': 'secret' }));
    expect((await leader).headers.get('X-Mine')).toBe('secret');
    expect((await follower).headers.get('X-Mine')).toBeNull();
    expect((await get(edge, '/a')).headers.get('X-Mine')).toBeNull();
  });
});
