import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import type { Edge } from '../../src/edge/edge.ts';
import { httpCache } from '../../src/index.ts';
import { adminTokens, asAdmin, tokenOf } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Asked, aClass, type WorldOptions, world } from '../support/worker/world.ts';

async function scene(more: Pick<WorldOptions, 'routes'> = {}) {
  const settings = { ADMIN_TOKENS: await adminTokens('purge', 'read') };
  const made = world([aClass()], { settings, queue: new HandQueue(), ...more });
  const post = (body: unknown, more: Asked = {}) =>
    made.edge.get(
      '/-/purge',
      asAdmin('purge', {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...more,
      }),
    );
  return { ...made, post };
}
const good = { tenant: 'acme', tags: ['report:r1'] };

describe('Who may purge and look', () => {
  test.each<[string, Record<string, string>, number]>([
    ['nobody without a token', { Authorization: '' }, 401],
    ['nobody with another scheme', { Authorization: `Basic ${tokenOf('purge')}` }, 401],
    ['nobody with an unknown token', { Authorization: 'Bearer something-else' }, 401],
    ['nobody with the hash of a token', { Authorization: `Bearer ${'0'.repeat(64)}` }, 401],
    [
      'nobody with an endless token',
      { Authorization: `Bearer ${'x'.repeat(bounds.adminTokenBytes + 1)}` },
      401,
    ],
    ['not a token that may only read', { Authorization: `Bearer ${tokenOf('read')}` }, 403],
    ['a token that may purge', {}, 202],
  ])('%s', async (_, headers, status) => {
    const { post } = await scene();
    const answer = await post(
      good,
      asAdmin('purge', { method: 'POST', body: JSON.stringify(good), headers }),
    );
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer realm=/);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  test('a token that may read sees receipts, and one that may purge does too', async () => {
    const { edge, post } = await scene();
    const { purge_id } = (await post(good)).json as { purge_id: string };
    for (const name of ['read', 'purge']) {
      expect((await edge.get(`/-/purges/${purge_id}`, asAdmin(name))).status).toBe(200);
      expect((await edge.get('/-/purges', asAdmin(name))).status).toBe(200);
    }
    expect((await edge.get(`/-/purges/${purge_id}`)).status).toBe(401); // a user's token is none of these
  });

  test('the log has the token’s name, never the token', async () => {
    const { edge, post } = await scene();
    await post(good);
    const line = edge.log.find(({ path }) => path === '/-/purge');
    expect(line).toMatchObject({ admin: 'purge', tenant: 'acme', purge_id: expect.any(String) });
    expect(JSON.stringify(edge.log)).not.toContain(tokenOf('purge'));
  });

  test('without any in the settings, nobody', async () => {
    const { edge } = world([aClass()]);
    expect((await edge.get('/-/purges', asAdmin('purge'))).status).toBe(401);
  });
});

describe('What a purge names must be clear', () => {
  const many = Array.from({ length: 101 }, (_, i) => `t${i}`);
  test.each<[string, unknown, field: string]>([
    ['no JSON', 'tenant=acme', 'body'],
    ['a list', [], 'body'],
    ['no tenant', { tags: ['a'] }, 'tenant'],
    ['a tenant that is none', { tenant: ' acme', tags: ['a'] }, 'tenant'],
    ['two of tenant and all_tenants', { tenant: 'acme', all_tenants: true, classes: ['report'] }, 'tenant'],
    ['nothing to purge', { tenant: 'acme' }, 'tags'],
    ['101 tags', { tenant: 'acme', tags: many }, 'tags'],
    ['an empty tag', { tenant: 'acme', tags: [''] }, 'tags.0'],
    ['a tag that is no text', { tenant: 'acme', tags: [1] }, 'tags.0'],
    ['an endless tag', { tenant: 'acme', tags: ['x'.repeat(bounds.tagBytes + 1)] }, 'tags.0'],
    ['an unknown class', { tenant: 'acme', classes: ['reports'] }, 'classes.0'],
    ['tags of all tenants', { all_tenants: true, tags: ['a'] }, 'all_tenants'],
    ['everything of all tenants', { all_tenants: true, everything: true }, 'all_tenants'],
    ['a class of tenants as public data', { public: true, classes: ['report'] }, 'classes'],
    ['users of public data', { public: true, users: ['ann'] }, 'users'],
    ['erasure of a tag', { tenant: 'acme', tags: ['a'], erase: true }, 'erase'],
    ['a soft erasure', { tenant: 'acme', everything: true, erase: true, mode: 'soft' }, 'mode'],
    ['a third mode', { ...good, mode: 'medium' }, 'mode'],
    ['a field that is not known', { ...good, tag: 'a' }, 'tag'],
  ])('%s is 422 and names the field', async (_, body, field) => {
    const { post, edge } = await scene();
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect((answer.json as { errors: { field: string }[] }).errors.map((it) => it.field)).toContain(field);
    expect((await edge.get('/-/purges', asAdmin('read'))).json).toEqual({ purges: [], cursor: null });
  });

  test('a body beyond 256 KiB is 413', async () => {
    const { post } = await scene();
    expect((await post('x'.repeat(bounds.purgeBytes + 1))).status).toBe(413);
  });

  test('100 tags are one purge', async () => {
    const { post, edge } = await scene();
    edge.redis.took();
    expect((await post({ tenant: 'acme', tags: many.slice(1) })).status).toBe(202);
    expect(edge.redis.took()).toEqual(['purge']);
  });
});

describe('A purge that can hardly meet anything', () => {
  const acceptedBy = async (body: unknown, given = scene()) => (await (await given).post(body)).json;
  const ofTypo = 'no class has a tag "typo:…"; "report:{id}" exists';

  test.each<[string, object, hint: string[] | undefined]>([
    ['a tag that a class declares', good, undefined],
    ['no tag', { tenant: 'acme', classes: ['report'] }, undefined],
    ['a class over all tenants', { all_tenants: true, classes: ['report'] }, undefined],
    ['a tag that nothing declares', { tenant: 'acme', tags: ['typo:1'] }, [ofTypo]],
    ['one of two', { tenant: 'acme', tags: ['report:r1', 'typo:1'] }, [ofTypo]],
    [
      'a pattern',
      { tenant: 'acme', tags: ['report:*'] },
      ['tags are exact: "report:*" purges only that very tag; name a class, or several tags'],
    ],
    [
      'a tag of tenants in public data',
      { public: true, tags: ['report:r1'] },
      ['no public class has a tag "report:r1"; "report:{id}" is of tenants\' data: say --tenant (tenant)'],
    ],
  ])('is told so at once, and accepted: %s', async (_, body, hint) => {
    const { post, edge } = await scene();
    const answer = await post(body);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ purge_id: expect.any(String), ...(hint && { hint }) });
    const { purge_id } = answer.json as { purge_id: string };
    expect((await edge.get(`/-/purges/${purge_id}`, asAdmin('read'))).status).toBe(200);
  });

  test('is told so while Redis is down, which is not asked for it', async () => {
    const made = await scene();
    made.edge.redis.fail();
    expect(await acceptedBy({ tenant: 'acme', tags: ['typo:1'] }, Promise.resolve(made))).toMatchObject({
      hint: [ofTypo],
    });
    const idle = await scene();
    idle.edge.redis.took();
    await idle.post({ tenant: 'acme', tags: ['typo:1'] });
    expect(idle.edge.redis.took()).toEqual(['purge']);
  });

  test('hears nothing of what is stored, of that tenant or of another', async () => {
    const made = await scene();
    const before = await acceptedBy({ tenant: 'acme', tags: ['typo:1'] }, Promise.resolve(made));
    made.origin.on('/report/secret-of-globex', { value: 'x' });
    for (const as of ['ann@acme', 'ann@globex']) await made.edge.get('/report/secret-of-globex', { as });
    await made.post({ tenant: 'globex', tags: ['report:secret-of-globex', 'other:secret-of-globex'] });
    for (const tag of ['typo:1', 'report', 'reports:secret', 'report-secret', 'other', 'other:2']) {
      const told = await acceptedBy({ tenant: 'acme', tags: [tag] }, Promise.resolve(made));
      expect(told).toMatchObject({ hint: [expect.stringContaining('"report:{id}"')] });
      expect(JSON.stringify(told)).not.toContain('globex');
    }
    expect(await acceptedBy({ tenant: 'acme', tags: ['typo:1'] }, Promise.resolve(made))).toEqual({
      ...(before as object),
      purge_id: expect.any(String),
    });
  });

  test('of public data may meet what an HTTP cache was told: no hint, but for a tenant there is one', async () => {
    const routes = (app: Edge) => app.get('/pages/*', httpCache());
    const made = await scene({ routes });
    const given = Promise.resolve(made);
    for (const tag of ['uri:/pages/1', 'cms-page-1', 'group:origin.test:news'])
      expect(await acceptedBy({ public: true, tags: [tag] }, given)).toEqual({
        purge_id: expect.any(String),
      });
    expect(await acceptedBy({ tenant: 'acme', tags: ['uri:/pages/1'] }, given)).toMatchObject({
      hint: [
        'no class of tenants has a tag "uri:/pages/1"; "uri:{target}" is of public data: say --public (public: true)',
      ],
    });
  });

  test.each([
    ['reprot', 'is no class of the strategy; did you mean "report"?'],
    ['Report', 'is no class of the strategy; did you mean "report"?'],
    ['htpp', 'is no class of the strategy; did you mean "http"?'],
    ['invoice', 'is no class of the strategy'],
    ['re\u001b[2Jport', 'is no class of the strategy'],
  ])('by a class that does not exist is refused, with the one that was meant: %j', async (name, detail) => {
    const made = await scene({ routes: (app) => app.get('/pages/*', httpCache()) });
    expect(await made.post({ tenant: 'acme', classes: [name] })).toMatchObject({
      status: 422,
      json: { errors: [{ field: 'classes.0', detail }] },
    });
  });
});

