import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import {
  type ConsoleStage,
  executablePath,
  launch,
  logIn,
  type Opened,
  open,
  startConsole,
} from './support/console-stage.ts';

/** Every page; each is looked at with figures, and with something stored and purged. */
const pages = [
  '',
  '?window=35d',
  '/classes',
  '/classes/analytics',
  '/tenants',
  '/tags',
  '/missed',
  '/purges',
  '/purges/new',
  '/rollout',
  '/rollout/analytics',
  '/rollout/permissions',
  '/alerts',
  '/explain',
  '/explain?what=/v1/invoices/inv_0002&tenant=acme&user=ann',
  '/settings',
  '/nothing-here',
];

const kinds = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 360 },
] as const;

const alerts = {
  history: { atMs: [], sums: {} },
  alerts: {
    'hit-rate': {
      ...{ state: 'firing', sinceMs: Date.now() - 240_000, activeMs: Date.now() - 1_140_000, value: 0.58 },
      ...{ resolvedMs: null, told: { firing: null, noData: null } },
    },
  },
  outbox: [],
};

function tests(): void {
  let stage: ConsoleStage;
  let browser: Browser;
  beforeAll(async () => {
    [stage, browser] = await Promise.all([startConsole(), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.stop();
  });

  const opened = async (options: Parameters<typeof open>[1] = {}): Promise<Opened> => {
    const one = await open(browser, options);
    await logIn(one, stage);
    return one;
  };
  const goto = (page: Page, path: string) => page.goto(`${stage.url}/-/console${path}`);
  /** What a browser says of an answer that is an error, as was asked for. */
  const unexpected = ({ faults }: Opened, ...statuses: number[]) =>
    faults.filter((it) => !statuses.some((status) => it.includes(`with a status of ${status} `)));

  it('a wrong token is told, the right one leads on, and a page says what to do before there are figures', async () => {
    const one = await open(browser);
    await goto(one.page, '/purges?tenant=acme');
    expect(one.page.url()).toContain('/-/console/login?next=');
    await one.page.fill('#token', 'wrong');
    await one.page.keyboard.press('Enter');
    await one.page.waitForSelector('[role=alert]');
    expect(await one.page.textContent('[role=alert]')).toContain('no admin token of this edge');
    expect(await one.page.title()).toBe('Log in · Stillfresh');
    await one.page.fill('#token', 'token-of-hand-0123456789');
    await one.page.keyboard.press('Enter');
    // Not by a function that the page itself evaluates again and again, which its policy forbids.
    await one.page.locator('[role=alert]', { hasText: 'may not read' }).waitFor();
    await one.page.fill('#token', 'token-of-ops-0123456789');
    await one.page.keyboard.press('Enter');
    await one.page.waitForURL(/purges\?tenant=acme$/);
    const [cookie] = await one.context.cookies();
    expect(cookie).toMatchObject({
      name: 'stillfresh_console',
      httpOnly: true,
      sameSite: 'Strict',
      path: '/-/console',
    });
    expect(await one.page.evaluate('document.cookie')).toBe('');
    await goto(one.page, '');
    expect(await one.page.textContent('.empty')).toContain('the cron has not run');
    await one.page.click('text=Log out');
    await one.page.waitForURL(/login$/);
    await goto(one.page, '');
    expect(one.page.url()).toContain('/login');
    expect(unexpected(one, 401, 403)).toEqual([]);
  });

  it('plots are drawn from what was asked, once the cron has rolled it up', async () => {
    // More than an isolate counts before it tells.
    for (let i = 0; i < 260; i += 1) await stage.get(`/v1/invoices/inv_000${1 + (i % 3)}`);
    const one = await opened();
    const shown = async () => {
      await stage.edge.scheduled();
      await goto(one.page, '');
      const says = await one.page
        .locator('.legend li', { hasText: 'hit' })
        .first()
        .textContent({ timeout: 500 })
        .catch(() => '');
      return Number(/hit (\d+)/.exec(says ?? '')?.[1] ?? 0);
    };
    await expect.poll(shown, { timeout: 25_000, interval: 500 }).toBeGreaterThan(90);
    await one.page.locator('figure.drawn').first().waitFor();
    expect(await one.page.locator('svg.plot path.area.c-hit').first().getAttribute('d')).toMatch(/^M/);
    await goto(one.page, '/classes');
    expect(await one.page.textContent('table')).toMatch(/invoice/);
    await goto(one.page, '/tags');
    expect(await one.page.textContent('table')).toMatch(/invoice:inv_0001/);
    await goto(one.page, '/tenants');
    expect(await one.page.textContent('table')).toMatch(/acme/);
    expect(one.faults).toEqual([]);
  });

  it('a purge from the form turns the next read into a miss, and explain says why', async () => {
    const one = await opened();
    const path = '/v1/invoices/inv_0001';
    await stage.get(path);
    expect((await stage.get(path)).headers.get('Cache-Status')).toContain('hit');
    const explain = async () => {
      await goto(one.page, '/explain');
      await one.page.fill('#what', path);
      await one.page.fill('#as-tenant', 'acme');
      await one.page.fill('#user', 'ann');
      await one.page.click('form.ask button');
      await one.page.waitForSelector('.verdict');
      return one.page.textContent('.verdict');
    };
    expect(await explain()).toMatch(/hit.*reason fresh/s);
    await goto(one.page, '/purges');
    await one.page.click('text=Purge …');
    await one.page.fill('#tenant', 'acme');
    await one.page.fill('#tags', 'invoice:inv_0001');
    await one.page.click('form.purge button');
    await one.page.waitForURL(/purges\/pur_/);
    expect(await one.page.textContent('.state')).toContain('It counts');
    expect(await explain()).toMatch(/miss.*reason purged/s);
    expect(await one.page.textContent('main')).toContain('admin:ops');
    const read = await stage.get(path);
    expect(read.headers.get('Cache-Status')).toMatch(/fwd=.*detail=purged/);
    expect(await explain()).toMatch(/hit.*reason fresh/s);
    expect(one.faults).toEqual([]);
  });

  it('the body that is stored is shown to whoever may see it, and to nobody else', async () => {
    await stage.get('/v1/invoices/inv_0002');
    const asked = '/explain?what=/v1/invoices/inv_0002&tenant=acme&user=ann&body=1';
    const one = await opened();
    await goto(one.page, asked);
    expect(await one.page.textContent('pre')).toContain('inv_0002');
    const reader = await open(browser);
    await logIn(reader, stage, 'reader');
    await goto(reader.page, asked);
    expect(await reader.page.textContent('main')).not.toContain('amount_cents');
    expect(await reader.page.textContent('main')).toContain('You may not do this');
    expect(await reader.page.$('input[name=body]')).toBeNull();
    expect(unexpected(reader, 403)).toEqual([]);
  });

  it('plots can be read, zoomed and kept so while the page renews itself', async () => {
    await stage.seed(alerts);
    const one = await open(browser, { viewport: { width: 1280, height: 900 } });
    await one.page.clock.install();
    await logIn(one, stage);
    const plot = one.page.locator('figure').first();
    await plot.locator('.cursor').waitFor({ state: 'attached' });
    expect(await one.page.locator('figure.drawn').count()).toBe(await one.page.locator('figure').count());
    const over = plot.locator('svg.plot');
    const box = (await over.boundingBox())!;
    await one.page.mouse.move(box.x + box.width * 0.4, box.y + 40);
    await expect.poll(() => plot.locator('.readout').textContent()).toMatch(/hit.*stale.*miss/);
    await one.page.mouse.down();
    await one.page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 });
    await one.page.mouse.up();
    await one.page.locator('figure details summary').first().click();
    const before = await one.page.textContent('footer time:last-of-type');
    const renewed = one.page.waitForResponse((it) => it.url().endsWith('/-/console'));
    await one.page.clock.fastForward(21_000);
    await renewed;
    await expect
      .poll(() => plot.locator('svg.plot svg').getAttribute('viewBox'))
      .toMatch(/^4\d\d(\.\d+)? 0 /);
    expect(await one.page.locator('figure details').first().getAttribute('open')).not.toBeNull();
    expect(await one.page.textContent('.problem')).toContain('An alert fires');
    expect(before).not.toBe('');
    // Where its window has moved on, the same time is shown: here it begins an hour earlier.
    await one.page.route('**/-/console', async (route) => {
      const answer = await route.fetch();
      const earlier = (_: string, s: string) => `&quot;from&quot;:${Number(s) - 3_600}`;
      const body = (await answer.text()).replace(/&quot;from&quot;:(\d+)/g, earlier);
      await route.fulfill({ response: answer, body });
    });
    await one.page.clock.fastForward(21_000);
    await expect
      .poll(() => plot.locator('svg.plot svg').getAttribute('viewBox'))
      .toMatch(/^(69|70)\d(\.\d+)? 0 /);
    expect(one.faults).toEqual([]);
  });

  it('a link into the console leads there, through the login, whatever its query is of', async () => {
    const one = await open(browser);
    const path = '/explain?what=/v1/invoices/inv_0002&headers=Accept-Language:+en&tenant=a@b&user=ann';
    await goto(one.page, path);
    await one.page.fill('#token', 'token-of-ops-0123456789 ');
    await one.page.keyboard.press('Enter');
    await one.page.waitForURL(`${stage.url}/-/console${path}`);
    expect(one.faults).toEqual([]);
  });

  it('a part of a plot is chosen in that plot alone, wherever the pointer is let go, and left by a button', async () => {
    await stage.seed(alerts);
    const one = await open(browser, { viewport: { width: 1280, height: 1400 } });
    await logIn(one, stage);
    const plots = one.page.locator('figure.drawn');
    await plots.first().waitFor();
    const viewBox = (i: number) => plots.nth(i).locator('svg.plot svg').getAttribute('viewBox');
    const at = async (i: number, share: number) => {
      const box = (await plots.nth(i).locator('svg.plot').boundingBox())!;
      return [box.x + box.width * share, box.y + 60] as const;
    };
    const drag = async (
      from: readonly [number, number],
      to: readonly [number, number],
      button: 'left' | 'right' = 'left',
    ) => {
      await one.page.mouse.move(...from);
      await one.page.mouse.down({ button });
      await one.page.mouse.move(...to, { steps: 4 });
      await one.page.mouse.up({ button });
    };
    const whole = '0 0 1000 184';
    await drag(await at(0, 0.2), await at(1, 0.9));
    expect(await viewBox(1)).toBe(whole);
    expect(await viewBox(0)).not.toBe(whole);
    await plots.first().getByRole('button', { name: 'Whole time' }).click();
    expect(await viewBox(0)).toBe(whole);
    expect(await one.page.getByRole('button', { name: 'Whole time' }).count()).toBe(0);
    await drag(await at(0, 0.2), await at(0, 0.6), 'right');
    await drag([5, 5], await at(2, 0.6));
    for (const i of [0, 1, 2]) expect(await viewBox(i)).toBe(whole);
    // What stands beside the axis is over nothing that is drawn.
    const label = (await plots.first().locator('svg.plot text.end').first().boundingBox())!;
    expect(label.x + label.width).toBeLessThanOrEqual((await at(0, 0))[0]);
    expect(one.faults).toEqual([]);
  });

  it('a renewal leaves what somebody has in hand', async () => {
    await stage.seed(alerts);
    const one = await open(browser, { viewport: { width: 360, height: 800 } });
    await one.page.clock.install();
    await logIn(one, stage);
    await goto(one.page, '/classes');
    const region = `document.querySelector('.scroll[aria-label="Classes"]')`;
    const mark = () =>
      one.page.evaluate('document.querySelector("main > .title").setAttribute("data-old", "")');
    const isOld = async () => (await one.page.locator('[data-old]').count()) > 0;
    await one.page.evaluate(`${region}.scrollLeft = 120; ${region}.focus()`);
    await mark();
    await one.page.clock.fastForward(21_000);
    await expect.poll(isOld).toBe(false);
    expect(await one.page.evaluate(`[${region}.scrollLeft, document.activeElement === ${region}]`)).toEqual([
      120,
      true,
    ]);
    await mark();
    let asked = 0;
    one.page.on('request', () => {
      asked += 1;
    });
    await one.page.evaluate('getSelection().selectAllChildren(document.querySelector("main h1"))');
    await one.page.clock.fastForward(21_000);
    expect(asked).toBe(0);
    expect(await isOld()).toBe(true);
    await one.page.evaluate('getSelection().removeAllRanges()');
    await one.page.clock.fastForward(21_000);
    await expect.poll(isOld).toBe(false);
    await goto(one.page, '/purges');
    await mark();
    await one.page.fill('#tenant', 'acm');
    await one.page.locator('main h1').click();
    await one.page.clock.fastForward(21_000);
    expect(await isOld()).toBe(true);
    expect(await one.page.inputValue('#tenant')).toBe('acm');
    expect(one.faults).toEqual([]);
  });

  it('on a phone the page that is shown is seen in the navigation, and names are not broken into pieces', async () => {
    const one = await open(browser, { viewport: { width: 360, height: 800 } });
    await stage.seed(alerts);
    await logIn(one, stage);
    for (const path of ['/settings', '/explain', '/missed']) {
      await goto(one.page, path);
      const box = (await one.page.locator('.top nav [aria-current]').boundingBox())!;
      expect([box.x >= 0, box.x + box.width <= 360]).toEqual([true, true]);
    }
    const name = (await one.page.locator('tbody .names, tbody code').first().boundingBox())!;
    expect(name.width).toBeGreaterThan(90);
  });

  it('says so when it cannot renew itself, and keeps what it shows', async () => {
    const one = await open(browser);
    await one.page.clock.install();
    await logIn(one, stage);
    await one.page.route('**/-/console', (route) => route.fulfill({ status: 503, body: 'no' }));
    await one.page.clock.fastForward(21_000);
    await expect.poll(() => one.page.textContent('footer')).toContain('the edge answers 503');
    expect(await one.page.locator('figure').count()).toBeGreaterThan(4);
  });

  it('everything is there without scripts', async () => {
    await stage.seed(alerts);
    const one = await open(browser, { javaScriptEnabled: false });
    await logIn(one, stage);
    expect(await one.page.locator('svg.plot path.area').count()).toBeGreaterThan(6);
    expect(await one.page.locator('figure details table').count()).toBe(
      await one.page.locator('figure').count(),
    );
    await goto(one.page, '/purges/new');
    await one.page.fill('#tenant', 'acme');
    await one.page.check('text=class analytics');
    await one.page.click('form.purge button');
    await one.page.waitForURL(/purges\/pur_/);
    expect(await one.page.textContent('.state')).toContain('It counts');
  });

  it.each([true, false])(
    'a class goes on and back by its forms, with scripts: %s',
    async (javaScriptEnabled) => {
      await stage.rollOut('analytics');
      await stage.seed(alerts);
      const one = await open(browser, { javaScriptEnabled });
      await logIn(one, stage);
      await one.page.click('nav >> text=Roll-out');
      await one.page.click('table >> text=analytics');
      const state = () => one.page.textContent('.state');
      expect(await state()).toContain('The cache answers 5 % of tenants, 1 by name.');
      expect(await one.page.locator('svg.steps circle.done').count()).toBe(2);
      expect(await one.page.locator('svg.dots line.stroke').count()).toBeGreaterThan(1);
      const other = await open(browser);
      await logIn(other, stage);
      await goto(other.page, '/rollout/analytics');
      await one.page.fill('#why-move', 'nothing differs');
      await one.page.click('text=Advance one step');
      await one.page.locator('.state', { hasText: '25 % of tenants' }).waitFor();
      await other.page.fill('#percent', '50');
      await other.page.fill('#why-set', 'faster');
      await other.page.click('button:text-is("Set")');
      await other.page.locator('[role=alert]', { hasText: 'Somebody else has changed the flags' }).waitFor();
      expect(await other.page.inputValue('#percent')).toBe('50');
      expect(await other.page.textContent('main')).toContain('nothing differs');
      await one.page.fill('#why-move', 'tickets');
      await one.page.click('text=Roll back');
      await one.page.locator('.notice', { hasText: 'rolled back by ops: tickets' }).waitFor();
      expect(await state()).toContain('The cache answers nobody.');
      expect(unexpected(other, 412)).toEqual([]);
      expect(one.faults).toEqual([]);
    },
  );

  it('the kill switch is one form away, and stands on top of every page', async () => {
    const one = await opened();
    await goto(one.page, '/rollout');
    await one.page.fill('#why-kill', 'strange figures');
    await one.page.click('text=Answer nothing from the cache');
    await one.page.locator('.kill', { hasText: 'strange figures' }).waitFor();
    expect((await stage.get('/v1/invoices/inv_0001')).headers.get('Cache-Status')).toContain('kill-switch');
    await goto(one.page, '/settings');
    await one.page.click('.kill a');
    await one.page.fill('#why-kill', 'a wrong clock');
    await one.page.click('text=Answer from the cache again');
    await one.page.locator('.kill').waitFor({ state: 'detached' });
    expect(one.faults).toEqual([]);
  });

  it('what is stored with markup in it runs nowhere', async () => {
    const one = await opened();
    let dialogs = 0;
    one.page.on('dialog', (dialog) => {
      dialogs += 1;
      return dialog.dismiss();
    });
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    await goto(one.page, '/purges/new');
    await one.page.fill('#tenant', '<b>"acme');
    await one.page.fill('#tags', evil);
    await one.page.click('form.purge button');
    await one.page.waitForURL(/purges\/pur_/);
    expect(await one.page.textContent('main')).toContain(evil);
    await goto(one.page, '/purges');
    expect(await one.page.textContent('main')).toContain('<b>"acme');
    expect(dialogs).toBe(0);
    expect(one.faults).toEqual([]);
  });

  describe.each(kinds)('$colorScheme at $width px', ({ colorScheme, width }) => {
    it('axe finds nothing serious in any page, none is wider than the screen, and no page breaks its policy', async () => {
      await stage.get('/v1/invoices/inv_0002');
      await stage.rollOut('analytics');
      await stage.seed(alerts);
      await stage.purge('invoice:inv_0003');
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      const one = await open(browser, { colorScheme, viewport: { width, height: 800 } });
      const found: Record<string, string[]> = {};
      const look = async (name: string) => {
        const isWide = await one.page.evaluate('document.documentElement.scrollWidth > innerWidth');
        // As text: it is evaluated by the debugger, which no policy of the page forbids.
        await one.page.evaluate(axe);
        const { violations } = (await one.page.evaluate(
          'axe.run({ resultTypes: ["violations"] })',
        )) as AxeResults;
        const bad = violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map((it) => `${it.id}: ${it.nodes.map(({ target }) => target.join(' ')).join(', ')}`);
        if (isWide) bad.push('wider than the screen');
        if (bad.length > 0) found[name] = bad;
      };
      await goto(one.page, '/login');
      await look('/login');
      await logIn(one, stage);
      for (const path of pages) {
        await goto(one.page, path);
        if (/^(\?|$)/.test(path)) await one.page.locator('figure.drawn').first().waitFor();
        await look(path);
      }
      await goto(one.page, '/purges');
      await one.page.locator('tbody a').first().click();
      await one.page.waitForURL(/purges\/pur_/);
      await look('/purges/:id');
      expect(found).toEqual({});
      expect(unexpected(one, 404)).toEqual([]);
    }, 120_000);
  });
}

describe('The console, in a browser', () => {
  if (existsSync(executablePath) || process.env['CI']) tests();
  else test.skip(`skipped: there is no ${executablePath}; install Debian's chromium, or set CHROMIUM_PATH`);
});
