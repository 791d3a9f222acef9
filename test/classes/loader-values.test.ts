import { describe, expect, test } from 'vitest';
import type { Load } from '../../src/classes/load.ts';
import { cacheOf } from '../../src/index.ts';
import { json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const aside = aClass({ read: 'cache-aside' });
const stored = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';

const loading = (load: Load) => world([aside], { load });

class Point {
  readonly x = 1;
  readonly #y = 2;
  sum = () => this.x + this.#y;
}

class Row {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
  get twice() {
    return this.id + this.id;
  }
}

class Money {
  readonly #cents = 250;
  toJSON() {
    return { cents: this.#cents };
  }
}

const withField = (value: object) => Object.assign(value, { a: 1 });
const says = (value: unknown) => ({ toJSON: () => value });

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

/** What a loader gives, and how the log names it. */
const notHeld: readonly (readonly [what: string, value: () => unknown, named: string])[] = [
  ['undefined', () => undefined, 'returned undefined, which'],
  ['undefined in an array', () => [1, undefined], 'returned undefined at 1, which'],
  ['a hole in an array', () => ({ rows: new Array(2) }), 'returned undefined at 0, which'],
  ['a function', () => () => 1, 'returned a function, which'],
  ['a function in an object', () => ({ rows: { next: () => 1 } }), 'returned a function at next, which'],
  ['a symbol', () => Symbol('x'), 'returned a symbol, which'],
  ['a BigInt', () => ({ id: 9_007_199_254_740_993n }), 'returned a bigint at id, which'],
  ['NaN', () => ({ rate: Number.NaN }), 'returned NaN at rate, which'],
  ['an infinity', () => [1 / 0], 'returned Infinity at 0, which'],
  ['an invalid date', () => ({ at: new Date('never') }), 'returned an invalid Date at at, which'],
  ['a Response', () => json({ total: 1 }), 'returned an instance of Response, which'],
  ['a Request', () => new Request('https://x.test'), 'returned an instance of Request, which'],
  ['Headers', () => ({ of: new Headers({ a: '1' }) }), 'returned an instance of Headers at of, which'],
  ['a stream', () => ({ body: json({}).body }), 'returned an instance of ReadableStream at body, which'],
  ['a Map', () => new Map([['a', 1]]), 'returned an instance of Map, which'],
  [
    'a Set in an array',
    () => ({ rows: [{ tags: new Set(['a']) }] }),
    'returned an instance of Set at tags, which',
  ],
  ['a promise', () => ({ rows: Promise.resolve(1) }), 'returned an instance of Promise at rows, which'],
  ['an error', () => Object.assign(new Error('no'), { code: 1 }), 'returned an instance of Error, which'],
  ['a regular expression', () => /a/, 'returned an instance of RegExp, which'],
  ['an ArrayBuffer', () => new ArrayBuffer(2), 'returned an instance of ArrayBuffer, which'],
  ['bytes', () => ({ image: Uint8Array.of(1, 2) }), 'returned an instance of Uint8Array at image, which'],
  ['a generator', () => ({ rows: [1].values() }), 'returned an instance of Iterator at rows, which'],
  ['an instance with methods of its own', () => new Point(), 'returned a function at sum, which'],
  [
    'an instance without fields',
    () => ({ of: new (class Empty {})() }),
    'returned an instance of Empty at of, which',
  ],
  // What they are is not in these fields.
  ['a Response with a field', () => withField(json({ total: 1 })), 'returned an instance of Response, which'],
  [
    'a promise with a field',
    () => [withField(Promise.resolve(1))],
    'returned an instance of Promise at 0, which',
  ],
  ['a WeakMap with a field', () => withField(new WeakMap()), 'returned an instance of WeakMap, which'],
  ['a stream with a field', () => withField(json({}).body!), 'returned an instance of ReadableStream, which'],
  ['an expression with a field', () => withField(/a/), 'returned an instance of RegExp, which'],
  [
    'a buffer with a field',
    () => withField(new ArrayBuffer(2)),
    'returned an instance of ArrayBuffer, which',
  ],
  ['a namespace object', () => ({ of: Math }), 'returned an instance of Object at of, which'],
  ['a boxed number', () => withField(Object(1)), 'returned an instance of Number, which'],
  ['a boxed text', () => [Object('a')], 'returned an instance of String at 0, which'],
  ['a toJSON that gives undefined', () => ({ price: says(undefined) }), 'returned undefined at price, which'],
  ['the same in an array', () => [says(undefined)], 'returned undefined at 0, which'],
  ['the same for all of it', () => says(undefined), 'returned undefined, which'],
  ['a toJSON that gives a Map', () => ({ of: says(new Map()) }), 'returned an instance of Map at of, which'],
  [
    'a value under a key that is data',
    () => ({ 'ann@acme.test': new Map() }),
    'returned an instance of Map, which',
  ],
];

describe('what JSON cannot hold is an error that says what to return, and is not stored', () => {
  test.each(notHeld)('%s', async (_what, value, named) => {
    const { edge, anotherEdge } = loading(async () => value());
    for (const it of [edge, anotherEdge()]) {
      expect(await it.get('/report/r1')).toMatchObject({
        status: 502,
        json: { type: 'urn:stillfresh:problem:origin-failed' },
      });
      expect(it.redis.took()).not.toContain('fill');
      const says = expect.stringMatching(/^origin-failed: TypeError: load .* return plain objects, arrays/);
      expect(it.remarks).toEqual([says]);
      expect(String(it.remarks)).toContain(named);
    }
  });

  test.each([
    ['a cycle', cyclic, 'circular'],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('not today');
        },
      },
      'not today',
    ],
  ])('%s', async (_what, value, named) => {
    const { edge } = loading(async () => value);
    expect((await edge.get('/report/r1')).status).toBe(502);
    expect(String(edge.remarks)).toContain(named);
    expect(edge.redis.took()).not.toContain('fill');
  });

  test('to a handler too, and what was stored before covers for it where the class allows', async () => {
    const cls = aClass({ read: 'cache-aside', staleIfError: '1h' });
    let value: unknown = { total: 1 };
    const load: Load = async () => value;
    const { clock, edge } = world([cls], {
      routes: (app) =>
        app.get('/own', async (c) => c.json((await cacheOf(c).wrap(cls, { id: 'r1' }, load)) as never)),
    });
    await edge.get('/own');
    value = new Map();
    clock.advance(15_000);
    expect(await edge.get('/own')).toMatchObject({ status: 200, json: { total: 1 } });
    clock.advance(3_600_000);
    expect(await edge.get('/own')).toMatchObject({ status: 502 });
  });
});

