import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Assessment } from '../../../cli/assess/assessment.ts';
import { apacheLogs, combined, runCommand } from '../../support/node/assess-command.ts';
import { requestsByGoaccess } from '../../support/node/goaccess.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assess-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** A minute of one route that is asked for once a second, and a line that is none. */
const minute = [...Array(59).keys()].map((second) => combined(second, `/v1/reports/${second % 3}`)).join('');

describe('with --json', () => {
  test('stdout is one object of every route, whose requests are as many as goaccess counts', async (context) => {
    const { code, out, err } = await runCommand([apacheLogs, '--json']);
    expect([code, err]).toEqual([0, '']);
    const { requests, malformed, routes } = JSON.parse(out) as Assessment;
    const log = file('apache_logs', gunzipSync(readFileSync(apacheLogs)).toString());
    expect(requests).toBe(await requestsByGoaccess(log, context));
    expect(malformed).toBe(0);
    expect(routes.reduce((all, it) => all + it.requests, 0)).toBe(requests);
    expect(routes[0]).toMatchObject({
      route: '/:file',
      requests: 1903,
      keys: 4,
      verdict: 'cache',
      why: expect.stringContaining('95 %'),
    });
    expect(routes[0]!.curve[0]).toEqual({
      ...{ ttl_s: 1, hits: expect.any(Number), requests: 1888, hit_rate: expect.any(Number) },
      ...{ exact: true, error: 0 },
    });
  });

  test('TTLs are sorted, and none is there twice', async () => {
    const { out } = await runCommand(['-', '--json', '--ttl', '10m,60s,1h,1m', '--no-templates'], {
      stdin: minute,
    });
    const { routes } = JSON.parse(out) as Assessment;
    expect(routes.map((it) => it.route).sort()).toEqual(['/v1/reports/0', '/v1/reports/1', '/v1/reports/2']);
    expect(routes[0]!.curve.map((it) => it.ttl_s)).toEqual([60, 600, 3600]);
  });

  test('--route says what a route is, as often as it is given', async () => {
    const { out } = await runCommand(
      ['-', '--json', '--route', '/v1/reports/0', '--route', '/v1/:kind/:number'],
      { stdin: minute },
    );
    expect((JSON.parse(out) as Assessment).routes.map(({ route, requests }) => [route, requests])).toEqual([
      ['/v1/:kind/:number', 39],
      ['/v1/reports/0', 20],
    ]);
  });

  test('a log without a request is said to be none, with exit code 1', async () => {
    const { code, out, err } = await runCommand(['-', '--json', '--format', 'combined'], {
      stdin: 'no log\n',
    });
    expect(JSON.parse(out)).toMatchObject({ requests: 0, malformed: 1, routes: [] });
    expect([code, JSON.parse(err)]).toEqual([
      1,
      { error: { exit_code: 1, message: 'there is no request in these logs that could be read' } },
    ]);
  });
});

