import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersShape, type GivenAnswers } from '../../../cli/init/answers.ts';
import { filesOf } from '../../../cli/init/files.ts';
import { itemsOf } from '../../../cli/init/from-assessment.ts';
import { planOf } from '../../../cli/init/plan.ts';
import { root } from '../../../dev/bundle.ts';
import type { Strategy } from '../../../src/strategy/define.ts';
import { helpDesk } from './answers.ts';

const written = (answers: GivenAnswers) => filesOf(planOf(answersShape.parse(answers)));

let folder: string;
let count = 0;
beforeAll(async () => {
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true });
  folder = await mkdtemp(join(root, 'node_modules/.cache/init-'));
  const all = [
    'dataClass } from "SRC/strategy/data-class.ts"',
    'defineStrategy } from "SRC/strategy/define.ts"',
  ];
  const shim = all.map((it) => `export { ${it.replace('SRC', join(root, 'src'))};\n`).join('');
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'src/index.ts'), shim);
  await mkdir(join(folder, 'routes'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The written strategy, as it is when it runs. Rejects where `defineStrategy` refuses it. */
async function strategyOf(answers: GivenAnswers): Promise<Strategy> {
  const file = join(folder, `routes/strategy-${count++}.ts`);
  await writeFile(file, written(answers).get('strategy.ts')!);
  return (await import(/* @vite-ignore */ file)).strategy;
}

describe('what is written', () => {
  test('is a strategy of those data, each in the shadow at first', async () => {
    const { classes, events, identity } = await strategyOf(helpDesk);
    const found = [...classes.values()].map(({ name, scope, ttlMs, rollout }) => [
      name,
      scope,
      ttlMs,
      rollout.mode,
    ]);
    expect(found).toEqual([
      ['ticket', 'tenant', 300_000, 'shadow'],
      ['tickets', 'tenant', 300_000, 'shadow'],
      ['permissions', 'user', 120_000, 'shadow'],
      ['totals', 'tenant', 600_000, 'shadow'],
      ['articles', 'public', 3_600_000, 'shadow'],
    ]);
    expect(Object.keys(events)).toEqual([
      'ticket_updated',
      'role_updated',
      'totals_changed',
      'articles_changed',
    ]);
    expect(identity.claims.tenant).toEqual(['org_id']);
  });

  test('purges the list with its item, and all that is kept for a user whose role changed', async () => {
    const { purgesOf } = (await strategyOf(helpDesk)) as Strategy<Record<string, never>>;
    expect(purgesOf('ticket_updated' as never, { ticket_id: 't1' } as never)).toMatchObject({
      tags: ['ticket:t1', 'tickets'],
    });
    expect(purgesOf('role_updated' as never, { user_id: 'ann' } as never)).toMatchObject({ users: ['ann'] });
  });

  test('has routes for reading and writing, mounted where their paths begin', () => {
    const files = written(helpDesk);
    expect([...files.keys()].sort()).toEqual(
      ['articles.ts', 'hooks.ts', 'index.ts', 'me.ts', 'reports.ts', 'strategy.ts', 'tickets.ts'].sort(),
    );
    expect(files.get('tickets.ts')).toContain(`.patch('/:ticket_id', written(ticket, `);
    expect(files.get('tickets.ts')).toContain(
      `.get('/', cached(tickets, { params: { status: query('status'), page: query('page') } }))`,
    );
    expect(files.get('index.ts')).toContain(`app.route('/v1/tickets', ticketsRoutes);`);
  });

  test('marks what the team alone can know', () => {
    const hooks = written(helpDesk).get('hooks.ts')!;
    expect(hooks).toContain('// GAP: which events of stripe make data wrong, and whose?');
    expect(written({ ...helpDesk, operations: 'We do' }).has('hooks.ts')).toBe(false);
  });

  test('of names alone is as good: people may answer in words', async () => {
    const answers = {
      ...helpDesk,
      data: 'Dashboard KPIs, Invoices',
      tenancy: 'Subdomains',
      operations: 'Two of us',
    };
    const { classes } = await strategyOf(answers);
    expect([...classes.keys()]).toEqual(['dashboard-kpis', 'invoices']);
  });
});

describe('whatever is answered, what is written is a strategy that is valid', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((it) => it.trim() !== '');
  const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);
  const param = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/).filter((it) => !['tenant', 'user'].includes(it));
  const item = fc
    .record({
      name: word,
      who: fc.constantFrom('tenant' as const, 'user' as const, 'public' as const),
      inPath: fc.uniqueArray(param, { maxLength: 2 }),
      inQuery: fc.uniqueArray(param, { maxLength: 2 }),
      kinds: fc.array(
        fc.constantFrom('id' as const, 'date' as const, 'month' as const, 'page' as const, ['a', 'b']),
        { minLength: 4, maxLength: 4 },
      ),
      ttl: fc.constantFrom('1s', '5m', '2h', '1d'),
      strict: fc.boolean(),
      written: fc.boolean(),
      why: text,
      event: fc.option(fc.constantFrom('one', 'other', 'function')),
    })
    .map(({ inPath, inQuery, kinds, event, ...it }) => {
      const params = [...new Set([...inPath, ...inQuery])];
      const query = inQuery.filter((name) => !inPath.includes(name));
      const path = `/v1/${it.name}${inPath.map((name) => `/:${name}`).join('')}`;
      return {
        ...it,
        path: query.length > 0 ? `${path}?${query.map((name) => `${name}=:${name}`).join('&')}` : path,
        params: Object.fromEntries(params.map((name, i) => [name, kinds[i]!])),
        written: it.written && it.who !== 'public',
        ...(event !== null && { changedBy: [`${event}_${it.who === 'public' ? 'public' : 'ours'}`] }),
      };
    });
  const answers = fc.record({
    name: text,
    why: text,
    data: fc.uniqueArray(item, {
      minLength: 1,
      maxLength: 5,
      selector: ({ name }) => name.replace(/[-_]/g, '').toLowerCase(),
    }),
  });

  test('', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async ({ name, why, data }) => {
        const { classes } = await strategyOf({ ...helpDesk, name, pain: why, data });
        expect([...classes.keys()]).toEqual(data.map((it) => it.name));
      }),
      { numRuns: 60 },
    );
  });
});

