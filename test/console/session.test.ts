import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { adminTokens, tokenOf } from '../support/worker/admin.ts';
import { consoleSettings, cookieIn, cookieOf, form, withCookie } from '../support/worker/console.ts';
import { aClass, world } from '../support/worker/world.ts';

const scene = async (settings: Record<string, string> = {}) =>
  world([aClass()], { settings: { ...(await consoleSettings()), ...settings } });

const pages = [
  '',
  '/purges',
  '/purges/new',
  '/purges/pur_0123456789012345678901',
  '/settings',
  '/nothing-here',
  '/purges/a/b',
];

describe('Without a session', () => {
  test.each(pages)('GET /-/console%s leads to the login', async (page) => {
    const { edge } = await scene();
    const answer = await edge.get(`/-/console${page}`, { as: null });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toMatch(/^\/-\/console\/login(\?next=|$)/);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.text).toBe('');
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])(
    '%s leads there too, and purges nothing',
    async (method) => {
      const { edge } = await scene();
      for (const page of ['/purges', '/nothing-here']) {
        const answer = await edge.get(
          `/-/console${page}`,
          method === 'HEAD'
            ? { as: null, method }
            : form({ whose: 'tenant', tenant: 'acme', tags: 'report:r1' }, { method }),
        );
        expect(answer.status).toBe(303);
      }
      const purges = await edge.get('/-/purges', {
        as: null,
        headers: { Authorization: `Bearer ${tokenOf('read')}` },
      });
      expect(purges.json).toMatchObject({ purges: [] });
    },
  );

  test('an admin token in a header opens no page, nor does a user’s', async () => {
    const { edge } = await scene();
    const headers = { Authorization: `Bearer ${tokenOf('read+purge')}` };
    expect((await edge.get('/-/console/settings', { as: null, headers })).status).toBe(303);
    expect((await edge.get('/-/console/settings')).status).toBe(303);
  });

  test('the login and its static files are open', async () => {
    const { edge } = await scene();
    const login = await edge.get('/-/console/login', { as: null });
    expect(login.status).toBe(200);
    const files = [...login.text.matchAll(/(?:href|src)="(\/-\/console\/static\/[^"]+)"/g)].map(
      (it) => it[1]!,
    );
    expect(files).toHaveLength(3);
    for (const file of files) {
      const answer = await edge.get(file, { as: null });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
    expect((await edge.get('/-/console/static/another.js', { as: null })).status).toBe(404);
  });
});

