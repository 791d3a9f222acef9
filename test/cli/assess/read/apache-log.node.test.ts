import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { LogLine } from '../../../../cli/assess/log-line.ts';
import { openLogs } from '../../../../cli/assess/read/open-log.ts';
import { apacheLog } from '../support/apache-log.ts';
import { withFile } from './support/read-all.ts';

const packed = fileURLToPath(new URL('../../../vectors/logs/apache_logs.gz', import.meta.url));

async function countsOf(path: string) {
  const [log] = await openLogs([path]);
  const counts = { requests: 0, bytes: 0, notFound: 0, get: 0 };
  while (
    await log!.next(({ bytes, status, method }) => {
      counts.requests++;
      counts.bytes += bytes;
      counts.notFound += Number(status === 404);
      counts.get += Number(method === 'GET');
    })
  );
  await log!.close();
  return { ...counts, ...log!.report() };
}

it('10,000 requests of a real server are read, all of them', async () => {
  expect(await countsOf(packed)).toMatchObject({
    format: 'combined',
    lines: 10_000,
    malformed: 0,
    requests: 10_000,
  });
});

it('each is read as one regular expression reads it', async () => {
  const [log] = await openLogs([packed]);
  const lines: LogLine[] = [];
  while (await log!.next((line) => lines.push({ ...line })));
  // Apache writes a dash for 0 bytes; the expression leaves it open.
  const expected = apacheLog().map((line) => ({ ...line, bytes: Math.max(0, line.bytes) }));
  expect(lines).toEqual(expected);
});

const hasGoaccess = (() => {
  try {
    execFileSync('goaccess', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!hasGoaccess)(
  'goaccess counts the same requests, bytes and pages that were not found',
  async () => {
    const text = gunzipSync(readFileSync(packed));
    await withFile(text, async (path) => {
      const args = [path, '--log-format=COMBINED', '--no-global-config', '-o', 'json', '--no-progress'];
      const found = JSON.parse(
        execFileSync('goaccess', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
      );
      const panels = ['requests', 'static_requests', 'not_found'] as const;
      const [dynamic, assets, notFound] = panels.map((it) => found[it].metadata.hits.total.value as number);
      const ours = await countsOf(path);
      expect(dynamic! + assets! + notFound!).toBe(ours.requests);
      expect(found.general).toMatchObject({ failed_requests: ours.malformed, bandwidth: ours.bytes });
      expect(notFound).toBe(ours.notFound);
    });
  },
);
