import { describe, expect, test } from 'vitest';
import { ask, get, httpWorld } from './support.ts';

const lang = (value: string) => ({ 'Accept-Language': value });

/** English for all but Germans, by tags that say so: an origin that evaluates If-None-Match. */
function multilingual(request: Request): Response {
  const language = request.headers.get('Accept-Language') === 'de' ? 'de' : 'en';
  const headers = { 'Cache-Control': 'max-age=60', Vary: 'Accept-Language', ETag: `"${language}"` };
  const isHeld = request.headers.get('If-None-Match')?.includes(headers.ETag);
  return isHeld ? new Response(null, { status: 304, headers }) : new Response(`in ${language}`, { headers });
}

async function withTwo(options = {}) {
  const made = httpWorld(options);
  made.origin.on('/a', multilingual);
  for (const value of ['en', 'de']) await get(made.edge, '/a', lang(value));
  await made.edge.settled();
  made.edge.redis.took();
  const asked = () => made.origin.requests.at(-1)!.headers.get('If-None-Match');
  return { ...made, asked };
}

const byTag = 'Stillfresh; fwd=vary-miss; stored; fwd-status=304';

describe('a variant that is asked for the first time', () => {
  test.each(['all', 'keyed'])(
    'is selected by a 304 among those that others have stored, in another isolate too (inputs: %s)',
    async (inputs) => {
      const { asked, edge, anotherEdge } = await withTwo({ inputs });
      for (const [one, language] of [
        [edge, 'fr'],
        [anotherEdge(), 'it'],
      ] as const) {
        expect(await get(one, '/a', lang(language))).toMatchObject({ text: 'in en', cacheStatus: byTag });
        expect(asked()).toMatch(/"en"/);
        expect((await get(one, '/a', lang(language))).cacheStatus).toBe('Stillfresh; hit; ttl=60');
      }
    },
  );

  test('costs a lookup of the variant that is selected; the list travels with what is looked up and filled anyway', async () => {
    const { clock, edge, store, anotherEdge } = await withTwo();
    await get(edge, '/a', lang('fr'));
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'lookup', 'fill']);
    const other = anotherEdge();
    await get(other, '/a', lang('fr'));
    const asked = other.redis.tookWithNames();
    expect(asked.map(({ verb }) => verb)).toEqual(['lookup', 'lookup']);
    // Where there is a copy it is not asked for: most likely that is still good.
    clock.advance(1_500);
    expect((await get(other, '/a', lang('fr'))).cacheStatus).toMatch(/hit/);
    const again = other.redis.tookWithNames().flatMap((it) => it.names);
    expect(again.filter((name) => name.startsWith('etags:'))).toEqual([]);
    const names = asked.flatMap((it) => it.names);
    // What an older version of this Worker reads is as it was.
    const rule = names.find((name) => name.startsWith('vary:'))!;
    expect(await store.lookup([rule])).toEqual(['accept-language']);
  });

  test('is fetched in full where the selected one is gone, or another has taken its place', async () => {
    for (const value of [null, 'SF2 of another form', 'self'] as const) {
      const { edge, origin, store } = await withTwo();
      const listed = await listOf(edge, store);
      const english = listed.text
        .split('\n')
        .find((line) => line.startsWith('"en"'))!
        .split(' ')[1]!;
      const german = listed.text
        .split('\n')
        .find((line) => line.startsWith('"de"'))!
        .split(' ')[1]!;
      const [before = null] = await store.lookup([english]);
      const [other] = await store.lookup([german]);
      if (value === null) store.evict(english);
      else
        await store.receipts.swap({
          ...{ key: english, expected: before, lifeMs: 60_000 },
          value: value === 'self' ? other! : value,
        });
      expect((await get(edge, '/a', lang('fr'))).text).toBe('in en');
      expect(origin.requests.at(-1)!.headers.has('If-None-Match')).toBe(false);
    }
  });

  test.each(['', '\n', 'x', '{"hard":[]}'])('is fetched in full where the list reads %j', async (value) => {
    const { edge, store, asked } = await withTwo();
    const { key, text } = await listOf(edge, store);
    await store.receipts.swap({ key, expected: text, value, lifeMs: 60_000 });
    expect((await get(edge, '/a', lang('fr'))).text).toBe('in en');
    expect(asked()).toBeNull();
    // And the list is begun anew.
    await edge.settled();
    await get(edge, '/a', lang('it'));
    expect(asked()).toBe('"en"');
  });

  test.each(['x', '"a" ', '"a" b', '"a\u0001" b *', 'W/"a" b *'])(
    'is asked for without what stands in the list as %j',
    async (line) => {
      const { edge, store, asked } = await withTwo();
      const { key, text } = await listOf(edge, store);
      const value = text.replace('\n', `\n${line}\n`);
      await store.receipts.swap({ key, expected: text, value, lifeMs: 60_000 });
      await get(edge, '/a', lang('fr'));
      expect(asked()).toBe('"en", "de"');
    },
  );
});