describe('Login', () => {
  test('a token that may read: a cookie for the console alone, for 8 hours', async () => {
    const { edge } = await scene();
    const answer = await edge.get('/-/console/login', form({ token: tokenOf('read') }));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toBe('/-/console');
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    const [pair, ...attributes] = answer.headers.getSetCookie()[0]!.split('; ');
    expect(pair).toMatch(/^__Secure-stillfresh_console=/);
    expect(attributes.sort()).toEqual([
      'HttpOnly',
      'Max-Age=28800',
      'Path=/-/console',
      'SameSite=Strict',
      'Secure',
    ]);
    expect(pair).not.toContain(tokenOf('read'));
    const page = await edge.get('/-/console/settings', withCookie(pair!));
    expect(page.status).toBe(200);
    expect(page.headers.get('Cache-Control')).toBe('no-store');
  });

  test('in development, on plain HTTP of this machine, browsers take it without Secure; nowhere else', async () => {
    const { edge } = await scene({ ENVIRONMENT: 'development' });
    const setOn = async (url: string) => {
      const { headers, method, body } = form(
        { token: tokenOf('read') },
        { headers: { Origin: new URL(url).origin } },
      );
      const answer = await edge.answer(new Request(url, { method: method!, headers: headers!, body: body! }));
      return answer.headers.getSetCookie()[0];
    };
    for (const host of ['127.0.0.1:8787', 'localhost:8787', '[::1]:8787'])
      expect(await setOn(`http://${host}/-/console/login`)).not.toMatch(/Secure/);
    for (const origin of ['http://edge.test', 'https://127.0.0.1', 'http://127.0.0.1.evil.test'])
      expect(await setOn(`${origin}/-/console/login`)).toMatch(/^__Secure-.*; Secure/);
  });

  test('in production it is Secure whatever the URL says', async () => {
    const { edge } = await scene();
    const { headers, method, body } = form(
      { token: tokenOf('read') },
      { headers: { Origin: 'http://127.0.0.1' } },
    );
    const answer = await edge.answer(
      new Request('http://127.0.0.1/-/console/login', { method: method!, headers: headers!, body: body! }),
    );
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Secure-.*; Secure/);
  });

  test.each<[string, string, number, RegExp]>([
    ['an unknown token', 'something-else', 401, /no admin token of this edge/],
    ['none', '', 401, /no admin token of this edge/],
    ['an endless one', 'x'.repeat(bounds.adminTokenBytes + 1), 401, /no admin token of this edge/],
    ['the hash of one', '0'.repeat(64), 401, /no admin token of this edge/],
    ['one that may only purge', tokenOf('purge'), 403, /may not read.*scopes are purge/s],
  ])('%s: the page again, and what is wrong', async (_, token, status, says) => {
    const { edge } = await scene();
    const answer = await edge.get('/-/console/login', form({ token }));
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(/<form class="login"/);
    expect(answer.text).toMatch(says);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const line = edge.log.at(-1);
    expect(line).toMatchObject({ path: '/-/console/login', status });
    if (token !== '') expect(JSON.stringify(edge.log) + answer.text).not.toContain(token);
  });

  test('the page that was asked for comes next; another site does not', async () => {
    const { edge } = await scene();
    const login = async (next: string) =>
      (await edge.get('/-/console/login', form({ token: tokenOf('read'), next }))).headers.get('Location');
    for (const page of [
      '/purges?tenant=acme',
      '/explain?what=/v1/invoices/inv_0002?a=b&tenant=acme',
      '/explain?what=invoice:v1:tenant:acme:inv_0001&headers=A:+b%0D%0AC:+d',
      '/purges?tenant=ann@acme+1',
      '/classes/a%2Fb?window=7d',
      '/purges?tenant=%C3%BC&cursor=12.3',
    ]) {
      const asked = await edge.get(`/-/console${page}`, { as: null });
      const next = new URLSearchParams(asked.headers.get('Location')!.split('?')[1]).get('next')!;
      expect(await login(next)).toBe(`/-/console${page}`);
    }
    for (const other of [
      'https://evil.test/',
      '//evil.test',
      '/-/console//evil.test',
      '/-/console/../../evil',
      '/-/console/../../v1/invoices',
      '/-/console/%2e%2e/%2E%2E/v1/invoices',
      '/-/console/..\\..\\v1',
      '/-/console/x/../../purges',
      '/-/consoles',
      '/\\evil.test',
      '/\t/evil.test',
      '/-/console/logout',
      '/-/console/x/../logout',
      '/-/console/login?next=/-/console/login',
      'javascript:alert(1)',
      '',
    ])
      expect(await login(other), other).toBe('/-/console');
  });

  test('a token that was pasted with what stood around it is the same token', async () => {
    const { edge } = await scene();
    for (const token of [` ${tokenOf('read')}`, `${tokenOf('read')}\r\n`, `\t${tokenOf('read')} `])
      expect((await edge.get('/-/console/login', form({ token }))).status).toBe(303);
  });

  test('the log has the admin’s name, never the token, nor the cookie', async () => {
    const { edge } = await scene();
    const cookie = await cookieOf(edge, 'read');
    await edge.get('/-/console/settings', withCookie(cookie));
    expect(edge.log.map(({ admin }) => admin)).toEqual(['read', 'read']);
    expect(JSON.stringify(edge.log)).not.toContain(tokenOf('read'));
    expect(JSON.stringify(edge.log)).not.toContain(cookie.split('~').at(-1));
  });
});

