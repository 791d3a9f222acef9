import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../dev/bundle.ts';
import type { Strategy } from '../../../src/strategy/define.ts';
import { apacheLogs, combined, runCommand } from '../../support/node/assess-command.ts';

let folder: string;
beforeAll(() => {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  folder = mkdtempSync(join(root, 'node_modules/.cache/emit-'));
  const exported = ['dataClass } from "SRC/data-class.ts"', 'defineStrategy } from "SRC/define.ts"'];
  const text = exported.map((it) => `export { ${it.replace('SRC', join(root, 'src/strategy'))};\n`).join('');
  // Of the library what a strategy needs: the rest of it runs in workerd alone.
  writeFileSync(join(folder, 'library.ts'), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What was written, as it is when it runs. Rejects where `defineStrategy` refuses it. */
async function strategyIn(name: string): Promise<Strategy> {
  const text = readFileSync(join(folder, name, 'strategy.ts'), 'utf8');
  expect(text).toContain("from '../../../../src/index.ts'");
  const file = join(folder, name, 'as-tested.ts');
  writeFileSync(file, text.replace('../../../../src/index.ts', '../library.ts'));
  return (await import(/* @vite-ignore */ file)).strategy;
}

const many = (target: string, method = 'GET') =>
  [...Array(20).keys()].map((second) => combined(second, target, { method })).join('');

describe('--emit', () => {
  test('writes a class for each route worth caching, in the shadow at first', async () => {
    const stdin = `${many('/v1/me/settings')}${many('/v1/invoices/inv_0001')}${many('/static/app.css')}${many('/login', 'POST')}`;
    const { code, err } = await runCommand(['-', '--emit', join(folder, 'small')], { stdin });
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('strategy.ts: 3 data classes, each in shadow mode'),
    ]);
    const { classes } = await strategyIn('small');
    const found = [...classes.values()].map((it) => [it.name, it.scope, it.rollout.mode]);
    expect(found.sort()).toEqual([
      ['invoice', 'public', 'shadow'],
      ['me-settings', 'user', 'shadow'],
      ['static', 'public', 'shadow'],
    ]);
  });

  test('of a real log is a strategy that is valid, and says what it left out', async () => {
    const { code, err } = await runCommand([apacheLogs, '--emit', join(folder, 'real')]);
    expect([code, err]).toEqual([0, expect.stringContaining('64 data classes')]);
    expect(err).toContain('left out: /: must be a path such as');
    expect(err).toMatch(/left out: \d+ routes with fewer requests, beyond the 64/);
    const { classes } = await strategyIn('real');
    const slugs = [...classes.values()].find((it) => it.name.startsWith('blog-geekery'));
    expect([classes.size, slugs?.ttlMs]).toEqual([64, 7 * 86_400_000]);
  });

  test('writes over nothing unless it is told to', async () => {
    const stdin = many('/v1/me/settings');
    const args = ['-', '--emit', join(folder, 'twice')];
    expect((await runCommand(args, { stdin })).code).toBe(0);
    const again = await runCommand(args, { stdin });
    expect([again.code, again.out, again.err]).toEqual([2, '', expect.stringContaining('is there already')]);
    expect((await runCommand([...args, '--force'], { stdin })).code).toBe(0);
  });

  test('of nothing worth caching writes nothing, with exit code 1', async () => {
    const { code, err } = await runCommand(['-', '--emit', join(folder, 'none')], {
      stdin: many('/login', 'POST'),
    });
    expect([code, err]).toEqual([1, 'assess: --emit: no route is worth caching, so nothing is written\n']);
  });
});