describe('an assessment', () => {
  const route = (more: object) => ({
    route: '/v1/invoices/:invoice_id',
    verdict: 'per-tenant',
    why: '92 % repeat within 5 min',
    knee: { ttl_s: 300 },
    methods: { GET: 90, PATCH: 3 },
    ...more,
  });
  const assessment = (...routes: object[]) => JSON.stringify({ requests: 1, routes });

  test('gives the data: what is worth caching, for whom, and how long', () => {
    const found = itemsOf(
      assessment(
        route({}),
        route({ route: '/v1/invoices', knee: null, methods: {} }),
        route({ route: '/login', verdict: 'no' }),
        route({ route: '/images/:file', verdict: 'cache', knee: { ttl_s: 3600 } }),
      ),
    );
    expect(found).toEqual([
      {
        name: 'invoice',
        path: '/v1/invoices/:invoice_id',
        who: 'tenant',
        ttl: '5m',
        written: true,
        why: '92 % repeat within 5 min',
      },
      {
        name: 'invoices',
        path: '/v1/invoices',
        who: 'tenant',
        ttl: '5m',
        written: false,
        why: '92 % repeat within 5 min',
      },
      {
        name: 'image',
        path: '/images/:file',
        who: 'public',
        ttl: '1h',
        written: false,
        why: '92 % repeat within 5 min',
      },
    ]);
  });

  test.each([
    ['no JSON', '<html>', /--from: is not JSON/],
    ['another file', '{"a":1}', /--from: routes: .*; give what npm run assess/],
    ['nothing worth it', assessment(route({ verdict: 'no' })), /finds nothing worth caching/],
  ])('that is %s is refused', (_, text, says) => {
    expect(() => itemsOf(text)).toThrow(says);
  });
});
