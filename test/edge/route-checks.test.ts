import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Edge } from '../../src/edge/edge.ts';
import { cached, type EdgeEnv, path, query, written } from '../../src/index.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { aClass, world } from '../support/worker/world.ts';

/** Routes that do not fit the strategy of their edge: it does not start. */
const params = { id: path('id') };
const report = aClass({ writeThrough: 'purge' });
const unlisted = aClass({ name: 'unlisted', writeThrough: 'purge' });
const shop = aClass({
  ...{ name: 'shop', scope: 'public', access: 'public', cacheControl: 'no-store' },
});
const sometimes = aClass({
  ...{ name: 'sometimes', key: '{id}:{part}', writeThrough: 'purge', tags: ['some:{id}'] },
  params: z.object({ id: z.string(), part: z.string().optional() }) as unknown as typeof report.params,
});
const both = { id: path('id'), part: path('part') } as { id: ReturnType<typeof path> };
const numbered = aClass({
  ...{ name: 'numbered', writeThrough: 'purge' },
  params: z.object({ id: z.coerce.number().int().default(1) }) as unknown as typeof report.params,
});
const tags = ['report:{id}'];
const strategy = defineStrategy({
  classes: [report, shop, sometimes, numbered],
  events: {
    report_changed: { payload: z.object({ id: z.string(), note: z.string().optional() }), purges: { tags } },
    reports_moved: { payload: z.object({ ids: z.string() }), purges: { tags: ['report:{ids}'] } },
    all_changed: { payload: z.object({ id: z.array(z.string()) }), purges: { tags } },
    counted: { payload: z.object({ id: z.coerce.number() }), purges: { tags } },
    part_changed: { payload: z.object({ part: z.string() }), purges: { tags: ['{part}'] } },
    shown: { payload: z.object({ id: z.string() }), purges: { tags: ['shop:{id}'] }, whose: 'public' },
  },
});
type Routes = (app: Edge) => unknown;
const start = (routes: Routes) => () => world([], { strategy, routes });

describe('does not start:', () => {
  test.each<[string, Routes, says: string]>([
    [
      'a class that defineStrategy does not have',
      (app) => app.get('/a/:id', cached(unlisted, { params })),
      'GET /a/:id: cached(unlisted): the class is not in defineStrategy; add it to its classes',
    ],
    [
      'a write of one',
      (app) => app.put('/a/:id', written(unlisted, { params })),
      'PUT /a/:id: written(unlisted): the class is not in defineStrategy',
    ],
    [
      'one in an app that is added whole, with errors of its own',
      (app) =>
        app.route(
          '/v1',
          new Hono<EdgeEnv>().onError(() => new Response(null)).get('/a/:id', cached(unlisted, { params })),
        ),
      'GET /v1/a/:id: cached(unlisted)',
    ],
    [
      'another class of the name of one that it has',
      (app) => app.get('/a/:id', cached(aClass(), { params })),
      'GET /a/:id: cached(report): defineStrategy has another class of this name',
    ],
    [
      'two routes that take one parameter from different places',
      (app) =>
        app
          .get('/a/:id', cached(report, { params }))
          .get('/b', cached(report, { params: { id: query('id') } })),
      "GET /b: cached(report): takes 'id' from ?id=, and GET /a/:id takes it from :id",
    ],
    [
      'a read and a write that do, by other names',
      (app) =>
        app
          .get('/a/:id', cached(report, { params }))
          .patch('/a/:report', written(report, { params: { id: path('report') } })),
      "PATCH /a/:report: written(report): takes 'id' from :report, and GET /a/:id takes it from :id",
    ],
    [
      'a misspelt event',
      (app) => app.patch('/a/:id', written(report, { params, events: ['report_chnged'] })),
      "PATCH /a/:id: written(report): there is no event 'report_chnged'; did you mean 'report_changed'?",
    ],
    [
      'a misspelt event with a payload of its own',
      (app) =>
        app.patch('/a/:id', written(report, { params, events: [{ event: 'show', payload: () => ({}) }] })),
      "there is no event 'show'; did you mean 'shown'?",
    ],
    [
      'an event like no other',
      (app) => app.patch('/a/:id', written(report, { params, events: ['toString'] })),
      "there is no event 'toString'; known are report_changed, reports_moved, all_changed, counted, part_changed, shown",
    ],
    [
      'an event whose payload needs what is no parameter',
      (app) => app.patch('/a/:id', written(report, { params, events: ['reports_moved'] })),
      "'reports_moved' needs 'ids' in its payload, which is no parameter of every write (did you mean 'id'?); give { event: 'reports_moved', payload:",
    ],
    [
      'one that needs what may be absent',
      (app) =>
        app.patch(
          '/a/:id',
          written(sometimes, {
            params: { ...params, part: query('part') } as typeof params,
            events: ['part_changed'],
          }),
        ),
      "'part_changed' needs 'part' in its payload",
    ],
    [
      'an event named twice',
      (app) =>
        app.patch(
          '/a/:id',
          written(report, { params, events: ['report_changed', 'shown', 'report_changed'] }),
        ),
      "PATCH /a/:id: written(report): names the event 'report_changed' twice; once is enough",
    ],
    [
      'an event that wants a list by the name of a parameter',
      (app) => app.patch('/a/:id', written(report, { params, events: ['all_changed'] })),
      "'id' in the payload of 'all_changed' must be a list, and the parameter of that name is a string; give { event: 'all_changed'",
    ],
    [
      'one that wants text of a number',
      (app) => app.patch('/a/:id', written(numbered, { params, events: ['report_changed'] })),
      "'id' in the payload of 'report_changed' must be a string, and the parameter of that name is a number",
    ],
    [
      'a parameter that the path does not have',
      (app) => app.get('/a/:rid', cached(report, { params })),
      "GET /a/:rid: cached(report): takes 'id' from :id, and the path has :rid; name one of the path, or take it by query('…')",
    ],
    [
      'one where the path has none',
      (app) => app.patch('/a', written(report, { params })),
      "PATCH /a: written(report): takes 'id' from :id, and the path has none",
    ],
    [
      'one that only looks like one of the path',
      (app) => app.get('/a/:rid{[^:]+:id}', cached(report, { params })),
      "takes 'id' from :id, and the path has :rid",
    ],
    [
      'a parameter from nowhere',
      (app) => app.get('/a/:id', cached(report, { params: {} as typeof params })),
      "cached(report): takes 'id' from nowhere, and the path has :id",
    ],
  ])('%s', (_, routes, says) => {
    expect(start(routes)).toThrow(says);
  });
});

