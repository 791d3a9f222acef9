import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import {
  type Course,
  type DeskOptions,
  deskFor,
  deskWith,
  EDGE,
  ID,
  json,
  problem,
  receiptAt,
  TOKEN,
} from './desk.ts';

const words = (line: string) => line.split(' ');
const TAG = words('purge --tenant acme --tag invoice:inv_0001');
const USUAL: Course = { appliedMs: 300, verifiedMs: 31_200 };

/** Purges a tag at an edge where the purge takes this course. */
async function purging(course: Course, more = '', options: DeskOptions = {}) {
  const desk = deskFor(course, options);
  const code = await run([...TAG, ...words(more).filter(Boolean)], desk.environment);
  return { ...desk, code, out: desk.out(), err: desk.err() };
}

describe('what is sent', () => {
  test.each<[string, object]>([
    ['--tenant acme --tag invoice:inv_0001', { tenant: 'acme', tags: ['invoice:inv_0001'], mode: 'hard' }],
    ['--tenant acme --tag a --tag b --soft', { tenant: 'acme', tags: ['a', 'b'], mode: 'soft' }],
    [
      '--tenant acme --class invoice --class analytics --user ann --tag=a',
      { tenant: 'acme', tags: ['a'], classes: ['invoice', 'analytics'], users: ['ann'], mode: 'hard' },
    ],
    ['--tenant acme --everything', { tenant: 'acme', everything: true, mode: 'hard' }],
    ['--everything --erase --tenant acme', { tenant: 'acme', everything: true, erase: true, mode: 'hard' }],
    ['--all-tenants --class invoice', { all_tenants: true, classes: ['invoice'], mode: 'hard' }],
    [
      '--public --tag account:stripe:cus_acme',
      { public: true, tags: ['account:stripe:cus_acme'], mode: 'hard' },
    ],
  ])('%s', async (flags, body) => {
    const { environment, requests } = deskFor({});
    expect(await run(['purge', ...words(flags), '--no-wait'], environment)).toBe(0);
    expect(requests).toEqual([{ method: 'POST', path: '/-/purge', token: `Bearer ${TOKEN}`, body }]);
  });

  test('a hundred tags, and no more', async () => {
    const tags = (count: number) => Array.from({ length: count }, (_, i) => `--tag=t${i}`);
    const { environment, requests, err } = deskFor({});
    expect(await run(['purge', '--tenant', 'acme', '--no-wait', ...tags(100)], environment)).toBe(0);
    expect(await run(['purge', '--tenant', 'acme', '--no-wait', ...tags(101)], environment)).toBe(2);
    expect(err()).toContain('--tag is given 101 times; at most 100');
    expect(requests).toHaveLength(1);
  });

  test.each<[DeskOptions['env'], string, string]>([
    [{ STILLFRESH_URL: 'https://edge.test/' }, '', 'https://edge.test/-/purge'],
    [{ STILLFRESH_URL: '' }, '', 'http://127.0.0.1:8787/-/purge'],
    [{}, '--url http://other.test:81/base/', 'http://other.test:81/base/-/purge'],
  ])('with %j %s to %s', async (env, flags, expected) => {
    const { environment } = deskFor({}, { ...(env && { env }) });
    let url: unknown;
    const fetch: typeof environment.fetch = async (to) => {
      url = to;
      return json({ purge_id: ID }, 202);
    };
    await run([...TAG, '--no-wait', ...words(flags).filter(Boolean)], { ...environment, fetch });
    expect(url).toBe(expected);
  });

  test('the token of STILLFRESH_TOKEN, else of ADMIN_TOKEN', async () => {
    const tokens = [
      { STILLFRESH_TOKEN: 'one', ADMIN_TOKEN: 'two' },
      { STILLFRESH_TOKEN: '', ADMIN_TOKEN: ' two\n' },
    ];
    for (const [at, env] of tokens.entries()) {
      const { environment, requests, err } = deskFor({}, { env });
      expect(await run([...TAG], environment)).toBe(2);
      expect(requests[0]!.token).toBe(['Bearer one', 'Bearer two'][at]);
      expect(err()).toContain(`${['STILLFRESH_TOKEN', 'ADMIN_TOKEN'][at]} is no admin token of this edge`);
    }
  });
});

