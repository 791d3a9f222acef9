import { describe, expect, test } from 'vitest';
import { traceFieldsOf, traceparentOf } from '../../src/http/trace-context.ts';
import { get, httpWorld, said } from '../http-cache/support.ts';
import { SpanRecorder } from '../support/worker/recorder.ts';
import { aClass, type WorldOptions, world } from '../support/worker/world.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';
const client = { traceparent, tracestate };
const none = { traceparent: null, tracestate: null };

/** What the origin was sent of it, with each request. */
const sentTo = (origin: { readonly requests: readonly Request[] }) =>
  origin.requests.map(({ headers }) => ({
    traceparent: headers.get('traceparent'),
    tracestate: headers.get('tracestate'),
  }));

/** One request of a client that sends this, to each front end: what its origin then is sent. */
const frontEnds = {
  'a read-through class': async (headers: Record<string, string>, options: WorldOptions = {}) => {
    const { origin, edge } = world([aClass()], options);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1', { headers });
    return sentTo(origin);
  },
  'a loader': async (headers: Record<string, string>, options: WorldOptions = {}) => {
    const { origin, edge } = world([aClass({ read: 'cache-aside' })], options);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1', { headers });
    return sentTo(origin);
  },
  'a write': async (headers: Record<string, string>, options: WorldOptions = {}) => {
    const { origin, edge } = world([aClass({ writeThrough: 'purge' })], options);
    origin.on('PATCH /report/r1', { total: 1 });
    await edge.get('/report/r1', { method: 'PATCH', body: '{}', headers });
    return sentTo(origin);
  },
  'the HTTP cache': async (headers: Record<string, string>, options: WorldOptions = {}) => {
    const { origin, edge } = httpWorld({}, options);
    origin.on('/a', said('a', { 'Cache-Control': 'max-age=60' }));
    await get(edge, '/a', headers);
    return sentTo(origin);
  },
  'the HTTP cache, for one client': async (headers: Record<string, string>, options: WorldOptions = {}) => {
    const { origin, edge } = httpWorld({}, options);
    origin.on('POST /a', said('a'));
    await edge.get('/a', { as: null, method: 'POST', body: 'b', headers });
    return sentTo(origin);
  },
};

describe.each(Object.entries(frontEnds))('traceparent to the origin of %s', (_name, ask) => {
  test('is the client’s where nobody records', async () => {
    expect(await ask(client)).toEqual([client]);
    expect(await ask(client, { tracing: new SpanRecorder(false) })).toEqual([client]);
    expect(await ask({ traceparent })).toEqual([{ traceparent, tracestate: null }]);
  });

  test('is ours where a span is recorded: that of this very request, and none of the client’s state', async () => {
    const recorder = new SpanRecorder();
    const [sent, ...more] = await ask(client, { tracing: recorder });
    const span = recorder.spans.find(({ name }) => name === 'stillfresh.origin')!;
    expect(sent).toEqual({ traceparent: `00-${recorder.traceId}-${span.spanId}-01`, tracestate: null });
    expect(more).toEqual([]);
  });

  test('is none without either', async () => {
    expect(await ask({})).toEqual([none]);
    expect(await ask({ tracestate })).toEqual([none]);
    expect(await ask({ traceparent: `${traceparent}-x`, tracestate })).toEqual([none]);
  });
});

describe('A client’s is well-formed, or none', () => {
  const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';
  test.each([
    [`00-${ids}-00`, true],
    [`00-${ids}-ff`, true],
    [`01-${ids}-01`, false],
    [`ff-${ids}-01`, false],
    [`00-${ids}-1`, false],
    [`00-${ids}`, false],
    [`00-${ids}-01-`, false],
    [`00-${ids}-01-more`, false],
    [`00-${ids.toUpperCase()}-01`, false],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, false],
    [`00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`, false],
    [`00-${ids}-01, 00-${ids}-01`, false],
    ['', false],
    ['<script>', false],
  ])('traceparent %j: %s', (traceparent, isValid) => {
    const fields = traceFieldsOf(new Headers({ traceparent, tracestate }));
    expect(fields).toEqual(isValid ? { traceparent, tracestate } : null);
  });

  test.each([
    ['a=1', true],
    ['a=1 , b@c=2,', true],
    ['fw529a3039@dt=FfAAAAIAAA,a_b-c*d/e=x y z', true],
    [Array.from({ length: 32 }, (_, i) => `k${i}=1`).join(), true],
    [Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(), false],
    [`a=${'x'.repeat(256)}`, true],
    [`a=${'x'.repeat(257)}`, false],
    [`a=${'x'.repeat(250)},b=${'x'.repeat(250)},c=${'x'.repeat(9)}`, false],
    ['A=1', false],
    ['a', false],
    ['a=b=c', false],
    ['a=é', false],
    ['=1', false],
  ])('tracestate %j: %s', (tracestate, isValid) => {
    const fields = traceFieldsOf(new Headers({ traceparent, tracestate }));
    expect(fields).toEqual({ traceparent, ...(isValid && { tracestate }) });
  });

  test('and so is a span’s', () => {
    expect(traceparentOf({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) })).toBeNull();
    const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
    expect(traceparentOf(ids)).toEqual({ traceparent });
  });

  test('no state keeps its judge busy', () => {
    const tracestate = `${'a=1 , '.repeat(80)}${'a= '.repeat(10)}`;
    expect(traceFieldsOf(new Headers({ traceparent, tracestate }))).toEqual({ traceparent });
  });
});

