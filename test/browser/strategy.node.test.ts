import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../dev/bundle.ts';
import { documentText, sectionsOf } from '../../dev/strategy/document.ts';
import { htmlOf } from '../../dev/strategy/html.ts';
import { report } from '../dev/strategy/lint/definitions.ts';
import { mapping, toldOf } from '../dev/strategy/told.ts';

const require = createRequire(import.meta.url);
let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  page = await browser.newPage();
});
afterAll(() => browser?.close());

const diagramsOf = (text: string) => [...text.matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, it]) => it!);

test("every diagram is Mermaid's, whatever classes and sources are called", async () => {
  await page.setContent('<!doctype html><title>diagrams</title>');
  // It looks for a DOM, and needs one for labels.
  await page.addScriptTag({ path: join(require.resolve('mermaid'), '../mermaid.min.js') });
  const odd = await toldOf({
    classes: [report({ name: 'end' }), report({ name: 'class' })],
    sources: { graph: { scheme: 'github', events: { 'a "b" | c --> d {e}': mapping } } },
  });
  const diagrams = [
    await readFile(join(root, 'STRATEGY.md'), 'utf8'),
    documentText(await toldOf()),
    documentText(odd),
  ].flatMap(diagramsOf);
  expect(diagrams.length).toBeGreaterThanOrEqual(5);
  for (const text of diagrams) {
    const drawn = await page.evaluate(async (it) => {
      const { mermaid } = globalThis as unknown as {
        mermaid: {
          parse(text: string): Promise<unknown>;
          render(id: string, text: string): Promise<{ svg: string }>;
        };
      };
      await mermaid.parse(it);
      return (await mermaid.render('it', it)).svg;
    }, text);
    expect(drawn).toContain('<svg');
  }
});

test('as HTML it is one page that fits a phone, and loads nothing', async () => {
  const told = await toldOf();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.setContent(htmlOf(told.application.name, sectionsOf(told)));
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }
  expect(await page.locator('section h2').count()).toBe(10);
  const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> } }
    ).axe.run(),
  );
  expect(found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  expect(asked).toEqual([]);
});