describe('waiting', () => {
  test('prints the id, a line for each change, and ends with 0 when it is verified', async () => {
    const { code, out, err, requests } = await purging({ knownMs: 200, appliedMs: 300, verifiedMs: 31_200 });
    expect([code, out]).toEqual([0, `${ID}\n`]);
    expect(err.split('\n')).toEqual([
      'accepted; its receipt is not there yet',
      'accepted; waits to be applied',
      'applied after 0.3 s; verification 30 s later',
      'verified after 31 s',
      '',
    ]);
    expect(requests.slice(1).every(({ method, path }) => `${method} ${path}` === `GET /-/purges/${ID}`)).toBe(
      true,
    );
  });

  test('looks less and less often, up to every 2 s', async () => {
    const { slept } = await purging({ appliedMs: 300, verifiedMs: 7_000 });
    expect(slept).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]);
  });

  test('in a terminal it is one line that says what is awaited, and that is gone in the end', async () => {
    const { code, err, slept } = await purging({ knownMs: 200, ...USUAL }, '', { columns: 100 });
    expect(code).toBe(0);
    const frames = err.split('\r').map((frame) => frame.replace('\u001b[K', ''));
    expect(frames.slice(0, 2)).toEqual(['', '⠋ accepted, 0 s: no receipt yet']);
    expect(frames).toContain('⠼ accepted, 0 s: waits to be applied');
    expect(frames).toContain('⠇ applied, 12 s until it is verified');
    expect(frames.at(-2)).toContain(' applied, verified any moment now');
    expect(frames.at(-1)).toBe('verified after 31 s\n');
    expect(err.endsWith('\r\u001b[Kverified after 31 s\n')).toBe(true);
    expect(Math.max(...slept)).toBe(100);
  });

  test('a line of 40 columns has room for all of it', async () => {
    const wide = await purging({ knownMs: 200, ...USUAL }, '', { columns: 200 });
    const narrow = await purging({ knownMs: 200, ...USUAL }, '', { columns: 40 });
    expect(narrow.err).toBe(wide.err);
  });

  test('one that is applied in the same millisecond is not said to be so after 0 s', async () => {
    const { err } = await purging({ appliedMs: 0, verifiedMs: 31_000 });
    expect(err).toBe('applied; verification 30 s later\nverified after 31 s\n');
  });

  test('in a narrow terminal the line is cut, and in a dumb one there are lines', async () => {
    const narrow = await purging(USUAL, '', { columns: 20 });
    const frames = narrow.err.split('\r').filter((frame) => frame.includes('applied'));
    expect(frames.every((frame) => frame.replace('\u001b[K', '').length === 19)).toBe(true);
    expect(narrow.err).toContain('⠇ applied, 12 s unt\u001b[K');
    const dumb = await purging(USUAL, '', { columns: 80, env: { TERM: 'dumb' } });
    expect(dumb.err).not.toContain('\r');
  });

  test('an erasure is awaited until all is deleted, whenever it is verified', async () => {
    for (const verifiedMs of [1_000, 31_200, undefined]) {
      const course = { appliedMs: 500, erasedMs: 8_500, ...(verifiedMs && { verifiedMs }) };
      const { code, err, elapsedMs } = await purging(course);
      expect([code, elapsedMs()]).toEqual([0, 9_750]);
      expect(err.split('\n')).toContain('applied after 0.5 s; deleting');
      expect(err.endsWith('all deleted: 80 of 800 names\n')).toBe(true);
    }
    const { err } = await purging({ appliedMs: 500, erasedMs: 8_500 }, '', { columns: 100 });
    expect(err).toMatch(/. applied, 6 s: 50 of 500 names deleted/);
  });

  test.each(['direct', 'sweep'])('one that no queue has (%s) is done once it is applied', async (via) => {
    const { code, out, err, elapsedMs } = await purging({ appliedMs: 300, verifiedMs: 300_000, via });
    expect([code, out, elapsedMs()]).toEqual([0, `${ID}\n`, 750]);
    expect(err.split('\n')).toEqual([
      'accepted; waits to be applied',
      'applied after 0.3 s; the queue did not take it, so that the cron verifies it within 3 minutes',
      `  Look at it with: npx stillfresh receipt ${ID}`,
      '',
    ]);
    const quiet = await purging({ appliedMs: 0, via }, '--json');
    expect([quiet.code, JSON.parse(quiet.out)]).toEqual([0, receiptAt(0, { appliedMs: 0, via })]);
    expect([quiet.err, quiet.slept]).toEqual(['', []]);
  });

  test.each([
    ['none', 'direct', 'applied after 0.3 s; this edge has no queue, so that the cron'],
    ['none', 'verification', 'applied after 0.3 s; this edge has no queue, so that the cron'],
    ['failed', 'direct', 'applied after 0.3 s; the queue did not take it, so that the cron'],
    ['failed', 'sweep', 'applied after 0.3 s; the queue did not take it, so that the cron'],
    ['ok', 'eager', 'verified after 31 s'],
    ['unknown', 'write', 'verified after 31 s'],
    ['a-later-word', 'write', 'verified after 31 s'],
    ['ok', 'a-later-way', 'verified after 31 s'],
  ])('a queue that is %s, applied by %s: %s', async (queue, via, said) => {
    const { code, err } = await purging({ ...USUAL, via, queue });
    expect([code, err]).toEqual([0, expect.stringContaining(said)]);
  });

  test('the edge says when to look again: a purge is watched to its end by a few looks', async () => {
    const { code, slept, requests } = await purging({ ...USUAL, retryAfter: (ms) => (ms < 300 ? 1 : 31) });
    expect([code, slept]).toEqual([0, [1_000, 31_000]]);
    expect(requests.filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  test.each([
    ['none to come', {}],
    ['one that comes late', { knownMs: 100_000, appliedMs: 100_000, verifiedMs: 110_000 }],
  ])('without a receipt it looks ever more seldom: %s', async (_what, course) => {
    const { requests } = await purging({ knownMs: Infinity, ...course });
    expect(requests.filter(({ method }) => method === 'GET').length).toBeLessThan(15);
  });

  test('an erasure that no queue has goes on until all is deleted', async () => {
    const course = { appliedMs: 0, erasedMs: 20_000, via: 'direct' };
    const { code, err, elapsedMs } = await purging(course);
    expect([code, elapsedMs()]).toEqual([0, 21_750]);
    expect(err.endsWith('all deleted: 200 of 2000 names\n')).toBe(true);
  });

  test('an edge that does not answer for a while is called again, after as long as it wants', async () => {
    const answers = [
      () => problem(503, { title: 'Down' }, { 'Retry-After': '7' }),
      () => problem(503, { title: 'Down' }, { 'Retry-After': 'Tue, 24 Nov 2026 12:00:12 GMT' }),
      () => problem(429, {}, { 'Retry-After': 'soon' }),
      () => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
      () =>
        Promise.reject(
          new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
        ),
      () => json(receiptAt(60_000, USUAL)),
    ];
    const desk = deskWith(({ method }) =>
      method === 'POST' ? json({ purge_id: ID }, 202) : answers.shift()!(),
    );
    expect(await run(TAG, desk.environment)).toBe(0);
    expect(desk.slept).toEqual([7_000, 5_000, 1_000, 2_000, 2_000]);
    expect(desk.err().split('\n')).toEqual([
      `trying again: ${EDGE} answered 503: Down`,
      `trying again: ${EDGE} answered 429: it does not say why`,
      `trying again: ${EDGE} answered 502: this is not JSON (text/html); is it the edge? --url or STILLFRESH_URL says where that is`,
      `trying again: no connection to ${EDGE} (ECONNRESET); --url or STILLFRESH_URL says where the edge is`,
      'verified after 31 s',
      '',
    ]);
  });
});

describe('how it ends otherwise', () => {
  test('not verified in time: 1, and how to look again', async () => {
    const { code, err, elapsedMs, requests } = await purging({ appliedMs: 300 }, '--timeout 45s');
    expect([code, elapsedMs()]).toEqual([1, 45_000]);
    expect(err).toContain('not done within 45s: it is applied after 0.3 s, and goes on');
    expect(err).toContain(`npx stillfresh receipt ${ID}\n`);
    expect(requests.at(-1)!.method).toBe('GET');
  });

  test('after two minutes, unless said otherwise', async () => {
    const { code, elapsedMs } = await purging({ knownMs: 3_600_000 });
    expect([code, elapsedMs()]).toEqual([1, 120_000]);
  });

  test.each<[Course, string]>([
    [{ deadMs: 5_000 }, '(tries: 6); what it names may still be served'],
    [{ appliedMs: 300, deadMs: 5_000 }, '(tries: 1); but it was applied'],
    [{ appliedMs: 300, erasedMs: 9_000, deadMs: 5_000 }, 'it was applied'],
  ])('given up by the queue: 1 for %j', async (course, said) => {
    const { code, err } = await purging(course);
    expect(code).toBe(1);
    expect(err).toContain(`${ID} is dead`);
    expect(err).toContain(said);
    expect(err).toContain('send the purge again');
  });

  test('an edge that stays away: 3', async () => {
    const desk = deskWith(({ method }) =>
      method === 'POST'
        ? json({ purge_id: ID }, 202)
        : problem(503, { title: 'Down' }, { 'Retry-After': '3600' }),
    );
    expect(await run([...TAG, '--timeout=90s'], desk.environment)).toBe(3);
    expect(desk.slept).toEqual([90_000]);
    expect(desk.err()).toContain(`${EDGE} answered 503: Down\n  The purge itself goes on.`);
  });

  test('an edge that does not show it: 2', async () => {
    const desk = deskWith(({ method }) => (method === 'POST' ? json({ purge_id: ID }, 202) : problem(403)));
    expect(await run(TAG, desk.environment)).toBe(2);
    expect(desk.err()).toContain(`npx stillfresh receipt ${ID}\n`);
  });

  test('Ctrl-C: the purge goes on, and that is said', async () => {
    const ctrlC: DeskOptions = { onSleep: (desk) => desk.elapsedMs() >= 5_000 && desk.interrupt() };
    const { code, out, err } = await purging(USUAL, '', { ...ctrlC, columns: 80 });
    expect([code, out]).toEqual([130, `${ID}\n`]);
    expect(err).toContain('\r\u001b[Kstillfresh: interrupted; the purge itself goes on\n');
    expect(err).toContain(`npx stillfresh receipt ${ID}\n`);
  });

  test('Ctrl-C while it is sent: it may have been accepted', async () => {
    const desk = deskWith(() => {
      desk.interrupt();
      throw new DOMException('This operation was aborted', 'AbortError');
    });
    expect(await run(TAG, desk.environment)).toBe(130);
    expect(desk.err()).toContain('npx stillfresh purges lists it');
  });
});

describe('--no-wait and --json', () => {
  test('--no-wait ends as soon as it is accepted', async () => {
    const { code, out, err, requests } = await purging({}, '--no-wait');
    expect([code, out, err, requests.length]).toEqual([0, `${ID}\n`, '', 1]);
  });

  test('--json is the final receipt and nothing else, all that the edge says of it', async () => {
    const { code, out, err } = await purging(USUAL, '--json', { columns: 80 });
    expect([code, err]).toEqual([0, '']);
    expect(out.endsWith('}\n')).toBe(true);
    expect(JSON.parse(out)).toEqual(receiptAt(60_000, USUAL));
  });

  test.each<[string, Course, string, number, object]>([
    ['accepted', {}, '--no-wait', 0, { purge_id: ID }],
    ['dead', { deadMs: 9 }, '', 1, receiptAt(9, { deadMs: 9 })!],
    ['late', { appliedMs: 9 }, '--timeout 1s', 1, receiptAt(1_000, { appliedMs: 9 })!],
    ['late and never seen', { knownMs: 9_999 }, '--timeout 1s', 1, { purge_id: ID }],
  ])('--json when it is %s', async (_, course, flags, expected, object) => {
    const { code, out } = await purging(course, `--json ${flags}`);
    expect(code).toBe(expected);
    expect(JSON.parse(out)).toEqual(object);
  });

  test('--json on Ctrl-C still says the id', async () => {
    const { code, out } = await purging({}, '--json', { onSleep: (desk) => desk.interrupt() });
    expect([code, JSON.parse(out)]).toEqual([130, { purge_id: ID }]);
  });
});

describe('a request that is refused or fails', () => {
  test('says which flag is at fault, and where to look it up', async () => {
    const desk = deskWith(() =>
      problem(422, {
        title: 'The content is not of the expected shape',
        errors: [
          { field: 'tags.1', detail: 'is longer than 8192' },
          { field: 'classes.0', detail: 'is no class of the strategy' },
          { field: 'tenant', detail: 'is not the name of a tenant' },
          { field: 'colour', detail: 'there is no such field' },
        ],
        instance: 'urn:uuid:123',
      }),
    );
    const code = await run([...TAG, '--tag', 'long', '--class', 'invoicee'], desk.environment);
    expect([code, desk.out()]).toEqual([2, '']);
    expect(desk.err().split('\n')).toEqual([
      `stillfresh: ${EDGE} answered 422: The content is not of the expected shape`,
      '  --tag long: is longer than 8192',
      '  --class invoicee: is no class of the strategy',
      '  --tenant: is not the name of a tenant',
      '  colour: there is no such field',
      "  (urn:uuid:123 in the edge's log)",
      '',
    ]);
  });

  const html = (status: number, headers: Readonly<Record<string, string>> = {}) =>
    new Response('<!doctype html>', { status, headers: { 'Content-Type': 'text/html', ...headers } });

  test.each<[string, () => Response, number, string]>([
    [
      '401',
      () => problem(401, { title: 'Who are you' }),
      2,
      'STILLFRESH_TOKEN is no admin token of this edge',
    ],
    ['403', () => problem(403, { title: 'You may not' }), 2, 'lacks the scope'],
    [
      '413',
      () => problem(413, { title: 'Too large', detail: 'Keep it short' }),
      2,
      '413: Too large: Keep it short',
    ],
    [
      '503',
      () => problem(503, { title: 'No' }, { 'Retry-After': '5' }),
      3,
      'Send it again in 5 s: to purge twice',
    ],
    ['500 without a word', () => problem(500), 3, 'it does not say why'],
    ['a page', () => html(200), 3, 'answered 200: this is not JSON (text/html); is it the edge?'],
    ['404 and a page', () => html(404), 2, 'answered 404: this is not JSON (text/html)'],
    ['404 in JSON', () => problem(404, { title: 'There is nothing here' }), 2, '404: There is nothing here'],
    ['nothing', () => new Response(null, { status: 204 }), 3, 'this is not JSON (no Content-Type)'],
    [
      'another place',
      () => html(301, { Location: 'https://b.test/' }),
      2,
      'it redirects (https://b.test/); give',
    ],
    ['other JSON', () => json({ id: 5 }), 3, 'JSON that is no acceptance of a purge (purge_id:'],
    ['an id for the shell', () => json({ purge_id: '$(reboot)' }), 3, 'no acceptance of a purge'],
    ['an id of another kind', () => json({ purge_id: '--json' }), 3, 'no acceptance of a purge'],
  ])('%s', async (_, answer, code, said) => {
    const desk = deskWith(answer);
    expect([await run(TAG, desk.environment), desk.out()]).toEqual([code, '']);
    expect(desk.err()).toContain(said);
    expect(desk.err()).toMatch(/^stillfresh: /);
    expect(desk.err()).not.toContain(TOKEN);
  });

  test('no connection', async () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const desk = deskWith(() => Promise.reject(new TypeError('fetch failed', { cause })));
    expect(await run(TAG, desk.environment)).toBe(3);
    expect(desk.err()).toContain(`no connection to ${EDGE} (ECONNREFUSED)`);
  });

  test('no answer in time', async () => {
    const desk = deskWith(() => Promise.reject(new DOMException('timed out', 'TimeoutError')));
    const timeouts: number[] = [];
    const timeout = (ms: number) => {
      timeouts.push(ms);
      return AbortSignal.abort(new DOMException('timed out', 'TimeoutError'));
    };
    expect(await run(TAG, { ...desk.environment, timeout })).toBe(3);
    expect(desk.err()).toContain(`${EDGE} did not answer within 10 s`);
    expect(timeouts).toEqual([10_000]);
  });

  test('what a terminal would obey is not printed', async () => {
    const desk = deskWith(() =>
      problem(422, { title: 'a\u001b[2Jb\u009bc', errors: [{ field: 'x', detail: '\r\n' }] }),
    );
    await run(TAG, desk.environment);
    expect(desk.err()).toContain('a\uFFFD[2Jb\uFFFDc\n  x: \uFFFD\uFFFD\n');
  });
});

