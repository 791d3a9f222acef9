import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from './support/hostile.ts';
import { type RawAnswer, sendRaw } from './support/raw.ts';

const KPIS = '/v1/dashboards/d1/kpis';
const RANGE = `${KPIS}?range=2026-10`;
const INVOICE = '/v1/invoices/inv_0001';
const KiB = 1024;

let target: Target;
beforeAll(async () => {
  target = await startTarget('routes/index.ts', { CORS_ORIGINS: 'https://app.test' });
});
afterAll(() => target.stop());

interface Bad {
  readonly line: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly host?: string;
}

function ask({ line, headers = [], body = '', host = 'Host: edge.test' }: Bad): Promise<RawAnswer> {
  const own = [host, `Authorization: Bearer ${target.good}`, 'Connection: close'];
  const all = [`${line} HTTP/1.1`, ...own, ...headers].filter((it) => it !== '');
  return sendRaw(target.url, `${all.join('\r\n')}\r\n\r\n${body}`);
}

/** A problem answer (RFC 9457) that keeps to itself what a stranger need not know. */
function expectProblem({ status, headers, body }: RawAnswer, expected: number, field?: string): void {
  target.mustBeSilent(headers + body);
  expect(status, body).toBe(expected);
  expect(headers).toContain('content-type: application/problem+json');
  const problem = JSON.parse(body) as { status: number; errors?: { field: string; detail: string }[] };
  expect(problem.status).toBe(expected);
  if (field !== undefined) expect([...new Set(problem.errors?.map((it) => it.field))]).toEqual([field]);
}

/** What workerd refuses by itself, before the Worker: short plain text, or nothing. */
function expectRefusedByWorkerd({ status, headers, body }: RawAnswer, expected: number): void {
  target.mustBeSilent(headers + body);
  expect(status, body).toBe(expected);
  expect(headers).not.toContain('application/');
  expect(body.length).toBeLessThan(100);
}

/** After whatever was sent, others are served. */
afterEach(async () => {
  expect((await ask({ line: `GET ${RANGE}` })).status).toBe(200);
});

const line = (it: string): Bad => ({ line: it });
const asked = (...headers: string[]): Bad => ({ line: `GET ${RANGE}`, headers });
const many = (count: number) => Array.from({ length: count }, (_, i) => `X-Filler-${i}: ${'a'.repeat(20)}`);

describe('too large', () => {
  it.each<[string, number, Bad]>([
    ['a URL of 9 KiB', 414, line(`GET ${RANGE}&x=${'a'.repeat(9 * KiB)}`)],
    ['a path of 9 KiB', 414, line(`GET /v1/dashboards/${'d'.repeat(9 * KiB)}/kpis?range=2026-10`)],
    ['one header of 33 KiB', 431, asked(`X-Filler: ${'a'.repeat(33 * KiB)}`)],
    ['one header of 100 KiB', 431, asked(`X-Filler: ${'a'.repeat(100 * KiB)}`)],
    ['2,000 headers', 431, asked(...many(2_000))],
    ['an If-None-Match of 40 KiB', 431, asked(`If-None-Match: ${'"a",'.repeat(10 * KiB)}`)],
    ['a token of 40 KiB', 431, asked(`X-Authorization: ${'a'.repeat(40 * KiB)}`)],
  ])('%s: %d', async (_, status, bad) => expectProblem(await ask(bad), status));

  it.each<[string, number, Bad]>([
    ['a URL of 100 KiB', 414, line(`GET ${RANGE}&x=${'a'.repeat(100 * KiB)}`)],
    ['a URL of 1 MiB', 431, line(`GET ${RANGE}&x=${'a'.repeat(1024 * KiB)}`)],
    ['20,000 headers', 431, asked(...many(20_000))],
  ])('%s: %d from workerd', async (_, status, bad) => expectRefusedByWorkerd(await ask(bad), status));
});