describe('a purge', () => {
  test.each(['uri:/a', 'PUT'])('by %s between the lookup and the lease: no tag is sent', async (how) => {
    const { edge, anotherEdge, origin, purge, asked } = await withTwo();
    origin.on('PUT /a', () => new Response('done'));
    const held = edge.redis.hold('lookup', 'reply');
    const reading = get(edge, '/a', lang('fr'));
    await held.arrived();
    if (how === 'PUT') await ask(anotherEdge(), '/a', { method: 'PUT', body: 'x' });
    else await purge(how);
    held.release();
    expect((await reading).text).toBe('in en');
    expect(asked()).toBeNull();
  });

  test('while the origin is asked: what it confirms is given to who asked before, and to nobody after', async () => {
    const { edge, origin, purge, clock } = await withTwo();
    const held = origin.hold('/a');
    const reading = get(edge, '/a', lang('fr'));
    await held.arrived();
    await purge('uri:/a');
    held.answer(multilingual);
    expect((await reading).text).toBe('in en');
    await edge.settled();
    clock.advance(1_500);
    expect((await get(edge, '/a', lang('fr'))).cacheStatus).not.toMatch(/; hit/);
  });

  test('that is soft leaves the tags: what it made stale is to be validated', async () => {
    const { edge, purge, asked, clock } = await withTwo();
    await purge('uri:/a', 'soft');
    clock.advance(1_500);
    expect((await get(edge, '/a', lang('fr'))).cacheStatus).toBe(byTag);
    expect(asked()).toBe('"de", "en"');
  });
});

