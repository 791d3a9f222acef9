import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const path = process.env['PROMTOOL_PATH'] ?? '/usr/bin/promtool';

/** Where Prometheus' own tool is. Where it is not the test is skipped, and fails when `CI` is set. */
export function promtoolPath(context: Pick<TestContext, 'skip'>): string {
  if (existsSync(path)) return path;
  const why = "needs promtool, of Debian's prometheus: 'apt-get install prometheus', or set PROMTOOL_PATH";
  if (process.env['CI']) throw new Error(why);
  return context.skip(why);
}

export function promtoolFor(context: Pick<TestContext, 'skip'>): (...args: string[]) => Promise<string> {
  const tool = promtoolPath(context);
  return async (...args) => {
    const run = promisify(execFile)(tool, args, { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 });
    const { stdout, stderr } = await run.catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`promtool ${args.join(' ')}: ${error.stdout ?? ''}${error.stderr ?? String(error)}`);
    });
    return stdout + stderr;
  };
}
