import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { type Answer, deskWith, json, problem } from './desk.ts';

async function running(words: readonly string[], answer: Answer) {
  const desk = deskWith(answer);
  const code = await run(['explain', ...words], desk.environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests };
}

const purged = {
  route: '/v1/invoices/:invoice_id',
  verdict: 'fwd=stale; detail=purged',
  cache_status: 'Stillfresh; fwd=stale; detail=purged',
  outcome: 'miss',
  reason: 'purged',
  status: null,
  why: 'It was purged since it was fetched: the tag invoice:inv_0001',
  next_step: 'Nothing',
  since: '2026-11-24T11:59:48.000Z',
  class: 'invoice',
  key: 'invoice:v1:tenant:acme:inv_0001',
  redis_key: 'invoice:v1:tenant:acme:inv_0001',
  params: { invoice_id: 'inv_0001' },
  errors: [],
  access: { rule: 'tenant', may_read: true, why: null },
  stored: true,
  layer: 'l2',
  trusted: null,
  tags: [
    { name: 'acme', kind: 'everything', generation: 'same' },
    { name: 'invoice', kind: 'class', generation: 'same' },
    { name: 'invoice:inv_0001', kind: 'tag', generation: 'changed' },
    { name: 'shelf', kind: 'tag', generation: 'soft', soft_purged_at: '2026-11-24T11:59:50.000Z' },
  ],
  fetched_at: '2026-11-24T11:59:00.000Z',
  age_ms: 60_000,
  ttl_ms: 240_000,
  bytes: 87,
  stored_status: 200,
  windows: {
    fresh_until: '2026-11-24T12:04:00.000Z',
    stale_while_revalidate_until: null,
    stale_if_error_until: null,
  },
  lock: { state: 'free', failure: { code: 'origin-failed', status: 500 } },
  notes: ['entry-corrupt'],
  would_fetch: { by: 'origin', method: 'GET', path: '/invoices/inv_0001' },
  purges: [
    {
      purge_id: 'pur_1',
      source: 'app',
      events: ['invoice_paid'],
      mode: 'hard',
      applied_at: '2026-11-24T11:59:48.000Z',
    },
  ],
  remarks: ['the access rule reads held: hit'],
};

