import { describe, expect, test } from 'vitest';
import { httpCache } from '../../src/index.ts';
import type { RolloutView } from '../../src/rollout/view.ts';
import { asAdmin } from '../support/worker/admin.ts';
import { consoleSettings, cookieOf, form, withCookie } from '../support/worker/console.ts';
import { type Asked, aClass, type TestEdge, world } from '../support/worker/world.ts';

async function scene(token = 'read+rollout', settings: Record<string, string> = {}) {
  const classes = [aClass({ rollout: { mode: 'shadow' } }), aClass({ name: 'plain' })];
  const made = world(classes, {
    settings: {
      ...(await consoleSettings('read', 'rollout', 'read+rollout')),
      METRICS_FLUSH: 'off',
      ...settings,
    },
    routes: (app) => app.get('/pages/*', httpCache({ origin: 'https://origin.test', name: 'pages' })),
  });
  const cookie = await cookieOf(made.edge, token);
  const page = (path: string) => made.edge.get(`/-/console${path}`, withCookie(cookie));
  const post = (path: string, fields: Record<string, string>, more: Asked = {}) =>
    made.edge.get(
      `/-/console${path}`,
      form(fields, { ...more, headers: { Cookie: cookie, ...more.headers } }),
    );
  return { ...made, page, post };
}

const view = async (edge: TestEdge) => (await edge.get('/-/rollout', asAdmin('read'))).json as RolloutView;
const versionIn = ({ text }: { readonly text: string }) => /name="version" value="([^"]*)"/.exec(text)![1]!;
const put = (edge: TestEdge, name: string, asked: unknown) =>
  edge.get(
    `/-/rollout/${name}`,
    asAdmin('rollout', { method: 'PUT', body: JSON.stringify(asked), headers: { 'If-Match': '*' } }),
  );

describe('The pages', () => {
  test('all classes are listed, with how they stand and what goes on by itself', async () => {
    const { page } = await scene();
    const { status, text } = await page('/rollout');
    expect(status).toBe(200);
    for (const says of [
      'report',
      'plain',
      'pages',
      '1 of 5',
      'by itself, after 10m and 500 compared answers',
    ])
      expect(text).toContain(says);
    expect(text).toContain('there is no step after this');
    expect(text).toContain('Nothing was changed yet.');
  });

  test('a class shows its plan, its steps and what there is to do', async () => {
    const { page, edge } = await scene();
    await put(edge, 'report', { mode: 'on', percent: 5, allow: ['acme'], why: 'equal <for> a day' });
    const { text } = await page('/rollout/report');
    expect(text).toContain('The cache answers 5 % of tenants, 1 by name.');
    expect(text).toContain('aria-label="Step 3 of 5: 5 %"');
    expect(text.match(/class="done"/g)).toHaveLength(2);
    expect(text.match(/class="to-come"/g)).toHaveLength(3);
    expect(text).toContain('equal &lt;for&gt; a day');
    expect(text).toMatch(/value="on" required checked/);
    expect(text).toMatch(/<textarea id="allow"[^>]*>acme<\/textarea>/);
  });

  test('Enter in the field of a reason, which presses the first button, sends nothing on', async () => {
    const { page } = await scene();
    const { text } = await page('/rollout/report');
    const buttons = [...text.matchAll(/<button name="do" value="(\w+)">/g)].map(([, it]) => it);
    expect(buttons).toEqual(['hold', 'rollback', 'advance', 'set']);
  });

  test('a class that there is not is 404', async () => {
    const { page } = await scene();
    expect((await page('/rollout/reprot')).status).toBe(404);
  });

  test('what is held says so in words', async () => {
    const { page, edge } = await scene();
    await edge.get(
      '/-/rollout/report/rollback',
      asAdmin('rollout', { method: 'POST', body: '{"why":"tickets"}' }),
    );
    const { text } = await page('/rollout/report');
    expect(text).toContain('It is held: it does not go on by itself until somebody sets or advances it.');
    expect(text).toContain('rolled back by rollout: tickets');
  });

  test('without Redis it is said that the edge goes on', async () => {
    const { page, edge } = await scene();
    edge.redis.fail('lookup');
    const { status, text } = await page('/rollout');
    expect(status).toBe(503);
    expect(text).toContain('Redis did not answer');
  });
});

