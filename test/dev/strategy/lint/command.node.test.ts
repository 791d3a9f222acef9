import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../../../dev/strategy/lint/finding.ts';
import { checkout, root, run } from '../../dev-command.ts';

const strategyFile = 'routes/strategy.ts';
const lockFile = 'strategy.lock.json';

/** A copy of this project whose strategy a team has changed. */
async function changedCopy(change: (strategy: string) => string) {
  const read = (file: string) => readFile(join(root, file), 'utf8');
  const copy = checkout({
    [strategyFile]: change(await read(strategyFile)),
    ...{ [lockFile]: await read(lockFile), 'STRATEGY.md': await read('STRATEGY.md') },
  });
  onTestFinished(() => copy.remove());
  const strategy = (...args: string[]) =>
    run(process.execPath, ['dev/strategy/main.ts', ...args], { cwd: copy.cwd });
  return { ...copy, strategy };
}

const withTag = (strategy: string) => strategy.replace("tags: ['invoices'],", "tags: ['invoices', 'site'],");
const silencedTag = (strategy: string) =>
  withTag(strategy).replace(
    "  ttl: '5m',\n  staleIfError: '1h',",
    "  silences: { 'tag-never-purged': 'purged by hand' },\n  ttl: '5m',\n  staleIfError: '1h',",
  );

test('a finding is told with its line, as JSON and SARIF, and --check ends with 1', async () => {
  const { cwd, strategy } = await changedCopy(withTag);
  const check = strategy('--check', '--json', '--sarif', 'lint.sarif');
  expect((await check.ended).code).toBe(1);

  const lines = withTag(await readFile(join(root, strategyFile), 'utf8')).split('\n');
  const at = `${strategyFile}:${lines.findIndex((it) => it.startsWith('export const invoiceList')) + 1}`;
  const { findings } = JSON.parse(check.out.join('\n')) as { findings: readonly Finding[] };
  expect(findings.filter((it) => it.silenced === null)).toEqual([
    {
      rule: 'tag-never-purged',
      place: 'class invoices',
      why: "no event and no write purges its tag 'site', which costs one name more in each lookup",
      mend: 'let an event name it, or take it out',
      silenced: null,
      at,
    },
  ]);
  const sarif = JSON.parse(await readFile(join(cwd, 'lint.sarif'), 'utf8'));
  expect(sarif.runs[0].results).toMatchObject([{ ruleId: 'tag-never-purged' }]);
});

test('a finding that is silenced lets --check pass, and the document has the reason', async () => {
  const { cwd, strategy } = await changedCopy(silencedTag);
  await strategy().ended;
  const check = strategy('--check');
  expect((await check.ended).code).toBe(0);
  expect(check.out).toContain('silenced: class invoices: tag-never-purged: purged by hand');
  expect(await readFile(join(cwd, 'STRATEGY.md'), 'utf8')).toContain('purged by hand');
});

test('a changed value under the same version is told', async () => {
  const { strategy } = await changedCopy((it) =>
    it.replace('amount_cents: z.number(),', 'amount_cents: z.int(),'),
  );
  const check = strategy('--check');
  expect((await check.ended).code).toBe(1);
  expect(check.out.join('\n')).toContain(
    'unversioned-change: its value has changed (amount_cents: number → integer',
  );
});
