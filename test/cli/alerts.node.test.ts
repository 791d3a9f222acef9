import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { deskWith, json } from './desk.ts';

async function running(line: string, body: unknown) {
  const desk = deskWith(() => json(body));
  const code = await run(line.split(' '), desk.environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests };
}

const alert = (name: string, state: string, more: object = {}) => ({
  name,
  state,
  since: '2026-11-24T11:58:00.123Z',
  value: 0.612_345_6,
  bound: 0.65,
  ...more,
});

const all = [
  alert('purge-delay', 'inactive', { since: null, value: 0, bound: 60 }),
  alert('redis-memory', 'no-data', { value: null, bound: 0.8 }),
  alert('hit-rate', 'firing'),
  alert('errors', 'pending', { note: 'of a later version' }),
  alert('canary', 'a-later-state'),
  alert('cost', 'resolved', { value: 1_234_567 }),
];

describe('stillfresh alerts', () => {
  test('is a table, the most urgent first', async () => {
    const { code, out, err, requests } = await running('alerts', all);
    expect([code, err, requests[0]!.path]).toEqual([0, '', '/-/alerts']);
    expect(out.split('\n')).toEqual([
      'ALERT         STATE          SINCE                 VALUE    BOUND',
      'hit-rate      firing         2026-11-24T11:58:00Z  0.6123   0.65',
      'errors        pending        2026-11-24T11:58:00Z  0.6123   0.65',
      'redis-memory  no-data        2026-11-24T11:58:00Z  -        0.8',
      'canary        a-later-state  2026-11-24T11:58:00Z  0.6123   0.65',
      'cost          resolved       2026-11-24T11:58:00Z  1235000  0.65',
      'purge-delay   inactive       -                     0        60',
      '',
    ]);
  });

  test('is what the edge said with --json', async () => {
    const { out, err } = await running('alerts --json', all);
    expect([JSON.parse(out), err]).toEqual([all, '']);
  });

  test('says so where none is defined', async () => {
    expect(await running('alerts', [])).toMatchObject({ code: 0, out: '', err: 'no alerts are defined\n' });
  });

  test.each([
    ['firing', '--check', 5],
    ['firing', '', 0],
    ['pending', '--check', 0],
    ['no-data', '--check', 0],
    ['resolved', '--check', 0],
    ['firing', '--check --json', 5],
  ])('with one that is %s and %s the exit code is %i, and all is shown', async (state, flags, expected) => {
    const { code, out, err } = await running(`alerts ${flags}`.trim(), [
      alert('a', 'inactive'),
      alert('b', state),
    ]);
    expect([code, err]).toEqual([expected, '']);
    expect(out).toContain('b');
  });

  const nowMs = Date.now();
  const at = (agoMs: number) => ({ evaluated_at: new Date(nowMs - agoMs).toISOString() });
  test.each<[string, object, string, number, RegExp]>([
    ['a moment ago', at(60_000), 'inactive', 0, /^$/],
    ['ten minutes ago', at(600_000), 'inactive', 1, /^evaluated 10 min ago, and not since/],
    ['ten minutes ago, and one fires', at(600_000), 'firing', 5, /^evaluated 10 min ago/],
    ['never', { evaluated_at: null }, 'no-data', 1, /^nothing is evaluated yet/],
    ['a moment ago, without data of any', at(60_000), 'no-data', 1, /^nothing can be measured/],
    ['by an edge that does not say', {}, 'no-data', 0, /^$/],
  ])('evaluated %s', async (_, more, state, expected, said) => {
    const desk = deskWith(() => json([alert('a', state, more)]));
    const environment = { ...desk.environment, now: () => nowMs };
    expect(await run(['alerts', '--check'], environment)).toBe(expected);
    expect(desk.err()).toMatch(said);
    expect(await run(['alerts'], environment)).toBe(0);
  });
});
