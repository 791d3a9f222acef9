import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';

const path = process.env['PROMTOOL_PATH'] ?? '/usr/bin/promtool';

/** What `promtool check metrics` finds in a text; '': nothing. Where there is no promtool the test is skipped, and fails when `CI` is set. */
export function checkMetrics(context: Pick<TestContext, 'skip'>, text: string): string {
  if (!existsSync(path)) {
    const why = "needs promtool, of Debian's prometheus: 'apt-get install prometheus', or set PROMTOOL_PATH";
    if (process.env['CI']) throw new Error(why);
    context.skip(why);
  }
  const { stdout, stderr, status } = spawnSync(path, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}` : `exit ${status}: ${stdout}${stderr}`;
}
