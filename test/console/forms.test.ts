import { describe, expect, test } from 'vitest';
import { asAdmin, tokenOf } from '../support/worker/admin.ts';
import { consoleSettings, cookieOf, form, withCookie } from '../support/worker/console.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Asked, aClass, world } from '../support/worker/world.ts';

async function scene(token?: string, hasQueue = true) {
  const queue = hasQueue ? { queue: new HandQueue() } : {};
  const made = world([aClass()], { settings: await consoleSettings(), ...queue });
  const cookie = await cookieOf(made.edge, token);
  const post = (fields: Record<string, string>, more: Asked = {}) =>
    made.edge.get(
      '/-/console/purges',
      form(fields, { ...more, headers: { Cookie: cookie, ...more.headers } }),
    );
  const receipts = async () =>
    ((await made.edge.get('/-/purges', asAdmin('read'))).json as { purges: Record<string, unknown>[] })
      .purges;
  return { ...made, cookie, post, receipts };
}
const good = { whose: 'tenant', tenant: 'acme', tags: 'report:r1\n\nreport:r2 ', mode: 'soft' };

describe('The purge form', () => {
  test('purges as the API does, in the admin’s name, and leads to the receipt', async () => {
    const { edge, post, receipts, cookie } = await scene();
    const answer = await post(good);
    expect(answer.status).toBe(303);
    const [receipt] = await receipts();
    expect(receipt).toMatchObject({
      source: 'admin:read-purge',
      tenant: 'acme',
      tags: ['report:r1', 'report:r2'],
      mode: 'soft',
      state: 'applied',
    });
    expect(answer.headers.get('Location')).toBe(`/-/console/purges/${receipt!['purge_id']}`);
    expect(edge.log).toContainEqual(
      expect.objectContaining({
        path: '/-/console/purges',
        admin: 'read-purge',
        purge_id: receipt!['purge_id'],
        tenant: 'acme',
      }),
    );
    const page = await edge.get(answer.headers.get('Location')!, withCookie(cookie));
    expect(page.text).toMatch(/It counts: no read that begins now/);
    expect(page.text).toMatch(/data-again="\d+"/);
  });

  test('what it purges is fetched anew by the next read', async () => {
    const { edge, origin, post } = await scene();
    origin.on('/report/r1', { id: 1 });
    expect((await edge.get('/report/r1')).cacheStatus).toMatch(/fwd=uri-miss/);
    expect((await edge.get('/report/r1')).cacheStatus).toMatch(/hit/);
    await post({ ...good, mode: 'hard' });
    expect((await edge.get('/report/r1')).cacheStatus).not.toMatch(/hit/);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['nothing to purge', { whose: 'tenant', tenant: 'acme' }, /names nothing to purge/],
    ['a tenant that is none', { ...good, tenant: '' }, /<code>tenant<\/code>/],
    ['an unknown class', { whose: 'tenant', tenant: 'acme', classes: 'reports' }, /did you mean/],
    [
      'tags of all tenants',
      { ...good, tenant: '', whose: 'everyone', meant: 'on' },
      /<code>all_tenants<\/code>/,
    ],
    [
      'all tenants, not checked that it is meant',
      { whose: 'everyone', classes: 'report' },
      /check that it is meant/,
    ],
    ['a tenant named beside public data', { ...good, whose: 'public' }, /say one of tenant, public/],
    [
      'a tenant named beside all tenants',
      { tenant: 'acme', whose: 'everyone', classes: 'report', meant: 'on' },
      /say one of tenant, public: true or all_tenants/,
    ],
    ['a soft erasure', { ...good, everything: 'on', erase: 'on' }, /<code>mode<\/code>/],
    ['a third mode', { ...good, mode: 'medium' }, /must be hard or soft/],
  ])('%s: the form again as it was filled in, and what is wrong with it', async (_, fields, says) => {
    const { post, receipts } = await scene();
    const answer = await post(fields);
    expect(answer.status).toBe(422);
    expect(answer.text).toMatch(says);
    expect(answer.text).toMatch(/<form class="purge"/);
    // What was chosen stands as it was chosen, and what must be meant is to be said again.
    expect(answer.text).toMatch(new RegExp(`name="whose" value="${fields['whose']}" checked`));
    expect(answer.text).not.toMatch(/name="meant" checked/);
    expect(answer.text).toContain(`name="tenant" value="${fields['tenant'] ?? ''}"`);
    if (fields['tags']) expect(answer.text).toContain('report:r1\nreport:r2</textarea>');
    expect(await receipts()).toEqual([]);
  });

  test('of all tenants it purges what was checked to be meant', async () => {
    const { post, receipts } = await scene();
    expect((await post({ whose: 'everyone', tenant: ' ', classes: 'report', meant: 'on' })).status).toBe(303);
    expect(await receipts()).toMatchObject([{ whose: 'everyone', tenant: null, classes: ['report'] }]);
  });

  test.each([
    ['a queue', true, /the queue keeps it/],
    ['no queue', false, /unless it was applied at once/],
  ])(
    'with %s, one that was accepted is no failure while Redis is away, and is shown once it is back',
    async (_, hasQueue, says) => {
      const { edge, post, cookie } = await scene(undefined, hasQueue);
      if (hasQueue) edge.redis.fail();
      const answer = await post(good);
      expect(answer.status).toBe(303);
      edge.redis.fail();
      const shown = () => edge.get(answer.headers.get('Location')!, withCookie(cookie));
      const page = await shown();
      expect(page.status).toBe(503);
      expect(page.headers.get('Retry-After')).toBe('5');
      expect(page.text).toMatch(says);
      expect(page.text).toMatch(/<h1>Purge<\/h1>/);
      expect(page.text).toMatch(/<main [^>]*data-again="5"/);
      expect(page.text).not.toMatch(/role="alert"/);
      edge.redis.heal();
      expect((await shown()).status).toBe(200);
    },
  );

  test('what Redis could not say is looked for again; what was posted is not', async () => {
    const { edge, cookie } = await scene(undefined, false);
    edge.redis.fail();
    expect((await edge.get('/-/console/tags', withCookie(cookie))).text).toMatch(/data-again="5"/);
    const answer = await edge.get('/-/console/purges', form(good, { headers: { Cookie: cookie } }));
    expect(answer.status).toBe(503);
    expect(answer.text).not.toMatch(/data-again/);
  });

  test('a token that may only read has neither the form nor its effect', async () => {
    const { edge, post, receipts, cookie } = await scene('read');
    expect((await post(good)).status).toBe(403);
    const page = await edge.get('/-/console/purges/new', withCookie(cookie));
    expect(page.status).toBe(403);
    expect(page.text).toMatch(/needs the scope purge/);
    expect((await edge.get('/-/console/purges', withCookie(cookie))).text).not.toMatch(/purges\/new/);
    expect(await receipts()).toEqual([]);
  });

  test('an endless form is refused', async () => {
    const { post } = await scene();
    expect((await post({ ...good, tags: 'x'.repeat(200_000) })).status).toBe(413);
  });
});

