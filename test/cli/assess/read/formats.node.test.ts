import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type LogLine, Sign } from '../../../../cli/assess/log-line.ts';
import { FORMAT_NAMES } from '../../../../cli/assess/read/formats.ts';
import { readAll, utc } from './support/read-all.ts';

interface Case {
  readonly format: string;
  readonly what: string;
  readonly line: string;
  readonly reads: Partial<LogLine>;
}

const json = (value: object): string => JSON.stringify(value);
const at = utc('2026-02-28T13:05:03Z');

/** One or more lines of each format, after its documentation. */
const cases: readonly Case[] = [
  {
    format: 'combined',
    what: 'as Apache and nginx write it',
    line: '203.0.113.9 - - [28/Feb/2026:13:05:03 +0000] "GET /v1/invoices?page=2 HTTP/1.1" 200 512 "https://app.example.com/" "Mozilla/5.0"',
    reads: {
      timeMs: at,
      method: 'GET',
      target: '/v1/invoices?page=2',
      status: 200,
      bytes: 512,
      durationMs: -1,
    },
  },
  {
    format: 'combined',
    what: 'with a host in front and fields behind',
    line: 'app.example.com:443 2001:db8::1 - ann [28/Feb/2026:14:05:03 +0100] "POST /v1/invoices HTTP/2.0" 201 - "-" "curl/8.5.0" "-" rt=0.012',
    reads: { timeMs: at, method: 'POST', status: 201, bytes: 0, signs: Sign.authorization },
  },
  {
    format: 'common',
    what: 'without referer and agent',
    line: '2001:db8::1 - ann [28/Feb/2026:08:05:03 -0500] "DELETE /v1/invoices/7 HTTP/1.0" 204 0',
    reads: {
      timeMs: at,
      method: 'DELETE',
      target: '/v1/invoices/7',
      status: 204,
      bytes: 0,
      signs: Sign.authorization,
    },
  },
  {
    format: 'traefik',
    what: 'with router, server and duration',
    line: '203.0.113.9 - - [28/Feb/2026:13:05:03 +0000] "GET /kpis HTTP/2.0" 200 2034 "-" "-" 42 "web@docker" "http://10.0.0.4:80" 17ms',
    reads: { timeMs: at, target: '/kpis', status: 200, bytes: 2034, durationMs: 17 },
  },
  {
    format: 'alb',
    what: 'with three times and a URL',
    line: 'h2 2026-02-28T13:05:03.186641Z app/edge/50dc6c495c0c9188 203.0.113.9:2817 10.0.0.1:80 0.000 0.048 0.002 200 200 34 366 "GET https://app.example.com:443/kpis?month=1 HTTP/2.0" "curl/8.5.0" ECDHE TLSv1.2 arn:aws:x "Root=1-58" "app.example.com" "-" 0 2026-02-28T13:05:03.136Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
    reads: {
      timeMs: at + 186,
      method: 'GET',
      target: '/kpis?month=1',
      status: 200,
      bytes: 366,
      durationMs: 50,
    },
  },
  {
    format: 'alb',
    what: 'whose target did not answer',
    line: 'https 2026-02-28T13:05:03Z app/edge/50dc6c495c0c9188 203.0.113.9:2817 - -1 -1 -1 503 - 34 366 "GET https://app.example.com:443/ HTTP/1.1" "-" - - - "-" "-" "-" 0 2026-02-28T13:05:03Z "forward" "-" "-" "-" "-" "-" "-"',
    reads: { timeMs: at, target: '/', status: 503, durationMs: -1 },
  },
  {
    format: 'nginx-json',
    what: 'with the names of its variables',
    line: json({
      ...{ time_iso8601: '2026-02-28T14:05:03+01:00', remote_addr: '203.0.113.9', remote_user: '' },
      ...{ request_method: 'GET', request_uri: '/kpis?month=1', status: '200', body_bytes_sent: '512' },
      ...{ request_time: '0.250', upstream_response_time: '0.120', sent_http_etag: 'W/"a1"' },
      ...{ sent_http_cache_control: 'public, max-age=60', http_cookie: 'sid=1', http_authorization: '' },
    }),
    reads: {
      ...{ timeMs: at, method: 'GET', target: '/kpis?month=1', status: 200, bytes: 512, durationMs: 120 },
      ...{ signs: Sign.cookie | Sign.public, etag: 'W/"a1"' },
    },
  },
  {
    format: 'nginx-json',
    what: 'with a request line, `$msec` and two upstreams',
    line: json({
      msec: 1772283903.25,
      request: 'PATCH /a HTTP/1.1',
      status: 200,
      upstream_response_time: '0.1, 0.2',
      request_time: 0.3,
    }),
    reads: { timeMs: at + 250, method: 'PATCH', target: '/a', durationMs: 300, bytes: -1 },
  },
  {
    format: 'nginx-json',
    what: 'with a local time, and path and query apart',
    line: json({
      time_local: '28/Feb/2026:13:05:03 +0000',
      method: 'get',
      uri: '/a',
      args: 'b=1',
      status: 304,
    }),
    reads: { timeMs: at, method: 'GET', target: '/a?b=1', status: 304 },
  },
  {
    format: 'nginx-json',
    what: 'without escape=json, with `\\x22` in it',
    line: '{"time":"2026-02-28T13:05:03Z","method":"GET","uri":"/a","status":200,"agent":"\\x22x\\x22"}',
    reads: { timeMs: at, target: '/a' },
  },
  {
    format: 'nginx-json',
    what: 'by the Elastic Common Schema, names with dots',
    line: json({
      '@timestamp': '2026-02-28T13:05:03.000Z',
      'http.request.method': 'GET',
      url: { path: '/a', query: 'b=1' },
      'http.response.status_code': 200,
      event: { duration: 5_000_000 },
    }),
    reads: { timeMs: at, method: 'GET', target: '/a?b=1', status: 200, durationMs: 5 },
  },
  {
    format: 'caddy',
    what: 'with times as numbers',
    line: json({
      ...{
        level: 'info',
        ts: 1772283903.186,
        logger: 'http.log.access',
        msg: 'handled request',
        user_id: '',
      },
      request: {
        method: 'GET',
        host: 'a.example',
        uri: '/kpis?m=1',
        headers: { Authorization: ['REDACTED'], Cookie: ['REDACTED'] },
      },
      ...{ duration: 0.012, size: 512, status: 200 },
      resp_headers: { 'Cache-Control': ['private, max-age=60'], Etag: ['"v1"'], 'Set-Cookie': ['REDACTED'] },
    }),
    reads: {
      ...{
        timeMs: at + 186,
        method: 'GET',
        target: '/kpis?m=1',
        status: 200,
        bytes: 512,
        durationMs: 12,
        etag: '"v1"',
      },
      signs: Sign.authorization | Sign.cookie | Sign.private | Sign.setCookie,
    },
  },
  {
    format: 'caddy',
    what: 'with a time and a duration as texts',
    line: json({
      ts: '2026-02-28T13:05:03Z',
      request: { method: 'GET', uri: '/a' },
      duration: '1.5ms',
      size: 1,
      status: 200,
    }),
    reads: { timeMs: at, durationMs: 1.5 },
  },
  {
    format: 'traefik-json',
    what: 'with durations in nanoseconds',
    line: json({
      ...{ ClientUsername: '-', DownstreamContentSize: 512, DownstreamStatus: 200, Duration: 9_000_000 },
      ...{ OriginDuration: 8_000_000, RequestMethod: 'GET', RequestPath: '/kpis?m=1' },
      ...{
        StartUTC: '2026-02-28T13:05:03.186641812Z',
        'downstream_Cache-Control': 'no-store',
        level: 'info',
      },
    }),
    reads: {
      timeMs: at + 186,
      target: '/kpis?m=1',
      status: 200,
      bytes: 512,
      durationMs: 8,
      signs: Sign.private,
    },
  },
  ...[
    ['RFC 3339', '2026-02-28T13:05:03Z'] as const,
    ['seconds', Math.floor(at / 1000)] as const,
    ['nanoseconds', at * 1e6] as const,
  ].map(
    ([form, EdgeStartTimestamp]): Case => ({
      format: 'cloudflare',
      what: `with its time as ${form}`,
      line: json({
        ...{ ClientRequestMethod: 'GET', ClientRequestURI: '/kpis?m=1', EdgeResponseStatus: 200 },
        ...{ EdgeResponseBytes: 700, EdgeStartTimestamp, EdgeTimeToFirstByteMs: 30 },
        ...{
          RequestHeaders: { authorization: 'redacted' },
          ResponseHeaders: { 'cache-control': 's-maxage=60' },
        },
      }),
      reads: {
        ...{ timeMs: at, method: 'GET', target: '/kpis?m=1', status: 200, bytes: 700, durationMs: 30 },
        signs: Sign.authorization | Sign.public,
      },
    }),
  ),
];

