import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** The layers of docs/decisions.md, as `npm run check` holds them: each line is one file with one import, and what the linter says of it. */
const root = fileURLToPath(new URL('../..', import.meta.url));

const cases: readonly (readonly [file: string, code: string, rule: string | null])[] = [
  ['src/http/a.ts', `import '../strategy/key.ts';`, 'noRestrictedImports'],
  ['src/http/b.ts', `import '../bounds.ts';`, null],
  ['src/http/c.ts', 'export const at = () => Date.now();', 'noRestrictedGlobals'],
  ['src/strategy/a.ts', `export type { Store } from '../store/port.ts';`, 'noRestrictedImports'],
  ['src/strategy/b.ts', `export type { Identity } from '../identity/identity.ts';`, null],
  ['src/strategy/c.ts', `await fetch('https://example.com');`, 'noRestrictedGlobals'],
  ['src/strategy/e.ts', `import '../telemetry/catalogue.ts';`, null],
  ['src/strategy/f.ts', `import '../telemetry/histogram.ts';`, 'noRestrictedImports'],
  ['src/strategy/g.ts', `import '../telemetry/known-labels.ts';`, 'noRestrictedImports'],
  ['src/strategy/alert.ts', `import '../telemetry/known-labels.ts';`, null],
  ['src/http/f.ts', `import '../telemetry/known-labels.ts';`, 'noRestrictedImports'],
  ['src/store/a.ts', `import '../telemetry/log.ts';`, 'noRestrictedImports'],
  ['src/store/b.ts', `import '../engine/l1.ts';`, 'noRestrictedImports'],
  ['src/store/c.ts', `import '@upstash/redis/cloudflare';`, null],
  ['src/telemetry/a.ts', `import '../http/etag.ts';`, null],
  ['src/engine/a.ts', `import '../edge/edge.ts';`, 'noRestrictedImports'],
  ['src/engine/b.ts', `export * from '../index.ts';`, 'noRestrictedImports'],
  ['src/engine/c.ts', `import '@upstash/redis/cloudflare';`, 'noRestrictedImports'],
  ['src/engine/d.ts', `await import('node:fs');`, 'noNodejsModules'],
  ['src/engine/e.ts', `import '../store/port.ts';`, null],
  ['src/engine/j.ts', `import type { Context } from 'hono';`, 'noRestrictedImports'],
  ['src/engine/g.ts', `import { getPath } from 'hono/utils/url';`, 'noRestrictedImports'],
  ['src/engine/h.ts', `import type { DataClass } from '../classes/route.ts';`, 'noRestrictedImports'],
  ['src/engine/i.ts', `import type { HttpRoute } from '../http-cache/options.ts';`, 'noRestrictedImports'],
  ['src/classes/a.ts', `import type { HttpRoute } from '../http-cache/options.ts';`, 'noRestrictedImports'],
  ['src/classes/b.ts', `import '../engine/share.ts';`, null],
  ['src/http-cache/a.ts', `import '../classes/serve.ts';`, 'noRestrictedImports'],
  ['src/http-cache/b.ts', `import { Hono } from 'hono';`, null],
  ['src/invalidation/c.ts', `import '../classes/route.ts';`, 'noRestrictedImports'],
  ['src/edge/a.ts', `import '../jobs/sweep.ts';`, null],
  ['src/edge/b.ts', `import '../admin/token.ts';`, null],
  ['src/admin/a.ts', `import '../edge/settings.ts';`, 'noRestrictedImports'],
  ['src/figures/a.ts', `import '../alerts/evaluate.ts';`, 'noRestrictedImports'],
  ['src/alerts/a.ts', `import '../figures/read.ts';`, null],
  ['src/console/a.ts', `import '../admin/token.ts';`, 'noRestrictedImports'],
  ['src/jobs/a.ts', `import '../edge/edge.ts';`, 'noRestrictedImports'],
  ['src/jobs/b.ts', `import '../invalidation/erase.ts';`, null],
  ['src/invalidation/a.ts', `import '../jobs/sweep.ts';`, 'noRestrictedImports'],
  ['src/invalidation/b.ts', `import '@upstash/qstash';`, 'noRestrictedImports'],
  ['src/queue/a.ts', `import '../store/port.ts';`, 'noRestrictedImports'],
  ['src/admin/b.ts', `import '../../routes/strategy.ts';`, 'noRestrictedImports'],
  ['src/admin/c.ts', `import '../../dev/edge.ts';`, 'noRestrictedImports'],
  ['src/admin/d.ts', `import '../classes/serve.ts';`, null],
  ['src/http/d.ts', `import '../bounded-map.ts';`, null],
  ['src/engine/f.ts', `import '../bounded-map.ts';`, null],
  ['src/strategy/d.ts', `import '../digest.ts';`, null],
  ['src/digest.ts', `import 'jose';`, 'noRestrictedImports'],
  ['src/bounded-map.ts', `import './bounds.ts';`, 'noRestrictedImports'],
  ['src/bounds.ts', `import 'zod';`, 'noRestrictedImports'],
  ['src/identity/identity.ts', `export type { VerifiedToken } from './jwt.ts';`, 'noRestrictedImports'],
  ['src/telemetry/catalogue.ts', `import './histogram.ts';`, 'noRestrictedImports'],
  ['src/index.ts', `export * from './edge/edge.ts';`, null],
  ['routes/a.ts', `import '../src/engine/route.ts';`, 'noRestrictedImports'],
  ['routes/b.ts', `import 'fs/promises';`, 'noNodejsModules'],
  ['routes/c.ts', `import '../src/index.ts';`, null],
];

test('the linter refuses every import that goes against the layers, and no other', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stillfresh-layers-')));
  try {
    const config = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'));
    await writeFile(join(folder, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
    for (const [file, code] of cases) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${code}\n`);
    }
    const said = await lint(folder);
    for (const [file, code, rule] of cases) expect(said.get(file) ?? null, `${file}: ${code}`).toBe(rule);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** File → rules broken in it, of those that hold the layers. */
async function lint(folder: string): Promise<Map<string, string>> {
  const args = ['lint', '--reporter=github', '--max-diagnostics=none', '.'];
  // Ends with 1, because there are faults.
  const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/biome'), args, {
    cwd: folder,
  }).catch((error: { stdout: string }) => error);
  const said = new Map<string, string>();
  for (const [, rule, file] of stdout.matchAll(
    /title=lint\/\w+\/(noRestricted\w+|noNodejsModules),file=([^,]+)/g,
  ))
    said.set(relative(folder, file!), rule!);
  return said;
}
