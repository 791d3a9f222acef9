import type { MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { expect, test } from 'vitest';
import { cached, type EdgeEnv, httpCache, path } from '../../src/index.ts';
import { said } from '../http-cache/support.ts';
import { aClass, world } from '../support/worker/world.ts';

/** Long enough for a middleware that compresses. */
const page = 'hello '.repeat(400);

/** The second read of a page, a hit, by its counts and its log line: `after` is a middleware that has the last word. */
async function hitWith(
  after: MiddlewareHandler<EdgeEnv>,
  url = '/pub/a',
  init: { method?: string; headers?: Record<string, string> } = {},
) {
  const { edge, origin } = world([], {
    routes: (app) => {
      app.use('/pub/*', async (c, next) => (c.req.header('X-Warm') ? next() : after(c, next)));
      app.all('/pub/*', httpCache({ origin: 'https://origin.test' }));
    },
  });
  origin.on(
    '/pub/a',
    said(page, { 'Cache-Control': 'max-age=60', 'Content-Type': 'text/plain', ETag: '"1"' }),
  );
  await edge.get('/pub/a', { as: null, headers: { 'X-Warm': '1' } });
  edge.isolate.meter.take();
  const answer = await edge.get(url, { as: null, ...init });
  const counts = Object.fromEntries(
    [...edge.isolate.meter.take().counts].filter(([key]) => /^(served|withheld)_bytes|^requests\|/.test(key)),
  );
  return { answer, counts, logged: edge.log.at(-1)!['bytes'] };
}

const nothing: MiddlewareHandler = (_, next) => next();

test('a hit that nobody touches counts its bytes', async () => {
  const { counts, logged } = await hitWith(nothing);
  expect(counts).toEqual({ 'requests|http|hit': 1, 'served_bytes|http|hit': page.length });
  expect(logged).toBe(page.length);
});

test.each<[string, MiddlewareHandler<EdgeEnv>]>([
  [
    'c.header after it',
    async (c, next) => {
      await next();
      c.header('X-Page', '1');
    },
  ],
  [
    'a response of its body',
    async (c, next) => {
      await next();
      c.res = new Response(c.res.body, c.res);
    },
  ],
  ['a compressing middleware', compress()],
  [
    'a value made of what was read',
    async (c, next) => {
      await next();
      const text = await c.res.text();
      c.res = undefined;
      c.res = c.text(text.toUpperCase());
    },
  ],
])('it counts them through %s', async (_, after) => {
  const { counts, logged } = await hitWith(after, '/pub/a', { headers: { 'Accept-Encoding': 'gzip' } });
  expect(counts).toEqual({ 'requests|http|hit': 1, 'served_bytes|http|hit': page.length });
  expect(logged).toBe(page.length);
});

const closed: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  await next();
  c.res = undefined;
  c.res = c.text('closed for today', 503);
};

test.each<[string, string, { method?: string; headers?: Record<string, string> }]>([
  ['of a page', '/pub/a', {}],
  ['of a part of it', '/pub/a', { headers: { Range: 'bytes=0-9' } }],
  ['of a 304', '/pub/a', { headers: { 'If-None-Match': '"1"' } }],
  ['of a HEAD', '/pub/a', { method: 'HEAD' }],
])('a middleware that answers in the place %s: nothing of it was served, nor saved', async (_, url, init) => {
  const { answer, counts, logged } = await hitWith(closed, url, init);
  expect(answer.status).toBe(503);
  expect(counts).toEqual({ 'requests|http|error': 1 });
  expect(logged).toBeUndefined();
});

test.each<[string, { method?: string; headers?: Record<string, string> }]>([
  ['a 304', { headers: { 'If-None-Match': '"1"' } }],
  ['a HEAD', { method: 'HEAD' }],
])('%s counts what it does without, through a middleware that sets a field', async (_, init) => {
  const { counts } = await hitWith(
    async (c, next) => {
      await next();
      c.header('X-Page', '1');
    },
    '/pub/a',
    init,
  );
  expect(counts).toEqual({ 'requests|http|hit': 1, 'withheld_bytes|http|hit': page.length });
});

test('the same of a class: what a middleware answers in its place was not served by it', async () => {
  const report = aClass();
  const { edge } = world([report], {
    routes: (app) => app.get('/closed/:id', closed, cached(report, { params: { id: path('id') } })),
  });
  await edge.get('/closed/r1');
  await edge.get('/closed/r1');
  const { counts } = edge.isolate.meter.take();
  expect(counts.get('requests|report|error')).toBe(2);
  expect([...counts.keys()].filter((key) => key.startsWith('served_bytes'))).toEqual([]);
});
