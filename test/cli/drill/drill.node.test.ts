import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Command, freePorts, root, run } from '../../dev/dev-command.ts';
import { faultyEdge } from './faulty-edge.ts';

const node = join(root, 'node_modules/.bin/node');
let stack: Command;
let port: number;
let proxy: Awaited<ReturnType<typeof faultyEdge>>;
let env: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'stillfresh-drill-'));

/** The real demo, and before it a proxy that may misbehave. */
beforeAll(async () => {
  port = await freePorts();
  stack = run(node, ['dev/main.ts', '--port', String(port)]);
  await stack.line(/^ready /);
  const exported = stack.out.flatMap((it) => /^export (\w+)='?([^']*)'?$/.exec(it)?.slice(1, 3) ?? []);
  env = Object.fromEntries(exported.flatMap((it, i) => (i % 2 === 0 ? [[it, exported[i + 1]!]] : [])));
  env = { ...env, DRILL_TOKEN: env['ACME']!, DRILL_OTHER_TOKEN: env['GLOBEX']! };
  proxy = await faultyEdge(`http://127.0.0.1:${port}`);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await proxy?.close();
  stack.signalGroup('SIGTERM');
  await stack.ended;
});

interface Ran {
  readonly code: number | null;
  readonly drills: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly figure: number;
    readonly bound: number;
    readonly why: string;
  }[];
  readonly said: string;
}

async function drill(...flags: readonly string[]): Promise<Ran> {
  const command = run(node, ['cli/drill/main.ts', '--url', proxy.url, '--json', ...flags], { env });
  const { code } = await command.ended;
  const line = command.out.find((it) => it.startsWith('{"drills"'));
  return { code, drills: line ? JSON.parse(line).drills : [], said: command.said.join('\n') };
}

const safe = [
  ...['stale-read-after-purge', 'purge-race', 'permission-stale-read', 'permission-leak', 'stampede'],
  ...['conditional-requests', 'header-poisoning', 'webhook-round-trip'],
];

describe('at the demo', { timeout: 120_000 }, () => {
  test('every drill passes, with a figure and its bound', async () => {
    const junit = join(folder, 'drill.xml');
    proxy.set('faithful');
    const { code, drills, said } = await drill(
      ...[
        '--junit',
        junit,
        '--allow',
        'kill-switch',
        '--allow',
        'degraded-redis',
        '--allow',
        'large-stampede',
      ],
      ...['--redis-faults', `http://127.0.0.1:${port + 2}`],
    );
    const failed = drills.filter(({ passed }) => !passed);
    expect([failed, code, said.includes('error')]).toEqual([[], 0, false]);
    expect(drills.map(({ name }) => name)).toEqual([
      ...safe,
      'large-stampede',
      'degraded-redis',
      'kill-switch',
    ]);
    for (const { figure, bound } of drills) expect(figure).toBeLessThanOrEqual(bound);
    expect(drills.at(-4)!.why).toContain('a webhook of app');
    expect(readFileSync(junit, 'utf8')).toContain(
      '<testsuite name="stillfresh drill" tests="11" failures="0"',
    );
  });

  test.each([
    ['stale-read-after-purge', 'serves-what-was-purged'],
    ['purge-race', 'serves-a-fetch-overtaken-by-a-purge'],
    ['permission-stale-read', 'serves-permissions-from-memory'],
    ['permission-leak', 'mixes-users'],
    ['stampede', 'fetches-for-everyone'],
    ['large-stampede', 'fetches-for-everyone', '--allow', 'large-stampede'],
    ['conditional-requests', 'ignores-if-none-match'],
    ['header-poisoning', 'reflects-a-header'],
    ['webhook-round-trip', 'loses-webhooks'],
    ['kill-switch', 'forgets-the-kill-switch', '--allow', 'kill-switch'],
    ['degraded-redis', 'needs-redis', '--allow', 'degraded-redis'],
  ] as const)('%s fails at an edge that %s', async (name, fault, ...flags) => {
    proxy.set(fault);
    const { code, drills } = await drill(
      '--only',
      name,
      ...flags,
      '--patience',
      '2s',
      '--redis-faults',
      proxy.url,
    );
    expect([code, drills.map((it) => [it.name, it.passed])]).toEqual([1, [[name, false]]]);
  });
});

describe('what cannot be run is refused', () => {
  test.each([
    [['--only', 'stampedes'], /--only stampedes: there is no such drill; there are stale-read-after-purge/],
    [['--only', 'kill-switch'], /--only kill-switch: it disturbs others .*; say --allow kill-switch too/],
    [['--allow', 'everything'], /--allow everything: there is no such drill/],
    [['--canary', 'v1'], /--canary: give a path such as \/v1\/canary/],
    [['--token', ' '], /--token is missing/],
    [['--redis-faults', 'x'], /--redis-faults: give a URL/],
    [['--source', 'A B'], /--source: give the name of a source/],
    [['stampede'], /it takes flags only; a drill is named by --only/],
  ])('%j', async (flags, says) => {
    const { code, said } = await drill(...flags);
    expect([code, said]).toEqual([2, expect.stringMatching(says)]);
  });

  test('an edge that is not there is exit code 3', async () => {
    const command = run(node, ['cli/drill/main.ts', '--url', 'http://127.0.0.1:1'], { env });
    expect((await command.ended).code).toBe(3);
  });

  test('a deployment without the canary is told how to have one', async () => {
    proxy.set('faithful');
    const { code, drills } = await drill('--only', 'stampede', '--canary', '/v1/nowhere');
    expect([code, drills[0]!.why]).toEqual([1, expect.stringContaining('docs/drill.md says how to add it')]);
  });
});