describe('A form of another site is refused, and changes nothing', () => {
  test.each<[string, Record<string, string>]>([
    ['another site', { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' }],
    ['a sister site', { Origin: 'https://app.edge.test', 'Sec-Fetch-Site': 'same-site' }],
    ['the same host without TLS', { Origin: 'http://edge.test' }],
    ['the same host at another port', { Origin: 'https://edge.test:8443' }],
    ['a page without an origin', { Origin: 'null' }],
    ['nobody knows whom', { Origin: '' }],
    ['another site, as plain text', { Origin: 'https://evil.test', 'Content-Type': 'text/plain' }],
    [
      'another site, as multipart',
      { Origin: 'https://evil.test', 'Content-Type': 'multipart/form-data; boundary=x' },
    ],
    ['another site, as JSON', { Origin: 'https://evil.test', 'Content-Type': 'application/json' }],
    ['another site, of no type', { Origin: 'https://evil.test', 'Content-Type': '' }],
  ])('of %s', async (_, headers) => {
    const { edge, post, receipts, cookie } = await scene();
    const answer = await post(good, { headers });
    expect([403, 415]).toContain(answer.status);
    expect(edge.log.at(-1)).toMatchObject({ outcome: 'refused' });
    if (answer.status === 403)
      expect(edge.log.at(-1)).toMatchObject({ problem: 'forbidden', why: 'forged form' });
    expect(answer.headers.get('Content-Security-Policy')).toMatch(/default-src 'none'/);
    expect(await receipts()).toEqual([]);
    const logout = await edge.get('/-/console/logout', form({}, { headers: { Cookie: cookie, ...headers } }));
    expect([403, 415]).toContain(logout.status);
    expect(logout.headers.getSetCookie()).toEqual([]);
    const login = await edge.get('/-/console/login', form({ token: tokenOf('read') }, { headers }));
    expect([403, 415]).toContain(login.status);
    expect(login.headers.getSetCookie()).toEqual([]);
  });
});
