import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { promtoolPath } from './promtool.ts';

/** What `promtool check metrics` finds in a text; '': nothing. Where there is no promtool the test is skipped, and fails when `CI` is set. */
export function checkMetrics(context: Pick<TestContext, 'skip'>, text: string): string {
  const { stdout, stderr, status } = spawnSync(promtoolPath(context), ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return status === 0 ? `${stdout}${stderr}` : `exit ${status}: ${stdout}${stderr}`;
}
