import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apacheLogs, combined, runCommand } from '../support/node/assess-command.ts';
import { launch } from './support/console-stage.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assess-page-'));
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** The page that `--html` writes, as somebody opens it, and what it asked for besides. */
async function opened(args: readonly string[], colorScheme: 'light' | 'dark', stdin = '') {
  const file = join(folder, `${colorScheme}.html`);
  const { code } = await runCommand([...args, '--html', file], { stdin });
  expect(code).toBe(0);
  const page = await browser.newPage({ colorScheme });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, asked, file };
}

test('the page loads nothing, fits a phone, and has a plot and a table of each route', async () => {
  const { page, asked, file } = await opened([apacheLogs], 'light');
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }
  expect(await page.locator('#routes tbody tr').count()).toBe(519);
  const first = page.locator('#route-1');
  expect(await first.locator('svg.plot').getAttribute('role')).toBe('img');
  expect(await first.locator('details tbody tr').count()).toBe(14);
  expect(await page.locator('script, link, img, iframe').count()).toBe(0);
  expect(asked).toEqual([pathToFileURL(file).href]);
});

test.each(['light', 'dark'] as const)('axe finds nothing serious in it, %s', async (colorScheme) => {
  const lines = gunzipSync(readFileSync(apacheLogs)).toString().split('\n').slice(0, 100);
  const { file } = await opened(['-'], colorScheme, `${lines.join('\n')}\nbad\n`);
  // The page lets no script in, axe neither.
  const page = await browser.newPage({ colorScheme, bypassCSP: true });
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> } }
    ).axe.run(),
  );
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
});

test('what a log says is text, whatever it holds', async () => {
  const target = '/<img/src=x>/"\'&\u0007';
  const stdin = `${combined(0, target).repeat(20)}<b>bad</b>\n`;
  const { page } = await opened(['-', '--no-templates'], 'light', stdin);
  expect(await page.locator('#route-1 h3').textContent()).toBe('/<img/src=x>/"\'&\uFFFD');
  expect(await page.locator('#malformed tbody code').textContent()).toBe('<b>bad</b>');
  expect(await page.locator('img, b').count()).toBe(0);
});
