import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { httpRoute } from '../../src/http-cache/options.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { newFlags } from '../../src/rollout/flags.ts';
import { classFlags } from '../rollout/support.ts';
import { setFlags } from '../support/worker/flags.ts';
import { byHand, json, type Reply } from '../support/worker/origin.ts';
import { get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=600' };
const nothing = { equal: 0, differs: 0, stale: 0, leak: 0 };
const stands = (mode: 'shadow' | 'on', percent: number) => {
  const fingerprint = fingerprintOf(httpRoute({ origin: 'https://origin.test' }).cls);
  return {
    ...newFlags(`${mode} ${percent}`),
    classes: { http: { [fingerprint]: classFlags({ mode, percent, step: 0 }) } },
  };
};

/** An edge in the shadow, which has filled `/page` and whose clock went on by a minute; from now on nobody fills. */
async function filled(
  reply: Reply,
  { headers = {}, ...options }: HttpCacheOptions & { headers?: Record<string, string> } = {},
) {
  const made = httpWorld({ rollout: { mode: 'shadow', shadowFills: '50%' }, ...options }, { as: null });
  const { edge, origin, clock, chance, store } = made;
  await setFlags(store, stands('shadow', 0));
  origin.on('/page', reply);
  chance.random = () => 0;
  await get(edge, '/page', headers);
  chance.random = () => 0.99;
  clock.advance(60_000);
  edge.isolate.tally.take();
  /** One request, and what was counted of it when the time has passed that a purge on its way has. */
  const compared = async (asked: Record<string, string> = {}, method = 'GET', meanwhile = async () => {}) => {
    const response = await edge.send('/page', { method, headers: asked });
    await response.arrayBuffer();
    await Promise.race([edge.settled(), clock.asleep(1, bounds.purgeOnItsWayMs)]);
    await meanwhile();
    clock.advance(bounds.purgeOnItsWayMs);
    await edge.settled();
    const [row] = edge.isolate.tally.take();
    return { compared: row!.compared, saved: row!.saved, at: row!.at };
  };
  return { ...made, compared };
}

describe('what an HTTP cache would have answered, compared with what the origin did', () => {
  test('the same: equal, and what a hit would have saved', async () => {
    const { compared, edge, origin, clock } = await filled(() => json({ a: 1, b: [1] }, { headers: fresh }));
    origin.on('/page', () => {
      clock.advance(40);
      return json({ b: [1.0], a: 1 }, { headers: fresh });
    });
    expect(await compared()).toEqual({
      compared: { ...nothing, equal: 1 },
      saved: { hits: 1, ms: 40, bytes: 15, commands: 1 },
      at: [],
    });
    expect(edge.log.at(-1)).toMatchObject({ detail: 'shadow', origin_requests: 1 });
  });

  test('a change that no purge told of: differs, and where', async () => {
    const { compared, origin, edge } = await filled(() => json({ total: 1, at: 'x' }, { headers: fresh }));
    origin.on('/page', () => json({ total: 2, at: 'x' }, { headers: fresh }));
    expect(await compared()).toMatchObject({ compared: { ...nothing, differs: 1 }, at: ['total'] });
    expect(edge.log.filter(({ event }) => event === 'comparison')).toMatchObject([
      { result: 'differs', age_ms: 60_000, bound_ms: 600_000, class: 'http' },
    ]);
  });

  test('older than the class says is fresh enough: stale, whatever the origin’s ttl is', async () => {
    const { compared, origin } = await filled(() => json({ total: 1 }, { headers: fresh }), {
      freshWithin: '30s',
    });
    origin.on('/page', () => json({ total: 2 }, { headers: fresh }));
    expect((await compared()).compared).toEqual({ ...nothing, stale: 1 });
  });

  test('an origin that forgets Vary: a wrong variant shows as different', async () => {
    const inLanguage =
      (vary: Record<string, string>): Reply =>
      ({ headers }) =>
        new Response(headers.get('Accept-Language'), { headers: { ...fresh, ...vary } });
    const forgets = await filled(inLanguage({}), { headers: { 'Accept-Language': 'de' } });
    expect((await forgets.compared({ 'Accept-Language': 'en' })).compared).toEqual({
      ...nothing,
      differs: 1,
    });
    expect((await forgets.compared({ 'Accept-Language': 'de' })).compared).toEqual({ ...nothing, equal: 1 });
    // One that says it is right: there is nothing for this request yet.
    const right = await filled(inLanguage({ Vary: 'Accept-Language' }), {
      headers: { 'Accept-Language': 'de' },
    });
    expect(await right.compared({ 'Accept-Language': 'en' })).toMatchObject({
      compared: nothing,
      saved: { hits: 0 },
    });
    expect((await right.compared({ 'Accept-Language': 'de' })).compared).toEqual({ ...nothing, equal: 1 });
  });

  test('what was purged before, or is while it is looked at again, is no fault of the cache', async () => {
    const { compared, origin, purge } = await filled(() => json({ total: 1 }, { headers: fresh }));
    origin.on('/page', () => json({ total: 2 }, { headers: fresh }));
    expect((await compared({}, 'GET', () => purge('uri:/page'))).compared).toEqual(nothing);
    expect(await compared()).toMatchObject({ compared: nothing, saved: { hits: 0 } });
  });

  test('a body that comes in pieces is compared when its client has it', async () => {
    const streamed = (text: string) => () =>
      new Response(new Blob([text.repeat(50_000)]).stream(), { headers: fresh });
    const { compared, origin } = await filled(streamed('ab'));
    expect((await compared()).compared).toEqual({ ...nothing, equal: 1 });
    origin.on('/page', streamed('ac'));
    expect((await compared()).compared).toEqual({ ...nothing, differs: 1 });
  });

  test('one that breaks off, fails or is too large says nothing', async () => {
    const { compared, origin } = await filled(said('short', fresh), { maxBytes: 1_000 });
    for (const reply of [
      () => new Response('half', { headers: { 'Content-Length': '20' } }),
      () => new Response('no', { status: 503 }),
      () => Promise.reject(new Error('lost')),
      said('x'.repeat(300_000), fresh),
    ]) {
      origin.on('/page', reply);
      expect(await compared()).toMatchObject({ compared: nothing, saved: { hits: 1 } });
    }
  });

  test.each<[string, string, Record<string, string>, number]>([
    ['a HEAD', 'HEAD', {}, 1],
    ['what the client has already', 'GET', { 'If-None-Match': '"p"' }, 1],
    ['a part', 'GET', { Range: 'bytes=0-1' }, 1],
    ['a condition for the origin alone', 'GET', { 'If-Match': '"p"' }, 0],
  ])(
    '%s cannot be compared; it is a hit that would have saved a request, or none',
    async (_, method, headers, hits) => {
      const { compared, origin } = await filled(said('a page', { ...fresh, ETag: '"p"' }));
      const replies: Record<string, Reply> = {
        '/page': ({ headers: asked }) =>
          asked.has('If-None-Match')
            ? new Response(null, { status: 304, headers: { ETag: '"p"' } })
            : new Response('a ', { status: 206, headers: { 'Content-Range': 'bytes 0-1/6' } }),
        'HEAD /page': said('', fresh),
      };
      for (const [route, reply] of Object.entries(replies)) origin.on(route, reply);
      expect(await compared(headers, method)).toMatchObject({ compared: nothing, saved: { hits } });
    },
  );

  test('what is private to somebody is not what would have been served to him', async () => {
    const { compared } = await filled(said('for all', fresh));
    expect(await compared({ Cookie: 'sid=1' })).toMatchObject({ compared: nothing, saved: { hits: 0 } });
  });

  test('an entry that was fetched while this request was under way proves nothing', async () => {
    const { edge, origin, chance, store, clock, anotherEdge } = httpWorld(
      { rollout: { mode: 'shadow' } },
      { as: null },
    );
    await setFlags(store, stands('shadow', 0));
    origin.on('/page', said('old', fresh));
    chance.random = () => 0.99;
    const held = origin.hold('/page');
    const slow = edge.send('/page');
    await held.arrived();
    origin.on('/page', said('new', fresh));
    chance.random = () => 0;
    clock.advance(10);
    const other = anotherEdge();
    expect((await get(other, '/page')).cacheStatus).toContain('stored');
    held.answer(said('older', fresh));
    expect(await (await slow).text()).toBe('older');
    await edge.settled();
    expect(edge.isolate.tally.take().map(({ compared }) => compared)).toEqual([nothing]);
  });

  test('while it is on for a part, a share of its hits is compared, and the guard is told', async () => {
    const made = httpWorld({ rollout: { compareHits: '20%' } }, { as: null });
    const { edge, origin, chance, store, clock } = made;
    await setFlags(store, stands('on', 100));
    origin.on('/page', said('old', fresh));
    await get(edge, '/page');
    origin.on('/page', said('new', fresh));
    edge.isolate.tally.take();
    chance.random = () => 0.2;
    await get(edge, '/page');
    chance.random = () => 0.19;
    const hit = await edge.ask('/page');
    expect([hit.text, hit.cacheStatus]).toEqual(['old', expect.stringContaining('hit')]);
    await clock.asleep(1, bounds.purgeOnItsWayMs);
    clock.advance(bounds.purgeOnItsWayMs);
    await edge.settled();
    expect(edge.isolate.tally.take()).toMatchObject([
      { arm: 'on', requests: 2, compared: { ...nothing, differs: 1 }, at: ['body'] },
    ]);
  });
});

test('what is collected of bodies on their way has a bound over the isolate; beyond it they are passed on all the same', async () => {
  const made = httpWorld(
    { rollout: { mode: 'shadow', shadowFills: '50%' }, maxBytes: 1_000 },
    { as: null, bounds: { shadowBytes: 2_500 } },
  );
  const { edge, origin, clock, chance } = made;
  const plain = { ...fresh, 'Content-Type': 'text/plain' };
  origin.on('/page', () => new Response('page', { headers: plain }));
  chance.random = () => 0;
  await get(edge, '/page');
  chance.random = () => 0.99;
  clock.advance(1_000);
  edge.isolate.tally.take();
  const bodies = [byHand(plain), byHand(plain), byHand(plain)];
  const answers = [];
  for (const body of bodies) {
    origin.on('/page', body.reply);
    const sent = edge.send('/page');
    body.write('pa');
    await clock.asleep(1, bounds.readFirstMs);
    clock.advance(bounds.readFirstMs);
    answers.push((await sent).text());
  }
  for (const body of bodies) {
    body.write('ge');
    body.end();
  }
  expect(await Promise.all(answers)).toEqual(['page', 'page', 'page']);
  await edge.settled();
  expect(edge.isolate.tally.take()[0]?.compared).toEqual({ ...nothing, equal: 2 });
  expect(edge.isolate.shadowed.hold(2_500), 'and is let go of').not.toBe(null);
});