describe('stillfresh explain', () => {
  test('tells a person what, why, since when, and what to do', async () => {
    const { code, out, err, requests } = await running(
      [
        '/v1/invoices/inv_0001?x=1&y',
        '--as',
        'acme/ann/b',
        '--roles',
        'a,b',
        '--header',
        'A: 1',
        '--header=B: 2',
      ],
      () => json(purged),
    );
    expect([code, err]).toEqual([0, '']);
    expect(requests.map(({ method, path }) => [method, path])).toEqual([
      [
        'GET',
        '/-/explain?path=%2Fv1%2Finvoices%2Finv_0001%3Fx%3D1%26y&tenant=acme&user=ann%2Fb&roles=a%2Cb&header=A%3A+1&header=B%3A+2',
      ],
    ]);
    expect(out.split('\n')).toEqual([
      'next read    fwd=stale; detail=purged (miss)',
      'why          It was purged since it was fetched: the tag invoice:inv_0001',
      'since        2026-11-24T11:59:48.000Z, 12 s ago',
      'do           Nothing',
      'purged by    pur_1, hard, app: 2026-11-24T11:59:48.000Z, 12 s ago',
      'stored       87 bytes, in Redis; fetched 2026-11-24T11:59:00.000Z, 60 s old',
      'windows      fresh until 2026-11-24T12:04:00.000Z, 240 s from now',
      'would fetch  GET /invoices/inv_0001',
      'may read     yes (tenant)',
      'under way    its last fetch failed: origin-failed, status 500',
      'class        invoice, at /v1/invoices/:invoice_id',
      'key          invoice:v1:tenant:acme:inv_0001',
      'parameters   invoice_id=inv_0001',
      'tag          everything of acme: same',
      '             class invoice: same',
      '             invoice:inv_0001: changed',
      '             shelf: soft since 2026-11-24T11:59:50.000Z',
      'note         entry-corrupt',
      'besides      the access rule reads held: hit',
      'header       Stillfresh; fwd=stale; detail=purged',
      '',
    ]);
  });

  test.each([
    [
      { access: { rule: 'r', may_read: false, why: 'not allowed: r' } },
      'may read     no (r): not allowed: r',
    ],
    [{ access: { rule: 'r', may_read: null, why: null } }, 'may read     not known (r)'],
    [{ lock: { state: 'held', failure: null } }, 'under way    it is being fetched'],
    [
      { lock: { state: 'direct', failure: null } },
      'under way    what was fetched last was not stored: nobody waits for it',
    ],
    [
      { mode: 'off', rollout: { says: 'The class is off: too slow, by ops', percent: 0, listed: null } },
      'mode         off: The class is off: too slow, by ops',
    ],
    [
      { mode: 'on', rollout: { says: 'The class is on for 5 % of tenants', percent: 5, listed: null } },
      'mode         on: The class is on for 5 % of tenants',
    ],
    [
      { would_be: { verdict: 'hit', cache_status: 'Stillfresh; hit; ttl=9' } },
      'the cache    would have said hit',
    ],
    [{ stored: false }, 'stored       nothing'],
    [{ stored: null }, 'stored       not looked up'],
    [{ would_fetch: { by: 'loader' } }, 'would fetch  by the class’s loader, which asks what it will'],
    [
      { would_fetch: { by: 'origin', method: 'GET', path: '/a', conditional: true } },
      'would fetch  GET /a, which may say that what is stored still holds',
    ],
    [
      { layer: 'l1', trusted: { ms: 900, afterwards: 'fwd=stale; detail=purged' } },
      'then         in 0.9 s this isolate asks Redis again, which now says: fwd=stale; detail=purged',
    ],
    [{ errors: [{ field: 'range', detail: 'must be a month' }] }, 'not valid    range: must be a month'],
    [
      { tags: [{ name: null, kind: 'everything', generation: null }] },
      'tag          everything of the public data',
    ],
    [
      { status: 403, outcome: 'refused', verdict: 'detail=forbidden' },
      'next read    detail=forbidden (refused, status 403)',
    ],
  ])('of %j it says %s', async (different, line) => {
    const { out } = await running(['/a', '--as', 'acme/ann'], () => json({ ...purged, ...different }));
    expect(out.split('\n')).toContain(line);
  });

  test('of a path that nothing answers, what does', async () => {
    const { code, out } = await running(['/nowhere'], () =>
      json({ route: null, verdict: null, cache_status: null, why: 'No route of this Worker' }),
    );
    expect([code, out]).toEqual([0, 'next read  No route of this Worker\n']);
  });

  test('--json is what the edge says, whole', async () => {
    const { code, out } = await running(['--key', 'k', '--json'], () => json({ ...purged, later: [1] }));
    expect([code, JSON.parse(out)]).toEqual([0, { ...purged, later: [1] }]);
  });

  test('--body asks for it, and shows it without what a terminal obeys', async () => {
    const { out, requests } = await running(['--key', 'k', '--body'], () =>
      json({ ...purged, body: { text: 'a\n\u001b[2Jb', truncated: true } }),
    );
    expect(requests[0]!.path).toBe('/-/explain?key=k&body=1');
    expect(out).toMatch(/\n\na\n\uFFFD\[2Jb\n… and more\n$/);
  });

  test.each([
    [[], 'say of what: a path such as /v1/…, or --key KEY'],
    [['/a', '--key', 'k'], 'say of what: a path such as /v1/…, or --key KEY'],
    [['https://edge/a'], 'https://edge/a: give the path alone, from its / on, with its query'],
    [['/a', '--as', 'ann'], '--as ann: give tenant and user, such as acme/ann'],
    [['/a', '--as', '/ann'], '--as /ann: give tenant and user, such as acme/ann'],
    [['/a', '--roles', 'x'], '--roles goes with --as TENANT/USER'],
    [['--key', 'k', '--as', 'a/b'], '--key says by itself whose it is; leave out --as, --roles and --header'],
  ])('%j is refused before anything is asked', async (words, says) => {
    const { code, err, requests } = await running(words, () => json(purged));
    expect([code, err.split('\n')[0], requests.length]).toEqual([2, `stillfresh: ${says}`, 0]);
  });

  test.each([
    [
      problem(400, {
        title: 'The request is not valid',
        errors: [{ field: 'key', detail: 'begins with the name of no class' }],
      }),
      2,
      /--key: begins with the name of no class/,
    ],
    [problem(403, { title: 'You may not do this' }), 2, /lacks the scope/],
    [problem(503, { title: 'No trustworthy answer is available' }), 3, /answered 503/],
    [json({ verdict: 7 }), 3, /explains nothing/],
  ])('what the edge refuses is told', async (answer, code, says) => {
    const told = await running(['/a'], () => answer.clone());
    expect([told.code, told.out]).toEqual([code, '']);
    expect(told.err).toMatch(says);
  });
});
