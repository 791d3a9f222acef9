import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Lock } from '../../../../dev/lock/file.ts';
import { lint } from '../../../../dev/strategy/lint/lint.ts';
import type { rules } from '../../../../dev/strategy/lint/rules.ts';
import type { Budget } from '../../../../src/strategy/budget.ts';
import type { DataClass } from '../../../../src/strategy/types.ts';
import {
  asking,
  type Changed,
  events,
  held,
  lockOf,
  rates,
  report,
  report_changed,
  reports,
  role_updated,
} from './definitions.ts';
import { type Given, lintFactsOf } from './facts-of.ts';

/** What a rule finds in what is given, `place: why`; null: nothing. */
type Example = readonly [what: string, given: Given, finds: string | null, lock?: Lock];

const all = (...classes: readonly DataClass[]): Given => ({ classes, events });
/** These in place of those of the same name, beside the others. */
const withChanged = (...changed: readonly DataClass[]): Given => {
  const others = [report(), reports(), held()].filter(({ name }) => !changed.some((it) => it.name === name));
  return all(...changed, ...others);
};
const shownToOthers =
  'on who asks, and the key does not hold the user: one user is shown what another was told';
const asksHeld = (it: DataClass, staleIfError: string) =>
  withChanged(report({ access: asking(it), staleIfError }), it);
const written = (named: readonly string[]): Given => ({
  ...withChanged(report({ writeThrough: 'purge' })),
  routes: [{ method: 'PATCH', path: '/v1/reports/:id', is: 'written', class: 'report', events: named }],
});
const stripe = { stripe: { scheme: 'stripe', events: {} } } as const;
const ofId = (schema: z.ZodType) => withChanged(report({ params: z.object({ id: schema }) }));
const takes = (what: string) =>
  `class report: its parameter id takes ${what}: whoever asks can make as many entries as they like, and few of them are asked for twice`;
const value = z.object({ total: z.number() });
const stored = lockOf(report({ value, key: 'a:{id}' }));
const changedTo = (changed: Changed) => withChanged(report({ value, key: 'a:{id}', ...changed }));
const unpurged = { tags: [], invalidatedBy: [] };

const expecting = (dollarsPerMonth: number, expects: Budget['expects']): Given => ({
  ...withChanged(),
  budget: { dollarsPerMonth, expects },
});
const million = { requestsPerMonth: 1e6, hitRate: '90%' } as const;

