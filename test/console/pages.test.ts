import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { writeReceipt } from '../../src/engine/follow-up.ts';
import { newNotes } from '../../src/engine/notes.ts';
import { DAY, startOf } from '../../src/figures/steps.ts';
import { httpCache } from '../../src/index.ts';
import { noFlags } from '../../src/rollout/flags.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';
import { seedFigures } from '../support/figures.ts';
import { asAdmin, tokenOf } from '../support/worker/admin.ts';
import { consoleSettings, cookieOf, form, withCookie } from '../support/worker/console.ts';
import { setFlags } from '../support/worker/flags.ts';
import { type Answer, aClass, type WorldOptions, world } from '../support/worker/world.ts';

const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
/** Of names that must be printable, and hold no slash where they stand in paths. */
const evilName = `<b>"'&`;

async function scene(options: WorldOptions = {}) {
  const cls = aClass({ rationale: `Because ${evil}` });
  const strategy = defineStrategy({
    classes: [cls],
    events: { report_changed: { payload: z.object({ id: z.string() }), purges: { tags: ['report:{id}'] } } },
  });
  const made = world([cls], {
    strategy,
    ...options,
    settings: { ...(await consoleSettings()), ...options.settings },
  });
  const cookie = await cookieOf(made.edge);
  const page = (path: string) => made.edge.get(`/-/console${path}`, withCookie(cookie));
  return { ...made, cookie, page };
}

/** Every page, and how many requests of Redis it may cost, beside the one in 20 s for how classes are switched on. */
const pages: Record<string, number> = {
  '': 2,
  '?window=35d': 2,
  '/classes': 1,
  '/classes/report': 1,
  '/tenants': 1,
  '/tags?window=7d': 1,
  '/missed': 1,
  '/purges': 2,
  '/purges/new': 0,
  '/purges/pur_0123456789012345678901': 1,
  '/rollout': 2,
  '/rollout/report': 2,
  '/alerts': 1,
  '/explain': 0,
  '/settings': 0,
};

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

