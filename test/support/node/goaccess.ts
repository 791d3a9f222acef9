import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const path = process.env['GOACCESS_PATH'] ?? '/usr/bin/goaccess';

type Panel = { readonly metadata: { readonly hits: { readonly total: { readonly value: number } } } };
type Panels = Readonly<Record<'requests' | 'static_requests' | 'not_found', Panel>>;

/** Requests of a log in combined format, as goaccess counts them. Where it is not the test is skipped, and fails when `CI` is set. */
export async function requestsByGoaccess(log: string, context: Pick<TestContext, 'skip'>): Promise<number> {
  if (!existsSync(path)) {
    const why = "needs Debian's goaccess: 'apt-get install goaccess', or set GOACCESS_PATH";
    if (process.env['CI']) throw new Error(why);
    return context.skip(why);
  }
  const folder = await mkdtemp(join(tmpdir(), 'goaccess-'));
  try {
    const report = join(folder, 'report.json');
    await promisify(execFile)(path, [log, '--log-format=COMBINED', '--no-global-config', '-o', report], {
      timeout: 60_000,
    });
    const panels = JSON.parse(await readFile(report, 'utf8')) as Panels;
    const all = [panels.requests, panels.static_requests, panels.not_found];
    return all.reduce((sum, { metadata }) => sum + metadata.hits.total.value, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}