describe('for people', () => {
  test('standard input may be compressed; several files are one assessment', async () => {
    const log = file('access.log', combined(59, '/v1/reports/1'));
    const { code, out } = await runCommand([log, '-'], { stdin: gzipSync(minute) });
    expect([code, out]).toEqual([0, expect.stringContaining('60 requests')]);
    expect(out).toContain('2 files (combined)');
  });

  test('each route has a line and a reason, and all together what they cost and save', async () => {
    const { out } = await runCommand(['-'], { stdin: minute });
    expect(out).toMatch(/^\/v1\/reports\/:report_id +59 +3 +95 % +\d+ % +\w+ {2}cache\n {4}A TTL of /m);
    expect(out).toMatch(/^1 route is worth caching:$/m);
    expect(out).toMatch(/^ {2}memory {3}[\d.]+ KiB at most$/m);
    expect(out).toMatch(/^ {2}price +\$[\d.]+ a month, Upstash \w/m);
    expect(out).toMatch(/^ {2}saving +-?\$[\d.,]+ a month: \$[\d.,]+ at the origin less \$/m);
    expect(out).toContain('price is an assumption');
    const given = await runCommand(['-', '--origin-price', '12.5'], { stdin: minute });
    expect(given.out).toContain('given by --origin-price');
  });

  test.each([60, 80, 140])('no line is wider than a terminal of %i columns', async (columns) => {
    const { out } = await runCommand([apacheLogs, '--top', '40'], { columns });
    expect(Math.max(...out.split('\n').map((it) => it.length))).toBeLessThanOrEqual(columns);
    expect(out).toContain('479 more routes: --top 519');
  });

  test('--sort says which come first', async () => {
    const { out } = await runCommand([apacheLogs, '--top', '1', '--sort', 'memory']);
    expect(out).toContain('\n/files/logstash/:file');
  });

  test('malformed lines are shown, with why, and none of their controls', async () => {
    const { out } = await runCommand(['-'], { stdin: `${minute}${'bad \u001b[31m line\n'.repeat(7)}` });
    expect(out).toContain('7 malformed lines');
    const shown = out.split('\n').filter((it) => /^ {2}line \d+: /.test(it));
    expect(shown.map((it) => /line \d+/.exec(it)![0])).toEqual(
      [60, 61, 62, 63, 64].map((it) => `line ${it}`),
    );
    expect(out).not.toContain('\u001b');
  });

  test('a path cannot make the terminal obey', async () => {
    const { out } = await runCommand(['-'], { stdin: combined(0, '/a\u009b31mred\u202e').repeat(9) });
    expect(out).toContain('/a\uFFFD31mred\uFFFD');
  });

  test('in a terminal a bar shows how far it is, and goes', async () => {
    const { err } = await runCommand([apacheLogs], { columns: 80, tickMs: 2_000 });
    expect(err).toMatch(/\r[█░]{24} \d+ % {2}\d[^\r]* of 221 KiB, [\d.]+ \w+\/s/);
    expect(err.endsWith('\r\u001b[K')).toBe(true);
    const unknown = await runCommand(['-'], { columns: 80, tickMs: 2_000, stdin: minute });
    expect(unknown.err).toMatch(/\r[\d.]+ KiB read, /);
  });
});

describe('refused, with exit code 2 and before anything is read', () => {
  test.each<[args: string[], says: string]>([
    [[], 'give an access log'],
    [['-', '--ttl', '10'], '--ttl 10: give a whole number and s, m, h or d, such as 60s,10m,1h'],
    [['-', '--ttl', '1m,,1h'], '--ttl "": give a whole number'],
    [['-', '--ttl', '400d'], '--ttl 400d: give a time from 1s to 365d'],
    [['-', '--ttl', [...Array(33).keys()].map((it) => `${it + 1}s`).join(',')], '33 are more than the 32'],
    [['-', '--format', 'csv'], '--format csv: give traefik, combined, '],
    [['-', '--route', 'v1'], 'route v1: it begins with a slash'],
    [['-', '--route', '/v1', '--no-templates'], '--route and --no-templates'],
    [['-', '--top', '0'], '--top 0: give a whole number from 1'],
    [['-', '--sort', 'name'], '--sort name: give requests, hits, memory or saving'],
    [['-', '--origin-price', 'free'], '--origin-price free: give a number'],
    [['-', '--force'], '--force is of --emit'],
    [['-', '--jsn'], 'there is no flag --jsn'],
    [['-', '-'], 'standard input (-) can be read once'],
    [['/no/such.log'], '/no/such.log'],
    [[apacheLogs, '--html', apacheLogs], 'is the log itself'],
    [
      [apacheLogs, '--html', '/no/such/folder/a.html'],
      '--html: /no/such/folder/a.html cannot be written (ENOENT)',
    ],
  ])('%j', async (args, says) => {
    const { code, out, err } = await runCommand(args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)]);
    expect(err).toMatch(/^assess: /);
  });
});
