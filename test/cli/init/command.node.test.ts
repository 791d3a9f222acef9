import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkout, checkout, freePorts, inShell, root, run } from '../../dev/dev-command.ts';
import { helpDesk } from './answers.ts';

const node = join(root, 'node_modules/.bin/node');
const notCopied = ['node_modules', '.git', '.wrangler', 'dist'];
let folder: Checkout;

/** A whole copy of this project, as a team has cloned it. */
beforeAll(() => {
  folder = checkout(
    { 'answers.json': JSON.stringify(helpDesk) },
    readdirSync(root).filter((it) => !notCopied.includes(it)),
  );
});
afterAll(() => folder.remove());

describe('a team begins with its own application', { timeout: 180_000 }, () => {
  test('init writes it from a file of answers, and says what is left', async () => {
    const init = run(node, ['cli/main.ts', 'init', '--answers', 'answers.json', '--force'], {
      cwd: folder.cwd,
    });
    expect([(await init.ended).code, init.said.join('\n')]).toEqual([
      0,
      expect.stringContaining('the demo is in examples/demo/ now'),
    ]);
    expect(init.said.join('\n')).toContain(
      'routes/hooks.ts: which events of stripe make data wrong, and whose?',
    );
    expect(existsSync(join(folder.cwd, 'routes/dashboards.ts'))).toBe(false);
    expect(readFileSync(join(folder.cwd, 'STRATEGY.md'), 'utf8')).toContain('# Cache strategy: Deskline');
  });

  test('npm run check passes, the strategy with it', async () => {
    const script = (
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { check: string } }
    ).scripts.check;
    expect(script).toContain('strategy -- --check');
    const PATH = `${join(folder.cwd, 'node_modules/.bin')}:${process.env['PATH']}`;
    const check = run('npm', ['run', 'check'], { cwd: folder.cwd, env: { PATH } });
    const { code } = await check.ended;
    expect([code, code === 0 ? '' : check.said.join('\n')]).toEqual([0, '']);
  });

  test('npm run dev starts, and each class begins in the shadow', async () => {
    const port = await freePorts();
    const stack = run(node, ['dev/main.ts', '--store', 'memory', '--port', String(port)], {
      cwd: folder.cwd,
    });
    try {
      await stack.line(/^ready /);
      const answer = await inShell(
        stack,
        `curl -s -i -H "Authorization: Bearer $ACME" http://127.0.0.1:${port}/v1/tickets/t1`,
      );
      expect(answer).toContain('Cache-Status: Stillfresh; fwd=bypass');
      expect(answer).toContain('detail=shadow');
    } finally {
      stack.signalGroup('SIGTERM');
      await stack.ended;
    }
  });
});