describe('a command that is not well typed is refused before anything is sent, naming the flag and the mend', () => {
  test.each<[string, string]>([
    ['', 'give a command: purge, purges, receipt, emit, hook, '],
    ['purg', 'purg is no command; did you mean purge?'],
    ['recipt', 'recipt is no command; did you mean receipt?'],
    ['frobnicate', 'frobnicate is no command; give purge, purges, receipt, emit, hook, '],
    ['help recipt', 'recipt is no command; did you mean receipt?'],
    [
      '--tenant acme purges',
      '--tenant stands before the command; write purge, purges, receipt, emit, hook, ',
    ],
    ['-x purges', '-x stands before the command'],
    ['-- purges', '-- stands before the command'],
    ['--url=https://b.test', 'give a command: purge, purges, receipt, emit, hook, '],
    ['--url purges', 'give a command: purge, purges, receipt, emit, hook, '],
    ['--url= purges', '--url is empty'],
    ['--url=https://b.test purges --url=https://b.test', '--url is given twice'],
    ['constructor', 'constructor is no command'],
    ['purge', 'one of --tenant NAME, --public or --all-tenants'],
    ['purge --tenant acme --public --tag a', 'one of --tenant NAME, --public or --all-tenants'],
    ['purge --tenant acme', '--tag TAG, --class NAME, --user NAME or --everything'],
    ['purge --tenant acme --erase', '--tag TAG, --class NAME'],
    ['purge --tenant acme --tag a --erase', '--erase goes with --tenant NAME --everything'],
    ['purge --public --everything --erase', '--erase goes with --tenant NAME --everything'],
    ['purge --tenant acme --everything --erase --soft', '--erase and --soft'],
    ['purge --all-tenants --tag a', '--all-tenants goes with --class alone'],
    ['purge --all-tenants --everything', '--all-tenants goes with --class alone'],
    ['purge --public --user ann', '--user goes with --tenant'],
    ['purge --tenant acme invoice:inv_0001', 'invoice:inv_0001 stands alone; a tag is given by --tag'],
    ['purge --tenant acme --tenant globex --tag a', '--tenant is given twice'],
    ['purge --tenant acme --tag', '--tag has no value; give --tag TAG'],
    ['purge --tenant acme --tag=', '--tag is empty'],
    ['purge --tenant acme --tag -x', '--tag -x: if -x is the value, write --tag=-x; else give one'],
    ['purge --tenant acme --tag --class a', '--tag --class: if --class is the value, write --tag=--class;'],
    ['purge --tenant -a$b --tag a', "write --tenant='-a$b'"],
    ['purge --tenant= --tag a', '--tenant is empty'],
    ['purge --tenant acme --tags a', 'there is no flag --tags; did you mean --tag?'],
    ['purge --tenant acme --tag a --no-wiat', 'there is no flag --no-wiat; did you mean --no-wait?'],
    ['purge --tenant acme --tag a --wait', 'there is no flag --wait'],
    ['purge --tenant acme --tag a --token t', 'there is no flag --token'],
    ['purge --tenant acme --tag a --soft=yes', '--soft takes no value; leave out =yes'],
    [
      'purge --tenant acme --tag a --timeout 2',
      '--timeout 2: give a whole number and s, m, h or d, such as 90s or 2m',
    ],
    ['purge --tenant acme --tag a --timeout 0s', '--timeout 0s: give a time from 1s to 24h'],
    ['purge --tenant acme --tag a --timeout 25h', '--timeout 25h: give a time from 1s to 24h'],
    ['purge --tenant acme --tag a --timeout 2m --no-wait', '--timeout says how long to wait'],
    [
      'purge --tenant acme --tag a --url edge.test',
      '--url edge.test: give a URL that begins with https:// or http://',
    ],
    [
      'purge --tenant acme --tag a --url ftp://edge.test',
      '--url ftp://edge.test: give a URL that begins with https:// or http://',
    ],
    ['purge --tenant acme --tag a --url https://u:p@edge.test', '--url: give scheme, host and path alone'],
    ['purges acme', 'acme stands alone; a tenant is given by --tenant'],
    ['receipt', 'which purge? npx stillfresh receipt ID'],
    ['receipt a b', 'b stands alone; give one id'],
    ['receipt -abc', 'there is no flag -abc'],
    ['receipt --id a', 'there is no flag --id'],
  ])('stillfresh %s', async (line, said) => {
    const desk = deskFor({});
    expect(await run(words(line).filter(Boolean), desk.environment)).toBe(2);
    expect([desk.out(), desk.requests]).toEqual(['', []]);
    expect(desk.err().split('\n')[0]).toContain(said);
    expect(desk.err()).toMatch(/^stillfresh: .*\nTry: npx stillfresh( [a-z]+)? --help\n$/);
  });

  test.each<[NonNullable<DeskOptions['env']>, string]>([
    [{ STILLFRESH_TOKEN: '' }, 'set STILLFRESH_TOKEN'],
    [{ STILLFRESH_TOKEN: 'secret\nsecond' }, 'STILLFRESH_TOKEN holds what no token has'],
    [
      { STILLFRESH_URL: 'nowhere' },
      'STILLFRESH_URL nowhere: give a URL that begins with https:// or http://',
    ],
  ])('with %j', async (env, said) => {
    const desk = deskFor({}, { env });
    expect(await run(TAG, desk.environment)).toBe(2);
    expect(desk.err()).toContain(said);
    expect(desk.err()).not.toContain('secret\n');
    expect(desk.requests).toEqual([]);
  });

  const purgeHelp = ['--erase', '--no-wait', '(may be repeated)', 'Exit codes', '4  with --strict'];
  const overviewHelp = ['STILLFRESH_TOKEN', 'Exit codes', 'purge ', 'complete ', '--url URL'];
  test.each<[string, readonly string[]]>([
    ['--help', overviewHelp],
    ['-h', overviewHelp],
    ['help', overviewHelp],
    ['--json help', overviewHelp],
    ['nonsense --help', overviewHelp],
    ['purge --help', purgeHelp],
    ['purge -h --tag', purgeHelp],
    ['--url x purge --nonsense -h', purgeHelp],
    ['help purge', purgeHelp],
    ['purges -h --limit', ['--cursor C', 'from 1 to 100']],
    ['receipt --help', ['npx stillfresh receipt ID [options]', 'pur_']],
    ['emit --help', ['--set NAME=VALUE', '--payload JSON|FILE|-']],
    ['hook --help', ['HOOK_SECRET_<SOURCE>', '--type TYPE']],
    ['complete --help', ['(bash, zsh, fish)']],
  ])('%s is help, and wins over what is wrong', async (line, expected) => {
    const desk = deskFor({}, { env: { STILLFRESH_TOKEN: '' } });
    expect(await run(words(line), desk.environment)).toBe(0);
    for (const it of expected) expect(desk.out()).toContain(it);
    expect([desk.err(), desk.requests]).toEqual(['', []]);
    for (const row of desk.out().split('\n')) expect(row.length).toBeLessThanOrEqual(130);
  });

  test.each(['--version', 'purge --version', '--version purge --nonsense'])(
    '%s is the version',
    async (line) => {
      const desk = deskFor({});
      expect([await run(words(line), desk.environment), desk.out()]).toEqual([0, '0.1.0\n']);
    },
  );

  test('--json and --url may stand before the command', async () => {
    for (const line of ['--json --url https://b.test purges', '--url=https://b.test --json purges']) {
      const { environment, out } = deskWith(() => json({ purges: [], cursor: null }));
      let url: unknown;
      const fetch: typeof environment.fetch = (to) => {
        url = to;
        return environment.fetch(to);
      };
      expect(await run(words(line), { ...environment, fetch })).toBe(0);
      expect([url, JSON.parse(out())]).toEqual(['https://b.test/-/purges', { purges: [], cursor: null }]);
    }
  });
});
