import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, root } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../dev/keys.ts';
import { faultSchema } from '../../dev/origin/faults.ts';
import { startOrigin } from '../../dev/origin/server.ts';
import { faultsSchema } from '../../dev/qstash/faults.ts';
import { redisFaultsSchema } from '../../dev/redis/faults.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');

/** The code that the README shows for a file: what follows each line that names it. */
function shown(file: string): string {
  const blocks = [...readme.matchAll(new RegExp(`\`\`\`ts\n// ${file}\n([^]*?)\`\`\``, 'g'))];
  if (blocks.length === 0) throw new Error(`the README shows nothing for ${file}`);
  return blocks.map(([, code]) => code).join('\n');
}

describe('the class and the handler that the README adds', () => {
  let folder: string;
  beforeAll(async () => {
    // Inside the project, so that packages are found as they are from `routes/`.
    await mkdir(join(root, 'node_modules/.cache'), { recursive: true });
    folder = await mkdtemp(join(root, 'node_modules/.cache/readme-'));
    await cp(join(root, 'routes'), join(folder, 'routes'), { recursive: true });
    for (const name of ['src', 'tsconfig.json']) await symlink(join(root, name), join(folder, name));
    const strategy = join(folder, 'routes/strategy.ts');
    const before = await readFile(strategy, 'utf8');
    const added = `${shown('routes/strategy.ts')}\nexport const strategy = `;
    const after = before.replace('export const strategy = ', () => added);
    await writeFile(strategy, after.replace('invoice, accountTenant,', 'invoice, accountTenant, totals,'));
    for (const file of ['routes/totals.ts', 'routes/discounts.ts'])
      await writeFile(join(folder, file), shown(file));
    await appendFile(join(folder, 'routes/index.ts'), shown('routes/index.ts'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('compiles', async () => {
    const config = { extends: './tsconfig.json', files: [], include: ['routes'], exclude: [] };
    await writeFile(join(folder, 'tsconfig.routes.json'), JSON.stringify(config));
    const run = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.routes.json'], {
      cwd: folder,
    });
    await expect(run.catch((error: { stdout: string }) => error)).resolves.toMatchObject({ stdout: '' });
  });

  const atEdge = async (
    use: (ask: (path: string, more?: Record<string, string>) => Promise<Response>) => Promise<void>,
  ) => {
    const origin = await startOrigin({ port: 0, secret: 'a-secret-of-the-test' });
    let edge: RunningEdge | undefined;
    try {
      edge = await startEdge({
        script: await bundle(join(folder, 'routes/index.ts')),
        bindings: {
          ENVIRONMENT: 'development',
          STORE: 'memory',
          ORIGIN_URL: origin.url,
          ORIGIN_SECRET: 'a-secret-of-the-test',
          JWKS_URL: `${origin.url}/.well-known/jwks.json`,
          JWT_ISSUER: DEV_ISSUER,
          JWT_AUDIENCE: DEV_AUDIENCE,
        },
      });
      const { url } = edge;
      const claims = { tenant: 'acme', user: 'ann', roles: ['admin'] };
      const token = await signDevToken(claims, { nowMs: Date.now(), expiresInMs: 3_600_000 });
      await use((path, more) =>
        fetch(url + path, { headers: { Authorization: `Bearer ${token}`, ...more } }),
      );
    } finally {
      await edge?.stop();
      await origin.close();
    }
  };

  test('are served, first from the origin and then from the cache', () =>
    atEdge(async (ask) => {
      const path = '/v1/dashboards/d1/totals?month=2026-10';
      const [first, second] = [await ask(path), await ask(path)];
      expect(await first.json()).toEqual({ revenue_cents: 1549450, orders: 466 });
      expect(first.headers.get('Cache-Status')).toContain('fwd=uri-miss; stored');
      expect(second.headers.get('Cache-Status')).toContain('Stillfresh; hit');
    }));

  test('and the handler answers as its lines say', () =>
    atEdge(async (ask) => {
      const at = (id: string, percent: number) => `/v1/discounts/${id}?percent=${percent}`;
      const [first, second] = [await ask(at('inv_0001', 10)), await ask(at('inv_0001', 10))];
      expect([first.status, await first.json()]).toEqual([200, { amount_cents: expect.any(Number) }]);
      expect(second.headers.get('Cache-Status')).toContain('Stillfresh; hit');
      expect(second.headers.get('Cache-Control')).toBe('private, no-cache');
      const etag = second.headers.get('ETag')!;
      expect((await ask(at('inv_0001', 10), { 'If-None-Match': etag })).status).toBe(304);
      const refused = await ask(at('inv_0001', 99));
      expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ field: 'percent' }] }]);
      const paid = await ask(at('inv_0002', 10));
      expect([paid.status, await paid.json()]).toMatchObject([409, { detail: 'It is paid' }]);
    }));
});

test('every npm script that the documents name is there', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const names = [
    'README.md',
    'CONTRIBUTING.md',
    'docs/operations.md',
    'docs/development.md',
    'docs/incident.md',
    'docs/decisions.md',
    'docs/proxy.md',
    'docs/webhooks.md',
  ];
  const texts = await Promise.all(names.map((name) => readFile(join(root, name), 'utf8')));
  const named = texts.flatMap((text) =>
    [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name),
  );
  for (const name of named) if (name !== 'X') expect(Object.keys(scripts)).toContain(name);
});

test('every setting is in docs/operations.md, and in wrangler.toml unless it is for development only', async () => {
  const source = await readFile(join(root, 'src/edge/settings.ts'), 'utf8');
  const operations = await readFile(join(root, 'docs/operations.md'), 'utf8');
  const wrangler = await readFile(join(root, 'wrangler.toml'), 'utf8');
  const settings = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): (?!it)/gm)].map(([, name]) => name!);
  expect(settings.length).toBeGreaterThan(8);
  for (const name of settings) expect(operations).toContain(`\`${name}\``);
  for (const name of settings.filter((it) => it !== 'STORE')) expect(wrangler).toContain(name);
});

test('docs/development.md has every setting of docs/operations.md, and every field of every fault', async () => {
  const operations = await readFile(join(root, 'docs/operations.md'), 'utf8');
  const development = await readFile(join(root, 'docs/development.md'), 'utf8');
  const settings = [...operations.matchAll(/^\| `([A-Z_<>]+)` \| (?:var|secret) \|/gm)].map(
    ([, name]) => name!,
  );
  expect(settings.length).toBeGreaterThan(18);
  // QStash's keys and token stand together with its URL.
  const own = settings.filter((it) => !/^QSTASH_(TOKEN|.*KEY)$/.test(it));
  for (const name of own) expect(development).toContain(`\`${name}\``);
  const fields = [faultSchema([]), redisFaultsSchema, faultsSchema].map(({ shape }) => Object.keys(shape));
  const [, ...rows] = development.slice(development.indexOf('| at | field |')).split('\n');
  const documented = rows.flatMap((row) => /^\| [^|]*\| `(\w+)` \|/.exec(row)?.[1] ?? []);
  expect(documented).toEqual(fields.flat());
});
