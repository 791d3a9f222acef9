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
const tags = ['report:{id}'];
const strategy = defineStrategy({
  classes: [report, shop, sometimes],
  events: {
    report_changed: { payload: z.object({ id: z.string(), note: z.string().optional() }), purges: { tags } },
    reports_moved: { payload: z.object({ ids: z.string() }), purges: { tags: ['report:{ids}'] } },
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
      "there is no event 'toString'; known are report_changed, reports_moved, part_changed, shown",
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
  ['an event of public data', (app) => app.patch('/a/:id', written(report, { params, events: ['shown'] }))],
])('starts: %s', (_, routes) => {
  expect(start(routes)).not.toThrow();
});