const examples: Readonly<Record<keyof typeof rules, readonly Example[]>> = {
  'user-data-without-user': [
    [
      'a field about the asker',
      withChanged(report({ value: z.object({ can_edit: z.boolean() }) })),
      `class report: the value's can_edit depends ${shownToOthers}`,
    ],
    [
      'a path of the asker, and a role',
      withChanged(reports({ origin: '/me/reports', value: z.object({ role: z.string() }) })),
      `class reports: the origin's /me/reports and the value's role depend ${shownToOthers}`,
    ],
    [
      'its name',
      withChanged(reports({ name: 'my_reports' })),
      `class my_reports: its name depends ${shownToOthers}`,
    ],
    [
      'its route',
      {
        ...withChanged(),
        routes: [{ method: 'GET', path: '/v1/me/reports', is: 'cached', class: 'reports', events: [] }],
      },
      `class reports: the route /v1/me/reports depends ${shownToOthers}`,
    ],
    [
      'the role of a person whom a parameter names',
      withChanged(report({ value: z.object({ role: z.string(), user: z.string() }) })),
      null,
    ],
    [
      'all roles of a tenant',
      withChanged(reports({ value: z.object({ roles: z.array(z.object({ name: z.string() })) }) })),
      null,
    ],
    [
      'the user in the key',
      withChanged(held({ origin: '/me', value: z.object({ role: z.string(), can: z.array(z.string()) }) })),
      null,
    ],
  ],
  'permissions-without-role-event': [
    [
      'asked by access, and no event',
      asksHeld(held({ scope: 'tenant', access: 'tenant', invalidatedBy: [] }), '2m'),
      'class held: the access of report asks it, and no event purges it: a right that was taken away counts until its ttl of 2m',
    ],
    [
      'its name, and another event',
      {
        classes: [held({ name: 'permissions', invalidatedBy: ['user_removed'] })],
        events: { user_removed: role_updated },
      },
      'class permissions: its name says permissions, and of its events (user_removed) none tells of a changed role: a right that was taken away counts until its ttl of 2m',
    ],
    [
      'its value',
      { classes: [held({ value: z.object({ can: z.array(z.string()) }), invalidatedBy: [] })] },
      'class held: its value says permissions (can), and no event purges it: a right that was taken away counts until its ttl of 2m',
    ],
    ['an event of a role', asksHeld(held(), '2m'), null],
    [
      'an event of a membership',
      {
        classes: [held({ name: 'permissions', invalidatedBy: ['team_membership_changed'] })],
        events: { team_membership_changed: role_updated },
      },
      null,
    ],
    ['no permissions', withChanged(reports()), null],
  ],
  'colliding-keys': [
    [
      'two HTTP caches of one name and origin',
      { httpCaches: [{ name: 'site', staleIfError: '1h' }, { name: 'site' }] },
      'HTTP cache site: it and HTTP cache site can both have the key site:v1:tenant:@public::x: one is answered with what the other has stored',
    ],
    [
      'of two origins',
      { httpCaches: [{ origin: 'https://a.example' }, { origin: 'https://b.example' }] },
      null,
    ],
    ['of two names', { httpCaches: [{}, { name: 'site' }], ...withChanged() }, null],
  ],
  'unversioned-change': [
    [
      'of its value',
      changedTo({ value: value.extend({ unit: z.string() }) }),
      'class report: its value has changed (+ unit (string)): what is stored is of the older shape',
      stored,
    ],
    [
      'of its key, to one that means something else',
      changedTo({ key: '{id}:a', params: z.object({ id: z.string().max(9) }) }),
      "class report: its key has changed from 'a:{id}' to '{id}:a': an entry of before can stand under report:v1:tenant:x:a:a, and be taken for another",
      stored,
    ],
    [
      'of its key, to one that no entry has',
      changedTo({ key: 'b:{id}' }),
      "class report: its key has changed from 'a:{id}' to 'b:{id}': nothing that is stored is found any more",
      stored,
    ],
    ['with a version', changedTo({ version: 2, key: '{id}', value: z.object({}) }), null, stored],
    ['of something else', changedTo({ ttl: '1m', tags: ['report:{id}', 'reports'] }), null, stored],
    ['a class that is new', withChanged(), null, lockOf()],
  ],
  'source-without-secret': [
    [
      'none',
      { sources: stripe, secrets: ['HOOK_SECRET_STRIP'] },
      'source stripe: HOOK_SECRET_STRIPE is not set here, and wrangler.toml does not name it: once deployed, each of its webhooks may be 503',
    ],
    ['one', { sources: stripe, secrets: ['HOOK_SECRET_STRIPE'] }, null],
  ],
  'event-purges-nothing': [
    [
      'a tag that no class has',
      {
        ...withChanged(),
        events: { ...events, moved: { ...report_changed, purges: { tags: ['site:{id}'] } } },
      },
      "event moved: its tag 'site:{id}' reaches no class: when it happens, what is stored stays as it is",
    ],
    [
      'a class of public data',
      { classes: [rates()], events: { moved: { ...report_changed, purges: { classes: ['rates'] } } } },
      "event moved: its class 'rates' reaches no class: when it happens, what is stored stays as it is",
    ],
    [
      'users, where no key holds one',
      { classes: [report(), reports()], events },
      "event role_updated: its user '{user_id}' reaches no class: when it happens, what is stored stays as it is",
    ],
    [
      'public data, where there are none',
      { ...withChanged(), events: { ...events, moved: { ...report_changed, whose: 'public' } } },
      "event moved: its tag 'report:{id}' reaches no class (whose: 'public'): when it happens, what is stored stays as it is\nevent moved: its tag 'reports' reaches no class (whose: 'public'): when it happens, what is stored stays as it is",
    ],
    ['each target reaches something', withChanged(), null],
    [
      'a tag that answers may name',
      {
        classes: [report({ tagsFromAnswer: true }), reports(), held()],
        events: { ...events, moved: { ...report_changed, purges: { tags: ['site:{id}'] } } },
      },
      null,
    ],
    [
      'a tag of an HTTP cache',
      {
        ...withChanged(),
        httpCaches: [{}],
        events: { ...events, moved: { ...report_changed, whose: 'public' } },
      },
      null,
    ],
  ],
  'tag-never-purged': [
    [
      'no event',
      withChanged(report({ tags: ['report:{id}', 'folder:{id}'] })),
      "class report: no event and no write purges its tag 'folder:{id}', which costs one name more in each lookup",
    ],
    [
      "an event of tenants' data",
      { classes: [report(), reports(), rates({ tags: ['reports'] })], events: { report_changed } },
      "class rates: no event and no write purges its tag 'reports', which costs one name more in each lookup",
    ],
    ['an event', withChanged(), null],
    [
      'a write of another class',
      {
        classes: [
          report({ writeThrough: 'purge', invalidatedBy: [] }),
          reports({ tags: ['report:all'], invalidatedBy: [] }),
        ],
        events: { role_updated },
      },
      null,
    ],
  ],
  'write-leaves-list-stale': [
    [
      'a write that comes to nothing',
      written([]),
      'class report: PATCH /v1/reports/:id purges nothing of class reports, though the event report_changed changes both: its readers see what was there before, until its ttl',
    ],
    [
      'no route as yet',
      withChanged(report({ writeThrough: 'store' })),
      'class report: a write purges nothing of class reports, though the event report_changed changes both: its readers see what was there before, until its ttl',
    ],
    ['a write that comes to the event', written(['report_changed']), null],
    [
      'an event that purges everything, and one of a user who has gone',
      {
        classes: [
          report({ writeThrough: 'purge' }),
          reports({ invalidatedBy: [] }),
          held(),
          held({ name: 'prefs', writeThrough: 'purge', tags: ['prefs'], invalidatedBy: [] }),
        ],
        events: {
          report_changed: { ...report_changed, purges: { tags: ['report:{id}'] } },
          role_updated,
          left: { payload: z.object({}), purges: { everything: true } },
        },
      },
      null,
    ],
    [
      'tags of answers',
      withChanged(report({ writeThrough: 'purge' }), reports({ tagsFromAnswer: true })),
      null,
    ],
    [
      'a tag in common',
      withChanged(report({ writeThrough: 'purge', tags: ['report:{id}', 'reports'] })),
      null,
    ],
  ],
  'ttl-without-event': [
    [
      'a day',
      withChanged(reports({ ...unpurged, ttl: '1d' })),
      'class reports: no event purges it, and its ttl of 1d is above 1h: that long a change is not seen',
    ],
    [
      'above what is fresh enough',
      withChanged(reports({ ...unpurged, ttl: '10m', freshWithin: '5m' })),
      'class reports: no event purges it, and its ttl of 10m is above 5m: that long a change is not seen',
    ],
    [
      'only when all of a tenant goes',
      {
        classes: [reports({ ...unpurged, ttl: '1d' })],
        events: { left: { payload: z.object({}), purges: { everything: true } } },
      },
      'class reports: no event purges it, and its ttl of 1d is above 1h: that long a change is not seen',
    ],
    ['an hour', withChanged(reports({ ...unpurged, ttl: '1h' })), null],
    ['a day that is soon enough', withChanged(reports({ ...unpurged, ttl: '1d', freshWithin: '1d' })), null],
    ['an event', withChanged(reports({ ttl: '1d' })), null],
  ],
  'stale-beyond-freshness': [
    [
      'each window',
      withChanged(report({ ttl: '10m', staleWhileRevalidate: '5m', staleIfError: '1h', freshWithin: '12m' })),
      "class report: staleWhileRevalidate '5m' lets an answer be 15m old, staleIfError '1h' lets an answer be 70m old, and freshWithin says that 12m is the oldest that is right",
    ],
    [
      'the ttl',
      withChanged(report({ ttl: '10m', freshWithin: '9m' })),
      "class report: ttl '10m' lets an answer be 10m old, and freshWithin says that 9m is the oldest that is right",
    ],
    [
      'of an HTTP cache',
      { httpCaches: [{ staleIfError: '1h', freshWithin: '10m' }] },
      "HTTP cache http: staleIfError '1h' lets an answer be 1h old, and freshWithin says that 10m is the oldest that is right",
    ],
    [
      'windows that fit',
      withChanged(report({ ttl: '10m', staleWhileRevalidate: '5m', freshWithin: '15m' })),
      null,
    ],
    ['nothing said', withChanged(report({ ttl: '10m', staleIfError: '1d' })), null],
  ],
  'access-caps-stale-if-error': [
    [
      'a strict class',
      asksHeld(held(), '1h'),
      'class report: its staleIfError of 1h is worth 2m: its access asks held, a strict class that is there no longer than that while the origin fails, and without it nobody may read',
    ],
    [
      'a class with a shorter window',
      asksHeld(held({ consistency: 'standard', staleIfError: '3m' }), '1h'),
      'class report: its staleIfError of 1h is worth 5m: its access asks held, a class that is there no longer than that while the origin fails, and without it nobody may read',
    ],
    ['as long', asksHeld(held(), '2m'), null],
    ['nothing asked', withChanged(report({ staleIfError: '1d' })), null],
  ],
  'max-age-below-ttl': [
    [
      'a minute',
      { classes: [rates({ cacheControl: 'public, max-age=60' })] },
      'class rates: max-age=60 lets browsers ask again while the edge would still answer the same, for 10m',
    ],
    ['as long', { classes: [rates()] }, null],
    ['each time', { classes: [rates({ cacheControl: 'public, max-age=60, no-cache' })] }, null],
    ['never', { classes: [rates({ cacheControl: 'no-store' })] }, null],
  ],
  'unbounded-parameter': [
    ['text', ofId(z.string()), takes('any text')],
    ['text that begins so', ofId(z.string().regex(/^inv_/)), takes('any text')],
    ['text of any length', ofId(z.string().regex(/^[a-z]+$/)), takes('any text')],
    ['a number', ofId(z.coerce.number()), takes('any number')],
    ['a whole number', ofId(z.coerce.number().int().min(1)), takes('any whole number')],
    ['a moment', ofId(z.iso.datetime()), takes('any moment')],
    [
      'what somebody types',
      withChanged(
        report({
          key: '{q}',
          params: z.object({ q: z.string().max(80) }),
          tags: ['reports'],
          origin: '/reports',
        }),
      ),
      'class report: its parameter q takes any text of up to 80 characters: whoever asks can make as many entries as they like, and few of them are asked for twice',
    ],
    ['text of a length', ofId(z.string().max(40)), null],
    ['a pattern with an end', ofId(z.string().regex(/^(a|b\|)[*+]{1,3}$/)), null],
    ['text that says yes or no', withChanged(report({ params: z.object({ id: z.stringbool() }) })), null],
    [
      'what a function makes of a bounded text',
      ofId(
        z
          .string()
          .max(40)
          .transform((it) => it.trim()),
      ),
      null,
    ],
    ['what a function makes of any text', ofId(z.string().transform((it) => it.trim())), takes('any text')],
    ['an id', ofId(z.uuid()), null],
    ['a day', ofId(z.iso.date()), null],
    ['some words', ofId(z.enum(['day', 'week'])), null],
    ['a page', ofId(z.coerce.number().int().min(1).max(50)), null],
    ['one of several', ofId(z.union([z.literal('all'), z.string().max(40)])), null],
    ['words with a default', ofId(z.enum(['day', 'week']).default('day')), null],
  ],
  'cost-over-budget': [
    [
      'more than it',
      expecting(60, { report: million, reports: { requestsPerMonth: 1e6 }, held: { requestsPerMonth: 0 } }),
      'strategy: its classes are expected to cost $63.40 a month (reports $56.00 with 0 % hits, report $7.40 with 90 % hits and held $0.00 with 0 % hits), and the budget is $60.00',
    ],
    [
      'a class that there is not',
      expecting(9, { repot: million }),
      "strategy: its budget expects requests of 'repot', and there is no such class",
    ],
    [
      'what is no share',
      expecting(9, { report: { ...million, hitRate: '900%' } }),
      'strategy: budget.expects.report.hitRate: "900%" is not a share; write a percentage, such as \'0.1%\', so that it is not known what the classes are expected to cost',
    ],
    ['less than it', expecting(9, { report: million }), null],
    ['none', withChanged(), null],
  ],
};

describe.each(Object.entries(examples))('%s', (rule, table) => {
  test('has an example that it finds, and one that it does not', () => {
    expect(table.some(([, , finds]) => finds !== null)).toBe(true);
    expect(table.some(([, , finds]) => finds === null)).toBe(true);
  });

  test.each(table.map(([what, ...rest]) => ({ what, rest })))(
    '$what',
    async ({ rest: [given, finds, lock = new Map()] }) => {
      const found = lint(await lintFactsOf(given), lock, () => null).filter((it) => it.rule === rule);
      expect(found.map(({ place, why }) => `${place}: ${why}`).join('\n')).toBe(finds ?? '');
    },
  );
});

test('a strategy that is as it should be has no findings', async () => {
  expect(lint(await lintFactsOf(withChanged()), new Map(), () => null)).toEqual([]);
});