describe('what JSON holds is stored', () => {
  test.each<[string, unknown, unknown]>([
    ['null', null, null],
    ['text', 'a\uFEFF\u2028"', 'a\uFEFF\u2028"'],
    ['a number', -0.5, -0.5],
    ['a boolean', false, false],
    ['an empty object', {}, {}],
    ['an empty array', [], []],
    ['nested', { rows: [{ a: null, b: [[]] }] }, { rows: [{ a: null, b: [[]] }] }],
    ['a property that is undefined: it is absent', { a: 1, b: undefined }, { a: 1 }],
    ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['a URL', [new URL('https://x.test/')], ['https://x.test/']],
    ['an object that says what it is', { price: new Money() }, { price: { cents: 250 } }],
    ['rows of a class', [new Row('r1')], [{ id: 'r1' }]],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('%s', async (_what, value, seen) => {
    const { edge, anotherEdge } = loading(async () => value);
    expect(await edge.get('/report/r1')).toMatchObject({ status: 200, cacheStatus: stored });
    const { json: again, cacheStatus } = await anotherEdge().get('/report/r1');
    expect({ again, cacheStatus }).toEqual({ again: seen, cacheStatus: 'Stillfresh; hit; ttl=10' });
  });
});

describe('an entry that gives no value', () => {
  /** As versions stored it that took whatever a loader gave. */
  const emptied = (entry: string) => entry.replace('"length":11}\n{"total":1}', '"length":0}\n');

  test('of a loader is a miss', async () => {
    const { edge, anotherEdge } = loading(async () => ({ total: 1 }));
    await edge.get('/report/r1');
    const other = anotherEdge();
    other.redis.rewrite = emptied;
    expect(await other.get('/report/r1')).toMatchObject({ json: { total: 1 }, cacheStatus: stored });
    expect(other.notes).toContain('entry-of-another-shape');
  });

  const report = aClass();
  const inHandler = () =>
    world([report], {
      routes: (app) =>
        app.get('/own', async (c) => c.json((await cacheOf(c).read(report, { id: 'r1' })) as never)),
    });

  test.each([
    ['empty', emptied],
    ['not JSON', (entry: string) => entry.replace('{"total":1}', '{"total":1]')],
  ])('is a miss to code that reads it: %s', async (_what, rewrite) => {
    const { origin, edge, anotherEdge } = inHandler();
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    const other = anotherEdge();
    other.redis.rewrite = rewrite;
    expect(await other.get('/own')).toMatchObject({ status: 200, json: { total: 1 } });
    expect(origin.count()).toBe(2);
  });

  test.each([
    ['empty', ''],
    ['not JSON', '{"total":'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
  ])('in isolate memory, stored for whoever takes it as it is, is one too: %s', async (_what, body) => {
    const { origin, edge } = inHandler();
    origin.on('/report/r1', () => new Response(body));
    expect((await edge.get('/report/r1')).status).toBe(200);
    expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
    // To code it is no value, and is not stored again.
    expect(await edge.get('/own')).toMatchObject({ status: 502 });
    expect(edge.notes).toContain('value-of-another-shape');
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/own')).toMatchObject({ status: 200, json: { total: 2 } });
  });
});

describe('the origin’s JSON, as a loader has it', () => {
  const loadedFrom = async (body: BodyInit) => {
    const { origin, edge } = world([aside]);
    origin.on('/report/r1', () => new Response(body));
    const answer = await edge.get('/report/r1');
    return { ...answer, notes: edge.remarks };
  };
  const utf8 = (text: string) => new TextEncoder().encode(text);

  test.each([
    ['a byte that begins nothing', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a sequence cut short', Uint8Array.of(0x22, 0xe2, 0x82, 0x22)],
    ['an overlong form', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['half a surrogate pair', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x31, 0x00)],
  ])('must be UTF-8: %s', async (_what, bytes) => {
    const { status, notes } = await loadedFrom(bytes);
    expect({ status, notes }).toEqual({
      status: 502,
      notes: ['origin-failed: the answer to a loader is not UTF-8'],
    });
  });

  test.each([
    ['nothing', ''],
    ['half of it', '{"total":'],
  ])('must be JSON: %s', async (_what, text) => {
    expect(await loadedFrom(text)).toMatchObject({ status: 502, notes: ['origin-failed: SyntaxError'] });
  });

  test('may begin with a byte order mark, which is none of it; U+FFFD that was sent is a character', async () => {
    const { text } = await loadedFrom(utf8('\uFEFF"\uFFFD\uFEFF"'));
    expect(text).toBe('"\uFFFD\uFEFF"');
  });

  test('has the nearest number that JavaScript knows, as its documentation says', async () => {
    expect((await loadedFrom('[9007199254740991,9007199254740993]')).text).toBe(
      '[9007199254740991,9007199254740992]',
    );
  });
});
