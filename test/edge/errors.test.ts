import { type Context, Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cached, cacheOf, type EdgeEnv, input, Problem, path } from '../../src/index.ts';
import { allowWhen } from '../../src/strategy/access.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

const report = aClass();
const loaded = aClass({ name: 'loaded', read: 'cache-aside', staleWhileRevalidate: '60s' });
const secret = 'hunter2';

const throwing = (error: () => unknown) => {
  const it = world([report], {
    routes: (app) =>
      app.get('/own', () => {
        throw error();
      }),
  });
  return { ...it, ask: (method = 'GET') => it.edge.get('/own', { method }) };
};

const problemOfStatus = ({ headers, json }: Answer) => {
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(headers.get('Cache-Control')).toBe('no-store');
  return json as { type: string; status: number; detail?: string; instance: string };
};

describe('an HTTPException in a handler keeps its status, as a problem', () => {
  test.each([
    [400, 'invalid-request'],
    [401, 'unauthenticated'],
    [402, 'http-error'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [409, 'http-error'],
    [413, 'content-too-large'],
    [415, 'unsupported-media-type'],
    [418, 'http-error'],
    [422, 'unprocessable'],
    [429, 'http-error'],
    [500, 'internal'],
    [502, 'http-error'],
    [503, 'http-error'],
    [599, 'http-error'],
  ])('%i: %s', async (status, code) => {
    const { ask, edge } = throwing(() => new HTTPException(status as 400, { message: 'Not before May' }));
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(problemOfStatus(answer)).toMatchObject({
      type: `urn:stillfresh:problem:${code}`,
      title: expect.any(String),
      status,
      detail: 'Not before May',
      instance: `urn:uuid:${edge.log[0]!['request_id']}`,
    });
    expect(edge.log[0]).toMatchObject({
      level: status >= 500 ? 'error' : 'info',
      status,
      problem: code,
      why: expect.stringContaining('Not before May'),
    });
  });

  test('without a message there is no detail; a 5xx has its lines of code in the log', async () => {
    const { ask, edge } = throwing(() => new HTTPException(503));
    expect(problemOfStatus(await ask())).not.toHaveProperty('detail');
    expect(edge.log[0]!['why']).toContain('errors.test.ts');
  });

  test('HEAD has its status and no body', async () => {
    const answer = await throwing(() => new HTTPException(409, { message: 'taken' })).ask('HEAD');
    expect(answer).toMatchObject({ status: 409, text: '' });
  });

  test('401 says how to be known', async () => {
    const { headers } = await throwing(() => new HTTPException(401)).ask();
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="stillfresh"');
  });

  test.each([204, 205, 304])('%i has no content', async (status) => {
    const answer = await throwing(() => new HTTPException(status as 400, { message: 'x' })).ask();
    expect(answer).toMatchObject({ status, text: '' });
  });

  test.each([0, 42, 101, 199, 600, 404.5, Number.NaN, '404'])('%j is no status: 500', async (status) => {
    const { ask, edge } = throwing(() => new HTTPException(status as 400, { message: secret }));
    const answer = await ask();
    expect(answer.status).toBe(500);
    expect(problemOfStatus(answer)).not.toHaveProperty('detail');
    expect(edge.log[0]).toMatchObject({
      problem: 'internal',
      why: expect.stringContaining(`HTTPException ${status}`),
    });
  });
});

describe('one with a response of its own is answered by it', () => {
  test('body and headers, beside those of every answer', async () => {
    const res = () =>
      new Response('who are you?', { headers: { 'WWW-Authenticate': 'Basic realm="x"', 'X-Own': '1' } });
    const { edge, origin } = world([report], {
      settings: { CORS_ORIGINS: 'https://app.test' },
      routes: (app) =>
        app.get('/own', async (c) => {
          await cacheOf(c).read(report, { id: 'r1' });
          throw new HTTPException(401, { res: res() });
        }),
    });
    origin.on('/report/r1', { total: 1 });
    const answer = await edge.get('/own', { headers: { Origin: 'https://app.test' } });
    expect(answer).toMatchObject({ status: 401, text: 'who are you?' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'www-authenticate': 'Basic realm="x"',
      'x-own': '1',
      'cache-control': 'no-store',
      'cache-status': 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
      'server-timing': expect.any(String),
      'access-control-allow-origin': 'https://app.test',
    });
  });

  test('one that was sent already is 500, and no crash', async () => {
    const once = new HTTPException(403, { res: new Response('no') });
    const { ask, edge } = throwing(() => once);
    expect(await ask()).toMatchObject({ status: 403, text: 'no' });
    expect((await ask()).status).toBe(500);
    expect(edge.log[1]!['why']).toContain('no answer can be made of HTTPException 403');
  });

  test('so is another’s error that has one', async () => {
    class Teapot extends Error {
      getResponse = () => new Response('short and stout', { status: 418 });
    }
    const { ask, edge } = throwing(() => new Teapot('tea'));
    expect(await ask()).toMatchObject({ status: 418, text: 'short and stout' });
    expect(edge.log[0]).toMatchObject({ level: 'info', problem: 'http-error', why: 'Error: tea' });
  });
});

describe('what Hono’s own middleware throws', () => {
  const behind = (...[use]: [Parameters<Hono<EdgeEnv>['use']>[1]]) =>
    world([report], {
      routes: (app) =>
        app
          .use('/own/*', cors({ origin: 'https://other.test', credentials: true }))
          .use('/own/*', use)
          .all('/own/a', (c) => c.text('in')),
    }).edge;

  test('basicAuth: 401 with its challenge', async () => {
    const answer = await behind(basicAuth({ username: 'a', password: 'b' })).get('/own/a', { as: null });
    expect(answer).toMatchObject({ status: 401, text: 'Unauthorized' });
    expect(answer.headers.get('WWW-Authenticate')).toBe('Basic realm="Secure Area"');
    // A header that other middleware has set goes with it.
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true');
  });

  test('bodyLimit: 413', async () => {
    const asked = { method: 'POST', body: 'xxxx', headers: { 'Content-Length': '4' } };
    expect(await behind(bodyLimit({ maxSize: 3 })).get('/own/a', asked)).toMatchObject({
      status: 413,
      text: 'Payload Too Large',
    });
  });

  test('an exception after headers were set keeps them', async () => {
    const { edge } = world([report], {
      routes: (app) =>
        app.get('/own', (c) => {
          c.header('Retry-After', '7');
          throw new HTTPException(429);
        }),
    });
    const answer = await edge.get('/own');
    expect(answer.headers.get('Retry-After')).toBe('7');
    problemOfStatus(answer);
  });
});

describe('in an app of its own', () => {
  const withApp = (own: Hono<EdgeEnv>) => world([report], { routes: (app) => app.route('/own', own) });
  const boom = (error: () => Error) =>
    new Hono<EdgeEnv>().get('/', () => {
      throw error();
    });

  test('without an onError: as anywhere', async () => {
    const { edge } = withApp(boom(() => new HTTPException(409, { message: 'taken' })));
    expect(problemOfStatus(await edge.get('/own'))).toMatchObject({ status: 409, detail: 'taken' });
  });

  test('with one: its answer, and the log knows what it was', async () => {
    const own = boom(() => new HTTPException(409, { message: 'taken' })).onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text('bug', 500),
    );
    const { edge } = withApp(own);
    expect(await edge.get('/own')).toMatchObject({ status: 409, text: 'taken' });
    expect(edge.log[0]).toMatchObject({
      level: 'info',
      problem: 'http-error',
      why: 'HTTPException 409: taken',
    });
  });

  test('one that was written for Hono answers problems of the edge as they are', async () => {
    const own = new Hono<EdgeEnv>()
      .get('/:id', cached(report, { params: { id: path('id') } }))
      .onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('bug', 500)));
    const { edge } = withApp(own);
    const answer = await edge.get('/own/r1', { as: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="stillfresh"');
    expect(answer.json).toMatchObject({ type: 'urn:stillfresh:problem:unauthenticated', status: 401 });
  });
});

