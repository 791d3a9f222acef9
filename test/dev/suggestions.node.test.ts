import { expect, it } from 'vitest';
import type { RouteEntry, WorkerDescription } from '../../dev/description.ts';
import { suggestionsFor } from '../../dev/suggestions.ts';

const own = (path: string): RouteEntry => ({
  method: 'GET',
  path,
  is: 'own',
  query: [],
  events: [],
  tags: [],
});

it.each([
  ['/api/:id', '/api/7'],
  ['/api/:id{[0-9]+}', '/api/7'],
  ['/api/:id{[0-9]{1,4}}', '/api/7'],
  ['/api/:id{[0-9]{1,4}}/lines/:line{[a-z]{2}[0-9]{3}}?', '/api/7/lines/:line'],
  ['/api/:order-id/:id?', '/api/:order-id/7'],
  ['/files/:path{.+}', '/files/:path'],
  ['/files/*', '/files/'],
])('%s is suggested as %s', (path, url) => {
  const description: WorkerDescription = { known: true, routes: [own(path)], sources: {}, settings: [] };
  const [first] = suggestionsFor(description, 'http://edge', { values: { id: '7' }, bodies: {} });
  expect(first!.command).toContain(`'http://edge${url}'`);
});