describe('what is not HTTP', () => {
  it.each<[string, number, Bad]>([
    ['a header without a colon', 400, asked('garbage')],
    ['a header with a NUL', 400, asked('X-A: a\0b')],
    ['a NUL in the path', 400, line('GET /v1/dashboards/d1\0/kpis')],
    ['bytes that are not UTF-8 in the path', 400, line('GET /v1/dashboards/d\xff/kpis')],
    ['a path without its slash', 400, line('GET v1/me/permissions')],
    ['no Host', 400, { ...asked(), host: '' }],
    ['an empty Host', 400, { ...asked(), host: 'Host:' }],
    ['an unknown transfer coding', 400, asked('Transfer-Encoding: gzipped')],
    ['a negative length', 400, asked('Content-Length: -1')],
    ['an unknown method', 501, line(`BREW ${RANGE}`)],
    ['a method in lower case', 501, line(`get ${RANGE}`)],
    // Cloudflare's front hands no CONNECT to a Worker; workerd says 500 to one without a handler for it.
    ['CONNECT', 500, line('CONNECT edge.test:443')],
  ])('%s: %d from workerd', async (_, status, bad) => expectRefusedByWorkerd(await ask(bad), status));

  it('a TLS or HTTP/2 greeting: refused or hung up on', async () => {
    expectRefusedByWorkerd(await sendRaw(target.url, '\x16\x03\x01\x02\0\r\n\r\n'), 400);
    expectRefusedByWorkerd(await sendRaw(target.url, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 0);
  });

  // RFC 9112 §3.2: a Host that is not one is a bad request. workerd lets it through to the Worker.
  it.each([
    'a b',
    'edge/elsewhere',
    'edge?x',
    'edge\\x',
    'user@edge',
    'http://edge/x',
    '[::1',
    '%zz',
    'edge:99999',
    'a\r\nHost: b',
    '<script>',
  ])('Host: %s', async (host) => {
    expectProblem(await ask({ ...asked(), host: `Host: ${host}` }), 400, 'Host');
  });
});

describe('paths', () => {
  it.each([
    '/',
    '/v1',
    '//v1/me/permissions',
    '/v1//me/permissions',
    '//evil.test/v1/me/permissions',
    '/v1/dashboards/../me/permissions',
    '/v1/dashboards/%2e%2e/me/permissions',
    '/v1/dashboards/d1%2Fkpis?range=2026-10',
    '/v1/dashboards//kpis?range=2026-10',
    '/v1/me/permissions/',
    '/V1/me/permissions',
    '/__proto__',
    '/constructor',
  ])('%s: 404', async (path) => expectProblem(await ask(line(`GET ${path}`)), 404));

  it.each([
    '/-',
    '/-/nothing',
    '/-/%70urges',
    '/%2d/purges',
    '/-//purges',
    '//-/purges',
    '/./-/purges',
    '/v1/../-/purges',
    '/v1/%2e%2e/-/purges',
    '/-/purges/',
    '/-/PURGES',
    '/-/%',
  ])('%s: 401, without an admin’s token', async (path) => expectProblem(await ask(line(`GET ${path}`)), 401));

  it.each([
    'd1%00',
    '%00',
    '..',
    '%2e%2e',
    '%252e%252e',
    'd1;x=1',
    'd1%0d%0aX-Injected:%201',
    'd1%2Fx',
    '..%2f..%2fstats',
    'd1\\..\\x',
    '%',
    '%zz',
    '%E0%A4%A',
    '%ED%A0%80',
    '%F0%9F%98%80',
    'd\xc3\xa9',
    '*',
    '{dashboard_id}',
    "d1'--",
    'd'.repeat(65),
    '%20d1',
    'd1%0a',
  ])('/v1/dashboards/%s/kpis: 400 that names it', async (id) => {
    expectProblem(await ask(line(`GET /v1/dashboards/${id}/kpis?range=2026-10`)), 400, 'dashboard_id');
  });

  it('an absolute URL of another host is answered as this one’s', async () => {
    const { status, body } = await ask(line('GET http://other.test/v1/me/permissions'));
    expect(status).toBe(200);
    target.mustBeSilent(body);
  });
});

describe('parameters', () => {
  it.each([
    ['nothing', '', 'range'],
    ['only a question mark', '?', 'range'],
    ['empty', '?range=', 'range'],
    ['without a value', '?range', 'range'],
    ['nonsense', '?range=nonsense', 'range'],
    ['month 13', '?range=2026-13', 'range'],
    ['an outer space', '?range=2026-10+', 'range'],
    ['a line end', '?range=2026-10%0A', 'range'],
    ['a NUL', '?range=2026-10%00', 'range'],
    ['other digits', '?range=%D9%A2%D9%A0%D9%A2%D9%A6-10', 'range'],
    ['half a surrogate', '?range=%ED%A0%80', 'range'],
    ['broken percents', '?range=%E0%A4%A', 'range'],
    ['7 KiB', `?range=${'2'.repeat(7 * KiB)}`, 'range'],
    ['a second question mark', '?range=2026-10?x=1', 'range'],
    ['a semicolon', '?range=2026-10;x=1', 'range'],
    ['an encoded #', '?range=2026-10%23', 'range'],
    ['given twice', '?range=2026-10&range=2026-10', 'range'],
    ['given twice, once encoded', '?range=2026-10&%72ange=2026-11', 'range'],
    ['as a list', '?range[]=2026-10', 'range[]'],
    ['in capitals', '?RANGE=2026-10', 'RANGE'],
    ['one unknown', '?range=2026-10&page=2', 'page'],
    ['one unknown without a value', '?range=2026-10&debug', 'debug'],
    ['__proto__', '?range=2026-10&__proto__=x', '__proto__'],
    ['constructor', '?range=2026-10&constructor=x', 'constructor'],
    ['an unknown one of 7 KiB', `?range=2026-10&${'p'.repeat(7 * KiB)}=1`, 'p'.repeat(64)],
    ['an unknown broken one', '?range=2026-10&%zz=1', '%zz'],
    ['the key’s own names', '?range=2026-10&tenant_id=globex', 'tenant_id'],
    ['markup', '?range=2026-10&%3Cscript%3E=1', '<script>'],
  ])('%s: 400 that names it', async (_, query, field) =>
    expectProblem(await ask(line(`GET ${KPIS}${query}`)), 400, field),
  );

  it('routes without parameters refuse any', async () => {
    expectProblem(await ask(line('GET /v1/me/permissions?user=carol')), 400, 'user');
    expectProblem(await ask(line(`GET ${INVOICE}?expand=all`)), 400, 'expand');
    expectProblem(await ask(line(`PATCH ${INVOICE}?silent=1`)), 400, 'silent');
  });

  it('what means the same is the same', async () => {
    for (const query of [
      '?%72ange=2026-10',
      '?range=2026%2D10',
      '?range=2026-10&',
      '?&range=2026-10',
      '?range=2026-10#x',
      '?=x&range=2026-10',
    ])
      expect((await ask(line(`GET ${KPIS}${query}`))).status, query).toBe(200);
  });
});

describe('If-None-Match', () => {
  it.each([
    'abc',
    '"abc',
    'abc"',
    'w/"a"',
    'W/ "a"',
    '"a" "b"',
    '"a", *',
    '*, "a"',
    "'a'",
    '"a";q=1',
    '"a"b',
    '""a',
    `${'"a", '.repeat(64)}"a"`,
  ])('what cannot be read is ignored: %s', async (value) =>
    expect((await ask(asked(`If-None-Match: ${value}`))).status).toBe(200),
  );

  it.each(['', ',', ' , ,', '"", ,', '"\xff\xfe"', '"a","b"', `"${'a'.repeat(20 * KiB)}"`])(
    'grammatical, or nothing: %s',
    async (value) => expect((await ask(asked(`If-None-Match: ${value}`))).status).toBe(200),
  );
});

describe('methods', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE'])(
    '%s on a read route: 405 that says what is allowed',
    async (method) => {
      const answer = await ask({ line: `${method} ${RANGE}`, headers: ['Content-Length: 2'], body: '{}' });
      expectProblem(answer, 405);
      expect(answer.headers).toMatch(/^allow: get, head$/m);
    },
  );

  it('on a route that also takes writes: they are allowed too', async () => {
    const answer = await ask(line(`DELETE ${INVOICE}`));
    expectProblem(answer, 405);
    expect(answer.headers).toMatch(/^allow: get, head, patch$/m);
  });

  it('on no route at all: 404', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
      expectProblem(await ask(line(`${method} /v1/nothing`)), 404);
    expectProblem(await ask(line('OPTIONS *')), 404);
  });

  it.each([
    ['a body', asked('Content-Length: 5'), 'hello'],
    ['a chunked body', asked('Transfer-Encoding: chunked'), '5\r\nhello\r\n0\r\n\r\n'],
    ['an upgrade', asked('Upgrade: websocket', 'Sec-WebSocket-Version: 13'), ''],
    ['a Range, which no answer here honours', asked('Range: bytes=0-9'), ''],
    ['bytes that are no text', asked('X-A: \xff\xfe'), ''],
    ['an unknown coding', asked('Accept-Encoding: gzip;q=x, zstd, *;q=2, ,'), ''],
  ])('GET with %s is a GET', async (_, bad, body) => {
    const answer = await ask({ ...bad, body });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('"tenant":"acme"');
  });

  it('HEAD of a refusal has its status and no body', async () => {
    for (const [path, status] of [
      [`${KPIS}?range=x`, 400],
      ['/v1/nothing', 404],
    ] as const) {
      const answer = await ask(line(`HEAD ${path}`));
      expect(answer.status).toBe(status);
      expect(answer.body).toBe('');
    }
  });
});