describe('what `c.header` has set goes with any error', () => {
  const ways: Record<string, (c: Context<EdgeEnv>) => unknown> = {
    'a Problem': () => {
      throw new Problem('forbidden', { headers: { 'X-Both': 'problem' } });
    },
    'an HTTPException': () => {
      throw new HTTPException(403);
    },
    'one with its response': () => {
      throw new HTTPException(403, { res: new Response('no', { headers: { 'X-Both': 'own' } }) });
    },
    input: (c) => input(c, z.object({ a: z.string() })),
    'a refused read': (c) => cacheOf(c).read(report, { id: 'none' }),
    'any Error': () => {
      throw new Error('boom');
    },
    'no route': (c) => c.notFound(),
  };
  const success = {
    ETag: '"a"',
    'Cache-Control': 'public, max-age=60',
    'Content-Encoding': 'gzip',
    Expires: '0',
  };
  const left = {
    ...success,
    'Last-Modified': 'Mon, 05 Oct 2026 11:00:00 GMT',
    'CDN-Cache-Control': 'max-age=60',
    'Content-Length': '1',
    'Content-Disposition': 'attachment',
    'Cache-Tag': 'a',
  };
  test.each(Object.entries(ways))('%s', async (_what, way) => {
    const { edge } = world([report], {
      routes: (app) =>
        app.use(requestId()).get('/own', async (c) => {
          for (const [name, value] of Object.entries(left)) c.header(name, value);
          c.header('Content-Security-Policy', "default-src 'none'");
          c.header('X-Both', 'handler');
          c.header('Set-Cookie', 'a=1');
          c.header('Set-Cookie', 'b=2', { append: true });
          return (await way(c)) as Response;
        }),
    });
    const { status, headers } = await edge.get('/own');
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'none'");
    expect(headers.get('X-Both')).toMatch(/handler|problem|own/);
    expect(headers.get('Cache-Control')).toBe('no-store');
    for (const name of Object.keys(left))
      if (name !== 'Cache-Control') expect(headers.get(name), name).toBeNull();
  });

  test('what a limit has said before it threw is kept', async () => {
    const { edge } = world([report], {
      routes: (app) =>
        app.get('/own', (c) => {
          c.header('Retry-After', '7');
          throw new HTTPException(429);
        }),
    });
    const { status, headers } = await edge.get('/own');
    expect([status, headers.get('Retry-After')]).toEqual([429, '7']);
  });

  test('of fields that are written in lower case there is one', async () => {
    const headers = { 'www-authenticate': 'Basic realm="x"', 'cache-control': 'private' };
    const { edge } = world([report], {
      routes: (app) =>
        app.get('/own', () => {
          throw new Problem('unauthenticated', { headers });
        }),
    });
    const answer = await edge.get('/own');
    expect([answer.headers.get('WWW-Authenticate'), answer.headers.get('Cache-Control')]).toEqual(
      Object.values(headers),
    );
  });

  test('its own headers win', async () => {
    const { edge } = world([report], {
      routes: (app) =>
        app.get('/own', (c) => {
          c.header('Retry-After', '7');
          throw new Problem('unavailable', { headers: { 'Retry-After': '9', 'Cache-Control': 'max-age=1' } });
        }),
    });
    const { headers } = await edge.get('/own');
    expect([headers.get('Retry-After'), headers.get('Cache-Control')]).toEqual(['9', 'max-age=1']);
  });

  test('nothing is left of an answer that a middleware throws away', async () => {
    const { edge } = world([report], {
      routes: (app) =>
        app
          .use('/own', async (c, next) => {
            c.header('X-Before', '1');
            await next();
            c.header('X-After', '1');
            throw new Problem('forbidden');
          })
          .get('/own', (c) => c.text('secret', 200, { ...success, ...wanted })),
    });
    const wanted = { Location: '/elsewhere', Link: '</a>; rel="next"', 'Retry-After': '100', Allow: 'GET' };
    const answer = await edge.get('/own');
    expect(answer).toMatchObject({ status: 403, json: { status: 403 } });
    for (const name of Object.keys(wanted)) expect(answer.headers.get(name), name).toBeNull();
    const { headers } = answer;
    expect([headers.get('X-Before'), headers.get('X-After')]).toEqual(['1', '1']);
    expect(headers.get('Content-Type')).toBe('application/problem+json');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect([headers.get('ETag'), headers.get('Content-Encoding'), headers.get('Expires')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('an onError as Hono’s guide has it tells the caller nothing that is for the log', () => {
  const usual = (error: Error, c: Context<EdgeEnv>) =>
    c.json({ error: error.message }, error instanceof HTTPException ? error.status : 500);
  const handlers: [string, (c: Context<EdgeEnv>) => Promise<unknown>, string][] = [
    [
      'of the origin',
      (c) => cacheOf(c).read(report, { id: 'r1' }),
      'The origin did not give a usable answer',
    ],
    ['a rule', (c) => cacheOf(c).read(closed, { id: 'r1' }), 'You may not do this'],
    [
      'one of its own',
      () => Promise.reject(new Problem('forbidden', { detail: 'Ask Ann', why: secret })),
      'Ask Ann',
    ],
  ];
  const closed = aClass({ name: 'closed', access: allowWhen(secret, [], () => false) });
  for (const where of ['the edge', 'an app of its own'])
    test.each(handlers)(`${where}: %s`, async (_what, handler, message) => {
      const { edge, origin } = world([report, closed], {
        routes: (app) => {
          const own = where === 'the edge' ? app : new Hono<EdgeEnv>();
          own.onError(usual);
          own.get('/own/x', async (c) => c.json((await handler(c)) as never));
          if (own !== app) app.route('/', own);
        },
      });
      origin.on('/report/r1', () => {
        throw new TypeError(`connect ${secret}`);
      });
      const answer = await edge.get('/own/x');
      expect(answer.json).toEqual({ error: message });
      expect(edge.log.at(-1)).toMatchObject({
        why: expect.stringContaining(secret),
        problem: expect.any(String),
      });
    });
});

describe('an onError on the edge itself answers, and the log is told all the same', () => {
  const site = (throws: () => unknown) =>
    world([report], {
      routes: (app) => {
        app.onError((_error, c) => c.text('oops', 500));
        app.get('/own', throws as never);
      },
    }).edge;
  const by = z.object({ a: z.string() });
  test.each<[string, () => unknown, object]>([
    [
      'an Error',
      () => JSON.parse('{'),
      { problem: 'internal', why: expect.stringContaining('errors.test.ts') },
    ],
    [
      'a ZodError',
      () => by.parse({}),
      { problem: 'internal', why: expect.stringContaining('ZodError: a (') },
    ],
    [
      'a Problem',
      () => {
        throw new Problem('invalid-request', { why: 'it was', errors: [{ field: 'a', detail: 'b' }] });
      },
      { problem: 'invalid-request', why: 'it was', fields: ['a'] },
    ],
    ['an HTTPException', () => Promise.reject(new HTTPException(409)), { problem: 'http-error' }],
  ])('%s', async (_what, throws, line) => {
    const edge = site(throws);
    expect(await edge.get('/own')).toMatchObject({ status: 500, text: 'oops' });
    expect(edge.log).toMatchObject([{ event: 'request', status: 500, level: 'error', ...line }]);
  });

  test('one that throws is 500, and a Problem that it throws is answered', async () => {
    const { edge } = world([report], {
      routes: (app) => {
        app.onError((error) => {
          throw error.message === 'taken' ? new Problem('http-error', { status: 409 }) : new Error('worse');
        });
        app.get('/:what', (c) => {
          throw new Error(c.req.param('what'));
        });
      },
    });
    expect(problemOfStatus(await edge.get('/taken'))).toMatchObject({ status: 409 });
    expect(problemOfStatus(await edge.get('/boom'))).toMatchObject({ status: 500 });
    expect(edge.log).toMatchObject([
      { problem: 'http-error' },
      { problem: 'internal', why: expect.stringContaining('worse') },
    ]);
  });
});

describe('what is thrown and is no Error is 500, and the log says what it was', () => {
  const things: [string, unknown, string][] = [
    ['a text', 'no rows', 'its res: no rows'],
    ['nothing', undefined, 'its res: [object Undefined]'],
    ['an object', { error: secret }, 'its res: [object Object]'],
    [
      'a Response',
      new Response(secret, { status: 410 }),
      'what was thrown is no Error, such as an HTTPException with its res: [object Response]',
    ],
  ];
  const apps: Record<string, (app: Hono<EdgeEnv>, throwing: () => never) => unknown> = {
    'at once': (app, throwing) => app.get('/own', throwing),
    later: (app, throwing) => app.get('/own', async () => throwing()),
    'behind middleware': (app, throwing) => app.use(requestId()).get('/own', throwing),
    'in middleware': (app, throwing) => app.use(throwing).get('/own', (c) => c.text('in')),
    'in an app with an onError': (app, throwing) =>
      app.route('/', new Hono<EdgeEnv>().onError((_, c) => c.text('bug', 500)).get('/own', throwing)),
  };
  for (const [how, add] of Object.entries(apps))
    test.each(things)(`${how}: %s`, async (_what, thrown, why) => {
      const { edge } = world([report], {
        routes: (app) =>
          add(app, () => {
            throw thrown;
          }),
      });
      for (const method of ['GET', 'HEAD']) expect((await edge.get('/own', { method })).status).toBe(500);
      expect(edge.log).toHaveLength(2);
      for (const line of edge.log)
        expect(line).toMatchObject({
          level: 'error',
          problem: 'internal',
          why: expect.stringContaining(why),
        });
      expect(JSON.stringify(edge.log)).not.toContain(secret);
    });
});

describe('a Problem that no answer can be made of is a fault of the code, where it was written', () => {
  test.each<[string, () => Problem, string]>([
    ['no status', () => new Problem('internal', { status: 1000 }), 'Problem: 1000 is no status of an answer'],
    ['one of no final answer', () => new Problem('internal', { status: 101 }), '101 is no status'],
    ['a fraction', () => new Problem('internal', { status: 404.5 }), '404.5 is no status'],
    ['no name of a header', () => new Problem('forbidden', { headers: { 'X-Bad\n': 'y' } }), 'TypeError'],
    ['no value of one', () => new Problem('forbidden', { headers: { 'X-Bad': 'a\nb' } }), 'TypeError'],
    ['no code', () => new Problem('gone' as never, { status: 409, detail: 'x' }), 'TypeError'],
  ])('%s', async (_what, error, why) => {
    const { ask, edge } = throwing(error);
    expect(problemOfStatus(await ask())).toMatchObject({ status: 500 });
    expect(edge.log).toMatchObject([{ problem: 'internal', why: expect.stringContaining(why) }]);
    expect(edge.log[0]!['why']).toContain('errors.test.ts');
  });
});

describe('401 says how to be known', () => {
  test.each<[string, () => Error, string]>([
    ['a Problem', () => new Problem('unauthenticated'), 'Bearer realm="stillfresh"'],
    ['of a status', () => new Problem('http-error', { status: 401 }), 'Bearer realm="stillfresh"'],
    ['its own', () => new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Basic' } }), 'Basic'],
  ])('%s', async (_what, error, challenge) => {
    const { headers } = await throwing(error).ask();
    expect(headers.get('WWW-Authenticate')).toBe(challenge);
  });
});

describe('a Problem of a team’s own', () => {
  test('of a code that there is', () => {
    // @ts-expect-error it is no code
    expect(() => new Problem('gone')).toThrow();
  });

  test.each([
    ['an exported code', () => new Problem('forbidden', { detail: 'Ask your admin' }), 403, 'Ask your admin'],
    ['with a status', () => new Problem('http-error', { status: 409, detail: 'taken' }), 409, 'taken'],
  ])('%s', async (_what, error, status, detail) => {
    const answer = await throwing(error).ask();
    expect(answer.status).toBe(status);
    expect(problemOfStatus(answer)).toMatchObject({ status, detail });
  });
});

describe('in a loader it is 502, and the log says what was thrown', () => {
  const errors: readonly (readonly [string, () => Error, string])[] = [
    ['HTTPException', () => new HTTPException(404, { message: 'no rows' }), 'HTTPException 404: no rows'],
    ['without a message', () => new HTTPException(401), 'HTTPException 401'],
    [
      'with a response',
      () => new HTTPException(403, { message: 'x', res: new Response(secret) }),
      'HTTPException 403: x',
    ],
    ['a Problem', () => new Problem('not-found', { detail: secret }), 'Problem: not-found'],
    ['another’s error', () => new TypeError('rows is not iterable'), 'TypeError: rows is not iterable'],
  ];
  const ways = (error: () => Error) =>
    world([loaded], {
      load: () => Promise.reject(error()),
      routes: (app) =>
        app.get('/own', async (c) =>
          c.json((await cacheOf(c).wrap(loaded, { id: 'r1' }, () => Promise.reject(error()))) as never),
        ),
    }).edge;

  for (const url of ['/loaded/r1', '/own'])
    test.each(errors)(`${url}: %s`, async (_what, error, why) => {
      const edge = ways(error);
      const answer = await edge.get(url);
      expect(answer.status).toBe(502);
      expect(problemOfStatus(answer).type).toBe('urn:stillfresh:problem:origin-failed');
      expect(answer.text + JSON.stringify(edge.log)).not.toContain(secret);
      expect(edge.log[0]).toMatchObject({ problem: 'origin-failed', why: expect.stringContaining(why) });
    });

  test('in the background the stale answer stays, and a note tells', async () => {
    let load = async (): Promise<unknown> => ({ total: 1 });
    const { clock, edge } = world([loaded], { load: () => load() });
    await edge.get('/loaded/r1');
    load = () => Promise.reject(new HTTPException(404, { message: 'no rows' }));
    clock.advance(11_000);
    expect(await edge.get('/loaded/r1')).toMatchObject({ status: 200, json: { total: 1 } });
    expect(String(edge.remarks)).toContain('origin-failed: HTTPException 404: no rows');
  });

  test('in work that a handler leaves behind it changes no answer', async () => {
    const failing = Promise.reject(new HTTPException(409));
    failing.catch(() => {});
    const { edge } = world([report], {
      routes: (app) =>
        app.get('/own', (c) => {
          c.executionCtx.waitUntil(failing.catch(() => {}));
          return c.text('done');
        }),
    });
    expect(await edge.get('/own')).toMatchObject({ status: 200, text: 'done' });
  });
});

test('in an access rule it keeps its status too, and nothing is shown', async () => {
  const ruled = aClass({
    access: allowWhen('odd', [], () => {
      throw new HTTPException(451, { message: 'not in your country' });
    }),
  });
  const { edge, origin } = world([ruled]);
  origin.on('/report/r1', { total: 1 });
  expect(await edge.get('/report/r1')).toMatchObject({
    status: 451,
    json: { detail: 'not in your country' },
  });
  expect(origin.count()).toBe(0);
});

describe('what code could not parse names the field in the log, and never the value', () => {
  const shape = z.object({
    totals: z.object({ revenue_cents: z.number() }),
    rows: z.array(z.strictObject({ id: z.string().regex(/^[a-z]+$/) })),
    by_person: z.record(z.email(), z.number()),
  });
  const given = {
    totals: { revenue_cents: secret },
    rows: [{ id: secret, [secret]: 1 }],
    by_person: { 'ann@acme.test': secret },
  };
  const why =
    'ZodError: totals.revenue_cents (invalid_type, expected number), rows.0.id (invalid_format), ' +
    'rows.0 (unrecognized_keys), by_person.* (invalid_type, expected number)';

  test.each<[string, () => unknown, string]>([
    ['a schema', () => shape.parse(given), why],
    ['all of the value', () => z.string().parse(7), 'ZodError: the value (invalid_type, expected string)'],
    ['a parser', () => JSON.parse(`{"iban": ${secret}`), 'SyntaxError'],
  ])('%s: 500 from a handler, 502 from a loader', async (_what, parse, says) => {
    const { ask, edge } = throwing(() => {
      parse();
      return new Error('it was taken');
    });
    const answer = await ask();
    expect(answer.status).toBe(500);
    expect(edge.log[0]).toMatchObject({ problem: 'internal', why: expect.stringContaining(says) });
    // And where it was thrown.
    expect(edge.log[0]!['why']).toContain('errors.test.ts');

    const aside = world([loaded], { load: async () => parse() });
    const fromLoader = await aside.edge.get('/loaded/r1');
    expect(fromLoader.status).toBe(502);
    expect(aside.edge.log[0]).toMatchObject({ problem: 'origin-failed', why: expect.stringContaining(says) });
    const said = answer.text + fromLoader.text + JSON.stringify([...edge.log, ...aside.edge.log]);
    expect(said).not.toMatch(/hunter2|ann@acme\.test|\[a-z\]/);
  });
});