describe('The forms', () => {
  test('set a class in the admin’s name, and lead back to it', async () => {
    const { edge, page, post } = await scene();
    const version = versionIn(await page('/rollout/report'));
    const answer = await post('/rollout/report', {
      ...{ do: 'set', version, mode: 'on', percent: '2.5', allow: 'acme\r\n globex/bob \r\n', deny: '' },
      why: 'the first ones',
    });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/-/console/rollout/report']);
    expect((await view(edge)).classes['report']).toMatchObject({
      ...{ mode: 'on', percent: 2.5, allow: ['acme', 'globex/bob'], deny: [] },
      ...{ by: 'read-rollout', why: 'the first ones' },
    });
  });

  test('move a class in one word', async () => {
    const { edge, page, post } = await scene();
    const modes: unknown[] = [];
    for (const word of ['advance', 'hold', 'rollback']) {
      const version = versionIn(await page('/rollout/report'));
      expect((await post('/rollout/report', { do: word, version, why: word })).status).toBe(303);
      const { mode, step, held } = (await view(edge)).classes['report']!;
      modes.push([mode, step, held]);
    }
    expect(modes).toEqual([
      ['on', 1, null],
      ['on', 1, 'by read-rollout: hold'],
      ['shadow', 0, 'rolled back by read-rollout: rollback'],
    ]);
  });

  test('of two at once, the second is shown how things are now, with what he had filled in', async () => {
    const { edge, page, post } = await scene();
    const version = versionIn(await page('/rollout/report'));
    await put(edge, 'report', { mode: 'off', why: 'the other' });
    const asked = { do: 'set', version, mode: 'on', percent: '50', why: 'mine' };
    const refused = await post('/rollout/report', asked);
    expect(refused.status).toBe(412);
    expect(refused.text).toContain('Somebody else has changed the flags meanwhile, and nothing was done.');
    expect(refused.text).toContain('The cache answers nobody.');
    expect(refused.text).toMatch(/id="percent"[^>]* value="50"/);
    expect(refused.text).toContain('somebody else had changed the flags');
    expect((await view(edge)).classes['report']).toMatchObject({ mode: 'off' });
    // Of how things are now, it is meant.
    expect((await post('/rollout/report', { ...asked, version: versionIn(refused) })).status).toBe(303);
    expect((await view(edge)).classes['report']).toMatchObject({ mode: 'on', percent: 50 });
  });

  test('to go back needs no look at what others have changed meanwhile', async () => {
    const { edge, page, post } = await scene();
    const version = versionIn(await page('/rollout/report'));
    await put(edge, 'plain', { mode: 'shadow', why: 'the other' });
    expect((await post('/rollout/report', { do: 'advance', version, why: 'x' })).status).toBe(412);
    expect((await post('/rollout/report', { do: 'rollback', version, why: 'x' })).status).toBe(303);
  });

  test.each([
    [{ do: 'set', mode: 'on', percent: '5 %', why: 'x' }, 422, 'must be a number from 0 to 100'],
    [{ do: 'set', mode: 'on', percent: '', why: 'x' }, 422, 'is missing: say of how many of 100'],
    [{ do: 'set', mode: 'off', why: '' }, 422, 'say why'],
    [{ do: 'set', mode: 'off', allow: 'a/b/c', why: 'x' }, 422, 'write a tenant'],
    [{ do: 'nothing', mode: '', why: 'x' }, 422, 'must be off or shadow or on'],
    [{ do: 'rollback', why: '' }, 422, 'say why'],
  ])('%j is said above the form', async (fields, status, says) => {
    const { page, post } = await scene();
    const version = versionIn(await page('/rollout/report'));
    const answer = await post('/rollout/report', { ...fields, version });
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(/<div class="problem" role="alert">/);
    expect(answer.text).toContain(says);
    expect(answer.text).toContain('<form class="rollout"');
  });

  test('what does not fit how it stands is said too', async () => {
    const { page, post } = await scene();
    const version = versionIn(await page('/rollout/plain'));
    const { status, text } = await post('/rollout/plain', { do: 'advance', version, why: 'x' });
    expect([status, text]).toEqual([409, expect.stringContaining('there is no step after that')]);
  });

  test('whoever may not change anything sees them disabled, and why; what is posted all the same is refused', async () => {
    const { edge, page, post } = await scene('read');
    const { text } = await page('/rollout/report');
    expect(text).toContain('log in with a token that has the scope <code>rollout</code>; read has read.');
    expect(text.match(/<fieldset disabled>/g)).toHaveLength(2);
    expect((await page('/rollout')).text.match(/<fieldset disabled>/g)).toHaveLength(1);
    for (const path of ['/rollout', '/rollout/report'])
      expect((await post(path, { kill: 'true', do: 'rollback', why: 'x' })).status).toBe(403);
    expect(await view(edge)).toMatchObject({ version: '0', kill: false });
  });

  test('no other site can send them', async () => {
    const { edge, post } = await scene();
    const from = { headers: { Origin: 'https://evil.test' } };
    expect((await post('/rollout', { kill: 'true', why: 'x' }, from)).status).toBe(403);
    expect((await view(edge)).kill).toBe(false);
  });
});

describe('The kill switch', () => {
  const banner = 'The kill switch is on: nothing is answered from the cache.';

  test('stands on top of every page while it is on', async () => {
    const { page, post } = await scene();
    expect((await page('/settings')).text).not.toContain(banner);
    expect((await post('/rollout', { kill: 'true', why: 'strange <figures>' })).status).toBe(303);
    for (const path of ['', '/classes', '/settings', '/rollout', '/rollout/report', '/nothing-here']) {
      const { text } = await page(path);
      expect(text).toContain(banner);
      expect(text).toContain('strange &lt;figures&gt;');
    }
    expect((await post('/rollout', { kill: 'false', why: 'a wrong clock' })).status).toBe(303);
    expect((await page('/settings')).text).not.toContain(banner);
    expect((await page('/rollout')).text).toContain('a wrong clock');
  });

  test('another isolate’s pages know of it 20 s later at most', async () => {
    const { edge, anotherEdge, clock } = await scene();
    const other = anotherEdge();
    const cookie = await cookieOf(other, 'read+rollout');
    const settings = () => other.get('/-/console/settings', withCookie(cookie));
    expect((await settings()).text).not.toContain(banner);
    await edge.get(
      '/-/rollout/kill',
      asAdmin('rollout', { method: 'POST', body: '{"kill":true,"why":"x"}' }),
    );
    clock.advance(20_000);
    expect((await settings()).text).toContain(banner);
  });

  test('by the setting it is said to be that', async () => {
    const { page } = await scene('read+rollout', { KILL_SWITCH: 'on' });
    const { text } = await page('/rollout');
    expect(text).toContain('It is the setting <code>KILL_SWITCH</code> of this Worker.');
    expect(text).toContain('whatever the flag says, nothing is answered from the cache');
  });

  test('without a reason it is not switched', async () => {
    const { edge, post } = await scene();
    const { status, text } = await post('/rollout', { kill: 'true', why: ' ' });
    expect([status, text]).toEqual([422, expect.stringContaining('say why')]);
    expect((await view(edge)).kill).toBe(false);
  });
});