describe('Receipts', () => {
  test('are listed newest first, by tenant, page by page', async () => {
    const { edge, clock, post } = await scene();
    const ids: string[] = [];
    for (const tenant of ['acme', 'globex', 'acme', 'acme']) {
      clock.advance(1);
      ids.push(((await post({ ...good, tenant })).json as { purge_id: string }).purge_id);
    }
    const [first, second, third, fourth] = ids;
    const list = async (query: string) => {
      const { purges, cursor } = (await edge.get(`/-/purges?${query}`, asAdmin('read'))).json as {
        purges: { purge_id: string }[];
        cursor: string | null;
      };
      return { ids: purges.map((it) => it.purge_id), cursor };
    };
    expect((await list('')).ids).toEqual([fourth, third, second, first]);
    expect((await list('tenant=acme')).ids).toEqual([fourth, third, first]);
    expect((await list('tenant=globex')).ids).toEqual([second]);
    const page = await list('tenant=acme&limit=2');
    expect(page.ids).toEqual([fourth, third]);
    expect(await list(`tenant=acme&limit=2&cursor=${page.cursor}`)).toEqual({ ids: [first], cursor: null });
  });

  test('of one very moment come each once', async () => {
    const { edge, post } = await scene();
    const made = new Set<string>();
    for (let i = 0; i < 5; i++) made.add(((await post(good)).json as { purge_id: string }).purge_id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = cursor === '' ? 'limit=2' : `limit=2&cursor=${cursor}`;
      const page = (await edge.get(`/-/purges?${query}`, asAdmin('read'))).json as {
        purges: { purge_id: string }[];
        cursor: string | null;
      };
      seen.push(...page.purges.map((it) => it.purge_id));
      cursor = page.cursor;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(made);
  });

  test('are forgotten after 7 days', async () => {
    const { edge, clock, post } = await scene();
    const { purge_id } = (await post(good)).json as { purge_id: string };
    clock.advance(bounds.receiptMs);
    expect((await edge.get(`/-/purges/${purge_id}`, asAdmin('read'))).status).toBe(404);
    expect((await edge.get('/-/purges', asAdmin('read'))).json).toMatchObject({ purges: [] });
  });

  test('that nobody knows are 404', async () => {
    const { edge } = await scene();
    for (const id of ['nobody-knows', '%2e%2e', 'x'.repeat(1000)])
      expect((await edge.get(`/-/purges/${id}`, asAdmin('read'))).status).toBe(404);
  });

  test.each([
    ['cursor=x', 'cursor'],
    ['cursor=1.2.3', 'cursor'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['tenant=', 'tenant'],
    ['tenants=acme', 'tenants'],
    ['limit=1&limit=2', 'limit'],
  ])('of the query ?%s are 400', async (query, field) => {
    const { edge } = await scene();
    const answer = await edge.get(`/-/purges?${query}`, asAdmin('read'));
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ field }] } });
  });

  test('are not available while Redis is down: 503', async () => {
    const { edge } = await scene();
    edge.redis.fail();
    for (const path of ['/-/purges', '/-/purges/some-id'])
      expect((await edge.get(path, asAdmin('read'))).status).toBe(503);
  });
});