describe('CORS', () => {
  const preflight = (origin: string, ...more: string[]): Bad => ({
    line: `OPTIONS ${INVOICE}`,
    headers: [`Origin: ${origin}`, 'Access-Control-Request-Method: PATCH', ...more],
  });

  it('a preflight from an allowed origin is answered, without a token', async () => {
    const { status, headers } = await ask(preflight('https://app.test'));
    expect(status).toBe(204);
    expect(headers).toContain('access-control-allow-origin: https://app.test');
    expect(headers).not.toContain('access-control-allow-credentials');
  });

  it.each(['https://evil.test', 'null', 'https://app.test.evil.test', 'https://APP.test', 'x', ''])(
    'from %s it grants nothing',
    async (origin) => {
      const answer = await ask(preflight(origin));
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers).not.toContain('access-control-allow');
      target.mustBeSilent(answer.headers + answer.body);
    },
  );

  it('refusals carry what the browser needs to show them', async () => {
    const answer = await ask({ line: `GET ${KPIS}?range=x`, headers: ['Origin: https://app.test'] });
    expectProblem(answer, 400, 'range');
    expect(answer.headers).toContain('access-control-allow-origin: https://app.test');
  });
});

describe('PATCH', () => {
  const patch = (headers: string[], body: string): Bad => ({ line: `PATCH ${INVOICE}`, headers, body });
  const sized = (body: string, type = 'Content-Type: application/json') =>
    patch([type, `Content-Length: ${body.length}`], body);
  const chunked = (body: string) =>
    patch(['Content-Type: application/json', 'Transfer-Encoding: chunked'], body);
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

  it.each<[string, number, Bad]>([
    ['without a body', 400, sized('')],
    ['half a JSON', 400, sized('{"amount_cents":')],
    ['no JSON', 400, sized('amount_cents=1')],
    ['an array', 422, sized('[]')],
    ['null', 422, sized('null')],
    ['an unknown field', 422, sized('{"tenant":"globex"}')],
    ['__proto__', 422, sized('{"__proto__":{"status":"paid"}}')],
    ['a number beyond numbers', 422, sized('{"amount_cents":1e400}')],
    ['a string for a number', 422, sized('{"amount_cents":"1"}')],
    ['nothing but depth', 400, sized('['.repeat(10_000))],
    ['bytes that are not UTF-8', 400, sized('{"status":"\xff')],
    ['more than the origin takes', 413, sized(`{"status":"${'a'.repeat(20 * KiB)}"}`)],
    ['more than the edge takes', 413, sized('a'.repeat(1025 * KiB))],
    ['more than the edge takes, in chunks', 413, chunked(chunk('a'.repeat(64 * KiB)).repeat(17) + chunk(''))],
    ['chunks that break off', 400, chunked('zz\r\nfoo\r\n')],
  ])('%s: %d', async (_, status, bad) => {
    const answer = await ask(bad);
    expectProblem(answer, status);
    expect(answer.headers).not.toContain('stored');
  });

  it.each<[string, Bad]>([
    ['chunks', chunked(chunk('{"amount_cents"') + chunk(':4200}') + chunk(''))],
    [
      'another content type, which is for the origin to judge',
      sized('{"amount_cents":4200}', 'Content-Type: text/plain'),
    ],
    ['none', patch(['Content-Length: 21'], '{"amount_cents":4200}')],
    ['an expectation', patch(['Expect: 100-continue', 'Content-Length: 21'], '{"amount_cents":4200}')],
  ])('good, in %s', async (_, bad) => {
    const answer = await ask(bad);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ amount_cents: 4_200 });
  });

  it('changed nothing where it was refused', async () => {
    const { body } = await ask(line(`GET ${INVOICE}`));
    expect(JSON.parse(body)).toMatchObject({ amount_cents: 4_200, status: 'open', tenant: 'acme' });
  });
});

it('nothing of all this was a fault of the Worker', () => {
  expect(target.logs.filter((text) => /"level":"error"|"internal"/.test(text))).toEqual([]);
});
