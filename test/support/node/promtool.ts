import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const path = process.env['PROMTOOL_PATH'] ?? '/usr/bin/promtool';

/** Prometheus' own tool. Where there is none the test is skipped, and fails when `CI` is set. */
export function promtoolFor(context: TestContext): (...args: string[]) => Promise<string> {
  if (!existsSync(path)) {
    const why = `needs promtool, of Debian's prometheus: 'apt-get install prometheus', or set PROMTOOL_PATH`;
    if (process.env['CI']) throw new Error(why);
    context.skip(why);
  }
  return async (...args) => {
    const run = promisify(execFile)(path, args, { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 });
    const { stdout, stderr } = await run.catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`promtool ${args.join(' ')}: ${error.stdout ?? ''}${error.stderr ?? String(error)}`);
    });
    return stdout + stderr;
  };
}