describe('an origin that gives one strong tag to all its variants', () => {
  const named = { de: 'Berlin', fr: 'Paris', it: 'Roma' };
  type Language = keyof typeof named;
  const of = (request: Request) => request.headers.get('Accept-Language') as Language;

  /** `fieldsOf`: what it says of a representation, in its 304 too. */
  const oneTag = (fieldsOf: (language: Language) => Record<string, string>) => (request: Request) => {
    const headers = {
      ...{ 'Cache-Control': 'max-age=60', Vary: 'Accept-Language', ETag: '"build1"' },
      ...fieldsOf(of(request)),
    };
    const isHeld = request.headers.has('If-None-Match');
    return isHeld
      ? new Response(null, { status: 304, headers })
      : new Response(named[of(request)], { headers });
  };

  test.each<[string, (language: Language) => Record<string, string>]>([
    ['language', (it) => ({ 'Content-Language': it })],
    ['type', (it) => ({ 'Content-Type': `text/plain; for=${it}` })],
    ['location', (it) => ({ 'Content-Location': `/a.${it}` })],
    ['coding', (it) => ({ 'Content-Encoding': it === 'de' ? 'x-one' : 'x-two' })],
    [
      'language, where the other says none',
      (it): Record<string, string> => (it === 'de' ? {} : { 'Content-Language': it }),
    ],
  ])('gives nobody another’s, where its 304 says whose it is: by its %s', async (_what, fieldsOf) => {
    const { edge, anotherEdge, origin } = httpWorld();
    origin.on('/a', oneTag(fieldsOf));
    for (const language of ['de', 'fr', 'it'] as const) {
      for (const one of [edge, anotherEdge()])
        expect((await get(one, '/a', lang(language))).text).toBe(named[language]);
      await edge.settled();
    }
    // What was seen to be that of two bodies is asked after no more: de, fr twice, it.
    expect(origin.count()).toBe(4);
  });

  test.each([
    ['the same body: it is asked after', 'same', '"build1"'],
    ['another body: it is not', 'other', null],
    ['another body of another tag: both are', 'tagged', '"build2", "build1"'],
  ])('and answers without a look at what is held, %s', async (_what, kind, expected) => {
    const { edge, anotherEdge, origin } = httpWorld();
    const answers = ['de', 'fr'].map((language) => (request: Request) => {
      const body = kind === 'same' || language === 'de' ? 'Berlin' : 'Paris!';
      const etag = kind === 'tagged' && language === 'fr' ? '"build2"' : '"build1"';
      const headers = { 'Cache-Control': 'max-age=60', Vary: 'Accept-Language', ETag: etag };
      return new Response(of(request) === language ? body : 'wrong', { headers });
    });
    for (const [i, language] of ['de', 'fr'].entries()) {
      origin.on('/a', answers[i]!);
      await get(edge, '/a', lang(language));
      await edge.settled();
    }
    origin.on(
      '/a',
      oneTag(() => ({})),
    );
    await get(anotherEdge(), '/a', lang('it'));
    expect(origin.requests.at(-1)!.headers.get('If-None-Match')).toBe(expected);
  });
});

describe('where this isolate has a copy that seems fresh', () => {
  test('the lease finds it purged: what is fetched is listed, and then asked after', async () => {
    const { edge, anotherEdge, purge, asked, clock } = await withTwo();
    await purge('uri:/a');
    clock.advance(1_500);
    expect((await get(edge, '/a', lang('de'))).text).toBe('in de');
    await edge.settled();
    expect(asked()).toBeNull();
    for (const one of [edge, anotherEdge()])
      expect((await get(one, '/a', lang('de'))).cacheStatus).toMatch(/; hit/);
    await get(edge, '/a', lang('de-at'));
    expect(asked()).toBe('"de"');
  });

  test('it is purged softly: the other is asked after too', async () => {
    const { edge, purge, asked, clock } = await withTwo();
    await purge('uri:/a', 'soft');
    clock.advance(1_500);
    expect((await get(edge, '/a', lang('de'))).cacheStatus).toMatch(/fwd=stale; stored; fwd-status=304/);
    expect(asked()).toBe('"de", "en"');
  });

  test('a client wants it anew: the same', async () => {
    const { edge, asked } = await withTwo({ requestDirectives: 'honoured' });
    await get(edge, '/a', { ...lang('en'), 'Cache-Control': 'no-cache' });
    expect(asked()).toBe('"en", "de"');
  });
});

test('while Redis fails nothing is asked after, and nothing is stored', async () => {
  const { edge, asked } = await withTwo();
  edge.redis.fail();
  expect((await get(edge, '/a', lang('fr'))).text).toBe('in en');
  expect(asked()).toBeNull();
});

type World = Awaited<ReturnType<typeof withTwo>>;

/** The list of `/a`: its name is learnt from a request that reads it. */
async function listOf(edge: World['edge'], store: World['store']) {
  await get(edge, '/a', lang('xx-first'));
  await edge.settled();
  const names = edge.redis.tookWithNames().flatMap((it) => it.names);
  const key = names.find((name) => name.startsWith('etags:'))!;
  return { key, text: (await store.lookup([key]))[0]! };
}
