import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import type { ClassEntry } from '../../dev/description.ts';
import { changesSince } from '../../dev/lock/changes.ts';
import { lockText, readLock } from '../../dev/lock/file.ts';
import { loadOf } from '../../dev/lock/load.ts';
import { report } from '../../dev/lock/words.ts';
import { httpRoute } from '../../src/http-cache/options.ts';
import { basisOf, fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import type { DataClass, DataClassDefinition } from '../../src/strategy/types.ts';
import { checkout, root, run } from './dev-command.ts';

const entryOf = (cls: DataClass): ClassEntry => ({
  name: cls.name,
  fingerprint: fingerprintOf(cls),
  basis: basisOf(cls),
  rollout: cls.rollout,
});

const report_ = {
  name: 'report',
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'tenant',
  tags: ['report:{id}'],
  read: 'read-through',
  origin: '/reports/{id}',
  ttl: '10m',
  value: z.object({ id: z.string(), total: z.number(), lines: z.array(z.object({ text: z.string() })) }),
  rationale: 'for a test',
} as const;

/** The class as a team has changed it. */
const aReport = (changed: Partial<DataClassDefinition<{ id: string }>> = {}) =>
  entryOf(dataClass({ ...report_, ...changed } as DataClassDefinition<{ id: string }>));

const before = readLock(lockText([aReport()]));
const said = (...classes: ClassEntry[]) => report(changesSince(before, classes), undefined).split('\n');

const shadow =
  '  it starts in the shadow again, and goes 0 → 1 → 5 → 25 → 100 % in 3 h 10 min at least by its plan; until then its reads go to the origin';
const ask =
  '  load on the origin: npm run lock -- --check --url https://edge.example.com, with an admin token of the scope read in STILLFRESH_TOKEN, says it';
const one = '1 of 1 classes unchanged';

describe('what a class stores', () => {
  test('is the same, whatever else of it has changed', () => {
    const other = aReport({ ttl: '1h', rationale: 'another', staleIfError: '1h', access: 'tenant' });
    expect(said(other)).toEqual([one, '']);
  });

  const { value } = report_;
  test.each<[string, Partial<DataClassDefinition<{ id: string }>>, string]>([
    ['key', { key: 'r:{id}' }, 'key changed: "{id}" → "r:{id}"'],
    ['version', { version: 2 }, 'version changed: 1 → 2'],
    ['scope', { scope: 'user', access: 'user' }, 'scope changed: "tenant" → "user"'],
    ['a tag more', { tags: ['report:{id}', 'all'] }, 'tags changed: + "all"'],
    ['other tags', { tags: ['all'] }, 'tags changed: + "all" - "report:{id}"'],
    ['tags of its answers', { tagsFromAnswer: true }, 'its answers may name tags now'],
    ['no schema', { value: undefined } as object, 'value changed: it has no schema any more'],
    ['a field more', { value: value.extend({ unit: z.string() }) }, 'value changed: + unit (string)'],
    ['a field less', { value: value.omit({ total: true }) }, 'value changed: - total'],
    [
      'a field that may be absent',
      { value: value.partial({ total: true }) },
      'value changed: total: number → number, may be absent',
    ],
    [
      'a field of another kind, within a list',
      { value: value.extend({ lines: z.array(z.object({ text: z.enum(['a', 'b']) })) }) },
      'value changed: lines.[].text: string → string (enum ["a","b"])',
    ],
  ])('has changed: %s', (_, changed, what) => {
    expect(said(aReport(changed))).toEqual([`report: ${what}`, shadow, ask, '0 of 1 classes unchanged', '']);
  });

  test('has changed, and the class stays on: says why, and what its readers find', () => {
    const rollout = { onChange: { keep: 'the origin can bear it' } };
    expect(said(aReport({ tags: ['all'], rollout }))).toEqual([
      'report: tags changed: + "all" - "report:{id}"',
      '  it stays as it is switched (onChange: keep, "the origin can bear it"); nothing of what is stored fits it, so that every read is a miss at first',
      ask,
      '0 of 1 classes unchanged',
      '',
    ]);
    expect(said(aReport({ tags: [], rollout }))).toEqual([
      'report: tags changed: - "report:{id}"',
      '  it stays as it is switched (onChange: keep, "the origin can bear it"); what is stored is read where it fits',
      '0 of 1 classes unchanged',
      '',
    ]);
  });

  test.each([
    [
      { mode: 'shadow' } as const,
      'it begins in the shadow, and goes 0 → 1 → 5 → 25 → 100 % in 3 h 10 min at least by its plan',
    ],
    [{ mode: 'off' } as const, 'it begins off: its reads go to the origin'],
    [{ percent: '5%' } as const, 'it begins on for 5 %'],
    [
      {},
      "it begins on, for everybody at once; with rollout: { mode: 'shadow' } it would be compared with the origin first",
    ],
  ])('is new, and its strategy says %j', (rollout, words) => {
    expect(said(aReport(), aReport({ name: 'other', rollout }))).toEqual([
      'other: new',
      `  ${words}`,
      '1 of 2 classes unchanged',
      '',
    ]);
  });

  test('is gone', () => {
    expect(said()).toEqual([
      'report: removed',
      '  what it has stored ends by its ttl; how it is switched is forgotten when no deployment has had it for 30 days',
      '0 of 1 classes unchanged',
      '',
    ]);
  });

  test('of an HTTP cache changes with what its keys are made of', () => {
    const cacheOf = (options: Parameters<typeof httpRoute>[0]) =>
      entryOf(httpRoute({ name: 'site', origin: 'https://a.test', ...options }).cls);
    const was = readLock(lockText([cacheOf({})]));
    const changeTo = (options: Parameters<typeof httpRoute>[0]) => changesSince(was, [cacheOf(options)])[0]!;
    expect(changeTo({ staleIfError: '1h' }).is).toBe('unchanged');
    for (const options of [
      { origin: 'https://b.test' },
      { stripPrefix: '/docs' },
      { inputs: 'keyed' },
    ] as const)
      expect(changeTo(options)).toMatchObject({
        is: 'changed',
        what: [expect.stringContaining('key changed')],
      });
  });
});

describe('the load on the origin', () => {
  const figures = (requests: number, hit: number, stale = 0) => ({
    from: '2026-11-26T10:00:00.000Z',
    to: '2026-11-27T10:00:00.000Z',
    rolled_up_at: '2026-11-27T04:00:00.000Z', // eighteen hours of it are counted
    summary: {
      requests,
      by_outcome: {},
      classes: [{ name: 'report', requests, by_outcome: { hit, stale } }],
    },
  });

  test.each([
    [
      figures(1_080_000, 972_000, 54_000),
      "up to 950 fetches a minute more, 1,000 in all: of the last 24h's 1,000 requests a minute on average 95 % were hits; its busy hours have more",
    ],
    [
      figures(1_080, 540),
      "up to 0.5 fetches a minute more, 1 in all: of the last 24h's 1 requests a minute on average 50 % were hits; its busy hours have more",
    ],
    [figures(0, 0), 'nothing was asked of it in the last 24h'],
  ])('is what the cache has answered', (counted, words) => {
    const changes = changesSince(before, [aReport({ version: 2 })]);
    const text = report(changes, new Map([['report', loadOf(counted, 'report')]]));
    expect(text.split('\n')).toContain(`  load on the origin: ${words}`);
  });
});

describe('the file', () => {
  test('does not depend on the order of the classes', () => {
    const [a, b] = [aReport(), aReport({ name: 'other' })];
    expect(lockText([a, b])).toBe(lockText([b, a]));
  });

  test.each([
    '',
    '{',
    '{"form":2,"classes":{}}',
    '<<<<<<< ours',
    '{"form":1,"classes":{"report":{"key":"a"}}}',
  ])('is refused where it is none of ours: %j', (text) => {
    expect(() => readLock(text)).toThrow(/^strategy\.lock\.json is not what 'npm run lock' writes/);
  });
});

describe('npm run lock', () => {
  const file = 'strategy.lock.json';
  async function changedCopy() {
    const strategy = await readFile(join(root, 'routes/strategy.ts'), 'utf8');
    const copy = checkout({
      [file]: await readFile(join(root, file), 'utf8'),
      'routes/strategy.ts': strategy.replace("tags: ['invoices']", "tags: ['invoices', 'everything']"),
    });
    onTestFinished(() => copy.remove());
    const lock = (args: string[], env = {}) =>
      run(process.execPath, ['dev/lock/main.ts', ...args], { cwd: copy.cwd, env });
    return { ...copy, lock };
  }
  const words = ['invoices: tags changed: + "everything"', shadow];

  test('--check says what a change means, and fails until it is written', async () => {
    const { lock, cwd } = await changedCopy();
    const check = lock(['--check']);
    expect((await check.ended).code).toBe(1);
    expect(check.said).toEqual([
      ...words,
      ask,
      '6 of 7 classes unchanged',
      `${file} is not what 'npm run lock' writes; run it, and commit it with the change`,
    ]);
    const written = lock([]);
    expect((await written.ended).code).toBe(0);
    expect(written.said).toEqual([...words, ask, '6 of 7 classes unchanged', `wrote ${file}`]);
    expect(JSON.parse(await readFile(join(cwd, file), 'utf8')).classes.invoices.tags).toEqual([
      'everything',
      'invoices',
    ]);
    const again = lock(['--check', '--json']);
    expect((await again.ended).code).toBe(0);
    expect(JSON.parse(again.said.join(''))).toMatchObject({ up_to_date: true });
  });

  test('--url reads what the edge has counted', async () => {
    const asked: string[] = [];
    const edge = createServer((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url}`);
      const [from, to] = ['2026-11-26T10:00:00Z', '2026-11-27T10:00:00Z'];
      const classes = [{ name: 'invoices', requests: 144_000, by_outcome: { hit: 72_000 } }];
      response.end(JSON.stringify({ from, to, summary: { requests: 144_000, by_outcome: {}, classes } }));
    });
    await new Promise<void>((done) => edge.listen(0, '127.0.0.1', done));
    onTestFinished(() => void edge.close());
    const url = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
    const { lock } = await changedCopy();
    const check = lock(['--check', '--json', '--url', url], { STILLFRESH_TOKEN: 'of-ops' });
    expect((await check.ended).code).toBe(1);
    expect(asked).toEqual(['Bearer of-ops /-/figures?window=24h']);
    expect(JSON.parse(check.said.join(''))).toMatchObject({
      up_to_date: false,
      classes: expect.arrayContaining([
        expect.objectContaining({
          ...{ name: 'invoices', is: 'changed', what: ['tags changed: + "everything"'] },
          load: { requests_per_minute: 100, hits_per_minute: 50 },
        }),
      ]),
    });
  });
});