describe('It is of the one who is asked for', () => {
  const other = { traceparent: traceparent.replace('4bf9', '5c0a') };

  test('a fetch that others wait for has its leader’s', async () => {
    const { origin, edge } = world([aClass()]);
    const held = origin.hold('/report/r1');
    const first = edge.get('/report/r1', { headers: client });
    await held.arrived();
    const second = edge.get('/report/r1', { headers: other });
    held.answer({ total: 1 });
    await Promise.all([first, second]);
    expect(sentTo(origin)).toEqual([client]);
  });

  test.each<[string, unknown, object]>([
    ['none of the client’s, which does not wait for it', undefined, none],
    ['ours, where it is recorded', new SpanRecorder(), { traceparent: expect.stringMatching(/^00-0af7/) }],
  ])('a refresh in the background has %s', async (_what, tracing, sent) => {
    const { origin, edge, clock } = world([aClass({ staleWhileRevalidate: '1m' })], { tracing });
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(11_000);
    await edge.get('/report/r1', { headers: client });
    expect(sentTo(origin)).toMatchObject([{}, sent]);
    const http = httpWorld({}, { tracing });
    http.origin.on('/a', said('a', { 'Cache-Control': 'max-age=10, stale-while-revalidate=60' }));
    await get(http.edge, '/a');
    http.clock.advance(11_000);
    await get(http.edge, '/a', client);
    expect(sentTo(http.origin)).toMatchObject([{}, sent]);
  });

  test('a loader’s own stands', async () => {
    const own = { traceparent: traceparent.replace('-01', '-00') };
    const { origin, edge } = world([aClass({ read: 'cache-aside' })], {
      load: async ({ origin: it }) => (await it.fetch('/own', { headers: own })).json(),
    });
    origin.on('/own', { total: 1 });
    await edge.get('/report/r1', { headers: client });
    expect(sentTo(origin)).toEqual([{ ...own, tracestate: null }]);
  });
});

describe('It is in no key, and in nothing that is stored', () => {
  const other = { traceparent: traceparent.replace('4bf9', '5c0a'), tracestate: 'other=1' };

  test.each([
    ['by the origin’s word', 'all', { 'Cache-Control': 'max-age=60', Vary: 'traceparent, tracestate' }],
    ['by everything that it is shown', 'keyed', { 'Cache-Control': 'max-age=60' }],
  ] as const)('of the HTTP cache, %s', async (_what, inputs, headers) => {
    const { origin, edge, anotherEdge } = httpWorld({ inputs });
    origin.on('/a', said('a', headers));
    expect((await get(edge, '/a', client)).cacheStatus).toContain('stored');
    expect((await get(edge, '/a', other)).cacheStatus).toContain('hit');
    const shown = inputs === 'all' ? tracestate : null;
    expect(sentTo(origin)).toEqual([{ traceparent, tracestate: shown }]);
    const away = anotherEdge();
    const read: string[] = [];
    away.redis.rewrite = (entry) => {
      read.push(entry);
      return entry;
    };
    expect((await get(away, '/a')).cacheStatus).toContain('hit');
    expect(read.join()).toContain('a');
    expect(read.join()).not.toMatch(/4bf92f|rojo/);
  });

  test('of a class', async () => {
    const { origin, edge } = world([aClass()]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1', { headers: client });
    expect((await edge.get('/report/r1', { headers: other })).cacheStatus).toContain('hit');
  });
});
