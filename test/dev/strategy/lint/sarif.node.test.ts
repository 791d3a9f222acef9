import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Finding } from '../../../../dev/strategy/lint/finding.ts';
import { rules } from '../../../../dev/strategy/lint/rules.ts';
import { sarifOf } from '../../../../dev/strategy/lint/sarif.ts';

/** OASIS's own schema of SARIF 2.1.0, as this package carries it. */
const schemaFile = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
/** Without `uri-reference`, which zod takes for a whole URL: a file of the repository is named by its path. */
const schema: Parameters<typeof z.fromJSONSchema>[0] = JSON.parse(
  readFileSync(schemaFile, 'utf8'),
  (key, value: unknown) => (key === 'format' && value === 'uri-reference' ? undefined : value),
);
const sarif = z.fromJSONSchema(schema);

const finding = (changed: Partial<Finding> = {}): Finding => ({
  ...{ rule: 'tag-never-purged', place: 'class invoice', why: 'nobody purges it', mend: 'take it out' },
  ...{ silenced: null, at: 'routes/strategy.ts:35', ...changed },
});

/** What GitHub reads of it. */
interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly { readonly toolExecutionNotifications: readonly unknown[] }[];
    readonly results: readonly Record<string, unknown>[];
  }[];
}
const runOf = (findings: readonly Finding[]) => {
  const made = sarifOf(findings, '0.1.0');
  expect(sarif.safeParse(made).error?.issues).toBeUndefined();
  return (made as Sarif).runs[0]!;
};

test('the schema refuses what is not SARIF', () => {
  expect(sarif.safeParse({ version: '2.1.0', runs: [{ tool: {}, results: [{}] }] }).success).toBe(false);
});

test('a finding is a result with its rule, its place and its line', () => {
  const run = runOf([finding(), finding({ rule: 'unused-silence', place: 'strategy', at: null })]);
  expect(run.tool.driver.rules.map(({ id }) => id)).toEqual([...Object.keys(rules), 'unused-silence']);
  expect(run.results[0]).toMatchObject({
    ruleId: 'tag-never-purged',
    level: 'warning',
    message: { text: 'class invoice: Nobody purges it. Take it out.' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'routes/strategy.ts', uriBaseId: '%SRCROOT%' },
          region: { startLine: 35 },
        },
      },
    ],
  });
  expect(run.results[1]).toMatchObject({
    ruleId: 'unused-silence',
    locations: [{ physicalLocation: { region: { startLine: 1 } } }],
  });
  for (const { ruleId, ruleIndex } of run.results)
    expect(run.tool.driver.rules[ruleIndex as number]!.id).toBe(ruleId);
});

test('what is silenced is left out: GitHub would open an alert for it', () => {
  expect(runOf([finding({ silenced: 'purged by hand' })]).results).toEqual([]);
});

test('a finding that moves to another line is the same one, and two of one place are two', () => {
  const prints = (...findings: Finding[]) => runOf(findings).results.map((it) => it['partialFingerprints']);
  expect(prints(finding())).toEqual(prints(finding({ at: 'routes/strategy.ts:99' })));
  const [one, other] = prints(finding(), finding());
  expect(one).not.toEqual(other);
});

test('more than GitHub keeps are left out, and it is said how many', () => {
  const run = runOf(Array.from({ length: 5_003 }, () => finding()));
  expect(run.results).toHaveLength(5_000);
  expect(run.invocations[0]!.toolExecutionNotifications).toEqual([
    { level: 'warning', message: { text: '3 findings more are left out; --json has all of them' } },
  ]);
});
