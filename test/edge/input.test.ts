import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { cacheOf, type EdgeEnv, input } from '../../src/index.ts';
import { type Asked, aClass, type WorldOptions, world } from '../support/worker/world.ts';

const secret = 'hunter2';
const order = z.object({
  currency: z.string().regex(/^[A-Z]{3}$/),
  lines: z.array(z.strictObject({ sku: z.string(), amount: z.int() })).max(30),
  note: z.string('write a note as text').optional(),
});
const filter = z.object({ page: z.coerce.number().default(1), tag: z.array(z.string()).optional() });
const strict = z.strictObject({ a: z.string() });

type Schema = z.ZodType<unknown>;
const site = (schema: Schema, from?: 'body' | 'query', options: WorldOptions = {}) =>
  world([aClass()], {
    routes: (app) => app.all('/own', async (c) => c.json({ got: (await input(c, schema, from)) as never })),
    ...options,
  }).edge;

const asJson = { 'Content-Type': 'application/json' };
const asForm = { 'Content-Type': 'application/x-www-form-urlencoded' };
const post = (body: string | Uint8Array, headers: Asked['headers'] = asJson): Asked => ({
  method: 'POST',
  body: body as string,
  headers,
});

describe('what fits is given to the handler, as the schema makes it', () => {
  test.each<[string, Schema, string, Asked, unknown]>([
    ['a JSON body', order, '', post('{"currency":"EUR","lines":[]}'), { currency: 'EUR', lines: [] }],
    ['with a byte order mark', z.number(), '', post('\uFEFF7'), 7],
    [
      'of a type with its suffix',
      strict,
      '',
      post('{"a":"b"}', { 'Content-Type': 'Application/Merge-Patch+JSON; v=1' }),
      { a: 'b' },
    ],
    ['of a PUT', strict, '', { ...post('{"a":"b"}'), method: 'PUT' }, { a: 'b' }],
    ['of a DELETE', strict, '', { ...post('{"a":"b"}'), method: 'DELETE' }, { a: 'b' }],
    ['no body, where that fits', strict.nullish().default(null), '', { method: 'POST' }, null],
    ['a form', filter, '', post('page=2&tag=a+b&tag=%C3%A9', asForm), { page: 2, tag: ['a b', 'é'] }],
    ['a query', filter, '?page=3&tag=a', {}, { page: 3, tag: ['a'] }],
    ['no query', filter, '', {}, { page: 1 }],
    [
      'a list in what is optional',
      z
        .object({ a: z.array(z.string()).nullish().default([]) })
        .refine(() => true)
        .transform((it) => it.a),
      '?a=1',
      {},
      ['1'],
    ],
    [
      'a value with an equals sign, and one without a value',
      z.record(z.string(), z.string()),
      '?a=b=c&d',
      {},
      { a: 'b=c', d: '' },
    ],
    [
      'a name that every object has',
      z.object({ constructor: z.string() }),
      '?constructor=x',
      {},
      { constructor: 'x' },
    ],
    ['of a schema that waits', strict.refine(async () => true), '?a=b', {}, { a: 'b' }],
  ])('%s', async (_what, schema, query, asked, got) => {
    expect(await site(schema).get(`/own${query}`, asked)).toMatchObject({ status: 200, json: { got } });
  });

  const tags = z.object({ tag: z.array(z.string()) });
  const listed = (value: unknown) => (Array.isArray(value) ? value : [value]);
  const [one, two] = [{ tag: ['1'] }, { tag: ['1', '2'] }];
  const alike = { tag: '1' };
  test.each<[string, Schema, unknown, unknown]>([
    ['or text', z.object({ tag: z.union([z.string(), z.array(z.string())]) }), alike, two],
    ['the same the other way around', z.object({ tag: z.array(z.string()).or(z.string()) }), alike, two],
    ['or nothing', z.object({ tag: z.union([z.array(z.string()), z.null()]) }), one, two],
    ['of two kinds', z.object({ tag: z.union([z.array(z.enum(['1'])), z.array(z.string())]) }), one, two],
    ['made one first', z.object({ tag: z.preprocess(listed, z.array(z.string())) }), one, two],
    [
      'made another',
      z.object({ tag: z.array(z.string()).transform((it) => it.length) }),
      { tag: 1 },
      { tag: 2 },
    ],
    ['handed on', z.object({ tag: z.array(z.string()).pipe(z.array(z.string())) }), one, two],
    ['readonly, with a default', z.object({ tag: z.array(z.string()).default([]).readonly() }), one, two],
    ['a tuple', z.object({ tag: z.tuple([z.string()]).rest(z.string()) }), one, two],
    ['known later', z.object({ tag: z.lazy(() => z.array(z.string())) }), one, two],
    ['of an object known later', z.lazy(() => tags), one, two],
    ['of an object and another', tags.and(z.object({ page: z.string().optional() })), one, two],
    ['of one object or another', z.union([z.strictObject({ page: z.string() }), tags]), one, two],
    [
      'of the object that a field names',
      z.discriminatedUnion('kind', [
        tags.extend({ kind: z.literal('a').default('a') }),
        z.object({ kind: z.literal('b') }),
      ]),
      { ...one, kind: 'a' },
      { ...two, kind: 'a' },
    ],
    ['of an object that is made first', z.preprocess((it) => it, tags), one, two],
    ['of any name', z.record(z.string(), z.array(z.string())), one, two],
    ['of any other name', z.object({}).catchall(z.array(z.string())), one, two],
  ])('a list %s: given once, and twice', async (_what, schema, once, twice) => {
    const edge = site(schema);
    expect(await edge.get('/own?tag=1')).toMatchObject({ status: 200, json: { got: once } });
    expect(await edge.get('/own?tag=1&tag=2')).toMatchObject({ status: 200, json: { got: twice } });
  });

  test('a schema of itself says nothing of lists', async () => {
    const itself: Schema = z.lazy(() => z.union([z.record(z.string(), z.string()), itself]));
    expect((await site(itself).get('/own?tag=1')).status).toBe(200);
    expect((await site(itself).get('/own?tag=1&tag=2')).status).toBe(400);
  });

  test('as many values as a form may have', async () => {
    const list = 'tag=1&'.repeat(bounds.formPairs);
    expect((await site(tags).get('/own', post(list, asForm))).status).toBe(200);
    expect(await site(tags).get('/own', post(`${list}tag=2`, asForm))).toMatchObject({
      status: 400,
      json: { errors: [{ field: 'body', detail: 'must not have more than 10000 fields' }] },
    });
  });

  test('of a HEAD it is the query, too', async () => {
    expect((await site(strict).get('/own?a=b', { method: 'HEAD' })).status).toBe(200);
    expect((await site(strict).get('/own', { method: 'HEAD' })).status).toBe(400);
  });

  test('where the method does not say what is meant, the handler does', async () => {
    expect(await site(strict, 'query').get('/own?a=b', { method: 'DELETE' })).toMatchObject({
      json: { got: { a: 'b' } },
    });
    expect(await site(strict, 'body').get('/own?a=b')).toMatchObject({
      status: 400,
      json: { errors: [{ field: 'body' }] },
    });
  });

  test('in an app with variables of its own, or none that is known', () => {
    type Own = EdgeEnv & { Variables: { user: string } };
    new Hono<Own>().get('/', async (c) =>
      c.json([await input(c, strict), cacheOf(c), c.get('user')] as never),
    );
    new Hono().get('/', async (c) => c.json([await input(c, strict), cacheOf(c)] as never));
  });

  test('its type is that of the schema', () => {
    const of = (c: Parameters<typeof input>[0]) => input(c, filter);
    expectTypeOf<Awaited<ReturnType<typeof of>>>().toEqualTypeOf<{
      page: number;
      tag?: string[] | undefined;
    }>();
  });
});

