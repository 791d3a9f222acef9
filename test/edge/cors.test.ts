import { describe, expect, test } from 'vitest';
import { type Asked, aClass, world } from '../support/worker/world.ts';

const app = 'https://app.acme.test';

function site(origins?: string) {
  const it = world([aClass()], origins === undefined ? {} : { settings: { CORS_ORIGINS: origins } });
  it.origin.on('/report/r1', { total: 1 });
  return it;
}
const from = (origin: string, asked: Asked = {}): Asked => ({
  ...asked,
  headers: { Origin: origin, ...asked.headers },
});
const preflight = (origin: string) =>
  from(origin, { as: null, method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'GET' } });
const allowed = (headers: Headers) => headers.get('Access-Control-Allow-Origin');

test('an app that the setting names may read the answer, and what the headers say of the cache', async () => {
  const { edge } = site(`https://other.acme.test, ${app}`);
  for (const path of ['/report/r1', '/report/r1']) {
    const { headers } = await edge.get(path, from(app));
    expect(allowed(headers)).toBe(app);
    expect(headers.get('Access-Control-Expose-Headers')).toBe(
      'Age, Cache-Status, ETag, Retry-After, Server-Timing',
    );
    expect(headers.get('Vary')).toBe('Accept-Encoding, Origin');
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
  }
});

test('problems too, so that the app can show them', async () => {
  const { edge } = site(app);
  const { status, headers } = await edge.get('/report/r1', from(app, { as: null }));
  expect(status).toBe(401);
  expect(allowed(headers)).toBe(app);
});

test('a preflight needs no token and asks nobody', async () => {
  const { edge, origin } = site(app);
  const { status, headers, text } = await edge.get('/report/r1', preflight(app));
  expect({ status, text }).toEqual({ status: 204, text: '' });
  expect(allowed(headers)).toBe(app);
  expect(headers.get('Access-Control-Allow-Headers')).toBe(
    'Authorization, Content-Type, If-None-Match, X-API-Key',
  );
  expect(headers.get('Access-Control-Allow-Methods')).toContain('PATCH');
  expect(headers.get('Access-Control-Max-Age')).toBe('7200');
  expect(edge.redis.took()).toEqual([]);
  expect(origin.count()).toBe(0);
});

test.each(['https://evil.acme.test', 'https://app.acme.test.evil.com', 'http://app.acme.test', 'null'])(
  'another origin may not: %s',
  async (origin) => {
    const { edge } = site(app);
    for (const asked of [from(origin), preflight(origin)]) {
      const { headers } = await edge.get('/report/r1', asked);
      expect(allowed(headers)).toBeNull();
      expect(headers.get('Access-Control-Allow-Methods')).toBeNull();
      expect(headers.get('Vary')).toContain('Origin');
    }
  },
);

describe('a cache or a browser may give an answer to another site than asked for it', () => {
  const asks: readonly [what: string, path: string, asked: Asked, status: number][] = [
    ['a miss', '/report/r1', {}, 200],
    ['a hit', '/report/r1', {}, 200],
    ['a HEAD', '/report/r1', { method: 'HEAD' }, 200],
    ['a 304', '/report/r1', { headers: { 'If-None-Match': '*' } }, 304],
    ['what the origin refuses', '/report/gone', {}, 404],
    ['a problem', '/report/r1', { as: null }, 401],
    ['a path that nobody has', '/none', {}, 404],
    ['another method', '/report/r1', { method: 'OPTIONS' }, 405],
  ];
  test.each([
    [app, undefined, { origin: null, vary: true }],
    [app, 'https://evil.acme.test', { origin: null, vary: true }],
    [app, app, { origin: app, vary: true }],
    ['*', undefined, { origin: '*', vary: false }],
    ['*', app, { origin: '*', vary: false }],
    [undefined, undefined, { origin: null, vary: false }],
  ])('the setting %s, asked from %s', async (origins, origin, expected) => {
    const { edge } = site(origins);
    for (const [what, path, asked, status] of asks) {
      const headers = { ...asked.headers, ...(origin !== undefined && { Origin: origin }) };
      const answer = await edge.get(path, { ...asked, headers });
      const vary = answer.headers.get('Vary')?.split(', ').includes('Origin') === true;
      const exposes = answer.headers.has('Access-Control-Expose-Headers');
      const seen = { what, status: answer.status, origin: allowed(answer.headers), vary, exposes };
      expect(seen).toEqual({ what, status, ...expected, exposes: expected.origin !== null });
    }
  });
});

test('* lets every origin read', async () => {
  const { edge } = site('*');
  expect(allowed((await edge.get('/report/r1', from('https://anywhere.example'))).headers)).toBe('*');
});

test('without the setting there is no CORS', async () => {
  const { edge } = site();
  const { headers } = await edge.get('/report/r1', from(app));
  expect(allowed(headers)).toBeNull();
  expect(headers.get('Vary')).toBe('Accept-Encoding');
  expect((await edge.get('/report/r1', preflight(app))).status).toBe(405);
});

test.each([
  [{ Vary: 'Origin, Accept' }, { origin: app, credentials: null, vary: 'Origin, Accept' }],
  [{ Vary: 'Accept' }, { origin: app, credentials: null, vary: 'Accept, Origin' }],
  [
    { 'Access-Control-Allow-Origin': '*', Vary: 'Accept' },
    { origin: '*', credentials: null, vary: 'Accept' },
  ],
  [{ 'Access-Control-Allow-Credentials': 'true' }, { origin: null, credentials: 'true', vary: null }],
])("what a team's own handler says of CORS stands, all of it: %j", async (said, expected) => {
  const { edge } = world([], {
    settings: { CORS_ORIGINS: app },
    routes: (it) => it.get('/own', () => new Response('own', { headers: said as Record<string, string> })),
  });
  const { headers } = await edge.get('/own', from(app));
  expect({
    origin: allowed(headers),
    credentials: headers.get('Access-Control-Allow-Credentials'),
    vary: headers.get('Vary'),
  }).toEqual(expected);
});