describe('A session ends', () => {
  const opens = async (edge: Awaited<ReturnType<typeof scene>>['edge'], cookie: string) =>
    (await edge.get('/-/console/settings', withCookie(cookie))).status === 200;

  test('after 8 hours', async () => {
    const { edge, clock } = await scene();
    const cookie = await cookieOf(edge);
    clock.advance(bounds.consoleSessionMs - 1);
    expect(await opens(edge, cookie)).toBe(true);
    clock.advance(1);
    expect(await opens(edge, cookie)).toBe(false);
  });

  test('with the browser’s cookie, by logging out', async () => {
    const { edge } = await scene();
    const cookie = await cookieOf(edge);
    const answer = await edge.get('/-/console/logout', form({}, { headers: { Cookie: cookie } }));
    expect(answer.status).toBe(303);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Secure-stillfresh_console=; Max-Age=0; Path=\/-\/console/,
    );
  });

  test('when its token is replaced, is taken out, or may not read any more, or the origin’s secret is another', async () => {
    const cookie = await cookieOf((await scene()).edge);
    const setting = JSON.parse((await consoleSettings()).ADMIN_TOKENS);
    const other = (await adminTokens('other')).match(/[0-9a-f]{64}/)![0];
    const own = setting['read-purge'];
    const changes = {
      unchanged: { ADMIN_TOKENS: JSON.stringify(setting) },
      replaced: { ADMIN_TOKENS: JSON.stringify({ ...setting, 'read-purge': { ...own, sha256: other } }) },
      renamed: { ADMIN_TOKENS: JSON.stringify({ ...setting, 'read-purge': undefined, again: own }) },
      'without read': {
        ADMIN_TOKENS: JSON.stringify({ ...setting, 'read-purge': { ...own, scopes: ['purge'] } }),
      },
      'another secret': { ORIGIN_SECRET: 'another-secret-of-the-edge' },
    };
    const open: Record<string, boolean> = {};
    for (const [name, settings] of Object.entries(changes))
      open[name] = await opens((await scene(settings)).edge, cookie);
    expect(open).toEqual({
      unchanged: true,
      replaced: false,
      renamed: false,
      'without read': false,
      'another secret': false,
    });
  });

  test('a cookie that was not made here is none', async () => {
    const { edge } = await scene();
    const cookie = await cookieOf(edge);
    const [name, value] = cookie.split('=') as [string, string];
    const [who, ends, mac] = value.split('~') as [string, string, string];
    const flipped = mac.replace(/^./, (it) => (it === 'A' ? 'B' : 'A'));
    const forgeries = {
      'a later end': `${who}~${Number(ends) + 1}~${mac}`,
      'another name, of a token that may read': `read~${ends}~${mac}`,
      'a name that every object has': `constructor~${ends}~${mac}`,
      'another mac': `${who}~${ends}~${flipped}`,
      'no mac': `${who}~${ends}~`,
      'a short mac': `${who}~${ends}~${mac.slice(0, -1)}`,
      'a mac with rubbish': `${who}~${ends}~${mac}x`,
      'not its parts': 'rubbish',
      'an end that is no number': `${who}~x~${mac}`,
      nothing: '',
      'the token itself': tokenOf('read+purge'),
    };
    for (const [how, forged] of Object.entries(forgeries))
      expect(await opens(edge, `${name}=${forged}`), how).toBe(false);
    expect(await opens(edge, `${name.replace('__Secure-', '')}=${value}`), 'without its prefix').toBe(false);
    expect(await opens(edge, cookie)).toBe(true);
  });

  test('whoever has read the setting alone can make none', async () => {
    const { edge, clock } = await scene();
    const { sha256 } = JSON.parse((await consoleSettings()).ADMIN_TOKENS).read;
    const signed = `read~${clock.now() + 1000}`;
    for (const bytes of [Uint8Array.fromHex(sha256), new TextEncoder().encode(sha256)]) {
      const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
        'sign',
      ]);
      const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed)));
      const forged = `${signed}~${mac.toBase64({ alphabet: 'base64url', omitPadding: true })}`;
      expect(await opens(edge, `__Secure-stillfresh_console=${forged}`)).toBe(false);
    }
  });

  test('two who log in at the same time have the same cookie: it holds nothing but name and end', async () => {
    const { edge } = await scene();
    const login = () => edge.get('/-/console/login', form({ token: tokenOf('read') }));
    expect(cookieIn(await login())).toBe(cookieIn(await login()));
  });
});