function mustBeSafe({ headers, text }: Answer): void {
  expect(headers.get('Content-Security-Policy')).toBe(policy);
  expect(headers.get('X-Frame-Options')).toBe('DENY');
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(headers.get('Referrer-Policy')).toBe('same-origin');
  expect(headers.get('Cache-Control')).toBe('no-store');
  // Nothing inline: neither scripts, nor styles, nor handlers, nor from elsewhere.
  expect(text).not.toMatch(/<script(?![^>]* src="\/-\/console\/static\/)/i);
  expect(text).not.toMatch(/<style|\sstyle=|javascript:/i);
  expect(text.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\son\w+=/i);
  expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
}

describe('Every page', () => {
  test.each(Object.entries(pages))(
    '%s is there, safe, and costs at most %i requests of Redis',
    async (path, most) => {
      const { edge, page, store, clock } = await scene();
      // Where they are lost, those that the cron has kept are asked for as well.
      await setFlags(store, { ...noFlags, version: 'v1' });
      await page('/settings');
      for (const isSeeded of [false, true]) {
        if (isSeeded) await seedFigures(store, clock.now());
        const answer = await page(path);
        expect(answer.status).toBe(200);
        expect(answer.headers.get('Content-Type')).toMatch(/^text\/html; charset=UTF-8$/i);
        mustBeSafe(answer);
        const asked = Number(edge.log.at(-1)?.['redis_requests'] ?? 0);
        expect(asked).toBeLessThanOrEqual(most);
        if (most > 0) expect(asked).toBeGreaterThan(0);
      }
    },
  );

  test.each(Object.entries(pages).filter(([, most]) => most > 0))(
    '%s says so in the same layout while Redis is down',
    async (path) => {
      const { edge, page } = await scene();
      edge.redis.fail();
      const answer = await page(path);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('Retry-After')).toBe('5');
      expect(answer.text).toMatch(/<nav aria-label="Pages">/);
      expect(answer.text).toMatch(/Redis did not answer/);
      mustBeSafe(answer);
      expect(edge.log.at(-1)).toMatchObject({ status: 503, admin: 'read-purge' });
    },
  );

  test('one that is not there says so in the same layout, and a slash at the end is forgiven', async () => {
    const { page } = await scene();
    for (const path of ['/nothing', '/classes/nothing', '/purges/nothing', '/classes/constructor']) {
      const answer = await page(path);
      expect(answer.status).toBe(404);
      expect(answer.text).toMatch(/<nav aria-label="Pages">/);
      mustBeSafe(answer);
    }
    expect((await page('/')).headers.get('Location')).toBe('/-/console');
    expect((await page('/tags/?window=6h')).headers.get('Location')).toBe('/-/console/tags?window=6h');
    for (const path of ['/%00', '/a%09b:c', '/%C3%BC', '/%C3', '/classes/%2F'])
      expect((await page(`${path}//?a=%00`)).headers.get('Location')).toBe(`/-/console${path}?a=%00`);
  });

  test('none may be read by a page of another site, whichever the settings name for the API', async () => {
    for (const CORS_ORIGINS of ['*', 'https://app.test']) {
      const { edge, cookie } = await scene({ settings: { CORS_ORIGINS } });
      const headers = { Cookie: cookie, Origin: 'https://app.test' };
      for (const path of [
        '/-/console',
        '/-/console/login',
        '/-/console/nothing',
        '/-/purges',
        '/-/nothing',
        '//-/purges',
      ]) {
        const answer = await edge.get(path, { as: null, headers });
        expect(
          [...answer.headers.keys()].filter((it) => it.startsWith('access-control-')),
          path,
        ).toEqual([]);
      }
      const read = await edge.get('/report/r1', { headers: { Origin: 'https://app.test' } });
      expect(read.headers.get('Access-Control-Allow-Origin')).not.toBeNull();
    }
  });

  test('an odd window is the shortest', async () => {
    const { page } = await scene();
    for (const window of ['2y', 'constructor', evil, ''])
      expect((await page(`?window=${encodeURIComponent(window)}`)).text).toMatch(/aria-current="true">1 h</);
  });
});

describe('What somebody stored shows as text', () => {
  const shown = `&lt;script&gt;alert(1)&lt;/script&gt;`;

  test('tags, tenants and keys of the lists', async () => {
    const { page, store, clock } = await scene();
    const tops = { tags: [`tag:${evil}`], tenants: [evil], missed: [`report:v1:${evil}`] };
    await seedFigures(store, clock.now(), { tops });
    for (const path of ['/tags', '/tenants', '/missed']) {
      const { text } = await page(path);
      expect(text).toContain(shown);
      expect(text).not.toContain('<script>alert');
      expect(text).not.toContain('<img');
    }
  });

  test('tags, users, tenants, sources and events of receipts', async () => {
    const { edge, page } = await scene();
    const body = JSON.stringify({ tenant: evilName, tags: [`tag:${evil}`], users: [evilName] });
    const { purge_id: id } = (await edge.get('/-/purge', asAdmin('purge', { method: 'POST', body })))
      .json as {
      purge_id: string;
    };
    for (const path of ['/purges', `/purges?tenant=${encodeURIComponent(evilName)}`, `/purges/${id}`]) {
      const answer = await page(path);
      expect(answer.text).toContain(shown);
      expect(answer.text).toContain('&lt;b&gt;');
      expect(answer.text).not.toMatch(/<script>alert|<img|<b>/);
      mustBeSafe(answer);
    }
  });

  test('names of events and sources, which another version may have written otherwise', async () => {
    const { edge, page, clock } = await scene();
    const order = orderOf({
      id: 'pur_0123456789012345678901',
      source: '<i>hook</i>',
      events: ['<u>event</u>', evil],
      eventId: evil,
      whose: 'tenant',
      tenant: 'acme',
      tags: ['report:r1'],
      acceptedMs: clock.now(),
    });
    const { isolate } = edge.app.ready({});
    const context = { isolate, notes: newNotes(), identity: null, deadlineMs: 0, waitUntil: () => {} };
    await writeReceipt(context, order);
    for (const path of ['/purges', '/purges/pur_0123456789012345678901']) {
      const answer = await page(path);
      expect(answer.text).toContain('&lt;u&gt;event&lt;/u&gt;');
      expect(answer.text).not.toMatch(/<i>hook|<u>event|<script>alert/);
      mustBeSafe(answer);
    }
  });

  test('what a class says of itself, and what a form was filled in with', async () => {
    const { edge, page, cookie } = await scene();
    const cls = await page('/classes/report');
    expect(cls.text).toContain(`Because ${shown}`);
    mustBeSafe(cls);
    for (const path of [
      `/purges?tenant=${encodeURIComponent(evil)}`,
      `/explain?what=${encodeURIComponent(evil)}&tenant=${encodeURIComponent(evil)}`,
    ]) {
      const answer = await page(path);
      expect(answer.text).toContain(shown);
      mustBeSafe(answer);
    }
    const asked = form({ whose: 'tenant', tenant: evil, mode: evil }, { headers: { Cookie: cookie } });
    const answer = await edge.get('/-/console/purges', asked);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(shown);
    mustBeSafe(answer);
    const login = await edge.get('/-/console/login', form({ token: 'x', next: evil }));
    expect(login.text).toContain(shown);
    mustBeSafe(login);
  });
});

describe('Overview', () => {
  test('says what to do where the cron has not run, and where nothing was asked', async () => {
    const { page, store, clock } = await scene();
    expect((await page('')).text).toMatch(/No figures yet: the cron has not run/);
    await seedFigures(store, clock.now());
    const { text } = await page('');
    expect(text).toMatch(/Figures were rolled up <time/);
    expect(text).not.toMatch(/No figures yet/);
    clock.advance(3 * 3_600_000);
    const late = await page('');
    expect(late.text).toMatch(/the cron has not rolled up since/);
    expect(late.text).toMatch(/Nothing was asked in this time/);
  });

  test('has a plot of outcomes with a table behind it, and both say the same', async () => {
    const { page, store, clock } = await scene();
    await seedFigures(store, clock.now());
    const { text } = await page('');
    const figure = /<figure data-plot="([^"]+)">(.*?)<\/figure>/s.exec(text)!;
    const plot = JSON.parse(
      figure[1]!.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
    );
    expect(figure[2]).toMatch(/role="img" aria-labelledby="outcomes-title outcomes-desc"/);
    expect(figure[2]).toMatch(/<desc id="outcomes-desc">Areas on each other, from .*: hit [\d,]+, stale/);
    expect(figure[2]!.match(/<path class="area/g)).toHaveLength(6);
    expect(figure[2]!.match(/<tr>/g)).toHaveLength(plot.starts.length + 1);
  });

  test.each([
    ['', 2, false],
    ['?window=7d', 2, false],
    ['?window=24h', 300, true],
    ['', 90, true],
  ])(
    '%s divides by the %i minutes that have figures, and says nothing by the month of a few',
    async (query, minutes, hasMonth) => {
      const { page, store, clock } = await scene();
      await seedFigures(store, clock.now(), { sinceMs: clock.now() - minutes * 60_000 });
      const { text } = await page(query);
      const shown = /Requests<\/dt><dd><strong>([^<]+)<\/strong><span>([^<]+) a minute/.exec(text)!;
      const [all, perMinute] = shown
        .slice(1)
        .map(
          (it) => Number(it.replace(/[, kM]/g, '')) * (it.endsWith('k') ? 1e3 : it.endsWith('M') ? 1e6 : 1),
        ) as [number, number];
      // The first step may have begun before; no window is longer than what it shows.
      const most = Math.min(minutes, query === '' ? 60 : Number.POSITIVE_INFINITY) + (query === '' ? 1 : 61);
      expect(perMinute).toBeGreaterThan(all / most - 1);
      expect(/\$[\d.,]+ a month/.test(text)).toBe(hasMonth);
    },
  );

  test('says by day whether purges were seen in time', async () => {
    const { page, store, clock } = await scene();
    await seedFigures(store, clock.now());
    const { text } = await page('');
    expect(text).toMatch(/visible within 15 s for 99\.0 % of purges/);
    expect(text.match(/<span class="badge good">met</g)).toHaveLength(6);
    expect(text.match(/<span class="badge bad">missed</g)).toHaveLength(1);
  });

  test('one isolate alone measures nothing of when purges are visible: the page says so', async () => {
    const { page, store, clock } = await scene();
    const day = { within: 0, late: 0, unseen: 0, unmeasured: 90, early: 0, longestMs: 0 };
    const canary = { days: [{ startMs: startOf(clock.now(), DAY), targetMs: 15_000, ...day }] };
    await seedFigures(store, clock.now(), { canary });
    const { text } = await page('');
    expect(text).toMatch(/could not be measured: nobody but the isolate that made them has told of them/);
    expect(text).not.toMatch(/Service level by day/);
  });

  test('what fires stands on top', async () => {
    const { page, store, clock } = await scene();
    const standing = {
      state: 'firing',
      sinceMs: clock.now() - 60_000,
      activeMs: clock.now() - 900_000,
      value: 0.41,
      resolvedMs: null,
      told: { firing: null, noData: null },
    };
    const alerts = { history: { atMs: [], sums: {} }, alerts: { 'hit-rate': standing }, outbox: [] };
    await seedFigures(store, clock.now(), { alerts });
    expect((await page('')).text).toMatch(/An alert fires.*hit-rate.*41\.0 %, the bound is below 65\.0 %/s);
    expect((await page('/alerts')).text).toMatch(/<strong>hit-rate<\/strong>.*?firing/s);
  });
});

describe('Settings', () => {
  test('as they count; of every secret only whether it is set', async () => {
    const secrets = {
      ORIGIN_SECRET: 'the-secret-of-the-edge-and-its-origin',
      UPSTASH_REDIS_REST_URL: 'https://eu1-secret-host.upstash.io',
      UPSTASH_REDIS_REST_TOKEN: 'redis-token-that-nobody-may-see',
      QSTASH_TOKEN: 'qstash-token-that-nobody-may-see',
      QSTASH_CURRENT_SIGNING_KEY: 'sig-current-that-nobody-may-see',
      QSTASH_NEXT_SIGNING_KEY: 'sig-next-that-nobody-may-see',
      HOOK_SECRET_APP: 'hook-secret-that-nobody-may-see',
      hook_secret_other: 'other-secret-that-nobody-may-see',
      API_KEYS: JSON.stringify({ ['ab'.repeat(32)]: { name: 'n', tenant: 't', user: 'u', roles: [] } }),
      PUBLIC_URL: 'https://edge.test',
    };
    const { page } = await scene({ settings: secrets });
    const { text } = await page('/settings');
    for (const [name, value] of Object.entries(secrets)) {
      expect(text, name).toContain(`<code>${name}</code>`);
      if (name !== 'PUBLIC_URL') expect(text, name).not.toContain(value);
    }
    for (const hash of JSON.stringify(await consoleSettings()).match(/[0-9a-f]{64}/g)!)
      expect(text).not.toContain(hash);
    expect(text).not.toContain(tokenOf('read'));
    expect(text).toContain('ab'.repeat(32) === '' ? '' : 'https://edge.test');
    expect(text).not.toContain('ab'.repeat(32));
    expect(text).toMatch(/<code>QSTASH_RETRIES<\/code><\/th><td><span class="names">5</);
  });
});

describe('Classes', () => {
  test('those of HTTP caches too, and figures of one that is gone', async () => {
    const { page, store, clock } = await scene({
      routes: (app) => app.get('/site/*', httpCache({ name: 'site' })),
    });
    await seedFigures(store, clock.now());
    const { text } = await page('/classes');
    expect(text).toMatch(/href="\/-\/console\/classes\/report\?window=1h"/);
    expect(text).toMatch(/href="\/-\/console\/classes\/site\?window=1h"/);
    expect(text).toMatch(/analytics <span class="small">not in the strategy/);
    expect((await page('/classes/site')).text).toMatch(/An HTTP cache before an origin/);
    expect((await page('/classes/analytics')).status).toBe(404);
  });
});