describe('what does not is 400, and names each field as the client knows it', () => {
  const utf16 = Uint8Array.of(0xff, 0xfe, 0x7b, 0x00);
  const notUtf8 = Uint8Array.of(0x22, 0xff, 0x22);
  test.each<[string, Schema, string, Asked, (readonly [field: string, detail: string])[]]>([
    [
      'several fields',
      order,
      '',
      post(`{"currency":"${secret}","lines":[{"sku":"a","amount":1},{"amount":"${secret}"}],"note":1}`),
      [
        ['currency', 'is not valid'],
        ['lines.1.sku', 'is missing'],
        ['lines.1.amount', 'must be a number'],
        ['note', 'write a note as text'],
      ],
    ],
    ['another kind of value', order, '', post('[]'), [['body', 'must be an object']]],
    [
      'a field that nobody knows',
      strict,
      '',
      post('{"a":"b","c":1,"d":2}'),
      [
        ['c', 'there is no such field'],
        ['d', 'there is no such field'],
      ],
    ],
    [
      'one further in',
      order,
      '',
      post('{"currency":"EUR","lines":[{"sku":"a","amount":1,"__proto__":1}]}'),
      [['lines.0.__proto__', 'there is no such field']],
    ],
    ['no body', order, '', { method: 'POST' }, [['body', 'is missing']]],
    ['an empty one', order, '', post('', asJson), [['body', 'is missing']]],
    ['half of it', order, '', post(`{"currency":"${secret}"`), [['body', 'is not JSON in UTF-8']]],
    ['another notation', order, '', post("{currency:'EUR'}"), [['body', 'is not JSON in UTF-8']]],
    ['bytes that are not UTF-8', order, '', post(notUtf8), [['body', 'is not JSON in UTF-8']]],
    ['UTF-16', order, '', post(utf16), [['body', 'is not JSON in UTF-8']]],
    ['a form that is not UTF-8', strict, '', post(notUtf8, asForm), [['body', 'is not a form in UTF-8']]],
    [
      'codes in it that are not',
      strict,
      '',
      post('a=%ff', asForm),
      [['a', 'is not UTF-8 with percent signs before its codes']],
    ],
    ['a field of it twice', strict, '', post('a=1&a=2', asForm), [['a', 'is given more than once']]],
    ['a query: a field twice', strict, '?a=1&a=2', {}, [['a', 'is given more than once']]],
    [
      'a query: one of no object',
      z.record(z.string(), z.string()),
      '?a=1&a=2',
      {},
      [['a', 'is given more than once']],
    ],
    ['a query: none', strict, '', {}, [['a', 'is missing']]],
    ['a query: unknown', strict, '?a=1&debug=1', {}, [['debug', 'there is no such field']]],
    ['a query: no number that is needed', z.object({ n: z.coerce.number() }), '', {}, [['n', 'is missing']]],
    ['a query: no number', filter, '?page=x', {}, [['page', 'must be a number']]],
    [
      'a query: a stray percent sign',
      strict,
      '?a=100%',
      {},
      [['a', 'is not UTF-8 with percent signs before its codes']],
    ],
    [
      'a query: the same in a name',
      strict,
      '?%ff=1',
      {},
      [['query', 'is not UTF-8 with percent signs before its codes']],
    ],
  ])('%s', async (_what, schema, query, asked, errors) => {
    const edge = site(schema);
    const answer = await edge.get(`/own${query}`, asked);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      type: 'urn:stillfresh:problem:invalid-request',
      errors: errors.map(([field, detail]) => ({ field, detail })),
    });
    expect(edge.log[0]).toMatchObject({ level: 'info', fields: errors.map(([field]) => field) });
    expect(answer.text + JSON.stringify(edge.log)).not.toMatch(/hunter2|A-Z|Invalid/);
  });

  const nested = (levels: number) => `{"a":${'['.repeat(levels)}1${']'.repeat(levels)}}`;
  const itself: Schema = z.lazy(() => z.union([z.string(), z.array(itself)]));
  test.each<[string, Schema]>([
    ['zod’s own', z.object({ a: z.json() })],
    ['one of one’s own', z.object({ a: itself })],
    ['one that takes anything', z.object({ a: z.unknown() })],
  ])('a schema that holds itself, and a body without end: %s', async (_what, schema) => {
    const edge = site(schema);
    for (const levels of [300, 5_000, 100_000])
      expect(await edge.get('/own', post(nested(levels)))).toMatchObject({
        status: 400,
        json: { errors: [{ field: 'body', detail: 'must not be nested more than 200 levels deep' }] },
      });
    expect([200, 400]).toContain((await edge.get('/own', post(nested(199)))).status);
  });

  test.each([
    ['ann.miller@acme.test', '*'],
    ['eyJhbGciOiJSUzI1NiJ9.secret-of-somebody', '*'],
    ['sk_live_51HsecretSECRETsecret', '*'],
    ['+49 170 1234567', '*'],
    ['colour', 'colour'],
    ['If-Match', 'If-Match'],
  ])(
    'a name that its sender chose is in the answer, in the log only if it reads like one: %s',
    async (name, logged) => {
      const edge = site(strict);
      const { json } = await edge.get('/own', post(JSON.stringify({ a: 'b', [name]: 1 })));
      expect(json).toMatchObject({ errors: [{ field: name, detail: 'there is no such field' }] });
      const asParam = await edge.get(`/report/r1?${encodeURIComponent(name)}`);
      expect(asParam.json).toMatchObject({ errors: [{ field: name }] });
      for (const line of edge.log) expect(line['fields']).toEqual([logged]);
    },
  );

  test('at most 20 of them, with names that are not without end', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}${'x'.repeat(100)}`, 1]));
    const { json } = await site(strict).get('/own', post(JSON.stringify({ a: 'b', ...many })));
    const { errors } = json as { errors: { field: string }[] };
    expect(errors).toHaveLength(20);
    for (const { field } of errors) expect(field.length).toBeLessThanOrEqual(64);
  });
});

describe('a body that nobody can read', () => {
  const aJson = '{"a":"b"}';
  test.each<[string, string | undefined]>([
    ['text', 'text/plain;charset=UTF-8'],
    ['files', 'multipart/form-data; boundary=x'],
    ['what only looks like JSON', 'application/jsonp'],
    ['what is JSON line by line', 'application/json-seq'],
    ['nothing', ''],
  ])('of the type %s: 415, and says what is taken', async (_what, type) => {
    const answer = await site(strict).get('/own', post(aJson, { 'Content-Type': type ?? '' }));
    expect(answer.status).toBe(415);
    expect(answer.headers.get('Accept')).toBe('application/json, application/x-www-form-urlencoded');
    expect(answer.json).toMatchObject({
      type: 'urn:stillfresh:problem:unsupported-media-type',
      detail: 'Send the body with Content-Type: application/json',
    });
  });

  test('in a coding: 415', async () => {
    const answer = await site(strict).get('/own', post(aJson, { ...asJson, 'Content-Encoding': 'gzip' }));
    expect(answer.status).toBe(415);
    expect(answer.headers.get('Accept-Encoding')).toBe('identity');
  });

  test('that is longer than bodyLimit lets through, and says nothing of its length: 413', async () => {
    const { edge } = world([aClass()], {
      routes: (app) =>
        app.use(bodyLimit({ maxSize: 8 })).post('/own', async (c) => c.json(await input(c, strict))),
    });
    const chunked = () => new Blob([aJson]).stream() as never;
    expect((await edge.get('/own', post(chunked()))).status).toBe(413);
  });

  test('that is too large: 413', async () => {
    const edge = site(strict, undefined, {
      bounds: { requestBodyBytes: 8 },
      routes: (app) =>
        app
          .use('/read', async (c, next) => {
            await c.req.text();
            return next();
          })
          .post('/:any', async (c) => c.json(await input(c, strict))),
    });
    for (const url of ['/own', '/read']) expect((await edge.get(url, post(aJson))).status).toBe(413);
  });
});

describe('beside what else reads the body', () => {
  const edge = world([aClass()], {
    routes: (app) =>
      app
        .use('/limited', bodyLimit({ maxSize: 100 }))
        .post('/limited', async (c) => c.json(await input(c, strict)))
        .post('/after', async (c) => c.json([await c.req.json(), await input(c, strict)]))
        .post('/before', async (c) => c.json([await input(c, strict), await c.req.json()]))
        .post('/twice', async (c) => c.json([await input(c, strict), await input(c, z.unknown())] as never))
        .post('/both', async (c) => c.json([await input(c, strict, 'query'), await input(c, strict)])),
  }).edge;
  const b = { a: 'b' };
  test.each([
    ['/limited', b],
    ['/after', [b, b]],
    ['/before', [b, b]],
    ['/twice', [b, b]],
    ['/both?a=b', [b, b]],
  ])('%s', async (url, json) => {
    expect(await edge.get(url, post('{"a":"b"}'))).toMatchObject({ status: 200, json });
  });
});
