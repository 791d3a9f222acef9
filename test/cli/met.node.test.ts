import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { type Course, type Desk, deskWith, ID, json, receiptAt } from './desk.ts';

const HINT = "no class has a tag 'invioce:inv_1'; invoice:{invoice_id} exists";
const COURSE = { appliedMs: 0, verifiedMs: 0 };

/** Purges at an edge whose 202 has these hints, and whose receipt says this. */
async function purging(line: string, { hint, more = {} }: { hint?: readonly string[]; more?: object } = {}) {
  const desk = deskWith(({ method }) =>
    method === 'POST' ? json({ purge_id: ID, hint }, 202) : json(receiptAt(0, COURSE, more)),
  );
  const code = await run(['purge', '--tenant', 'acme', ...line.split(' ')], desk.environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests };
}

describe('what a purge met', () => {
  test('a typo in a tag is told in one line as soon as the purge is accepted', async () => {
    const { code, out, err } = await purging('--tag invioce:inv_1 --no-wait', { hint: [HINT] });
    expect([code, out, err]).toEqual([0, `${ID}\n`, `hint: ${HINT}\n`]);
  });

  test.each<[string, object, string]>([
    ['--tag a', { tags: ['a'] }, 'nothing cached had this tag'],
    ['--tag a', { tags: ['a', 'b'] }, 'nothing cached had any of these 2 tags'],
    ['--tag a', { tags: [], classes: ['invoice'] }, 'nothing cached had this class'],
    ['--tag a', { tags: [], users: ['ann'] }, 'nothing cached had this user'],
    ['--tag a', { tags: ['a'], users: ['ann'] }, 'nothing cached had any of its names'],
    ['--tag a', { tags: [], everything: true }, 'nothing of this tenant was cached'],
    [
      '--tag a',
      { tags: [], everything: true, whose: 'public', tenant: null },
      'nothing of the public data was cached',
    ],
  ])('%s, of %j and met 0: %s', async (line, more, said) => {
    const { code, err } = await purging(line, { more: { ...more, met: 0 } });
    expect([code, err]).toEqual([0, `verified; ${said}\n`]);
  });

  test.each<[object, string]>([
    [{ met: 1 }, 'verified\n'],
    [{ met: 2, tags: ['a', 'b', 'c'] }, 'verified; nothing cached had 1 of its 3 names\n'],
    [{ met: 9 }, 'verified\n'],
    [{ met: null }, 'verified\n'],
    [{}, 'verified\n'],
  ])('%j: %j', async (more, said) => {
    const { code, err } = await purging('--tag a --strict', { more });
    expect([code, err]).toEqual([0, said]);
  });

  test('what a terminal would obey is not printed', async () => {
    const { err } = await purging('--tag a --no-wait', { hint: ['a\u001b[2J'] });
    expect(err).toBe('hint: a\uFFFD[2J\n');
  });
});

describe('--strict', () => {
  test.each<[string, string, { hint?: readonly string[]; more?: object }, number, string]>([
    ['a hint, not waited for', '--no-wait', { hint: [HINT] }, 4, HINT],
    ['a hint, and nothing met', '', { hint: [HINT], more: { met: 0 } }, 4, 'nothing cached had this tag'],
    ['a hint, and another tag met', '', { hint: [HINT], more: { met: 1, tags: ['a', 'b'] } }, 4, HINT],
    ['a hint, and an edge that does not count', '', { hint: [HINT] }, 4, HINT],
    ['a hint on what was met all the same', '', { hint: ['tags are exact'], more: { met: 1 } }, 0, ''],
    ['nothing met', '', { more: { met: 0 } }, 4, 'nothing cached had this tag'],
    ['something met', '', { more: { met: 1 } }, 0, ''],
    ['an edge that does not count', '', {}, 0, ''],
  ])('%s', async (_, flags, edge, expected, said) => {
    const { code, err } = await purging(`--tag a --strict ${flags}`.trim(), edge);
    expect(code).toBe(expected);
    if (expected === 4) expect(err.split('\n').at(-2)).toBe(`stillfresh: --strict: ${said}`);
    else expect(err.split('\n').at(-2)).toBe('verified');
  });

  test('with --json: the receipt with the hint on stdout, the error on stderr', async () => {
    const { code, out, err } = await purging('--tag a --strict --json', { hint: [HINT], more: { met: 0 } });
    expect(code).toBe(4);
    expect(JSON.parse(out)).toEqual({ ...receiptAt(0, COURSE, { met: 0 }), hint: [HINT] });
    expect(JSON.parse(err)).toEqual({
      error: { exit_code: 4, message: '--strict: nothing cached had this tag' },
    });
  });
});

describe('what is known once it is applied, half a minute before it is verified', () => {
  const known = async (
    line: string,
    more: object,
    course: Course = { appliedMs: 300, verifiedMs: 31_000 },
  ) => {
    const desk: Desk = deskWith(({ method }) => {
      if (method === 'POST') return json({ purge_id: ID }, 202);
      const applied = desk.elapsedMs() >= course.appliedMs! ? more : { met: null };
      return json(receiptAt(desk.elapsedMs(), course, applied));
    });
    const code = await run(['purge', '--tenant', 'acme', ...line.split(' ')], desk.environment);
    return { code, err: desk.err(), elapsedMs: desk.elapsedMs() };
  };

  test('is told then, and again in the end', async () => {
    const { code, err } = await known('--tag a', { met: 0 });
    expect([code, err.split('\n')]).toEqual([
      0,
      [
        'accepted; waits to be applied',
        'applied after 0.3 s; nothing cached had this tag; verification 30 s later',
        'verified after 31 s; nothing cached had this tag',
        '',
      ],
    ]);
  });

  test('with --strict ends it with 4, whether or not the time would have been enough', async () => {
    for (const more of ['', ' --timeout 1s', ' --timeout 5s --json']) {
      const { code, err, elapsedMs } = await known(`--tag a --strict${more}`, { met: 0 });
      expect([code, elapsedMs]).toEqual([4, 750]);
      expect(err).toContain('--strict: nothing cached had this tag');
      expect(err).toContain(`The purge itself goes on. Look at it with: npx stillfresh receipt ${ID}`);
    }
    expect(await known('--tag a --strict', { met: 1 })).toMatchObject({ code: 0, elapsedMs: 31_750 });
  });

  test('is told when the time is over, too', async () => {
    const { code, err } = await known('--tag a --timeout 5s', { met: 0 });
    expect(code).toBe(1);
    expect(err).toContain('not done within 5s: it is applied after 0.3 s; nothing cached had this tag, and');
  });

  test('does not end an erasure, whose deleting is waited for', async () => {
    const course = { appliedMs: 300, erasedMs: 5_300 };
    const { code, elapsedMs } = await known(
      '--everything --erase --strict',
      { met: 0, everything: true, tags: [] },
      course,
    );
    expect([code, elapsedMs]).toEqual([4, 5_750]);
  });
});

test('a receipt says what was met, and which events made it', async () => {
  const found = receiptAt(0, COURSE, { met: 0, events: ['invoice_paid', 'invoice_updated'] });
  const desk = deskWith(() => json(found));
  expect(await run(['receipt', ID], desk.environment)).toBe(0);
  expect(desk.out()).toContain('met       nothing cached had this tag\n');
  expect(desk.out()).toContain('events    invoice_paid, invoice_updated\n');
});
