import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { type Answer, deskFor, deskWith, EDGE, ID, json, problem, receiptAt } from './desk.ts';

async function running(line: string, answer: Answer) {
  const desk = deskWith(answer);
  const code = await run(line.split(' '), desk.environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests };
}

describe('stillfresh purges', () => {
  const page = {
    purges: [
      receiptAt(500, { appliedMs: 300 }, { met: 1, events: [] }),
      receiptAt(
        0,
        {},
        { purge_id: 'all', whose: 'everyone', tenant: null, tags: [], classes: ['invoice'], mode: 'soft' },
      ),
      receiptAt(
        9,
        { deadMs: 9 },
        {
          purge_id: 'p',
          whose: 'public',
          tenant: null,
          source: 'stripe',
          users: ['ann'],
          met: null,
          events: ['invoice_paid'],
        },
      ),
      receiptAt(9_000, { appliedMs: 9, erasedMs: 99 }, { purge_id: 'e', everything: true, tags: [], met: 0 }),
    ],
    cursor: '1795521600000.2',
  };

  test('is a table, newest first, and says where it goes on', async () => {
    const { code, out, err, requests } = await running('purges', () => json(page));
    expect([code, requests[0]!.path]).toEqual([0, '/-/purges']);
    expect(out.split('\n')).toEqual([
      'PURGE                       STATE     MODE  ACCEPTED              TENANT    SOURCE                 MET  WHAT',
      'pur_WFvnqmkxNJYmGV8tVx1TLQ  applied   hard  2026-11-24T12:00:00Z  acme      admin:ops              1    invoice:inv_0001',
      'all                         accepted  soft  2026-11-24T12:00:00Z  (all)     admin:ops              -    class invoice',
      'p                           dead      hard  2026-11-24T12:00:00Z  (public)  stripe (invoice_paid)  -    user ann, invoice:inv_0001',
      'e                           applied   hard  2026-11-24T12:00:00Z  acme      admin:ops              0    everything, erased',
      '',
    ]);
    expect(err).toBe('more: npx stillfresh purges --cursor 1795521600000.2\n');
  });

  test.each<[readonly string[], string]>([
    [['--tenant', 'acme', '--limit', '5'], '--tenant acme --limit 5'],
    [['--limit=4', '--url', 'https://b.test', '--cursor', '9.9'], '--url https://b.test --limit 4'],
    [['--tenant', "o'neil & sons"], `--tenant 'o'\\''neil & sons'`],
    [['--tenant=-x'], '--tenant=-x'],
  ])('with %j the next page is a command that can be pasted', async (flags, repeated) => {
    const desk = deskWith(() => json(page));
    expect(await run(['purges', ...flags], desk.environment)).toBe(0);
    expect(desk.err()).toBe(`more: npx stillfresh purges ${repeated} --cursor 1795521600000.2\n`);
  });

  test('passes its flags on, and is the page as the edge gave it with --json', async () => {
    const line = 'purges --tenant a&b --limit 5 --cursor 1795521600000.2 --json';
    const { out, err, requests } = await running(line, () => json(page));
    expect(requests[0]!.path).toBe('/-/purges?tenant=a%26b&limit=5&cursor=1795521600000.2');
    expect([JSON.parse(out), err]).toEqual([page, '']);
  });

  test('cuts what is long, shows no control character, and does without fields of later', async () => {
    const {
      whose: _,
      event_id: __,
      ...older
    } = receiptAt(0, {}, { tenant: null, tags: ['x\u001b[2J', 'y'.repeat(200)] })!;
    const { out } = await running('purges', () => json({ purges: [older], cursor: null }));
    const row = out.split('\n')[1]!;
    expect(row).toMatch(/ {2}- {7}admin:ops {2}- {4}x\uFFFD\[2J, y+…$/);
    expect(row.slice(row.indexOf('x\uFFFD'))).toHaveLength(60);
  });

  test('says so when there are none', async () => {
    const { code, out, err } = await running('purges', () => json({ purges: [], cursor: null }));
    expect([code, out, err]).toEqual([0, '', 'no purges\n']);
  });

  test.each<[string, () => Response, number, string]>([
    [
      'a limit that is none',
      () =>
        problem(422, {
          title: 'Wrong',
          errors: [{ field: 'limit', detail: 'must be a number from 1 to 100' }],
        }),
      2,
      '  --limit: must be a number from 1 to 100',
    ],
    [
      'an edge without purges',
      () => problem(404, { title: 'There is nothing here' }),
      2,
      '404: There is nothing here',
    ],
    [
      'a store that is away',
      () => problem(503, { title: 'No answer' }),
      3,
      `${EDGE} answered 503: No answer`,
    ],
    [
      'a receipt of another kind',
      () => json({ purges: [{}], cursor: null }),
      3,
      'no list of receipts (purges.0.',
    ],
  ])('%s', async (_, answer, expected, said) => {
    const { code, err } = await running('purges --limit 0', answer);
    expect(code).toBe(expected);
    expect(err).toContain(said);
  });
});

describe('stillfresh receipt', () => {
  test('is one purge, with times after its acceptance', async () => {
    const found = receiptAt(
      60_000,
      { appliedMs: 300, verifiedMs: 31_200 },
      { source: 'stripe', event_id: 'evt_1' },
    );
    const { code, out, err } = await running(`receipt ${ID}`, () => json(found));
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      `purge     ${ID}`,
      'state     verified',
      'tenant    acme',
      'what      invoice:inv_0001',
      'mode      hard',
      'source    stripe, event evt_1',
      'accepted  2026-11-24T12:00:00.000Z',
      'applied   2026-11-24T12:00:00.300Z, after 0.3 s',
      'how       by the hook, beside the queue',
      'verified  2026-11-24T12:00:31.200Z, after 31 s',
      'attempts  1',
      '',
    ]);
  });

  test.each<[string | null | undefined, string]>([
    ['write', 'how       by the write itself\n'],
    ['eager', 'how       at once, beside the queue\n'], // by hand, there is no hook
    ['delivery', 'how       by the queue\n'],
    ['direct', 'how       at once, because the queue did not take it\n'],
    ['verification', 'how       again, by the look after 30 s\n'],
    ['sweep', 'how       by the cron\n'],
    ['a-later-way', 'how       a-later-way\n'],
    [null, 'after 0.3 s\nverified'],
    [undefined, 'after 0.3 s\nverified'],
  ])('applied by %s says so in words', async (applied_via, said) => {
    const found = receiptAt(500, { appliedMs: 300 }, { applied_via });
    const { out } = await running(`receipt ${ID}`, () => json(found));
    expect(out).toContain(said);
  });

  test.each([
    ['none', 'how       at once, because this edge has no queue\n'],
    ['failed', 'how       at once, because the queue did not take it\n'],
  ])('applied at once, with a queue that is %s', async (queue, said) => {
    const found = receiptAt(500, { appliedMs: 300 }, { applied_via: 'direct', queue });
    const { out } = await running(`receipt ${ID}`, () => json(found));
    expect(out).toContain(said);
  });

  test('of a soft one says what that means', async () => {
    const { out } = await running(`receipt ${ID}`, () => json(receiptAt(0, {}, { mode: 'soft' })));
    expect(out).toContain('mode      soft: may be served stale while it is fetched anew\n');
  });

  test('of an erasure says how far it is, of a dead one when it died', async () => {
    const course = { appliedMs: 0, erasedMs: 90_000, deadMs: 12_000 };
    const { code, out } = await running(`receipt ${ID}`, () => json(receiptAt(12_000, course)));
    expect(code).toBe(0);
    expect(out).toContain('verified  not yet\n');
    expect(out).toContain('dead      2026-11-24T12:00:12.000Z, after 12 s\n');
    expect(out).toContain('erasure   running: 120 of 1200 names deleted\n');
  });

  test('is as the edge gave it with --json', async () => {
    const desk = deskFor({});
    expect(await run(['receipt', ID, '--json'], desk.environment)).toBe(0);
    expect(JSON.parse(desk.out())).toEqual(receiptAt(0));
  });

  test('of an id with a slash asks for nothing else', async () => {
    const { requests } = await running('receipt ../a?b', () => json(receiptAt(0)));
    expect(requests[0]!.path).toBe('/-/purges/..%2Fa%3Fb');
  });

  test('of an id that begins with a dash stands after --', async () => {
    const { code, requests } = await running('receipt --json -- -abc', () => json(receiptAt(0)));
    expect([code, requests[0]!.path]).toEqual([0, '/-/purges/-abc']);
  });

  test('of a purge that is not known is refused', async () => {
    const { code, out, err } = await running('receipt nothing', () => problem(404));
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('there is no purge nothing: receipts are kept for 7 days');
  });
});