test.each<[string, Routes]>([
  [
    'a class at two paths',
    (app) =>
      app
        .get('/a/:id', cached(report, { params }))
        .get('/b/:id', cached(report, { params: { id: path('id') } })),
  ],
  [
    'an app that is added twice',
    (app) => {
      const sub = new Hono<EdgeEnv>().get('/:id', cached(report, { params }));
      return app.route('/a', sub).route('/b', sub);
    },
  ],
  [
    'an event whose optional field is no parameter',
    (app) => app.patch('/a/:id', written(report, { params, events: ['report_changed'] })),
  ],
  [
    'an event with a payload of its own',
    (app) =>
      app.patch(
        '/a/:id',
        written(report, { params, events: [{ event: 'reports_moved', payload: () => ({}) }] }),
      ),
  ],
  [
    'parameters as Hono writes them: with a pattern, absent at times, of the path that an app is added to',
    (app) => {
      const sub = new Hono<EdgeEnv>().get('/:part?', cached(sometimes, { params: both }));
      app.get('/a/:id{[a-z]{2,4}}', cached(report, { params })).route('/some/:id', sub);
    },
  ],
  [
    'without a parameter that may be absent',
    (app) => app.get('/a/:id', cached(sometimes, { params: { id: path('id') } as typeof both })),
  ],
  [
    'an event that takes a number where the parameter is one, or makes one of it',
    (app) => {
      app.patch('/a/:id', written(numbered, { params, events: ['counted'] }));
      app.patch('/b/:id', written(report, { params, events: ['counted'] }));
    },
  ],
  ['an event of public data', (app) => app.patch('/a/:id', written(report, { params, events: ['shown'] }))],
])('starts: %s', (_, routes) => {
  expect(start(routes)).not.toThrow();
});

/** What a schema makes of the example '' tells nothing of what it makes of another text. */
test.each<[string, z.ZodType]>([
  [
    'a pipe',
    z
      .string()
      .transform((it) => Number.parseInt(it, 10))
      .pipe(z.number()),
  ],
  [
    'a part of the text',
    z
      .string()
      .transform((it) => it.split('-')[1])
      .pipe(z.string()),
  ],
  ['a number made of it before', z.preprocess((it) => (it === '' ? undefined : Number(it)), z.number())],
  ['a look-up', z.preprocess((it) => (it === 'r1' ? 'b' : undefined), z.string())],
])('a field that makes something else of its text starts: %s', (_, id) => {
  const made = defineStrategy({
    classes: [report],
    events: { made: { payload: z.object({ id }), purges: { tags } } },
  });
  const routes: Routes = (app) => app.patch('/a/:id', written(report, { params, events: ['made'] }));
  expect(() => world([], { strategy: made, routes })).not.toThrow();
});