describe('a log is recognised by a line of it, and read', () => {
  it.each(cases)('$format, $what', async ({ format, line, reads }) => {
    const read = await readAll(`${line}\n`);
    expect(read).toMatchObject({ format, lines: 1, malformed: 0, all: [reads] });
  });

  it.each(cases)('$format, $what: by its name as well', async ({ format, line, reads }) => {
    expect(await readAll(line, { format })).toMatchObject({ lines: 1, all: [reads] });
  });
});

it('every format is in docs/assess.md', async () => {
  const docs = await readFile(new URL('../../../../docs/assess.md', import.meta.url), 'utf8');
  expect(FORMAT_NAMES.filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
});

describe('an HTTP Archive', () => {
  const entry = (url: string, headers: object[] = []) => ({
    startedDateTime: '2026-02-28T13:05:03.186Z',
    time: 50,
    request: { method: 'GET', url, headers: [{ name: 'Cookie', value: 'a=1' }] },
    response: { status: 200, headers, bodySize: -1, content: { size: 900 } },
    timings: { wait: 40 },
  });
  const archive = (entries: unknown[]) => JSON.stringify({ log: { version: '1.2', entries } }, null, 2);

  it('is recognised, and its entries are the lines', async () => {
    const read = await readAll(
      archive([entry('https://app.example.com/kpis?m=1', [{ name: 'ETag', value: '"1"' }])]),
    );
    expect(read).toMatchObject({ format: 'har', lines: 1, malformed: 0 });
    expect(read.all).toMatchObject([
      {
        timeMs: at + 186,
        target: '/kpis?m=1',
        status: 200,
        bytes: 900,
        durationMs: 40,
        signs: Sign.cookie,
        etag: '"1"',
      },
    ]);
    expect(read.tells & Sign.public, 'it would have shown Cache-Control').toBeTruthy();
  });

  it('has malformed entries, of which nothing is shown', async () => {
    const read = await readAll(archive([entry('https://a.example/'), { request: 'secret' }, 7]));
    expect(read).toMatchObject({ lines: 1, malformed: 2 });
    expect(read.examples.map(({ line, text }) => [line, text])).toEqual([
      [2, 'log.entries[1]'],
      [3, 'log.entries[2]'],
    ]);
  });

  it('is refused where it is none, or too large', async () => {
    await expect(readAll('{"log":{"pages":[]}}')).rejects.toThrow(
      'it has to be one JSON object with log.entries',
    );
    const large = archive([entry('https://a.example/'), 'x'.repeat(33 * 1024 * 1024)]);
    await expect(readAll(large)).rejects.toThrow('more than 32 MiB: save it without content');
  });
});
