import type { GivenAnswers } from '../../../cli/init/answers.ts';

/** A help desk, as somebody who runs one would answer. */
export const helpDesk: GivenAnswers = {
  name: 'Deskline',
  purpose: 'A help desk for small companies; its agents read tickets all day',
  stack: 'Next.js, an API in Rails, Postgres',
  data: [
    {
      name: 'ticket',
      path: '/v1/tickets/:ticket_id',
      changedBy: ['ticket_updated'],
      written: true,
      whileDown: '1h',
      why: "Read by a whole team; an agent's answer must show at once",
    },
    {
      name: 'tickets',
      path: '/v1/tickets?status=:status&page=:page',
      params: { status: ['open', 'closed'] },
      changedBy: ['ticket_updated'],
    },
    {
      name: 'permissions',
      path: '/v1/me/permissions',
      who: 'user',
      strict: true,
      ttl: '2m',
      changedBy: ['role_updated'],
    },
    { name: 'totals', path: '/v1/reports/:report_id/totals?month=:month', ttl: '10m', stale: '1m' },
    { name: 'articles', path: '/v1/articles/:slug', who: 'public', ttl: '1h' },
  ],
  traffic: '2 million reads a day, 90 in a busy second, one write in 50 reads',
  freshness: 'Tickets within seconds, totals within 10 minutes',
  failureTolerance: 'Reading tickets must go on while the API is down',
  pain: 'Totals take 3 s, and everybody opens them at nine',
  tenancy: { tenant: 'org_id' },
  operations: { webhooks: [{ name: 'app' }, { name: 'stripe', scheme: 'stripe' }] },
};
